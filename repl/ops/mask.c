/* mount(2) of an empty, read-only tmpfs over a folder, so that what is in it is out of reach. The
 * folder is held open and looked at before: an image may have put a link in its place. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "base/inroot.h"
#include "base/text.h"
#include "ops/op.h"

/* One inode: the folder itself. */
static const char data[] = "size=4k,nr_inodes=1,mode=0555";
enum { FLAGS = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC };

static const struct field fields[] = {
	{ "target", FIELD_STRING, offsetof(struct op, mask.target) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
	  "unshare mnt, after unshare user" },
	{ ENOTDIR, "it is no folder, or a link to one: what is to be masked lies elsewhere",
	  "tree shows where it leads" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int target = open(op->mask.target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char name[32];

	(void)stage;
	if (target < 0 && errno == ENOENT) {
		snprintf(outcome->detail, sizeof(outcome->detail), "not here: nothing to mask");
		return 0;
	}
	if (target < 0)
		return -1;
	int ret = mount("tmpfs", inroot_name(target, name), "tmpfs", FLAGS, data);
	/* Where there is no /proc to name it by. */
	if (ret < 0 && errno == ENOENT)
		ret = mount("tmpfs", op->mask.target, "tmpfs", FLAGS, data);
	return ret;
}

static void say(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_add(text, "mount(\"tmpfs\", ");
	text_add_c(text, op->mask.target);
	text_add(text, ", \"tmpfs\", ");
	op_say_flags(mount_flags, FLAGS, text);
	text_add(text, ", ");
	text_add_c(text, data);
	text_add(text, ")");
}

const struct op_info op_mask = {
	.name = "mount", .man = "mount(2)", .does = "hide what lies in {target}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .fields = fields, .hints = hints, .run = run,
	.say = say,
};
