/* What the processes of this program say to each other: records of a fixed size, and one folder at
 * a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "archive/digest.h"

struct error;

/* From the reader, which reads hostile data, to the overseer: a layer to unpack. */
struct order {
	char blob[HEX];    /* blobs/BLOB */
	char diff_id[HEX]; /* what its plain bytes are to be; "" where nobody has said */
};

/* Back: what came of it. */
struct outcome {
	char diff_id[HEX];
	char chain[HEX]; /* the digest of this layer on those below: the name of its folder */
};

/* A pair of sockets, close-on-exec. -1 with err. */
int talk_pair(int ret[2], struct error *err);

/* All of size bytes. 0, or -1 with errno set (EPIPE: nobody there). */
int talk_send(int fd, const void *bytes, size_t size);
int talk_receive(int fd, void *bytes, size_t size);

/* Ask the overseer to mark a folder with overlay's trusted.overlay.opaque, which takes a capability
 * that whoever reads archives must not have. 0, or -1 with errno set. */
int talk_ask_opaque(int fd, int folder);

/* Tell the overseer the digest of the layer's plain bytes. -1 with errno set. */
int talk_tell_digest(int fd, const char diff_id[HEX]);

/* The overseer's side: do what is asked, or take the digest down. 0: there is nobody any more; -1
 * with errno set. */
int talk_answer(int fd, char diff_id[HEX]);
