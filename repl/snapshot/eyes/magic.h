/* A link on the way that only the kernel can follow: /proc/PID/fd/N, cwd, exe, root, proc(5). Looking at what a child sees no such
 * link is followed (base/file/inroot.h), and the kernel's answer is ELOOP, as where there are too many. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct eyes;

/* Whether that is why path (absolute) was ELOOP for process pid: then err has cause, evidence and way out. */
bool magic_tell(const struct eyes *eyes, pid_t pid, const char *path, struct error *err);
