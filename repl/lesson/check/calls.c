/* What is asked of system call filters: the bytes that this session loaded are run, as the kernel
 * would. Nobody but root can read a filter back, so another's is not judged. */
#include "lesson/check/predicates.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "lesson/check/check.h"
#include "session/session.h"
#include "words/plans/privilege/seccomp.h"

enum { PROBES_MOST = 64, NUMBERS = 600 };

/* One way to make a call: its arguments. */
struct probes {
	uint64_t list[PROBES_MOST][6];
	size_t count;
};

/* The filters of the process, in their order. false where not all of them are known, which is said. */
static bool filters_of(const struct asked *asked, struct filters *ret, struct text *saw)
{
	const struct reading *reading = asked->reading;
	const struct session *session = asked->witness->session;
	int counted = reading->filters - asked->host->filters;
	const struct plan *plan;

	*ret = (struct filters){ 0 };
	if (reading->seccomp != SECCOMP_MODE_FILTER)
		return true;
	for (size_t i = 0; (plan = session_plan(session, reading->pid, i)); i++)
		filters_take(plan, plan->count, ret);
	/* Before Linux 5.9 the kernel does not count them. */
	if (ret->count && (counted <= 0 || (size_t)counted == ret->count))
		return true;
	text_sayf(saw, "%d filters are in force and %zu are this session's: what the others answer is "
		  "unknown", reading->filters, ret->count);
	return false;
}

static bool passes(uint32_t answer)
{
	uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static void add_probe(struct probes *ret, unsigned argument, uint64_t value)
{
	if (ret->count == PROBES_MOST)
		return;
	memset(ret->list[ret->count], 0, sizeof(ret->list[0]));
	ret->list[ret->count++][argument] = value;
}

/* Ways to make the call: no arguments, and at each test of docker's rules the values at which its
 * answer changes. */
static void probes_of(int number, struct probes *ret)
{
	ret->count = 0;
	add_probe(ret, 0, 0);
	for (const struct call_rule *rule = docker_rules; rule->calls; rule++)
		for (const struct call *call = rule->calls; call->name; call++) {
			if (rule->tests[0].kind == TEST_NEVER || call_of(call) != number)
				continue;
			for (size_t i = 0; i < COUNT(rule->tests) &&
			     rule->tests[i].kind != TEST_NEVER; i++) {
				uint32_t value = rule->tests[i].value;
				add_probe(ret, rule->argument, value);
				add_probe(ret, rule->argument, value + 1);
				add_probe(ret, rule->argument, value - 1);
				for (uint32_t bit = 1; bit; bit <<= 1)
					if (rule->tests[i].kind == TEST_BITS_CLEAR && (value & bit))
						add_probe(ret, rule->argument, bit);
			}
		}
}

/* Docker's filter as it is for a process with these capabilities: those that a program of it can get. */
static struct filters docker_for(const struct reading *reading, struct arena *arena)
{
	struct filters ret = { .count = 1 };
	uint64_t caps = reading->no_new_privs ? reading->cap_bounding & reading->cap_permitted :
						reading->cap_bounding;

	ret.list[0].program = compile_docker(caps, arena, &ret.list[0].count);
	return ret;
}

static void say_call(const char *name, const uint64_t arguments[6], uint32_t answer,
		     struct text *saw)
{
	unsigned at = 0;

	while (at < 5 && !arguments[at])
		at++;
	text_addf(saw, "%s", vis(name));
	if (arguments[at])
		text_sayf(saw, " with argument %u = %#llx", at + 1, (unsigned long long)arguments[at]);
	if (passes(answer))
		text_say(saw, " passes");
	else if ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		text_sayf(saw, " fails with %s", errno_name((int)(answer & SECCOMP_RET_DATA)));
	else
		text_say(saw, " ends the process");
}

bool predicate_call(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	bool denied = strcmp(words[2], "denied") == 0, as_docker = words[3] != NULL;
	int number = call_number(words[1]);
	struct filters filters, docker = { 0 };
	struct probes probes;
	size_t asked_of = 0;

	if (!filters_of(asked, &filters, saw))
		return false;
	if (as_docker)
		docker = docker_for(asked->reading, &arena);
	probes_of(number, &probes);
	for (size_t i = 0; i < probes.count; i++) {
		uint32_t answer = filters_answer(&filters, number, probes.list[i], NULL);
		if (as_docker && passes(filters_answer(&docker, number, probes.list[i], NULL)) == denied)
			continue;
		asked_of++;
		if (passes(answer) == denied) {
			say_call(words[1], probes.list[i], answer, saw);
			return false;
		}
	}
	if (!asked_of)
		text_sayf(saw, denied ? "docker's filter never denies %s" : "docker's filter never allows %s", vis(words[1]));
	else
		text_sayf(saw, "%s is %s", vis(words[1]), words[2]);
	return asked_of > 0;
}

/* The same answers as docker's filter gives to a process with these capabilities. */
bool predicate_seccomp_docker(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	struct filters filters, docker = docker_for(asked->reading, &arena);
	struct probes probes;

	(void)words;
	if (!filters_of(asked, &filters, saw))
		return false;
	for (int number = 0; number < NUMBERS; number++) {
		probes_of(number, &probes);
		for (size_t i = 0; i < probes.count; i++) {
			uint32_t answer = filters_answer(&filters, number, probes.list[i], NULL);
			char name[40];
			if (answer == filters_answer(&docker, number, probes.list[i], NULL))
				continue;
			call_name(number, name);
			say_call(name[0] ? name : _("a newer call"), probes.list[i], answer, saw);
			text_say(saw, ", unlike under docker's filter");
			return false;
		}
	}
	text_say(saw, "its answers are those of docker's filter");
	return true;
}

bool fits_call(const char *word, struct error *err)
{
	char near[40];

	if (call_number(word) >= 0)
		return true;
	fail_id(err, ERR_CHECK_SYNTAX, 0, "no such system call: %s", vis(word));
	if (call_near(word, near))
		fail_fix(err, "did you mean %s?", near);
	return false;
}
