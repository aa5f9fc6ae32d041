/* mount(2): attach a file system, or bind one, or change a mount. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/file/inroot.h"
#include "ops/op.h"
#include "ops/place.h"
#include "ops/mount/words.h"

const struct flag mount_flags[] = {
	{ "MS_BIND", MS_BIND },		{ "MS_REC", MS_REC },
	{ "MS_REMOUNT", MS_REMOUNT },	{ "MS_MOVE", MS_MOVE },
	{ "MS_PRIVATE", MS_PRIVATE },	{ "MS_SLAVE", MS_SLAVE },
	{ "MS_SHARED", MS_SHARED },	{ "MS_UNBINDABLE", MS_UNBINDABLE },
	{ "MS_RDONLY", MS_RDONLY },	{ "MS_NOSUID", MS_NOSUID },
	{ "MS_NODEV", MS_NODEV },	{ "MS_NOEXEC", MS_NOEXEC },
	{ "MS_NOATIME", MS_NOATIME },	{ "MS_NODIRATIME", MS_NODIRATIME },
	{ "MS_RELATIME", MS_RELATIME },	{ "MS_STRICTATIME", MS_STRICTATIME },
	{ "MS_SYNCHRONOUS", MS_SYNCHRONOUS }, { "MS_LAZYTIME", MS_LAZYTIME },
	{ "MS_DIRSYNC", MS_DIRSYNC },	{ "MS_NOSYMFOLLOW", MS_NOSYMFOLLOW },
	{ "MS_SILENT", MS_SILENT },
	{ 0 }
};

static const struct field fields[] = {
	{ "source", FIELD_STRING, offsetof(struct op, mount.source) },
	{ "target", FIELD_STRING, offsetof(struct op, mount.target) },
	{ "filesystemtype", FIELD_STRING, offsetof(struct op, mount.fstype) },
	{ "mountflags", FIELD_FLAGS, offsetof(struct op, mount.flags), mount_flags },
	{ "data", FIELD_STRING, offsetof(struct op, mount.data) },
	{ "inside", FIELD_BOOL, offsetof(struct op, mount.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "mounting needs CAP_SYS_ADMIN in the user namespace that owns the child's mount namespace; in a user namespace proc also needs a pid namespace of its own, sysfs a net, cgroup2 a cgroup one, and overlay Linux 5.11",
	  "status shows which namespaces are the child's own" },
	{ EACCES, "a folder on the way may not be searched, or the source is read-only or forbidden by policy", NULL },
	{ ENOENT, "a path of the call does not exist in the child's root", "tree shows what does" },
	{ ENOTDIR, "a folder can be mounted only on a folder, and a file only on a file", NULL },
	{ EINVAL, "the kernel does not take these arguments, and no look at the mounts and folders tells which", NULL },
	{ ENODEV, "this kernel does not have the file system", "!cat /proc/filesystems" },
	{ EBUSY, "the source is in use", NULL },
	{ ENOSPC, "the limit fs.mount-max on the mounts of one namespace is reached; no disk is full", "!sysctl fs.mount-max" },
	{ ELOOP, "the layers of an overlay may not overlap: one of them is named twice or lies in another", NULL },
	{ EROFS, "a read-only file system cannot be the writable layer", NULL },
	{ 0 }
};

/* A new file system that mount(2) refused is asked for once more through fsopen(2), whose
 * descriptor tells the kernel's own words. Nothing is attached by it. */
static void ask_why(const struct op *op, struct op_outcome *outcome)
{
	cleanup_fd int fs = sys_fsopen(op->mount.fstype);
	char data[4096]; /* mount(2) takes a page at most */

	if (fs < 0)
		return;
	if (op->mount.source)
		sys_fsconfig(fs, FSCONFIG_STRING, "source", op->mount.source);
	snprintf(data, sizeof(data), "%s", op->mount.data ? op->mount.data : "");
	for (char *save = NULL, *option = strtok_r(data, ",", &save); option;
	     option = strtok_r(NULL, ",", &save)) {
		char *value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		sys_fsconfig(fs, value ? FSCONFIG_STRING : FSCONFIG_FLAG, option, value);
	}
	sys_fsconfig(fs, FSCONFIG_CREATE, NULL, NULL);
	kernel_words(fs, outcome);
}

/* The target by a descriptor, which nobody can bend any more: mount(2) takes it by its name in
 * /proc. A new file system goes on a folder of the image's own: where that is a link, whatever is
 * done by the usual path would go elsewhere, once whoever runs there has changed the link. */
static int open_target(const struct op *op, const struct op_stage *stage,
		       struct op_outcome *outcome)
{
	int flags = O_PATH | (op->mount.fstype ? O_DIRECTORY | O_NOFOLLOW : 0);
	int fd = place_open(stage, true, op->mount.target, flags);
	int code = errno;

	if (fd >= 0 || !op->mount.fstype)
		return fd;
	cleanup_fd int there = place_open(stage, true, op->mount.target, O_PATH | O_NOFOLLOW);
	struct stat st;
	if (there >= 0 && fstat(there, &st) == 0 && S_ISLNK(st.st_mode))
		outcome_say(outcome, "%.100s of the image is a symbolic link, and must be a folder",
			 vis(op->mount.target));
	errno = code;
	return -1;
}

static int attach(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const char *target = op->mount.target;
	cleanup_fd int fd = -1;
	char name[32];

	if (op->mount.inside) {
		fd = open_target(op, stage, outcome);
		if (fd < 0)
			return -1;
		target = inroot_name(fd, name);
	}
	return mount(op->mount.source, target, op->mount.fstype, op->mount.flags, op->mount.data);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	uint64_t changes = MS_BIND | MS_REMOUNT | MS_MOVE | MS_PRIVATE | MS_SLAVE | MS_SHARED |
			   MS_UNBINDABLE;

	int ret = attach(op, stage, outcome);
	place_changed(stage);
	if (outcome->detail[0])
		return ret;
	if (ret < 0 && op->mount.fstype && !(op->mount.flags & changes)) {
		int code = errno;
		ask_why(op, outcome);
		errno = code;
	}
	return ret;
}

static void shell_options(const struct op *op, struct text *text)
{
	static const struct flag words[] = {
		{ "ro", MS_RDONLY }, { "nosuid", MS_NOSUID }, { "nodev", MS_NODEV },
		{ "noexec", MS_NOEXEC }, { "noatime", MS_NOATIME }, { "strictatime", MS_STRICTATIME },
		{ "nodiratime", MS_NODIRATIME }, { "relatime", MS_RELATIME },
		{ "sync", MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC }, { "lazytime", MS_LAZYTIME },
		{ "nosymfollow", MS_NOSYMFOLLOW }, { "silent", MS_SILENT },
		{ 0 }
	};
	const char *between = " -o ";

	if (op->mount.flags & MS_REMOUNT) {
		text_addf(text, "%sremount%s", between, op->mount.flags & MS_BIND ? ",bind" : "");
		between = ",";
	}
	for (const struct flag *word = words; word->name; word++)
		if (op->mount.flags & word->value) {
			text_addf(text, "%s%s", between, word->name);
			between = ",";
		}
	if (op->mount.data) {
		text_add(text, between);
		text_add_sh(text, op->mount.data);
	}
}

/* By a function: mount(8) has its flags as words in one list, or as an option that stands alone. */
static void shell(const struct op *op, struct text *text)
{
	static const struct flag kinds[] = {
		{ "private", MS_PRIVATE }, { "slave", MS_SLAVE }, { "shared", MS_SHARED },
		{ "unbindable", MS_UNBINDABLE }, { "move", MS_MOVE }, { 0 }
	};
	const char *rec = op->mount.flags & MS_REC ? "r" : "";

	text_add(text, "mount");
	for (const struct flag *kind = kinds; kind->name; kind++)
		if (op->mount.flags & kind->value) {
			text_addf(text, " --make-%s%s ", rec, kind->name);
			text_add_sh(text, op->mount.target);
			return;
		}
	if (op->mount.fstype) {
		text_add(text, " -t ");
		text_add_sh(text, op->mount.fstype);
	} else if ((op->mount.flags & MS_BIND) && !(op->mount.flags & MS_REMOUNT)) {
		text_addf(text, " --%sbind", rec);
	}
	shell_options(op, text);
	if (op->mount.source) {
		text_add(text, " ");
		text_add_sh(text, op->mount.source);
	}
	text_add(text, " ");
	text_add_sh(text, op->mount.target);
}

const struct op_info op_mount = {
	.name = "mount", .man = "mount(2)", 
	.does = "{source?attach {source} at {target}}"
		"{source!change how {target} is mounted: {mountflags}}",
	.call = "mount({source|c}, {inside?{target|root}}{inside!{target|c}}, "
		"{filesystemtype|c}, {mountflags}, {data|c})",
	.side = IN_CHILD, .path = offsetof(struct op, mount.target),
	.inside = offsetof(struct op, mount.inside), .needs = CAP_SYS_ADMIN, .undo = UNDO_UMOUNT, .undo_path = offsetof(struct op, mount.target),
	.back = BACK_BY_UMOUNT, .back_path = offsetof(struct op, mount.target), .fields = fields, .hints = hints, .run = run, .shell_by = shell,
};
