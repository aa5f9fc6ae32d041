#include "lesson/play/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/file/state.h"
#include "base/file/writer.h"

enum { FILE_MOST = 1 << 20 };

struct progress {
	json_t *root;   /* {"last", "language", "lessons": {NAME: {"at", "done": [], "finished", "guesses": {STEP: right}}}} */
	int folder;     /* -1 where nothing is kept */
	int unread;     /* errno: there is one that cannot be read, and that is not replaced */
};

static const char name[] = "progress";

static json_t *read_root(int folder, int *unread)
{
	cleanup_text struct text text = { 0 };
	cleanup_fd int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || read_fd(fd, FILE_MOST, &text) < 0) {
		*unread = errno == ENOENT ? 0 : errno;
		return NULL;
	}
	json_t *root = json_loadb(text_of(&text), text.len, 0, NULL);
	if (json_is_object(root) && json_is_object(json_object_get(root, "lessons")))
		return root;
	json_decref(root);
	/* Whoever wrote that may want to have it back. The name may be a link, and stays what it is. */
	struct error err;
	if (write_whole(folder, "progress.broken", 0600, text_of(&text), text.len, &err) < 0)
		*unread = err.code ? err.code : EINVAL;
	return NULL;
}

struct progress *progress_open(bool keep)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		out_of_memory();
	progress->folder = state_folder();
	if (progress->folder >= 0)
		progress->root = read_root(progress->folder, &progress->unread);
	if (!progress->root)
		progress->root = json_pack("{s:{}}", "lessons");
	if (!keep && progress->folder >= 0)
		close(steal_fd(&progress->folder));
	return progress;
}

void progress_close(struct progress *progress)
{
	if (!progress)
		return;
	json_decref(progress->root);
	if (progress->folder >= 0)
		close(progress->folder);
	free(progress);
}

int progress_save(struct progress *progress, struct error *err)
{
	if (progress->folder < 0)
		return 0;
	if (progress->unread) {
		fail(err, progress->unread, "read the file %s", name);
		return fail_why(err, "Stave could not read it, and does not replace what it could not "
				     "read");
	}
	cleanup_free char *dumped = json_dumps(progress->root, JSON_INDENT(1) | JSON_SORT_KEYS);
	cleanup_text struct text text = { 0 };
	if (!dumped)
		out_of_memory();
	text_addf(&text, "%s\n", dumped);
	return write_whole(progress->folder, name, 0600, text.s, text.len, err);
}

/* ---- what is in it ---- */

static json_t *lesson_of(const struct progress *progress, const char *lesson)
{
	return json_object_get(json_object_get(progress->root, "lessons"), lesson);
}

static json_t *lesson_made(struct progress *progress, const char *lesson)
{
	json_t *lessons = json_object_get(progress->root, "lessons");
	json_t *one = json_object_get(lessons, lesson);

	if (!json_is_object(one)) {
		one = json_object();
		json_object_set_new(lessons, lesson, one);
	}
	if (!json_is_array(json_object_get(one, "done")))
		json_object_set_new(one, "done", json_array());
	return one;
}

const char *progress_last(const struct progress *progress)
{
	return json_string_value(json_object_get(progress->root, "last"));
}

const char *progress_language(const struct progress *progress)
{
	return json_string_value(json_object_get(progress->root, "language"));
}

const char *progress_at(const struct progress *progress, const char *lesson)
{
	return json_string_value(json_object_get(lesson_of(progress, lesson), "at"));
}

bool progress_has(const struct progress *progress, const char *lesson, const char *step)
{
	json_t *done = json_object_get(lesson_of(progress, lesson), "done"), *one;
	size_t i;

	json_array_foreach(done, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), step) == 0)
			return true;
	return false;
}

bool progress_finished(const struct progress *progress, const char *lesson)
{
	return json_is_true(json_object_get(lesson_of(progress, lesson), "finished"));
}

size_t progress_count(const struct progress *progress, const char *lesson)
{
	return json_array_size(json_object_get(lesson_of(progress, lesson), "done"));
}

void progress_set(struct progress *progress, const char *lesson, const char *language,
		  const char *step)
{
	json_object_set_new(progress->root, "last", json_string(lesson));
	json_object_set_new(progress->root, "language", json_string(language));
	json_object_set_new(lesson_made(progress, lesson), "at", json_string(step));
}

void progress_mark(struct progress *progress, const char *lesson, const char *step)
{
	if (!progress_has(progress, lesson, step))
		json_array_append_new(json_object_get(lesson_made(progress, lesson), "done"),
				      json_string(step));
}

void progress_finish(struct progress *progress, const char *lesson)
{
	json_t *one = lesson_made(progress, lesson);

	json_object_set_new(one, "finished", json_true());
	json_object_del(one, "at");
}

void progress_forget(struct progress *progress, const char *lesson)
{
	json_object_del(json_object_get(progress->root, "lessons"), lesson);
}

void progress_guess(struct progress *progress, const char *lesson, const char *step, bool right)
{
	json_t *one = lesson_made(progress, lesson);

	if (!json_is_object(json_object_get(one, "guesses")))
		json_object_set_new(one, "guesses", json_object());
	json_object_set_new(json_object_get(one, "guesses"), step, json_boolean(right));
}

size_t progress_guesses(const struct progress *progress, const char *lesson, size_t *right)
{
	json_t *guesses = json_object_get(lesson_of(progress, lesson), "guesses"), *one;
	const char *step;

	*right = 0;
	json_object_foreach(guesses, step, one)
		*right += json_is_true(one);
	return json_object_size(guesses);
}
