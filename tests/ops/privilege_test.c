/* The ops by which privilege is given up: how they are said, and that copies of them are whole. */
#include "random_op.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "ops/plan.h"
#include "ops/privilege/capability.h"

static void assert_said(const struct op *op, const char *call, const char *command)
{
	cleanup_text struct text said = { 0 }, shell = { 0 };

	op_say(op, 0, &said);
	assert_string_equal(text_of(&said), call);
	op_shell(op, &shell);
	assert_string_equal(text_of(&shell), command);
}

static void test_sets_are_said_shortly(void **state)
{
	struct op op = op_new(OP_capset);

	(void)state;
	assert_said(&op, "capset({effective=0, permitted=0, inheritable=0})", "capsh --caps='='");
	op.capset.effective = op.capset.permitted = capabilities_known;
	op.capset.effective &= ~CAPABILITY(CAP_CHOWN);
	assert_said(&op, "capset({effective=0x1fffffffffe, permitted=0x1ffffffffff, inheritable=0})",
		    "capsh --caps='=ep cap_chown-e'");
	op.capset.effective = op.capset.inheritable = CAPABILITY(CAP_KILL);
	op.capset.permitted = CAPABILITY(CAP_KILL) | CAPABILITY(CAP_CHOWN);
	assert_said(&op, "capset({effective=CAP_KILL, permitted=0x21, inheritable=CAP_KILL})",
		    "capsh --caps='= cap_kill+e cap_chown,cap_kill+p cap_kill+i'");
}

static void test_the_bounding_set_is_said_by_what_is_less(void **state)
{
	struct op op = op_new(OP_capbset_drop);

	(void)state;
	op.capbset_drop.set = CAPABILITY(CAP_NET_RAW);
	assert_said(&op, "prctl(PR_CAPBSET_DROP, CAP_NET_RAW)", "setpriv --bounding-set -net_raw");
	op.capbset_drop.set |= CAPABILITY(CAP_MKNOD);
	assert_said(&op, "prctl(PR_CAPBSET_DROP, each of CAP_NET_RAW|CAP_MKNOD)",
		    "setpriv --bounding-set -net_raw,-mknod");
	op.capbset_drop.set = ~CAPABILITY(CAP_CHOWN);
	assert_said(&op, "prctl(PR_CAPBSET_DROP, each but CAP_CHOWN)",
		    "setpriv --bounding-set -all,+chown");
	op.capbset_drop.set = ~UINT64_C(0xa80425fb);
	assert_said(&op, "prctl(PR_CAPBSET_DROP, each but 0xa80425fb)",
		    "setpriv --bounding-set -all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,"
		    "+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,"
		    "+setfcap");
}

static void test_the_rest_is_said_as_in_c(void **state)
{
	struct sock_filter filter[3] = { { 0 } };
	struct op op = op_new(OP_cap_ambient);

	(void)state;
	op.cap_ambient.action = PR_CAP_AMBIENT_RAISE;
	op.cap_ambient.set = CAPABILITY(CAP_NET_RAW);
	assert_said(&op, "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0)",
		    "setpriv --ambient-caps +net_raw");
	op.cap_ambient.action = PR_CAP_AMBIENT_CLEAR_ALL;
	op.cap_ambient.set = 0;
	assert_said(&op, "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)",
		    "setpriv --ambient-caps -all");
	op = op_new(OP_no_new_privs);
	assert_said(&op, "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)", "setpriv --no-new-privs");
	op = op_new(OP_keyring);
	assert_said(&op, "keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)", "keyctl session -");
	assert_said(&(struct op){ .kind = OP_securebits_get }, "prctl(PR_GET_SECUREBITS, 0, 0, 0, 0)", "");
	assert_said(&(struct op){ .kind = OP_keyring_id }, "keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)", "keyctl id @s");
	op = op_new(OP_rlimit);
	op.rlimit.resource = RLIMIT_NOFILE;
	op.rlimit.soft = 1024;
	op.rlimit.hard = 4096;
	assert_said(&op, "prlimit(0, RLIMIT_NOFILE, {1024, 4096}, NULL)", "prlimit --nofile=1024:4096");
	op = op_new(OP_oom);
	op.oom.value = 500;
	assert_said(&op, "write(open(\"/proc/self/oom_score_adj\"), \"500\")", "choom --adjust 500");
	op = op_new(OP_setresuid);
	op.setresuid.id = 1000;
	assert_said(&op, "setresuid(1000, 1000, 1000)", "setpriv --reuid 1000");
	op = op_new(OP_setgroups);
	assert_said(&op, "setgroups(0, NULL)", "setpriv --clear-groups");
	op.setgroups.list = "0 10 33";
	assert_said(&op, "setgroups(3, {0, 10, 33})", "setpriv --groups 0,10,33");
	op = op_new(OP_seccomp);
	op.seccomp.filter = (struct op_bytes){ filter, sizeof(filter) };
	op.seccomp.policy = "deny mkdir";
	assert_said(&op, "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=3, filter=\"deny mkdir\"})", "");
}

static void test_what_execve_goes_by(void **state)
{
	struct op op = op_new(OP_securebits);

	(void)state;
	assert_said(&op, "prctl(PR_SET_SECUREBITS, 0, 0, 0, 0)", "capsh --secbits=0");
	op.securebits.bits = 0xd;
	assert_said(&op, "prctl(PR_SET_SECUREBITS, SECBIT_NOROOT|SECBIT_NO_SETUID_FIXUP|SECBIT_NO_SETUID_FIXUP_LOCKED, 0, 0, 0)",
		    "capsh --secbits=0xd");
	op = op_new(OP_file_caps);
	op.file_caps.path = "/a b";
	assert_said(&op, "removexattr(\"/a b\", \"security.capability\")", "setcap -r '/a b'");
	op.file_caps.permitted = CAPABILITY(CAP_KILL);
	op.file_caps.effective = true;
	assert_said(&op, "setxattr(\"/a b\", \"security.capability\", {permitted=CAP_KILL, inheritable=0, effective=1}, 20, 0)",
		    "setcap cap_kill=ep '/a b'");
	op.file_caps.inheritable = CAPABILITY(CAP_KILL) | CAPABILITY(CAP_CHOWN);
	op.file_caps.effective = false;
	assert_said(&op, "setxattr(\"/a b\", \"security.capability\", {permitted=CAP_KILL, inheritable=0x21, effective=0}, 20, 0)",
		    "setcap 'cap_kill=ip cap_chown=i' '/a b'");
}

/* In a process of its own: what is lowered stays. Its exit status says which step went wrong. */
static int lower_limits(void)
{
	struct op_stage stage = { 0 };
	struct op_outcome outcome;
	struct op op = op_new(OP_rlimit);
	struct rlimit few = { 20, 30 }, is;

	op.rlimit.resource = RLIMIT_NOFILE;
	op.rlimit.soft = 25;
	op.rlimit.hard = 40;
	if (setrlimit(RLIMIT_NOFILE, &few) < 0 || op_run(&op, &stage, &outcome) < 0)
		return 1;
	if (getrlimit(RLIMIT_NOFILE, &is) < 0 || is.rlim_cur != 20 || is.rlim_max != 30)
		return 2;
	if (strcmp(outcome.detail, "20 and 30, because it was less before") != 0)
		return 3;
	op.rlimit.soft = 10;
	op.rlimit.hard = 30;
	if (op_run(&op, &stage, &outcome) < 0 || outcome.detail[0] ||
	    getrlimit(RLIMIT_NOFILE, &is) < 0 || is.rlim_cur != 10 || is.rlim_max != 30)
		return 4;
	op = op_new(OP_oom);
	op.oom.value = 700;
	if (op_run(&op, &stage, &outcome) < 0 || outcome.detail[0])
		return 5;
	op.oom.value = 600;
	if (op_run(&op, &stage, &outcome) < 0 || strcmp(outcome.detail, "it is 700 already") != 0)
		return 6;
	return 0;
}

static void test_limits_are_only_lowered(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(lower_limits());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_copies_are_whole_and_their_own(void **state)
{
	(void)state;
	srand(11);
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++)
		for (int round = 0; round < 50; round++) {
			const struct op_info *info = op_info(kind);
			struct arena arena = { 0 }, again = { 0 };
			struct plan plan = { 0 };
			struct op op = op_new(kind), same = op_new(kind);
			unsigned seed = (unsigned)rand();
			srand(seed);
			for (const struct field *field = info->fields; field->name; field++)
				random_field(&op, field, &arena, -1, true);
			plan_copy(&plan, &op);
			/* What it was copied from may go. */
			arena_done(&arena);
			srand(seed);
			for (const struct field *field = info->fields; field->name; field++)
				random_field(&same, field, &again, -1, true);
			for (const struct field *field = info->fields; field->name; field++)
				assert_fields_equal(&plan.ops[0].op, &same, field);
			arena_done(&again);
			plan_done(&plan);
			srand(seed + 1);
		}
}

/* What is not there need not be hidden; that it cannot be hidden is another matter. */
static void test_a_mask_fails_but_for_what_is_not_there(void **state)
{
	const struct op_stage nobody = { 0 };
	struct op_outcome outcome = { 0 };
	struct op mask = op_new(OP_mask), cover = op_new(OP_mask_file);

	(void)state;
	mask.mask.source = "/nonexistent/earlier";
	mask.mask.target = cover.mask_file.target = "/nonexistent/target";
	assert_int_equal(op_run(&mask, &nobody, &outcome), 0);
	assert_string_equal(outcome.detail, "not here: nothing to mask");
	assert_int_equal(op_run(&cover, &nobody, &outcome), 0);
	mask.mask.target = "/proc/self/status";
	assert_int_equal(op_run(&mask, &nobody, &outcome), -1);
	mask.mask.target = "/proc/self";
	assert_int_equal(op_run(&mask, &nobody, &outcome), -1);
	assert_int_equal(outcome.code, ELOOP);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets_are_said_shortly),
		cmocka_unit_test(test_the_bounding_set_is_said_by_what_is_less),
		cmocka_unit_test(test_the_rest_is_said_as_in_c),
		cmocka_unit_test(test_what_execve_goes_by),
		cmocka_unit_test(test_limits_are_only_lowered),
		cmocka_unit_test(test_copies_are_whole_and_their_own),
		cmocka_unit_test(test_a_mask_fails_but_for_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
