/* What the process of a forwarder does: only session/host/forward/ includes this. */
#pragma once

#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

/* How many clients it serves at once; further ones wait in the kernel's queue, or, of UDP, take the place of
 * the one that was silent for longest. */
enum { FORWARD_CLIENTS = 256 };

/* Where it connects to. */
struct destination {
	struct sockaddr_storage address;
	socklen_t size;
};

/* What it lives for: the session's pipe, and a pidfd of the process whose network namespace it has joined, or
 * -1. */
enum { LIVES = 2 };

/* Serve a listening TCP socket, and a bound UDP socket, until one of lives is readable or at its end. Both
 * sockets do not block. */
void forward_streams(int listening, const int lives[LIVES], const struct destination *to);
void forward_datagrams(int bound, const int lives[LIVES], const struct destination *to);

/* Have poll(2) look at them, and whether one has ended. */
static inline void lives_watch(const int lives[LIVES], struct pollfd polled[LIVES])
{
	for (int i = 0; i < LIVES; i++)
		polled[i] = (struct pollfd){ .fd = lives[i], .events = POLLIN };
}

static inline int lives_ended(const struct pollfd polled[LIVES])
{
	return polled[0].revents || polled[1].revents;
}
