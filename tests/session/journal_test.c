/* The journal: what was made is taken back by whoever finds it, and nothing else is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "session/host/journal.h"

/* A folder of the test's own: run/ for journals, made/ for what they tell of. */
struct place {
	char folder[32], run[48], made[48];
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->folder, "/tmp/stave-test.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->run, sizeof(place->run), "%s/run", place->folder);
	snprintf(place->made, sizeof(place->made), "%s/made", place->folder);
	assert_int_equal(mkdir(place->run, 0700) | mkdir(place->made, 0700), 0);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s", place->folder);
	assert_int_equal(system(command), 0);
	free(place);
	return 0;
}

static const char *inside(const struct place *place, const char *name)
{
	static char rooms[4][512];
	static int turn;
	char *room = rooms[turn++ % 4];

	snprintf(room, sizeof(rooms[0]), "%s/%s", place->made, name);
	return room;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static struct journal *begin(const struct place *place)
{
	struct error err;
	struct journal *journal = journal_new(place->run, "test", &err);

	assert_non_null(journal);
	return journal;
}

static void identify(struct undo *undo)
{
	struct stat st;

	assert_int_equal(lstat(undo->path, &st), 0);
	undo->device = st.st_dev;
	undo->inode = st.st_ino;
}

/* Make a folder or file under the journal's eyes. */
static int record_made(struct journal *journal, enum undo_kind kind, const char *path)
{
	struct undo undo = { .kind = kind, .path = (char *)(uintptr_t)path, .parent = -1 };
	struct error err;
	int number = journal_make(journal, &undo, &err);

	assert_true(number >= 0);
	if (kind == UNDO_RMDIR)
		assert_int_equal(mkdir(path, 0700), 0);
	else
		close(open(path, O_CREAT | O_EXCL | O_WRONLY, 0600));
	identify(&undo);
	journal_made(journal, number, &undo);
	return number;
}

static size_t recover(const struct place *place, const char *told)
{
	cleanup_text struct text text = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "%s/test.journal", place->run);
	size_t done = journal_recover(path, -1, NULL, 0, &text);
	assert_string_equal(text_of(&text), told);
	assert_false(exists(path));
	return done;
}

/* The same, where something is left that has to be told of. */
static size_t recover_telling(const struct place *place)
{
	cleanup_text struct text text = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "%s/test.journal", place->run);
	size_t done = journal_recover(path, -1, NULL, 0, &text);
	assert_true(text.len > 0);
	return done;
}

static void test_the_file_is_ours_alone(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	struct error err;
	struct stat st;

	assert_int_equal(stat(journal_path(journal), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_null(journal_new(place->run, "test", &err));
	assert_int_equal(err.code, EEXIST);
	journal_free(journal, false);
	assert_false(exists(inside(place, "../run/test.journal")));
	/* A link that somebody has put there is not followed. */
	assert_int_equal(symlink(inside(place, "elsewhere"),
				 inside(place, "../run/test.journal")), 0);
	assert_null(journal_new(place->run, "test", &err));
	assert_false(exists(inside(place, "elsewhere")));
}

static void test_newest_goes_first(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);

	record_made(journal, UNDO_RMDIR, inside(place, "a"));
	record_made(journal, UNDO_RMDIR, inside(place, "a/b"));
	record_made(journal, UNDO_UNLINK, inside(place, "a/b/c"));
	journal_free(journal, true);
	assert_int_equal(recover(place, ""), 3);
	assert_false(exists(inside(place, "a")));
}

static void test_what_is_gone_is_passed_over(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);

	int a = record_made(journal, UNDO_RMDIR, inside(place, "a"));
	record_made(journal, UNDO_RMDIR, inside(place, "b"));
	journal_gone(journal, a, false);
	rmdir(inside(place, "b"));
	journal_free(journal, true);
	recover(place, "");
	assert_true(exists(inside(place, "a")));
}

/* What the file of the test's journal has behind its first line. */
static const char *lines_of(const struct journal *journal)
{
	static char text[4096];
	cleanup_fd int fd = open(journal_path(journal), O_RDONLY);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	assert_true(length > 0);
	text[length] = '\0';
	const char *end = strchr(text, '\n');
	assert_non_null(end);
	return end + 1;
}

static size_t records_of(const struct journal *journal)
{
	size_t count = 0;

	for (const char *line = lines_of(journal); *line; line = strchr(line, '\n') + 1)
		count++;
	return count;
}

static void test_what_is_known_goes_with_the_next_record_or_when_it_is_asked_for(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);

	record_made(journal, UNDO_RMDIR, inside(place, "a"));
	assert_int_equal(records_of(journal), 1);
	record_made(journal, UNDO_RMDIR, inside(place, "b"));
	assert_int_equal(records_of(journal), 3);
	journal_flush(journal);
	assert_int_equal(records_of(journal), 4);
	journal_flush(journal);
	assert_int_equal(records_of(journal), 4);
	journal_free(journal, true);
	assert_int_equal(recover(place, ""), 2);
}

static void test_what_is_unique_and_gone_goes_with_the_next_record(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);

	int a = record_made(journal, UNDO_RMDIR, inside(place, "a"));
	int b = record_made(journal, UNDO_RMDIR, inside(place, "b"));
	journal_gone(journal, a, true);
	assert_int_equal(records_of(journal), 3);
	journal_gone(journal, b, false);
	assert_int_equal(records_of(journal), 0);
	int c = record_made(journal, UNDO_RMDIR, inside(place, "c"));
	assert_int_equal(c, 0);
	journal_gone(journal, c, true);
	assert_int_equal(records_of(journal), 1);
	record_made(journal, UNDO_RMDIR, inside(place, "d"));
	journal_free(journal, true);
	assert_int_equal(recover(place, ""), 1);
	assert_true(exists(inside(place, "c")));
	assert_false(exists(inside(place, "d")));
}

static void test_odd_names_come_through(void **state)
{
	static const char *const names[] = {
		"two words", "new\nline", "back\\slash", "\x1b[31m", "\\x41", "tab\t", "-",
		"\xff\xfe", "%s%n", "make 1 rmdir 0 0 etc -",
	};
	const struct place *place = *state;
	struct journal *journal = begin(place);

	for (size_t i = 0; i < COUNT(names); i++)
		record_made(journal, UNDO_RMDIR, inside(place, names[i]));
	journal_free(journal, true);
	assert_int_equal(recover(place, ""), COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		assert_false(exists(inside(place, names[i])));
}

static void test_another_of_the_same_name_stays(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);

	record_made(journal, UNDO_RMDIR, inside(place, "a"));
	record_made(journal, UNDO_UNLINK, inside(place, "f"));
	/* The old ones are kept, so that their inodes are not given to the new. */
	rename(inside(place, "a"), inside(place, "old a"));
	rename(inside(place, "f"), inside(place, "old f"));
	mkdir(inside(place, "a"), 0700);
	assert_int_equal(symlink("old f", inside(place, "f")), 0);
	journal_free(journal, true);
	assert_int_equal(recover_telling(place), 0);
	assert_true(exists(inside(place, "a")));
	assert_true(exists(inside(place, "f")));
	assert_true(exists(inside(place, "old f")));
}

static void test_a_file_that_was_never_seen_made_stays(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	struct undo file = { .kind = UNDO_UNLINK, .parent = -1,
			     .path = (char *)(uintptr_t)inside(place, "f") };
	struct undo folder = { .kind = UNDO_RMDIR, .parent = -1,
			       .path = (char *)(uintptr_t)inside(place, "d") };
	struct error err;

	journal_make(journal, &file, &err);
	journal_make(journal, &folder, &err);
	close(open(file.path, O_CREAT | O_WRONLY, 0600));
	mkdir(folder.path, 0700);
	journal_free(journal, true);
	assert_int_equal(recover_telling(place), 1);
	assert_true(exists(file.path));
	assert_false(exists(folder.path));
}

static void test_what_somebody_uses_stays_and_is_told(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	cleanup_text struct text told = { 0 };

	record_made(journal, UNDO_RMDIR, inside(place, "a"));
	close(open(inside(place, "a/theirs"), O_CREAT | O_WRONLY, 0600));
	journal_free(journal, true);
	text_addf(&told, "rmdir %s: ENOTEMPTY: there are files in it now; it stays\n",
		  inside(place, "a"));
	assert_int_equal(recover(place, told.s), 0);
	assert_true(exists(inside(place, "a/theirs")));
}

static void test_what_could_not_be_looked_at_is_left_to_the_next_start(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	struct rlimit limit, few;

	record_made(journal, UNDO_RMTREE, inside(place, "tree"));
	unlink(inside(place, "tree"));
	assert_int_equal(mkdir(inside(place, "tree"), 0700), 0);
	struct undo undo = { .kind = UNDO_RMTREE, .path = (char *)(uintptr_t)inside(place, "tree"),
			     .parent = -1 };
	identify(&undo);
	journal_made(journal, 0, &undo);
	journal_free(journal, true);
	close(open(inside(place, "tree/file"), O_CREAT | O_WRONLY, 0600));
	int next = open("/dev/null", O_RDONLY);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = (rlim_t)next + 1;
	setrlimit(RLIMIT_NOFILE, &few);
	size_t done = recover_telling(place);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(done, 0);
	assert_true(exists(inside(place, "tree/file")));
	assert_int_equal(recover(place, ""), 1);
	assert_false(exists(inside(place, "tree")));
}

static void test_a_value_is_written_back(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	cleanup_text struct text text = { 0 };
	struct undo undo = { .kind = UNDO_WRITE, .parent = -1, .value = (char *)(uintptr_t)"-cpu",
			     .path = (char *)(uintptr_t)inside(place, "control") };
	struct error err;

	close(open(undo.path, O_CREAT | O_WRONLY, 0600));
	journal_make(journal, &undo, &err);
	undo.path = (char *)(uintptr_t)inside(place, "is gone");
	journal_make(journal, &undo, &err);
	journal_free(journal, true);
	recover(place, "");
	assert_int_equal(read_file(AT_FDCWD, inside(place, "control"), 100, &text), 0);
	assert_string_equal(text.s, "-cpu");
	assert_false(exists(inside(place, "is gone")));
}

static void test_through_a_held_folder_no_path_is_needed(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	cleanup_text struct text told = { 0 };
	struct undo undo = { .kind = UNDO_RMDIR, .path = (char *)(uintptr_t)"a", .parent = -1 };
	int parents[] = { open(place->made, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	struct error err;

	/* A relative name means nothing to whoever does not hold the folder. */
	assert_int_equal(chdir(place->made), 0);
	mkdir("a", 0700);
	journal_make(journal, &undo, &err);
	journal_free(journal, true);
	char *path = strdup(inside(place, "../run/test.journal"));
	char *copy = strdup(inside(place, "../run/copy"));
	assert_int_equal(link(path, copy), 0);
	assert_int_equal(journal_recover(path, -1, NULL, 0, &told), 0);
	assert_true(exists("a"));
	assert_true(told.len > 0);
	text_clear(&told);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(journal_recover(copy, -1, parents, 1, &told), 1);
	assert_false(exists(inside(place, "a")));
	assert_string_equal(text_of(&told), "");
	close(parents[0]);
	free(path);
	free(copy);
}

/* The kind: a record that does not say which thing was made, or which nobody can look at. */
static void test_nothing_is_removed_that_is_not_known_to_be_ours(void **state)
{
	static const enum undo_kind kinds[] = { UNDO_RMDIR, UNDO_UNLINK, UNDO_RMTREE, UNDO_UMOUNT };
	const struct place *place = *state;
	struct error err;

	close(open(inside(place, "theirs"), O_CREAT | O_WRONLY, 0600));
	mkdir(inside(place, "folder"), 0700);
	assert_int_equal(symlink("loop", inside(place, "loop")), 0);
	assert_int_equal(chdir(place->made), 0);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct undo undo = { .kind = kinds[i], .parent = -1 };
		/* Its folder was lost, and the bare name is looked up in the shell's own. */
		undo.path = (char *)(uintptr_t)(kinds[i] == UNDO_RMDIR ? "folder" : "theirs");
		assert_int_equal(undo_perform(&undo, &err), 1);
		/* It was not seen made. */
		undo.path = (char *)(uintptr_t)inside(place, "theirs");
		if (kinds[i] != UNDO_RMDIR)
			assert_int_equal(undo_perform(&undo, &err), 1);
		/* It may be there or not: ELOOP is no ENOENT. */
		undo.path = (char *)(uintptr_t)inside(place, "loop/theirs");
		undo.inode = undo.device = 1;
		assert_int_equal(undo_perform(&undo, &err), -1);
		assert_int_equal(err.code, ELOOP);
		undo.path = (char *)(uintptr_t)inside(place, "nowhere");
		assert_int_equal(undo_perform(&undo, &err), 0);
	}
	assert_int_equal(chdir("/"), 0);
	assert_true(exists(inside(place, "theirs")));
	assert_true(exists(inside(place, "folder")));
}

/* A journal of a process with a head of the test's making. Returns its path. */
static const char *write_journal(const struct place *place, const char *head, const char *made)
{
	const char *path = inside(place, "../run/other.journal");
	FILE *file = fopen(path, "w");

	fprintf(file, "stave-journal 1 %s\nmake 0 rmdir 0 0 %s -\n", head, made);
	fclose(file);
	return path;
}

static void head_of_this_process(char *boot, unsigned long long *start, unsigned long long *namespace)
{
	struct stat st;

	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

	assert_int_equal(fscanf(file, "%39s", boot), 1);
	fclose(file);
	file = fopen("/proc/self/stat", "r");
	assert_int_equal(fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d "
				      "%*d %*d %*d %*d %*d %*d %llu", start), 0 + 1);
	fclose(file);
	assert_int_equal(stat("/proc/self/ns/pid", &st), 0);
	*namespace = st.st_ino;
}

static void assert_swept(const struct place *place, const char *head, bool expected)
{
	cleanup_text struct text told = { 0 };
	const char *folder = inside(place, "swept");
	const char *path = write_journal(place, head, folder);

	mkdir(folder, 0700);
	journal_sweep(place->run, &told);
	assert_int_equal(exists(folder), !expected);
	assert_int_equal(exists(path), !expected);
	assert_string_equal(text_of(&told), expected ?
		"a session that was killed had left 1 thing behind; taken back\n" : "");
	rmdir(folder);
	unlink(path);
}

static void test_only_the_journals_of_the_dead_are_swept(void **state)
{
	const struct place *place = *state;
	char boot[40], head[128];
	unsigned long long start, namespace;

	head_of_this_process(boot, &start, &namespace);
	pid_t dead = fork();
	if (dead == 0)
		_exit(0);
	waitpid(dead, NULL, 0);

	snprintf(head, sizeof(head), "%s %d %llu %llu", boot, getpid(), start, namespace);
	assert_swept(place, head, false);
	snprintf(head, sizeof(head), "%s %d %llu %llu", boot, getpid(), start + 1, namespace); /* reused */
	assert_swept(place, head, true);
	snprintf(head, sizeof(head), "%s %d %llu %llu", boot, dead, start, namespace);
	assert_swept(place, head, true);
	snprintf(head, sizeof(head), "00000000-0000-0000-0000-000000000000 %d %llu %llu", getpid(),
		 start, namespace);
	assert_swept(place, head, true);
	/* A process of another namespace: it would hold its journal. */
	snprintf(head, sizeof(head), "%s %d %llu %llu", boot, getpid(), start, namespace + 1);
	assert_swept(place, head, true);
	/* What cannot be read is nobody's to judge. */
	assert_swept(place, "", false);
	assert_swept(place, boot, false);
	snprintf(head, sizeof(head), "%s x y", boot);
	assert_swept(place, head, false);
}

/* Numbers of another pid namespace, or of one that is not told, say nothing about who lives. */
static void test_what_is_held_or_nobodys_to_judge_is_left_alone(void **state)
{
	const struct place *place = *state;
	cleanup_text struct text told = { 0 };
	const char *folder = inside(place, "swept");
	unsigned long long start, namespace;
	char boot[40], head[128];

	head_of_this_process(boot, &start, &namespace);
	mkdir(folder, 0700);
	snprintf(head, sizeof(head), "%s 4194304 1 %llu", boot, namespace + 1);
	const char *path = write_journal(place, head, folder);
	int held = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(held, LOCK_EX), 0);
	journal_sweep(place->run, &told);
	assert_true(exists(folder) && exists(path));
	assert_string_equal(text_of(&told), "");
	close(held);

	snprintf(head, sizeof(head), "%s %d %llu", boot, getpid(), start); /* of a namespace that is not told */
	path = write_journal(place, head, folder);
	journal_sweep(place->run, &told);
	assert_true(exists(folder) && exists(path));
	assert_non_null(strstr(text_of(&told), "other.journal"));
	unlink(path);
}

/* What the kernel keeps died with the machine: only files are left to take back. */
static void test_another_boot_left_only_files(void **state)
{
	const struct place *place = *state;
	const char *control = inside(place, "control"), *folder = inside(place, "folder");
	cleanup_text struct text told = { 0 }, text = { 0 };
	FILE *file = fopen(inside(place, "../run/other.journal"), "w");

	fprintf(file, "stave-journal 1 00000000-0000-0000-0000-000000000000 1 1\n"
		"make 0 rmdir 0 0 %s -\nmake 1 write 0 0 %s old\n", folder, control);
	fclose(file);
	mkdir(folder, 0700);
	close(open(control, O_CREAT | O_WRONLY, 0600));
	journal_sweep(place->run, &told);
	assert_false(exists(folder));
	assert_int_equal(read_file(AT_FDCWD, control, 100, &text), 0);
	assert_int_equal(text.len, 0);
}

static void test_many_killed_sessions_are_one_line(void **state)
{
	enum { SESSIONS = 50 };
	const struct place *place = *state;
	cleanup_text struct text told = { 0 };
	size_t lines = 0;

	for (int i = 0; i < SESSIONS; i++) {
		char name[64];
		snprintf(name, sizeof(name), "../run/%d.journal", i);
		FILE *file = fopen(inside(place, name), "w");
		snprintf(name, sizeof(name), "of%d", i);
		fprintf(file, "stave-journal 1 00000000-0000-0000-0000-000000000000 1 1\nmake 0 rmdir 0 0 %s -\n", inside(place, name));
		fclose(file);
		mkdir(inside(place, name), 0700);
	}
	journal_sweep(place->run, &told);
	for (const char *s = text_of(&told); *s; s++)
		lines += *s == '\n';
	assert_int_equal(lines, 1);
	assert_non_null(strstr(text_of(&told), "50"));
	assert_false(exists(inside(place, "of0")) || exists(inside(place, "of49")));
}

static void test_a_living_sessions_own_journal_is_not_swept(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	cleanup_text struct text told = { 0 };

	record_made(journal, UNDO_RMDIR, inside(place, "a"));
	journal_sweep(place->run, &told);
	assert_true(exists(inside(place, "a")));
	assert_true(exists(journal_path(journal)));
	journal_free(journal, false);
}

/* None of these is a journal, and none makes the sweep wait or follow. */
static void test_odd_files_are_left_alone(void **state)
{
	const struct place *place = *state;
	cleanup_text struct text told = { 0 };

	mkfifo(inside(place, "../run/fifo.journal"), 0600);
	mkdir(inside(place, "../run/folder.journal"), 0700);
	assert_int_equal(symlink("/proc/self/environ", inside(place, "../run/link.journal")), 0);
	assert_int_equal(symlink(".", inside(place, "../run/loop.journal")), 0);
	FILE *file = fopen(inside(place, "../run/garbage.journal"), "w");
	for (int i = 0; i < 10000; i++)
		fputc(i * 7919 % 256, file);
	fclose(file);
	file = fopen(inside(place, "../run/notes"), "w");
	fputs("stave-journal 1 x 1 1\n", file);
	fclose(file);
	journal_sweep(place->run, &told);
	journal_sweep(inside(place, "nowhere"), &told);
	assert_string_equal(text_of(&told), "");
	assert_true(exists(inside(place, "../run/fifo.journal")));
	assert_true(exists(inside(place, "../run/folder.journal")));
	assert_true(exists(inside(place, "../run/link.journal")));
	assert_true(exists(inside(place, "../run/notes")));
}

/* A write that was cut short, at every byte: nothing but what the journal names is touched. */
static void test_a_journal_cut_anywhere(void **state)
{
	const struct place *place = *state;
	struct journal *journal = begin(place);
	cleanup_text struct text whole = { 0 };

	record_made(journal, UNDO_RMDIR, inside(place, "ab"));
	record_made(journal, UNDO_RMDIR, inside(place, "abcd"));
	assert_int_equal(read_file(AT_FDCWD, journal_path(journal), 1 << 16, &whole), 0);
	journal_free(journal, false);
	/* Shorter names than those that were made. */
	mkdir(inside(place, "a"), 0700);
	mkdir(inside(place, "abc"), 0700);
	for (size_t length = 0; length <= whole.len; length++) {
		int fd = open(inside(place, "../run/test.journal"), O_CREAT | O_WRONLY, 0600);
		assert_int_equal(write_fd(fd, whole.s, length), 0);
		close(fd);
		recover(place, "");
		assert_true(exists(inside(place, "a")));
		assert_true(exists(inside(place, "abc")));
	}
	assert_false(exists(inside(place, "ab")));
	assert_false(exists(inside(place, "abcd")));
}

static void test_numbers_beyond_reason_are_ignored(void **state)
{
	const struct place *place = *state;
	FILE *file = fopen(inside(place, "../run/test.journal"), "w");

	fprintf(file, "stave-journal 1 x 1 1\nmake 99999999999 rmdir 0 0 %s -\n"
		"make -1 rmdir 0 0 %s -\ngone 4711\nmake 0 nothing 0 0 %s -\nmake 1 rmdir\n",
		place->made, place->made, place->made);
	fclose(file);
	assert_int_equal(recover(place, ""), 0);
	assert_true(exists(place->made));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_the_file_is_ours_alone),
		TEST(test_newest_goes_first),
		TEST(test_what_is_gone_is_passed_over),
		TEST(test_what_is_known_goes_with_the_next_record_or_when_it_is_asked_for),
		TEST(test_what_is_unique_and_gone_goes_with_the_next_record),
		TEST(test_odd_names_come_through),
		TEST(test_another_of_the_same_name_stays),
		TEST(test_a_file_that_was_never_seen_made_stays),
		TEST(test_what_somebody_uses_stays_and_is_told),
		TEST(test_what_could_not_be_looked_at_is_left_to_the_next_start),
		TEST(test_a_value_is_written_back),
		TEST(test_through_a_held_folder_no_path_is_needed),
		TEST(test_nothing_is_removed_that_is_not_known_to_be_ours),
		TEST(test_only_the_journals_of_the_dead_are_swept),
		TEST(test_what_is_held_or_nobodys_to_judge_is_left_alone),
		TEST(test_another_boot_left_only_files),
		TEST(test_many_killed_sessions_are_one_line),
		TEST(test_a_living_sessions_own_journal_is_not_swept),
		TEST(test_odd_files_are_left_alone),
		TEST(test_a_journal_cut_anywhere),
		TEST(test_numbers_beyond_reason_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
