/* What Stave's own files and descriptors lie on: whether it is full, read-only or used up. */
#pragma once

#include <stdbool.h>

struct error;
struct shell;

/* Whether the file system that path, or the nearest folder above it that is there, is on is why err->code came: ENOSPC, EROFS. Then
 * err has cause and way out. variable: what names another folder; NULL: a person named the path. */
bool room_explains(const char *path, const char *variable, struct error *err);

/* Add the cause and the way out to a failure of the shell's own that tells neither: ENOSPC, EDQUOT and EROFS of
 * store, runtime or state folder, by a look at their file systems; EMFILE, by the limit. Another stays as it is.
 * statvfs(3), getrlimit(2). */
void room_advise(const struct shell *shell, struct error *err);
