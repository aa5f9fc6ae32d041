/* An op as a line of text: what is written is read again, and nothing else is. */
#include "random_op.h"

#include "base/text.h"
#include "ops/line.h"

static bool has_text(const struct field *field)
{
	return field->kind != FIELD_FD && field->kind != FIELD_BYTES && field->kind != FIELD_LIST;
}

static void test_every_kind_comes_back(void **state)
{
	(void)state;
	srand(1);
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++)
		for (int round = 0; round < 100; round++) {
			cleanup_arena struct arena arena = { 0 };
			cleanup_text struct text line = { 0 };
			struct op op = op_new(kind), got;
			for (const struct field *field = op_info(kind)->fields; field->name; field++)
				if (has_text(field))
					random_field(&op, field, &arena, -1, true);
			assert_true(op_write(&op, &line));
			assert_null(strpbrk(text_of(&line), "\n\t"));
			assert_true(op_read(text_of(&line), &arena, &got));
			assert_int_equal(got.kind, kind);
			for (const struct field *field = op_info(kind)->fields; field->name; field++)
				if (has_text(field))
					assert_fields_equal(&op, &got, field);
		}
}

static void test_what_has_no_text_is_refused(void **state)
{
	cleanup_text struct text line = { 0 };
	struct op op = op_new(OP_link_add);

	(void)state;
	op.link_add.to.path = "/proc/1/ns/net";
	assert_false(op_write(&op, &line));
}

static void test_other_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"", "nothing", "addr add", "addr add=2", "addr color=red", "addr =1", "addr  add=1", "link_del index=x",
		"link_del index=", "link_add to=3", "Addr add=1", "addr\tadd=1",
	};
	cleanup_arena struct arena arena = { 0 };
	struct op op;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_false(op_read(lines[i], &arena, &op));
	assert_true(op_read("addr add=1 address=10.0.0.1/24 name=a\\x20b", &arena, &op));
	assert_string_equal(op.addr.name, "a b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_comes_back),
		cmocka_unit_test(test_what_has_no_text_is_refused),
		cmocka_unit_test(test_other_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
