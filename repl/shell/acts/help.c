/* help, explain, apropos: what words and names mean. */
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "shell/shell.h"
#include "shell/terminal/pager.h"
#include "words/language/command.h"
#include "words/topics/concepts.h"
#include "words/topics/find.h"
#include "words/topics/page.h"

/* What a person reads at a prompt, a screen at a time where it is longer than one. */
static void show(struct shell *shell, struct result *result)
{
	bool read = shell->interactive && !shell->json && !shell->quiet && !shell->muted &&
		    !shell->in_lesson && shell->screen.terminal;

	if (read && pager_show(&result->output, shell->screen.rows))
		text_clear(&result->output);
}

/* ---- help ---- */

static void add_all(const struct context *context, struct text *ret)
{
	const struct concept *concept;

	for (size_t group = 0; group < GROUPS; group++) {
		paint(ret, context->color, PAINT_BOLD, page_is_narrow(context) ? command_groups[group].name :
							_(command_groups[group].heading));
		text_add(ret, "\n");
		for (size_t i = 0; i < command_count; i++)
			if (commands[i]->group == group)
				page_add_row(context, commands[i]->name, _(commands[i]->summary), ret);
	}
	paint(ret, context->color, PAINT_BOLD, _("Concepts"));
	text_add(ret, "\n");
	for (size_t i = 0; (concept = concept_nth(i)); i++)
		page_add_row(context, concept->name, _(concept->summary), ret);
}

/* "Looking   ns mountinfo ...": the words of a group, or the concepts where it is none. */
static void add_names(const struct context *context, size_t group, struct text *ret)
{
	enum { WIDE = 10, NARROW = 2 };
	size_t indent = page_is_narrow(context) ? NARROW : WIDE;
	cleanup_text struct text names = { 0 }, chapter = { 0 };
	const struct concept *concept;

	for (size_t i = 0; group < GROUPS && i < command_count; i++)
		if (commands[i]->group == group)
			text_addf(&names, "%s%s", names.len ? " " : "", commands[i]->name);
	for (size_t i = 0; group == GROUPS && (concept = concept_nth(i)); i++)
		text_addf(&names, "%s%s", names.len ? " " : "", concept->name);
	text_add(&chapter, group < GROUPS ? command_groups[group].name : "concepts");
	paint(ret, context->color, PAINT_BOLD, text_of(&chapter));
	if (indent == NARROW)
		text_add(ret, "\n");
	text_pad(ret, indent == WIDE ? WIDE - chapter.len : indent);
	fill(ret, text_of(&names), indent, page_width(context));
}

/* One screen. */
static void add_chapters(const struct context *context, struct text *ret)
{
	for (size_t group = 0; group <= GROUPS; group++)
		add_names(context, group, ret);
	text_add(ret, "\n");
	fill(ret, _("help NAME explains a word or a concept, help all lists them with what they "
		  "do, apropos WORD searches, lesson teaches. A word may be shortened; \";\" "
		  "separates two commands, \"#\" begins a comment, Tab completes."), 0, page_width(context));
}

static const struct arg_spec args[] = {
	{ "WORD", WORD_COMMAND, .optional = true, .offers = OFFERS_TOPICS,
	  .means = "a word, a concept or any other name that explain knows; all: every word with what it does" },
	{ 0 }
};
static const char *const aliases[] = { "?", NULL };

/* EPERM, mount.EPERM, cgroup.controller: the name of an error, whose cause a riddle asks for. */
static bool names_error(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;

	return error_called(name) || cause_called(name) >= 0 ||
	       (last[0] == 'E' && last[1] && !last[strspn(last, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")]);
}

/* What can be looked at is; where nothing can, there is still the table. */
static int tell(struct shell *shell, const struct words *words, struct result *result)
{
	struct context context;
	struct error unseen;

	if (shell->riddle && words->count && names_error(words_arg(words, 0))) {
		fail_id(&result->error, ERR_LESSON_LOCKED, 0,
			"%s %s: not available while finding the cause is the task", result->command->name,
			vis(words_arg(words, 0)));
		return fail_fix(&result->error, "look at the state: status, ns, mounts, layers, caps; hint helps");
	}
	session_see(&shell->session, &unseen);
	shell_context(shell, &context);
	if (words->count == 0)
		add_chapters(&context, &result->output);
	else if (strcmp(words_arg(words, 0), "all") == 0)
		add_all(&context, &result->output);
	else if (topic_tell(&context, words, &result->output, &result->error) < 0)
		return -1;
	show(shell, result);
	return 0;
}

const struct command command_help = {
	.name = "help", .aliases = aliases, .kind = ACTS, .group = GROUP_STORY, .act = tell, .tells = true,
	.args = args,
	.summary = "the words and concepts, or one of them explained",
	.explain = "Without an argument: all words and concepts by chapter, on one screen. With a "
		"word: its usage, what it does and why you would want it, its options, and an example "
		"that you can run as it is. With a concept, as in help layers: the idea. explain shows "
		"the same, and also knows names of the kernel's. At the prompt, what is longer than "
		"the screen goes through $PAGER, or less.",
	.example = "help\nhelp unshare\nhelp namespaces",
};

/* ---- explain ---- */

static const struct arg_spec explain_args[] = {
	{ "NAME", WORD_TEXT, .many = true, .offers = OFFERS_TOPICS,
	  .means = "a word, a concept, an errno, an error's id, a system call, a flag, a capability, a type of "
		   "namespace, a file of /proc or of a control group, a field or an option of mountinfo" },
	{ 0 }
};

const struct command command_explain = {
	.name = "explain", .kind = ACTS, .group = GROUP_STORY, .late = true, .tells = true,
	.args = explain_args, .act = tell,
	.summary = "what a name means: an errno, a call, a flag, a file, an idea, an error",
	.explain =
		"Looks the name up in all tables: words and concepts have a page each, which help "
		"shows as well; an errno is explained for each primitive that may fail with it; "
		"MS_BIND, cap_net_admin, memory.max, /proc/self/uid_map and CLONE_NEWPID are explained "
		"in a sentence. explain mountinfo labels the fields of a line as it is now.\n\n"
		"Every error has an id that stays the same when its wording changes; --json shows it "
		"as error.id. A failed primitive's id is its name and the errno, as in mount.EPERM. Where a "
		"look at the state has proven why, error.cause says so, as in umount.locked.",
	.example = "explain EPERM\nexplain cap_net_admin\nexplain cgroup.controller\nexplain mount.EPERM\nexplain umount.locked",
};

/* ---- apropos ---- */

static const struct arg_spec apropos_args[] = {
	{ "WORD", WORD_TEXT, .means = "text in the name or the meaning" },
	{ 0 }
};

static int search(struct shell *shell, const struct words *words, struct result *result)
{
	const char *s = words_arg(words, 0);
	struct context context;

	shell_context(shell, &context);
	if (!*s || !topics_search(&context, s, &result->output)) {
		fail_arg(&result->error, ERR_ARGUMENT_INVALID, words, 0, "nothing found about %s", vis(s));
		return fail_fix(&result->error, "help lists the words and concepts");
	}
	show(shell, result);
	return 0;
}

const struct command command_apropos = {
	.name = "apropos", .kind = ACTS, .group = GROUP_STORY, .late = true, .tells = true,
	.args = apropos_args, .act = search,
	.summary = "find words, ideas and names by what they mean",
	.explain = "Searches the names and meanings of all that explain knows, as apropos(1) searches "
		"the manual. Case does not matter.",
	.example = "apropos propagation\napropos oom",
};
