/* What nftables' trace says, as events. */
#pragma once

#include <stddef.h>

struct trace;

/* Append the events among the messages that came from a place. */
void events_parse(const char *bytes, size_t length, size_t place, struct trace *ret);
