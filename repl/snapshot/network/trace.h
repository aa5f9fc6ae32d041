/* The way of packets through a network namespace, as nftables' trace tells it: nft(8). While it lasts there
 * is a table "inet stave-trace" whose chains switch the trace on and see each packet at every hook. */
#pragma once

#include "base/arena.h"
#include "snapshot/network/packet.h"

struct error;

struct trace {
	struct arena arena;
	struct trace_event *events;
	size_t count, room;
	/* What came of the probe: errno of sending or of its answer, 0 for an answer. */
	int code;
	/* What the kernel says of the way to it: errno, or the interface and the gateway (family 0: none). */
	int route_code, route_index;
	struct address gateway;
};

/* Send the probe from the network namespace of pid and follow it. 0, or -1 with err: ENOENT without nft(8). */
int trace_take(pid_t pid, const struct probe *probe, struct trace *ret, struct error *err);
void trace_done(struct trace *trace);
#define cleanup_trace __attribute__((cleanup(trace_done)))
