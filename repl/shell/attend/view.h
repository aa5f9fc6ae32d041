/* How the shell watches a plan being performed: tells the calls before the program of the plan
 * takes over the screen, pauses between them where asked to, attends to the program. */
#pragma once

#include <stdbool.h>

#include "session/session.h"

#include "shell/attend/stepping.h"

struct error;
struct result;
struct shell;
struct view;

/* The view of a plan; watching must outlive it. */
void view_make(struct watching *watching, bool pause, struct view *ret);

/* Put a question that has to be answered by y, on the terminal. -1 with err when it is not, or there is
 * no terminal to ask on. */
int view_ask(struct shell *shell, const char *question, struct error *err);

/* For session->consent, context a shell: asks on the prompt's terminal alone. In a script what somebody
 * has asked for goes ahead, and for a line that failed --yes is needed. */
bool view_consents(void *context, const char *losses, enum loss loss);
