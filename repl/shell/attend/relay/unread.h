/* What was typed for a program that ended before it read it. */
#pragma once

struct program;
struct text;

/* The end that the program reads from, of its pseudo-terminal or of the pipe that is its standard
 * input, so that what is inside outlives it; -1 where it has none, or nothing tells when it ends: while
 * this is open, the other end is. pty(7), TIOCGPTPEER in ioctl_tty(2). */
int unread_open(const struct program *program);

/* Once the program has ended: append what it has not read. */
void unread_take(int peer, struct text *ret);
