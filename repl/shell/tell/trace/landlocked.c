/* Whether Landlock's rules refuse a call, found as the kernel finds it: from the file up to the root, each of the
 * rule sets has to allow it by one of its folders. landlock(7). */
#include "shell/tell/trace/trace.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "ops/privilege/landlock/landlock.h"
#include "shell/shell.h"
#include "snapshot/look.h"

enum { DEEPEST = 64 };

/* What the call asks for: LL_READING, LL_WRITE_FILE for what changes something, 0 for other calls. */
static uint64_t wanted(const struct traced *call)
{
	static const int writers[] = {
		SYS_mkdirat, SYS_unlinkat, SYS_mknodat, SYS_symlinkat, SYS_truncate,
#ifdef SYS_mkdir
		SYS_mkdir, SYS_unlink, SYS_rmdir, SYS_mknod, SYS_creat,
#endif
	};
	uint64_t flags = call->number == SYS_openat ? call->args[2] : 0;

	if (call->number == SYS_execve)
		return LL_EXECUTE;
#ifdef SYS_open
	if (call->number == SYS_open)
		flags = call->args[1];
	if (call->number == SYS_open || call->number == SYS_openat)
#else
	if (call->number == SYS_openat)
#endif
		return (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC) ? LL_WRITE_FILE : LL_READ_FILE;
	for (size_t i = 0; i < COUNT(writers); i++)
		if (writers[i] == call->number)
			return LL_WRITE_FILE;
	return 0;
}

/* The inodes from the file, or from the folder that it would be in, up to the root. Returns how many; 0 where one
 * cannot be looked at, or modes may be what refuses it. */
static size_t climb(pid_t pid, const char *path, bool overrides, struct stat *way)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_fd int at = look_open(pid, path, O_PATH);
	size_t count = 0;

	if (at < 0)
		at = look_open(pid, path_parent(&arena, path), O_PATH);
	while (at >= 0 && count < DEEPEST) {
		struct stat *st = &way[count];
		if (fstat(at, st) < 0)
			return 0;
		unsigned needs = S_ISDIR(st->st_mode) ? 0777 : 0666;
		if (!overrides && (st->st_mode & needs) != needs && !(S_ISDIR(st->st_mode) && count && (st->st_mode & 0111) == 0111))
			return 0;
		if (count && st->st_dev == st[-1].st_dev && st->st_ino == st[-1].st_ino)
			return count;
		count++;
		int up = S_ISDIR(st->st_mode) ? openat(at, "..", O_PATH | O_CLOEXEC) :
						look_open(pid, path_parent(&arena, path), O_PATH);
		close(at);
		at = up;
	}
	return 0;
}

static bool covers(pid_t pid, const struct op *rule, uint64_t access, const struct stat *way, size_t count)
{
	struct stat st;

	if (!(rule->landlock_add.access & access) || look_stat(pid, rule->landlock_add.path, 0, &st) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (way[i].st_dev == st.st_dev && way[i].st_ino == st.st_ino)
			return true;
	return false;
}

const char *landlock_refuses(const struct session *session, const struct traced *call, const char *path, struct arena *arena)
{
	pid_t pid = session->at->now.pid;
	uint64_t access = wanted(call);
	struct stat way[DEEPEST];
	cleanup_text struct text rules = { 0 };
	const struct plan *plan;
	bool inside = false, allowed = false;

	if (!access || !path || path[0] != '/' || path_inside("/proc", path))
		return NULL;
	size_t count = climb(pid, path, call->caps & CAPABILITY(CAP_DAC_OVERRIDE), way);
	for (size_t i = 0; count && (plan = session_plan(session, pid, i)); i++)
		for (size_t n = 0; n < plan->count; n++) {
			const struct op *op = &plan->ops[n].op;
			if (op->kind == OP_landlock_create) {
				inside = true;
				allowed = false;
				text_clear(&rules);
			} else if (inside && op->kind == OP_landlock_add) {
				allowed = allowed || covers(pid, op, access, way, count);
				text_addf(&rules, "%s%s %s", rules.len ? ", " : "",
					  op->landlock_add.access & LL_WRITE_FILE ? "rw" : "ro", vis(op->landlock_add.path));
			} else if (inside && op->kind == OP_landlock_restrict) {
				if (!allowed)
					return arena_copy(arena, text_of(&rules));
				inside = false;
			}
		}
	return NULL;
}
