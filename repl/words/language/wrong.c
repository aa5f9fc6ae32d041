/* What is said of a wrong argument: its column, and the usage as the way out. */
#include <stdarg.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "words/language/command.h"

int fail_arg(struct error *err, enum error_id id, const struct words *words, size_t i,
	     const char *format, ...)
{
	char what[sizeof(err->what)];
	va_list args;

	va_start(args, format);
	message_print(what, sizeof(what), format, args);
	va_end(args);
	fail_id(err, id, 0, "%s: %s", words->name.s, what);
	err->column = i < words->count ? words->args[i].column : words->name.column;
	return -1;
}

int command_fix_usage(const struct command *command, const struct words *words, struct error *err)
{
	cleanup_text struct text usage = { 0 };

	command_usage(command, words->choice, &usage);
	return usage.len < sizeof(err->fix) - 16 ? fail_fix(err, "usage: %s", text_of(&usage)) :
						   fail_fix(err, "help %s lists its options", command->name);
}

int command_advise(const struct command *command, const struct words *words, struct error *err)
{
	if (!err->fix[0] && (strncmp(err->id, "argument.", 9) == 0 || strncmp(err->id, "option.", 7) == 0))
		command_fix_usage(command, words, err);
	else if (!err->fix[0] && strcmp(err->id, "path.absent") == 0)
		fail_fix(err, "tree / shows what there is");
	return -1;
}
