#include "shell/attend/relay/unread.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "session/session.h"

/* fd(5) of proc: opened again, for reading, it is the pipe's other end. */
static int open_other_end(int pipe)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipe);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

int unread_open(const struct program *program)
{
	if (program->pidfd < 0)
		return -1;
	if (program->pty >= 0)
		return ioctl(program->pty, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return program->in >= 0 ? open_other_end(program->in) : -1;
}

void unread_take(int peer, struct text *ret)
{
	enum { CHUNK = 16 * 1024 };
	struct termios modes;
	ssize_t n;

	/* Where lines are edited, the kernel keeps back one that has no end yet. What is still on its way to
	 * the program is not shown: a Ctrl-D that ends no line is echoed. */
	if (tcgetattr(peer, &modes) == 0) {
		modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(peer, TCSANOW, &modes);
	}
	while ((n = read(peer, text_room(ret, CHUNK), CHUNK)) > 0)
		text_grew(ret, (size_t)n);
}
