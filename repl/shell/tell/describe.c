#include "shell/tell/describe.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "ops/op.h"
#include "words/language/command.h"

static const char *const kind_names[] = { [BUILDS] = "builds", [LOOKS] = "looks", [ACTS] = "acts" };

static const char *const reach_names[] = {
	[REACH_CHILD] = "child", [REACH_SHELL] = "shell", [REACH_STORE] = "store", [REACH_HOST] = "host",
};

static const char *const word_names[] = {
	[WORD_TEXT] = "text", [WORD_PATH] = "path", [WORD_HOST_PATH] = "host-path",
	[WORD_NS_TYPE] = "namespace", [WORD_PID] = "process", [WORD_NUMBER] = "number",
	[WORD_CHOICE] = "choice", [WORD_COMMAND] = "command", [WORD_PROGRAM] = "program",
	[WORD_SIGNAL] = "signal", [WORD_CAPABILITY] = "capability", [WORD_CALL] = "system-call",
	[WORD_LESSON] = "lesson", [WORD_CHECK] = "check",
};

static json_t *string_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

/* list is ended by NULL, or NULL itself. */
static json_t *strings(const char *const *list)
{
	json_t *ret = json_array();

	for (; list && *list; list++)
		json_array_append_new(ret, json_string(*list));
	return ret;
}

static json_t *args_of(const struct arg_spec *args);

static json_t *choices_of(const struct choice *choices)
{
	json_t *ret = json_array();

	for (const struct choice *choice = choices; choice && choice->name; choice++) {
		json_t *object = json_pack("{ss ss}", "name", choice->name, "reach", reach_names[choice->reach]);
		json_object_set_new(object, "means", string_or_null(choice->means));
		json_object_set_new(object, "arguments", choice->args ? args_of(choice->args) : json_null());
		json_array_append_new(ret, object);
	}
	return ret;
}

static json_t *args_of(const struct arg_spec *args)
{
	json_t *ret = json_array();

	for (const struct arg_spec *arg = args; arg && arg->name; arg++) {
		json_t *object = json_pack("{ss ss sb sb ss}", "name", arg->name, "kind",
					   word_names[arg->kind], "optional", arg->optional, "many",
					   arg->many, "means", arg->means ? arg->means : "");
		json_object_set_new(object, "choices", choices_of(arg->choices));
		json_array_append_new(ret, object);
	}
	return ret;
}

static json_t *flags_of(const struct command *command)
{
	json_t *ret = json_array();

	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++) {
		const char letter[] = { flag->letter, '\0' };
		json_t *object = json_pack("{ss sb ss}", "name", flag->name, "many", flag->many, "means",
					   flag->means);
		json_object_set_new(object, "letter", string_or_null(flag->letter ? letter : NULL));
		json_object_set_new(object, "value", string_or_null(flag->value));
		json_object_set_new(object, "of", string_or_null(flag->of));
		json_object_set_new(object, "reach", json_string(reach_names[flag->reach]));
		json_object_set_new(object, "choices", choices_of(flag->choices));
		json_object_set_new(object, "kind",
				    string_or_null(flag->value ? word_names[flag->kind] : NULL));
		json_array_append_new(ret, object);
	}
	return ret;
}

static json_t *words(void)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = commands[i];
		cleanup_text struct text usage = { 0 };
		command_usage(command, NULL, &usage);
		json_t *object = json_pack("{ss ss ss ss ss}", "name", command->name, "kind",
					   kind_names[command->kind], "group", command_groups[command->group].name,
					   "summary", command->summary, "usage", text_of(&usage));
		json_object_set_new(object, "explain", string_or_null(command->explain));
		json_object_set_new(object, "example", string_or_null(command->example));
		json_object_set_new(object, "reach", json_string(reach_names[command->reach]));
		json_object_set_new(object, "aliases", strings(command->aliases));
		json_object_set_new(object, "arguments", args_of(command->args));
		json_object_set_new(object, "options", flags_of(command));
		json_array_append_new(ret, object);
	}
	return ret;
}

static json_t *groups(void)
{
	json_t *ret = json_array();

	for (int i = 0; i < GROUPS; i++)
		json_array_append_new(ret, json_pack("{ss ss}", "name", command_groups[i].name, "heading",
						     command_groups[i].heading));
	return ret;
}

static json_t *primitives(void)
{
	json_t *ret = json_array();

	for (int kind = 0; kind < OP_COUNT; kind++) {
		const struct op_info *info = op_info(kind);
		json_t *errors = json_array();
		for (const struct hint *hint = info->hints; hint && hint->code; hint++) {
			json_t *error = json_pack("{ss ss}", "errno", errno_name(hint->code), "why", hint->why);
			json_object_set_new(error, "fix", string_or_null(hint->fix));
			json_array_append_new(errors, error);
		}
		json_t *object = json_pack("{ss so}", "name", info->name, "errors", errors);
		json_object_set_new(object, "manual", string_or_null(info->man));
		json_object_set_new(object, "does", string_or_null(info->does));
		json_array_append_new(ret, object);
	}
	return ret;
}

static json_t *errors(void)
{
	json_t *ret = json_array();
	const struct error_row *row;

	for (int i = 0; (row = error_row((enum error_id)i)); i++)
		json_array_append_new(ret, json_pack("{ss ss}", "id", row->id, "means", row->means));
	return ret;
}

static json_t *causes(void)
{
	json_t *ret = json_array();
	const struct cause_row *row;

	for (int i = 0; (row = cause_row(i)); i++)
		json_array_append_new(ret, json_pack("{ss ss}", "id", row->id, "means", row->means));
	return ret;
}

static json_t *statuses(void)
{
	return json_pack("{ss ss ss ss ss ss ss}", "0", "all commands succeeded", "1",
			 "a command or a check failed", "2", "the options are wrong", "125",
			 "Stave itself failed", "126",
			 "the program is not executable", "127", "the program was not found", "128+N",
			 "signal N killed the program, or stopped Stave at its work");
}

/* Files and variables, by their names and what each is for: those that the manual page has. */
static const struct surrounding {
	const char *name, *means;
} files[] = {
	{ "$XDG_STATE_HOME/stave/history",
	  "the lines typed at the prompt (without XDG_STATE_HOME: ~/.local/state/stave/history)" },
	{ "$XDG_STATE_HOME/stave/progress", "how far the user is in each lesson" },
	{ "$XDG_DATA_HOME/stave, /var/lib/stave for root",
	  "the store: images, their layers, volumes, and the root file system made from busybox (without "
	  "XDG_DATA_HOME: ~/.local/share/stave)" },
	{ "$XDG_RUNTIME_DIR/stave, /run/stave for root, /run/user/UID/stave, /tmp/stave-UID",
	  "what sessions have made on the host and have to take back; the first of these whose parent can be used" },
	{ "lessons/, PREFIX/share/stave/lessons",
	  "the lessons: a folder beside the program, or where they were installed" },
	{ "stave-probe, stave-archive", "programs that Stave starts itself, beside it or in ../libexec/stave" },
	{ "/etc/subuid, /etc/subgid",
	  "the ranges of ids that newuidmap(1) lets an ordinary user map (unshare user --map auto)" },
	{ NULL, NULL }
}, environment[] = {
	{ "HOME", "the user's folder. If it belongs to another user, no history and no progress are kept" },
	{ "XDG_STATE_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR",
	  "where history and progress, the store, and the record of what was made on the host are; each has to be "
	  "an absolute path" },
	{ "STAVE_LESSONS",
	  "the folder of the lessons, with en/ and zh/ in it; catalogs of messages are looked for in ../po from "
	  "there, and then beside the program" },
	{ "STAVE_TRACE",
	  "what Stave reports of itself on standard error, for debugging: wire (messages to the child), read "
	  "(readings of a process), undo (what is taken back on the host), signals, errors (the id of each), "
	  "separated by commas" },
	{ "LC_ALL, LC_CTYPE, LANG", "the first that is set decides whether Stave prints marks beyond ASCII" },
	{ "LANGUAGE, LC_ALL, LC_MESSAGES, LANG",
	  "the language of messages and lessons, as gettext(3) takes it: the first of the last three that is set; "
	  "unless that is C or POSIX, LANGUAGE takes precedence, a list separated by colons. The locale need not "
	  "be installed. What programs read stays English: --json, --describe, ids" },
	{ "TERM",
	  "the kind of terminal: dumb has no colours and no live screens. Programs that run on a terminal of their "
	  "own inherit it" },
	{ "PAGER", "the program that shows help that is longer than the screen; less where it is not set" },
	{ "NO_COLOR", "no colours, if it is set and not empty" },
	{ "INPUTRC, TERMINFO, TERMINFO_DIRS, TERMCAP, TERMPATH",
	  "read by readline(3) and ncurses(3), but not under sudo or with a HOME of another user" },
	{ "SUDO_UID", "set by sudo(8): root then ignores XDG_DATA_HOME and the variables above" },
	{ NULL, NULL }
};

static json_t *surroundings(const struct surrounding *list)
{
	json_t *ret = json_array();

	for (; list->name; list++)
		json_array_append_new(ret, json_pack("{ss ss}", "name", list->name, "means", list->means));
	return ret;
}

static json_t *program_options(const struct program_option *option)
{
	json_t *ret = json_array();

	for (; option->name; option++) {
		const char letter[] = { option->letter, '\0' };
		json_t *object = json_pack("{ss ss}", "name", option->name, "means", option->means);
		json_object_set_new(object, "letter", string_or_null(option->letter ? letter : NULL));
		json_object_set_new(object, "value", string_or_null(option->value));
		json_array_append_new(ret, object);
	}
	return ret;
}

void describe(const struct program_option *options, struct text *ret)
{
	json_t *object = json_pack("{ss so so so so so so so so so}", "version", STAVE_VERSION, "options",
				   program_options(options), "groups", groups(), "words", words(),
				   "primitives", primitives(), "errors", errors(), "causes", causes(), "status", statuses(), "files",
				   surroundings(files), "environment", surroundings(environment));
	char *s = object ? json_dumps(object, JSON_INDENT(1)) : NULL;

	json_decref(object);
	if (!s)
		out_of_memory();
	text_addf(ret, "%s\n", s);
	free(s);
}
