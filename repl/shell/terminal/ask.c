#include "shell/terminal/ask.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "shell/terminal/ahead.h"
#include "shell/terminal/signals.h"

/* The next byte of standard input; -1 for its end and what ask_line() says, *later what else was noted. */
static int read_key(unsigned *later)
{
	struct pollfd polled[] = { { STDIN_FILENO, POLLIN, 0 }, { signals_fd(), POLLIN, 0 } };
	unsigned char key;

	if (ahead_any())
		return ahead_key();
	while (poll(polled, 2, -1) >= 0 || errno == EINTR) {
		unsigned noted = polled[1].revents ? signals_take() : 0;
		*later |= noted & ~(unsigned)NOTED_INTERRUPT;
		if (noted & (NOTED_INTERRUPT | NOTED_LEAVE))
			break;
		if (polled[0].revents)
			return read(STDIN_FILENO, &key, 1) == 1 ? key : -1;
	}
	return -1;
}

/* What is behind the line was typed for others. A line that came while readline had the terminal ends
 * with the carriage return that its key sends. */
int ask_line(void)
{
	unsigned later = 0;
	int first = read_key(&later);

	for (int key = first; key >= 0 && key != '\n' && key != '\r';)
		key = read_key(&later);
	signals_note(later);
	return first;
}

bool ask_yes(void)
{
	int first = ask_line();

	return first == 'y' || first == 'Y';
}
