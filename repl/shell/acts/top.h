/* The act of top: the child's processes and what they use, looked at again and again. */
#pragma once

struct error;
struct shell;
struct text;
struct words;

/* A live screen on a terminal, until q or Ctrl-C; elsewhere (and with --once) one table is appended
 * to ret, measured over half a second. Returns 0, or -1 with err. */
int top_run(struct shell *shell, const struct words *words, struct text *ret, struct error *err);
