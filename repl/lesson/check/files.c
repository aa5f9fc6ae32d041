/* What is asked of files, by paths as the process sees them. */
#include "lesson/check/predicates.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "snapshot/look.h"

enum { FILE_MOST = 1 << 20 };

static const char *kind_of(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "a folder";
	if (S_ISREG(st->st_mode))
		return "a file";
	if (S_ISLNK(st->st_mode))
		return "a symbolic link";
	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0))
		return "a character device 0:0, a whiteout";
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? "a device" : "a pipe or socket";
}

/* lstat(2), or stat(2), of a path of the child's; false where there is nothing, which is said. */
static bool look_at(const struct asked *asked, const char *path, bool nofollow,
		    struct stat *st, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };

	if (look_stat(asked->reading->pid, look_absolute(asked->reading, path, &arena), nofollow,
		      st) < 0) {
		text_addf(saw, errno == ENOENT ? "there is no %s" : "%s cannot be read",
			  vis(path));
		return false;
	}
	text_addf(saw, "%s is %s", vis(path), kind_of(st));
	return true;
}

bool predicate_file(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct stat st;
	bool there = look_at(asked, words[1], true, &st, saw);

	if (strcmp(words[2], "present") == 0)
		return there;
	if (strcmp(words[2], "folder") == 0)
		return there && S_ISDIR(st.st_mode);
	return there && S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
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

bool predicate_file_contains(const struct asked *asked, const char *const *words,
			     struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text text = { 0 };
	struct stat st;

	if (!look_at(asked, words[1], false, &st, saw) || !S_ISREG(st.st_mode))
		return false;
	/* A regular file now may be a pipe in a moment: never wait for anybody. */
	cleanup_fd int fd = look_open(asked->reading->pid,
				      look_absolute(asked->reading, words[1], &arena),
				      O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || (read_fd(fd, FILE_MOST, &text) < 0 && errno != EFBIG)) {
		text_addf(saw, ", and cannot be read: %s", errno_name(errno));
		return false;
	}
	bool found = text.len && memmem(text.s, text.len, words[3], strlen(words[3]));
	text_addf(saw, " of %lld bytes, %s \"%s\"", (long long)st.st_size, found ? "with" : "without",
		  vis(words[3]));
	return found;
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
	text_addf(saw, "%s is inode %llu of %u:%u, %s is inode %llu of %u:%u", vis(words[1]),
		  (unsigned long long)a.st_ino, major(a.st_dev), minor(a.st_dev), vis(words[4]),
		  (unsigned long long)b.st_ino, major(b.st_dev), minor(b.st_dev));
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
