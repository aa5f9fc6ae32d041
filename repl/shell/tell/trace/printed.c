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
	const char *before; /* the path: "cannot create directory '", or "" */
	const char *path; /* absolute */
	int code;
};

struct maker { const char *name; int number; uint64_t flags; };

/* Programs of one call about the path. Of others what the path leads to is told, whatever call it was. */
static const struct maker makers[] = {
	{ "mkdir", SYS_mkdirat, 0 }, { "mknod", SYS_mknodat, 0 }, { "mkfifo", SYS_mknodat, 0 },
	{ "touch", SYS_openat, O_CREAT | O_WRONLY }, { "tee", SYS_openat, O_CREAT | O_WRONLY },
};

/* What any program says of a path that it could not make. */
static const struct maker words[] = {
	{ "create directory", SYS_mkdirat, 0 }, { "create symbolic link", SYS_symlinkat, 0 }, { "create hard link", SYS_linkat, 0 },
	{ "create fifo", SYS_mknodat, 0 }, { "create special file", SYS_mknodat, 0 }, { "create ", SYS_openat, O_CREAT | O_WRONLY },
};

static const struct maker *maker_of(const char *name, const char *before)
{
	for (size_t i = 0; i < COUNT(makers); i++)
		if (strcmp(makers[i].name, name) == 0)
			return &makers[i];
	for (size_t i = 0; i < COUNT(words); i++)
		if (strstr(before, words[i].name))
			return &words[i];
	return NULL;
}

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
		const char *said = errno_words(codes[i]);
		*length = strlen(said) + 2;
		if (all > *length && strcmp(line + all - strlen(said), said) == 0 && strncmp(line + all - *length, ": ", 2) == 0)
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
		/* Nothing may stand before the quote: then not the blank either. */
		const char *from = strstr(s, quotes[i].begin), *path = from ? from + strlen(quotes[i].begin) : NULL;
		if (text_begins(s, quotes[i].begin + 1))
			path = s + strlen(quotes[i].begin) - 1;
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
	const char *said = arena_copyn(arena, ret->line + begin + 2, strlen(ret->line) - length - begin - 2);
	ret->path = path_of(said, arena);
	ret->before = ret->path ? arena_copyn(arena, said, strcspn(said, "/")) : "";
	return ret->path;
}

bool trace_printed(const struct session *session, const char *name, const char *printed, struct text *why, struct text *fix)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text seen = { 0 };
	struct printed said;
	uint64_t args[6] = { 0 };
	struct stat st;

	if (!read_printed(name, printed, &arena, &said))
		return false;
	const struct maker *maker = maker_of(name, said.before);
	args[2] = maker ? maker->flags : 0;
	/* What is there by now is not why it was not. */
	if (said.code == ENOENT && eyes_stat(NULL, session->at->now.pid, said.path, false, &st) == 0)
		return false;
	const struct refused refused = {
		.number = maker ? maker->number : -1, .code = said.code, .args = args, .path = said.path, .here = true, .caps = session->at->now.cap_effective,
		.child = &session->at->now, .host = &session->host, .facts = &session->facts,
	};
	struct verdict verdict = { .why = &seen, .fix = fix };
	if (!advise_refused(&refused, &verdict))
		return false;
	text_sayf(why, "it printed at last: %s; looking at %s now: %s", vis(said.line), vis(said.path), text_of(&seen));
	return true;
}
