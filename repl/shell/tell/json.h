/* Reporting what came of a command as one JSON object in one line. */
#pragma once

struct result;
struct shell;
struct text;

/* Append the object and a newline. Keys, of which none leaves: step (0 for a line that is not a step), line,
 * ok, pid, ops [{op, side, call, ok (null: not made), errno}], ns {type: {id, own, changed}},
 * mountinfo {total, added, removed}, error (null or {what, errno, why, fix, column}), output,
 * status (of a program, or null). */
void result_json(struct shell *shell, const struct result *result, struct text *ret);
