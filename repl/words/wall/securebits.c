/* securebits: whether user 0 is special to execve(2) and setuid(2). */
#include <linux/securebits.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "words/plans/plans.h"

static const struct choice bits[] = {
	{ "noroot", N_("execve(2) gives user 0 no capabilities for being user 0") },
	{ "no_setuid_fixup", N_("setuid(2) from or to 0 leaves the sets as they are") },
	{ "keep_caps", N_("setuid(2) to another user keeps the permitted set; execve(2) clears this bit") },
	{ "no_cap_ambient_raise", N_("nothing more gets into the ambient set") },
	{ "none", N_("the kernel's default: none of them") },
	{ 0 }
};

static const uint64_t values[] = {
	SECBIT_NOROOT, SECBIT_NO_SETUID_FIXUP, SECBIT_KEEP_CAPS, SECBIT_NO_CAP_AMBIENT_RAISE, 0,
};

static const struct flag_spec flags[] = {
	{ "--lock", 0, NULL, .means = "and let nobody change these bits again" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "BIT", WORD_CHOICE, .optional = true, .many = true, .choices = bits,
	  .means = "those that are to be set; all others are cleared" },
	{ 0 }
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	uint64_t set = 0;

	(void)context;
	for (size_t i = 0; i < words->count; i++)
		for (size_t n = 0; n < COUNT(values); n++)
			if (strcmp(bits[n].name, words->args[i].s) == 0)
				set |= values[n];
	if (words_flag(words, "--lock") && !set) {
		fail_id(err, ERR_OPTION_CONFLICT, 0, "securebits: --lock needs a bit to lock");
		return fail_fix(err, "securebits noroot --lock");
	}
	/* The lock of each is the bit above it. */
	plan_add(plan, OP_securebits)->securebits.bits = words_flag(words, "--lock") ? set | set << 1 : set;
	plan->changes = true;
	plan->meaning = set & SECBIT_NOROOT ?
		_("To execve(2) user 0 is now a user like others: a program gets what its file gives, and what "
		  "is ambient. The child itself keeps what it has. /proc does not show these bits; try run.") :
		_("The bits are inherited by everything that the child starts. /proc does not show them.");
	return 0;
}

static bool only_looks(const struct words *words)
{
	return words->count == 0 && !words_flag(words, "--lock");
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	struct table table = { .columns = 3 };
	struct op_outcome outcome = { 0 };

	(void)words;
	if (context->ask && context->ask(context, OP_securebits_get, &outcome, err) < 0)
		return -1;
	uint64_t set = (uint64_t)outcome.value;
	for (size_t i = 0; i < COUNT(values); i++) {
		bool on = values[i] ? set & values[i] : !set, locked = set & values[i] << 1;
		table_add(&table, "%s", bits[i].name);
		table_paint(&table, PAINT_NAME);
		table_add(&table, "%s", locked && on ? _("set, locked") : locked ? _("locked") : on ? _("set") : "-");
		table_paint(&table, on ? PAINT_OWN : PAINT_DIM);
		table_add(&table, "%s", _(bits[i].means));
	}
	table_print(&table, context->color, 1, context->columns, ret);
	return 0;
}

const struct command command_securebits = {
	.name = "securebits", .kind = BUILDS, .stage = STAGE_PRIVILEGE, .group = GROUP_WALLS, .host_safe = true, .late = true,
	.summary = "set what user 0 means to execve(2) and setuid(2)",
	.explain = "Root has capabilities because execve(2) and setuid(2) treat user 0 as special: a "
		"program that user 0 starts gets the whole bounding set. The securebits turn that "
		"off, one habit a bit: prctl(2), PR_SET_SECUREBITS, which needs setpcap. With noroot "
		"a program has only what its file gives (filecaps) and what is ambient (caps "
		"ambient).\n\n"
		"The bits are inherited by all descendants. A bit that is locked cannot be changed "
		"any more, not even by who has setpcap. The kernel shows them to the process alone: "
		"run shows their effect. exec and setns do not take them over. Without arguments "
		"securebits shows which the child has.",
	.example = "securebits\nunshare user\nsecurebits noroot --lock\nrun grep Cap /proc/self/status",
	.flags = flags, .args = args, .only_looks = only_looks, .build = build, .look = look,
};
