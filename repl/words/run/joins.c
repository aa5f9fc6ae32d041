/* container: namespaces that it shares with another container or child, as the containers of a pod do. */
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "words/look/subject.h"
#include "words/run/chain.h"

static const char before_name[] = "container:";

static const struct {
	const char *flag;
	enum ns_link link;
} shared[] = { { "--net", NS_NET }, { "--ipc", NS_IPC }, { "--pid", NS_PID } };

/* Of the network's alone the value may be another: without a colon lan.c has it. */
bool container_joins(const struct words *words)
{
	for (size_t i = 0; i < COUNT(shared); i++) {
		const char *value = words_flag(words, shared[i].flag);
		if (value && strchr(value, ':'))
			return true;
	}
	return false;
}

static int fail_value(const struct words *words, const char *flag, const char *value, bool net, struct error *err)
{
	if (value[0])
		fail_id(err, ERR_OPTION_CHOICE, 0, "container: %s: not a valid value of %s", vis(value), flag);
	else
		fail_id(err, ERR_OPTION_CHOICE, 0, "container: the value of %s is empty", flag);
	err->column = words_column(words, value, 0);
	return fail_fix(err, net ? "none, host, bridge, world, container:NAME, or a network of network ls" : "container:NAME");
}

/* An ordinary user may join what a user namespace owns once he is in that. */
static int read_target(struct chain *chain, enum ns_link link, const char *name, int column, struct error *err)
{
	const struct context *outside = &chain->outside;
	struct reading target;
	pid_t pid = subject_pid(outside, name, column, err);

	if (!pid || reading_take(pid, &target, err) < 0)
		return -1;
	bool own = ns_own(&target, outside->host, link);
	if (!outside->facts->root && !chain->userns && ns_own(&target, outside->host, NS_USER))
		chain->userns = pid;
	reading_done(&target);
	chain->joins[link] = pid;
	if (own)
		return 0;
	fail_id(err, ERR_HOST_SHARED, 0, "container: %s has no %s namespace to share but the host's", vis(name),
		ns_types[link].name);
	err->column = column;
	return fail_fix(err, "unshare %s there first", ns_types[link].name);
}

int chain_read_joins(struct chain *chain, struct error *err)
{
	for (size_t i = 0; i < COUNT(shared); i++) {
		const char *value = words_flag(chain->words, shared[i].flag);
		bool net = shared[i].link == NS_NET;
		/* Without a colon it is a network: lan.c. */
		if (!value || (net && *value && !strchr(value, ':')))
			continue;
		const char *name = strncmp(value, before_name, strlen(before_name)) == 0 ?
				   value + strlen(before_name) : "";
		if (!*name)
			return fail_value(chain->words, shared[i].flag, value, net, err);
		if (read_target(chain, shared[i].link, name, words_column(chain->words, value, 0), err) < 0)
			return -1;
	}
	return 0;
}

static int plan_join_of(struct chain *chain, pid_t pid, enum ns_link link, struct error *err)
{
	struct reading target;

	if (reading_take(pid, &target, err) < 0)
		return -1;
	plan_setns(chain->plan, &target, link);
	reading_done(&target);
	return 0;
}

int chain_plan_joins(struct chain *chain, uint64_t types, struct error *err)
{
	struct plan *plan = chain->plan;
	bool forks = chain->joins[NS_PID] || (chain->userns && (types & ns_types[NS_PID].flag));

	if (chain->userns) {
		if (plan_join_of(chain, chain->userns, NS_USER, err) < 0)
			return -1;
		plan_add(plan, OP_unshare)->unshare.flags = types | (chain->below ? ns_types[NS_USER].flag : 0);
	}
	/* Of the router's user namespace that has one id, all there is. */
	if (chain->below)
		plan_idmap(&chain->outside, plan, "0 0 1", "0 0 1", false);
	for (size_t i = 0; i < COUNT(shared); i++)
		if (chain->joins[shared[i].link] &&
		    plan_join_of(chain, chain->joins[shared[i].link], shared[i].link, err) < 0)
			return -1;
	/* Only later children are in another pid namespace. */
	if (forks)
		plan_add(plan, OP_fork);
	return 0;
}
