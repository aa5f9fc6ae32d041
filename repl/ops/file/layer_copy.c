/* A copy of an image's layer whose files belong to the ids of a container: what an idmapped mount would
 * show, for file systems and kernels that have none. The shell makes it beside its place and renames it,
 * so that it is whole or not there; what a crash leaves is nobody's, base/file/scratch.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/file/scratch.h"
#include "base/file/shift.h"
#include "ops/op.h"
#include "ops/owned.h"

static const struct field fields[] = {
	{ "from", FIELD_STRING, offsetof(struct op, layer_copy.from) },
	{ "to", FIELD_STRING, offsetof(struct op, layer_copy.to) },
	{ "scratch", FIELD_STRING, offsetof(struct op, layer_copy.scratch), .hidden = true },
	{ "uid", FIELD_NUMBER, offsetof(struct op, layer_copy.uid) },
	{ "gid", FIELD_NUMBER, offsetof(struct op, layer_copy.gid) },
	{ "count", FIELD_NUMBER, offsetof(struct op, layer_copy.count), .hidden = true },
	{ "uid_map", FIELD_STRING, offsetof(struct op, layer_copy.uid_map), .hidden = true },
	{ "gid_map", FIELD_STRING, offsetof(struct op, layer_copy.gid_map), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOSPC, "the file system of the store is full", "image rm removes images with their copies" },
	{ EDQUOT, "the quota for the file system of the store is used up", "image rm removes images with their copies" },
	{ EROFS, "the store's file system is mounted read-only", "set XDG_DATA_HOME to a folder that you may write to" },
	{ EINTR, "it was interrupted; what was copied by then is removed", NULL },
	{ 0 }
};

static int make_folder(const char *path)
{
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* In the folder that is locked, and then to its place, where another session may have been first. */
static int make_copy(const struct op *op, int folder, struct shifted *counts)
{
	const struct shift shift = { op->layer_copy.uid, op->layer_copy.gid, op->layer_copy.count,
				     op->layer_copy.uid_map != NULL };
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_fd int from = open(op->layer_copy.from, flags);

	if (from < 0 || mkdirat(folder, "copy", 0700) < 0)
		return -1;
	cleanup_fd int to = openat(folder, "copy", flags);
	if (to < 0 || shift_tree(from, to, &shift, counts) < 0 || syncfs(to) < 0)
		return -1;
	if (renameat(folder, "copy", AT_FDCWD, op->layer_copy.to) == 0)
		return 0;
	return errno == EEXIST || errno == ENOTEMPTY ? 0 : -1;
}

/* What it takes to make it, for another process. */
struct making {
	const struct op *op;
	int folder;
	struct shifted *counts;
};

static int make_it(const void *of)
{
	const struct making *making = of;

	return make_copy(making->op, making->folder, making->counts);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_arena struct arena arena = { 0 };
	const char *scratch = op->layer_copy.scratch;
	struct shifted counts = { 0 };
	char made[PATH_MAX];
	struct stat st;

	(void)stage;
	if (lstat(op->layer_copy.to, &st) == 0) {
		outcome_say(outcome, "it is there already");
		return 0;
	}
	if (make_folder(scratch) < 0 || make_folder(path_parent(&arena, op->layer_copy.to)) < 0)
		return -1;
	scratch_clear(scratch, remove_owned);
	cleanup_fd int folder = scratch_fresh(scratch, made, sizeof(made));
	if (folder < 0)
		return -1;
	const struct making making = { op, folder, &counts };
	int failed = op->layer_copy.uid_map ? owned_do(op->layer_copy.uid_map, op->layer_copy.gid_map, make_it, &making) :
					      make_it(&making);
	int code = errno;
	remove_owned(AT_FDCWD, made);
	if (!op->layer_copy.uid_map) /* else they are another process's */
		outcome_say(outcome, "%llu entries, %llu bytes",
			 (unsigned long long)counts.entries, (unsigned long long)counts.bytes);
	errno = code;
	return failed;
}

const struct op_info op_layer_copy = {
	.name = "layer_copy", .man = "chown(2)",
	.does = "copy the layer {from} to {to}, {uid_map?with the owners that it records}{uid_map!user 0 becoming {uid}, group 0 {gid}}",
	.call = "copy all of {from|c} to {to|c}, with fchown(fd, {uid_map?its owners}{uid_map!{uid} + uid, {gid} + gid}) of each",
	.side = ON_HOST, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
