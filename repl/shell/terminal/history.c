#include "shell/terminal/history.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/file/state.h"
#include "base/file/writer.h"

enum { PATIENCE = 5000 /* ms for the lock */ };
enum { LINES = 10000, SURPLUS = 1000, FILE_BYTES = 64 * 1024 * 1024, LONGEST = 64 * 1024 };

/* readline's own list is as global as this is. */
static struct {
	int folder;      /* of the file, -1 when nothing is kept */
	bool loaded, told; /* told: that it is not kept */
	size_t in_file;  /* lines, as of the loading and what was appended since */
} kept = { .folder = -1 };

static const char name[] = "history";

bool history_open(void)
{
	kept.folder = state_folder();
	return kept.folder >= 0 && faccessat(kept.folder, name, F_OK, 0) == 0;
}

/* Open the file: an ordinary one of our own, for nobody else to read. A link in a folder of our own
 * is our own, and leads to where the file is kept. */
static int open_file(int flags)
{
	cleanup_fd int fd = openat(kept.folder, name,
				   flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink > 1) {
		errno = EPERM; /* not this user's file, or one with other names: another may read it there */
		return -1;
	}
	if ((st.st_mode & 077) && fchmod(fd, 0600) < 0)
		return -1;
	return steal_fd(&fd);
}

/* The file, locked. Another shell may have put a shorter one in its place while we waited: then
 * what is locked has no name any more. */
static int open_locked(int flags)
{
	struct stat st;

	for (int tries = 0; tries < 8; tries++) {
		cleanup_fd int fd = open_file(flags);
		if (fd < 0 || await_lock(fd, LOCK_EX, PATIENCE) < 0)
			return -1;
		if (fstat(fd, &st) == 0 && st.st_nlink == 1)
			return steal_fd(&fd);
	}
	return -1;
}

/* In the file, the lines of an entry that has several stand in one, with ASCII's record separator
 * between them, which no line can have. */
enum { BETWEEN = 0x1e };

static void take_line(const char *s, size_t length)
{
	cleanup_free char *line = text_copyn(s, length);

	for (char *p = line; (p = strchr(p, BETWEEN)); p++)
		*p = '\n';
	if (length && strlen(line) == length)
		add_history(line);
	kept.in_file++;
}

void history_load(void)
{
	cleanup_text struct text text = { 0 };

	if (kept.loaded)
		return;
	kept.loaded = true;
	stifle_history(LINES);
	cleanup_fd int fd = kept.folder < 0 ? -1 : open_file(O_RDONLY);
	if (fd < 0 || read_fd(fd, FILE_BYTES, &text) < 0)
		return;
	for (const char *s = text_of(&text); *s;) {
		size_t length = strcspn(s, "\n");
		take_line(s, length);
		s += length + (s[length] == '\n');
	}
	/* readline may be in a line already: it is to stand after the last entry. */
	using_history();
}

static int append(const char *line)
{
	cleanup_text struct text text = { 0 };

	cleanup_fd int fd = open_locked(O_WRONLY | O_APPEND | O_CREAT);
	if (fd < 0)
		return -1;
	text_add(&text, line);
	for (char *p = text.s; (p = strchr(p, '\n')); p++)
		*p = BETWEEN;
	text_add(&text, "\n");
	if (write_fd(fd, text.s, text.len) < 0)
		return -1;
	kept.in_file++;
	return 0;
}

int history_add(const char *line, struct error *err)
{
	HIST_ENTRY *last;

	history_load();
	last = history_length ? history_get(history_base + history_length - 1) : NULL;
	if (!line[strspn(line, " \t")] || strlen(line) > LONGEST || (last && strcmp(last->line, line) == 0))
		return 0;
	add_history(line);
	if (kept.folder < 0 || append(line) == 0 || kept.told)
		return 0;
	kept.told = true;
	fail(err, errno, "the history is not kept: open %s/%s", "stave", name);
	return errno == EPERM ? fail_why(err, "it must be a regular file of yours with no other "
					      "name") : -1;
}

/* The end of the text that holds its last n lines. */
static const char *last_lines(const struct text *text, size_t n)
{
	const char *s = text->s + text->len;

	while (s > text->s)
		if (*--s == '\n' && n-- == 0)
			return s + 1;
	return s;
}

void history_close(void)
{
	cleanup_text struct text text = { 0 };

	if (kept.folder < 0)
		return;
	if (kept.in_file > LINES + SURPLUS) {
		cleanup_fd int fd = open_locked(O_RDWR);
		if (fd >= 0 && read_fd(fd, FILE_BYTES, &text) == 0 && text.len) {
			const char *from = last_lines(&text, LINES);
			struct error ignored; /* it stays as long as it was */
			write_whole(kept.folder, name, 0600, from,
				    text.len - (size_t)(from - text.s), &ignored);
		}
	}
	close(steal_fd(&kept.folder));
}

void history_show(size_t n, struct text *ret)
{
	int from = history_length > (int)n ? history_length - (int)n : 0;

	for (int i = from; i < history_length; i++) {
		const HIST_ENTRY *entry = history_get(history_base + i);
		if (!entry)
			continue;
		text_addf(ret, "%6d  ", history_base + i);
		text_add_prose(ret, entry->line, strlen(entry->line));
		text_add(ret, "\n");
	}
}
