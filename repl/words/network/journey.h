/* Telling a packet's journey: trace.c follows it, journey.c has the rows, ending.c and left.c where it ended. */
#pragma once

#include "base/text.h"
#include "snapshot/network/journey.h"
#include "snapshot/network/network.h"

struct context;
struct error;

/* A packet that was followed, and the network namespaces that it may have come through. */
struct telling {
	const struct context *context;
	const struct probe *probe;  /* what was sent; protocol 0: nothing, others did */
	struct trace_place *places; /* the first is where it was sent */
	struct network *networks;   /* of each place, as network_of() has read it */
	bool *read;
	size_t count;
	struct trace trace;
	struct journey journey;     /* no passes: it was seen nowhere */
	bool listened;              /* all packets of the first place are told, and there is no journey */
	int code;                   /* what came of the probe: errno, 0 for an answer; -1: that is not known */
};

/* Where the packet ended. kind is for programs, as are the others where they are known. */
struct end {
	const char *kind;
	size_t place;
	enum journey_part part;
	const char *chain, *dev, *type; /* type: of a route that lets nothing pass, as ip -j has it */
	size_t rule;
	struct address address;
	struct text text;
};

/* The network of a place, read when it is first asked for. */
const struct network *network_of(struct telling *telling, size_t place);

/* The rule's number in its chain, as net shows it; 0 for none. */
size_t rule_of(struct telling *telling, const struct trace_event *event, const struct rule **rule);

/* The interface's name, "-" for none. */
const char *link_name(struct telling *telling, size_t place, int index);

/* The name of a place. */
const char *name_at(const struct telling *telling, size_t place);

/* Set the kind of the end and its place; true, so that who asks is done. */
bool ended(struct end *ret, const char *kind, size_t place);

/* The end of a packet that is longer than an interface takes, and of one whose last pass left its place:
 * left.c. Both are true. */
bool end_too_long(struct telling *telling, size_t place, const struct link *link, uint32_t length, struct end *ret);
bool end_left(struct telling *telling, const struct journey_pass *pass, struct end *ret);

/* That of a packet which came to a place that does not have the address it was handed on for: left.c. */
bool end_outdated(struct telling *telling, const struct journey_pass *pass, struct end *ret);

/* ret->text is the caller's to free. */
void journey_end(struct telling *telling, struct end *ret);

/* As text and as JSON, on the heap. */
void journey_tell(struct telling *telling, const struct end *end, struct text *ret);
char *journey_json(struct telling *telling, const struct end *end);
