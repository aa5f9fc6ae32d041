#include "lesson/check/host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "image/store.h"
#include "lesson/check/check.h"
#include "lesson/check/predicates.h"
#include "session/session.h"

/* A name that begins with a dot is made by any program that runs; that one is gone counts. */
static bool is_housekeeping(const char *line, size_t length)
{
	const char *slash = memrchr(line, '/', length);

	return slash && slash[1] == '.';
}

/* Whether it is a folder in which the user's store lies: that is made when it is first needed, by whatever asks
 * for it. */
static bool leads_to_store(const char *line)
{
	static const char file[] = "file ";
	cleanup_text struct text shown = { 0 };
	size_t length = strlen(line) - (sizeof(file) - 1);
	char store[4000];
	struct error unused;

	if (strncmp(line, file, sizeof(file) - 1) != 0 || store_own_path(store, sizeof(store), &unused) < 0)
		return false;
	text_add_visible(&shown, store, strlen(store));
	return shown.len > length && strncmp(text_of(&shown), line + sizeof(file) - 1, length) == 0 && shown.s[length] == '/';
}

/* Whether the file of a line is gone again. */
static bool has_passed(const char *line)
{
	static const char file[] = "file ";
	struct stat st;

	return strncmp(line, file, sizeof(file) - 1) == 0 && lstat(line + sizeof(file) - 1, &st) < 0 && errno == ENOENT;
}

static bool is_line(const char *line, const char *list)
{
	for (; *list; list += strcspn(list, "\n") + 1)
		if (strlen(line) == strcspn(list, "\n") && strncmp(line, list, strlen(line)) == 0)
			return true;
	return false;
}

static size_t tell_line(const char *line, size_t length, const char *what, struct text *ret)
{
	text_addf(ret, "%.*s %s\n", (int)length, line, what);
	return 1;
}

static size_t differing_lines(const char *before, const char *after, const char *guests, struct text *ret)
{
	size_t count = 0;

	while (*before || *after) {
		size_t old = strcspn(before, "\n"), new = strcspn(after, "\n");
		cleanup_free char *a = text_copyn(before, old), *b = text_copyn(after, new);
		int order = !*before ? 1 : !*after ? -1 : strcmp(a, b);
		if (order < 0 && !is_line(a, guests))
			count += tell_line(before, old, _("is gone"), ret);
		else if (order > 0 && !is_housekeeping(after, new) && !leads_to_store(b) && !has_passed(b))
			count += tell_line(after, new, _("is new"), ret);
		before += order <= 0 ? old + 1 : 0;
		after += order >= 0 ? new + 1 : 0;
	}
	return count;
}

size_t host_differs(const struct host_state *before, const struct host_state *after, struct text *ret)
{
	/* Where groups are delegated the shell moves to a leaf, so that its group may have others
	 * (cgroups(7), no internal processes). That is its own affair, and is taken back. */
	struct reading old = before->reading, new = after->reading;

	old.cgroup_count = new.cgroup_count = 0;
	return reading_differs(&old, &new, &old, ret) +
	       (before->listed.len ? differing_lines(text_of(&before->listed), text_of(&after->listed),
						     text_of(&before->guests), ret) : 0);
}

bool predicate_host(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct session *session = asked->witness->session;
	const struct host_state first = { .reading = session->host };
	const struct host_state *then = asked->witness->host ? asked->witness->host : &first;
	cleanup_text struct text differences = { 0 };
	struct host_state now;
	struct error err;

	(void)words;
	if (host_take(session, then->named, &now, &err) < 0) {
		text_add(saw, err.what);
		return false;
	}
	size_t count = host_differs(then, &now, &differences);
	host_done(&now);
	if (!count) {
		text_say(saw, "the host is unchanged");
		return true;
	}
	text_addn(saw, text_of(&differences), strcspn(text_of(&differences), "\n"));
	if (count > 1)
		text_sayf(saw, ", and %zu more", count - 1);
	return false;
}
