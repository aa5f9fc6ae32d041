#include "base/process/halted.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"

enum { FILE_LIMIT = 4096, DEEPEST = 8 };

static bool read_of(pid_t pid, const char *file, struct text *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/%s", pid, file);
	return read_file(proc_root(), path, FILE_LIMIT, ret) == 0;
}

/* The calls that wait for a child. That of busybox's sh and of dash is sigsuspend(2), until SIGCHLD; vfork(2), however it is
 * made, waits until the child executes a program. */
static const long waiting[] = {
	SYS_wait4, SYS_waitid, SYS_rt_sigsuspend, SYS_clone, SYS_clone3,
#ifdef SYS_vfork
	SYS_vfork,
#endif
};

/* The call that it sleeps in is the first number of proc_pid_syscall(5). */
static bool waits(pid_t pid)
{
	cleanup_text struct text text = { 0 };
	long number;

	if (!read_of(pid, "syscall", &text) || sscanf(text_of(&text), "%ld", &number) != 1)
		return false;
	for (size_t i = 0; i < COUNT(waiting); i++)
		if (number == waiting[i])
			return true;
	return false;
}

static bool is_halted(pid_t pid, int depth);

static bool are_children_halted(pid_t pid, int depth)
{
	cleanup_text struct text text = { 0 };
	char file[40], *end;
	size_t count = 0;

	snprintf(file, sizeof(file), "task/%d/children", pid);
	if (!read_of(pid, file, &text))
		return false;
	for (const char *s = text_of(&text);; s = end, count++) {
		long child = strtol(s, &end, 10);
		if (end == s)
			return count > 0;
		if (!is_halted((pid_t)child, depth))
			return false;
	}
}

static bool is_halted(pid_t pid, int depth)
{
	char state = process_stat(pid).state;

	/* D: in vfork(2) no stop signal reaches it. */
	return state == 'T' || ((state == 'S' || state == 'D') && depth < DEEPEST && waits(pid) && are_children_halted(pid, depth + 1));
}

bool process_halted(pid_t pid, const struct halts *traced)
{
	if (traced)
		return traced->program || (traced->others && waits(pid));
	return is_halted(pid, 0);
}

static pid_t find_stopped(pid_t pid, int depth)
{
	cleanup_text struct text text = { 0 };
	pid_t ret = process_stat(pid).state == 'T' ? pid : 0;
	char file[40], *end;

	snprintf(file, sizeof(file), "task/%d/children", pid);
	if (ret || depth == DEEPEST || !read_of(pid, file, &text))
		return ret;
	for (const char *s = text_of(&text); !ret; s = end) {
		long child = strtol(s, &end, 10);
		if (end == s)
			return 0;
		ret = find_stopped((pid_t)child, depth + 1);
	}
	return ret;
}

pid_t process_stopped(pid_t pid)
{
	return find_stopped(pid, 0);
}
