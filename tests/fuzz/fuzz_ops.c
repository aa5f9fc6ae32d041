/* No packet, however odd, makes either end read out of bounds; what passes is packed into the same
 * bytes again. The first byte says which way it goes, the second how many descriptors came beside. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "ops/wire.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void assert_same(const struct packet *a, const struct packet *b)
{
	demand(a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0);
	demand(a->fd_count == b->fd_count &&
	       memcmp(a->fds, b->fds, a->fd_count * sizeof(*a->fds)) == 0);
}

static void try_ops(const struct packet *packet, enum op_side side, struct packet *again)
{
	cleanup_arena struct arena arena = { 0 };
	struct planned *ops;
	int count = ops_unpack(packet, side, &arena, &ops);

	if (count < 0)
		return;
	demand(ops_pack(ops, (size_t)count, again) == count || count == 0);
	assert_same(packet, again);
}

static void try_outcomes(const struct packet *packet, struct packet *again)
{
	static struct op_outcome outcomes[WIRE_OPS];
	char hostname[65];
	int count = outcomes_unpack(packet, outcomes, WIRE_OPS, hostname);

	if (count < 0)
		return;
	demand(strlen(hostname) < sizeof(hostname));
	/* Packed again it may be shorter: what was too long was cut. */
	outcomes_pack(outcomes, (size_t)count, hostname, again);
	demand(outcomes_unpack(again, outcomes, WIRE_OPS, hostname) == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char room[WIRE_BYTES];
	struct packet packet = { 0 }, again = { .bytes = room };

	if (length < 2)
		return 0;
	/* A copy of its size, so that a read beyond it is seen. */
	packet.length = length - 2;
	packet.bytes = malloc(packet.length ? packet.length : 1);
	memcpy(packet.bytes, bytes + 2, packet.length);
	packet.fd_count = bytes[1] % (WIRE_FDS + 1);
	for (size_t i = 0; i < packet.fd_count; i++)
		packet.fds[i] = 1000 + (int)i;
	switch (bytes[0] % 3) {
	case 0:
		try_ops(&packet, IN_CHILD, &again);
		break;
	case 1:
		try_ops(&packet, ON_HOST, &again);
		break;
	case 2:
		try_outcomes(&packet, &again);
		break;
	}
	free(packet.bytes);
	return 0;
}
