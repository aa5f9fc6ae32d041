/* setgroups(2) with an empty list: none of the caller's further groups come along. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "ops/op.h"

static const struct field fields[] = { { 0 } };

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SETGID in the process's user namespace", "unshare user first" },
	{ 0 }
};

/* Denied for good where an ordinary user wrote gid_map: user_namespaces(7). */
static bool is_denied(void)
{
	cleanup_fd int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	char word[8] = "";

	return fd >= 0 && read(fd, word, sizeof(word) - 1) > 0 && strncmp(word, "deny", 4) == 0;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)op, (void)stage;
	if (setgroups(0, NULL) == 0)
		return 0;
	int code = errno;
	if (code == EPERM && is_denied()) {
		snprintf(outcome->detail, sizeof(outcome->detail), "denied in this user namespace: "
			 "the caller's groups stay, as nobody (65534)");
		return 0;
	}
	errno = code;
	return -1;
}

const struct op_info op_setgroups = {
	.name = "setgroups", .man = "setgroups(2)", .does = "leave all further groups",
	.call = "setgroups(0, NULL)",
	.shell = "setpriv --clear-groups",
	.side = IN_CHILD, .needs = CAP_SETGID, .fields = fields,
	.hints = hints, .run = run,
};
