/* child: several children, each with namespaces of its own. */
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "words/plans/network/network.h"


static int new_child(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err);
static int end_child(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err);

static const struct arg_spec name_args[] = {
	{ "NAME", WORD_TEXT, .means = "letters, digits, dots, dashes and underscores" },
	{ 0 }
};
static const struct arg_spec whom_args[] = {
	{ "NAME", WORD_TEXT, .offers = OFFERS_CHILDREN, .means = "one that lines are not for at present" },
	{ 0 }
};

static const struct choice choices[] = {
	{ "new", "start one more", .args = name_args, .build = new_child },
	{ "rm", "end one", .args = whom_args, .build = end_child },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "NAME", WORD_TEXT, .optional = true, .choices = choices, .offers = OFFERS_CHILDREN,
	  .means = "lines are for this child from now on" },
	{ 0 }
};

/* Whether a child of the session's is called so. */
static bool is_child(const struct context *context, const char *name)
{
	const char *other;
	pid_t pid;

	for (size_t i = 0; context->sibling && (other = context->sibling(context, i, &pid)); i++)
		if (strcmp(other, name) == 0)
			return true;
	return false;
}

static bool is_current(const struct context *context, const char *name)
{
	return context->name ? strcmp(context->name, name) == 0 : is_child(context, name);
}

/* One that is called so, as typed with or without its @. NULL with err. */
static const char *find_child(const struct context *context, const struct words *words, size_t i,
			      struct error *err)
{
	const char *name = words_arg(words, i);

	name += name[0] == '@';
	if (is_child(context, name))
		return name;
	if (name[0])
		fail_arg(err, ERR_CHILD_ABSENT, words, i, "no child is called %s", vis(name));
	else
		fail_arg(err, ERR_CHILD_ABSENT, words, i, "the name is empty");
	if (!name_fits_child(name))
		fail_fix(err, "child lists them");
	else
		fail_fix(err, "child lists them; child new %s makes one", vis(name));
	return NULL;
}

static int new_child(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err)
{
	const char *name = words_arg(words, 1);

	name += name[0] == '@';
	if ((strcmp(name, ROUTER) != 0 && check_name(words, name, words->args[1].column, err) < 0) ||
	    refuse_name_used(context, words, 1, name, err) < 0)
		return -1;
	plan->child = PLAN_NEW;
	plan->sibling = arena_copy(&plan->arena, name);
	plan->changes = true;
	if (strcmp(name, ROUTER) == 0) {
		plan_router(context, plan);
		return 0;
	}
	plan_add(plan, OP_clone);
	plan->meaning = arena_print(&plan->arena, _("The child %s begins with everything that the host has. "
				    "child %s switches to it; @%s before a line is for that line alone."),
				    name, name, name);
	return 0;
}

static int end_child(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err)
{
	const char *name = find_child(context, words, 1, err);

	if (!name)
		return -1;
	if (is_current(context, name)) {
		fail_arg(err, ERR_CHILD_CURRENT, words, 1, "lines are for the child %s at present", name);
		return fail_fix(err, context->name ? "child NAME switches to another one" : "reset starts again");
	}
	plan->child = PLAN_END;
	plan->sibling = arena_copy(&plan->arena, name);
	plan->changes = true;
	plan->meaning = arena_print(&plan->arena, _("The child %s has ended, and its programs with it. A namespace "
				    "that others have joined lives on with them."), name);
	return 0;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	if (words->choice)
		return words->choice->build(context, words, plan, err);
	const char *name = find_child(context, words, 0, err);
	if (!name)
		return -1;
	plan->child = PLAN_SWITCH;
	plan->sibling = arena_copy(&plan->arena, name);
	plan->meaning = arena_print(&plan->arena, _("Lines are for the child %s from now on."), name);
	return 0;
}

/* ---- the list ---- */

/* The namespaces that are not the host's; "-" for none. */
static void add_walls(const struct context *context, pid_t pid, struct table *table)
{
	cleanup_text struct text own = { 0 };
	struct reading reading;
	struct error err;

	if (!pid) {
		table_add(table, "-");
		return;
	}
	if (reading_take(pid, &reading, &err) < 0) {
		table_add(table, "%s", _("none: it has ended"));
		table_paint(table, PAINT_MISSING);
		return;
	}
	for (enum ns_link link = 0; link < NS_TYPES; link++)
		if (reading.ns[link].id && ns_own(&reading, context->host, link))
			text_addf(&own, "%s%s", own.len ? " " : "", ns_types[link].name);
	bool dead = reading.state == 'Z' || reading.state == 'X';
	table_add(table, "%s", own.len ? text_of(&own) : dead ? _("none: it has ended") : "-");
	if (dead)
		table_paint(table, PAINT_MISSING);
	reading_done(&reading);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	static const char *const head[] = { "", N_("NAME"), N_("PID"), N_("NAMESPACES THAT ARE NOT THE HOST'S"), NULL };
	struct table table = { .columns = 4, .right = 1 << 2 };
	const char *name;
	pid_t pid;

	(void)words, (void)err;
	table_head(&table, head);
	for (size_t i = 0; (name = context->sibling(context, i, &pid)); i++) {
		table_add(&table, "%s", is_current(context, name) ? "*" : "");
		table_add(&table, "%s", name);
		table_paint(&table, PAINT_NAME);
		if (pid)
			table_add(&table, "%d", pid);
		else
			table_add(&table, "-");
		add_walls(context, pid, &table);
	}
	table_print(&table, context->color, 1, context->columns, ret);
	return 0;
}

static bool only_looks(const struct words *words)
{
	return words->count == 0;
}

/* Its namespaces are asked for by the flags of clone3(2), whatever the host's are. */
static unsigned needs(const struct words *words)
{
	return words->choice && words->choice->build == new_child ? NEEDS_NO_SIGHT : 0;
}

static const char *before(const struct context *context, const struct words *words)
{
	const char *name = words_arg(words, 0);

	return name && !words->choice && strcmp(name + (name[0] == '@'), ROUTER) == 0 ? router_line(context) : NULL;
}

const struct command command_child = {
	.name = "child", .kind = BUILDS, .group = GROUP_RUNNING, .stage = STAGE_NAMESPACES, .host_safe = true, .late = true,
	.summary = "several children: list them, make one, switch, end one",
	.explain = "A session begins with one child, main. child new NAME starts one more, a process "
		"that shares everything with the host until lines for it build walls. child NAME "
		"switches: lines are for that child, and the prompt shows its name. @NAME before a "
		"line is for that line alone: @b unshare uts.\n\n"
		"The story is one: steps shows which child each step belongs to. undo takes back the "
		"last step, whichever child it belongs to. Where that takes a fresh child, those that "
		"depend on it are built again too, and no others: they have joined its namespaces, or "
		"hold the other end of its wire.\n\n"
		"The name router is for one that plays the host: child new router, or the first line "
		"that needs it, starts it in a network namespace of its own, for an ordinary user in a "
		"user namespace too.\n\n"
		"setns @NAME joins namespaces of another child, as ns shows. Names of children and of "
		"containers in the background are of one kind: no two are the same, and exec knows "
		"both.",
	.example = "child new b\n@b unshare user uts\n@b hostname box\nchild\nchild b\nchild rm main",
	.args = args, .needs = needs, .only_looks = only_looks, .before = before, .build = build, .look = look,
};
