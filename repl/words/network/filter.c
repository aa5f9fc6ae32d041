/* net allow, net deny: which packets pass. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/net/address.h"
#include "base/list.h"
#include "base/text.h"
#include "words/network/rules.h"

/* What a packet must be for the rule, as far as it has been read. */
struct match {
	const char *way, *protocol; /* "in"; "tcp", or NULL */
	enum rule_chain chain;
	int family; /* of the addresses, 0 for none */
	bool from, to, port, on, established;
	bool opens; /* what the router keeps apart: network_plan_apart() */
	const char *number, *link; /* of port and on, as typed */
	char prefixes[2][ADDRESS_TEXT]; /* of from and to */
	struct text rule;
};

static const struct way {
	const char *name;
	enum rule_chain chain;
} ways[] = { { "in", CHAIN_INPUT }, { "out", CHAIN_OUTPUT }, { "forward", CHAIN_FORWARD } };

static int read_way(const struct words *words, struct match *match, struct error *err)
{
	for (size_t i = 0; i < COUNT(ways); i++)
		if (strcmp(words->args[1].s, ways[i].name) == 0) {
			match->way = ways[i].name;
			match->chain = ways[i].chain;
			return 0;
		}
	return fail_arg(err, ERR_ARGUMENT_CHOICE, words, 1, "%s: not one of in, out, forward",
			vis(words->args[1].s));
}

static int twice(const struct words *words, size_t i, bool *given, struct error *err)
{
	if (*given)
		return fail_arg(err, ERR_ARGUMENT_MANY, words, i, "%s is given twice", vis(words->args[i].s));
	*given = true;
	return 0;
}

/* from PREFIX, to PREFIX */
static int read_address(const struct words *words, size_t i, bool from, struct match *match, struct error *err)
{
	const char *s = words_arg(words, i + 1);
	struct address address;

	if (!s)
		return fail_arg(err, ERR_ARGUMENT_MISSING, words, i, "%s needs an address", words->args[i].s);
	if (!address_parse(s, &address) || !address_is_network(&address)) {
		fail_arg(err, ERR_NETWORK_ADDRESS, words, i + 1, "%s: not a valid address or network", vis(s));
		return fail_fix(err, "as in 10.0.0.2 or 10.0.0.0/24: no bits behind the prefix");
	}
	if (match->family && match->family != address.family) {
		fail_arg(err, ERR_NETWORK_ADDRESS, words, i + 1, "%s: the other address is of the other family", vis(s));
		return fail_fix(err, "a rule for each: no packet has an address of IPv4 and one of IPv6");
	}
	match->family = address.family;
	s = address_print(&address, match->prefixes[!from]);
	text_addf(&match->rule, "%s %s %s ", address.family == AF_INET6 ? "ip6" : "ip", from ? "saddr" : "daddr", s);
	return 0;
}

static int read_port(const struct words *words, size_t i, struct match *match, struct error *err)
{
	const char *s = words_arg(words, i + 1);
	unsigned port;

	if (!s)
		return fail_arg(err, ERR_ARGUMENT_MISSING, words, i, "port needs a number");
	if (!match->protocol || strcmp(match->protocol, "icmp") == 0) {
		fail_arg(err, ERR_ARGUMENT_MISSING, words, i, "a port is one of tcp or of udp");
		return fail_fix(err, "net %s %s tcp port %s", words->args[0].s, match->way, vis(s));
	}
	if (rule_port(words, i + 1, s, &port, err) < 0)
		return -1;
	match->number = s;
	text_addf(&match->rule, "%s dport %u ", match->protocol, port);
	return 0;
}

/* on LINK: by which it comes in, or goes out. */
static int read_link(const struct words *words, size_t i, struct match *match, struct error *err)
{
	if (!words_arg(words, i + 1))
		return fail_arg(err, ERR_ARGUMENT_MISSING, words, i, "on needs an interface");
	if (rule_check_link(words, i + 1, err) < 0)
		return -1;
	match->link = words->args[i + 1].s;
	text_addf(&match->rule, "%s \"%s\" ", match->chain == CHAIN_OUTPUT ? "oifname" : "iifname",
		  words->args[i + 1].s);
	return 0;
}

/* The word at *i, and its value; *i is the last that was read. */
static int read_one(const struct words *words, size_t *i, struct match *match, struct error *err)
{
	const char *s = words->args[*i].s;
	size_t at = *i;

	if (strcmp(s, "tcp") == 0 || strcmp(s, "udp") == 0 || strcmp(s, "icmp") == 0) {
		bool given = match->protocol != NULL;
		match->protocol = s;
		return twice(words, at, &given, err);
	}
	if (strcmp(s, "established") == 0)
		return twice(words, at, &match->established, err);
	*i += 1;
	if (strcmp(s, "from") == 0)
		return twice(words, at, &match->from, err) < 0 ? -1 : read_address(words, at, true, match, err);
	if (strcmp(s, "to") == 0)
		return twice(words, at, &match->to, err) < 0 ? -1 : read_address(words, at, false, match, err);
	if (strcmp(s, "port") == 0)
		return twice(words, at, &match->port, err) < 0 ? -1 : read_port(words, at, match, err);
	if (strcmp(s, "on") == 0)
		return twice(words, at, &match->on, err) < 0 ? -1 : read_link(words, at, match, err);
	return fail_arg(err, ERR_ARGUMENT_CHOICE, words, at, "%s: not one of tcp, udp, icmp, established, from, to, "
			"port, on, off", vis(s));
}

/* What is said of the protocol only where no port says it, and of connections, stand last. By number: nft(8)
 * looks the names up in protocols(5), which a small system does not have. */
static void finish(struct match *match, bool allow)
{
	if (match->protocol && strcmp(match->protocol, "icmp") == 0)
		text_addf(&match->rule, "meta l4proto { %d, %d } ", IPPROTO_ICMP, IPPROTO_ICMPV6);
	else if (match->protocol && !match->port)
		text_addf(&match->rule, "meta l4proto %d ",
			  strcmp(match->protocol, "udp") == 0 ? IPPROTO_UDP : IPPROTO_TCP);
	if (match->established)
		text_add(&match->rule, "ct state established,related ");
	text_addf(&match->rule, "counter %s%s", match->opens ? "meta mark set 0 " : "", allow ? "accept" : "drop");
}

static void say_one(const char *word, const char *value, struct text *ret)
{
	if (value && *value)
		text_addf(ret, " %s%s%s", word, *word ? " " : "", value);
}

/* nft(8) takes no comment of more than 128 bytes, as two long prefixes of IPv6 make it: then it has the
 * beginning, and a number that the whole of it gives (FNV-1a). */
static void fit_comment(struct text *comment)
{
	enum { LONGEST = 128, NUMBER = 9 };
	uint32_t number = 2166136261u;

	if (comment->len <= LONGEST)
		return;
	for (size_t i = 0; i < comment->len; i++)
		number = (number ^ (unsigned char)comment->s[i]) * 16777619u;
	comment->len = LONGEST - NUMBER;
	text_addf(comment, "#%08x", number);
}

/* The line, its words in one order: however they are typed, they are the same rule. */
static void say_comment(const struct match *match, bool allow, struct text *ret)
{
	text_addf(ret, "net %s %s", allow ? "allow" : "deny", match->way);
	say_one("", match->protocol, ret);
	say_one("port", match->number, ret);
	say_one("from", match->prefixes[0], ret);
	say_one("to", match->prefixes[1], ret);
	say_one("on", match->link, ret);
	say_one("", match->established ? "established" : NULL, ret);
	fit_comment(ret);
}

int net_filter(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err)
{
	bool removal = rules_off(words), allow = strcmp(words->choice->name, "allow") == 0;
	cleanup_text struct text input = { 0 }, comment = { 0 };
	size_t count = words->count - removal;
	struct match match = { 0 };
	int failed = count < 2 ? fail_arg(err, ERR_ARGUMENT_MISSING, words, 0, "in, out or forward is missing") :
				 read_way(words, &match, err);

	match.opens = allow && match.chain == CHAIN_FORWARD && is_routers(context, words);
	for (size_t i = 2; !failed && i < count; i++)
		failed = read_one(words, &i, &match, err);
	if (!failed) {
		finish(&match, allow);
		say_comment(&match, allow, &comment);
		rule_add(match.chain, text_of(&match.rule), text_of(&comment), &input);
		plan_rules(plan, text_of(&comment), &input, removal,
			   allow ? _("A packet that the rule fits passes this chain; the rules behind it are not asked.") :
				   _("A packet that the rule fits ends here, and nobody is told. Rules before it in the "
				     "chain are asked first."));
	}
	text_done(&match.rule);
	return failed;
}
