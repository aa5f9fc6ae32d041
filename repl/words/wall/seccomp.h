/* seccomp: profiles that are learned, audited, exported and removed. */
#pragma once

#include "words/language/command.h"

/* What docker's rules are to ask for: the capabilities that a program of the child's can have. */
uint64_t seccomp_caps(const struct reading *child);

/* Whether name is a subcommand: no profile can be called so. */
bool seccomp_is_action(const char *name);

/* The subcommands, as command.build. */
int seccomp_learn(const struct context *context, const struct words *words, struct plan *plan, struct error *err);
int seccomp_audit(const struct context *context, const struct words *words, struct plan *plan, struct error *err);
int seccomp_export(const struct context *context, const struct words *words, struct plan *plan, struct error *err);
int seccomp_remove(const struct context *context, const struct words *words, struct plan *plan, struct error *err);

/* What can be exported to. */
extern const struct choice seccomp_forms[];

/* Append the profiles, with how many calls and runs each has; nothing where there are none. -1 with err. */
int seccomp_list(const struct context *context, struct text *ret, struct error *err);
