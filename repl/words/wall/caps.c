/* caps: the five capability sets, told and changed. */
#include <string.h>
#include <sys/prctl.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "words/look/subject.h"
#include "words/plans/privilege/caps.h"
#include "words/wall/caps.h"

static const struct arg_spec show_args[] = {
	{ "PROCESS", WORD_PID, .optional = true, .means = "a process; without it, the child. Also: host" },
	{ 0 }
}, name_args[] = {
	{ "NAME", WORD_CAPABILITY, .optional = true, .many = true, .means = "capabilities: chown, CAP_CHOWN, all" },
	{ 0 }
}, learn_args[] = {
	{ "CMD", WORD_PROGRAM, .many = true, .means = "a program of the child's root, and its arguments" },
	{ 0 }
};

static const struct choice actions[] = {
	{ "show", "the sets of a process, and what each capability allows", .args = show_args },
	{ "drop", "take these from every set", .args = name_args },
	{ "keep", "take all but these", .args = name_args },
	{ "add", "make effective what is permitted", .args = name_args },
	{ "ambient", "keep these for programs that are not root's", .args = name_args },
	{ "docker", "keep the fourteen of docker's", .args = no_args },
	{ "learn", "find the fewest that a program needs", .args = learn_args, .act = caps_learn },
	{ 0 }
};

static const struct choice named_sets[] = {
	{ "effective" }, { "permitted" }, { "inheritable" }, { "bounding" }, { 0 }
};

static const struct flag_spec flags[] = {
	{ "--set", 0, "SET", WORD_CHOICE, .many = true, .choices = named_sets, .of = "drop, add",
	  .means = "change only this set" },
	{ "--all", 0, NULL, .means = "show also capabilities in none of the sets" },
	{ "--seconds", 0, "N", WORD_NUMBER, .of = "learn", .means = "how long at most; 20 when left out" },
	{ "--json", 0, NULL, .of = "learn", .means = "a JSON object: capabilities, options, without, replays, seconds" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "ACTION", WORD_CHOICE, .optional = true, .choices = actions,
	  .means = "show (the default) shows; the others change them" },
	{ 0 }
};

/* ---- changing ---- */

enum { EFFECTIVE = 1, PERMITTED = 2, INHERITABLE = 4, BOUNDING = 8 };

static unsigned read_sets(const struct words *words)
{
	static const struct { const char *name; unsigned set; } names[] = {
		{ "effective", EFFECTIVE }, { "permitted", PERMITTED },
		{ "inheritable", INHERITABLE }, { "bounding", BOUNDING },
	};
	const char *word;
	unsigned ret = 0;

	for (size_t n = 0; (word = words_flag_nth(words, "--set", n)); n++)
		for (size_t i = 0; i < COUNT(names); i++)
			if (strcmp(names[i].name, word) == 0)
				ret |= names[i].set;
	return ret;
}

static int read_names(const struct words *words, uint64_t *ret, struct error *err)
{
	uint64_t one;

	*ret = 0;
	for (size_t i = 1; i < words->count; i++) {
		if (parse_capability("caps", words->args[i].s, words->args[i].column, &one, err) < 0)
			return -1;
		*ret |= one;
	}
	if (words->count < 2)
		return fail_arg(err, ERR_ARGUMENT_MISSING, words, 0, "%s which? caps lists them", words->args[0].s);
	return 0;
}

static const char *names_of(struct plan *plan, uint64_t set)
{
	cleanup_text struct text text = { 0 };

	capability_list(set, "", ", ", &text);
	return arena_copy(&plan->arena, text_of(&text));
}

static const char *signed_names(struct plan *plan, uint64_t set, const char *sign)
{
	cleanup_text struct text text = { 0 };

	capability_list(set, sign, ",", &text);
	return arena_copy(&plan->arena, text_of(&text));
}

/* A set that lost its permitted ones has lost the effective ones with them. */
static void plan_drop(const struct reading *child, struct plan *plan, uint64_t drop, unsigned sets)
{
	uint64_t effective = child->cap_effective, permitted = child->cap_permitted;
	uint64_t inheritable = child->cap_inheritable;

	if (!sets)
		sets = EFFECTIVE | PERMITTED | INHERITABLE | BOUNDING;
	/* First, because it takes CAP_SETPCAP, which may be among those that go. */
	bool all_but = drop >> 63;
	if ((sets & BOUNDING) && (child->cap_bounding & drop))
		plan_drop_bounding(plan, all_but ? drop : child->cap_bounding & drop);
	if (sets & PERMITTED)
		permitted &= ~drop;
	if (sets & (EFFECTIVE | PERMITTED))
		effective &= ~drop;
	if (sets & INHERITABLE)
		inheritable &= ~drop;
	if (effective != child->cap_effective || permitted != child->cap_permitted ||
	    inheritable != child->cap_inheritable)
		plan_capset(plan, effective, permitted, inheritable);
	if (plan->count && (sets & BOUNDING))
		plan->same_as = arena_print(&plan->arena, "setpriv --bounding-set %s%s",
					    all_but ? "-all," : "",
					    signed_names(plan, all_but ? ~drop : drop, all_but ? "+" : "-"));
	plan->meaning = arena_print(&plan->arena, _("Gone: this process%s cannot get them back.%s"),
				    sets & BOUNDING ? _(" and its descendants") : "",
				    sets & BOUNDING ? _(" undo brings a fresh child.") :
				    _(" They are still in the bounding set: a program that root starts "
				    "gets them back from execve(2). Try: run"));
	if (sets == EFFECTIVE)
		plan->meaning = _("They are not in effect, but still permitted: the process may make them "
				"effective again (caps add), and execve(2) gives them back to a program "
				"that root starts.");
}

static int refuse_missing(struct plan *plan, uint64_t missing, struct error *err)
{
	fail_id(err, ERR_CAPABILITY_ABSENT, 0, "caps: not permitted to the child: %s", names_of(plan, missing));
	fail_why(err, "the permitted set never grows: a capability outside it cannot be added to "
		      "another set");
	return fail_fix(err, "undo takes back the step that dropped them; unshare user gives all of "
			     "them, over what the new namespace owns");
}

static int plan_add_caps(const struct reading *child, struct plan *plan, uint64_t add,
			 unsigned sets, struct error *err)
{
	if (sets & (PERMITTED | BOUNDING)) {
		fail_id(err, ERR_OPTION_CONFLICT, 0, "caps: the permitted and the bounding set only shrink");
		return fail_fix(err, "undo takes back the step that dropped from them");
	}
	if (add & ~child->cap_permitted)
		return refuse_missing(plan, add & ~child->cap_permitted, err);
	uint64_t effective = child->cap_effective | (sets && !(sets & EFFECTIVE) ? 0 : add);
	uint64_t inheritable = child->cap_inheritable | (sets & INHERITABLE ? add : 0);
	if (effective != child->cap_effective || inheritable != child->cap_inheritable)
		plan_capset(plan, effective, child->cap_permitted, inheritable);
	plan->meaning = sets & INHERITABLE ?
		_("Inheritable ones reach a program only where its file names them as inheritable too, "
		"which hardly any file does.") :
		_("The process may make permitted capabilities effective, and drop them from the effective set, at any time.");
	return 0;
}

static int plan_ambient(const struct reading *child, struct plan *plan, uint64_t raise,
			struct error *err)
{
	if (raise & ~child->cap_permitted)
		return refuse_missing(plan, raise & ~child->cap_permitted, err);
	if (raise & ~child->cap_inheritable)
		plan_capset(plan, child->cap_effective, child->cap_permitted,
			    child->cap_inheritable | raise);
	if (raise & ~child->cap_ambient) {
		struct op *op = plan_add(plan, OP_cap_ambient);
		op->cap_ambient.action = PR_CAP_AMBIENT_RAISE;
		op->cap_ambient.set = raise & ~child->cap_ambient;
	}
	if (plan->count)
		plan->same_as = arena_print(&plan->arena, "setpriv --inh-caps %s --ambient-caps %s",
					    signed_names(plan, raise, "+"), signed_names(plan, raise, "+"));
	plan->meaning = _("A program keeps ambient capabilities through execve(2) without being root's "
			"and without file capabilities, unless its file has a setuid bit or "
			"capabilities of its own.");
	return 0;
}

static void plan_docker(const struct reading *child, struct plan *plan)
{
	plan_drop(child, plan, ~capabilities_docker, 0);
	plan->meaning = _("The fourteen that docker leaves to root in a container: enough to install "
			"packages and run servers, not to mount, load modules or set the clock.");
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const struct reading *child = context->child;
	const char *action = words->args[0].s;
	uint64_t named = 0;
	unsigned sets = read_sets(words);

	plan->changes = true;
	if (strcmp(action, "docker") == 0) {
		plan_docker(child, plan);
		return 0;
	}
	if (read_names(words, &named, err) < 0)
		return -1;
	if (strcmp(action, "add") == 0)
		return plan_add_caps(child, plan, named, sets, err);
	if (strcmp(action, "ambient") == 0)
		return plan_ambient(child, plan, named, err);
	plan_drop(child, plan, strcmp(action, "keep") == 0 ? ~named : named, sets);
	if (!plan->count)
		plan->meaning = _("The child has none of these: nothing to drop.");
	return 0;
}

/* ---- telling ---- */

/* What the capabilities of one scope count over, for this process. */
static const char *over(const struct context *context, const struct reading *reading,
			enum scope scope)
{
	bool user = ns_own(reading, context->host, NS_USER) || !context->facts->initial_userns;
	bool net = ns_own(reading, context->host, NS_NET);

	switch (scope) {
	case OVER_FILES:
		return user ? _("over files of the users and groups that its user namespace maps") :
			      _("over files: all of the host's that it can reach");
	case OVER_PROCESSES:
		return user ? _("over processes and ids of its user namespace") :
			      _("over processes: all of the host's that it can see");
	case OVER_NAMESPACES:
		return user ? _("over the namespaces that its user namespace owns") :
			      _("over namespaces: the host's and all others");
	case OVER_NETWORK:
		return user && !net ? _("over nothing: its network namespace is the host's") :
		       net	    ? _("over its own network namespace") :
				      _("over the host's network");
	case OVER_MACHINE:
		return user ? _("only from the initial user namespace, with few exceptions") :
			      _("over the machine itself");
	case SCOPES:
		break;
	}
	return "";
}

static void add_row(const struct reading *reading, size_t cap, struct table *table)
{
	const struct { uint64_t set; char letter; } sets[] = {
		{ reading->cap_effective, 'e' }, { reading->cap_permitted, 'p' },
		{ reading->cap_inheritable, 'i' }, { reading->cap_bounding, 'b' },
		{ reading->cap_ambient, 'a' },
	};
	char letters[6] = "-----";

	for (size_t i = 0; i < 5; i++)
		if (sets[i].set & CAPABILITY(cap))
			letters[i] = sets[i].letter;
	table_add(table, "%-18s", capabilities[cap].name);
	table_paint(table, PAINT_NAME);
	table_add(table, "%s", letters);
	if (letters[0] == 'e')
		table_paint(table, PAINT_OWN);
	table_add(table, "%s", _(capabilities[cap].allows));
}

static void add_scope(const struct context *context, const struct reading *reading,
		      enum scope scope, uint64_t shown, struct text *ret)
{
	static const size_t most[] = { 18, 5, 60 };
	struct table table = { .columns = 3, .most = most };
	bool any = false;

	for (size_t cap = 0; cap < CAPABILITIES; cap++) {
		if (capabilities[cap].over != scope || !(shown & CAPABILITY(cap)))
			continue;
		any = true;
		add_row(reading, cap, &table);
	}
	if (any) {
		text_add(ret, " ");
		paint(ret, context->color, PAINT_DIM, over(context, reading, scope));
		text_add(ret, "\n");
	}
	table_print(&table, context->color, 3, context->columns, ret);
}

static void add_rest(const struct context *context, uint64_t rest, struct text *ret)
{
	cleanup_text struct text list = { 0 };

	if (!rest)
		return;
	text_sayf(&list, "In none of the sets (%d): ", __builtin_popcountll(rest));
	capability_list(rest, "", ", ", &list);
	table_note(list.s, 1, context->columns, ret);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	int column = words->count > 1 ? words->args[1].column : 0;

	if (subject_find(context, words_arg(words, 1), column, &subject, err) < 0)
		return -1;
	const struct reading *reading = subject.reading;
	uint64_t in = reading->cap_effective | reading->cap_permitted | reading->cap_inheritable |
		      reading->cap_bounding | reading->cap_ambient;
	uint64_t shown = words_flag(words, "--all") ? capabilities_known : in;
	subject_title(context, &subject, ret);
	text_say(ret, " e effective, p permitted, i inheritable, b bounding, a ambient\n");
	for (enum scope scope = 0; scope < SCOPES; scope++)
		add_scope(context, reading, scope, shown, ret);
	add_rest(context, capabilities_known & ~shown, ret);
	text_sayf(ret, " no_new_privs %s, seccomp %s\n", reading->no_new_privs ? _("on") : _("off"),
		  reading->seccomp == 2 ? _("filter") : reading->seccomp == 1 ? _("strict") : _("off"));
	return 0;
}

static bool only_looks(const struct words *words)
{
	return words->count == 0 || strcmp(words->args[0].s, "show") == 0;
}

const struct command command_caps = {
	.name = "caps", .kind = BUILDS, .stage = STAGE_PRIVILEGE, .group = GROUP_WALLS, .host_safe = true,
	.summary = "show or lower the capabilities: the parts of root's power",
	.explain = "Linux divides root's power into capabilities. A process has five sets of "
		"them: effective (in force now), permitted (what it may make effective), "
		"inheritable, bounding (the most that execve(2) can give), and ambient (kept by "
		"programs that are not root's). Capabilities apply only to resources owned by the "
		"process's user namespace: in one of its own the child has all of them, and none "
		"over the host.\n\n"
		"execve(2) computes the sets again. It gives a program that root starts the whole "
		"bounding set, so drop removes a capability from every set: first from the "
		"bounding set, because that needs setpcap; then, if ids are to change, the ids "
		"change; then the other sets, by capset(2). The next execve(2) restores what was "
		"dropped only from the effective set (--set effective), as run shows. keep drops "
		"all capabilities except those named, docker all except docker's fourteen. A new "
		"user namespace gives all of them again, over itself; only a seccomp filter can "
		"forbid that.\n\n"
		"learn runs a program as run does, again and again, in the throwaway sandbox of why --try, where the session's "
		"lines have been performed once more: with all the child's capabilities it has to end with status 0; then "
		"they are taken from it, more and more, until the fewest are found with which it still does. Each of those is "
		"proven: without it the program fails. What is told are the options of container for them.",
	.example = "caps\nunshare user\ncaps learn -- chroot / true\ncaps drop net_raw mknod\ncaps keep chown setuid setgid\nrun grep Cap /proc/self/status",
	.flags = flags, .args = args, .only_looks = only_looks, .build = build, .look = look,
};
