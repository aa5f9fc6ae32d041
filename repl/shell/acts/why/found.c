/* The call that a program fails by, and the host's file that it needs, for why --try. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/causes/room.h"
#include "base/error.h"
#include "base/text.h"
#include "shell/acts/why/search.h"
#include "shell/tell/ended/last.h"
#include "trace/trace.h"

/* ---- the call ---- */

static bool fails_in(const struct replayed *run, const struct failed_call *call)
{
	for (size_t i = 0; i < run->call_count; i++)
		if (run->calls[i].number == call->number && run->calls[i].code == call->code)
			return true;
	return false;
}

bool search_short(const struct failed_call *call)
{
	return (call->code == ENOSPC && call->strait.stored && room_lacks(&call->strait.room, call->strait.wanted) != CAUSE_COUNT) ||
	       call->code == EDQUOT;
}

/* What comes after a want of room is its doing, as a pipe that nobody reads any more. */
static void find_call(struct search *search, const struct replayed *with, const struct replayed *without)
{
	for (size_t i = 0; i < with->call_count && !search->short_of; i++) {
		if (fails_in(without, &with->calls[i]) || (search->call.code && trace_is_usual(with->calls[i].code)))
			continue;
		search->call = with->calls[i];
		search->short_of = search_short(&search->call);
	}
	if (search->otherwise)
		search->behind = *without;
}

/* ---- the file ---- */

static const char container[] = "container ";

void search_volume(const char *path, struct text *ret)
{
	cleanup_text struct text volume = { 0 };

	text_addf(&volume, "%s:%s:ro", path, path);
	text_add_sh(ret, text_of(&volume));
}

/* The absolute path that the call did not find, where the host has one; false: there is none, or no volume can be it. */
static bool find_path(const struct failed_call *call, char *ret, size_t size)
{
	const char *from = call->code == ENOENT ? strstr(call->said, "\"/") : NULL;
	size_t length = from ? strcspn(++from, "\"\\:") : 0;

	if (!from || from[length] != '"' || length >= size)
		return false;
	memcpy(ret, from, length);
	ret[length] = '\0';
	return access(ret, F_OK) == 0;
}

/* The same line with the file as a volume, and all walls. */
static bool ends_well_with(struct search *search, const char *path)
{
	const char *line = search->replay.line;
	const struct lifts none = { 0 };
	cleanup_text struct text with = { 0 };
	struct replayed run;

	text_add(&with, container);
	text_add(&with, "-v ");
	search_volume(path, &with);
	text_addf(&with, " %s", line + strlen(container));
	search->replay.line = text_of(&with);
	bool ret = search_perform(search, &none, &run) > 0 && run.status == 0;
	search->replay.line = line;
	return ret;
}

/* The last one that was asked for is the likeliest. */
static void find_file(struct search *search, const struct replayed *with)
{
	enum { MOST = 3 };
	char path[sizeof(search->lacks)];
	unsigned tries = 0;

	if (strncmp(search->replay.line, container, strlen(container)) != 0)
		return;
	for (size_t i = with->call_count; i-- > 0 && tries < MOST && !search->lacks[0];)
		if (find_path(&with->calls[i], path, sizeof(path)) && ++tries && ends_well_with(search, path))
			strcpy(search->lacks, path);
}

void search_call(struct search *search, const struct lifts *culprits)
{
	const struct lifts none = { 0 };
	const struct error before = *search->err;
	struct replayed *runs = calloc(2, sizeof(*runs));

	if (!runs)
		out_of_memory();
	struct replayed *with = &runs[0], *without = &runs[1];
	search->replay.traces = true;
	bool same = search_perform(search, &none, with) > 0 && with->status == search->all.status &&
		    search_perform(search, culprits, without) > 0 && search_vanished(search, without);
	search->replay.traces = false;
	if (same) {
		find_call(search, with, without);
		find_file(search, with);
	}
	*search->err = before;
	free(runs);
}
