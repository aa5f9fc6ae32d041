#include "ops/field.h"

#include <stdio.h>
#include <sys/sysmacros.h>

#include "base/text.h"

void op_say_flags(const struct flag *flags, uint64_t value, struct text *text)
{
	const char *between = "";

	for (const struct flag *flag = flags; flag && flag->name; flag++)
		if (flag->value && (value & flag->value) == flag->value) {
			text_addf(text, "%s%s", between, flag->name);
			value &= ~flag->value;
			between = "|";
		}
	if (value)
		text_addf(text, "%s%#llx", between, (unsigned long long)value);
	else if (!*between)
		text_add(text, "0");
}

static void say_choice(const struct flag *choices, uint64_t value, struct text *text)
{
	while (choices->name && choices->value != value)
		choices++;
	if (choices->name)
		text_add(text, choices->name);
	else
		text_addf(text, "%llu", (unsigned long long)value);
}

/* A descriptor is shown as the path that it was opened from. */
static void say_fd(const struct op_fd *fd, pid_t pid, struct text *text)
{
	cleanup_text struct text path = { 0 };
	const char *p = fd->path;

	if (!p) {
		text_addf(text, "%d", fd->fd);
		return;
	}
	for (; *p; p++)
		if (p[0] == '%' && p[1] == 'p') {
			if (pid)
				text_addf(&path, "%d", pid);
			else
				text_add(&path, "PID");
			p++;
		} else {
			text_addn(&path, p, 1);
		}
	text_add(text, fd->flags & FD_NS_OWNER ? "ioctl(open(" : "open(");
	text_add_c(text, text_of(&path));
	text_add(text, fd->flags & FD_NS_OWNER ? "), NS_GET_USERNS)" : ")");
}

static void say_list(const char *const *list, struct text *text)
{
	if (!list) {
		text_add(text, "NULL");
		return;
	}
	text_add(text, "{");
	for (; *list; list++) {
		text_add_c(text, *list);
		text_add(text, ", ");
	}
	text_add(text, "NULL}");
}

void say_field(const struct op *op, const struct field *field, pid_t pid, struct text *text)
{
	const void *at = (const char *)op + field->at;
	uint64_t number = field->kind == FIELD_STRING || field->kind == FIELD_LIST ||
			  field->kind == FIELD_BOOL || field->kind == FIELD_BYTES ? 0 : *(const uint64_t *)at;

	switch (field->kind) {
	case FIELD_STRING:
		text_add_c(text, *(const char *const *)at);
		break;
	case FIELD_NUMBER:
		text_addf(text, "%llu", (unsigned long long)number);
		break;
	case FIELD_CHOICE:
		say_choice(field->flags, number, text);
		break;
	case FIELD_MODE:
		text_addf(text, "0%03llo", (unsigned long long)number);
		break;
	case FIELD_DEVICE:
		text_addf(text, "makedev(%u, %u)", major(number), minor(number));
		break;
	case FIELD_FLAGS:
		op_say_flags(field->flags, number, text);
		break;
	case FIELD_ID:
		if (number == OP_NO_ID)
			text_add(text, "-1");
		else
			text_addf(text, "%llu", (unsigned long long)number);
		break;
	case FIELD_BOOL:
		text_add(text, *(const bool *)at ? "true" : "false");
		break;
	case FIELD_FD:
		say_fd(at, pid, text);
		break;
	case FIELD_BYTES:
		text_addf(text, "{%llu bytes}",
			  (unsigned long long)((const struct op_bytes *)at)->length);
		break;
	case FIELD_LIST:
		say_list(*(const char *const *const *)at, text);
		break;
	}
}
