/* Delay, limit or drop packets on their way out of an interface, as a bad line does: RTM_NEWQDISC,
 * rtnetlink(7); tc-netem(8), tc-tbf(8). */
#include <errno.h>
#include <linux/capability.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "ops/network/link.h"
#include "ops/op.h"

/* tbf holds back so much, and lets so much pass at once: as tc(8) takes them from its manual's example. */
enum { LATENCY_MS = 50, LEAST_BURST = 5000 /* bytes: more than any frame of Ethernet */ };

static const struct field fields[] = {
	{ "add", FIELD_BOOL, offsetof(struct op, qdisc.add) },
	{ "name", FIELD_STRING, offsetof(struct op, qdisc.name) },
	{ "kind", FIELD_STRING, offsetof(struct op, qdisc.kind) },
	{ "below", FIELD_BOOL, offsetof(struct op, qdisc.below) },
	{ "delay", FIELD_NUMBER, offsetof(struct op, qdisc.delay) },
	{ "loss", FIELD_STRING, offsetof(struct op, qdisc.loss) },
	{ "rate", FIELD_NUMBER, offsetof(struct op, qdisc.rate) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "changing an interface needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ ENODEV, "the network namespace has no interface with that name", "net lists them" },
	{ EEXIST, "the interface is impaired already", "net impair LINK off, first" },
	{ ESRCH, "the interface is not impaired", "net shows what is" },
	{ EOPNOTSUPP, "this kernel has no such queueing discipline, and found no module for it", NULL },
	{ EINVAL, "the interface does not take these values", NULL },
	{ 0 }
};

static uint32_t ticks_of_us(uint64_t us)
{
	return (uint32_t)(us * 1000 >> 6); /* PSCHED_SHIFT: the clock of traffic control goes in 64 ns */
}

/* The time twice: in ticks of the scheduler's clock and, exactly, in nanoseconds. */
static void add_netem(struct netlink *request, const struct op *op)
{
	double loss = op->qdisc.loss ? strtod(op->qdisc.loss, NULL) : 0;
	struct tc_netem_qopt opt = {
		.latency = ticks_of_us(op->qdisc.delay), .limit = 1000,
		.loss = (uint32_t)(loss / 100 * UINT32_MAX),
	};
	int64_t exact = (int64_t)op->qdisc.delay * 1000;
	size_t options = netlink_nest(request, TCA_OPTIONS, &opt, sizeof(opt));

	netlink_add(request, TCA_NETEM_LATENCY64, &exact, sizeof(exact));
	netlink_end(request, options);
}

/* How long it takes to send so many bytes, in ticks. */
static uint32_t ticks_of_bytes(uint64_t bytes, uint64_t rate)
{
	return ticks_of_us(bytes * 1000000 / rate);
}

static void add_tbf(struct netlink *request, const struct op *op)
{
	uint64_t rate = op->qdisc.rate, burst = rate / 100 > LEAST_BURST ? rate / 100 : LEAST_BURST;
	uint32_t table[256], bytes = (uint32_t)(burst > UINT32_MAX ? UINT32_MAX : burst);
	struct tc_tbf_qopt opt = {
		.rate = { .rate = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate, .cell_log = 8,
			  .linklayer = TC_LINKLAYER_ETHERNET, .mpu = 0, .cell_align = -1 },
		.limit = (uint32_t)(rate * LATENCY_MS / 1000 + bytes), .buffer = ticks_of_bytes(bytes, rate),
	};
	size_t options = netlink_nest(request, TCA_OPTIONS, NULL, 0);

	for (uint64_t i = 0; i < 256; i++)
		table[i] = ticks_of_bytes((i + 1) << 8, rate);
	netlink_add(request, TCA_TBF_PARMS, &opt, sizeof(opt));
	netlink_add(request, TCA_TBF_BURST, &bytes, sizeof(bytes));
	if (rate > UINT32_MAX)
		netlink_add(request, TCA_TBF_RATE64, &rate, sizeof(rate));
	netlink_add(request, TCA_TBF_RTAB, table, sizeof(table));
	netlink_end(request, options);
}

/* Without one the kernel says ENOENT or, where it has none of its own either, EINVAL. */
static int remove_root(struct netlink *request, struct op_outcome *outcome)
{
	if (link_ask(request, outcome) == 0)
		return 0;
	if (errno == ENOENT || errno == EINVAL)
		errno = ESRCH;
	return -1;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct tcmsg body = { .tcm_ifindex = (int)link_index(op->qdisc.name), .tcm_parent = TC_H_ROOT };
	struct netlink request;

	(void)stage;
	if (!body.tcm_ifindex)
		return -1;
	if (!op->qdisc.add) {
		netlink_begin(&request, RTM_DELQDISC, 0, &body, sizeof(body));
		return remove_root(&request, outcome);
	}
	body.tcm_handle = op->qdisc.below ? 0x20000 : 0x10000;
	if (op->qdisc.below)
		body.tcm_parent = 0x10001;
	netlink_begin(&request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_add_text(&request, TCA_KIND, op->qdisc.kind);
	if (strcmp(op->qdisc.kind, "netem") == 0)
		add_netem(&request, op);
	else
		add_tbf(&request, op);
	int ret = link_ask(&request, outcome);
	if (ret == 0 || errno != ENOENT)
		return ret;
	link_option(op->qdisc.kind, outcome);
	errno = EOPNOTSUPP;
	return -1;
}

const struct op_info op_qdisc = {
	.name = "RTM_NEWQDISC", .man = "rtnetlink(7)",
	.does = "{add?impair what leaves by}{add!impair no longer what leaves by} the interface {name}",
	.call = "{add?RTM_NEWQDISC(NLM_F_CREATE|NLM_F_EXCL, }{add!RTM_DELQDISC(}tcm_ifindex=if_nametoindex({name|c}), "
		"tcm_parent={below?1:1}{below!TC_H_ROOT}{kind?, TCA_KIND={kind|c}}{delay?, latency={delay} us}{loss?, loss={loss}}{rate?, rate={rate}})",
	.shell = "tc qdisc {add?add}{add!del} dev {name|sh} {below?parent 1:1 handle 2:}{below!root{kind? handle 1:}}{kind? {kind}}"
		 "{delay? delay {delay}us}{loss? loss {loss}}{rate? rate {rate}bps burst 5000 latency 50ms}",
	.back = BACK_WITH_LINK, .back_path = offsetof(struct op, qdisc.name),
	.side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
