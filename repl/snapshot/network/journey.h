/* One packet's journey: what befell it, its answer, and the errors that it caused, from one network namespace
 * to the next. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "snapshot/network/trace.h"

enum journey_part { JOURNEY_QUESTION, JOURNEY_ANSWER, JOURNEY_ERROR };

/* Where it has come to. OUTPUT and PREROUTING begin a pass. */
enum journey_hook { HOOK_OUTPUT, HOOK_PREROUTING, HOOK_INPUT, HOOK_FORWARD, HOOK_POSTROUTING };

/* One way through a network namespace, from coming in, or being sent there, to going out, or being taken.
 * events: their numbers in the trace. */
struct journey_pass {
	enum journey_part part;
	size_t place;
	enum journey_hook first, last;
	size_t *events, count, room;
};

/* In the order of the journey: the question's passes, then the answer's, then the error's. */
struct journey {
	struct journey_pass *passes;
	size_t count, room;
};

/* The hook of an event in a chain of stave-trace; -1 for another's. */
int journey_hook(const struct trace_event *event);

/* Whether an event is the first that is seen of a packet which is sent in a place; not of an error. */
bool journey_begins(const struct trace_event *event, size_t place);

/* The journey of the packet that event number question is the first of. */
void journey_find(const struct trace *trace, size_t question, struct journey *ret);

/* The last pass of a part, NULL where it has none; the packet as it came into a pass and as it left it. */
const struct journey_pass *journey_last(const struct journey *journey, enum journey_part part);
const struct trace_event *journey_in(const struct trace *trace, const struct journey_pass *pass);
const struct trace_event *journey_out(const struct trace *trace, const struct journey_pass *pass);

/* Whether its answer has come back to where it was sent. */
bool journey_returned(const struct journey *journey);

void journey_done(struct journey *journey);
#define cleanup_journey __attribute__((cleanup(journey_done)))
