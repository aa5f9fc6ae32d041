#include "lesson/play/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/state.h"
#include "base/text.h"

enum { FILE_MOST = 1 << 20 };

struct progress {
	json_t *root;   /* {"last", "language", "lessons": {NAME: {"at", "done": [], "finished"}}} */
	int folder;     /* -1 where nothing is kept */
};

static const char name[] = "progress";

static json_t *read_root(int folder)
{
	cleanup_text struct text text = { 0 };
	cleanup_fd int fd = openat(folder, name,
				   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || read_fd(fd, FILE_MOST, &text) < 0)
		return NULL;
	json_t *root = json_loadb(text_of(&text), text.len, 0, NULL);
	if (json_is_object(root) && json_is_object(json_object_get(root, "lessons")))
		return root;
	json_decref(root);
	/* Whoever wrote that may want to have it back. */
	renameat(folder, name, folder, "progress.broken");
	return NULL;
}

struct progress *progress_open(void)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		out_of_memory();
	progress->folder = state_folder();
	if (progress->folder >= 0)
		progress->root = read_root(progress->folder);
	if (!progress->root)
		progress->root = json_pack("{s:{}}", "lessons");
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

static int write_beside(int folder, const char *beside, const char *text, struct error *err)
{
	cleanup_fd int fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(err, errno, "open %s", beside);
	if (write_fd(fd, text, strlen(text)) < 0 || write_fd(fd, "\n", 1) < 0)
		return fail(err, errno, "write %s", beside);
	return fsync(fd) < 0 ? fail(err, errno, "fsync %s", beside) : 0;
}

int progress_save(struct progress *progress, struct error *err)
{
	int folder = progress->folder;
	char beside[32];

	if (folder < 0)
		return 0;
	cleanup_free char *text = json_dumps(progress->root, JSON_INDENT(1) | JSON_SORT_KEYS);
	if (!text)
		out_of_memory();
	snprintf(beside, sizeof(beside), "progress.%d", getpid());
	unlinkat(folder, beside, 0);
	int failed = write_beside(folder, beside, text, err);
	if (!failed && renameat(folder, beside, folder, name) < 0)
		failed = fail(err, errno, "rename %s", beside);
	if (failed)
		unlinkat(folder, beside, 0);
	return failed;
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
