/* A profile, or docker's list, as the JSON that container runtimes read: libseccomp's names for actions, architectures
 * and comparisons, as in profiles/seccomp/default.json of github.com/moby/profiles and in the runtime specification's
 * config-linux.md, "Seccomp". */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "words/plans/privilege/profile.h"
#include "words/plans/privilege/seccomp.h"

/* "SCMP_ARCH_X86_64" */
static json_t *architecture_json(uint32_t architecture)
{
	cleanup_text struct text text = { 0 };
	const char *name = architecture_name(architecture);

	text_add(&text, "SCMP_ARCH_");
	for (const char *p = name ? name : "native"; *p; p++)
		text_addf(&text, "%c", toupper((unsigned char)*p));
	return json_string(text_of(&text));
}

/* One entry of "syscalls". code: 0 lets its calls pass. names and args are taken over; args may be NULL. */
static json_t *entry(json_t *names, int code, json_t *args)
{
	json_t *ret = json_pack("{so ss}", "names", names, "action", code ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW");

	if (code)
		json_object_set_new(ret, "errnoRet", json_integer(code));
	if (args)
		json_object_set_new(ret, "args", args);
	return ret;
}

/* ---- a profile ---- */

/* Those of all architectures in one entry: names are one another's, and the numbers behind them libseccomp's to find. */
static json_t *profile_names(const struct profile *profile)
{
	json_t *ret = json_array(), *seen = json_object();
	char name[40];

	for (size_t i = 0; i < PROFILE_ARCHITECTURES; i++)
		for (int number = 0; number < PROFILE_NUMBERS; number++) {
			if (!profile->of[i].made[number] || !call_name_on(profile->of[i].architecture, number, name)[0] ||
			    json_object_get(seen, name))
				continue;
			json_object_set_new(seen, name, json_true());
			json_array_append_new(ret, json_string(name));
		}
	json_decref(seen);
	return ret;
}

static json_t *names_of(const char *const *calls)
{
	json_t *ret = json_array();

	for (; *calls; calls++)
		json_array_append_new(ret, json_string(*calls));
	return ret;
}

static json_t *profile_entries(const struct profile *profile)
{
	json_t *ret = json_array();

	json_array_append_new(ret, entry(profile_names(profile), 0, NULL));
	json_array_append_new(ret, entry(names_of(besides_calls(BESIDES_KERNEL)), 0, NULL));
	json_array_append_new(ret, entry(names_of(besides_calls(BESIDES_RUNTIME)), 0, NULL));
	return ret;
}

/* ---- docker's list ---- */

static json_t *comparison(unsigned index, const char *op, uint32_t value)
{
	return json_pack("{si sI sI ss}", "index", (int)index, "value", (json_int_t)value, "valueTwo", (json_int_t)0, "op", op);
}

static json_t *test_json(unsigned index, const struct call_test *test)
{
	static const char *const ops[] = {
		[TEST_BELOW] = "SCMP_CMP_LT", [TEST_ABOVE] = "SCMP_CMP_GT", [TEST_IS] = "SCMP_CMP_EQ",
		[TEST_BITS_CLEAR] = "SCMP_CMP_MASKED_EQ", /* masked by value, it is valueTwo */
	};

	return comparison(index, ops[test->kind], test->value);
}

static json_t *names_of_rule(const struct call_rule *rule)
{
	json_t *ret = json_array();

	for (const struct call *call = rule->calls; call->name; call++)
		json_array_append_new(ret, json_string(call->name));
	return ret;
}

/* Where a capability decides, docker's form says which; in the other it is decided here. */
static void add_entry(const struct call_rule *rule, json_t *args, bool oci, json_t *ret)
{
	const struct { const char *name; uint64_t caps; } filters[] = {
		{ "includes", rule->needs }, { "excludes", rule->unless },
	};
	json_t *one = entry(names_of_rule(rule), rule->code, args);

	for (size_t i = 0; !oci && i < COUNT(filters); i++) {
		json_t *caps = json_array();
		for (int cap = 0; cap < 64; cap++) {
			cleanup_text struct text name = { 0 };
			if (!(filters[i].caps >> cap & 1))
				continue;
			capability_list(UINT64_C(1) << cap, "CAP_", "", &name);
			for (char *p = name.s; *p; p++)
				*p = (char)toupper((unsigned char)*p);
			json_array_append_new(caps, json_string(text_of(&name)));
		}
		if (json_array_size(caps))
			json_object_set_new(one, filters[i].name, json_pack("{sO}", "caps", caps));
		json_decref(caps);
	}
	json_array_append_new(ret, one);
}

/* The rule lets pass all but some values of one argument, which no single comparison says: what is below them, what is
 * above, and what lies between. They are in order. */
static void add_all_but(const struct call_rule *rule, const struct call_rule *but, bool oci, json_t *ret)
{
	const struct call_test *test = but->tests;
	uint32_t next = test->value;

	add_entry(rule, json_pack("[o]", comparison(but->argument, "SCMP_CMP_LT", next)), oci, ret);
	for (; test->kind != TEST_NEVER; test++) {
		for (; next < test->value; next++)
			add_entry(rule, json_pack("[o]", comparison(but->argument, "SCMP_CMP_EQ", next)), oci, ret);
		next = test->value + 1;
	}
	add_entry(rule, json_pack("[o]", comparison(but->argument, "SCMP_CMP_GT", next - 1)), oci, ret);
}

/* Entries are alternatives, and so are a rule's tests; the comparisons of one entry have to hold together. but: what the
 * rule before refuses of the same calls; NULL: nothing. */
static void add_rule(const struct call_rule *rule, const struct call_rule *but, bool oci, json_t *ret)
{
	if (rule->tests[0].kind == TEST_NEVER && but) {
		add_all_but(rule, but, oci, ret);
	} else if (rule->tests[0].kind == TEST_NEVER) {
		add_entry(rule, NULL, oci, ret);
	} else {
		for (const struct call_test *test = rule->tests; test->kind != TEST_NEVER; test++) {
			json_t *args = json_pack("[o]", test_json(rule->argument, test));
			for (const struct call_test *not = but ? but->tests : NULL; not && not->kind != TEST_NEVER; not++)
				json_array_append_new(args, comparison(but->argument, "SCMP_CMP_NE", not->value));
			add_entry(rule, args, oci, ret);
		}
	}
}

static json_t *docker_entries(uint64_t caps, bool oci)
{
	json_t *ret = json_array();
	const struct call_rule *but = NULL;

	for (const struct call_rule *rule = docker_rules; rule->calls; rule++) {
		if (!rule->calls[0].name || (oci && ((rule->needs && !(rule->needs & caps)) || (rule->unless & caps))))
			continue;
		if (rule->code == EPERM) {
			but = rule;
			continue;
		}
		bool same = but && strcmp(but->calls[0].name, rule->calls[0].name) == 0;
		add_rule(rule, same ? but : NULL, oci, ret);
	}
	return ret;
}

const char *profile_json(const struct profile *profile, uint64_t caps, bool oci, struct arena *arena)
{
	json_t *architectures = json_array();

	if (!profile)
		json_array_append_new(architectures, architecture_json(filter_architecture()));
	for (size_t i = 0; profile && i < PROFILE_ARCHITECTURES && profile->of[i].architecture; i++)
		json_array_append_new(architectures, architecture_json(profile->of[i].architecture));
	json_t *json = json_pack("{ss si so so}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", EPERM, "architectures",
				 architectures, "syscalls", profile ? profile_entries(profile) : docker_entries(caps, oci));
	char *text = json_dumps(json, JSON_INDENT(2));
	const char *ret = arena_print(arena, "%s\n", text);
	json_decref(json);
	free(text);
	return ret;
}
