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
int net_join(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err);
int net_state(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);
int net_mtu(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err);
int net_mac(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err);
int net_rm(const struct context *context, const struct words *words, struct plan *plan,
	   struct error *err);

/* Addresses and routes: addr.c. */
int net_addr(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err);
int net_route(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);

/* Looking: show.c, stat.c. */
int net_show(const struct context *context, const struct words *words, struct text *ret,
	     struct error *err);
int net_stat(const struct context *context, const struct words *words, struct text *ret,
	     struct error *err);
