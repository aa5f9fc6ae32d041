/* Which numbers a file of a control group takes, where that does not depend on the machine. */
#pragma once

#include <stdbool.h>

struct text;

/* Whether it is known that the file never takes the value; then why says which it takes. */
bool control_refuses(const char *file, const char *value, struct text *why);
