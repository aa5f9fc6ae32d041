/* Which plans' programs may follow the shell's own in a process: nothing of an image's leads to /proc/self/exe. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/list.h"
#include "ops/plan.h"
#include "ops/program/plain.h"

static char layer[] = "/tmp/plain.XXXXXX";

/* A file that begins as a program of this machine does: one part, of this type. */
static void put_program(const char *name, unsigned type, unsigned machine)
{
	struct { ElfW(Ehdr) elf; ElfW(Phdr) part; } file = { 0 };

	cleanup_fd int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(self, &file.elf, sizeof(file.elf)), sizeof(file.elf));
	file.elf.e_phoff = sizeof(file.elf);
	file.elf.e_phnum = 1;
	if (machine)
		file.elf.e_machine = (ElfW(Half))machine;
	file.part.p_type = type;
	cleanup_fd int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	assert_int_equal(write(fd, &file, sizeof(file)), sizeof(file));
}

static int set_up(void **state)
{
	static const char script[] = "#!/proc/self/exe\n";

	(void)state;
	if (!mkdtemp(layer) || chdir(layer) < 0)
		return -1;
	mkdir("bin", 0755);
	mkdir("proc", 0755);
	mkdir("proc/self", 0755);
	put_program("bin/box", PT_LOAD, 0);
	put_program("bin/loaded", PT_INTERP, 0);
	put_program("bin/foreign", PT_LOAD, EM_68K);
	put_program("proc/self/exe", PT_LOAD, 0);
	cleanup_fd int fd = open("bin/script", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	return symlink("box", "bin/true") < 0 || symlink("/bin/box", "bin/far") < 0 ||
	       symlink("../proc/self/exe", "bin/out") < 0 || symlink("true", "bin/twice") < 0 ||
	       symlink("..", "bin/up") < 0 || symlink("bin", "sbin") < 0 || symlink("round", "bin/round") < 0 ||
	       symlink("..", "up") < 0 || mkdir("usr", 0755) < 0 || mkdir("usr/local", 0755) < 0 ||
	       symlink("../bin", "usr/bin") < 0 || symlink("../../bin", "usr/local/deep") < 0 ||
	       symlink("../proc", "usr/proc") < 0 || symlink("../../bin/box", "usr/local/box") < 0 ||
	       symlink("..", "usr/up") < 0 || symlink("proc", "self") < 0 || mkfifo("bin/fifo", 0755) < 0 ||
	       write(fd, script, sizeof(script) - 1) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char line[80];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf %s", layer);
	return chdir("/") < 0 || system(line) ? -1 : 0;
}

/* Of a plan of clone3(2), extra unless it is OP_exec, and execve(2). */
static bool is_plain(const char *program, enum op_kind extra, const struct binding *bindings, size_t count)
{
	static const char *const path[] = { "PATH=/none:/sbin:/bin", NULL };
	const char *argv[] = { program, NULL };
	struct plan plan = { .child = PLAN_ASIDE, .program = PROGRAM_WAIT, .layer = layer,
			     .bindings = bindings, .binding_count = count };
	struct op *op = plan_add(&plan, OP_clone);

	op->clone.flags = CLONE_NEWNS | CLONE_NEWPID;
	if (extra != OP_exec)
		plan_add(&plan, extra);
	op = plan_add(&plan, OP_exec);
	op->exec.argv = argv;
	op->exec.envp = path;
	bool ret = plan_is_plain(&plan);
	plan_done(&plan);
	return ret;
}

static void test_a_file_that_is_loaded_alone_is_plain(void **state)
{
	(void)state;
	assert_true(is_plain("/bin/box", OP_exec, NULL, 0));
	assert_true(is_plain("/bin/true", OP_exec, NULL, 0));
	assert_true(is_plain("true", OP_exec, NULL, 0));
	assert_true(is_plain("/bin/twice", OP_exec, NULL, 0));
	assert_true(is_plain("/sbin/true", OP_exec, NULL, 0));
	assert_true(is_plain("/usr/local/deep/true", OP_exec, NULL, 0));
	assert_true(is_plain("/usr/bin/box", OP_exec, NULL, 0));
}

static void test_what_leads_elsewhere_is_not(void **state)
{
	static const char *const others[] = {
		"/bin/script", "/bin/loaded", "/bin/foreign", "/bin/fifo", "/bin/out", "/bin/far", "/bin/round",
		"/bin/up", "/up/bin/box", "/self/exe", "/usr/proc/self/exe", "/usr/up/bin/box", "/usr/local/box", "/sbin/out", "/sbin/script", "/proc/self/exe", "//proc/self/exe", "/bin/../proc/self/exe", "/./proc/self/exe",
		"/bin//box", "/bin", "/bin/none", "none", "bin/box", "script", "",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++)
		if (is_plain(others[i], OP_exec, NULL, 0))
			fail_msg("%s is not plain", others[i]);
}

static void test_nor_is_what_a_binding_covers(void **state)
{
	static const struct binding apart[] = { { "/src", "/data", NULL } }, above[] = { { "/src", "/bin", NULL } },
				    itself[] = { { "/src", "/bin/box", NULL } }, linked[] = { { "/src", "/sbin", NULL } },
				    around[] = { { "/src", "/", NULL } };

	(void)state;
	assert_true(is_plain("/bin/box", OP_exec, apart, 1));
	assert_false(is_plain("/bin/box", OP_exec, above, 1));
	assert_false(is_plain("/bin/box", OP_exec, itself, 1));
	assert_false(is_plain("/bin/true", OP_exec, itself, 1));
	assert_false(is_plain("/bin/box", OP_exec, linked, 1));
	assert_false(is_plain("/bin/box", OP_exec, around, 1));
}

/* Another process in the container, or one of another's, could look into the process. */
static void test_one_in_a_network_is_plain(void **state)
{
	static const enum op_kind wiring[] = { OP_wire, OP_link_set, OP_addr, OP_route, OP_hosts };

	(void)state;
	for (size_t i = 0; i < COUNT(wiring); i++)
		assert_true(is_plain("/bin/box", wiring[i], NULL, 0));
}

static bool only_wires(uint64_t flags, enum op_kind extra, enum plan_program program)
{
	struct plan plan = { .child = PLAN_NEW, .program = program };

	plan_add(&plan, OP_clone)->clone.flags = flags;
	plan_add(&plan, OP_ifup);
	plan_add(&plan, extra);
	bool ret = plan_only_wires(&plan);
	plan_done(&plan);
	return ret;
}

static void test_one_that_only_holds_a_network_is_told(void **state)
{
	static const enum op_kind others[] = { OP_exec, OP_spawn, OP_fork, OP_setns, OP_unshare, OP_mount, OP_idmap, OP_nft, OP_outlet };
	struct plan nothing = { 0 };

	(void)state;
	assert_true(only_wires(CLONE_NEWNET, OP_addr, PROGRAM_NONE));
	assert_false(only_wires(CLONE_NEWNET, OP_addr, PROGRAM_WAIT));
	assert_false(only_wires(CLONE_NEWNET | CLONE_NEWUSER, OP_addr, PROGRAM_NONE));
	assert_false(only_wires(0, OP_addr, PROGRAM_NONE));
	assert_false(plan_only_wires(&nothing));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(only_wires(CLONE_NEWNET, others[i], PROGRAM_NONE));
}

static void test_nor_is_one_that_others_see(void **state)
{
	static const enum op_kind others[] = { OP_setns, OP_spawn, OP_fork, OP_pty };

	(void)state;
	assert_true(is_plain("/bin/box", OP_sethostname, NULL, 0));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(is_plain("/bin/box", others[i], NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_that_is_loaded_alone_is_plain),
		cmocka_unit_test(test_what_leads_elsewhere_is_not),
		cmocka_unit_test(test_nor_is_what_a_binding_covers),
		cmocka_unit_test(test_nor_is_one_that_others_see),
		cmocka_unit_test(test_one_in_a_network_is_plain),
		cmocka_unit_test(test_one_that_only_holds_a_network_is_told),
	};

	return cmocka_run_group_tests_name("ops: plain programs", tests, set_up, tear_down);
}
