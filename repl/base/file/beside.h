/* What belongs to the program and lies beside it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The folder of this name: beside the program, where make install puts it, or where it lies in the tree from
 * which a program in build/ was made. false, with the last place in ret, where there is none. */
bool beside(const char *name, char *ret, size_t size);

bool is_folder(const char *path);
