/* What the child of a shell whose memory it shares performs takes nothing of the heap, succeeding or not: it may be
 * killed anywhere (child/turns.h). */
#include "random_op.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops/place.h"

#ifndef SANITIZED
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static size_t taken;

void *malloc(size_t size)
{
	taken++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	taken++;
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	taken++;
	return __libc_realloc(old, size);
}

static size_t taken_by(const struct op *op)
{
	struct held place = { .root = -1, .folder = -1 };
	int fs = -1, ruleset = -1;
	bool hidden = false, masked = false;
	const struct op_stage stage = { .fs = &fs, .ruleset = &ruleset, .place = &place, .hidden = &hidden, .masked = &masked };
	struct op_outcome outcome;

	size_t before = taken;
	op_run(op, &stage, &outcome);
	return taken - before;
}

/* In a process of its own; its status is the number of the first that takes something. */
static int try_all(void)
{
	static const char *const argv[] = { "/proc/self/absent\t", NULL };
	struct op ops[12];
	size_t count = 0;

	ops[count] = op_new(OP_exec);
	ops[count++].exec.argv = argv;
	ops[count] = op_new(OP_mount);
	ops[count].mount.source = "x";
	ops[count].mount.fstype = "tmpfs";
	ops[count].mount.data = "size=nonsense,mode=0755";
	ops[count++].mount.target = "/proc/self/absent\t";
	ops[count] = op_new(OP_mount);
	ops[count].mount.fstype = "tmpfs";
	ops[count].mount.data = "size=nonsense,mode=0755";
	ops[count++].mount.target = "/proc";
	ops[count] = op_new(OP_mkdir);
	ops[count++].mkdir.path = "/proc/self/absent\t";
	ops[count] = op_new(OP_symlink);
	ops[count].symlink.target = "x";
	ops[count++].symlink.path = "/proc/self/absent\t";
	ops[count] = op_new(OP_file);
	ops[count].file.text = "x";
	ops[count++].file.path = "/proc/self/absent\t/x";
	ops[count] = op_new(OP_chdir);
	ops[count++].chdir.path = "/proc/self/absent\t";
	ops[count] = op_new(OP_umask);
	ops[count++].umask.mode = 022;
	ops[count] = op_new(OP_setgroups);
	count++;
	ops[count] = op_new(OP_no_new_privs);
	count++;
	ops[count] = op_new(OP_capbset_drop);
	count++;
	for (size_t i = 0; i < count; i++)
		if (taken_by(&ops[i]))
			return (int)i + 1;
	return 0;
}
#endif

static void test_nothing_is_allocated(void **state)
{
	(void)state;
#ifdef SANITIZED
	print_message("sanitizers allocate themselves\n");
	skip();
#else
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* As an ordinary user in a user namespace: there the kernel's own words are to be had. */
		unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS);
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
		_exit(try_all());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_nothing_is_allocated) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
