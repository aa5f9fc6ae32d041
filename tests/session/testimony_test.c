/* What the kernel recorded is told apart: the program's refusals from everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/text.h"
#include "session/testimony/testimony.h"

/* Of Linux 6.18, the tracepoint: "unshare user uts; run sh -c "mount -t tmpfs x /mnt; dmesg; ..."". */
static const char recorded[] =
	"       stave-try-9454    [000] ..... 78444.157054: cap_capable: cred 00000000581a8711, target_ns 0000000034f6bf68, capable_ns 0000000000000000, cap 21, ret -1\n"
	"       stave-try-9454    [000] ..... 78444.157072: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_vm_enough_memory_mm\n"
	" => dup_mmap\n"
	" => copy_process\n"
	" => kernel_clone\n"
	" => __do_sys_clone\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n"
	"       stave-try-9462    [001] ..... 78444.168285: cap_capable: cred 000000001286dea5, target_ns 0000000034f6bf68, capable_ns 0000000000000000, cap 21, ret -1\n"
	"       stave-try-9462    [001] ..... 78444.168290: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_capable\n"
	" => capable\n"
	" => __do_sys_swapoff\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n"
	"       stave-try-9462    [001] ..... 78444.168292: cap_capable: cred 000000001286dea5, target_ns 00000000864e9fb4, capable_ns 00000000864e9fb4, cap 6, ret 0\n"
	"       stave-try-9462    [001] ..... 78444.168295: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_capable\n"
	" => ns_capable_setid\n"
	" => __do_sys_setgroups\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n"
	"     stave-child-9464    [001] ..... 78444.168669: cap_capable: cred 0000000030668f98, target_ns 0000000034f6bf68, capable_ns 0000000000000000, cap 21, ret -1\n"
	"     stave-child-9464    [001] ..... 78444.168672: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_vm_enough_memory_mm\n"
	" => dup_mmap\n"
	" => copy_process\n"
	" => kernel_clone\n"
	" => __do_sys_clone\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n"
	"     stave-child-9464    [001] ..... 78444.168813: sched_process_fork: comm=stave-child pid=9464 child_comm=stave-child child_pid=9465\n"
	"     stave-child-9464    [001] ..... 78444.168817: <stack trace>\n"
	" => trace_event_raw_event_sched_process_fork\n"
	"              sh-9465    [001] ..... 78444.176636: sched_process_exec: filename=/usr/bin/sh pid=9465 old_pid=9465\n"
	"              sh-9465    [001] ..... 78444.176640: <stack trace>\n"
	" => trace_event_raw_event_sched_process_exec\n"
	"              sh-9465    [001] ..... 78444.176799: cap_capable: cred 0000000066d13fa3, target_ns 0000000034f6bf68, capable_ns 0000000000000000, cap 21, ret -1\n"
	"              sh-9465    [001] ..... 78444.176804: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_vm_enough_memory_mm\n"
	" => __mmap_region\n"
	" => do_mmap\n"
	" => vm_mmap_pgoff\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n"
	"              sh-9465    [001] ..... 78444.177444: sched_process_fork: comm=sh pid=9465 child_comm=sh child_pid=9466\n"
	"              sh-9465    [001] ..... 78444.177449: <stack trace>\n"
	" => trace_event_raw_event_sched_process_fork\n"
	"           mount-9466    [001] ..... 78444.177901: sched_process_exec: filename=/usr/bin/mount pid=9466 old_pid=9466\n"
	"           mount-9466    [001] ..... 78444.177904: <stack trace>\n"
	" => trace_event_raw_event_sched_process_exec\n"
	"           mount-9466    [001] ..... 78444.179538: cap_capable: cred 000000008bbfc3f7, target_ns 00000000864e9fb4, capable_ns 0000000000000000, cap 21, ret -1\n"
	"           mount-9466    [001] ..... 78444.179544: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_capable\n"
	" => ns_capable\n"
	" => path_mount\n"
	" => __x64_sys_mount\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n"
	"              sh-9465    [001] ..... 78444.182424: sched_process_fork: comm=sh pid=9465 child_comm=sh child_pid=9468\n"
	"              sh-9465    [001] ..... 78444.182432: <stack trace>\n"
	" => trace_event_raw_event_sched_process_fork\n"
	"           dmesg-9468    [001] ..... 78444.182621: sched_process_exec: filename=/usr/bin/dmesg pid=9468 old_pid=9468\n"
	"           dmesg-9468    [001] ..... 78444.182624: <stack trace>\n"
	" => trace_event_raw_event_sched_process_exec\n"
	"           dmesg-9468    [001] ..... 78444.183313: cap_capable: cred 00000000cfa19604, target_ns 0000000034f6bf68, capable_ns 0000000000000000, cap 34, ret -1\n"
	"           dmesg-9468    [001] ..... 78444.183318: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_capable\n"
	" => capable\n"
	" => do_syslog\n"
	" => __x64_sys_syslog\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n"
	"           dmesg-9468    [001] ..... 78444.183322: cap_capable: cred 00000000cfa19604, target_ns 0000000034f6bf68, capable_ns 0000000000000000, cap 34, ret -1\n"
	"           dmesg-9468    [001] ..... 78444.183325: <stack trace>\n"
	" => trace_event_raw_event_cap_capable\n"
	" => cap_capable\n"
	" => security_capable\n"
	" => capable\n"
	" => do_syslog\n"
	" => __x64_sys_syslog\n"
	" => do_syscall_64\n"
	" => entry_SYSCALL_64_after_hwframe\n";

/* As Documentation/trace/kprobetrace.rst has it: the two probes of earlier kernels. */
static const char probed[] =
	"       stave-try-70      [001] d...   10.000001: asked: (cap_capable+0x0/0x90) target_ns=0xffffffff82a5f0c0 cap=21\n"
	"       stave-try-70      [001] d...   10.000002: <stack trace>\n"
	" => cap_capable\n => security_capable\n => capable\n => __do_sys_swapoff\n => do_syscall_64\n"
	"       stave-try-70      [001] d...   10.000003: answered: (security_capable+0x3d/0x60 <- cap_capable) ret=-1\n"
	"       stave-try-70      [001] d...   10.000004: asked: (cap_capable+0x0/0x90) target_ns=0xffff888003c0a000 cap=6\n"
	"       stave-try-70      [001] d...   10.000005: <stack trace>\n"
	" => cap_capable\n => security_capable\n => ns_capable_setid\n => __do_sys_setgroups\n => do_syscall_64\n"
	"       stave-try-70      [001] d...   10.000006: answered: (security_capable+0x3d/0x60 <- cap_capable) ret=0\n"
	"           mount-71      [000] ....   10.000007: sched_process_exec: filename=/bin/mount pid=71 old_pid=71\n"
	"           mount-71      [000] d...   10.000008: asked: (cap_capable+0x0/0x90) target_ns=0xffff888003c0b000 cap=21\n"
	"           mount-71      [000] d...   10.000009: <stack trace>\n"
	" => cap_capable\n => kretprobe_trampoline\n => ns_capable\n => path_mount\n => __x64_sys_mount\n => do_syscall_64\n"
	"           mount-71      [000] d...   10.000010: answered: (security_capable+0x3d/0x60 <- cap_capable) ret=-1\n"
	"           mount-71      [000] d...   10.000011: asked: (cap_capable+0x0/0x90) target_ns=0xffff888003c0b000 cap=18\n"
	"           mount-71      [000] d...   10.000012: <stack trace>\n"
	" => cap_capable\n => security_capable\n => ns_capable\n => ksys_chroot\n => do_syscall_64\n"
	"           mount-71      [000] d...   10.000013: answered: (security_capable+0x3d/0x60 <- cap_capable) ret=0\n";

static void assert_refused(const struct refusal *one, const char *program, int cap, enum over over, const char *function,
			   const char *call, size_t count)
{
	assert_string_equal(one->program, program);
	assert_int_equal(one->cap, cap);
	assert_int_equal(one->over, over);
	assert_string_equal(one->function, function);
	assert_string_equal(one->call, call);
	assert_int_equal(one->count, count);
}

/* What one instance has recorded, and what the other. */
static void parse(const char *asked, const char *killed, struct refusals *ret)
{
	struct testified testified = { 0 };

	text_add(&testified.asked, asked);
	text_add(&testified.killed, killed);
	refusals_parse(&testified, ret);
	testified_done(&testified);
}

static void test_the_tracepoint(void **state)
{
	struct refusals all;

	(void)state;
	parse(recorded, "", &all);
	assert_true(all.marked);
	assert_int_equal(all.count, 2);
	assert_refused(&all.list[0], "mount", 21, OVER_HOSTS, "path_mount", "mount", 1);
	assert_refused(&all.list[1], "dmesg", 34, OVER_INITIAL, "do_syslog", "syslog", 2);
	refusals_done(&all);
}

static void test_the_two_probes(void **state)
{
	struct refusals all;

	(void)state;
	parse(probed, "", &all);
	assert_true(all.marked);
	assert_int_equal(all.count, 1);
	assert_refused(&all.list[0], "mount", 21, OVER_OWN, "path_mount", "mount", 1);
	refusals_done(&all);
}

static void test_without_the_mark_nothing_counts(void **state)
{
	struct refusals all;

	(void)state;
	parse(strstr(recorded, "              sh-9465 "), "", &all);
	assert_false(all.marked);
	assert_int_equal(all.count, 0);
	refusals_done(&all);
}

/* Cut anywhere, and with any byte replaced, it is read to its end. */
static void test_what_is_damaged_is_passed_over(void **state)
{
	struct refusals all;
	char *copy = text_copy(recorded);

	(void)state;
	for (size_t i = sizeof(recorded) - 1; i-- > 0;) {
		char was = copy[i];
		if (i % 3 == 0) {
			copy[i] = "\n[-9 =\x80"[i % 7];
			parse(copy, copy, &all);
			assert_true(all.count <= 4);
			refusals_done(&all);
		}
		copy[i] = was;
	}
	free(copy);
}

/* What a program was given counts; what was given before the mark, or to nobody's program, does not. */
static void test_what_was_given_is_kept_apart(void **state)
{
	static const char trace[] =
		"  stave-1 [000] ..... 1.0: cap_capable: cred 0, target_ns 1, capable_ns 1, cap 5, ret 0\n"
		"  stave-1 [000] ..... 1.1: cap_capable: cred 0, target_ns 1, capable_ns 0, cap 21, ret -1\n"
		"  stave-1 [000] ..... 1.2: <stack trace>\n => __do_sys_swapoff\n"
		"  stave-1 [000] ..... 1.3: cap_capable: cred 0, target_ns 2, capable_ns 2, cap 6, ret 0\n"
		"  stave-1 [000] ..... 1.4: <stack trace>\n => __do_sys_setgroups\n"
		"  child-2 [000] ..... 1.5: cap_capable: cred 0, target_ns 3, capable_ns 3, cap 7, ret 0\n"
		"  sh-2 [000] ..... 1.6: sched_process_exec: filename=/bin/sh pid=2 old_pid=2\n"
		"  sh-2 [000] ..... 1.7: cap_capable: cred 0, target_ns 3, capable_ns 3, cap 18, ret 0\n"
		"  sh-2 [000] ..... 1.8: cap_capable: cred 0, target_ns 3, capable_ns 3, cap 21, ret 0\n"
		"  sh-2 [000] ..... 1.9: <stack trace>\n => security_vm_enough_memory_mm\n"
		"  sh-2 [000] ..... 2.0: cap_capable: cred 0, target_ns 3, capable_ns 0, cap 22, ret -1\n";
	struct refusals refusals;

	(void)state;
	parse(trace, "", &refusals);
	assert_true(refusals.marked);
	assert_true(refusals.granted == UINT64_C(1) << 18);
	assert_int_equal(refusals.count, 1);
	refusals_done(&refusals);
}

static void assert_killed(const struct killing *one, const char *sender, pid_t pid, const char *target, enum killed_how how)
{
	assert_string_equal(one->sender, sender);
	assert_int_equal(one->pid, pid);
	assert_string_equal(one->target, target);
	assert_int_equal(one->how, how);
}

/* A program of the child's, pid 3, and what it has started, pid 4. */
static const char asked[] =
	"  stave-1 [000] ..... 1.0: sched_process_fork: comm=stave pid=1 child_comm=stave child_pid=2\n"
	"  stave-2 [000] ..... 1.1: cap_capable: cred 0, target_ns 1, capable_ns 0, cap 21, ret -1\n"
	"  stave-2 [000] ..... 1.2: <stack trace>\n => __do_sys_swapoff\n"
	"  stave-2 [000] ..... 1.3: sched_process_fork: comm=stave pid=2 child_comm=stave child_pid=3\n"
	"  sh-3 [000] ..... 1.4: sched_process_exec: filename=/bin/sh pid=3 old_pid=3\n"
	"  sh-3 [000] ..... 1.5: sched_process_fork: comm=sh pid=3 child_comm=sh child_pid=4\n";

/* Of the machine's signals those to programs of the replay count, but for what the processes around them send; what the
 * stack shows tells the call, or why the kernel did. */
static void test_who_sent_sigkill(void **state)
{
	static const char killed[] =
		"  a b-9 [001] d..1. 2.0: signal_generate: sig=9 errno=0 code=0 comm=x pid=3 y pid=4 grp=1 res=0\n"
		"  a b-9 [001] d..1. 2.1: <stack trace>\n => __send_signal_locked\n => kill_something_info\n => __x64_sys_kill+0x1/0x2\n => do_exit\n"
		"  sh-3 [000] d..1. 2.2: signal_generate: sig=9 errno=0 code=0 comm=sh pid=3 grp=1 res=0\n"
		"  sh-3 [000] d..1. 2.3: signal_generate: sig=9 errno=0 code=128 comm=sh pid=4 grp=1 res=0\n"
		"  other-8 [001] d..1. 2.3: <stack trace>\n => __x64_sys_kill\n"
		"  sh-3 [000] d..1. 2.4: signal_generate: sig=9 errno=0 code=128 comm=sh pid=4 grp=1 res=0\n"
		"  sh-3 [000] d..1. 2.5: <stack trace>\n => zap_pid_ns_processes\n => do_exit\n"
		"  top-7 [000] d..1. 2.6: signal_generate: sig=9 errno=0 code=0 comm=sh pid=4 grp=1 res=0\n"
		"  top-7 [000] d..1. 2.7: <stack trace>\n => __cgroup_kill\n => cgroup_kill_write\n => ksys_write\n"
		"  stave-1 [000] d..1. 2.8: signal_generate: sig=9 errno=0 code=0 comm=sh pid=3 grp=1 res=0\n"
		"  top-7 [000] d..1. 2.9: signal_generate: sig=9 errno=0 code=0 comm=sh pid=2 grp=1 res=0\n"
		"  top-7 [000] d..1. 3.0: signal_generate: sig=9 errno=0 code=0 comm=sh pid=77 grp=1 res=0\n"
		"  top-7 [000] d..1. 3.1: signal_generate: sig=15 errno=0 code=0 comm=sh pid=3 grp=1 res=0\n";
	struct refusals all;

	(void)state;
	parse(asked, killed, &all);
	assert_int_equal(all.killed_count, 5);
	assert_killed(&all.killed[0], "a b", 9, "x pid=3 y", KILLED_HOW_CALL);
	assert_string_equal(all.killed[0].call, "kill");
	assert_true(all.killed[0].outside && !all.killed[0].kernel);
	assert_killed(&all.killed[1], "sh", 3, "sh", KILLED_HOW_UNSEEN);
	assert_true(all.killed[1].itself && !all.killed[1].outside);
	assert_killed(&all.killed[2], "sh", 3, "sh", KILLED_HOW_UNSEEN);
	assert_true(all.killed[2].kernel);
	assert_killed(&all.killed[3], "sh", 3, "sh", KILLED_HOW_INIT);
	assert_killed(&all.killed[4], "top", 7, "sh", KILLED_HOW_CGROUP);
	assert_true(all.killed[4].outside && !all.killed[4].kernel);
	refusals_done(&all);
}

/* Of another signal that was asked about, too: by the stack why the kernel sent it. A target may be called as it likes. */
static void test_who_sent_another_signal(void **state)
{
	static const char killed[] =
		"  a\x1b[m-9 [001] d..1. 2.0: signal_generate: sig=13 errno=0 code=0 comm=x\n => do_exit\ny pid=4 grp=1 res=0\n"
		"  a\x1b[m-9 [001] d..1. 2.1: <stack trace>\n => __x64_sys_kill\n"
		"  sh-3 [000] d..1. 2.2: signal_generate: sig=13 errno=0 code=0 comm=sh pid=3 grp=0 res=0\n"
		"  sh-3 [000] d..1. 2.2: <stack trace>\n => pipe_write\n => ksys_write\n => __x64_sys_write\n"
		"  sh-3 [000] d..1. 2.3: signal_generate: sig=13 errno=0 code=1 comm=sh pid=3 grp=0 res=0\n"
		"  sh-3 [000] d..1. 2.3: <stack trace>\n => force_sig_fault\n => exc_page_fault\n"
		"  sh-3 [000] d..1. 2.4: signal_generate: sig=13 errno=0 code=1 comm=sh pid=3 grp=0 res=0\n"
		"  sh-3 [000] d..1. 2.4: <stack trace>\n => force_sig_info_to_task\n => force_sig_seccomp\n"
		"  swapper/0-0 [000] d..1. 2.5: signal_generate: sig=13 errno=0 code=128 comm=sh pid=3 grp=1 res=0\n"
		"  sh-4 [000] d..1. 2.6: signal_generate: sig=13 errno=0 code=128 comm=sh pid=3 grp=1 res=0\n"
		"  sh-4 [000] d..1. 2.6: <stack trace>\n => kill_pid_info\n => it_real_fn\n => __x64_sys_getpid\n"
		"  sh-4 [000] d..1. 2.7: signal_generate: sig=13 errno=0 code=128 comm=sh pid=3 grp=1 res=0\n"
		"  sh-4 [000] d..1. 2.7: <stack trace>\n => exit_notify\n => do_exit\n"
		"  sh-4 [000] d..1. 2.8: signal_generate: sig=13 errno=0 code=0 comm=sh pid=3 grp=1 res=0\n"
		"  sh-4 [000] d..1. 2.8: <stack trace>\n => group_send_sig_info\n => do_exit\n"
		"  b\n => o-9 [000] d..1. 2.9: signal_generate: sig=13 errno=0 code=0 comm=sh pid=3 grp=1 res=0\n"
		"  b\n => o-9 [000] d..1. 2.9: <stack trace>\n => __x64_sys_kill\n"
		"  sh-4 [000] d..1. 2.9: signal_generate: sig=15 errno=0 code=0 comm=sh pid=3 grp=1 res=0\n";
	const struct testified testified = { .asked = { .s = (char *)asked, .len = sizeof(asked) - 1 },
					     .killed = { .s = (char *)killed, .len = sizeof(killed) - 1 }, .signal = 13 };
	struct refusals all;

	(void)state;
	refusals_parse(&testified, &all);
	assert_int_equal(all.killed_count, 8);
	assert_killed(&all.killed[0], "a\\x1b[m", 9, "x\\n => do_exit\\ny", KILLED_HOW_CALL);
	assert_killed(&all.killed[1], "sh", 3, "sh", KILLED_HOW_MEANWHILE);
	assert_string_equal(all.killed[1].call, "write");
	assert_killed(&all.killed[2], "sh", 3, "sh", KILLED_HOW_FAULT);
	assert_killed(&all.killed[3], "sh", 3, "sh", KILLED_HOW_FILTER);
	assert_killed(&all.killed[4], "sh", 4, "sh", KILLED_HOW_TIMER);
	assert_killed(&all.killed[5], "sh", 4, "sh", KILLED_HOW_UNSEEN);
	assert_true(all.killed[5].kernel);
	assert_killed(&all.killed[6], "sh", 4, "sh", KILLED_HOW_PARENT);
	assert_killed(&all.killed[7], "=> o", 9, "sh", KILLED_HOW_CALL);
	for (size_t i = 0; i < all.killed_count; i++)
		assert_int_equal(all.killed[i].signal, 13);
	refusals_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_given_is_kept_apart),
		cmocka_unit_test(test_the_tracepoint),
		cmocka_unit_test(test_the_two_probes),
		cmocka_unit_test(test_without_the_mark_nothing_counts),
		cmocka_unit_test(test_who_sent_sigkill),
		cmocka_unit_test(test_who_sent_another_signal),
		cmocka_unit_test(test_what_is_damaged_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
