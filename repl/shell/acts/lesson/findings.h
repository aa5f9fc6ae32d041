/* Telling what a check saw. */
#pragma once

#include <stdbool.h>

struct shell;
struct text;
struct verdict;

/* A line for each predicate: whether it holds, and what was seen. withheld: of one that does not hold its number
 * alone, for what it asks and what was seen would name the cause. */
void findings_tell(const struct shell *shell, const struct verdict *verdict, bool withheld, struct text *ret);
