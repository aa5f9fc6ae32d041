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

#include "base/fd.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/lines/complete.h"
#include "words/language/command.h"

#define complain(format, ...) \
	do { \
		print_error(format "\n", ##__VA_ARGS__); \
		assert_true(false); \
	} while (0)

/* The candidates for a line, parted by blanks. pid 0: the host's files. */
static void offers(const char *line, pid_t pid, const char *expected)
{
	static struct session session;
	struct candidates candidates;
	cleanup_text struct text found = { 0 };

	/* That there is a child is all that is asked of it. */
	session.at = &session.first;
	session.at->child = pid ? (struct child *)&session : NULL;
	session.at->now.pid = pid;
	complete(line, strlen(line), &session, &candidates);
	for (size_t i = 0; i < candidates.count; i++)
		text_addf(&found, "%s%s", i ? " " : "", candidates.list[i].word);
	candidates_done(&candidates);
	assert_string_equal(text_of(&found), expected);
}

static size_t count_of(const char *line)
{
	struct candidates candidates;

	complete(line, strlen(line), NULL, &candidates);
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
	complete(line, strlen(line), NULL, &candidates);
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

static void test_choices(void **state)
{
	(void)state;
	offers("container --net ", 0, "bridge host none world");
	offers("container --without k", 0, "keyring");
	offers("unshare mnt --propagation un", 0, "unchanged");
	offers("union --type ", 0, "aufs overlay");
	offers("lesson --lang ", 0, "en zh");
	offers("caps drop --set b", 0, "bounding");
	offers("set show ", 0, "auto changes full");
	offers("set quiet ", 0, "off on");
	offers("cgroup fr", 0, "freeze");
	offers("cgroup idle ", 0, "off on");
	offers("cgroup freeze ", 0, "");
	offers("cgroup memory 64M --", 0, "--high --oom-group --swap");
	offers("cgroup pids 20 --", 0, "");
	offers("volume prune --", 0, "--all --force");
	offers("image im", 0, "import");
	/* What a switch may have behind it. */
	offers("container --userns", 0, "--userns --userns=auto");
}

static void test_predicates(void **state)
{
	(void)state;
	offers("check ho", 0, "host hostname");
	offers("check ns u", 0, "user uts");
	offers("check ns pid ", 0, "host own owned shared");
	offers("check ns pid own and seccomp ", 0, "docker filter off");
	offers("check caps only chown net_ra", 0, "net_raw");
	offers("check call unsha", 0, "unshare");
	offers("check image bus", 0, "busybox");
	offers("check image x sha", 0, "shares");
	offers("check nonewprivs ", 0, "");
}

static bool is_offered(const char *line, const char *word)
{
	struct candidates candidates;
	bool found = false;

	complete(line, strlen(line), NULL, &candidates);
	for (size_t i = 0; i < candidates.count; i++)
		found = found || strcmp(candidates.list[i].word, word) == 0;
	candidates_done(&candidates);
	return found;
}

/* Each choice behind line, and what may follow it. */
static void all_offered(const char *line, const struct choice *choices)
{
	for (const struct choice *choice = choices; choice && choice->name; choice++) {
		cleanup_text struct text longer = { 0 };
		if (!is_offered(line, choice->name))
			complain("%s: %s is not offered", line, choice->name);
		text_addf(&longer, "%s%s ", line, choice->name);
		if (choice->args)
			all_offered(text_of(&longer), choice->args->choices);
	}
}

static void test_every_choice_of_the_vocabulary_is_offered(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = commands[i];
		cleanup_text struct text line = { 0 };
		text_addf(&line, "%s ", command->name);
		if (command->args)
			all_offered(text_of(&line), command->args->choices);
		for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++) {
			text_clear(&line);
			text_addf(&line, "%s %s ", command->name, flag->name);
			if (flag->value)
				all_offered(text_of(&line), flag->choices);
		}
	}
}

static void make(int at, const char *folder, const char *file)
{
	assert_int_equal(mkdirat(at, folder, 0755), 0);
	if (file)
		close(openat(at, file, O_WRONLY | O_CREAT, 0755));
}

/* A folder as an image: what a container of it will have, not what the host has. */
static void test_what_an_image_has(void **state)
{
	char folder[] = "/tmp/stave-complete.XXXXXX";
	cleanup_text struct text line = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	int at = open(folder, O_RDONLY | O_DIRECTORY);
	make(at, "bin", "bin/tool");
	make(at, "data", "data/file");
	static const struct { const char *line, *expected; } rows[] = {
		{ "container --image %s -- to", "tool" },
		{ "container --image %s to", "tool" },
		{ "container -it --image %s -- tool /data/f", "/data/file" },
		{ "container --image %s -- /", "/bin/ /data/" },
		{ "container --image %s -v /srv:/d", "/srv:/data/" },
		{ "container --image %s -w /b", "/bin/" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *slot = strstr(rows[i].line, "%s");
		text_clear(&line);
		text_addn(&line, rows[i].line, (size_t)(slot - rows[i].line));
		text_addf(&line, "%s%s", folder, slot + 2);
		offers(text_of(&line), 0, rows[i].expected);
	}
	offers("container --image busy", 0, "busybox");
	offers("rootfs busy", 0, "busybox");
	unlinkat(at, "bin/tool", 0);
	unlinkat(at, "bin", AT_REMOVEDIR);
	unlinkat(at, "data/file", 0);
	unlinkat(at, "data", AT_REMOVEDIR);
	close(at);
	rmdir(folder);
}

static void test_the_hosts_shell(void **state)
{
	char folder[] = "/tmp/stave-complete.XXXXXX";
	cleanup_text struct text line = { 0 }, expected = { 0 };
	const char *path = getenv("PATH");
	cleanup_free char *was = strdup(path ? path : "");

	(void)state;
	assert_non_null(mkdtemp(folder));
	int at = open(folder, O_RDONLY | O_DIRECTORY);
	close(openat(at, "program", O_WRONLY | O_CREAT, 0755));
	setenv("PATH", folder, 1);
	offers("!pro", 0, "program");
	offers("! pro", 0, "program");
	offers("!ls 'a|b' | pro", 0, "program");
	offers("!ls 'a| pro", 0, "");
	text_addf(&line, "!cat <%s/pro", folder);
	text_addf(&expected, "%s/program", folder);
	offers(text_of(&line), 0, text_of(&expected));
	setenv("PATH", was, 1);
	unlinkat(at, "program", 0);
	close(at);
	rmdir(folder);
}

static void test_jobs_come_before_all_processes(void **state)
{
	struct job jobs[] = {
		{ .number = 1, .label = (char *)(uintptr_t)"box", .program.pid = 11 },
		{ .number = 2, .label = (char *)(uintptr_t)"spawn sleep 9", .program.pid = 12 },
		{ .number = 3, .label = (char *)(uintptr_t)"gone", .ended = true },
	};
	struct session session = { .at = &session.first, .jobs = jobs, .job_count = 3 };
	static const struct { const char *line, *expected; } rows[] = {
		{ "kill ", "%1 %2 box" }, { "exec ", "12 box" }, { "exec b", "box" }, { "setns ", "12 box" }, { "fg ", "%1 %2 box" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct candidates candidates;
		cleanup_text struct text found = { 0 };
		complete(rows[i].line, strlen(rows[i].line), &session, &candidates);
		for (size_t n = 0; n < candidates.count; n++)
			text_addf(&found, "%s%s", n ? " " : "", candidates.list[n].word);
		candidates_done(&candidates);
		assert_string_equal(text_of(&found), rows[i].expected);
	}
	assert_true(count_of("kill ") > 1);
}

static void test_every_place(void **state)
{
	(void)state;
	offers("mount tmpf", 0, "tmpfs");
	offers("mount pro", 0, "proc");
	offers("container --without ro", 0, "root");
	offers("container --without root --without u", 0, "uts");
	offers("unshare mnt --propagation sl", 0, "slave");
	offers("lesson 1 --lang z", 0, "zh");
	offers("set show f", 0, "full");
	offers("check ns n", 0, "net");
	offers("check ns uts hos", 0, "host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_an_image_has),
		cmocka_unit_test(test_the_hosts_shell),
		cmocka_unit_test(test_jobs_come_before_all_processes),
		cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_words_of_the_shell),
		cmocka_unit_test(test_pids),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_predicates),
		cmocka_unit_test(test_every_choice_of_the_vocabulary_is_offered),
	};

	return cmocka_run_group_tests_name("shell: completion", tests, NULL, NULL);
}
