/* What a plan is called elsewhere: the lines of a shell that do the same, and its manual page. */
#pragma once

struct plan;
struct text;

/* The manual page of the first call that is what the line is about: "unshare(2)". What only prepares it
 * is not, nor what Stave keeps its books by. NULL for a plan without calls. */
const char *plan_man(const struct plan *plan);

/* Append the commands that do the whole of it, as a script of sh(1). Returns whether there are any. */
int plan_script(const struct plan *plan, struct text *ret);

/* Append what the script leaves out, "seccomp(2)": the calls for which there is no command, or what the
 * plan says about it. Nothing where it leaves out nothing. */
void plan_differs(const struct plan *plan, struct text *ret);

/* Append all of it as it is shown: "same as: SCRIPT (without ...)", or that no command does it. */
void plan_same_as(const struct plan *plan, struct text *ret);
