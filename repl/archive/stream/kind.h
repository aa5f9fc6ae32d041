/* What a file is that is not a tar: for people, who took it for one. */
#pragma once

struct error;

/* Fill err where the file at fd is of a kind that is known by its first bytes, packed or not: what it
 * seems to be, and how it is imported all the same. -1 when it is, else 0 with err untouched. */
int kind_refuse(int fd, struct error *err);
