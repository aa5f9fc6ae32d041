/* Rules of Stave's own table of nftables, put together as nft(8) reads them. Whatever of a line goes into
 * a rule has been checked: it holds no quotes, blanks or newlines. */
#pragma once

#include "words/network/network.h"

/* The chains that the table may have: a hook each. */
enum rule_chain {
	CHAIN_PREROUTING, CHAIN_APART, CHAIN_NAT_OUTPUT, CHAIN_POSTROUTING, CHAIN_INPUT, CHAIN_OUTPUT, CHAIN_FORWARD,
	CHAIN_ISOLATE
};

/* Append the lines that add a rule to a chain, and the chain itself; comment: what its rules are found by. */
void rule_add(enum rule_chain chain, const char *rule, const char *comment, struct text *input);

/* Plan them, or with removal to take the rules of this comment away; meaning: of adding them. */
struct op *plan_rules(struct plan *plan, const char *comment, const struct text *input, bool removal,
		      const char *meaning);

/* Whether the last word of the line is "off". */
bool rules_off(const struct words *words);

/* Refuse argument i where it is no interface's name, or one that nft(8) cannot be told. 0, or -1 with err. */
int rule_check_link(const struct words *words, size_t i, struct error *err);

/* Read argument i as a port, 1 to 65535. 0, or -1 with err. */
int rule_port(const struct words *words, size_t i, const char *s, unsigned *ret, struct error *err);

/* What comes in by one bridge of the router's to leave by another bears this mark, until a rule lets it pass. */
#define APART_MARK "0x5741"

/* Rules for the router, which keep networks of containers apart although packets are passed on. */
void network_plan_apart(struct plan *plan);

/* Whether a line is about the router's network. */
bool is_routers(const struct context *context, const struct words *words);
