/* What the tracer and the shell share: only trace/ includes this. */
#pragma once

#include "base/process/halted.h"
#include "base/text.h"
#include "trace/trace.h"

enum { SEEN_TEXT = 4 << 20 };

/* The calls of one architecture, as they begin. */
struct seen_calls {
	uint32_t architecture; /* 0: none */
	uint64_t made[TRACE_NUMBERS], refused[TRACE_NUMBERS];
	uint32_t answer[TRACE_NUMBERS];
};

/* Mapped by both; the tracer writes, the shell reads when it has ended. Pages that nobody wrote cost
 * nothing. */
struct seen {
	uint64_t calls[TRACE_NUMBERS], failed[TRACE_NUMBERS];
	uint64_t dropped, unshown, foreign;
	bool filtered, began;
	struct seen_calls of[TRACE_ARCHITECTURES];
	struct halts halts;
	pid_t started; /* the program that the tracer itself has started */
	size_t count;
	uint32_t text_used; /* from 1: 0 is no text */
	struct traced list[TRACE_KEPT];
	char text[SEEN_TEXT];
};

/* What a tracer is to follow: a process, or the program of a spawn op that it starts, and then opens its gate. */
struct target {
	pid_t pid;
	const struct op *op; /* NULL: that process */
	int gate;
};

/* The tracer itself: follow the target, say 0 or an errno through ready, go on until the last process has ended. */
_Noreturn void tracer_main(struct seen *seen, const struct trace_wish *wish, const struct target *target, int ready);

/* The same of a listener, who answers what comes from fd and ends when the program behind pidfd does. */
_Noreturn void listener_main(struct seen *seen, const struct trace_wish *wish, pid_t pid, int fd, int pidfd);

/* Count a call that begins, and what the wish's filter answers. */
void seen_count(struct seen *seen, const struct trace_wish *wish, uint32_t architecture, int number,
		const uint64_t args[6]);

/* A call as C, from the memory of process pid, appended to ret; its path, if it is about one, to path. */
void decode_call(pid_t pid, int number, const uint64_t args[6], struct text *ret, struct text *path);

/* Arguments of a call, appended as C: requests.c. The last two return false, and append nothing, where the memory cannot be read. */
void add_request(uint64_t value, struct text *ret);
void add_io_priority(uint64_t value, struct text *ret);
void add_io_whom(uint64_t value, struct text *ret);
bool add_sets(pid_t pid, uint64_t at, struct text *ret);
bool add_groups(pid_t pid, uint64_t at, uint64_t count, struct text *ret);

/* At most size bytes of the memory of process pid: how many could be read. */
size_t read_memory(pid_t pid, uint64_t at, void *to, size_t size);

/* Whether a call is one of those of which all is kept where they fail: mount(2) and such. */
bool is_told_whole(int number);

/* The strings among its arguments but for the path that it is about: those of its signature, in their order. */
void read_others(pid_t pid, int number, const uint64_t args[6], struct text ret[TRACE_OTHERS]);

/* How many bytes the words of execve(2) have, each with its NUL: args is path, arguments and environment. */
void measure_words(pid_t pid, const uint64_t args[3], uint64_t *longest, uint64_t *all);

/* The first line of size bytes in the memory of process pid, at most 128 of them, appended. */
void read_line(pid_t pid, uint64_t at, uint64_t size, struct text *ret);

/* What was short when a call of process pid failed with this errno; path: of decode_call(), absolute, or NULL. */
struct strait strait_of(pid_t pid, int number, const uint64_t args[6], int code, const char *path);

/* Of capset(2) and of prctl(2) that raises an ambient one: what was asked for, and what process pid has: sets.c. Else nothing. */
struct asked_sets sets_asked(pid_t pid, int number, const uint64_t args[6]);

/* The file system ids of process pid, as the host sees them. false where they cannot be read. proc_pid_status(5). */
bool ids_of(pid_t pid, uint32_t *uid, uint32_t *gid);

/* The path of a call made absolute by the working directory of process pid, or by the folder that its first argument is
 * open on; as it is where nothing tells. Of a write: what the descriptor is open on. Below the process's root. */
void resolve_path(pid_t pid, int number, const uint64_t args[6], struct text *path);
