/* prlimit(2): soft and hard limits on what one process may use, inherited by its children. This op
 * only lowers a limit: a smaller one stays. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "ops/op.h"

static const struct flag resources[] = {
	{ "RLIMIT_CORE", RLIMIT_CORE }, { "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC }, { 0 }
};

static const struct field fields[] = {
	{ "resource", FIELD_CHOICE, offsetof(struct op, rlimit.resource), resources },
	{ "soft", FIELD_NUMBER, offsetof(struct op, rlimit.soft) },
	{ "hard", FIELD_NUMBER, offsetof(struct op, rlimit.hard) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "its soft value is above the hard one", NULL },
	{ EPERM, "raising a hard limit needs CAP_SYS_RESOURCE", NULL },
	{ 0 }
};

static rlim_t least(rlim_t a, rlim_t b)
{
	return a < b ? a : b;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int resource = (int)op->rlimit.resource;
	struct rlimit is, limit = { op->rlimit.soft, op->rlimit.hard };

	(void)stage;
	/* Nothing is less than 0. */
	if (limit.rlim_max > 0) {
		if (prlimit(0, resource, NULL, &is) < 0)
			return -1;
		limit = (struct rlimit){ least(is.rlim_cur, limit.rlim_cur),
					 least(is.rlim_max, limit.rlim_max) };
	}
	if (limit.rlim_cur != op->rlimit.soft || limit.rlim_max != op->rlimit.hard)
		outcome_say(outcome, "%llu and %llu, because it was less before",
			 (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	return prlimit(0, resource, &limit, NULL);
}

const struct op_info op_rlimit = {
	.name = "prlimit", .man = "prlimit(2)",
	.does = "lower the process's limit {resource} to {soft}, and its hard limit to {hard}",
	.call = "prlimit(0, {resource}, {{soft}, {hard}}, NULL)", .shell = "prlimit --{resource|option}={soft}:{hard}",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
