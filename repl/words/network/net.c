/* net lo: the loopback interface of the child's network namespace. */
#include "base/text.h"
#include "words/plans/plans.h"

static const struct choice words_known[] = { { "lo" }, { 0 } };

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .choices = words_known, .means = "lo: bring up the loopback interface" },
	{ 0 }
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	if (refuse_shared(context, words, NS_NET, "setting an interface", err) < 0)
		return -1;
	plan_loopback(plan);
	plan->changes = true;
	plan->meaning = "127.0.0.1 now answers the processes of this network namespace, and no others.";
	return 0;
}

const struct command command_net = {
	.name = "net", .kind = BUILDS, .stage = STAGE_NETWORK, .group = GROUP_WALLS,
	.summary = "bring up the loopback interface of the child's network namespace",
	.explain = "A new network namespace has one interface, lo, and it is down: 127.0.0.1 is "
		"unreachable (ENETUNREACH) until you bring lo up. It has no route to the host or "
		"the world.",
	.example = "unshare user net\nnet lo",
	.args = args, .build = build,
};
