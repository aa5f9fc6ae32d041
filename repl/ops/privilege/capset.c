/* capset(2): the three sets of a process that it may set itself. Permitted only shrinks. */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/privilege/capability.h"

static const struct field fields[] = {
	{ "effective", FIELD_FLAGS, offsetof(struct op, capset.effective), capability_flags },
	{ "permitted", FIELD_FLAGS, offsetof(struct op, capset.permitted), capability_flags },
	{ "inheritable", FIELD_FLAGS, offsetof(struct op, capset.inheritable), capability_flags },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "permitted can only shrink; effective must be a part of permitted, and inheritable of permitted and the bounding set",
	  "caps shows the sets; undo is the way back to more" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const struct sys_caps sets = { op->capset.effective, op->capset.permitted,
				       op->capset.inheritable };

	(void)stage, (void)outcome;
	return sys_capset(&sets);
}

/* By a function: a set that is nearly whole is said by what it lacks. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_add(text, "capset({effective=");
	capability_say(op->capset.effective, text);
	text_add(text, ", permitted=");
	capability_say(op->capset.permitted, text);
	text_add(text, ", inheritable=");
	capability_say(op->capset.inheritable, text);
	text_add(text, "})");
}

/* By a function: in the words of cap_from_text(3): sets that are nearly whole are said by what they lack. */
static void shell(const struct op *op, struct text *text)
{
	const struct { uint64_t set; const char *letter; } sets[] = {
		{ op->capset.effective, "e" }, { op->capset.permitted, "p" },
		{ op->capset.inheritable, "i" },
	};
	enum { MOST = 20 };

	text_add(text, "capsh --caps='=");
	for (int i = 0; i < 3; i++)
		if (__builtin_popcountll(sets[i].set & capabilities_known) > MOST)
			text_add(text, sets[i].letter);
	for (int i = 0; i < 3; i++) {
		bool whole = __builtin_popcountll(sets[i].set & capabilities_known) > MOST;
		uint64_t rest = (whole ? ~sets[i].set : sets[i].set) & capabilities_known;
		if (!rest)
			continue;
		text_add(text, " ");
		capability_list(rest, "cap_", ",", text);
		text_addf(text, "%s%s", whole ? "-" : "+", sets[i].letter);
	}
	text_add(text, "'");
}

const struct op_info op_capset = {
	.name = "capset", .man = "capset(2)",
	.does = "set effective to {effective|hex}, permitted to {permitted|hex}, inheritable to "
		"{inheritable|hex}",
	.side = IN_CHILD, .gives_up = true, .fields = fields, .hints = hints, .run = run,
	.call_by = call, .shell_by = shell,
};
