/* Whose files and whose capabilities a process's calls are about: its mount and user namespace, and its root folder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The numbers of the namespaces, and of the root folder with its device; 0 where they could not be read. */
struct standpoint {
	uint64_t mnt, user, root, device;
};

/* Of process pid, now. namespaces(7), proc_pid_root(5). */
struct standpoint standpoint_of(pid_t pid);

/* Whether both are known, and one. */
bool standpoint_same(const struct standpoint *a, const struct standpoint *b);
