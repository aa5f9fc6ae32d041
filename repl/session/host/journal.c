#include "session/host/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "session/host/identity.h"
#include "session/host/records.h"

enum { PATIENCE = 5000 /* ms for the lock of one that another session looks at */ };

struct journal {
	char *path;
	int fd;
	int next;
	size_t standing;     /* records that are not gone */
	size_t head;         /* bytes of the first line */
	struct text waiting; /* lines that go with the next that is written */
	bool known;          /* one of them tells what was made */
	int over;            /* so many records of the file are gone, all of them, and it is to be emptied first */
};

static void write_waiting(struct journal *journal)
{
	cleanup_text struct text lines = { 0 };

	if (journal->over && ftruncate(journal->fd, (off_t)journal->head) < 0)
		for (int i = 0; i < journal->over; i++)
			text_addf(&lines, "gone %d\n", i);
	text_addn(&lines, text_of(&journal->waiting), journal->waiting.len);
	journal->over = 0;
	journal->known = false;
	text_clear(&journal->waiting);
	if (lines.len && write_fd(journal->fd, text_of(&lines), lines.len) < 0)
		return; /* a full tmpfs: the session still takes everything back itself */
}

/* With nothing left to take back the file is to be emptied, and numbers begin from 0 again. */
static void begin_anew(struct journal *journal)
{
	if (journal->over < journal->next)
		journal->over = journal->next;
	journal->next = 0;
	journal->known = false;
	text_clear(&journal->waiting);
}

/* A file of this name that is held: nobody sweeps it then, whatever is in it. Another session that looks
 * holds one for a moment, and takes it away if it is empty. -1 with errno set. */
static int create(const char *path)
{
	struct stat st;

	for (;;) {
		cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC |
					 O_NOFOLLOW, 0600);
		if (fd < 0 || await_lock(fd, LOCK_EX, PATIENCE) < 0 || fstat(fd, &st) < 0)
			return -1;
		if (st.st_nlink > 0)
			return steal_fd(&fd);
	}
}

struct journal *journal_new(const char *folder, const char *name, struct error *err)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	cleanup_text struct text line = { 0 }, path = { 0 };
	struct identity own;

	if (!journal)
		out_of_memory();
	text_addf(&path, "%s/%s.journal", folder, name);
	journal->path = steal_ptr(&path.s);
	journal->fd = create(journal->path);
	if (journal->fd < 0) {
		fail(err, errno, "open %s", vis(journal->path));
		free(journal->path);
		free(journal);
		return NULL;
	}
	identity_own(&own);
	text_addf(&line, "stave-journal 1 %s %d %" PRIu64 " %" PRIu64 "\n", own.boot, own.pid,
		  own.start, own.namespace);
	journal->head = line.len;
	if (write_fd(journal->fd, text_of(&line), line.len) < 0) {
		fail(err, errno, "write %s", vis(journal->path));
		fail_why(err, "Stave records what it will make on the host before it makes it, so that "
			      "it can be taken back");
		journal_free(journal, false);
		return NULL;
	}
	return journal;
}

static void add_word(struct text *line, const char *s)
{
	const char *p = s && *s ? s : "-";

	for (;;) {
		size_t plain = 0;
		while ((unsigned char)p[plain] > ' ' && p[plain] != '\\' && p[plain] != 0x7f)
			plain++;
		text_addn(line, p, plain);
		p += plain;
		if (!*p)
			return;
		text_addf(line, "\\x%02x", (unsigned char)*p++);
	}
}

static void add_make(struct journal *journal, int number, const struct undo *undo)
{
	struct text *line = &journal->waiting;

	text_addf(line, "make %d %s %" PRIu64 " %" PRIu64 " ", number, undo_name(undo->kind),
		  undo->device, undo->inode);
	add_word(line, undo->path);
	text_add(line, " ");
	add_word(line, undo->value);
	text_add(line, "\n");
}

int journal_make(struct journal *journal, const struct undo *undo, struct error *err)
{
	(void)err;
	add_make(journal, journal->next, undo);
	write_waiting(journal);
	journal->standing++;
	return journal->next++;
}

void journal_made(struct journal *journal, int number, const struct undo *undo)
{
	add_make(journal, number, undo);
	journal->known = true;
}

void journal_flush(struct journal *journal)
{
	if (journal && journal->known)
		write_waiting(journal);
}

void journal_gone(struct journal *journal, int number, bool unique)
{
	if (journal->standing && --journal->standing == 0)
		begin_anew(journal);
	else
		text_addf(&journal->waiting, "gone %d\n", number);
	if (!unique)
		write_waiting(journal);
}

void journal_free(struct journal *journal, bool keep)
{
	if (!journal)
		return;
	if (!keep)
		unlink(journal->path);
	else
		write_waiting(journal);
	close(journal->fd);
	text_done(&journal->waiting);
	free(journal->path);
	free(journal);
}

const char *journal_path(const struct journal *journal)
{
	return journal->path;
}

int journal_open(const char *path)
{
	return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Returns how many things were taken back. *failed: how many the next start has to try again;
 * records of what is settled are emptied. */
static size_t take_back(struct records *records, const int *parents, size_t parent_count,
			const struct identity *of, size_t *failed, struct text *told)
{
	struct identity own;
	size_t done = 0;

	identity_own(&own);
	bool this_boot = strcmp(of->boot, own.boot) == 0;
	*failed = 0;

	for (size_t i = records->count; i-- > 0;) {
		struct undo *undo = &records->list[i].undo;
		size_t number = records->list[i].number;
		struct error err;
		if (undo->kind == UNDO_NONE || (!this_boot && !undo_info(undo->kind)->outlives_boot))
			continue;
		undo->parent = parents && number < parent_count ? parents[number] : -1;
		undo->spares = of->namespace != own.namespace;
		int left = undo_perform(undo, &err);
		if (left)
			undo_tell(&err, told);
		else
			done++;
		undo->parent = -1;
		if (left < 0 && (errno_may_pass(err.code) ||
				 (undo->spares && undo_info(undo->kind)->has_processes)))
			++*failed;
		else
			undo_done(undo);
	}
	return done;
}

/* What is settled must not be looked for again: its name may be another's by then. */
static void keep_failed(const char *path, const struct records *records)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	cleanup_text struct text lines = { 0 };

	for (size_t i = 0; i < records->count; i++)
		if (records->list[i].undo.kind == UNDO_NONE)
			text_addf(&lines, "gone %zu\n", records->list[i].number);
	if (fd < 0 || write_fd(fd, text_of(&lines), lines.len) < 0)
		return; /* all records stay then; those of things that are gone find nothing */
}

size_t journal_recover(const char *path, int opened, const int *parents, size_t parent_count,
		       struct text *told)
{
	cleanup_fd int fd = opened < 0 ? journal_open(path) : opened;
	struct records records;
	struct identity of;
	size_t done = 0, failed = 0;

	if (records_read(fd, &records, &of))
		done = take_back(&records, parents, parent_count, &of, &failed, told);
	if (failed)
		keep_failed(path, &records);
	else
		unlink(path);
	records_done(&records);
	return done;
}

static bool is_empty(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size == 0 && st->st_uid == geteuid();
}

/* Whether the session of this journal is gone; fd, its file, is held then. A living one holds it, in whatever
 * pid namespace and time namespace it is. What does not say whose pid it names is left alone. */
static bool is_stale(const char *path, int fd, struct text *told)
{
	struct records records;
	struct identity of;
	struct stat st;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0)
		return false;
	if (is_empty(&st)) /* One that was never begun records nothing. */
		return true;
	bool read = records_read(fd, &records, &of);
	records_done(&records);
	if (!read)
		return false;
	switch (identity_standing(&of)) {
	case STANDING_LIVES:
		return false;
	case STANDING_GONE:
	case STANDING_ELSEWHERE: /* nobody holds its journal */
		return true;
	case STANDING_UNKNOWN:
		/* Told once: that a journal may not be written any more marks those that were. */
		if (!(st.st_mode & 0200))
			return false;
		fchmod(fd, 0400);
		text_sayf(told, "%s is left alone: it does not say of which pid namespace process %d is; "
			  "remove it if that session has ended\n", vis(path), of.pid);
		return false;
	}
	return false;
}

/* The next name of a journal in dir, NULL after the last. */
static const char *next_journal(DIR *dir)
{
	static const char end[] = ".journal";
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);
		if (length > sizeof(end) - 1 && strcmp(entry->d_name + length - (sizeof(end) - 1), end) == 0)
			return entry->d_name;
	}
	return NULL;
}

static void tell_swept(size_t sessions, size_t things, struct text *told)
{
	if (sessions > 1)
		text_sayf(told, "%zu sessions that were killed had left %zu things behind; taken back\n", sessions, things);
	else if (sessions)
		text_addf(told, message_of(things, "a session that was killed had left %zu thing behind; taken back\n",
					   "a session that was killed had left %zu things behind; taken back\n"),
			  things);
}

void journal_sweep(const char *folder, struct text *told)
{
	DIR *dir = opendir(folder);
	size_t sessions = 0, things = 0;
	const char *name;

	while (dir && (name = next_journal(dir))) {
		char path[PATH_MAX];
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		cleanup_fd int fd = journal_open(path);
		if (!is_stale(path, fd, told))
			continue;
		size_t done = journal_recover(path, steal_fd(&fd), NULL, 0, told);
		/* What one that ended well could not take back may have stayed. */
		sessions += done > 0;
		things += done;
	}
	if (dir)
		closedir(dir);
	tell_swept(sessions, things, told);
}

void journal_others(const char *folder, const char *name, struct text *ret)
{
	DIR *dir = opendir(folder);
	const char *file;
	struct identity of;

	while (dir && (file = next_journal(dir))) {
		char path[PATH_MAX];
		struct records records;
		snprintf(path, sizeof(path), "%s/%s", folder, file);
		if (strncmp(file, name, strlen(name)) == 0 && strcmp(file + strlen(name), ".journal") == 0)
			continue;
		cleanup_fd int fd = journal_open(path);
		records_read(fd, &records, &of);
		for (size_t i = 0; i < records.count; i++) {
			const char *made = records.list[i].undo.path;
			if (!made)
				continue;
			text_add_visible(ret, made, strlen(made));
			text_add(ret, "\n");
		}
		records_done(&records);
	}
	if (dir)
		closedir(dir);
}
