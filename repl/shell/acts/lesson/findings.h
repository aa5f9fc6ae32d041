/* Telling what a check saw. */
#pragma once

struct shell;
struct text;
struct verdict;

/* A line for each predicate: whether it holds, and what was seen. */
void findings_tell(const struct shell *shell, const struct verdict *verdict, struct text *ret);
