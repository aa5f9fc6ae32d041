/* mount(2) over a path, so that what lies there is out of reach: an empty, read-only tmpfs over a
 * folder, which is held open and looked at before, for an image may have put a link in its place; or
 * once more, bound to a path of /proc or /sys, what an earlier mask has put at another one. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/text.h"
#include "base/file/inroot.h"
#include "ops/op.h"

/* One inode: the folder itself. */
#define DATA "size=4k,nr_inodes=1,mode=0555"
#define FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct field fields[] = {
	{ "source", FIELD_STRING, offsetof(struct op, mask.source) },
	{ "target", FIELD_STRING, offsetof(struct op, mask.target) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
	  "unshare mnt, after unshare user" },
	{ ENOTDIR, "not a folder, or a link to one: the path to mask is elsewhere",
	  "tree shows where it leads" },
	{ ENOENT, "the earlier mask that it is bound from is missing", NULL },
	{ ELOOP, "a link is in its place: the path to mask is elsewhere", "tree shows where it leads" },
	{ 0 }
};

/* Whether the target is missing; any other missing path makes the op fail. */
static int pass_over(struct op_outcome *outcome)
{
	if (errno != ENOENT)
		return -1;
	outcome_say(outcome, "not here: nothing to mask");
	return 0;
}

static int cover_folder(const struct op *op, struct op_outcome *outcome)
{
	cleanup_fd int target = open(op->mask.target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char name[32];

	if (target < 0)
		return pass_over(outcome);
	int ret = mount("tmpfs", inroot_name(target, name), "tmpfs", FLAGS, DATA);
	/* Where there is no /proc to name it by. */
	if (ret < 0 && errno == ENOENT)
		ret = mount("tmpfs", op->mask.target, "tmpfs", FLAGS, DATA);
	return ret;
}

/* A mount point can be neither renamed nor removed by a process that sees the mount, so the earlier mask
 * is where it was put. */
static int cover_again(const struct op *op, struct op_outcome *outcome)
{
	struct stat st;

	if (lstat(op->mask.target, &st) < 0)
		return pass_over(outcome);
	if (S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	return mount(op->mask.source, op->mask.target, NULL, MS_BIND, NULL);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage;
	return op->mask.source ? cover_again(op, outcome) : cover_folder(op, outcome);
}

const struct op_info op_mask = {
	.name = "mount", .man = "mount(2)", .does = "hide what lies at {target}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .back = BACK_BY_UMOUNT, .back_path = offsetof(struct op, mask.target), .fields = fields, .hints = hints, .run = run,
	/* What is bound would be misread by its own name: it is the first mask, which lies over it. */
	.call = "{source?mount({source|c} /* what hides it */, {target|c}, NULL, MS_BIND, NULL)}"
		"{source!mount(\"tmpfs\", {target|c}, \"tmpfs\", MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC, \"" DATA "\")}",
	.shell = "{source?mount --bind {source|sh} }{source!mount -t tmpfs -o ro,nosuid,nodev,noexec," DATA " tmpfs }"
		 "{target|sh}",
};
