/* write(2) to a switch of the network namespace, such as ip_forward: sysctl(8), ip-sysctl of the kernel's
 * documentation. The files below /proc/sys/net are those of the namespace of the process that opens them,
 * and a child may have no /proc, or one that is read-only; so a helper that joins writes it in the host's. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "ops/network/within.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, sysctl.path) },
	{ "value", FIELD_STRING, offsetof(struct op, sysctl.value) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "the switch needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ EACCES, "the switch needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ ENOENT, "this kernel has no such switch: without CONFIG_IPV6 there is none of IPv6", NULL },
	{ EROFS, "/proc/sys is mounted read-only where the shell runs", NULL },
	{ 0 }
};

static int write_there(void *arg, int out, int *status)
{
	const struct op *op = arg;

	cleanup_text struct text before = { 0 };

	(void)status;
	if (read_file(AT_FDCWD, op->sysctl.path, 64, &before) < 0 || write_fd(out, text_of(&before), before.len) < 0)
		return -1;
	return write_control(AT_FDCWD, op->sysctl.path, op->sysctl.value);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_text struct text before = { 0 };
	struct op copy = *op;
	uint64_t number;

	if (within_call(stage, write_there, &copy, &before) < 0)
		return -1;
	before.s[strcspn(before.s, "\n")] = '\0';
	if (parse_number(before.s, &number) && number <= INT64_MAX)
		outcome->before = (int64_t)number;
	return 0;
}

const struct op_info op_sysctl = {
	.name = "sysctl", .man = "sysctl(8)", .does = "write {value} to {path} of the network namespace",
	.call = "write(open({path|c}), {value|c})",
	.shell = "echo {value|sh} > {path|sh}",
	.back = BACK_BY_SAME, .side = ON_HOST, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
