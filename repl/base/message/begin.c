#include "base/message/begin.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/message.h"
#include "base/file/beside.h"
#include "base/message/catalog.h"
#include "base/message/language.h"

enum { CATALOGS_MOST = 4 };

/* Those that have been read. They stay: what they hold is in everybody's hands. */
static struct {
	struct { char path[PATH_MAX]; struct messages messages; } list[CATALOGS_MOST];
	size_t count;
	const char *path; /* of the one in use */
	struct arena arena;
	bool ended;
} catalogs;

int messages_take(const char *path, struct error *err)
{
	for (size_t i = 0; i < catalogs.count; i++)
		if (strcmp(catalogs.list[i].path, path) == 0) {
			messages_use(&catalogs.list[i].messages);
			catalogs.path = catalogs.list[i].path;
			return 0;
		}
	if (catalogs.count == CATALOGS_MOST)
		return fail_id(err, ERR_CATALOG, ENOMEM, "%s: more than %d languages in one session", path,
			       CATALOGS_MOST);
	struct messages *messages = &catalogs.list[catalogs.count].messages;
	*messages = (struct messages){ 0 };
	if (catalog_read(path, &catalogs.arena, messages, err) < 0)
		return -1;
	catalogs.path = catalogs.list[catalogs.count++].path;
	snprintf(catalogs.list[catalogs.count - 1].path, PATH_MAX, "%s", path);
	messages_use(messages);
	return 0;
}

/* The catalog of a language in a folder, into ret. */
static bool find_in(const char *folder, const char *language, char *ret, size_t size)
{
	glob_t found;
	char pattern[PATH_MAX];
	int base = (int)strcspn(language, "_");

	snprintf(ret, size, "%s/%s.po", folder, language);
	if (access(ret, F_OK) == 0)
		return true;
	snprintf(ret, size, "%s/%.*s.po", folder, base, language);
	if (access(ret, F_OK) == 0)
		return true;
	/* Of the same language elsewhere: nearer than another language. */
	snprintf(pattern, sizeof(pattern), "%s/%.*s_*.po", folder, base, language);
	if (glob(pattern, GLOB_NOESCAPE, NULL, &found) != 0)
		return false;
	snprintf(ret, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return true;
}

/* In po/ beside the lessons that STAVE_LESSONS names, else beside the program's own. */
static bool find(const char *language, char *ret, size_t size)
{
	const char *lessons = getenv("STAVE_LESSONS");
	char folder[PATH_MAX];

	if (lessons && *lessons) {
		snprintf(folder, sizeof(folder), "%s/../po", lessons);
		if (find_in(folder, language, ret, size))
			return true;
	}
	return beside("po", folder, sizeof(folder)) && find_in(folder, language, ret, size);
}

static bool is_english(const char *language)
{
	return strncmp(language, "en", 2) == 0 && (language[2] == '\0' || language[2] == '_');
}

int messages_speak(const char *language, struct error *err)
{
	char path[PATH_MAX];
	struct languages wanted = { 0 };

	messages_use(NULL);
	catalogs.path = NULL;
	if (catalogs.ended)
		return 0;
	if (language)
		snprintf(wanted.names[wanted.count++], sizeof(wanted.names[0]), "%s", language);
	else
		languages_wanted(&wanted);
	for (size_t i = 0; i < wanted.count && !is_english(wanted.names[i]); i++)
		if (find(wanted.names[i], path, sizeof(path)))
			return messages_take(path, err);
	return 0;
}

void messages_end(void)
{
	catalogs.ended = true;
	catalogs.path = NULL;
	messages_use(NULL);
}

const char *messages_path(void)
{
	return catalogs.path;
}
