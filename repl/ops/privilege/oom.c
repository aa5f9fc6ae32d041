/* write(2) to /proc/self/oom_score_adj: when memory runs out the kernel kills the process with
 * the highest score. This value is added to the score, in thousandths of all memory. Raising it
 * takes no privilege; a higher value stays. Inherited. proc_pid_oom_score_adj(5). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "value", FIELD_NUMBER, offsetof(struct op, oom.value) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no /proc to write it to", NULL },
	{ EACCES, "lowering it needs CAP_SYS_RESOURCE, and only the owner may write to the file", NULL },
	{ EINVAL, "it is at most 1000", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	char value[24] = "";

	(void)stage;
	cleanup_fd int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || read(fd, value, sizeof(value) - 1) < 0)
		return -1;
	int is = atoi(value);
	if (is > 0 && (uint64_t)is >= op->oom.value) {
		outcome_say(outcome, "it is %d already", is);
		return 0;
	}
	int length = snprintf(value, sizeof(value), "%llu", (unsigned long long)op->oom.value);
	return write_fd(fd, value, (size_t)length);
}

const struct op_info op_oom = {
	.name = "write", .man = "proc(5)",
	.does = "make the OOM killer more likely to choose the process: {value}",
	.call = "write(open(\"/proc/self/oom_score_adj\"), \"{value}\")",
	.shell = "choom --adjust {value}",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
