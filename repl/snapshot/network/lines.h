/* A network as lines, and what two of them have not in common. */
#pragma once

struct network;
struct qdisc;
struct text;

/* Append what a qdisc does to packets: "delay 100ms loss 5%", "rate 1mbit". */
void qdisc_tell(const struct qdisc *qdisc, struct text *ret);

/* Append a line for each interface, address, route, qdisc, switch and rule, fit to print: "link a: veth, up, to b". */
void network_lines(const struct network *network, struct text *ret);

/* Append the lines that only one of two texts has, "+ " or "- " before each, the added ones first;
 * nothing when they say the same. */
void lines_difference(const char *before, const char *after, struct text *ret);
