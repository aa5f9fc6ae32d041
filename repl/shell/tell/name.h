/* How a line on a file of /proc/PID begins. */
#pragma once

struct reading;
struct text;

/* " /proc/5121/ns        ": what the file says stands in column NAME_COLUMNS, two blanks further for a
 * long name. */
enum { NAME_COLUMNS = 23 };
void report_name(const struct reading *reading, const char *file, struct text *ret);
