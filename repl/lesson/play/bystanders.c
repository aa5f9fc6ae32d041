#include "lesson/play/bystanders.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "session/session.h"
#include "words/language/words.h"

enum { MOST = 512, MOMENT_MS = 100, SETTLED = 60 /* s */, NAME = 16 /* a number and its NUL */ };

/* One that began a moment ago may as well end by itself. */
static bool is_settled(int proc, const char *name)
{
	struct process_stat stat;
	struct timespec now;

	return process_stat_read(proc, name, &stat) == 0 && clock_gettime(CLOCK_BOOTTIME, &now) == 0 &&
	       (uint64_t)now.tv_sec >= stat.start / (uint64_t)sysconf(_SC_CLK_TCK) + SETTLED;
}

static bool is_users(int proc, const char *name)
{
	struct stat stat;
	char path[NAME + sizeof("/exe")];
	char first;

	snprintf(path, sizeof(path), "%.*s/exe", NAME, name);
	/* A kernel thread executes no file. */
	return fstatat(proc, name, &stat, 0) == 0 && stat.st_uid == geteuid() &&
	       readlinkat(proc, path, &first, 1) > 0;
}

/* Whether family is among it and its parents. They come and go meanwhile: who has none any more descends from
 * nobody. */
static bool descends(int proc, pid_t pid, pid_t family)
{
	enum { GENERATIONS = 64 };
	struct process_stat stat = { .parent = pid };
	char name[NAME];

	for (int i = 0; i < GENERATIONS && stat.parent > 0; i++) {
		if (stat.parent == family)
			return true;
		snprintf(name, sizeof(name), "%d", stat.parent);
		if (process_stat_read(proc, name, &stat) < 0)
			return false;
	}
	return false;
}

static void add(struct bystanders *ret, int proc, const char *name, pid_t family)
{
	cleanup_text struct text comm = { 0 };
	struct bystander one = { .pid = (pid_t)atoi(name) };
	char path[NAME + sizeof("/comm")];

	if (!is_users(proc, name) || !is_settled(proc, name) || descends(proc, one.pid, family))
		return;
	snprintf(path, sizeof(path), "%.*s/comm", NAME, name);
	one.pidfd = sys_pidfd_open(one.pid);
	if (one.pidfd < 0)
		return;
	if (read_file(proc, path, sizeof(one.name), &comm) == 0)
		snprintf(one.name, sizeof(one.name), "%.*s", (int)strcspn(text_of(&comm), "\n"), text_of(&comm));
	LIST_ROOM(ret->list, ret->count, ret->room);
	ret->list[ret->count++] = one;
}

void bystanders_take(pid_t family, struct bystanders *ret)
{
	int proc = proc_root();
	DIR *folder = proc < 0 ? NULL : fdopendir(openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	*ret = (struct bystanders){ 0 };
	for (struct dirent *entry; folder && ret->count < MOST && (entry = readdir(folder));)
		if (!entry->d_name[strspn(entry->d_name, "0123456789")])
			add(ret, proc, entry->d_name, family);
	if (folder)
		closedir(folder);
}

void bystanders_done(struct bystanders *bystanders)
{
	for (size_t i = 0; i < bystanders->count; i++)
		close(bystanders->list[i].pidfd);
	free(bystanders->list);
	*bystanders = (struct bystanders){ 0 };
}

/* A pidfd is readable once its process has ended. pidfd_open(2). */
static size_t note(struct bystanders *bystanders, int wait_ms, struct text *ret)
{
	struct pollfd *polled = calloc(bystanders->count + 1, sizeof(*polled));
	size_t count = 0;

	if (!polled)
		out_of_memory();
	for (size_t i = 0; i < bystanders->count; i++)
		polled[i] = (struct pollfd){ bystanders->list[i].ended ? -1 : bystanders->list[i].pidfd, POLLIN, 0 };
	poll(polled, bystanders->count, wait_ms);
	for (size_t i = 0; i < bystanders->count; i++) {
		struct bystander *one = &bystanders->list[i];
		if (!polled[i].revents)
			continue;
		one->ended = true;
		if (ret)
			text_addf(ret, "%s%d (%s)", ret->len ? ", " : "", one->pid, vis(one->name));
		count++;
	}
	free(polled);
	return count;
}

void bystanders_look(struct bystanders *bystanders)
{
	note(bystanders, 0, NULL);
}

/* Whether one of its statements runs a program that is told to kill: what the shell's own words end is theirs. */
static bool runs_kill(const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error unused;
	size_t count;
	bool ret = false;

	if (words_split(line, strlen(line), &arena, &list, &count, &unused) < 0)
		return false;
	for (size_t i = 0; i < count && !ret; i++) {
		size_t first = list[i].words[0].s[0] == '@' && list[i].count > 1;
		const struct command *command = command_find(&list[i].words[first], &unused);
		for (size_t n = first + 1; command && command->group == GROUP_RUNNING && n < list[i].count; n++)
			ret = ret || strstr(list[i].words[n].s, "kill");
	}
	return ret;
}

size_t bystanders_ended(struct bystanders *bystanders, const struct session *session, const char *line,
			struct text *ret)
{
	if (!runs_kill(line) || ns_own(&session->at->now, &session->host, NS_PID))
		return 0;
	size_t count = note(bystanders, MOMENT_MS, ret);
	/* The first to end need not be the one that the line has ended, whose turn comes in the same moment. */
	if (count) {
		poll(NULL, 0, MOMENT_MS);
		count += note(bystanders, 0, ret);
	}
	return count;
}
