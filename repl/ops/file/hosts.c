/* open(2) of a new file that is to be an /etc/hosts, and the descriptor handed to the shell, which writes
 * there who else is in the network: hosts(5). The lower layers of a mounted overlay may not change, so the
 * file is none of theirs, but is bound there. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, hosts.path) },
	{ "text", FIELD_STRING, offsetof(struct op, hosts.text) },
	{ "line", FIELD_STRING, offsetof(struct op, hosts.line), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EEXIST, "a file of that name is there already", NULL },
	{ ENOSPC, "the file system there is full", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int fd = open(op->hosts.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	(void)stage;
	if (fd < 0 || fchmod(fd, 0644) < 0 || write_fd(fd, op->hosts.text, strlen(op->hosts.text)) < 0)
		return -1;
	outcome->fds[0] = steal_fd(&fd);
	return 0;
}

const struct op_info op_hosts = {
	.name = "open", .man = "hosts(5)",
	.does = "make the file {pathname} and hand it to the shell, which writes there who else is in the network",
	.call = "sendmsg(shell, hosts = open({pathname|c}, O_RDWR|O_CREAT|O_EXCL, 0644)); write(hosts, {text|c})",
	.part = PART_PREPARES, .side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
