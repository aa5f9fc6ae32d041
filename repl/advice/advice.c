#include "advice/advice.h"

#include <stdio.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/message.h"
#include "base/message/printed.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

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

static void find_cause(const struct failure *at, struct error *err)
{
	/* A filter answers before the kernel does. One that nobody can read is tried, where nothing else says no. */
	static question *const all[] = {
		advise_filter, advise_network, advise_setns, advise_idmap, advise_map, advise_capability, advise_landlock, advise_owner, advise_unshare, advise_options, advise_overlay,
		advise_mount, advise_umount, advise_pivot, advise_value, advise_copy, advise_file, advise_path, advise_cgroup, advise_fork, advise_exec,
		advise_kernel, advise_fuse, advise_fuse_file, advise_lsm, advise_outer, advise_userns, NULL,
	};
	const struct op_info *info = op_info(at->op->kind);
	const struct op_outcome *outcome = at->outcome;

	if (ask(all, at, err))
		return;
	from_table(outcome, op_hint(at->op->kind, outcome->code), at->facts->root, info->starts == STARTS_PROGRAM, err);
	cause_by_errno(at, err);
}

/* Files of the host's that the shell makes for itself or for a person. */
static bool is_shells_file(enum op_kind kind)
{
	return kind == OP_export_file || kind == OP_volume_make;
}

void advise(const struct failure *at, struct error *err)
{
	struct failure own = *at;
	cleanup_text struct text call = { 0 };
	struct reading shell = { 0 };
	struct error unread;

	op_say(at->op, at->pid, &call);
	fail(err, at->outcome->code, "%s", text_of(&call));
	snprintf(err->id, sizeof(err->id), "%s.%s", op_info(at->op->kind)->name, errno_name(at->outcome->code));
	if (is_shells_file(at->op->kind) && reading_take(getpid(), &shell, &unread) == 0) {
		own.child = &shell;
		own.pid = getpid();
		own.own = true;
	}
	find_cause(&own, err);
	reading_done(&shell);
}
