/* What is asked of control groups and their limits. */
#include "lesson/check/predicates.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "snapshot/cgroup/limits.h"
#include "words/plans/cgroup/cgroup.h"

static enum controller controller_called(const char *name)
{
	enum controller i = 0;

	while (i < CONTROLLERS && strcmp(controller_names[i], name) != 0)
		i++;
	return i;
}

/* The groups of the process that is asked about and of the shell, as paths; false where there are none. */
static bool groups_of(const struct asked *asked, enum controller controller, const char **own,
		      const char **shells, struct text *saw)
{
	const struct cgroup_place *place = &asked->facts->cgroup[controller];

	*own = cgroup_of(asked->reading, place, controller);
	*shells = cgroup_of(asked->host, place, controller);
	if (!*own)
		text_sayf(saw, "there is no cgroup controller %s here", controller_names[controller]);
	return *own;
}

bool predicate_cgroup(const struct asked *asked, const char *const *words, struct text *saw)
{
	const char *group, *shells;

	if (!groups_of(asked, controller_called(words[1]), &group, &shells, saw))
		return false;
	bool own = !shells || strcmp(group, shells) != 0;
	text_sayf(saw, "its group for %s is %s, %s", words[1], vis(group),
		  own ? _("its own") : _("the shell's"));
	return own == (strcmp(words[2], "own") == 0);
}

static bool limits_of(const struct asked *asked, struct limits *ret, const struct limit *limit,
		      struct text *saw)
{
	limits_take(asked->facts, asked->reading, asked->host, ret);
	if (!limit->path)
		text_say(saw, "there is no cgroup controller here");
	else if (!limit->own)
		text_sayf(saw, "its group is %s, the shell's", vis(limit->path));
	return limit->path && limit->own;
}

bool predicate_cpu(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct plan plan = { 0 };
	struct limits_wanted wanted = { 0 };
	unsigned long long quota = 0, period = 1;
	struct limits limits = { 0 };
	struct error err;

	if (!limits_of(asked, &limits, &limits.cpu, saw))
		return false;
	bool none = limits.cpu.most == NO_LIMIT || limits.period == NO_LIMIT || !limits.period;
	if (none)
		text_say(saw, "no CPU quota");
	else
		text_sayf(saw, "%llu of each %llu us", (unsigned long long)limits.cpu.most,
			  (unsigned long long)limits.period);
	bool parsed = parse_cpu(&plan, words[2], NULL, &wanted, &err) == 0;
	const char *value = parsed ? limit_wanted(&wanted, KNOB_CPU_QUOTA) : "";
	bool max = strncmp(value, "max", 3) == 0;
	bool number = sscanf(value, "%llu %llu", &quota, &period) == 2;
	plan_done(&plan);
	if (max || none)
		return max && none;
	return number && limits.cpu.most * period == quota * limits.period;
}

static void say_size(const char *what, uint64_t most, struct text *saw)
{
	if (most == NO_LIMIT)
		text_sayf(saw, "no limit on %s", what);
	else
		text_sayf(saw, "at most %llu %s", (unsigned long long)most, what);
}

static bool is_limit(uint64_t most, const char *value, uint64_t grain)
{
	uint64_t number;

	if (strcmp(value, "max") == 0)
		return most == NO_LIMIT;
	return parse_number(value, &number) && most / grain == number / grain;
}

bool predicate_memory(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct plan plan = { 0 };
	struct limits_wanted wanted = { 0 };
	struct limits limits = { 0 };
	struct error err;

	if (!limits_of(asked, &limits, &limits.memory, saw))
		return false;
	say_size("bytes", limits.memory.most, saw);
	/* The kernel rounds down to whole pages. */
	bool holds = parse_memory(&plan, words[2], NULL, &wanted, &err) == 0 &&
		     is_limit(limits.memory.most, limit_wanted(&wanted, KNOB_MEMORY_MAX),
			      (uint64_t)sysconf(_SC_PAGESIZE));
	plan_done(&plan);
	return holds;
}

bool predicate_pids(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct limits limits = { 0 };

	if (!limits_of(asked, &limits, &limits.pids, saw))
		return false;
	say_size("processes", limits.pids.most, saw);
	return is_limit(limits.pids.most, words[2], 1);
}

bool fits_controller(const char *word, struct error *err)
{
	cleanup_text struct text known = { 0 };

	if (controller_called(word) < CONTROLLERS)
		return true;
	for (enum controller i = 0; i < CONTROLLERS; i++)
		text_addf(&known, "%s%s", i ? " " : "", controller_names[i]);
	fail_id(err, ERR_CGROUP_CONTROLLER, 0, "no such cgroup controller: %s", vis(word));
	fail_fix(err, "one of: %s", text_of(&known));
	return false;
}

bool fits_limit(const char *name, const char *word, struct error *err)
{
	struct plan plan = { 0 };
	struct limits_wanted wanted = { 0 };
	int ret = strcmp(name, "SHARE") == 0 ? parse_cpu(&plan, word, NULL, &wanted, err) :
		  strcmp(name, "SIZE") == 0  ? parse_memory(&plan, word, NULL, &wanted, err) :
					       parse_pids(&plan, word, &wanted, err);

	plan_done(&plan);
	return ret == 0;
}
