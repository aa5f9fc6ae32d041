/* unshare TYPE...: new namespaces for the child. */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/network/network.h"

static const struct choice kinds[] = {
	{ "private" }, { "slave" }, { "shared" }, { "unchanged" }, { 0 }
};

static const struct flag_spec flags[] = {
	{ "--map", 0, "IN:OUT:COUNT", .many = true,
	  .means = "with user: COUNT ids from IN inside are those from OUT outside; or auto, for the range of /etc/subuid" },
	{ "--propagation", 0, "KIND", WORD_CHOICE, .choices = kinds,
	  .means = "with mnt; private when left out" },
	{ "--boottime", 0, "SECONDS", .means = "with time: offset of the boot clock" },
	{ "--monotonic", 0, "SECONDS", .means = "with time: offset of the monotonic clock" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "TYPE", WORD_NS_TYPE, .many = true, .means = "mnt pid uts ipc net user cgroup time, or all" },
	{ 0 }
};

/* The CLONE_NEW* bits of the types named. */
static uint64_t types_of(const struct words *words)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < words->count; i++) {
		int type = ns_type_find(words->args[i].s);
		if (type >= 0)
			wanted |= ns_types[type].flag;
		else
			for (int all = 0; all < NS_TYPES; all++)
				wanted |= ns_types[all].flag;
	}
	return wanted;
}

/* A lesson about propagation has a world of its own, whose copies may propagate to each other. */
static int refuse_peers(const struct context *context, const char *wanted, struct error *err)
{
	if (!context->in_lesson || ns_own(context->child, context->host, NS_MNT))
		return 0;
	fail_id(err, ERR_LESSON_LOCKED, 0, "unshare: a lesson's --propagation %s needs a mount namespace of the "
		"child's own to begin with", wanted);
	fail_why(err, "where / is shared, as systemd makes it, the host would see each mount that follows");
	return fail_fix(err, "unshare mnt, then propagation shared / and unshare mnt --propagation %s", wanted);
}

/* New mounts would otherwise appear on the host as well, where systemd has made / shared. */
static int plan_private_mounts(const struct context *context, const struct words *words,
			       struct plan *plan, struct error *err)
{
	static const struct { const char *name; uint64_t flag; } known[] = {
		{ "private", MS_PRIVATE }, { "slave", MS_SLAVE }, { "shared", MS_SHARED },
	};
	const char *wanted = words_flag(words, "--propagation");
	bool peers = wanted && (strcmp(wanted, "unchanged") == 0 || strcmp(wanted, "shared") == 0);

	if (peers && refuse_peers(context, wanted, err) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(wanted ? wanted : "private", known[i].name) == 0)
			plan_propagation(plan, "/", MS_REC | known[i].flag);
	return 0;
}

static int plan_offsets(const struct words *words, struct plan *plan, struct error *err)
{
	static const char *const clocks[] = { "monotonic", "boottime" };
	cleanup_text struct text offsets = { 0 };

	for (size_t i = 0; i < 2; i++) {
		const char *flag = arena_print(&plan->arena, "--%s", clocks[i]);
		const char *value = words_flag(words, flag);
		uint64_t seconds;
		if (!value)
			continue;
		if (!parse_number(value + (value[0] == '-'), &seconds) || seconds > INT32_MAX)
			return fail_id(err, ERR_OPTION_NUMBER, 0, "unshare: %s takes whole seconds, not %s", flag, vis(value));
		text_addf(&offsets, "%s%s %s 0", offsets.len ? "\n" : "", clocks[i], value);
	}
	if (offsets.len)
		plan_add(plan, OP_timens)->timens.text = arena_copy(&plan->arena, offsets.s);
	return 0;
}

/* Flags that make no sense without their type. */
static int check_flags(const struct words *words, uint64_t wanted, struct error *err)
{
	static const struct { const char *flag; enum ns_link type; } needs[] = {
		{ "--map", NS_USER }, { "--propagation", NS_MNT }, { "--boottime", NS_TIME },
		{ "--monotonic", NS_TIME },
	};

	for (size_t i = 0; i < COUNT(needs); i++)
		if (words_flag(words, needs[i].flag) && !(wanted & ns_types[needs[i].type].flag))
			return fail_id(err, ERR_OPTION_CONFLICT, 0, "unshare: %s belongs to %s", needs[i].flag,
				    ns_types[needs[i].type].name);
	return 0;
}

static const char *meaning(const struct context *context, struct plan *plan, uint64_t wanted)
{
	cleanup_text struct text text = { 0 };

	for (int type = 0; type < NS_TYPES; type++)
		if (wanted & ns_types[type].flag)
			text_addf(&text, "%s%s", text.len ? text_joint(&text) : _("The child's own now: "),
				  _(ns_types[type].isolates));
	text_add(&text, _("."));
	if (wanted & ns_types[NS_USER].flag)
		text_say(&text, " Inside it is root, with all capabilities over what that namespace owns; outside it has no more rights than before.");
	if (wanted & ns_types[NS_USER].flag && ns_own(context->child, context->host, NS_USER))
		text_say(&text, " The ids outside are those of the user namespace around it, which has a map to the host's. Only a process of the new or the outer namespace may write the map, so a process of the shell's has joined the outer one to write it.");
	if (wanted & ns_types[NS_PID].flag)
		text_say(&text, " A process never changes its own pid namespace: only its later children are in the new one, so the child has forked a successor, which is PID 1. /proc still shows the old pid namespace until you type: mount proc /proc.");
	return arena_copy(&plan->arena, text.s);
}

/* Whether newuidmap(1) lets this user map count ids from out on, which are in range of /etc/subuid. */
static bool is_given(const char *range, unsigned long long out, unsigned long long count)
{
	unsigned long long first, ids;

	return sscanf(range, "%llu %llu", &first, &ids) == 2 && out >= first && count <= ids &&
	       out - first <= ids - count;
}

/* IN:OUT:COUNT is OUT,IN,COUNT to unshare(1) as Debian 12 has it, which takes the last of several, and has
 * newuidmap(1) write what is more than the own id. */
static void add_map(const struct context *context, const struct words *words, struct plan *plan, struct text *ret)
{
	const struct facts *facts = context->facts;
	const char *map = words_flag(words, "--map");
	unsigned long long in, out, count;

	if (!map) {
		text_add(ret, " --map-root-user");
	} else if (strcmp(map, "auto") == 0) {
		/* The id that the user has himself takes the place of one of the range. */
		text_add(ret, " --map-root-user --map-auto");
		plan->differs = _("the last id of the range");
	} else if (sscanf(map, "%llu:%llu:%llu", &in, &out, &count) == 3) {
		/* The own id needs nobody's leave. */
		bool own = out == facts->uid && count == 1;
		if (own)
			text_addf(ret, " --map-user=%llu --map-group=%llu", in, in);
		else
			text_addf(ret, " --map-users=%llu,%llu,%llu --map-groups=%llu,%llu,%llu", out, in, count, out, in, count);
		if (!own &&
		    (!is_given(facts->subuid, out, count) || !is_given(facts->subgid, out, count)))
			plan->differs = _("ids that newuidmap(1) refuses: not in /etc/subuid");
	}
	if (words_flag_nth(words, "--map", 1))
		plan->differs = _("the other ranges of ids");
}

static const char *same_as(const struct context *context, struct plan *plan, uint64_t wanted,
			   const struct words *words)
{
	static const char *const options[] = { "--propagation", "--boottime", "--monotonic" };
	cleanup_text struct text text = { 0 };
	struct op op = op_new(OP_unshare);

	op.unshare.flags = wanted;
	op_shell(&op, &text);
	if (wanted & ns_types[NS_USER].flag)
		add_map(context, words, plan, &text);
	if (wanted & (ns_types[NS_PID].flag | ns_types[NS_TIME].flag))
		text_add(&text, " --fork");
	for (size_t i = 0; i < COUNT(options); i++) {
		const char *value = words_flag(words, options[i]);
		if (!value)
			continue;
		text_addf(&text, " %s ", options[i]);
		text_add_sh(&text, value);
	}
	return arena_copy(&plan->arena, text.s);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	uint64_t wanted = types_of(words), user = ns_types[NS_USER].flag;
	uint64_t forks = ns_types[NS_PID].flag | ns_types[NS_TIME].flag;

	if (check_flags(words, wanted, err) < 0)
		return -1;
	if (wanted & user) {
		/* First, because it is what gives an ordinary user the right to the others, and so
		 * that they belong to it. */
		plan_add(plan, OP_unshare)->unshare.flags = user;
		if (plan_maps(context, words, plan, err) < 0)
			return -1;
	}
	if (wanted & ~user)
		plan_add(plan, OP_unshare)->unshare.flags = wanted & ~user;
	if (wanted & ns_types[NS_TIME].flag && plan_offsets(words, plan, err) < 0)
		return -1;
	if (refuse_router_leaves(context, words, plan, err) < 0)
		return -1;
	if (wanted & forks)
		plan_add(plan, OP_fork);
	if (wanted & ns_types[NS_MNT].flag && plan_private_mounts(context, words, plan, err) < 0)
		return -1;
	plan->changes = true;
	plan->meaning = meaning(context, plan, wanted);
	plan->same_as = same_as(context, plan, wanted, words);
	return 0;
}

const struct command command_unshare = {
	.name = "unshare", .kind = BUILDS, .stage = STAGE_NAMESPACES, .group = GROUP_WALLS, .host_safe = true,
	.summary = "give the child namespaces of its own",
	.explain = "A process starts in the namespaces of its parent: it sees the same mounts, the "
		"same process numbers, the same host name. unshare(2) moves it into new ones. mnt and "
		"uts begin as copies; pid and ipc begin empty; net has only lo, down; user has no id "
		"map yet; cgroup makes the present cgroup the root of what it shows; time begins with "
		"the clock offsets of the old one.\n\n"
		"user comes first when it is among the types: inside it the child is root, which "
		"allows an ordinary user the others. pid and time apply only to later children, so the "
		"child forks a successor, which in a new pid namespace is PID 1. After mnt all mounts "
		"are made private; otherwise new ones would show on the host where systemd has made / "
		"shared. --propagation unchanged leaves that out, so that you can see it happen.",
	.example = "unshare uts\nunshare user mnt pid\nunshare time --boottime 86400",
	.flags = flags, .args = args, .build = build,
};
