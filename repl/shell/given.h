/* A file of the host's that a person has named, and that could not be opened, or made: which part of its path is why. */
#pragma once

#include <stdbool.h>

struct error;

/* Add to a failure of open(2) that tells no cause the one that a look at path shows, and the way out. made: the file was to be made,
 * or another put in its place. Another failure than of the path stays as it is. Returns -1. path_resolution(7). */
int given_advise(const char *path, bool made, struct error *err);
