#include "base/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

static const char *const kinds[TRACES] = {
	[TRACE_WIRE] = "wire", [TRACE_READ] = "read", [TRACE_UNDO] = "undo",
	[TRACE_SIGNALS] = "signals", [TRACE_ERRORS] = "errors",
};

unsigned trace_wanted;

static int find(const char *name, size_t length)
{
	for (int i = 0; i < TRACES; i++)
		if (strlen(kinds[i]) == length && strncmp(kinds[i], name, length) == 0)
			return i;
	return -1;
}

int trace_begin(const char *names)
{
	unsigned wanted = 0;

	for (const char *p = names ? names : ""; *p;) {
		size_t length = strcspn(p, ",");
		int kind = find(p, length);
		if (kind < 0)
			return -1;
		wanted |= 1U << kind;
		p += length + (p[length] == ',');
	}
	trace_wanted = wanted;
	return 0;
}

const char *trace_names(void)
{
	return "wire, read, undo, signals, errors";
}

/* One write(2) a line: processes share standard error. */
void trace_say(enum trace kind, const char *format, ...)
{
	cleanup_text struct text line = { 0 };
	char said[1024];
	int code = errno;
	va_list args;

	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	text_addf(&line, "stave: trace %s: %s\n", kinds[kind], said);
	write_fd(STDERR_FILENO, line.s, line.len);
	errno = code;
}

uint64_t trace_clock(enum trace kind)
{
	return trace_wanted & 1U << kind ? clock_now() : 0;
}
