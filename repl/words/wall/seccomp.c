/* seccomp: filters on the system calls of the child and its programs. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "words/look/subject.h"
#include "words/plans/privilege/profile.h"
#include "words/plans/privilege/seccomp.h"
#include "words/wall/seccomp.h"

static int refuse_unknown(const struct words *words, struct error *err);

static int find_call(const struct words *words, size_t i, int *ret, struct error *err)
{
	const char *word = words->args[i].s;
	char near[40];

	*ret = call_number(word);
	if (*ret >= 0)
		return 0;
	const char *meant = call_near(word, near);
	fail_arg(err, ERR_CALL_UNKNOWN, words, i, "there is no system call %s on this architecture", vis(word));
	if (meant)
		return fail_fix(err, "did you mean %s?", meant);
	return fail_fix(err, "syscalls(2) lists them");
}

/* execve(2) gives root the bounding set, and with no_new_privs no more than is permitted; who lacks CAP_SYS_ADMIN gets that with the
 * filter: plan_permission(). */
uint64_t seccomp_caps(const struct reading *child)
{
	bool none_new = child->no_new_privs || !(child->cap_effective & CAPABILITY(CAP_SYS_ADMIN));

	return none_new ? child->cap_bounding & child->cap_permitted : child->cap_bounding;
}

/* ---- loading ---- */

static void plan_permission(const struct context *context, struct plan *plan)
{
	const struct reading *child = context->child;

	if (!child->no_new_privs && !(child->cap_effective & CAPABILITY(CAP_SYS_ADMIN)))
		plan_add(plan, OP_no_new_privs);
}

static int build_deny(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	int *numbers = arena_new(&plan->arena, (words->count + 1) * sizeof(*numbers));
	cleanup_text struct text policy = { 0 };
	size_t length;

	plan->changes = true;
	plan_permission(context, plan);
	text_add(&policy, "deny");
	for (size_t i = 1; i < words->count; i++) {
		if (find_call(words, i, &numbers[i - 1], err) < 0)
			return -1;
		text_addf(&policy, " %s", words->args[i].s);
	}
	const struct sock_filter *program = compile_deny(numbers, words->count - 1, &plan->arena,
							 &length);
	if (plan_seccomp(plan, program, length, arena_copy(&plan->arena, policy.s), err) < 0)
		return -1;
	plan->meaning = _("These calls fail with EPERM from now on, in the child and in every program "
			"it starts: the kernel asks the filter before it looks at their arguments.");
	return 0;
}

static int refuse_off(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	(void)context, (void)plan;
	fail_arg(err, ERR_SECCOMP_STAYS, words, 0, "a filter cannot be removed");
	fail_why(err, "it confines programs that may be compromised, so the kernel has "
		 "no call to remove one: it lasts as long as the process and all its descendants");
	return fail_fix(err, "undo: a fresh child replays the steps before the filter; in a "
			"container: --security-opt seccomp=unconfined");
}

static int build_docker(const struct context *context, const struct words *words, struct plan *plan,
			struct error *err)
{
	(void)words, (void)err;
	plan->changes = true;
	plan_permission(context, plan);
	plan_seccomp_docker(plan, seccomp_caps(context->child));
	bool admin = seccomp_caps(context->child) & CAPABILITY(CAP_SYS_ADMIN);
	plan->meaning = arena_print(&plan->arena, _("Some 300 calls pass; the rest fail with EPERM, as if "
				    "privilege were missing; calls newer than the policy fail with ENOSYS; "
				    "calls of another architecture end the process.%s"), admin ?
				    _(" The child has sys_admin, so mount and similar calls pass: to "
				    "refuse them, type caps docker first.") : "");
	return 0;
}

/* A profile that was learned, by its name. */
static int build_profile(const struct context *context, const struct words *words, struct plan *plan,
			 struct error *err)
{
	struct profile profile;
	size_t added;

	if (find_profile(context, words, 0, words->args[0].s, &profile, err) < 0)
		return refuse_unknown(words, err);
	plan->changes = true;
	plan_permission(context, plan);
	plan_seccomp_profile(plan, &profile, &added);
	plan->meaning = arena_print(&plan->arena, _("The %zu calls of the profile pass, and %zu more that become a program, end it "
				    "and start it in the child; all others fail with EPERM."), profile_count(&profile), added);
	return 0;
}

/* ---- telling ---- */

static void say_tests(const struct call_rule *rule, struct text *ret)
{
	const char *between = "";

	text_sayf(ret, " where argument %u ", rule->argument + 1);
	for (const struct call_test *test = rule->tests; test->kind != TEST_NEVER; test++) {
		text_add(ret, between);
		switch (test->kind) {
		case TEST_BELOW:
			text_sayf(ret, "is below %u", test->value);
			break;
		case TEST_ABOVE:
			text_sayf(ret, "is above %u", test->value);
			break;
		case TEST_IS:
			text_sayf(ret, test->value < 256 ? "is %u" : "is %#x", test->value);
			break;
		case TEST_BITS_CLEAR:
			text_sayf(ret, "has no bit of %#x", test->value);
			break;
		case TEST_NEVER:
			break;
		}
		between = ", or ";
	}
}

static void say_rule(const struct call_rule *rule, uint64_t caps, struct text *ret)
{
	if (rule->code)
		text_sayf(ret, "fails with %s", errno_name(rule->code));
	else
		text_say(ret, "passes");
	if (rule->needs & caps) {
		text_say(ret, " with ");
		capability_list(rule->needs & caps, "", ", ", ret);
	}
	if (rule->tests[0].kind != TEST_NEVER)
		say_tests(rule, ret);
	if (rule->why)
		text_addf(ret, ": %s", _(rule->why));
}

static bool speaks_of(const struct call_rule *rule, int number)
{
	for (const struct call *call = rule->calls; call->name; call++)
		if (call_of(call) == number)
			return true;
	return false;
}

static void say_needs(const struct call_rule *rule, struct text *ret)
{
	cleanup_text struct text names = { 0 };

	capability_list(rule->needs, "", " or ", &names);
	text_sayf(ret, "would pass with %s: %s", text_of(&names), _(rule->why));
}

/* Each rule of docker's that speaks of the call, in order, up to the one that settles it. */
static void tell_docker(const struct context *context, int number, uint64_t caps,
			struct text *ret)
{
	cleanup_text struct text line = { 0 };
	struct call_verdict verdict;

	docker_verdict(number, caps, &verdict);
	for (size_t i = 0; i < verdict.count; i++) {
		text_clear(&line);
		say_rule(verdict.rules[i], caps, &line);
		table_note(line.s, 3, context->columns, ret);
	}
	if (verdict.count && verdict.rules[verdict.count - 1]->tests[0].kind == TEST_NEVER)
		return;
	table_note(verdict.count ? "else fails with EPERM" :
		   "fails with EPERM: no rule lets it pass", 3, context->columns, ret);
	for (const struct call_rule *rule = docker_rules; rule->calls; rule++) {
		if (!rule->needs || (rule->needs & caps) || !speaks_of(rule, number))
			continue;
		text_clear(&line);
		say_needs(rule, &line);
		table_note(line.s, 3, context->columns, ret);
	}
}

static void add_filters(const struct context *context, const struct reading *reading,
			struct text *ret)
{
	static const char *const modes[] = {
		"off: the kernel accepts every system call from it",
		"strict: read, write, exit and sigreturn alone",
		"filter: a program, Stave's or another's, checks each system call",
	};
	size_t mode = reading->seccomp >= 0 && reading->seccomp <= 2 ? (size_t)reading->seccomp : 0;

	text_sayf(ret, " Seccomp %zu, %s.\n", mode, _(modes[mode]));
	for (size_t i = 0; context->plan_of; i++) {
		const struct plan *plan = context->plan_of(context, reading->pid, i);
		if (!plan)
			break;
		for (size_t n = 0; n < plan->count; n++)
			if (plan->ops[n].op.kind == OP_seccomp)
				text_sayf(ret, "   loaded: %s\n", vis(plan->ops[n].op.seccomp.policy));
	}
}

static const char *answer_word(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "passes";
	case SECCOMP_RET_ERRNO:
		return errno_name((int)(answer & SECCOMP_RET_DATA));
	}
	return _("ends the process");
}

/* What the filters that this session loaded say about it, arguments being 0. */
static void add_answers(const struct context *context, int number, struct text *ret)
{
	for (size_t i = 0; context->plan_of; i++) {
		const struct plan *plan = context->plan_of(context, context->child->pid, i);
		if (!plan)
			break;
		for (size_t n = 0; n < plan->count; n++) {
			const struct op *op = &plan->ops[n].op;
			if (op->kind != OP_seccomp)
				continue;
			size_t length = op->seccomp.filter.length / sizeof(struct sock_filter);
			text_sayf(ret, "   the child's %s: %s\n", vis(op->seccomp.policy),
				  answer_word(filter_answers(op->seccomp.filter.bytes, length,
							     filter_architecture(), number, NULL)));
		}
	}
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };

	if (subject_find(context, NULL, 0, &subject, err) < 0)
		return -1;
	if (words->count < 2) {
		subject_title(context, &subject, ret);
		add_filters(context, subject.reading, ret);
		if (seccomp_list(context, ret, err) < 0)
			return -1;
		table_note("seccomp show CALL shows what docker's default does with a call.", 1,
			   context->columns, ret);
		return 0;
	}
	for (size_t i = 1; i < words->count; i++) {
		int number;
		if (find_call(words, i, &number, err) < 0)
			return -1;
		text_sayf(ret, " %s, call %d here, under docker's default:\n", words->args[i].s, number);
		tell_docker(context, number, seccomp_caps(subject.reading), ret);
		add_answers(context, number, ret);
	}
	return 0;
}

/* ---- the word ---- */

static const struct arg_spec show_args[] = {
	{ "CALL", WORD_CALL, .optional = true, .many = true, .means = "system calls, by the names of their manual pages" },
	{ 0 }
}, deny_args[] = {
	{ "CALL", WORD_CALL, .many = true, .means = "system calls" },
	{ 0 }
}, learn_args[] = {
	{ "NAME", WORD_TEXT, .offers = OFFERS_PROFILES, .means = "of the profile, which grows by what the program calls" },
	{ "CMD", WORD_PROGRAM, .many = true, .means = "a program of the child's root, and its arguments" },
	{ 0 }
}, audit_args[] = {
	{ "NAME", WORD_TEXT, .offers = OFFERS_PROFILES, .means = "docker, or a profile" },
	{ "CMD", WORD_PROGRAM, .many = true, .means = "a program of the child's root, and its arguments" },
	{ 0 }
}, export_args[] = {
	{ "NAME", WORD_TEXT, .offers = OFFERS_PROFILES, .means = "docker, or a profile" },
	{ "FORM", WORD_CHOICE, .choices = seccomp_forms, .means = "whose file it is to be" },
	{ "FILE", WORD_HOST_PATH, .means = "where to, on the host; an existing file is replaced" },
	{ 0 }
}, rm_args[] = {
	{ "NAME", WORD_TEXT, .offers = OFFERS_PROFILES, .many = true, .distinct = true, .means = "profiles" },
	{ 0 }
};

static const struct choice actions[] = {
	{ "show", N_("the filters, the profiles; docker's rules for calls"), .args = show_args, .look = look, .bare = true },
	{ "docker", "load docker's default filter", .args = no_args, .build = build_docker },
	{ "deny", N_("load a filter that refuses calls"), .args = deny_args, .build = build_deny },
	{ "off", "why that is impossible", .args = no_args, .build = refuse_off },
	{ "learn", "run a program and keep the names of its calls", REACH_STORE, learn_args, seccomp_learn },
	{ "audit", "run a program and tell what a filter would refuse", .args = audit_args, .build = seccomp_audit },
	{ "export", "write a filter as a file for others", REACH_HOST, export_args, seccomp_export },
	{ "rm", "remove profiles", REACH_STORE, rm_args, seccomp_remove },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--fresh", 0, NULL, .of = "learn", .means = "the profile loses what earlier runs have shown" },
	{ "--listener", 0, NULL, .of = "learn, audit",
	  .means = "do not trace the program, which may be a tracer itself: have the kernel ask about each call" },
	PROGRAM_FLAGS_OF("learn, audit"),
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "NAME", WORD_TEXT, .optional = true, .choices = actions, .offers = OFFERS_PROFILES,
	  .means = "load the filter of this profile" },
	{ 0 }
};

/* Nothing is called so: what was meant is an action, or a profile. */
static int refuse_unknown(const struct words *words, struct error *err)
{
	for (const struct choice *choice = actions; err->code == ENOENT && choice->name; choice++)
		if (text_distance(choice->name, words->args[0].s, 2) <= 2)
			return fail_fix(err, "did you mean seccomp %s?", choice->name);
	return -1;
}

bool seccomp_is_action(const char *name)
{
	return choice_find(actions, name);
}

static bool only_looks(const struct words *words)
{
	return words->choice && words->choice->look;
}

static int build(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	return words->choice ? words->choice->build(context, words, plan, err) : build_profile(context, words, plan, err);
}

static bool runs(const struct words *words)
{
	return words->choice && (words->choice->build == seccomp_learn || words->choice->build == seccomp_audit);
}

const struct command command_seccomp = {
	.name = "seccomp", .kind = BUILDS, .stage = STAGE_PRIVILEGE, .group = GROUP_WALLS, .host_safe = true,
	.summary = "filter the system calls of the child and its programs",
	.explain = "The kernel checks a capability deep inside a system call; it asks a seccomp "
		"filter before the call begins. The filter is a small BPF program that sees the "
		"call's number and arguments, but not the memory that pointers point to. It "
		"answers: pass, fail with this errno, or end the process. A filter is inherited, "
		"survives execve(2), and cannot be removed.\n\n"
		"docker loads docker's default policy: some 300 harmless calls pass; others pass "
		"only if the child now has the capability that they need (caps); ioctl's TIOCSTI "
		"and TIOCLINUX fail, because they type into terminals; a call of another "
		"architecture (32-bit programs too) ends the process. deny makes the named calls "
		"fail with EPERM. Loading needs no_new_privs or sys_admin; if the child has "
		"neither, no_new_privs is set first. show NAME shows which rule applies to a "
		"call. The child itself runs behind the filter: one that would cut it off from "
		"the shell is refused.\n\n"
		"learn runs a program as run does, refuses nothing, and adds the names of its calls to the profile "
		"NAME, which outlives the session; several runs see more than one. seccomp NAME loads the profile: "
		"its calls pass, with those that the child needs to start a program, and all others fail with EPERM. "
		"container --security-opt seccomp=NAME does the same to a container. audit runs a program and tells "
		"which of its calls the filter would refuse, by running the filter's own instructions on them. export "
		"writes the filter for docker and podman (docker), for a config.json (oci), or as the kernel takes it, for "
		"bwrap --seccomp (bpf). What learn and audit leave running ends with the program.",
	.example = "seccomp show mount socket clone3\nseccomp deny mkdir\nrun mkdir /tmp/new\nundo\n"
		"seccomp learn listing -- ls /\nseccomp audit docker -- unshare -U true\nseccomp listing\nrun ls /\nundo\nseccomp docker",
	.flags = flags, .args = args, .only_looks = only_looks, .runs = runs, .build = build, .look = look,
};
