/* container: what its words ask for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/units.h"
#include "snapshot/facts.h"
#include "words/plans/container/image_program.h"
#include "words/run/chain.h"

static int check_words(const struct words *words, struct error *err)
{
	bool detach = words_flag(words, "--detach"), program = words->count > 0;

	if (detach && !program)
		return fail_id(err, ERR_ARGUMENT_MISSING, 0, "container: --detach needs a CMD");
	if (detach && (words_flag(words, "--tty") || words_flag(words, "--interactive")))
		return fail_id(err, ERR_OPTION_CONFLICT, 0, "container: a job in the background has no input: -d excludes -i and -t");
	if (!program && (words_flag(words, "--tty") || words_flag(words, "--interactive"))) {
		fail_id(err, ERR_OPTION_CONFLICT, 0, "container: -i and -t need a CMD");
		return fail_fix(err, "container -it -- /bin/sh; or container, then shell");
	}
	return 0;
}

/* "DISK,rbps=1M,wbps=1M", several of them. */
static int read_io(struct chain *chain, struct error *err)
{
	struct plan *plan = chain->plan;
	const char *settings[8], *words;

	for (size_t n = 0; (words = words_flag_nth(chain->words, "--io", n)); n++) {
		char *rest = arena_copy(&plan->arena, words), *save = NULL;
		const char *disk = strtok_r(rest, ",", &save);
		size_t count = 0;
		for (char *s = strtok_r(NULL, ",", &save); s && count < 8; s = strtok_r(NULL, ",", &save))
			settings[count++] = s;
		if (parse_io(&chain->outside, plan, disk ? disk : "", settings, count, &chain->limits, err) < 0)
			return -1;
	}
	return 0;
}

static int read_cpuset(struct chain *chain, struct error *err)
{
	const char *set = words_flag(chain->words, "--cpuset");
	struct arena *arena = &chain->plan->arena;

	if (!set)
		return 0;
	size_t length = strcspn(set, ":");
	return parse_cpuset(&chain->outside, chain->plan, arena_copyn(arena, set, length),
			    set[length] ? set + length + 1 : NULL, &chain->limits, err);
}

/* Since Linux 5.14 RLIMIT_NPROC counts the processes of a user in each user namespace: before, those
 * of the host's user were among them. */
static bool counts_in_userns(const struct chain *chain)
{
	return !chain->outside.facts->root && facts_kernel(chain->outside.facts, 5, 14);
}

/* To docker these are no limit, as "max" is here. */
static const char *unlimited(const char *value, const char *least)
{
	return value && (strcmp(value, "0") == 0 || strcmp(value, "0.0") == 0 || strcmp(value, least) == 0) ? "max" : value;
}

/* What --cpu says, or --cpus, which counts CPUs. */
static const char *cpu_given(const struct chain *chain)
{
	const char *cpus = unlimited(words_flag(chain->words, "--cpus"), "max");

	return cpus && strcmp(cpus, "max") == 0 ? cpus : cpus ? arena_print(&chain->plan->arena, "%scpus", cpus) : words_flag(chain->words, "--cpu");
}

/* What is given, or what is the default. NULL: no limit, which "max" asks for, or none can be:
 * then that is said in without, and why in err. */
static const char *limit_of(struct chain *chain, const char *value, enum controller controller,
			    const char *otherwise, struct text *without, struct error *err)
{
	if (!words_guarded(chain->words))
		return value;
	if (value)
		return strcmp(value, "max") == 0 ? NULL : value;
	if (check_default_limit(&chain->outside, chain->plan, controller, err) == 0)
		return otherwise;
	if (controller == CONTROLLER_PIDS && counts_in_userns(chain) &&
	    parse_number(otherwise, &chain->processes))
		return NULL;
	text_addf(without, "%s%s", without->len ? ", " : "", controller_names[controller]);
	return NULL;
}

/* A full file system of its own is ENOSPC to who writes; a full group is the end of a process. */
static int read_storage(struct chain *chain, struct error *err)
{
	const char *size = words_flag(chain->words, "--storage");
	const char *memory = limit_wanted(&chain->limits, KNOB_MEMORY_MAX);
	uint64_t bytes;

	if (size && (!parse_size(size, &chain->storage) || chain->storage < 1 << 20)) {
		fail_id(err, ERR_OPTION_NUMBER, 0, "container: --storage takes a size of 1M at least, not %s", vis(size));
		return fail_fix(err, "a number of bytes, which may end in K, M or G as in 64M");
	}
	if (!size && memory && parse_number(memory, &bytes))
		chain->storage = bytes / 2;
	return 0;
}

/* As it was typed, without the unit that was put behind it. */
static int fail_cpus(const struct chain *chain, struct error *err)
{
	fail_id(err, ERR_LIMIT_VALUE, 0, "--cpus %s: not a valid number of CPUs", vis(words_flag(chain->words, "--cpus")));
	return fail_fix(err, "from 0.01, as in 1.5; 0 or max for no limit");
}

static int read_cpu(struct chain *chain, const char *quota, struct error *err)
{
	struct limits_wanted *limits = &chain->limits, given = { 0 };
	bool looked_at = chain->words->count == 0 || chain_has(chain, "--detach");

	if (!quota)
		return 0;
	if (!cpu_given(chain))
		return want_limit(limits, KNOB_CPU_QUOTA, "100000 100000", 0, err);
	if (parse_cpu(chain->plan, quota, NULL, &given, err) < 0)
		return words_flag(chain->words, "--cpus") ? fail_cpus(chain, err) : -1;
	/* A group begins with this period. */
	if (want_limit(limits, KNOB_CPU_QUOTA, limit_wanted(&given, KNOB_CPU_QUOTA), 0, err) < 0)
		return -1;
	if (looked_at)
		account_for(chain->outside.facts, limits);
	return 0;
}

static int read_limits(struct chain *chain, struct error *err)
{
	struct error unused;

	if (chain->outside.tries && check_cgroups(chain->outside.facts, &unused) < 0)
		return read_storage(chain, err);
	cleanup_text struct text without = { 0 };
	const struct words *words = chain->words;
	struct plan *plan = chain->plan;
	struct limits_wanted *limits = &chain->limits;
	const char *weight = words_flag(words, "--cpu-weight"), *swap = words_flag(words, "--swap");
	struct error why;
	const char *cpu = limit_of(chain, cpu_given(chain), CONTROLLER_CPU, "100000", &without, &why);
	const char *memory = limit_of(chain, unlimited(words_flag(words, "--memory"), "0"), CONTROLLER_MEMORY, "512M", &without, &why);
	const char *pids = limit_of(chain, unlimited(words_flag(words, "--pids"), "-1"), CONTROLLER_PIDS, "256", &without, &why);

	if (words_flag(words, "--cpu") && words_flag(words, "--cpus"))
		return fail_id(err, ERR_OPTION_TWICE, 0, "container: --cpu and --cpus set the same limit");
	if (read_cpu(chain, cpu, err) < 0 || (weight && parse_weight(plan, weight, limits, err) < 0) ||
	    parse_memory(plan, memory, swap, limits, err) < 0 ||
	    (pids && parse_pids(plan, pids, limits, err) < 0) || read_io(chain, err) < 0 ||
	    read_cpuset(chain, err) < 0)
		return fail_wrap(err, "container");
	if (read_storage(chain, err) < 0)
		return -1;
	if (without.len)
		chain->unlimited = arena_print(&plan->arena, _(" It has no limit on %s: %s."), without.s, why.what);
	if (without.len && why.fix[0])
		chain->remedy = arena_print(&plan->arena, _("To get a limit on %s: %s."), without.s, why.fix);
	return 0;
}

/* hosts(5): blanks and newlines end a name, # begins a comment. */
static bool is_hosts_word(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '#' || *p == 0x7f)
			return false;
	return true;
}

static int check_hostname(const struct words *words, const char *name, struct error *err)
{
	bool fits = name[0] && strlen(name) <= 64;

	if (fits && is_hosts_word(name))
		return 0;
	if (fits) {
		fail_id(err, ERR_NAME_INVALID, 0, "container: %s: not a valid host name", vis(name));
		fail_why(err, strchr(name, '#') ? N_("# would begin a comment of /etc/hosts") : N_("it would be more than one word of /etc/hosts"));
	} else {
		fail_id(err, ERR_NAME_INVALID, 0, "container: a host name has 1 to 64 bytes, not %zu", strlen(name));
	}
	err->column = words_column(words, name, 0);
	return fail_fix(err, "as in --hostname box");
}

static int read_names(struct chain *chain, struct error *err)
{
	const char *name = words_flag(chain->words, "--name");
	const char *hostname = words_flag(chain->words, "--hostname");

	if (plan_name(&chain->outside, chain->words, chain->plan, err) < 0)
		return -1;
	hostname = hostname ? hostname : name ? name : "container";
	if (check_hostname(chain->words, hostname, err) < 0)
		return -1;
	chain->hostname = arena_copy(&chain->plan->arena, hostname);
	memcpy(chain->view.hostname, hostname, strlen(hostname) + 1);
	return 0;
}

/* How many ids follow on 0: those of "FIRST COUNT". */
static uint64_t subordinates(const struct chain *chain, const char *range)
{
	unsigned long first, count;

	return chain->subordinate && sscanf(range, "%lu %lu", &first, &count) == 2 ? count : 0;
}

/* An ordinary user has one id to give away, which is root inside, and perhaps subordinate ones. */
static int check_user(const struct chain *chain, struct error *err)
{
	const struct facts *facts = chain->outside.facts;
	uint64_t uid = chain->walls.uid, gid = chain->walls.gid;
	uint64_t uids = subordinates(chain, facts->subuid), gids = subordinates(chain, facts->subgid);

	if (!chain->new_user || facts->root ||
	    ((uid == OP_NO_ID || uid <= uids) && (gid == OP_NO_ID || gid <= gids)))
		return 0;
	if (uids)
		fail_id(err, ERR_PROGRAM_USER, 0, "container: it should run as %llu:%llu, but its user namespace maps users up to %llu, groups up to %llu",
			(unsigned long long)uid, (unsigned long long)gid, (unsigned long long)uids,
			(unsigned long long)gids);
	else
		fail_id(err, ERR_PROGRAM_USER, 0, "container: it should run as %llu:%llu, but its user namespace maps only 0",
			(unsigned long long)uid, (unsigned long long)gid);
	if (!words_flag(chain->typed, "--user"))
		fail_why(err, "the image %s says so: User %s", vis(chain->image.name),
			 vis(chain->image.user));
	return fail_fix(err, "%s--user 0: root inside, which is you outside; or run Stave as root",
			uids ? "" : _("--userns=auto: your ids of /etc/subuid inside; or "));
}

int chain_read(struct chain *chain, struct error *err)
{
	const struct context *outside = &chain->outside;
	const char *image = words_flag(chain->words, "--image"), *further;
	struct box *box = &chain->box;

	if (root_image_find(outside, chain->plan, image, &chain->image, err) < 0 ||
	    image_program(&chain->image, chain->plan, chain->typed, &chain->asked, &further,
			  err) < 0)
		return -1;
	chain->words = &chain->asked;
	if (check_words(chain->words, err) < 0 || read_limits(chain, err) < 0 ||
	    read_names(chain, err) < 0)
		return -1;
	const char *net = words_flag(chain->words, "--net");
	if (chain_read_joins(chain, err) < 0 || chain_read_lan(chain, err) < 0 || chain_read_names(chain, err) < 0)
		return -1;
	if (chain->userns && chain_has(chain, "--userns"))
		return fail_id(err, ERR_OPTION_CONFLICT, 0, "container: --userns: it is in the user namespace of what "
			       "it shares with, or is wired to");
	chain->new_user = !chain->userns && (!outside->facts->root || chain_has(chain, "--userns"));
	chain->subordinate = !outside->facts->root && chain_has(chain, "--userns") && *words_flag(chain->words, "--userns");
	if (read_confinement(outside, chain->words, chain->new_user || chain->userns, &chain->walls, err) < 0)
		return -1;
	/* newgidmap(1) maps a range without having setgroups(2) denied. */
	chain->walls.groups = chain->walls.groups || chain->subordinate;
	chain->walls.further = further;
	chain->walls.limits = words_guarded(chain->words);
	chain->walls.processes = chain->processes;
	if (words_without(chain->words, "keyring"))
		chain->walls.keyring = false;
	box->userns = chain->new_user || chain->userns || !outside->facts->initial_userns;
	box->net = !net || strcmp(net, "host") != 0;
	box->cgroup = !words_without(chain->words, "cgroup");
	box->overlay = may_overlay(outside, box->userns);
	box->image = &chain->image;
	/* What the runtime folder holds is for processes of the host: in the container's mount
	 * namespace it is covered by what is the container's. */
	chain->base = path_parent(&chain->plan->arena, outside->scratch);
	/* Who is nobody on the host may not search the runtime folder: all of what is around it
	 * is covered. */
	box->mapped = chain->new_user && outside->facts->root && outside->facts->initial_userns;
	if (box->mapped)
		chain->base = arena_copyn(&chain->plan->arena, chain->base,
					  1 + strcspn(chain->base + 1, "/"));
	box->base = chain->base;
	box->unmapped = &chain->unmapped;
	box->root = path_under(&chain->plan->arena, chain->base, "root");
	chain->group = arena_print(&chain->plan->arena, "%s-%u", outside->session, outside->serial);
	return check_user(chain, err);
}
