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

/* Serve a listening TCP socket, and a bound UDP socket, until life is readable or at its end. Both sockets
 * do not block. */
void forward_streams(int listening, int life, const struct destination *to);
void forward_datagrams(int bound, int life, const struct destination *to);
