#include "advice/advice.h"

#include <stdio.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/message.h"
#include "base/message/printed.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"

static void from_table(const struct op_outcome *outcome, const struct hint *hint, bool root, bool starts,
		       struct error *err)
{
	cleanup_text struct text detail = { 0 };

	message_printed(outcome->detail, &detail);
	/* What a program's start says of itself is the whole cause. */
	if (detail.len && starts)
		fail_why(err, "%s", text_of(&detail));
	else if (detail.len)
		fail_why(err, "%s%s%s", text_of(&detail), hint ? _("; ") : "", hint ? _(hint->why) : "");
	else if (hint)
		fail_why(err, "%s", _(hint->why));
	if (hint && hint->fix && !(hint->user && root))
		fail_fix(err, "%s", _(hint->fix));
}

void advise(const struct failure *at, struct error *err)
{
	/* A filter answers before the kernel does. One that nobody can read is tried, where nothing else says no. */
	static question *const all[] = {
		advise_filter, advise_network, advise_setns, advise_idmap, advise_map, advise_capability, advise_landlock, advise_owner, advise_unshare, advise_options, advise_overlay,
		advise_mount, advise_umount, advise_pivot, advise_value, advise_file, advise_path, advise_cgroup, advise_fork, advise_exec,
		advise_kernel, advise_lsm, advise_outer, advise_userns, NULL,
	};
	const struct op_info *info = op_info(at->op->kind);
	const struct op_outcome *outcome = at->outcome;
	cleanup_text struct text call = { 0 };

	op_say(at->op, at->pid, &call);
	fail(err, outcome->code, "%s", text_of(&call));
	snprintf(err->id, sizeof(err->id), "%s.%s", info->name, errno_name(outcome->code));
	if (ask(all, at, err))
		return;
	from_table(outcome, op_hint(at->op->kind, outcome->code), at->facts->root, info->starts == STARTS_PROGRAM, err);
	cause_by_errno(at, err);
}
