/* Work inside the network namespace of another process. A helper process joins, does one thing and ends; this
 * process itself goes there only where it is sure to come back, and for no more than a socket. setns(2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct text;

/* Descriptors of a network namespace and of the user namespace that owns it: owner is -1 where that is this
 * process's own, net where the network namespace is; then nothing is joined. */
struct inside {
	int owner, net;
};

/* Open those of the process whose folder in /proc is proc (a descriptor). 0, or -1 with errno. */
int inside_open(int proc, struct inside *ret);

/* The same of a network namespace that is open already: net, which stays the caller's. */
int inside_of(int net, struct inside *ret);
void inside_close(struct inside *inside);
#define cleanup_inside __attribute__((cleanup(inside_close)))

/* What the helper did. joined: false when setns(2) failed. status: what the call left there. */
struct inside_end {
	bool joined;
	int code, status;
};

/* Have call(arg, out, &status) run by a helper inside, for ms milliseconds at most, and append what it
 * writes to out (up to 16 MiB) to said, which may be NULL. It returns 0 or -1 with errno. Returns 0, or -1
 * with errno and *end filled; ETIMEDOUT: the helper was killed. */
int inside_call(const struct inside *inside, int (*call)(void *arg, int out, int *status), void *arg,
		int ms, struct text *said, struct inside_end *end);

/* The same in two parts: begin returns while the helper works, and what it has said can be read from in (a
 * pipe). finish waits for its end, and has to follow also where begin failed, with errno as that left it. */
struct inside_work {
	pid_t pid;
	int in;
	struct inside_end *shared;
};
int inside_begin(const struct inside *inside, int (*call)(void *arg, int out, int *status), void *arg,
		 struct inside_work *ret);
int inside_finish(struct inside_work *work, int ms, struct text *said, struct inside_end *end);

/* Join in this process, a helper, and become the user that has rights there: user 0 of the user
 * namespace, with CAP_NET_ADMIN and CAP_NET_RAW also behind execve(2). 0, or -1 with errno. */
int inside_join(const struct inside *inside);

/* Make a socket of rtnetlink(7) there without a helper: this process goes there and comes back, which takes less
 * than a tenth of the time. -1 with errno: EPERM where it might not be let back, and a helper is needed. */
int inside_socket(const struct inside *inside);

/* The path of one of the host's programs of network administration, by name, in PATH and in the folders of
 * the administrator's programs; NULL with errno ENOENT. to holds it. */
const char *inside_program(const char *name, char *to, size_t size);

/* Run the program at path inside, by argv and an empty environment, with input (may be NULL) as its
 * standard input, and append what it writes to output and error to said. 0 when it has ended, *status
 * wait(2)'s; -1 with errno. */
int inside_run(const struct inside *inside, const char *path, const char *const *argv, const char *input,
	       int ms, struct text *said, int *status);
