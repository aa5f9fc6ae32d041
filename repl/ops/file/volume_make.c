/* A volume of the store: a folder of its name, and in that _data, which containers see. The outer
 * one only its owner may enter, so that no other user of the host finds a setuid program in
 * it. mkdir(2), twice, by the shell. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "ops/file/stopped.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, volume_make.path) },
	{ "uid", FIELD_ID, offsetof(struct op, volume_make.uid), .hidden = true },
	{ "gid", FIELD_ID, offsetof(struct op, volume_make.gid), .hidden = true },
	{ "named", FIELD_BOOL, offsetof(struct op, volume_make.named), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EEXIST, "a volume with that name exists already", "volume ls lists them" },
	{ ENOSPC, "the file system is full, or has no inodes left", NULL },
	{ EROFS, "the store's file system is mounted read-only", "set XDG_DATA_HOME to a folder that you may write to" },
	{ 0 }
};

/* Without an owner that is the shell itself. */
static int own(const struct op *op, const char *data)
{
	return op->volume_make.uid == OP_NO_ID ? 0 :
	       chown(data, (uid_t)op->volume_make.uid, (gid_t)op->volume_make.gid);
}

enum { TRIES = 100 };

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct arena arena = { 0 };
	const char *data = path_join(&arena, op->volume_make.path, "_data");
	mode_t mask = umask(0);

	(void)stage;
	int ret = -1;
	bool outer = false, inner = false;
	/* One that was made or removed by half has no data: it is made whole. Again where another session removes it meanwhile;
	 * what another one makes meanwhile is that one's. */
	for (int i = 0; i < TRIES && !inner; i++) {
		ret = -1;
		outer = mkdir(op->volume_make.path, 0700) == 0;
		if (!outer && errno != EEXIST)
			break;
		if (!outer && (access(data, F_OK) == 0 || errno != ENOENT)) {
			errno = EEXIST;
			break;
		}
		ret = 0;
		inner = mkdir(data, 0755) == 0;
		if (!inner && errno != ENOENT)
			break;
	}
	if (ret == 0 && (!inner || own(op, data) < 0)) {
		int code = errno;
		cleanup_fd int folder = open(op->volume_make.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		stopped_say(folder, "_data", outcome);
		if (inner)
			rmdir(data);
		if (outer)
			rmdir(op->volume_make.path);
		errno = code;
		ret = -1;
	}
	int code = errno;
	umask(mask);
	arena_done(&arena);
	errno = code;
	return ret;
}

const struct op_info op_volume_make = {
	.name = "mkdir", .man = "mkdir(2)", .does = "make the volume {pathname}",
	.call = "mkdir({pathname|c}, 0700); mkdir(\".../_data\", 0755)",
	.side = ON_HOST, .undo = UNDO_RMTREE, .undo_path = offsetof(struct op, volume_make.path),
	.fields = fields, .hints = hints, .run = run,
};
