/* From the file up to the root, each of the rule sets has to allow it by one of its folders. landlock(7). */
#include "advice/seen/landlocked.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "ops/plan.h"
#include "ops/privilege/landlock/landlock.h"
#include "snapshot/look.h"

/* The inodes from the file, or from the folder that it would be in, up to the root. Returns how many; 0 where one
 * cannot be looked at, or modes may be what refuses it. */
static size_t climb(pid_t pid, const char *path, bool overrides, struct stat *way)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_fd int at = look_open(pid, path, O_PATH);
	size_t count = 0;

	if (at < 0)
		at = look_open(pid, path_parent(&arena, path), O_PATH);
	while (at >= 0 && count < LANDLOCKED_DEEPEST) {
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

void landlocked_ask(struct landlocked *at, pid_t pid, const char *path, uint64_t access, bool overrides)
{
	at->pid = pid;
	at->access = access;
	at->inside = at->allowed = at->denied = false;
	at->rules = (struct text){ 0 };
	at->count = !access || path[0] != '/' || path_inside("/proc", path) ? 0 : climb(pid, path, overrides, at->way);
}

static void take(struct landlocked *at, const struct op *op)
{
	if (op->kind == OP_landlock_create) {
		at->inside = true;
		at->allowed = false;
		text_clear(&at->rules);
	} else if (at->inside && op->kind == OP_landlock_add) {
		at->allowed = at->allowed || covers(at->pid, op, at->access, at->way, at->count);
		text_addf(&at->rules, "%s%s %s", at->rules.len ? ", " : "", op->landlock_add.access & LL_WRITE_FILE ? "rw" : "ro",
			  vis(op->landlock_add.path));
	} else if (at->inside && op->kind == OP_landlock_restrict) {
		at->denied = !at->allowed;
		at->inside = false;
	}
}

void landlocked_take(struct landlocked *at, const struct plan *plan, size_t count)
{
	for (size_t i = 0; i < count && at->count && !at->denied; i++)
		take(at, &plan->ops[i].op);
}

void landlocked_done(struct landlocked *at)
{
	text_done(&at->rules);
}
