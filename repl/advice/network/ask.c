/* Why the kernel refuses what it is asked of interfaces, addresses and routes: what the network namespace has is
 * looked at. */
#include "advice/network/refused.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/message/printed.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/network/network.h"

/* The kernel's own words come first, where it had any: NETLINK_EXT_ACK. */
static bool quote_kernel(const struct failure *at, struct error *err)
{
	cleanup_text struct text why = { 0 };

	message_printed(at->outcome->detail, &why);
	if (why.len) {
		text_addf(&why, "%s%s", _("; "), err->why);
		fail_why(err, "%s", text_of(&why));
	}
	return true;
}

static bool rule_there(const struct failure *at, struct error *err)
{
	const char *line = at->outcome->detail;

	if (at->outcome->code != EEXIST || strncmp(line, NFT_THERE, strlen(NFT_THERE)) != 0)
		return false;
	line += strlen(NFT_THERE);
	fail_cause(err, CAUSE_NET_RULE_THERE);
	fail_why(err, "the rule of the line \"%s\" is there already", vis(line));
	fail_fix(err, "%s off takes it back", vis(line));
	return true;
}

bool advise_network(const struct failure *at, struct error *err)
{
	static const struct {
		enum op_kind kind;
		bool (*look)(const struct failure *at, const struct network *net, struct error *err);
	} rows[] = {
		{ OP_addr, network_address_refused }, { OP_route, network_route_refused }, { OP_link_add, network_make_refused }, { OP_link_set, network_change_refused },
	};
	cleanup_network struct network net = { 0 };
	pid_t pid = at->on_host ? getpid() : at->pid;
	struct error unread;
	size_t i = 0;

	if (at->op->kind == OP_nft)
		return rule_there(at, err);
	while (i < COUNT(rows) && rows[i].kind != at->op->kind)
		i++;
	if (i == COUNT(rows) || at->outcome->code == EPERM || !pid || network_read(pid, &net, &unread) < 0)
		return false;
	return rows[i].look(at, &net, err) && quote_kernel(at, err);
}
