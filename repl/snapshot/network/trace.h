/* The way of packets through network namespaces, as nftables' trace tells it: nft(8). While it lasts there is
 * a table "inet stave-trace" in each, whose chains switch the trace on and see each packet at every hook. */
#pragma once

#include "base/arena.h"
#include "snapshot/network/packet.h"

struct error;

/* A network namespace that is listened in. */
struct trace_place {
	pid_t pid;        /* a process in it */
	const char *name;
	int unseen;       /* errno where it could not be listened in */
};

/* What happened, place by place, and in each in its order. */
struct trace {
	struct arena arena;
	struct trace_event *events;
	size_t count, room;
};
void trace_done(struct trace *trace);
#define cleanup_trace __attribute__((cleanup(trace_done)))

/* Listen at these places from now on; they and the probe have to stay until the end. NULL with err where the
 * first cannot be listened in: ENOENT without nft(8). Of others that cannot unseen tells it. */
struct stations;
struct stations *stations_begin(const struct probe *probe, struct trace_place *places, size_t count,
				struct error *err);

/* End it; ret, which may be NULL, gets the events. */
void stations_end(struct stations *stations, struct trace *ret);

/* Send the probe from the network namespace of pid and wait for its answer, or with protocol 0 for its time.
 * *code: 0 for an answer, or errno. -1 with err where nothing could be sent from there. */
int probe_send(pid_t pid, const struct probe *probe, int *code, struct error *err);

/* What the kernel says of the way to an address: errno, or whether it is its own, or the interface and the
 * gateway (family 0: none). */
struct way {
	int code, index;
	bool local;
	struct address gateway;
};

/* Ask for it in the network namespace of pid; for a packet that came from an address (NULL: its own) by an
 * interface. */
void way_ask(pid_t pid, const struct address *to, const struct address *from, int in, struct way *ret);
