#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"

static const struct error_row rows[] = {
#define ID(name, id, means) { id, means },
	ERROR_IDS(ID)
#undef ID
	{ 0 }
};

const struct error_row *error_row(enum error_id i)
{
	return rows[i].id ? &rows[i] : NULL;
}

const struct error_row *error_called(const char *id)
{
	for (const struct error_row *row = rows; row->id; row++)
		if (strcmp(row->id, id) == 0)
			return row;
	return NULL;
}

int fail_as(struct error *err, enum error_id id)
{
	snprintf(err->id, sizeof(err->id), "%s", rows[id].id);
	return -1;
}

int fail(struct error *err, int code, const char *format, ...)
{
	va_list args;

	*err = (struct error){ .code = code };
	va_start(args, format);
	vsnprintf(err->what, sizeof(err->what), format, args);
	va_end(args);
	return fail_as(err, ERR_SYSTEM);
}

int fail_id(struct error *err, enum error_id id, int code, const char *format, ...)
{
	va_list args;

	*err = (struct error){ .code = code };
	va_start(args, format);
	message_print(err->what, sizeof(err->what), format, args);
	va_end(args);
	return fail_as(err, id);
}

int fail_wrap(struct error *err, const char *format, ...)
{
	char inner[sizeof(err->what)];
	va_list args;

	memcpy(inner, err->what, sizeof(inner));
	va_start(args, format);
	message_print(err->what, sizeof(err->what), format, args);
	va_end(args);
	size_t used = strlen(err->what);
	snprintf(err->what + used, sizeof(err->what) - used, ": %s", inner);
	return -1;
}

int fail_why(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_print(err->why, sizeof(err->why), format, args);
	va_end(args);
	return -1;
}

int fail_fix(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_print(err->fix, sizeof(err->fix), format, args);
	va_end(args);
	return -1;
}

void *memory_of(size_t size)
{
	void *ret = malloc(size);

	if (!ret)
		out_of_memory();
	return ret;
}

void out_of_memory(void)
{
	static const char words[] = "stave: out of memory\n";

	/* write(2) and _exit(2), because stdio may want memory of its own. */
	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		_exit(125);
	_exit(125);
}
