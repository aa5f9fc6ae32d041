/* Tab at the prompt: completion as readline asks for it. */
#pragma once

struct session;

/* Set readline up for it. The session must outlive the prompt. */
void tab_begin(const struct session *session);
void tab_end(void);
