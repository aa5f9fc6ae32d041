/* Saying an op: as the C call it makes, as a command of the shell, and as a sentence. */
#include "base/message.h"
#include "base/text.h"
#include "ops/field.h"
#include "ops/template.h"

/* The fields in the order of the call. */
static void say_fields(const struct op *op, const struct op_info *info, pid_t pid,
		       struct text *text)
{
	const char *between = "";

	text_addf(text, "%s(", info->name);
	for (const struct field *field = info->fields; field->name; field++)
		if (!field->hidden) {
			text_add(text, between);
			say_field(op, field, pid, text);
			between = ", ";
		}
	text_add(text, ")");
}

void op_say(const struct op *op, pid_t pid, struct text *text)
{
	const struct op_info *info = op_info(op->kind);

	if (info->call_by)
		info->call_by(op, pid, text);
	else if (info->call)
		template_fill(info->call, op, pid, text);
	else
		say_fields(op, info, pid, text);
}

bool op_shell(const struct op *op, struct text *text)
{
	const struct op_info *info = op_info(op->kind);

	if (info->shell_by)
		info->shell_by(op, text);
	else if (info->shell)
		template_fill(info->shell, op, 0, text);
	return info->shell_by || info->shell;
}

void op_does(const struct op *op, struct text *text)
{
	template_fill(_(op_info(op->kind)->does), op, 0, text);
}
