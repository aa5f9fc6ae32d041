/* What the program does inside, for debugging: STAVE_TRACE=wire,read. A line goes to standard error for
 * each. Costs a comparison where it is not asked for. */
#pragma once

#include <stdint.h>

enum trace {
	TRACE_WIRE,    /* ops sent to a child, and what came back */
	TRACE_READ,    /* readings of a process, and how long they took */
	TRACE_UNDO,    /* what is taken back on the host */
	TRACE_SIGNALS, /* signals of the shell, where they are acted upon */
	TRACE_ERRORS,  /* the id of each failure that is printed as text */
	TRACES
};

/* Which of them are asked for, a bit each; set once by trace_begin(). */
extern unsigned trace_wanted;

/* names: those in STAVE_TRACE, separated by commas; may be NULL. -1: one of them is unknown. */
int trace_begin(const char *names);

/* The names, separated by ", ". */
const char *trace_names(void);

/* "stave: trace KIND: ..."; the text is printable, and has no newline at its end. */
#define TRACE(kind, ...) \
	do { \
		if (trace_wanted & 1U << (kind)) \
			trace_say((kind), __VA_ARGS__); \
	} while (0)

/* What TRACE() calls. Leaves errno alone. */
void trace_say(enum trace kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Nanoseconds of the monotonic clock where kind is asked for, else 0. */
uint64_t trace_clock(enum trace kind);
