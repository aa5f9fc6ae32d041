/* net nat, net publish: addresses are translated. */
#include "words/network/rules.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/net/address.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/network/network.h"

/* dstnat and srcnat are nft(8)'s names for -100 and 100; of the hook output there is none. */
static const struct { const char *name, *type, *hook, *priority; } chains[] = {
	[CHAIN_PREROUTING] = { "prerouting", "nat", "prerouting", "dstnat" },
	[CHAIN_APART] = { "apart", "filter", "prerouting", "filter" },
	[CHAIN_NAT_OUTPUT] = { "nat-output", "nat", "output", "-100" },
	[CHAIN_POSTROUTING] = { "postrouting", "nat", "postrouting", "srcnat" },
	[CHAIN_INPUT] = { "input", "filter", "input", "filter" },
	[CHAIN_OUTPUT] = { "output", "filter", "output", "filter" },
	[CHAIN_FORWARD] = { "forward", "filter", "forward", "filter" },
	[CHAIN_ISOLATE] = { "isolate", "filter", "forward", "1" }, /* behind what "net allow forward" lets pass */
};

void rule_add(enum rule_chain chain, const char *rule, const char *comment, struct text *input)
{
	const char *name = chains[chain].name;

	if (!input->len)
		text_add(input, "add table inet stave");
	text_addf(input, "; add chain inet stave %s { type %s hook %s priority %s; }", name, chains[chain].type,
		  chains[chain].hook, chains[chain].priority);
	text_addf(input, "; add rule inet stave %s %s comment \"%s\"", name, rule, comment);
}

struct op *plan_rules(struct plan *plan, const char *comment, const struct text *input, bool removal,
		       const char *meaning)
{
	struct op *op = plan_add(plan, OP_nft);

	op->nft.add = !removal;
	op->nft.comment = arena_copy(&plan->arena, comment);
	op->nft.input = arena_copy(&plan->arena, text_of(input)); /* of a removal: what undo adds again */
	plan->meaning = removal ? _("Packets are no longer held against this rule.") : meaning;
	return op;
}

bool rules_off(const struct words *words)
{
	return words->count > 1 && strcmp(words->args[words->count - 1].s, "off") == 0;
}

int rule_check_link(const struct words *words, size_t i, struct error *err)
{
	const char *s = words->args[i].s;

	if (network_check_name(words, i, err) < 0)
		return -1;
	for (const char *at = s; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("-_.@", *at)) {
			fail_arg(err, ERR_NETWORK_NAME, words, i, "%s: not a name that nft(8) can be told", vis(s));
			fail_why(err, "rules name an interface by letters, digits and - _ . @");
			return fail_fix(err, "an interface of such a name; net lists them");
		}
	return 0;
}

int rule_port(const struct words *words, size_t i, const char *s, unsigned *ret, struct error *err)
{
	uint64_t port;

	if (*s < '1' || *s > '9' || strlen(s) > 5 || !parse_number(s, &port) || port > 65535) {
		fail_arg(err, ERR_NETWORK_PORT, words, i, "%s: not a port, 1 to 65535", vis(s));
		return fail_fix(err, "as in 8080");
	}
	*ret = (unsigned)port;
	return 0;
}

/* ---- nat ---- */

int net_nat(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err)
{
	bool removal = rules_off(words);
	const char *link = words->count > 1u + removal ? words->args[1].s : NULL;
	cleanup_text struct text input = { 0 };
	char rule[120], comment[64];

	(void)context;
	if (words->count == 3 && !removal)
		return fail_arg(err, ERR_ARGUMENT_MANY, words, 2, "%s: one argument too many", vis(words->args[2].s));
	if (link && rule_check_link(words, 1, err) < 0)
		return -1;
	if (link)
		snprintf(rule, sizeof(rule), "oifname \"%s\" counter masquerade", link);
	else
		snprintf(rule, sizeof(rule), "fib saddr type != local counter masquerade");
	snprintf(comment, sizeof(comment), "net nat%s%s", link ? " " : "", link ? link : "");
	rule_add(CHAIN_POSTROUTING, rule, comment, &input);
	plan_rules(plan, comment, &input, removal,
		   _("What leaves here for others bears the address of the interface it leaves by; answers come "
		     "back to that, and get the first address again."));
	return 0;
}

/* ---- publish ---- */

struct publishing {
	unsigned port, target;
	bool udp;
	struct address to; /* family 0: this namespace itself */
};

/* 8080:80, 8080:80/tcp, 8080:80/udp */
static int read_ports(const struct words *words, struct publishing *ret, struct error *err)
{
	const char *s = words->args[1].s, *colon = strchr(s, ':'), *slash = strchr(s, '/');
	char first[8], second[8];

	if (!colon || (slash && (slash < colon || (strcmp(slash, "/tcp") != 0 && strcmp(slash, "/udp") != 0)))) {
		fail_arg(err, ERR_NETWORK_PORT, words, 1, "%s: not two ports, with /tcp or /udp or without", vis(s));
		return fail_fix(err, "as in 8080:80 or 53:5353/udp");
	}
	snprintf(first, sizeof(first), "%.*s", (int)(colon - s), s);
	snprintf(second, sizeof(second), "%.*s", (int)strcspn(colon + 1, "/"), colon + 1);
	ret->udp = slash && strcmp(slash, "/udp") == 0;
	if (rule_port(words, 1, first, &ret->port, err) < 0)
		return -1;
	return rule_port(words, 1, second, &ret->target, err);
}

static int read_target(const struct words *words, bool removal, struct publishing *ret, struct error *err)
{
	size_t count = words->count - removal;

	if (count == 2)
		return 0;
	if (strcmp(words->args[2].s, "to") != 0)
		return fail_arg(err, ERR_ARGUMENT_CHOICE, words, 2, "%s: not one of to, off", vis(words->args[2].s));
	if (count < 4)
		return fail_arg(err, ERR_ARGUMENT_MISSING, words, 2, "to needs an address");
	if (count > 4)
		return fail_arg(err, ERR_ARGUMENT_MANY, words, 4, "%s: one argument too many", vis(words->args[4].s));
	if (address_parse(words->args[3].s, &ret->to) && !strchr(words->args[3].s, '/'))
		return 0;
	fail_arg(err, ERR_NETWORK_ADDRESS, words, 3, "%s: not a valid address", vis(words->args[3].s));
	return fail_fix(err, "as in 10.0.0.2");
}

/* What listens on the port would never hear again of who asks for it: docker, too, says that it is
 * allocated. Of a child that is not there yet nobody can tell. */
static int refuse_taken(const struct context *context, const struct words *words,
			const struct publishing *publishing, struct error *err)
{
	static const char *const tables[2][2] = { { "tcp", "tcp6" }, { "udp", "udp6" } };
	cleanup_network struct network network = { 0 };

	for (size_t i = 0; context->pid && i < 2; i++) {
		cleanup_text struct text table = { 0 };
		char path[48];
		snprintf(path, sizeof(path), "/proc/%d/net/%s", context->pid, tables[publishing->udp][i]);
		if (eyes_read(context->eyes, path, 16 << 20, &table) < 0 && (errno != ENOENT || i == 0))
			return fail(err, errno, "read %s", path);
		network_parse_listeners(text_of(&table), publishing->udp, &network);
	}
	for (size_t i = 0; i < network.listener_count; i++)
		if (network.listeners[i].port == publishing->port) {
			fail_arg(err, ERR_NETWORK_PORT, words, 1, "port %u is in use: a socket of this network "
				 "namespace listens on it", publishing->port);
			return fail_fix(err, "net shows which process that is");
		}
	return 0;
}

static void say_target(const struct publishing *publishing, char *ret, size_t size)
{
	char text[ADDRESS_TEXT];

	if (!publishing->to.family)
		snprintf(ret, size, "redirect to :%u", publishing->target);
	else
		snprintf(ret, size, publishing->to.family == AF_INET6 ? "dnat ip6 to [%s]:%u" : "dnat ip to %s:%u",
			 address_print(&publishing->to, text), publishing->target);
}

int net_publish(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err)
{
	struct publishing publishing = { 0 };
	bool removal = rules_off(words);
	cleanup_text struct text input = { 0 };
	char to[ADDRESS_TEXT];
	char target[100], rule[200], comment[128], taken[64];

	if (read_ports(words, &publishing, err) < 0 || read_target(words, removal, &publishing, err) < 0 ||
	    (!removal && refuse_taken(context, words, &publishing, err) < 0))
		return -1;
	say_target(&publishing, target, sizeof(target));
	const char *protocol = publishing.udp ? "udp" : "tcp";
	snprintf(taken, sizeof(taken), "fib daddr type local %s dport %u counter ", protocol, publishing.port);
	snprintf(rule, sizeof(rule), "%s%s", taken, target);
	snprintf(comment, sizeof(comment), "net publish %u:%u/%s%s%s", publishing.port, publishing.target, protocol,
		 publishing.to.family ? " to " : "", publishing.to.family ? address_print(&publishing.to, to) : "");
	rule_add(CHAIN_PREROUTING, rule, comment, &input);
	rule_add(CHAIN_NAT_OUTPUT, rule, comment, &input);
	struct op *op = plan_rules(plan, comment, &input, removal,
		   arena_print(&plan->arena, _("What asks an address of this namespace for port %u gets to port %u "
			       "of %s. The first rule is for packets that come in, the second for those of its own "
			       "processes."), publishing.port, publishing.target,
			       publishing.to.family ? words->args[3].s : _("the namespace itself")));
	/* One port is one process's, whatever the other one is. */
	op->nft.taken = arena_copy(&plan->arena, taken);
	return 0;
}
