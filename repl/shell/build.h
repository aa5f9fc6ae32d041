/* From the checked words of a command to its plan, with the shell's readings. */
#pragma once

struct command;
struct error;
struct plan;
struct shell;
struct words;

/* Jobs that have ended are noticed, where the command needs to know. */
void build_notice_jobs(struct shell *shell, const struct command *command,
		       const struct words *words);

/* Make the plan that words stand for; it belongs to the caller, and nothing is performed. -1 with
 * err. */
int plan_build(struct shell *shell, const struct command *command, const struct words *words,
	       struct plan *ret, struct error *err);
