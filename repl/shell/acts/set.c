/* set: how the shell tells. */
#include <assert.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "shell/shell.h"
#include "words/language/command.h"

/* The values of an option are in the order of its numbers. */
#define VALUES(of, ...) \
	static const struct choice of##_values[] = { __VA_ARGS__, { 0 } }; \
	static const struct arg_spec of[] = { \
		{ "VALUE", WORD_CHOICE, .optional = true, .choices = of##_values }, \
		{ 0 } \
	}
VALUES(on_off, { "off" }, { "on" });
VALUES(auto_on_off, { "auto" }, { "on" }, { "off" });
VALUES(shows, { "changes" }, { "auto" }, { "full" });

static const struct choice names[] = {
	{ "show", "after a step: changes only, whole tables where they fit, or every call and whole tables", .args = shows },
	{ "color", "colours", .args = auto_on_off },
	{ "marks", "marks beyond ASCII; auto: as the locale says", .args = auto_on_off },
	{ "echo", "a script shows its comments too, and its lines even when it is quiet", .args = on_off },
	{ "keep-going", "continue after a command that failed", .args = on_off },
	{ "quiet", "print no step reports", .args = on_off },
	{ "next", "at the prompt: what to type next, below each step", .args = on_off },
	{ "dry-run", "show plans, perform nothing", .args = on_off },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "NAME", WORD_CHOICE, .optional = true, .choices = names, .means = "the option" },
	{ 0 }
};

/* Where each of them lives, as an enum or a bool. */
static const struct place { size_t at; bool is_bool; } places[] = {
	{ offsetof(struct shell, show), false },
	{ offsetof(struct shell, color), false },
	{ offsetof(struct shell, marks), false },
	{ offsetof(struct shell, echo), true },
	{ offsetof(struct shell, keep_going), true },
	{ offsetof(struct shell, quiet), true },
	{ offsetof(struct shell, next), true },
	{ offsetof(struct shell, dry_run), true },
};
static_assert(COUNT(places) + 1 == COUNT(names), "an option without a place");

static int value_of(const struct shell *shell, const struct choice *option)
{
	const struct place *place = &places[option - names];
	const void *at = (const char *)shell + place->at;

	return place->is_bool ? *(const bool *)at : (int)*(const enum setting *)at;
}

static void set_value(struct shell *shell, const struct choice *option, int value)
{
	const struct place *place = &places[option - names];
	void *at = (char *)shell + place->at;

	if (place->is_bool)
		*(bool *)at = value;
	else
		*(enum setting *)at = (enum setting)value;
	shell_screen(shell);
	/* What was imagined belongs to one dry run. */
	session_imagine_no_more(&shell->session);
}

static void show_option(const struct shell *shell, const struct choice *option, struct text *ret)
{
	enum { NAME = 12, VALUE = 9 };
	const struct choice *values = option->args->choices;
	cleanup_text struct text means = { 0 };

	text_addf(&means, "%s (", _(option->means));
	for (const struct choice *value = values; value->name; value++)
		text_addf(&means, "%s%s", value == values ? "" : ", ", value->name);
	text_add(&means, ")");
	text_addf(ret, "%-*s%-*s", NAME, option->name, VALUE, values[value_of(shell, option)].name);
	fill(ret, text_of(&means), NAME + VALUE, shell->screen.columns);
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	const struct choice *option = words->choice;

	if (words->count > 1) {
		const struct choice *values = option->args->choices;
		set_value(shell, option, (int)(choice_find(values, words_arg(words, 1)) - values));
	} else if (option) {
		show_option(shell, option, &result->output);
	} else {
		for (option = names; option->name; option++)
			show_option(shell, option, &result->output);
	}
	return 0;
}

const struct command command_set = {
	.name = "set", .kind = ACTS, .group = GROUP_STORY, .act = act, .reach = REACH_SHELL, .args = args,
	.summary = "show or change how the shell reports",
	.explain = "Without arguments set shows all options with their values and the other "
		"possible values.\n\nset show changes, the default, shows a step of more than "
		"eight calls as one line for each stage, and of namespaces and mounts what "
		"changed: calls, ns and mountinfo print the rest. set show full prints every call "
		"and both tables after each step; set show auto the tables that are small enough "
		"for the window. set next off leaves out the line below each step that names the "
		"next one on the way to a container.\n\nA script that begins with set echo on "
		"shows its comments as it runs.",
	.example = "set\nset show full\nunshare uts\nset show changes",
};
