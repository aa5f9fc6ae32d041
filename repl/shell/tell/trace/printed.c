/* What a program that nobody followed has printed of a call that failed: error(3), perror(3), as the tools of coreutils and of
 * busybox do. It names a path and an errno by the words of strerror(3), and what holds of the path now can be looked at. Permissions are
 * not told so: who asked, and with which capabilities, only the tracer sees. */
#include "shell/tell/trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "advice/calls/refused.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "session/session.h"
#include "snapshot/eyes/eyes.h"

/* A failure, as it was printed. */
struct printed {
	const char *line;
	const char *path; /* absolute */
	int code;
};

/* Programs of one call about the path. Of others what the path leads to is told, whatever call it was. */
static const struct { const char *name; int number; uint64_t flags; } makers[] = {
	{ "mkdir", SYS_mkdirat, 0 }, { "mknod", SYS_mknodat, 0 }, { "mkfifo", SYS_mknodat, 0 },
	{ "touch", SYS_openat, O_CREAT | O_WRONLY },
};

static const char *last_line(const char *printed, struct arena *arena)
{
	size_t end = strlen(printed), from;

	while (end && strchr("\r\n", printed[end - 1]))
		end--;
	for (from = end; from && printed[from - 1] != '\n';)
		from--;
	return arena_copyn(arena, printed + from, end - from);
}

/* The errno whose words line ends in, and their length with the ": " before; 0: it is none of those that a look tells. */
static int errno_of(const char *line, size_t *length)
{
	static const int codes[] = { ENOENT, ENOTDIR, EEXIST, EISDIR, EROFS };
	size_t all = strlen(line);

	for (size_t i = 0; i < COUNT(codes); i++) {
		const char *words = errno_words(codes[i]);
		*length = strlen(words) + 2;
		if (all > *length && strcmp(line + all - strlen(words), words) == 0 && strncmp(line + all - *length, ": ", 2) == 0)
			return codes[i];
	}
	return 0;
}

/* The one path in s, which is that alone, or ends in it, quoted; NULL: none, or more than one name is quoted. */
static const char *path_of(const char *s, struct arena *arena)
{
	static const struct { const char *begin, *end; } quotes[] = { { " \xe2\x80\x98", "\xe2\x80\x99" }, { " '", "'" } };
	const char *ret = s;

	for (size_t i = 0; i < COUNT(quotes) && *s != '/'; i++) {
		const char *from = strstr(s, quotes[i].begin), *path = from ? from + strlen(quotes[i].begin) : NULL;
		size_t end = strlen(quotes[i].end), length = path ? strlen(path) : 0;
		if (length <= end || strcmp(path + length - end, quotes[i].end) != 0)
			continue;
		ret = arena_copyn(arena, path, length - end);
	}
	/* What was quoted for a shell is another name than it says, and between two names there are quotes. */
	return *ret == '/' && !strpbrk(ret, "'\"\\") && !strstr(ret, quotes[0].end) ? ret : NULL;
}

static bool read_printed(const char *name, const char *printed, struct arena *arena, struct printed *ret)
{
	size_t length, begin;

	ret->line = last_line(printed, arena);
	ret->code = errno_of(ret->line, &length);
	begin = strcspn(ret->line, ": ");
	if (!ret->code || !*name || strncmp(ret->line + begin, ": ", 2) != 0 || begin + 2 + length > strlen(ret->line) ||
	    strcmp(path_name(arena_copyn(arena, ret->line, begin)), name) != 0)
		return false;
	ret->path = path_of(arena_copyn(arena, ret->line + begin + 2, strlen(ret->line) - length - begin - 2), arena);
	return ret->path;
}

bool trace_printed(const struct session *session, const char *name, const char *printed, struct text *why, struct text *fix)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text seen = { 0 };
	struct printed said;
	uint64_t args[6] = { 0 };
	int number = -1;
	struct stat st;

	if (!read_printed(name, printed, &arena, &said))
		return false;
	for (size_t i = 0; i < COUNT(makers); i++)
		if (strcmp(makers[i].name, name) == 0) {
			number = makers[i].number;
			args[2] = makers[i].flags;
		}
	/* What is there by now is not why it was not. */
	if (said.code == ENOENT && eyes_stat(NULL, session->at->now.pid, said.path, false, &st) == 0)
		return false;
	const struct refused refused = {
		.number = number, .code = said.code, .args = args, .path = said.path, .here = true, .caps = session->at->now.cap_effective,
		.child = &session->at->now, .host = &session->host, .facts = &session->facts,
	};
	struct verdict verdict = { .why = &seen, .fix = fix };
	if (!advise_refused(&refused, &verdict))
		return false;
	text_sayf(why, "it printed at last: %s; looking at %s now: %s", vis(said.line), vis(said.path), text_of(&seen));
	return true;
}
