/* What could stand at the cursor. */
#include <fcntl.h>
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
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "shell/complete.h"
#include "words/language/command.h"

/* The candidates for a line, parted by blanks. pid 0: the host's files. */
static void offers(const char *line, pid_t pid, const char *expected)
{
	struct candidates candidates;
	cleanup_text struct text found = { 0 };

	complete(line, strlen(line), pid, &candidates);
	for (size_t i = 0; i < candidates.count; i++)
		text_addf(&found, "%s%s", i ? " " : "", candidates.list[i].word);
	candidates_done(&candidates);
	assert_string_equal(text_of(&found), expected);
}

static size_t count_of(const char *line)
{
	struct candidates candidates;

	complete(line, strlen(line), 0, &candidates);
	size_t count = candidates.count;
	candidates_done(&candidates);
	return count;
}

static void test_words_of_the_shell(void **state)
{
	(void)state;
	assert_int_equal(count_of(""), command_count);
	offers("unsh", 0, "unshare");
	offers("version ; unsh", 0, "unshare");
	offers("unshare ", 0, "all cgroup ipc mnt net pid time user uts");
	offers("unshare uts n", 0, "net");
	offers("unshare netw", 0, "network");
	offers("nonsense ", 0, "");
	offers("set sh", 0, "show");
	offers("help unsh", 0, "unshare");
	offers("plan unshare u", 0, "user uts");
	offers("kill 1 KI", 0, "KILL");
	offers("!unsh", 0, "");
	offers("bindmount --fr", 0, "--from-host");
	offers("version x", 0, "");
	offers("ns h", 0, "host");
	offers("setns h", 0, "");
}

static void test_pids(void **state)
{
	char line[64], pid[16];
	struct candidates candidates;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(line, sizeof(line), "setns %s", pid);
	complete(line, strlen(line), 0, &candidates);
	size_t found = 0;
	for (size_t i = 0; i < candidates.count; i++)
		if (strcmp(candidates.list[i].word, pid) == 0) {
			assert_string_equal(candidates.list[i].note, "complete_test");
			found++;
		}
	candidates_done(&candidates);
	assert_int_equal(found, 1);
	snprintf(line, sizeof(line), "setns %s ut", pid);
	offers(line, 0, "uts");
}

static void test_paths(void **state)
{
	char folder[] = "/tmp/stave-complete.XXXXXX";
	cleanup_text struct text line = { 0 }, expected = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	int at = open(folder, O_RDONLY | O_DIRECTORY);
	assert_true(at >= 0);
	assert_int_equal(mkdirat(at, "one dir", 0755), 0);
	assert_int_equal(mkdirat(at, ".hidden", 0755), 0);
	close(openat(at, "one", O_WRONLY | O_CREAT, 0600));
	assert_int_equal(symlinkat("one dir", at, "only"), 0);

	text_addf(&line, "source %s/o", folder);
	text_addf(&expected, "%s/one %s/one dir/ %s/only/", folder, folder, folder);
	offers(text_of(&line), 0, text_of(&expected));
	/* The same as a process sees it, whose root is ours. */
	text_clear(&line);
	text_addf(&line, "chroot %s/o", folder);
	offers(text_of(&line), getpid(), text_of(&expected));
	text_clear(&line);
	text_clear(&expected);
	text_addf(&line, "source '%s/one d", folder);
	text_addf(&expected, "%s/one dir/", folder);
	offers(text_of(&line), 0, text_of(&expected));

	unlinkat(at, "one dir", AT_REMOVEDIR);
	unlinkat(at, ".hidden", AT_REMOVEDIR);
	unlinkat(at, "one", 0);
	unlinkat(at, "only", 0);
	close(at);
	assert_int_equal(rmdir(folder), 0);
}

static void test_programs(void **state)
{
	(void)state;
	offers("run /bin/unam", 0, "/bin/uname");
	assert_true(count_of("run sle") > 0);
	assert_true(count_of("run tr") < count_of("run t"));
	offers("run cat /etc/hostn", 0, "/etc/hostname");
}

static void test_privileges(void **state)
{
	(void)state;
	offers("caps drop net_b", 0, "net_bind_service net_broadcast");
	offers("caps drop chown mkn", 0, "mknod");
	offers("container --cap-add sys_pt", 0, "sys_ptrace");
	offers("seccomp deny clone", 0, "clone clone3");
	offers("seccomp do", 0, "docker");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_of_the_shell),
		cmocka_unit_test(test_pids),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_privileges),
	};

	return cmocka_run_group_tests_name("shell: completion", tests, NULL, NULL);
}
