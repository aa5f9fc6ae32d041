/* set: how the shell tells. */
#include "words/language/command.h"

static const char *const names[] = { "show", "color", "marks", "echo", "keep-going", "quiet",
				     "dry-run", NULL };
static const char *const values[] = { "auto", "on", "off", "changes", "full", NULL };
static const struct arg_spec args[] = {
	{ "NAME", WORD_CHOICE, .optional = true, .choices = names, .means = "the option" },
	{ "VALUE", WORD_TEXT, .optional = true, .choices = values, .means = "what it is to be" },
	{ 0 }
};

const struct command command_set = {
	.name = "set", .kind = ACTS, .group = GROUP_STORY, .act = ACT_SET, .args = args,
	.summary = "show or change how the shell tells what happens",
	.explain =
		"Without arguments all options are shown with their values and what else they could "
		"be. set show full prints the whole tables of namespaces and mounts after each step, "
		"set show changes only what differs; auto, the default, prints tables that are small "
		"enough for the window.\n\n"
		"A script that begins with set echo on shows its comments as it goes.",
	.example = "set\nset show full\nunshare uts\nset show auto",
};
