#include "archive/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

static const char *const note_names[NOTES] = {
	[NOTE_OWNERS] = "owners", [NOTE_DEVICES] = "devices", [NOTE_WHITEOUTS] = "whiteouts",
	[NOTE_ATTRIBUTES] = "attributes", [NOTE_TIMES] = "times",
};

/* Nobody left to read it means that nobody wants this program any more. */
static void say(const char *key, json_t *value)
{
	json_t *object = json_pack("{so}", key, value);
	cleanup_text struct text line = { 0 };

	char *s = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(object);
	if (!s)
		out_of_memory();
	text_addf(&line, "%s\n", s);
	free(s);
	if (write_fd(STDOUT_FILENO, line.s, line.len) < 0)
		_exit(1);
}

void report_progress(const char *what, unsigned layer, unsigned layers, uint64_t bytes,
		     uint64_t total)
{
	say("progress", json_pack("{ss si si sI sI}", "what", what, "layer", (int)layer, "of",
				  (int)layers, "bytes", (json_int_t)bytes, "total",
				  (json_int_t)total));
}

void notes_add(struct notes *notes, enum note note, const char *path)
{
	notes->count[note]++;
	for (int i = 0; path && i < NOTES_NAMES; i++)
		if (!notes->left_out[i]) {
			notes->left_out[i] = text_copy(path);
			return;
		}
}

void notes_done(struct notes *notes)
{
	for (int i = 0; i < NOTES_NAMES; i++)
		free(notes->left_out[i]);
}

static json_t *names_of(const struct notes *notes)
{
	json_t *ret = json_array();

	for (int i = 0; i < NOTES_NAMES && notes->left_out[i]; i++)
		json_array_append_new(ret, json_string(vis(notes->left_out[i])));
	return ret;
}

void report_notes(const struct notes *notes)
{
	json_t *object = json_object();

	for (int note = 0; note < NOTES; note++)
		if (notes->count[note])
			json_object_set_new(object, note_names[note],
					    json_integer((json_int_t)notes->count[note]));
	if (notes->left_out[0])
		json_object_set_new(object, "left_out", names_of(notes));
	if (json_object_size(object))
		say("notes", object);
	else
		json_decref(object);
}

/* A text of an error may have been cut in the middle of a character. */
static json_t *text(const char *s)
{
	size_t length = strlen(s);
	json_t *ret = json_stringn(s, length);

	while (!ret && length)
		ret = json_stringn(s, --length);
	return ret;
}

void report_error(const struct error *err)
{
	say("error", json_pack("{ss si so so so}", "id", err->id, "code", err->code, "what",
			       text(err->what), "why", text(err->why), "fix", text(err->fix)));
}

void report_result(json_t *result)
{
	say("result", result);
}
