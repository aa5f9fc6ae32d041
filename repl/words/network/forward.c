/* net forward, net impair: packets of others, and bad lines. */
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "words/network/network.h"
#include "words/network/rules.h"
#include "words/plans/network/network.h"

static void plan_switch(struct plan *plan, const char *path, const char *value, unsigned flags)
{
	struct op *op = plan_add_with(plan, OP_sysctl, flags);

	op->sysctl.path = path;
	op->sysctl.value = value;
}

void network_plan_forward(struct plan *plan, bool on)
{
	plan_switch(plan, "/proc/sys/net/ipv4/ip_forward", on ? "1" : "0", 0);
	/* A kernel without IPv6 has no such switch. */
	plan_switch(plan, "/proc/sys/net/ipv6/conf/all/forwarding", on ? "1" : "0", PLAN_MAY_FAIL);
}

bool is_routers(const struct context *context, const struct words *words)
{
	return context->name && strcmp(context->name, ROUTER) == 0 && !words_flag(words, "--on-host");
}

void network_plan_apart(struct plan *plan)
{
	static const char comment[] = "networks are apart";
	cleanup_text struct text input = { 0 };

	/* What goes from one bridge to another: of a frame that stays on its bridge br_netfilter asks these chains,
	 * too, and a rule cannot compare two interfaces, but can ask for the route. */
	rule_add(CHAIN_APART, "ct status dnat return", comment, &input);
	rule_add(CHAIN_APART, "meta iifkind \"bridge\" fib daddr . iif oif missing meta mark set " APART_MARK, comment, &input);
	rule_add(CHAIN_ISOLATE, "meta mark " APART_MARK " meta oifkind \"bridge\" counter drop", comment, &input);
	plan_rules(plan, comment, &input, false, NULL);
	plan->ops[plan->count - 1].flags |= PLAN_MAY_EXIST;
}

int net_forward(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err)
{
	bool on = strcmp(words->args[1].s, "on") == 0;

	(void)err;
	if (on && is_routers(context, words))
		network_plan_apart(plan);
	network_plan_forward(plan, on);
	plan->meaning = on ? _("What comes in for others is passed on by the routes, from one interface to another: "
			       "this namespace is a router now. Without it such packets are dropped.") :
			     _("What comes in for others is dropped.");
	return 0;
}

/* ---- impair ---- */

/* A number with one of the units, "100ms"; *ret is it in the first one's. -1 where it is none. */
struct unit {
	const char *name;
	double times;
};

static int read_amount(const char *s, const struct unit *units, double *ret)
{
	char *end;

	if (*s < '0' || *s > '9' || strpbrk(s, "xXeEpP"))
		return -1;
	*ret = strtod(s, &end);
	for (; units->name; units++)
		if (strcmp(end, units->name) == 0) {
			*ret *= units->times;
			return 0;
		}
	return -1;
}

struct impairment {
	double delay_us, loss, rate; /* loss in percent, rate in bytes a second; below 0: not asked for */
	const char *loss_text;
};

static int read_delay(const struct words *words, size_t i, struct impairment *ret, struct error *err)
{
	static const struct unit units[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { 0 } };

	if (read_amount(words->args[i].s, units, &ret->delay_us) == 0 && ret->delay_us >= 1 &&
	    ret->delay_us <= 60e6)
		return 0;
	return fail_arg(err, ERR_ARGUMENT_NUMBER, words, i, "%s: not a delay of 1us to 60s, as in 100ms",
			vis(words->args[i].s));
}

static int read_loss(const struct words *words, size_t i, struct impairment *ret, struct error *err)
{
	static const struct unit units[] = { { "%", 1 }, { 0 } };

	ret->loss_text = words->args[i].s;
	if (read_amount(ret->loss_text, units, &ret->loss) == 0 && ret->loss > 0 && ret->loss <= 100)
		return 0;
	return fail_arg(err, ERR_ARGUMENT_NUMBER, words, i, "%s: not a share up to 100%%, as in 5%%",
			vis(words->args[i].s));
}

static int read_rate(const struct words *words, size_t i, struct impairment *ret, struct error *err)
{
	static const struct unit units[] = { { "bit", 0.125 }, { "kbit", 125 }, { "mbit", 125e3 }, { "gbit", 125e6 }, { 0 } };

	if (read_amount(words->args[i].s, units, &ret->rate) == 0 && ret->rate >= 1000 && ret->rate <= 4e9)
		return 0;
	return fail_arg(err, ERR_ARGUMENT_NUMBER, words, i, "%s: not a rate of 8kbit to 32gbit, as in 1mbit",
			vis(words->args[i].s));
}

static int read_impairment(const struct words *words, struct impairment *ret, struct error *err)
{
	static const struct {
		const char *name;
		int (*read)(const struct words *words, size_t i, struct impairment *ret, struct error *err);
	} kinds[] = { { "delay", read_delay }, { "loss", read_loss }, { "rate", read_rate } };
	bool given[3] = { false };

	for (size_t i = 2; i < words->count; i += 2) {
		size_t kind = 0;
		while (kind < 3 && strcmp(words->args[i].s, kinds[kind].name) != 0)
			kind++;
		if (kind == 3)
			return fail_arg(err, ERR_ARGUMENT_CHOICE, words, i, "%s: not one of delay, loss, rate, off",
					vis(words->args[i].s));
		if (!words_arg(words, i + 1))
			return fail_arg(err, ERR_ARGUMENT_MISSING, words, i, "%s needs a value", kinds[kind].name);
		if (given[kind])
			return fail_arg(err, ERR_ARGUMENT_MANY, words, i, "%s is given twice", kinds[kind].name);
		given[kind] = true;
		if (kinds[kind].read(words, i + 1, ret, err) < 0)
			return -1;
	}
	return 0;
}

static struct op *plan_qdisc(const struct words *words, struct plan *plan, const char *kind)
{
	struct op *op = plan_add(plan, OP_qdisc);

	op->qdisc.name = arena_copy(&plan->arena, words->args[1].s);
	op->qdisc.kind = kind;
	op->qdisc.add = kind != NULL;
	return op;
}

int net_impair(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err)
{
	struct impairment wanted = { 0 };

	(void)context;
	if (strcmp(words->args[2].s, "off") == 0 && words->count == 3) {
		plan_qdisc(words, plan, NULL);
		plan->meaning = _("Packets leave by it as fast as they come.");
		return 0;
	}
	if (read_impairment(words, &wanted, err) < 0)
		return -1;
	bool netem = wanted.delay_us > 0 || wanted.loss > 0;
	if (netem) {
		struct op *op = plan_qdisc(words, plan, "netem");
		op->qdisc.delay = (uint64_t)wanted.delay_us;
		op->qdisc.loss = wanted.loss > 0 ? arena_copy(&plan->arena, wanted.loss_text) : NULL;
	}
	if (wanted.rate > 0) {
		struct op *op = plan_qdisc(words, plan, "tbf");
		op->qdisc.rate = (uint64_t)wanted.rate;
		op->qdisc.below = netem;
	}
	plan->meaning = _("Only what leaves by this interface is impaired; the other way is its peer's.");
	return 0;
}
