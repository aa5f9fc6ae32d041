/* A network as lines, and what two of them have not in common. */
#pragma once

struct network;
struct text;

/* Append a line for each interface, address and route, fit to print: "link a: veth, up, to b". */
void network_lines(const struct network *network, struct text *ret);

/* Append the lines that only one of two texts has, "+ " or "- " before each, the added ones first;
 * nothing when they say the same. */
void lines_difference(const char *before, const char *after, struct text *ret);
