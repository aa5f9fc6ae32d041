/* Whatever comes over a child's socket, the shell takes no more outcomes than it sent ops, and hands
 * out no descriptor twice. The input is messages: a byte for the tag, one for the length, one for the
 * serial number's distance, the bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "child/child.h"
#include "child/talk.h"
#include "ops/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { OPS = 3 };

static void send_all(int socket, const uint8_t *bytes, size_t length)
{
	while (length > 3) {
		struct header header = { bytes[0] % 8, 1U + bytes[2] % 2 };
		size_t size = bytes[1] < length - 3 ? bytes[1] : length - 3;
		struct packet packet = { .bytes = talk_room(), .length = size };

		memcpy(packet.bytes, bytes + 3, size);
		if (talk_send(socket, header, &packet) < 0)
			return;
		bytes += 3 + size;
		length -= 3 + size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct planned ops[OPS] = { 0 };
	struct op_outcome outcomes[OPS];
	struct error err;
	int ends[2];
	struct ended ended;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		abort();
	send_all(ends[1], bytes, length);
	shutdown(ends[1], SHUT_WR);
	struct child *child = child_new(ends[0], getpid(), -1);
	for (size_t i = 0; i < OPS; i++) {
		ops[i].op = op_new(OP_chdir);
		ops[i].op.chdir.path = "/";
	}
	int done = child_do(child, ops, OPS, outcomes, &err);
	if (done > OPS || strlen(child->hostname) >= sizeof(child->hostname))
		abort();
	if (done < 0 && !err.code)
		abort();
	child_ended(child, 1, 0, &ended);
	child_free(child);
	close(ends[1]);
	return 0;
}
