/* The search for a smallest set, over predicates that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "session/experiment/experiment.h"

enum { THINGS = 45 };

struct planted {
	bool wanted[THINGS]; /* all of these together */
	bool instead;        /* or the last thing alone, but not beside the others: not monotone */
	size_t tries, allowed;
	bool stop;
};

static bool holds(void *context, const bool *chosen)
{
	struct planted *planted = context;

	planted->stop = planted->allowed && ++planted->tries >= planted->allowed;
	for (size_t i = 0; i < THINGS; i++)
		if (planted->wanted[i] && !chosen[i])
			return planted->instead && chosen[THINGS - 1];
	return true;
}

static void choose_all(bool *chosen)
{
	for (size_t i = 0; i < THINGS; i++)
		chosen[i] = true;
}

static void finds(struct planted planted)
{
	bool chosen[THINGS];

	choose_all(chosen);
	planted.allowed = 0;
	assert_true(minimize(THINGS, holds, &planted, &planted.stop, chosen));
	assert_memory_equal(chosen, planted.wanted, sizeof(chosen));
}

static void test_every_single_and_every_pair_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < THINGS; i++)
		for (size_t j = i; j < THINGS; j++) {
			struct planted planted = { 0 };
			planted.wanted[i] = planted.wanted[j] = true;
			finds(planted);
		}
}

static void test_four_together_take_few_tries(void **state)
{
	struct planted planted = { .wanted = { [3] = true, [4] = true, [30] = true, [44] = true }, .allowed = 1000 };
	bool chosen[THINGS];

	(void)state;
	choose_all(chosen);
	assert_true(minimize(THINGS, holds, &planted, &planted.stop, chosen));
	assert_memory_equal(chosen, planted.wanted, sizeof(chosen));
	assert_in_range(planted.tries, 4, 4 * 8);
}

/* Of a predicate that is not monotone, the answer is still enough, and no member of it is idle. */
static void test_no_member_is_idle(void **state)
{
	struct planted planted = { .wanted = { [1] = true, [2] = true }, .instead = true };
	bool chosen[THINGS];

	(void)state;
	choose_all(chosen);
	assert_true(minimize(THINGS, holds, &planted, &planted.stop, chosen));
	assert_true(holds(&planted, chosen));
	for (size_t i = 0; i < THINGS; i++) {
		if (!chosen[i])
			continue;
		chosen[i] = false;
		assert_false(holds(&planted, chosen));
		chosen[i] = true;
	}
}

static void test_it_stops_when_it_is_told_to(void **state)
{
	struct planted planted = { .wanted = { [7] = true, [8] = true }, .allowed = 3 };
	bool chosen[THINGS];

	(void)state;
	choose_all(chosen);
	assert_false(minimize(THINGS, holds, &planted, &planted.stop, chosen));
	assert_int_equal(planted.tries, 3);
}

static void test_only_what_may_be_chosen_is(void **state)
{
	struct planted planted = { .wanted = { [9] = true } };
	bool chosen[THINGS] = { [5] = true, [9] = true };

	(void)state;
	assert_true(minimize(THINGS, holds, &planted, &planted.stop, chosen));
	assert_memory_equal(chosen, planted.wanted, sizeof(chosen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_single_and_every_pair_is_found),
		cmocka_unit_test(test_four_together_take_few_tries),
		cmocka_unit_test(test_no_member_is_idle),
		cmocka_unit_test(test_it_stops_when_it_is_told_to),
		cmocka_unit_test(test_only_what_may_be_chosen_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
