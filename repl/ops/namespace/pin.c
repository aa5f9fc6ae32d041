/* Keep a namespace without a process: the shell bind-mounts its file in /proc over an empty file of the
 * host's. The mount is in the shell's mount namespace, so it stays when the child ends. ip netns add and
 * unshare --net=FILE do this. namespaces(7), mount(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "type", FIELD_STRING, offsetof(struct op, pin.type) },
	{ "target", FIELD_STRING, offsetof(struct op, pin.target) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "a mount of the host's needs CAP_SYS_ADMIN in the user namespace that owns the host's mount namespace",
	  "start Stave as root; without it, spawn a process that holds the namespace", true },
	{ EACCES, "this user may not make a file there", NULL },
	{ EEXIST, "something with that name exists already", NULL },
	{ ENOENT, "its parent folder does not exist on the host, or the child is in no such namespace", NULL },
	{ EROFS, "that file system is mounted read-only", NULL },
	{ EINVAL, "a mount namespace can be bound only in one that the kernel numbers as made before it",
	  "undo the unshare mnt and do it again: the namespace gets another number" },
	{ 0 }
};

static int bind(const struct op *op, const struct op_stage *stage)
{
	char source[64];

	if (stage->proc < 0) {
		errno = ESRCH;
		return -1;
	}
	snprintf(source, sizeof(source), "/proc/self/fd/%d/ns/%s", stage->proc, op->pin.type);
	return mount(source, op->pin.target, NULL, MS_BIND, NULL);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int file = open(op->pin.target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);

	(void)outcome;
	if (file < 0)
		return -1;
	if (bind(op, stage) == 0)
		return 0;
	int code = errno;
	unlink(op->pin.target);
	errno = code;
	return -1;
}

static void say(const struct op *op, pid_t pid, struct text *text)
{
	cleanup_text struct text source = { 0 };

	if (pid)
		text_addf(&source, "/proc/%d/ns/", pid);
	else
		text_add(&source, "/proc/PID/ns/");
	text_add(&source, op->pin.type ? op->pin.type : "");
	text_add(text, "mount(");
	text_add_c(text, text_of(&source));
	text_add(text, ", ");
	text_add_c(text, op->pin.target);
	text_add(text, ", NULL, MS_BIND, NULL)");
}

const struct op_info op_pin = {
	.name = "mount", .man = "mount(2)", .does = "keep the child's {type} namespace at {target}",
	.call_by = say, .side = ON_HOST, .undo = UNDO_PIN, .undo_path = offsetof(struct op, pin.target),
	.back = BACK_BY_RECORD, .fields = fields, .needs = CAP_SYS_ADMIN, .hints = hints, .run = run,
};
