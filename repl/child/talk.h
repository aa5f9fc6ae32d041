/* Messages between the shell and its child: a header and a packet, with descriptors beside. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "ops/wire.h"

enum tag {
	TAG_DO = 1,   /* shell to child: ops */
	TAG_OUTCOMES, /* child to shell: what came of them */
	TAG_ENDED,    /* child to shell: struct ended */
	TAG_DO_LONG,  /* shell to child: ops too long for a message; they lie in the descriptor that
		       * comes last */
	TAG_BECOMES,  /* child to shell: the op by which it becomes a program is next, and all before it is done */
};

struct header {
	uint32_t tag, serial;
};

/* Room for one packet of WIRE_BYTES: the process has one, each use of it ends the former. */
char *talk_room(void);

/* Send a message. 0, or -1 with errno set. Never raises SIGPIPE. */
int talk_send(int socket, struct header header, const struct packet *packet);

/* Sending over socket waits for room for so many ms at most: then it fails with EAGAIN. */
void talk_bound(int socket, int ms);

/* Move the bytes of a long packet into a file in memory that nobody can change any more, which becomes
 * its last descriptor, the caller's to close; none are left. 0, or -1 with errno set. */
int talk_fold(struct packet *packet);

/* The way back: bytes (on the heap, the caller's) out of the last descriptor, which is closed. Of use
 * only where the sender is trusted: reading may take as long as the sender likes. 0, or -1 with errno
 * set. */
int talk_unfold(struct packet *packet);

/* Receive one into packet->bytes, which has room for WIRE_BYTES. *sender (may be NULL) is the
 * process that sent it, where the socket has SO_PASSCRED; else 0. 1 for a message, 0 for the end
 * of the conversation, -1 with errno set (EBADMSG for one that was cut, EMFILE when this process has
 * no room for its descriptors; *header is right then). Descriptors are close-on-exec and belong to
 * the caller. */
int talk_receive(int socket, struct header *header, struct packet *packet, pid_t *sender);

/* Close the descriptors that came with a packet. */
void packet_close(struct packet *packet);
