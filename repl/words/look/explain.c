/* explain: what an error means, by its id. */
#include <string.h>

#include "base/text.h"
#include "ops/op.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "ID", WORD_TEXT, .means = "an error's id, as --json shows it: cgroup.controller, mount.EPERM" },
	{ 0 }
};

/* The row of a primitive, by the part of id before the dot. */
static const struct op_info *primitive_of(const char *id, size_t length)
{
	for (int kind = 0; kind < OP_COUNT; kind++)
		if (strlen(op_info(kind)->name) == length && strncmp(op_info(kind)->name, id, length) == 0)
			return op_info(kind);
	return NULL;
}

/* "mount.EPERM": what the primitive's row says of the errno. false when id is of no primitive. */
static bool explain_primitive(const char *id, struct text *ret)
{
	const char *dot = strchr(id, '.');
	const struct op_info *info = dot ? primitive_of(id, (size_t)(dot - id)) : NULL;

	if (!info)
		return false;
	text_addf(ret, "%s\n  The primitive %s, %s, failed with %s.\n", id, info->name, info->man, dot + 1);
	for (const struct hint *hint = info->hints; hint && hint->code; hint++) {
		if (strcmp(errno_name(hint->code), dot + 1) != 0)
			continue;
		text_addf(ret, "  why: %s\n", hint->why);
		if (hint->fix)
			text_addf(ret, "  fix: %s\n", hint->fix);
	}
	return true;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	const char *id = words_arg(words, 0);
	const struct error_row *row = error_called(id);

	(void)context;
	if (row) {
		text_addf(ret, "%s\n  %s\n", row->id, row->means);
		return 0;
	}
	if (explain_primitive(id, ret))
		return 0;
	fail_arg(err, ERR_ARGUMENT_INVALID, words, 0, "no error has the id %s", vis(id));
	return fail_fix(err, "--json shows an error's id: error.id");
}

const struct command command_explain = {
	.name = "explain", .kind = LOOKS, .group = GROUP_STORY, .late = true, .args = args, .look = look,
	.summary = "what an error means, by its id",
	.explain =
		"Every error has an id that stays the same when its wording changes; --json shows it as "
		"error.id. explain tells what it means. A failed primitive's id is its name and the errno, "
		"as in mount.EPERM.",
	.example = "explain cgroup.controller\nexplain mount.EPERM",
};
