/* What Stave's own files and descriptors lie on: whether it is full, read-only or used up. */
#pragma once

struct error;
struct shell;

/* Add the cause and the way out to a failure of the shell's own that tells neither: ENOSPC, EDQUOT and EROFS of
 * store, runtime or state folder, by a look at their file systems; EMFILE, by the limit. Another stays as it is.
 * statvfs(3), getrlimit(2). */
void room_advise(const struct shell *shell, struct error *err);
