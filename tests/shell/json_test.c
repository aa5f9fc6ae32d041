/* The JSON contract: its keys, its nulls, and text that is not UTF-8. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include <jansson.h>

#include "base/fd.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/tell/json.h"
#include "walls/walls.h"

static json_t *told(struct shell *shell, const struct result *result)
{
	cleanup_text struct text text = { 0 };
	json_error_t error;

	result_json(shell, result, &text);
	assert_ptr_equal(strchr(text_of(&text), '\n'), text.s + text.len - 1);
	json_t *ret = json_loads(text_of(&text), 0, &error);
	assert_non_null(ret);
	return ret;
}

static void is(const json_t *object, const char *key, const char *expected)
{
	cleanup_free char *found = json_dumps(json_object_get(object, key),
					      JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

	assert_non_null(found);
	assert_string_equal(found, expected);
}

static void test_looking(void **state)
{
	struct shell shell = { .session = { .seen = true, .at = &shell.session.first } };
	struct result result = { .line = "ns" };

	(void)state;
	text_add(&result.output, "a table\n");
	json_t *object = told(&shell, &result);
	is(object, "step", "0");
	is(object, "line", "\"ns\"");
	is(object, "ok", "true");
	is(object, "pid", "0");
	is(object, "ops", "[]");
	is(object, "error", "null");
	is(object, "output", "\"a table\\n\"");
	is(object, "status", "null");
	is(object, "mountinfo", "{\"added\":[],\"hidden\":[],\"removed\":[],\"total\":null}");
	const json_t *ns = json_object_get(object, "ns");
	assert_int_equal(json_object_size(ns), NS_LINKS);
	is(ns, "mnt", "{\"changed\":false,\"id\":0,\"joined\":false,\"own\":null}");
	const json_t *standing = json_object_get(object, "walls");
	assert_int_equal(json_object_size(standing), WALLS);
	is(standing, "mnt", "null");
	is(standing, "no_new_privs", "false");
	json_decref(object);
	text_done(&result.output);
}

static void test_failing_step(void **state)
{
	struct shell shell = { .session = { .seen = true, .at = &shell.session.first } };
	struct op_outcome outcomes[] = { { .code = EPERM } };
	struct step step = { .number = 3, .owner = &shell.session.first, .pid = 77, .outcomes = outcomes, .done = 1, .status = -1,
		.before = &reading_none, .after = &reading_none };
	struct result result = { .line = "hostname \xff", .step = &step, .failed = true };

	(void)state;
	plan_add(&step.plan, OP_sethostname)->sethostname.name = "\xff";
	plan_add(&step.plan, OP_chdir)->chdir.path = "/";
	fail(&result.error, EPERM, "sethostname");
	fail_fix(&result.error, "unshare uts");
	json_t *object = told(&shell, &result);
	is(object, "step", "0");
	is(object, "ok", "false");
	is(object, "line", "\"hostname \\\\xff\"");
	is(object, "ops",
	   "[{\"call\":\"sethostname(\\\"\\\\xff\\\", 1)\",\"does\":\"name the host \\\\xff\",\"errno\":\"EPERM\",\"ok\":false,"
	   "\"op\":\"sethostname\",\"side\":\"child\",\"stage\":null},"
	   "{\"call\":\"chdir(\\\"/\\\")\",\"does\":\"make / the working directory\",\"errno\":null,\"ok\":null,\"op\":\"chdir\","
	   "\"side\":\"child\",\"stage\":null}]");
	is(object, "error",
	   "{\"cause\":\"\",\"column\":0,\"errno\":\"EPERM\",\"fix\":\"unshare uts\",\"id\":\"system\",\"what\":\"sethostname\","
	   "\"why\":\"\"}");
	json_decref(object);
	plan_done(&step.plan);
}

static void test_program(void **state)
{
	struct shell shell = { .session = { .seen = true, .at = &shell.session.first } };
	char output[] = "\033[31mred\n";
	struct step step = { .number = 2, .owner = &shell.session.first, .ok = true, .status = 3, .output = output,
		.before = &reading_none, .after = &reading_none };
	struct result result = { .line = "run x", .step = &step };

	(void)state;
	json_t *object = told(&shell, &result);
	is(object, "step", "0");
	is(object, "status", "3");
	is(object, "output", "\"\\u001B[31mred\\n\"");
	json_decref(object);
	/* It has joined the story. */
	struct step *steps[] = { &step };
	shell.session.steps = steps;
	shell.session.count = 1;
	object = told(&shell, &result);
	is(object, "step", "2");
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looking),
		cmocka_unit_test(test_failing_step),
		cmocka_unit_test(test_program),
	};

	return cmocka_run_group_tests_name("shell: JSON", tests, NULL, NULL);
}
