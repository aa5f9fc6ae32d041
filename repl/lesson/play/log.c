#include "lesson/play/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "base/file/writer.h"
#include "lesson/file/lesson.h"
#include "session/session.h"

enum { FILE_MOST = 64 << 20 };

struct log {
	int fd;            /* Markdown: at its end */
	char *path;
	bool json;
	json_t *events;    /* JSON: all; the whole file is written for each */
	int code;          /* errno of the first write that failed */
	size_t held, asked; /* of the last check, so that the same is not told twice */
};

static bool ends_with(const char *s, const char *tail)
{
	size_t length = strlen(s), n = strlen(tail);

	return length > n && strcmp(s + length - n, tail) == 0;
}

static int fail_kind(const char *path, const char *what, struct error *err)
{
	fail_id(err, ERR_FILE_KIND, 0, "--transcript %s: %s", vis(path), _(what));
	return fail_fix(err, "name another file");
}

/* What a JSON transcript has so far. Each event writes the whole file, which a pipe cannot be. */
static int read_events(struct log *log, struct error *err)
{
	cleanup_fd int fd = open(log->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_text struct text text = { 0 };
	struct stat st;

	if (fd < 0 && errno != ENOENT)
		return fail(err, errno, "open %s", vis(log->path));
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
		return fail_kind(log->path, N_("not a plain file"), err);
	if (fd >= 0 && read_fd(fd, FILE_MOST, &text) < 0)
		return fail(err, errno, "read %s", vis(log->path));
	log->events = text.len ? json_loadb(text.s, text.len, 0, NULL) : json_array();
	if (!json_is_array(log->events))
		return fail_kind(log->path, N_("the file exists, and is not a transcript in JSON"), err);
	return 0;
}

static int write_events(struct log *log, struct error *err)
{
	cleanup_free char *dumped = json_dumps(log->events, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	cleanup_text struct text text = { 0 };

	if (!dumped)
		out_of_memory();
	text_addf(&text, "%s\n", dumped);
	return write_whole(AT_FDCWD, log->path, 0644, text.s, text.len, err);
}

struct log *log_open(const char *path, struct error *err)
{
	struct log *log = calloc(1, sizeof(*log));
	struct error unused;

	if (!log)
		out_of_memory();
	log->path = text_copy(path);
	log->json = ends_with(path, ".json");
	log->fd = log->json ? -1 : writer_append(AT_FDCWD, path, 0644, err);
	if (log->json ? read_events(log, err) == 0 && write_events(log, err) == 0 : log->fd >= 0)
		return log;
	log_close(log, &unused);
	return NULL;
}

int log_close(struct log *log, struct error *err)
{
	if (!log)
		return 0;
	int code = log->code;
	json_decref(log->events);
	if (log->fd >= 0 && close(log->fd) < 0 && !code)
		code = errno;
	free(log->path);
	free(log);
	return code ? fail(err, code, "writing the transcript") : 0;
}

/* ---- writing ---- */

static void write_text(struct log *log, const struct text *text)
{
	if (write_fd(log->fd, text_of(text), text->len) < 0 && !log->code)
		log->code = errno;
}

static void write_json(struct log *log)
{
	struct error err;

	if (write_events(log, &err) < 0 && !log->code)
		log->code = err.code ? err.code : EIO;
}

/* The time now, as "2026-11-25T23:10:05Z". */
static void time_text(char *ret, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(ret, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static json_t *string(const char *s)
{
	cleanup_text struct text seen = { 0 };
	json_t *ret = json_string(s);

	if (ret)
		return ret;
	text_add_visible(&seen, s, strlen(s));
	return json_string(text_of(&seen));
}

/* A new event, with its time. */
static json_t *event(const char *kind)
{
	json_t *ret = json_object();
	char when[32];

	time_text(when, sizeof(when));
	json_object_set_new(ret, "time", json_string(when));
	json_object_set_new(ret, "event", json_string(kind));
	return ret;
}

/* Code in Markdown, whatever is in it. */
static void add_code(const char *s, struct text *ret)
{
	text_add(ret, "`` ");
	text_add_prose(ret, s, strlen(s));
	text_add(ret, " ``");
}

/* An event is recorded: by its line of Markdown, or in JSON. Takes it over. */
static void emit(struct log *log, json_t *one, const struct text *markdown)
{
	if (log->json) {
		json_array_append_new(log->events, one);
		write_json(log);
		return;
	}
	json_decref(one);
	write_text(log, markdown);
}

/* "- 23:10:05 " */
static void begin_line(json_t *one, struct text *ret)
{
	const char *when = json_string_value(json_object_get(one, "time"));

	text_addf(ret, "- %.8s ", when + 11);
}

/* ---- events ---- */

static void add_changes(const struct step *step, const struct reading *host, json_t *list,
			struct text *ret)
{
	const struct difference *difference = &step->difference;

	for (enum ns_link link = 0; link < NS_TYPES; link++) {
		if (!difference->ns[link])
			continue;
		cleanup_text struct text line = { 0 };
		text_addf(&line, "ns %s: %s", ns_types[link].name,
			  ns_own(step->after, host, link) ? "its own" : "the host's");
		json_array_append_new(list, string(text_of(&line)));
		text_addf(ret, "  - %s\n", text_of(&line));
	}
	for (size_t i = 0; i < difference->mount_count; i++) {
		const struct mount_change *change = &difference->mounts[i];
		const struct mount *mount = change->after ? change->after : change->before;
		static const char *const signs[] = { "+", "-", "~" };
		cleanup_text struct text line = { 0 };
		text_addf(&line, "mount %s %s", signs[change->change], mount->line);
		json_array_append_new(list, string(text_of(&line)));
		text_add(ret, "  - ");
		add_code(text_of(&line), ret);
		text_add(ret, "\n");
	}
	if (difference->hostname) {
		cleanup_text struct text line = { 0 };
		text_addf(&line, "host name: %s", vis(step->after->hostname));
		json_array_append_new(list, string(text_of(&line)));
		text_addf(ret, "  - %s\n", text_of(&line));
	}
}

void log_command(struct log *log, const char *line, const char *child, bool by_lesson, const struct error *err,
		 const struct step *step, const struct reading *host)
{
	cleanup_text struct text text = { 0 }, changes = { 0 };

	if (!log)
		return;
	json_t *one = event("command"), *list = json_array();
	json_object_set_new(one, "line", string(line));
	json_object_set_new(one, "child", json_string(child));
	json_object_set_new(one, "by", json_string(by_lesson ? "lesson" : "learner"));
	json_object_set_new(one, "ok", json_boolean(!err));
	json_object_set_new(one, "error", err ? string(err->what) : json_null());
	if (step && step->ok)
		add_changes(step, host, list, &changes);
	json_object_set_new(one, "changes", list);
	if (step && step->status >= 0)
		json_object_set_new(one, "status", json_integer(step->status));
	begin_line(one, &text);
	text_add(&text, by_lesson ? "the lesson ran " : "typed ");
	add_code(line, &text);
	if (err)
		text_addf(&text, ": failed, %s", err->what);
	else if (step && step->status > 0)
		text_addf(&text, ": ended with status %d", step->status);
	text_addf(&text, "\n%s", text_of(&changes));
	emit(log, one, &text);
}

void log_begin(struct log *log, const struct lesson *lesson, const char *language, bool no_skip)
{
	cleanup_text struct text text = { 0 };

	if (!log)
		return;
	json_t *one = event("lesson");
	json_object_set_new(one, "lesson", string(lesson->name));
	json_object_set_new(one, "title", string(lesson->title));
	json_object_set_new(one, "language", json_string(language));
	json_object_set_new(one, "no_skip", json_boolean(no_skip));
	json_object_set_new(one, "stave", json_string(STAVE_VERSION));
	text_addf(&text, "\n## %s (%s)\n\nBegun %s, stave %s, %s%s.\n", lesson->title, lesson->name,
		  json_string_value(json_object_get(one, "time")), STAVE_VERSION, language,
		  no_skip ? ", solutions locked" : "");
	emit(log, one, &text);
}

void log_step(struct log *log, const struct lesson_step *step)
{
	static const char *const kinds[] = { "demo", "task", "remember" };
	cleanup_text struct text text = { 0 };

	if (!log)
		return;
	json_t *one = event("step");
	json_object_set_new(one, "step", json_string(step->id));
	json_object_set_new(one, "kind", json_string(kinds[step->kind]));
	text_addf(&text, "\n### %s (%s)\n\n", step->id, kinds[step->kind]);
	log->held = log->asked = 0;
	emit(log, one, &text);
}

void log_guess(struct log *log, const char *guess)
{
	cleanup_text struct text text = { 0 };

	if (!log || !guess[0])
		return;
	json_t *one = event("guess");
	json_object_set_new(one, "guess", string(guess));
	begin_line(one, &text);
	text_add(&text, "expected: ");
	text_add_visible(&text, guess, strlen(guess));
	text_add(&text, "\n");
	emit(log, one, &text);
}

void log_hint(struct log *log, const struct passage *hint, const char *state)
{
	cleanup_text struct text text = { 0 }, first = { 0 };

	if (!log)
		return;
	json_t *one = event("hint");
	text_add_prose(&first, hint->s, strcspn(hint->s, "\n"));
	json_object_set_new(one, "hint", string(text_of(&first)));
	json_object_set_new(one, "state", state ? string(state) : json_null());
	begin_line(one, &text);
	text_addf(&text, "hint%s%s: %s\n", state ? " if " : "", state ? state : "", text_of(&first));
	emit(log, one, &text);
}

void log_check(struct log *log, const struct verdict *verdict)
{
	cleanup_text struct text text = { 0 };
	size_t held = 0;

	if (!log)
		return;
	for (size_t i = 0; i < verdict->count; i++)
		held += finding_well(&verdict->list[i]);
	/* After each command it is looked: what says the same again is left out. */
	if (held == log->held && verdict->count == log->asked && !verdict->holds)
		return;
	log->held = held;
	log->asked = verdict->count;
	json_t *one = event("check"), *list = json_array();
	json_object_set_new(one, "holds", json_boolean(verdict->holds));
	begin_line(one, &text);
	text_addf(&text, "check: %s\n", verdict->holds ? "holds" : "does not hold yet");
	for (size_t i = 0; i < verdict->count; i++) {
		const struct finding *finding = &verdict->list[i];
		if (!finding->looked)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "test", finding->test, "holds",
						      finding_well(finding), "saw", finding->saw));
		text_addf(&text, "  - [%c] ", finding_well(finding) ? 'x' : ' ');
		add_code(finding->test, &text);
		text_addf(&text, ": %s\n", finding->saw);
	}
	json_object_set_new(one, "tests", list);
	emit(log, one, &text);
}

void log_solution(struct log *log, bool shown)
{
	cleanup_text struct text text = { 0 };

	if (!log)
		return;
	json_t *one = event(shown ? "solution" : "skip");
	begin_line(one, &text);
	text_add(&text, shown ? "asked for the solution\n" : "skipped the task\n");
	emit(log, one, &text);
}

void log_reached(struct log *log, bool by_itself)
{
	cleanup_text struct text text = { 0 };

	if (!log)
		return;
	json_t *one = event("reached");
	json_object_set_new(one, "by", json_string(by_itself ? "learner" : "lesson"));
	begin_line(one, &text);
	text_addf(&text, "**reached**%s\n", by_itself ? "" : ", by the lesson's solution");
	emit(log, one, &text);
}

void log_end(struct log *log, bool finished)
{
	cleanup_text struct text text = { 0 };

	if (!log)
		return;
	json_t *one = event(finished ? "finished" : "left");
	text_addf(&text, "\n%s %s.\n", finished ? "Finished" : "Left",
		  json_string_value(json_object_get(one, "time")));
	emit(log, one, &text);
}
