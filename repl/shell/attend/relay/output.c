/* What a program prints, read from its ends. One that writes a little at a time, and fast, is not looked at for a moment now and
 * then, so that it does not wake the shell each time: its pipe holds meanwhile what it writes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/list.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/relay/relaying.h"

/* A program is fast that was read from so often, and so soon after the time before. */
enum { TIMES = 16, SOON = 3 /* ms */, REST = 1 /* ms */, ROOM = 512 * 1024 /* bytes, of the pipe */ };

enum { KEPT = 1024 /* bytes of its standard error */ };

enum { MOST = 64 }; /* times that what lies in a pipe is read in one go */

/* Only the end of what it says of its errors is kept. */
static void keep_end(struct text *printed, const char *bytes, size_t n)
{
	size_t from = n > KEPT ? n - KEPT : 0;

	text_addn(printed, bytes + from, n - from);
	if (printed->len <= KEPT)
		return;
	memmove(printed->s, printed->s + printed->len - KEPT, KEPT);
	printed->len = KEPT;
	printed->s[KEPT] = '\0';
}

/* At its end (EIO on a pseudo-terminal) it is closed. */
size_t output_take(struct relay *relay, int *fd, int to)
{
	char bytes[CHUNK];
	ssize_t n = read(*fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		close(steal_fd(fd));
		return 0;
	}
	/* A program without a pseudo-terminal of its own writes to the same screen. */
	if (fd == &relay->program->pty || (relay->shell->screen.terminal && !relay->capture))
		modes_read(&relay->modes, bytes, (size_t)n);
	if (to == STDERR_FILENO)
		keep_end(&relay->shell->printed, bytes, (size_t)n);
	relay_pass_on(relay, to, bytes, (size_t)n);
	return (size_t)n;
}

static void note_rest(struct relay *relay, bool emptied)
{
	int64_t now = clock_ms();

	relay->fast = now - relay->taken <= SOON ? relay->fast + 1 : 0;
	relay->taken = now;
	relay->rests = relay->fast >= TIMES && emptied;
	if (relay->fast == TIMES)
		fcntl(relay->program->out, F_SETPIPE_SZ, ROOM); /* where the user may: pipe(7) */
}

static bool is_readable(int fd)
{
	struct pollfd polled = { fd, POLLIN, 0 };

	return poll(&polled, 1, 0) > 0;
}

void output_take_out(struct relay *relay, bool all)
{
	int *fd = &relay->program->out;
	size_t got = output_take(relay, fd, STDOUT_FILENO);

	for (int times = 0; all && got == CHUNK && times < MOST && is_readable(*fd); times++)
		got = output_take(relay, fd, STDOUT_FILENO);
	note_rest(relay, got < CHUNK);
}

void output_take_rest(struct relay *relay)
{
	struct program *program = relay->program;
	struct { int *fd; int to; } ends[] = {
		{ &program->pty, STDOUT_FILENO }, { &program->out, STDOUT_FILENO }, { &program->err, STDERR_FILENO },
	};

	for (size_t i = 0; i < COUNT(ends); i++)
		for (int times = 0; times < MOST; times++) {
			if (!is_readable(*ends[i].fd))
				break;
			output_take(relay, ends[i].fd, ends[i].to);
		}
}

int rest_wait(const struct relay *relay, int wait)
{
	return relay->rests && (wait < 0 || wait > REST) ? REST : wait;
}

bool rest_end(struct relay *relay)
{
	bool rested = relay->rests;

	relay->rests = false;
	return rested;
}
