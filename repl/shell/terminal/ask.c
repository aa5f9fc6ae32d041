#include "shell/terminal/ask.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "shell/terminal/signals.h"

int ask_line(void)
{
	char line[64];
	struct pollfd polled[] = { { STDIN_FILENO, POLLIN, 0 }, { signals_fd(), POLLIN, 0 } };
	unsigned later = 0;
	int ret = -1;

	while (poll(polled, 2, -1) >= 0 || errno == EINTR) {
		unsigned noted = polled[1].revents ? signals_take() : 0;
		later |= noted & ~(unsigned)NOTED_INTERRUPT;
		if (noted & (NOTED_INTERRUPT | NOTED_LEAVE))
			break;
		if (polled[0].revents) {
			ssize_t n = read(STDIN_FILENO, line, sizeof(line));
			ret = n > 0 ? (unsigned char)line[0] : -1;
			break;
		}
	}
	signals_note(later);
	return ret;
}

bool ask_yes(void)
{
	int first = ask_line();

	return first == 'y' || first == 'Y';
}
