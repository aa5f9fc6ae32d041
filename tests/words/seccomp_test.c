/* Filters: what docker's rules compile to, held against libseccomp's own compiler and against the
 * rules as they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/list.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "words/plans/privilege/caps.h"
#include "words/plans/privilege/seccomp.h"

enum { HIGHEST = 600, MOST = 4096 };

static const uint64_t kept[] = { 0, CAPABILITY(CAP_SYS_ADMIN), CAPABILITY(CAP_SYS_CHROOT),
				 CAPABILITY(CAP_BPF) | CAPABILITY(CAP_SYS_TIME), UINT64_MAX >> 23 };
enum { KEPT = COUNT(kept) };

/* One rule as libseccomp takes it. */
static void add_test(scmp_filter_ctx filter, int number, const struct call_rule *rule,
		     const struct call_test *test)
{
	struct scmp_arg_cmp compare = { .arg = rule->argument, .datum_a = test->value };

	switch (test->kind) {
	case TEST_BELOW:
		compare.op = SCMP_CMP_LT;
		break;
	case TEST_ABOVE:
		compare.op = SCMP_CMP_GT;
		break;
	case TEST_IS:
		compare.op = SCMP_CMP_EQ;
		break;
	case TEST_BITS_CLEAR:
		compare.op = SCMP_CMP_MASKED_EQ;
		compare.datum_b = 0;
		break;
	case TEST_NEVER:
		return;
	}
	assert_int_equal(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &compare), 0);
}

static void add_verdict(scmp_filter_ctx filter, int number, const struct call_verdict *verdict)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct call_rule *rule = verdict->rules[i];
		if (rule->tests[0].kind == TEST_NEVER && rule->code != EPERM)
			assert_int_equal(seccomp_rule_add(filter, rule->code ?
				(uint32_t)SCMP_ACT_ERRNO(rule->code) : SCMP_ACT_ALLOW, number, 0), 0);
		for (const struct call_test *test = rule->tests; test->kind != TEST_NEVER; test++)
			add_test(filter, number, rule, test);
	}
}

/* Whether libseccomp knows the call, and its rules are of a kind that it can be told: it has no
 * "all but these". */
static bool is_comparable(int number)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	bool ret = name && strcmp(name, "ioctl") != 0;

	free(name);
	return ret;
}

static size_t compile_theirs(uint64_t caps, struct sock_filter *ret)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int fd = memfd_create("filter", MFD_CLOEXEC);

	assert_non_null(filter);
	assert_int_equal(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), 0);
	for (int number = 0; number < HIGHEST; number++) {
		struct call_verdict verdict;
		if (!is_comparable(number))
			continue;
		docker_verdict(number, caps, &verdict);
		add_verdict(filter, number, &verdict);
	}
	assert_int_equal(seccomp_export_bpf(filter, fd), 0);
	seccomp_release(filter);
	ssize_t length = pread(fd, ret, MOST * sizeof(*ret), 0);
	assert_true(length > 0);
	close(fd);
	return (size_t)length / sizeof(*ret);
}

static void test_it_answers_as_libseccomp_would(void **state)
{
	static const uint64_t values[] = { 0, 1, 8, 37, 38, 39, 40, 41, 0x20000, 0x20008, 0x5412,
					   0x541c, 0x02000000, 0x7e020000, 0x80000000, 0xffffffff };
	static struct sock_filter theirs[MOST];

	(void)state;
	for (size_t k = 0; k < KEPT; k++) {
		cleanup_arena struct arena arena = { 0 };
		size_t count, length = compile_theirs(kept[k], theirs);
		const struct sock_filter *ours = compile_docker(kept[k], &arena, &count);
		for (int number = 0; number < HIGHEST; number++)
			for (size_t v = 0; v < COUNT(values); v++) {
				uint64_t args[6] = { values[v], values[v] };
				if (!is_comparable(number))
					continue;
				assert_int_equal(filter_answers(ours, count, filter_architecture(),
								number, args),
						 filter_answers(theirs, length,
								filter_architecture(), number,
								args));
			}
	}
}

static uint32_t answer(uint64_t caps, const char *name, uint64_t first, uint64_t second)
{
	cleanup_arena struct arena arena = { 0 };
	uint64_t args[6] = { first, second };
	size_t count;
	const struct sock_filter *program = compile_docker(caps, &arena, &count);

	assert_true(call_number(name) >= 0);
	return filter_answers(program, count, filter_architecture(), call_number(name), args);
}

#define PASSES SECCOMP_RET_ALLOW
#define FAILS(code) (SECCOMP_RET_ERRNO | (code))

static void test_a_terminal_cannot_be_typed_into(void **state)
{
	(void)state;
	assert_int_equal(answer(0, "ioctl", 0, 0x5412), FAILS(EPERM));
	assert_int_equal(answer(0, "ioctl", 0, 0x541c), FAILS(EPERM));
	/* The kernel looks at 32 bits, so what is above them must not matter. */
	assert_int_equal(answer(0, "ioctl", 0, UINT64_C(0x100005412)), FAILS(EPERM));
	assert_int_equal(answer(0, "ioctl", 0, UINT64_C(0xffffffff0000541c)), FAILS(EPERM));
	assert_int_equal(answer(UINT64_MAX, "ioctl", 0, 0x5412), FAILS(EPERM));
	assert_int_equal(answer(0, "ioctl", 0, 0x5401), PASSES);
}

static void test_capabilities_open_what_they_are_for(void **state)
{
	(void)state;
	assert_int_equal(answer(0, "mount", 0, 0), FAILS(EPERM));
	assert_int_equal(answer(CAPABILITY(CAP_SYS_ADMIN), "mount", 0, 0), PASSES);
	assert_int_equal(answer(0, "chroot", 0, 0), FAILS(EPERM));
	assert_int_equal(answer(CAPABILITY(CAP_SYS_CHROOT), "chroot", 0, 0), PASSES);
	assert_int_equal(answer(0, "clone3", 0, 0), FAILS(ENOSYS));
	assert_int_equal(answer(CAPABILITY(CAP_SYS_ADMIN), "clone3", 0, 0), PASSES);
	assert_int_equal(answer(0, "clone", 0x10000000, 0), FAILS(EPERM)); /* CLONE_NEWUSER */
	assert_int_equal(answer(0, "clone", 17, 0), PASSES);
	assert_int_equal(answer(UINT64_MAX, "keyctl", 0, 0), FAILS(EPERM));
	assert_int_equal(answer(UINT64_MAX, "io_uring_setup", 0, 0), FAILS(EPERM));
	assert_int_equal(answer(UINT64_MAX, "pivot_root", 0, 0), FAILS(EPERM));
}

static void test_families_of_sockets(void **state)
{
	(void)state;
	assert_int_equal(answer(0, "socket", 2, 0), PASSES);
	assert_int_equal(answer(0, "socket", 38, 0), FAILS(EPERM)); /* AF_ALG */
	assert_int_equal(answer(0, "socket", 39, 0), PASSES);
	assert_int_equal(answer(0, "socket", 40, 0), FAILS(EPERM)); /* AF_VSOCK */
	assert_int_equal(answer(0, "socket", UINT64_C(0x100000026), 0), FAILS(EPERM));
}

static void test_devices_of_the_host_are_not_heard_of(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	uint64_t args[6] = { 16 /* AF_NETLINK */, 3, 15 /* NETLINK_KOBJECT_UEVENT */ };
	size_t count;
	const struct sock_filter *program = compile_docker(0, &arena, &count);

	(void)state;
	assert_int_equal(filter_answers(program, count, filter_architecture(), call_number("socket"), args),
			 FAILS(EPERM));
	args[2] = 0; /* NETLINK_ROUTE */
	assert_int_equal(filter_answers(program, count, filter_architecture(), call_number("socket"), args),
			 PASSES);
}

static void test_other_worlds_are_shut(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	size_t count;
	const struct sock_filter *program = compile_docker(0, &arena, &count);

	(void)state;
	assert_int_equal(filter_answers(program, count, filter_architecture() ^ 1, 0, NULL),
			 SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_answers(program, count, filter_architecture(), 467, NULL),
			 FAILS(ENOSYS));
	assert_int_equal(filter_answers(program, count, filter_architecture(), 599, NULL),
			 FAILS(ENOSYS));
	assert_int_equal(filter_answers(program, count, filter_architecture(), 0x40000000, NULL),
			 FAILS(ENOSYS));
	assert_int_equal(filter_answers(program, count, filter_architecture(), 451, NULL), PASSES);
	assert_true(count < 500);
}

static void test_deny_denies_those_alone(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	int numbers[] = { call_number("mkdirat"), call_number("openat") };
	size_t count;
	const struct sock_filter *program = compile_deny(numbers, 2, &arena, &count);

	(void)state;
	for (int number = 0; number < HIGHEST; number++) {
		bool denied = number == numbers[0] || number == numbers[1];
		assert_int_equal(filter_answers(program, count, filter_architecture(), number, NULL),
				 denied ? FAILS(EPERM) : PASSES);
	}
}

/* A conditional jump passes over 255 instructions at most. */
static void test_a_long_list_is_jumped_across(void **state)
{
	enum { DENIED = 400 };
	cleanup_arena struct arena arena = { 0 };
	int numbers[DENIED];
	size_t count;

	(void)state;
	for (int i = 0; i < DENIED; i++)
		numbers[i] = i;
	const struct sock_filter *program = compile_deny(numbers, DENIED, &arena, &count);
	for (int number = 0; number < HIGHEST; number++)
		assert_int_equal(filter_answers(program, count, filter_architecture(), number, NULL),
				 number < DENIED ? FAILS(EPERM) : PASSES);
	assert_int_equal(filter_answers(program, count, ~filter_architecture(), 500, NULL),
			 SECCOMP_RET_KILL_PROCESS);
}

/* Every name of the rules is spelled as somebody knows it, and its number is the one that libseccomp
 * has, where that knows it. */
static void test_names_are_names(void **state)
{
	(void)state;
	for (const struct call_rule *rule = docker_rules; rule->calls; rule++)
		for (const struct call *call = rule->calls; call->name; call++) {
			int known = seccomp_syscall_resolve_name(call->name), number = call_of(call);
			if (known == __NR_SCMP_ERROR && number < 0 &&
			    strcmp(call->name, "uretprobe") != 0 &&
			    strcmp(call->name, "riscv_hwprobe") != 0) {
				print_error("nobody knows %s\n", call->name);
				assert_null(call->name);
			}
			if (known != __NR_SCMP_ERROR)
				assert_int_equal(number, known < 0 ? -1 : known);
		}
	char near[40];
	assert_string_equal(call_near("opnat", near), "openat");
	assert_null(call_near("zzzzzzzz", near));
}

/* The table of capabilities agrees with the ops' names. */
static void test_capabilities_are_one_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < CAPABILITIES; i++) {
		assert_non_null(capabilities[i].name);
		assert_true(strlen(capabilities[i].allows) > 5);
		assert_int_equal(capability_flags[i].value, CAPABILITY(i));
		assert_int_equal(strcasecmp(capability_flags[i].name + 4, capabilities[i].name), 0);
	}
	assert_int_equal(capabilities_docker, 0xa80425fb);
	assert_int_equal(capabilities_container, 0x800405fb);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_answers_as_libseccomp_would),
		cmocka_unit_test(test_a_terminal_cannot_be_typed_into),
		cmocka_unit_test(test_capabilities_open_what_they_are_for),
		cmocka_unit_test(test_families_of_sockets),
		cmocka_unit_test(test_devices_of_the_host_are_not_heard_of),
		cmocka_unit_test(test_other_worlds_are_shut),
		cmocka_unit_test(test_deny_denies_those_alone),
		cmocka_unit_test(test_a_long_list_is_jumped_across),
		cmocka_unit_test(test_names_are_names),
		cmocka_unit_test(test_capabilities_are_one_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
