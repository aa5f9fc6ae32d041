/* UDP: a connected socket for each client that has sent something, so that answers find their way back. */
#include "session/host/forward/loop.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/await.h"

enum {
	SILENCE = 30000,   /* ms after which a silent client is forgotten, as conntrack does for udp */
	DATAGRAM = 65536   /* the largest there is */
};

struct client {
	struct sockaddr_storage address;
	socklen_t size;
	int inside;   /* -1: the place is free */
	int64_t seen; /* when something last passed */
};

static struct client clients[FORWARD_CLIENTS];
static char datagram[DATAGRAM];

static void forget(struct client *client)
{
	close(client->inside);
	client->inside = -1;
}

static struct client *find(const struct sockaddr_storage *address, socklen_t size)
{
	for (size_t i = 0; i < FORWARD_CLIENTS; i++)
		if (clients[i].inside >= 0 && clients[i].size == size && memcmp(&clients[i].address, address, size) == 0)
			return &clients[i];
	return NULL;
}

/* A free place, or that of the client which has been silent for longest. */
static struct client *make_place(void)
{
	struct client *oldest = &clients[0];

	for (size_t i = 0; i < FORWARD_CLIENTS; i++) {
		if (clients[i].inside < 0)
			return &clients[i];
		if (clients[i].seen < oldest->seen)
			oldest = &clients[i];
	}
	forget(oldest);
	return oldest;
}

static struct client *welcome(const struct sockaddr_storage *address, socklen_t size, const struct destination *to)
{
	struct client *client = make_place();
	int inside = socket(to->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (inside < 0)
		return NULL;
	if (connect(inside, (const struct sockaddr *)&to->address, to->size) < 0) {
		close(inside);
		return NULL;
	}
	*client = (struct client){ .address = *address, .size = size, .inside = inside };
	return client;
}

static void take(int bound, const struct destination *to)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	ssize_t n = recvfrom(bound, datagram, sizeof(datagram), 0, (struct sockaddr *)&address, &size);
	struct client *client;

	if (n < 0)
		return;
	client = find(&address, size);
	if (!client)
		client = welcome(&address, size, to);
	if (!client)
		return;
	client->seen = clock_ms();
	/* A datagram that cannot be passed on is lost, as on every network. */
	(void)send(client->inside, datagram, (size_t)n, 0);
}

static void answer(int bound, struct client *client)
{
	ssize_t n = recv(client->inside, datagram, sizeof(datagram), 0);

	if (n < 0)
		return;
	client->seen = clock_ms();
	(void)sendto(bound, datagram, (size_t)n, 0, (struct sockaddr *)&client->address, client->size);
}

/* Forget who has been silent; returns how many are left. */
static size_t forget_silent(void)
{
	int64_t now = clock_ms();
	size_t left = 0;

	for (size_t i = 0; i < FORWARD_CLIENTS; i++) {
		if (clients[i].inside >= 0 && now - clients[i].seen >= SILENCE)
			forget(&clients[i]);
		left += clients[i].inside >= 0;
	}
	return left;
}

void forward_datagrams(int bound, const int lives[LIVES], const struct destination *to)
{
	enum { FIRST = LIVES + 1, ALL = FIRST + FORWARD_CLIENTS };
	static struct pollfd polled[ALL];

	for (size_t i = 0; i < FORWARD_CLIENTS; i++)
		clients[i].inside = -1;
	for (;;) {
		lives_watch(lives, polled);
		polled[LIVES] = (struct pollfd){ .fd = bound, .events = POLLIN };
		for (size_t i = 0; i < FORWARD_CLIENTS; i++)
			polled[FIRST + i] = (struct pollfd){ .fd = clients[i].inside, .events = POLLIN };
		if (poll(polled, ALL, forget_silent() ? SILENCE : -1) < 0 && errno != EINTR)
			return;
		if (lives_ended(polled))
			return;
		for (size_t i = 0; i < FORWARD_CLIENTS; i++)
			if (clients[i].inside >= 0 && polled[FIRST + i].revents)
				answer(bound, &clients[i]);
		if (polled[LIVES].revents)
			take(bound, to);
	}
}
