/* TCP: a pair of sockets for each client, and what passes between them. */
#include "session/host/forward/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/await.h"

enum {
	HALF_BYTES = 16384,
	CONNECTING = 10000 /* ms until an address that does not answer is given up */
};

/* One direction of a connection: what was read from one socket and is not written to the other yet. */
struct half {
	char bytes[HALF_BYTES];
	size_t from, to; /* the bytes that wait */
	bool ended;      /* nothing more can be read */
	bool passed;     /* and the other side has been told: shutdown(2) */
};

struct client {
	int outside, inside; /* -1: the place is free */
	bool connected;      /* inside is */
	int64_t deadline;    /* until which it has to be */
	struct half in, out; /* from outside to inside, and back */
};

static struct client clients[FORWARD_CLIENTS];

/* Close both; abruptly: the client sees a reset, as where nobody listens. */
static void drop(struct client *client, bool abruptly)
{
	const struct linger none = { .l_onoff = 1 };

	if (abruptly)
		setsockopt(client->outside, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(client->outside);
	close(client->inside);
	client->outside = client->inside = -1;
}

static struct client *free_place(void)
{
	for (size_t i = 0; i < FORWARD_CLIENTS; i++)
		if (clients[i].outside < 0)
			return &clients[i];
	return NULL;
}

static void take(int listening, struct client *client, const struct destination *to)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	int outside = accept4(listening, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int inside;

	if (outside < 0)
		return;
	inside = socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (inside < 0) {
		close(outside);
		return;
	}
	client->outside = outside;
	client->inside = inside;
	client->connected = connect(inside, (const struct sockaddr *)&to->address, to->size) == 0;
	client->deadline = await_until(CONNECTING);
	client->in.from = client->in.to = client->out.from = client->out.to = 0;
	client->in.ended = client->in.passed = client->out.ended = client->out.passed = false;
	if (!client->connected && errno != EINPROGRESS)
		drop(client, true);
}

/* Whether the connection inside stands; drops the client where it was refused. */
static bool settle(struct client *client)
{
	int code = 0;
	socklen_t size = sizeof(code);

	if (getsockopt(client->inside, SOL_SOCKET, SO_ERROR, &code, &size) < 0 || code) {
		drop(client, true);
		return false;
	}
	return client->connected = true;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Move on what can be moved; false when the connection broke. */
static bool pump(struct half *half, int from, int to)
{
	ssize_t n;

	if (half->from == half->to && !half->ended) {
		n = read(from, half->bytes, sizeof(half->bytes));
		if (n < 0 && !would_block())
			return false;
		half->ended = n == 0;
		half->from = 0;
		half->to = n > 0 ? (size_t)n : 0;
	}
	if (half->from < half->to) {
		n = write(to, half->bytes + half->from, half->to - half->from);
		if (n < 0 && !would_block())
			return false;
		half->from += n > 0 ? (size_t)n : 0;
	}
	if (half->ended && half->from == half->to && !half->passed) {
		half->passed = true;
		shutdown(to, SHUT_WR);
	}
	return true;
}

/* What to wait for on the socket that half comes from, and on which the other one goes out. */
static short events(const struct half *half, const struct half *other)
{
	return (short)((half->from == half->to && !half->ended ? POLLIN : 0) |
		       (other->from < other->to ? POLLOUT : 0));
}

/* Fill the two places of a client's sockets; poll(2) passes over negative descriptors. */
static void watch(const struct client *client, struct pollfd polled[2])
{
	polled[0] = (struct pollfd){ .fd = client->outside, .events = events(&client->in, &client->out) };
	polled[1] = (struct pollfd){ .fd = client->inside, .events = events(&client->out, &client->in) };
	if (!client->connected) {
		polled[0].events = 0;
		polled[1].events = POLLOUT;
	}
	/* A socket with nothing to wait for would report its end again and again. */
	for (int i = 0; i < 2; i++)
		if (!polled[i].events)
			polled[i].fd = -1;
}

static void serve(struct client *client, const struct pollfd polled[2])
{
	if (client->outside < 0)
		return;
	if (!client->connected) {
		if (polled[1].revents ? !settle(client) : clock_ms() >= client->deadline) {
			if (client->outside >= 0)
				drop(client, true);
			return;
		}
		if (!client->connected)
			return;
	}
	if (!polled[0].revents && !polled[1].revents)
		return;
	if (!pump(&client->in, client->outside, client->inside) ||
	    !pump(&client->out, client->inside, client->outside))
		drop(client, true);
	else if (client->in.passed && client->out.passed)
		drop(client, false);
}

/* How long poll(2) may wait, in ms: to the first deadline of those that are connecting. */
static int patience(void)
{
	int64_t first = -1;

	for (size_t i = 0; i < FORWARD_CLIENTS; i++)
		if (clients[i].outside >= 0 && !clients[i].connected && (first < 0 || clients[i].deadline < first))
			first = clients[i].deadline;
	if (first < 0)
		return -1;
	first -= clock_ms();
	return first < 0 ? 0 : (int)first;
}

void forward_streams(int listening, const int lives[LIVES], const struct destination *to)
{
	enum { FIRST = LIVES + 1, ALL = FIRST + 2 * FORWARD_CLIENTS };
	static struct pollfd polled[ALL];

	for (size_t i = 0; i < FORWARD_CLIENTS; i++)
		clients[i].outside = clients[i].inside = -1;
	for (;;) {
		struct client *place = free_place();

		lives_watch(lives, polled);
		polled[LIVES] = (struct pollfd){ .fd = place ? listening : -1, .events = POLLIN };
		for (size_t i = 0; i < FORWARD_CLIENTS; i++)
			watch(&clients[i], polled + FIRST + 2 * i);
		if (poll(polled, ALL, patience()) < 0 && errno != EINTR)
			return;
		if (lives_ended(polled))
			return;
		for (size_t i = 0; i < FORWARD_CLIENTS; i++)
			serve(&clients[i], polled + FIRST + 2 * i);
		if (place && polled[LIVES].revents)
			take(listening, place, to);
	}
}
