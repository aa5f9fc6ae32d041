/* What takes an op back in place. */
#include <string.h>

#include "ops/op.h"

bool op_takes_away(const struct op *op)
{
	/* A bridge takes the hardware address and the MTU of its ports, and has none when the last one leaves. */
	return op->kind == OP_link_del || (op->kind == OP_link_set && (op->link_set.state == LINK_DOWN || op->link_set.master)) ||
	       (op->kind == OP_addr && !op->addr.add) || (op->kind == OP_route && !op->route.add) ||
	       (op->kind == OP_qdisc && !op->qdisc.add);
}

static bool link_opposite(int64_t before, struct op *ret)
{
	if (before < 0)
		return false;
	if (ret->link_set.state)
		ret->link_set.state = (uint64_t)before;
	else if (ret->link_set.mtu)
		ret->link_set.mtu = (uint64_t)before;
	else
		ret->link_set.mac = (uint64_t)before;
	ret->link_set.address = NULL;
	return before > 0; /* all zeros nobody can set */
}

/* The text of a switch's value, which is a small number. */
static bool switch_opposite(int64_t before, struct op *ret)
{
	static const char *const values[] = { "0", "1", "2" };

	if (before < 0 || before > 2)
		return false;
	ret->sysctl.value = values[before];
	return true;
}

bool op_opposite(const struct op *op, const struct op_outcome *outcome, struct op *ret)
{
	*ret = *op;
	switch ((int)op->kind) {
	case OP_setenv:
		ret->setenv.value = op->setenv.before;
		return true;
	case OP_umask:
		ret->umask.mode = op->umask.before;
		return true;
	case OP_route:
		ret->route.add = false;
		return op->route.add;
	case OP_addr:
		ret->addr.add = false;
		return op->addr.add;
	case OP_qdisc:
		ret->qdisc.add = false;
		return op->qdisc.add;
	case OP_link_set:
		return link_opposite(outcome->before, ret);
	case OP_sysctl:
		return switch_opposite(outcome->before, ret);
	case OP_nft:
		ret->nft.add = !op->nft.add;
		ret->nft.taken = NULL;
		ret->nft.places = op->nft.add ? 0 : (uint64_t)outcome->before;
		return outcome->before >= 0;
	}
	return false;
}
