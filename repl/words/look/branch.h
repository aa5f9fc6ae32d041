/* The lines that join the parts of a drawing of a tree, in UTF-8 or ASCII. */
#pragma once

#include <stdbool.h>

struct text;

/* Append what stands in a column further left: a line that goes on below, or none. */
void branch_passes(struct text *text, bool utf8, bool goes_on);

/* Append what leads to a part: to the last of its folder, or to one that more follow. */
void branch_leads(struct text *text, bool utf8, bool last);
