/* Ops and outcomes as packets, by walking the fields of the table. One packet is a batch: the
 * child performs its ops in order and stops at the first that fails. Numbers are little or big
 * endian as the machine is: both ends are forks of one program.
 *
 *   request:  u32 count, then each op: u16 kind, u16 flags, fields
 *   field:    string: u32 length + 1 (0 for NULL), bytes, NUL; number: u64; list: u32 count + 1
 *             (0 for NULL), strings; bytes: u32
 *             length, bytes; descriptor: u8 present, the descriptor itself beside
 *   reply:    hostname as a string, u32 count, then each outcome: u32 code, u64 value, u8 fds,
 *             detail as a string; the descriptors beside */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ops/op.h"
#include "ops/plan.h"

struct arena;

enum {
	WIRE_BYTES = 128 * 1024, /* the largest packet that a socket takes as one message */
	WIRE_LONG = 8 * 1024 * 1024, /* more than execve(2) takes; a longer op fails with E2BIG */
	WIRE_FDS = 32,           /* descriptors beside one packet; SCM_MAX_FD is 253 */
	WIRE_OPS = 256,
};

/* A packet being made or read. bytes has room for WIRE_BYTES or, where it is long, for WIRE_LONG. */
struct packet {
	char *bytes;
	size_t length;
	bool is_long;
	int fds[WIRE_FDS];
	size_t fd_count;
};

/* Pack the ops [0, count). Returns how many of them fit (the
 * rest goes into the next packet); -1 with errno E2BIG when not even the first does. */
int ops_pack(const struct planned *ops, size_t count, struct packet *ret);

/* Unpack ops of one side; strings and lists live in arena, descriptors pass to the ops. Returns the number of
 * ops, in arena at *ret; -1 with errno EBADMSG when anything at all is malformed: unknown
 * kinds, kinds of the other side,
 * lengths beyond the end, strings without NUL, surplus bytes or descriptors. */
int ops_unpack(const struct packet *packet, enum op_side side, struct arena *arena,
	       struct planned **ret);

/* The same for what came of them. hostname: at most 64 bytes. */
void outcomes_pack(const struct op_outcome *outcomes, size_t count, const char *hostname,
		   struct packet *ret);
int outcomes_unpack(const struct packet *packet, struct op_outcome *ret, size_t room,
		    char hostname[65]);
