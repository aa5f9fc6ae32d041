/* One packet, sent and read. */
#pragma once

#include "snapshot/network/trace.h"

/* Send what the probe asks for. The descriptor on which its answer comes; -1 with *code when it could not
 * be sent. */
int packet_send(const struct probe *probe, int *code);

/* What poll(2) is to wait for on that. */
short packet_waits(const struct probe *probe);

/* Whether this was an answer: then *code is 0, or the error that it tells. */
bool packet_answer(int fd, const struct probe *probe, int *code);

/* Read addresses and ports from the headers of a packet into an event. */
void packet_read(const void *network, size_t size, const void *transport, size_t transport_size,
		 struct trace_event *ret);
