/* Stages: what the ops of a plan build together. A stage is declared where the ops are planned, by
 * the word that plans them or the part of a plan, and a step is told by its stages. */
#pragma once

enum stage_id {
	STAGE_NONE,
	STAGE_LIMITS, STAGE_NAMESPACES, STAGE_ROOT, STAGE_FILLED, STAGE_PIVOT, STAGE_HIDDEN,
	STAGE_NAME, STAGE_NETWORK, STAGE_PRIVILEGE, STAGE_PROGRAM,
	STAGES
};

/* name: one word, as it is told and typed; NULL of STAGE_NONE. why: one sentence. */
extern const struct stage_row { const char *name, *why; } stages[STAGES];

/* The stage of this name, STAGE_NONE where there is none. */
enum stage_id stage_find(const char *name);
