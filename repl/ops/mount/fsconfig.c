/* fsconfig(2): one option of a file system that fsopen(2) has begun, or the word that all have been
 * given. The kernel's own message on a failure can be read from the descriptor. A value has at
 * most 255 bytes. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/mount/words.h"

static const struct flag commands[] = {
	{ "FSCONFIG_SET_FLAG", FSCONFIG_FLAG },
	{ "FSCONFIG_SET_STRING", FSCONFIG_STRING },
	{ "FSCONFIG_CMD_CREATE", FSCONFIG_CREATE },
	{ 0 }
};

static const struct field fields[] = {
	{ "cmd", FIELD_CHOICE, offsetof(struct op, fsconfig.cmd), commands },
	{ "key", FIELD_STRING, offsetof(struct op, fsconfig.key) },
	{ "value", FIELD_STRING, offsetof(struct op, fsconfig.value) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the child's mount namespace", NULL },
	{ EBADF, "fsopen(2) has to come first", NULL },
	{ EINVAL, "the file system does not know the option, or does not accept the value, or the options conflict", NULL },
	{ ENOENT, "a folder in the options does not exist in the child's root", "tree shows what does" },
	{ ENOTDIR, "a layer has to be a folder", NULL },
	{ EACCES, "a folder on the way may not be searched, or forbidden by policy", NULL },
	{ ELOOP, "the layers of an overlay may not overlap: one of them is named twice or lies in another", NULL },
	{ EBUSY, "the writable layer or its work folder is in use by another overlay", NULL },
	{ EROFS, "a read-only file system cannot be the writable layer", NULL },
	{ 0 }
};

/* "e overlay: ...": the letter is the level. Some messages end with a newline of their own. */
void kernel_words(int fs, struct op_outcome *outcome)
{
	char words[sizeof(outcome->detail)];
	ssize_t n = read(fs, words, sizeof(words) - 1);

	while (n > 0 && words[n - 1] == '\n')
		n--;
	if (n <= 2)
		return;
	words[n] = '\0';
	outcome_say(outcome, "the kernel says: %s", vis(words + 2));
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	if (sys_fsconfig(*stage->fs, (unsigned)op->fsconfig.cmd, op->fsconfig.key,
			 op->fsconfig.value) == 0)
		return 0;
	int code = errno;
	kernel_words(*stage->fs, outcome);
	errno = code;
	return -1;
}

const struct op_info op_fsconfig = {
	.name = "fsconfig", .man = "mount(2)", 
	.does = "{key?give the file system its {key}{value? {value}}}{key!make the file system}",
	.call = "fsconfig(fs, {cmd}, {key|c}, {value|c}, 0)",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
