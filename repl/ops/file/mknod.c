/* mknod(2): device nodes, the whiteouts of overlay (character device 0:0), empty files to mount
 * on. */
#include <errno.h>
#include <sys/stat.h>

#include "ops/op.h"
#include "ops/place.h"

static const struct flag modes[] = {
	{ "S_IFREG", S_IFREG }, { "S_IFCHR", S_IFCHR }, { "S_IFBLK", S_IFBLK },
	{ "S_IFIFO", S_IFIFO }, { 0 }
};

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, mknod.path) },
	{ "type", FIELD_FLAGS, offsetof(struct op, mknod.type), modes },
	{ "mode", FIELD_MODE, offsetof(struct op, mknod.mode) },
	{ "dev", FIELD_DEVICE, offsetof(struct op, mknod.device) },
	{ "inside", FIELD_BOOL, offsetof(struct op, mknod.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "device nodes need CAP_MKNOD in the initial user namespace; only the whiteout 0:0 needs no privilege, since Linux 5.8",
	  "bind the host's node instead: bindmount /dev/null /dev/null" },
	{ EEXIST, "something with that name exists already", NULL },
	{ ENOENT, "its parent folder does not exist in the child's root", NULL },
	{ EACCES, "the child may not write to that folder", NULL },
	{ EROFS, "that file system is mounted read-only", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	mode_t mode = (mode_t)(op->mknod.type | op->mknod.mode);
	const char *name;

	(void)outcome;
	int folder = place_parent(stage, op->mknod.inside, op->mknod.path, &name);
	return folder == -1 ? -1 : mknodat(folder, name, mode, op->mknod.device);
}

const struct op_info op_mknod = {
	.name = "mknod", .man = "mknod(2)", .does = "make the node {pathname}",
	.call = "{inside?mknodat({pathname|parent}}{inside!mknod({pathname|c}}, {type}|{mode}, {dev})",
	.shell = "{type&S_IFREG?: > {pathname|sh}}{type&S_IFREG!mknod -m {mode} {pathname|sh} c {dev|numbers}}",
	.part = PART_PREPARES, .side = IN_CHILD, .path = offsetof(struct op, mknod.path),
	.inside = offsetof(struct op, mknod.inside), .undo = UNDO_UNLINK,
	.undo_path = offsetof(struct op, mknod.path), .back = BACK_BY_RECORD, .fields = fields, .hints = hints, .run = run,
};
