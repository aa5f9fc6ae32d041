/* words/network: the words behind "net".
 * May include: words/plans words/look words/language snapshot ops base.
 * Never: performs anything.
 * Begin at: net.c. */
#pragma once

#include "words/plans/plans.h"

/* args[0] is the subcommand itself; the number of arguments has been checked. */
int net_lo(const struct context *context, const struct words *words, struct plan *plan,
	   struct error *err);

/* Interfaces: link.c. */
int net_link(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err);
int net_veth(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err);
/* The line that comes before one with a wire to the router: struct command's before. */
const char *net_before(const struct context *context, const struct words *words);

int net_join(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err);
int net_state(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);
int net_mtu(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err);
int net_mac(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err);
int net_tun(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err);
int net_link_set(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err);
int net_rm(const struct context *context, const struct words *words, struct plan *plan,
	   struct error *err);

/* Addresses and routes: addr.c. */
int net_addr(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err);
int net_route(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);

/* Packets of others, and bad lines: forward.c. */
int net_forward(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err);
int net_impair(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err);

void network_plan_forward(struct plan *plan, bool on);

/* The router's way out: world.c. */
int net_world(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);

/* Rules: rules.c, filter.c. */
int net_nat(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err);
int net_publish(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err);
int net_filter(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err);

/* Whether --to names the host, or the session's router: link.c. */
bool net_leads_to_host(const struct words *words);
bool net_leads_to_router(const struct words *words);

/* Refuse a line with --on-host that an ordinary user types, or that nothing takes back: onhost.c. 0, or -1 with
 * err. */
int network_check_host(const struct context *context, const struct words *words, struct error *err);

/* Aim the plan's ops from number first on at the host's own network, and note what takes each back. -1 with
 * err. */
int network_plan_host(const struct context *context, struct plan *plan, size_t first, struct error *err);

/* Refuse argument i where no interface can have it for its name: link.c. 0, or -1 with err. */
int network_check_name(const struct words *words, size_t i, struct error *err);

/* The network as JSON, with the names of "ip -j" and "nft -j" where these have them: json.c. -1 with err. */
struct network;
int network_json(const struct network *network, struct text *ret, struct error *err);

/* Append whose the other end of a link is: the host, a container or job by its name, or any process by its
 * number: show.c. */
struct link;
void network_whose(const struct context *context, const struct link *link, struct text *ret);

/* The network of process pid as boxes and wires: scene.c. hosts: it is the host's own. alone: without those of the
 * session's other children and containers. */
void network_draw(const struct context *context, pid_t pid, const struct network *network, bool hosts, bool alone,
		  struct text *ret);

/* Following the packets of a program that a step runs: trace.c. begin is NULL with err where none can be
 * followed; the end tells, as text or as JSON, and frees. */
extern const struct choice net_probes[];
bool net_trace_runs(const struct words *words);
int net_trace_build(const struct context *context, const struct words *words, struct plan *plan,
		    struct error *err);
struct following *net_follow(const struct context *context, const char *const *argv, struct error *err);
void net_follow_end(struct following *following, bool json, struct text *ret);

/* Looking: show.c, stat.c, trace.c. */
int net_trace(const struct context *context, const struct words *words, struct text *ret,
	      struct error *err);
int net_show(const struct context *context, const struct words *words, struct text *ret,
	     struct error *err);
int net_stat(const struct context *context, const struct words *words, struct text *ret,
	     struct error *err);
