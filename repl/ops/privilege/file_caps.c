/* setxattr(2) of security.capability: what a file gives to the program that it becomes, whoever starts
 * it. setcap(8) does this. */
#include "ops/privilege/file_caps.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/xattr.h>

#include "base/text.h"
#include "ops/op.h"
#include "ops/privilege/capability.h"

static const char attribute[] = "security.capability";

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, file_caps.path) },
	{ "permitted", FIELD_FLAGS, offsetof(struct op, file_caps.permitted), capability_flags },
	{ "inheritable", FIELD_FLAGS, offsetof(struct op, file_caps.inheritable), capability_flags },
	{ "effective", FIELD_BOOL, offsetof(struct op, file_caps.effective) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SETFCAP, and a user namespace that maps the owner and the group of the file", "status shows the child's ids and capabilities" },
	{ EOPNOTSUPP, "the file system has no such attributes", "mount tmpfs PATH makes one that has" },
	{ ENODATA, "the file has no capabilities", NULL },
	{ ENOENT, "nothing has that name", NULL },
	{ EROFS, "the file system or the mount is read-only", NULL },
	{ EINVAL, "capabilities are for regular files", NULL },
	{ 0 }
};

int file_caps_read(int fd, struct file_caps *ret)
{
	/* The form with the root of a user namespace (Linux 4.14) has one number more at its end. */
	struct vfs_ns_cap_data disk;
	ssize_t n = fgetxattr(fd, attribute, &disk, sizeof(disk));

	if (n < 0)
		return -1;
	if (n < (ssize_t)XATTR_CAPS_SZ_2) {
		errno = EINVAL;
		return -1;
	}
	ret->permitted = le32toh(disk.data[0].permitted) | (uint64_t)le32toh(disk.data[1].permitted) << 32;
	ret->inheritable = le32toh(disk.data[0].inheritable) | (uint64_t)le32toh(disk.data[1].inheritable) << 32;
	ret->effective = le32toh(disk.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE;
	return 0;
}

void file_caps_say(const struct file_caps *caps, struct text *text)
{
	uint64_t both = caps->permitted & caps->inheritable;
	const struct { uint64_t set; const char *letters; } parts[] = {
		{ both, "ip" }, { caps->permitted & ~both, "p" }, { caps->inheritable & ~both, "i" },
	};
	const char *before = "";

	for (int i = 0; i < 3; i++) {
		if (!parts[i].set)
			continue;
		text_add(text, before);
		capability_list(parts[i].set, "cap_", ",", text);
		text_addf(text, "=%s%s", caps->effective ? "e" : "", parts[i].letters);
		before = " ";
	}
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	uint64_t permitted = op->file_caps.permitted, inheritable = op->file_caps.inheritable;
	/* The kernel notes by itself for which user namespace it counts, where that is not the first. */
	const struct vfs_cap_data disk = {
		.magic_etc = htole32(VFS_CAP_REVISION_2 | (op->file_caps.effective ? VFS_CAP_FLAGS_EFFECTIVE : 0)),
		.data = { { htole32((uint32_t)permitted), htole32((uint32_t)inheritable) },
			  { htole32((uint32_t)(permitted >> 32)), htole32((uint32_t)(inheritable >> 32)) } },
	};

	(void)stage, (void)outcome;
	if (!permitted && !inheritable)
		return removexattr(op->file_caps.path, attribute);
	return setxattr(op->file_caps.path, attribute, &disk, sizeof(disk), 0);
}

static struct file_caps caps_of(const struct op *op)
{
	return (struct file_caps){ op->file_caps.permitted, op->file_caps.inheritable,
				   op->file_caps.effective };
}

/* By a function: without a capability it is another call, and the sets are bits of two words each. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	const struct file_caps caps = caps_of(op);

	(void)pid;
	text_add(text, caps.permitted | caps.inheritable ? "setxattr(" : "removexattr(");
	text_add_c(text, op->file_caps.path);
	text_addf(text, ", \"%s\"", attribute);
	if (caps.permitted | caps.inheritable) {
		text_add(text, ", {permitted=");
		capability_say(caps.permitted, text);
		text_add(text, ", inheritable=");
		capability_say(caps.inheritable, text);
		text_addf(text, ", effective=%d}, %zu, 0", caps.effective, (size_t)XATTR_CAPS_SZ_2);
	}
	text_add(text, ")");
}

/* By a function: setcap(8) groups the capabilities by the sets that they are in. */
static void shell(const struct op *op, struct text *text)
{
	const struct file_caps caps = caps_of(op);
	cleanup_text struct text said = { 0 };

	file_caps_say(&caps, &said);
	text_add(text, "setcap ");
	text_add_sh(text, said.len ? text_of(&said) : "-r");
	text_add(text, " ");
	text_add_sh(text, op->file_caps.path);
}

const struct op_info op_file_caps = {
	.name = "setxattr", .man = "setxattr(2)",
	.does = "give the program {path} capabilities of its own",
	.side = IN_CHILD, .needs = CAP_SETFCAP, .fields = fields, .hints = hints, .run = run,
	.call_by = call, .shell_by = shell,
};
