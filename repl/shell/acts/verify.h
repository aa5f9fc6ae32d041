/* The act of verify: the probe is started in the child's world, and what it says is told. */
#pragma once

struct error;
struct shell;
struct text;
struct words;

/* Appends the table, or with --json an object a line, to ret. -1 with err when the probe cannot be
 * run, and when an attempt got through that a container stops. */
int verify_run(struct shell *shell, const struct words *words, struct text *ret, struct error *err);
