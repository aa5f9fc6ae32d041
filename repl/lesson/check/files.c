/* What is asked of files, by paths as the process sees them. */
#include "lesson/check/predicates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "snapshot/look.h"

enum { FILE_MOST = 1 << 20 };

static const char *kind_of(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return _("a folder");
	if (S_ISREG(st->st_mode))
		return _("a file");
	if (S_ISLNK(st->st_mode))
		return _("a symbolic link");
	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0))
		return _("a character device 0:0, a whiteout");
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? _("a device") : _("a pipe or socket");
}

/* lstat(2), or stat(2), of a path of the child's; false where there is nothing, which is said. */
static bool look_at(const struct asked *asked, const char *path, bool nofollow,
		    struct stat *st, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };

	if (look_stat(asked->reading->pid, look_absolute(asked->reading, path, &arena), nofollow,
		      st) < 0) {
		text_sayf(saw, errno == ENOENT ? "there is no %s" : "%s cannot be read",
			  vis(path));
		return false;
	}
	text_sayf(saw, "%s is %s", vis(path), kind_of(st));
	return true;
}

/* The kinds that a predicate can name. */
static bool is_kind(const char *word, const struct stat *st)
{
	static const struct { const char *word; mode_t type; } kinds[] = {
		{ "folder", S_IFDIR }, { "regular", S_IFREG }, { "link", S_IFLNK },
		{ "pipe", S_IFIFO }, { "socket", S_IFSOCK }, { "executable", S_IFREG },
	};

	if (strcmp(word, "whiteout") == 0)
		return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
	if (strcmp(word, "device") == 0)
		return (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) && st->st_rdev;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(word, kinds[i].word) == 0)
			return (st->st_mode & S_IFMT) == kinds[i].type &&
			       (strcmp(word, "executable") != 0 || (st->st_mode & 0111));
	return false;
}

bool predicate_file(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct stat st;
	bool there = look_at(asked, words[1], true, &st, saw);

	if (strcmp(words[2], "present") == 0)
		return there;
	if (there && strcmp(words[2], "executable") == 0 && S_ISREG(st.st_mode))
		text_sayf(saw, " of mode %04o", (unsigned)st.st_mode & 07777);
	return there && is_kind(words[2], &st);
}

bool predicate_file_absent(const struct asked *asked, const char *const *words,
			   struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat st;

	if (look_at(asked, words[1], true, &st, saw))
		return false;
	return look_stat(asked->reading->pid, look_absolute(asked->reading, words[1], &arena), true,
			 &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* The first mebibyte of a regular file; false where there is none, which is said. */
static bool read_text(const struct asked *asked, const char *path, struct text *ret,
		      struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat st;

	if (!look_at(asked, path, false, &st, saw) || !S_ISREG(st.st_mode))
		return false;
	/* A regular file now may be a pipe in a moment: never wait for anybody. */
	cleanup_fd int fd = look_open(asked->reading->pid, look_absolute(asked->reading, path, &arena),
				      O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || (read_fd(fd, FILE_MOST, ret) < 0 && errno != EFBIG)) {
		text_sayf(saw, ", and cannot be read: %s", errno_name(errno));
		return false;
	}
	text_sayf(saw, " of %lld bytes", (long long)st.st_size);
	return true;
}

bool predicate_file_contains(const struct asked *asked, const char *const *words,
			     struct text *saw)
{
	cleanup_text struct text text = { 0 };

	if (!read_text(asked, words[1], &text, saw))
		return false;
	bool found = memmem(text_of(&text), text.len, words[3], strlen(words[3]));
	text_sayf(saw, found ? ", with \"%s\"" : ", without \"%s\"", vis(words[3]));
	return found;
}

/* TEXT and nothing else; a newline at the end does not count. */
bool predicate_file_is(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_text struct text text = { 0 };

	if (!read_text(asked, words[1], &text, saw))
		return false;
	size_t length = text.len - (text.len && text.s[text.len - 1] == '\n');
	bool same = length == strlen(words[3]) && memcmp(text_of(&text), words[3], length) == 0;
	text_addf(saw, ", %s \"%s\"", same ? "just" : "other than", vis(words[3]));
	return same;
}

/* Its owner and group as the process sees them. */
bool predicate_file_owner(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	unsigned long uid = 0, gid = 0;
	char seen[48];
	struct stat st;

	if (!look_at(asked, words[1], true, &st, saw))
		return false;
	if (!id_inside(reading->uid_map, st.st_uid, &uid) ||
	    !id_inside(reading->gid_map, st.st_gid, &gid)) {
		text_sayf(saw, ", of %u:%u outside, which has no id inside", st.st_uid, st.st_gid);
		return false;
	}
	snprintf(seen, sizeof(seen), "%lu:%lu", uid, gid);
	text_sayf(saw, " of %s", seen);
	return strcmp(seen, words[3]) == 0;
}

bool predicate_file_same(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct stat a, b;

	if (!look_at(asked, words[1], false, &a, saw))
		return false;
	text_clear(saw);
	if (!look_at(asked, words[4], false, &b, saw))
		return false;
	text_clear(saw);
	text_sayf(saw, "%s is inode %llu of %u:%u, %s is inode %llu of %u:%u", vis(words[1]),
		  (unsigned long long)a.st_ino, major(a.st_dev), minor(a.st_dev), vis(words[4]),
		  (unsigned long long)b.st_ino, major(b.st_dev), minor(b.st_dev));
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* ---- folders ---- */

static bool is_wanted(const char *name, const char *const *wanted)
{
	for (; *wanted; wanted++)
		if (strcmp(name, *wanted) == 0)
			return true;
	return false;
}

/* How many of the names of an open folder are among wanted; the first that is not goes to saw.
 * -1: another is there. */
static int count_wanted(DIR *folder, const char *const *wanted, struct text *saw)
{
	const struct dirent *entry;
	int found = 0;

	while ((entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!is_wanted(entry->d_name, wanted)) {
			text_sayf(saw, ", and %s is in it", vis(entry->d_name));
			return -1;
		}
		found++;
	}
	return found;
}

/* dir PATH holds exactly NAME...; dir PATH empty. */
bool predicate_dir(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	static const char *const none[] = { NULL };
	const char *const *wanted = strcmp(words[2], "empty") == 0 ? none : words + 4;
	struct stat st;
	int count = 0;

	while (wanted[count])
		count++;
	if (!look_at(asked, words[1], false, &st, saw) || !S_ISDIR(st.st_mode))
		return false;
	int fd = look_open(asked->reading->pid, look_absolute(asked->reading, words[1], &arena),
			   O_RDONLY | O_DIRECTORY);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		text_sayf(saw, ", and cannot be read: %s", errno_name(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	int found = count_wanted(folder, wanted, saw);
	closedir(folder);
	if (found >= 0)
		text_sayf(saw, " with %d of %d", found, count);
	return found == count;
}

bool fits_owner(const char *word, struct error *err)
{
	size_t first = strspn(word, "0123456789");
	size_t second = word[first] == ':' ? strspn(word + first + 1, "0123456789") : 0;

	if (first && second && !word[first + 1 + second])
		return true;
	fail_id(err, ERR_CHECK_SYNTAX, 0, "%s: not UID:GID", vis(word));
	return false;
}
