#include "image/intake/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/message/begin.h"
#include "base/process/halted.h"
#include "base/process/own.h"
#include "base/process/process_stat.h"
#include "base/process/signal.h"

static const uint64_t LAST = 5ULL * SECOND;
enum { PAUSE = 10 /* ms */, LOOK = 1000 /* ms */, LOOKS = 5 };
enum { MOST_OF_LINE = 1024 * 1024, MOST_ARGS = 1100, FDS = STDERR_FILENO + 3 /* a user namespace, the output */ };

/* ---- where it is ---- */

static int find_reader(char *ret, size_t size, struct error *err)
{
	if (own_program("stave-archive", ret, size))
		return 0;
	fail_id(err, ERR_READER_MISSING, errno, "the archive reader, stave-archive, is missing");
	fail_why(err, "Stave looks for it beside its own program, and in ../libexec/stave");
	return fail_fix(err, "make builds it beside stave, make install installs both");
}

/* ---- what it says ---- */

static const char *text_in(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static uint64_t number_in(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	return number > 0 ? (uint64_t)number : 0;
}

/* Its texts are printable, with each backslash doubled, as it made them; whoever took it over may not
 * have kept to that. */
static void take_text(char *to, size_t size, const char *s)
{
	cleanup_text struct text text = { 0 };
	size_t used = 0;

	text_add_visible(&text, s, strlen(s));
	for (const char *p = text_of(&text); *p && used + 1 < size; p++) {
		to[used++] = *p;
		p += p[0] == '\\' && p[1] == '\\';
	}
	to[used] = '\0';
}

/* What an archive took hold of may send any id: only those of the table are taken. */
static int take_error(const json_t *said, struct error *err)
{
	json_int_t code = json_integer_value(json_object_get(said, "code"));
	const struct error_row *row = error_called(text_in(said, "id"));

	*err = (struct error){ .code = code > 0 && code < 4096 ? (int)code : 0 };
	snprintf(err->id, sizeof(err->id), "%s", row ? row->id : "reader.failed");
	take_text(err->what, sizeof(err->what), text_in(said, "what"));
	take_text(err->why, sizeof(err->why), text_in(said, "why"));
	take_text(err->fix, sizeof(err->fix), text_in(said, "fix"));
	return 1;
}

/* The first few, and that there are more. */
static void take_names(const json_t *names, struct image_notes *notes)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		size_t used = strlen(notes->left_out), room = sizeof(notes->left_out) - used;
		char shown[300];
		if (strstr(notes->left_out, ", ..."))
			return;
		take_text(shown, sizeof(shown), json_is_string(name) ? json_string_value(name) : "");
		if (strlen(shown) + strlen(", , ...") >= room) {
			if (room > strlen(", ..."))
				strcat(notes->left_out, ", ...");
			return;
		}
		snprintf(notes->left_out + used, room, "%s%s", used ? ", " : "", shown);
	}
}

static void take_notes(const json_t *said, struct image_notes *notes)
{
	notes->owners += number_in(said, "owners");
	notes->devices += number_in(said, "devices");
	notes->whiteouts += number_in(said, "whiteouts");
	notes->attributes += number_in(said, "attributes");
	notes->times += number_in(said, "times");
	take_names(json_object_get(said, "left_out"), notes);
}

static void take_progress(const json_t *said, const struct image_watch *watch)
{
	struct image_progress progress = {
		.what = text_in(said, "what"),
		.layer = (unsigned)number_in(said, "layer"), .of = (unsigned)number_in(said, "of"),
		.bytes = number_in(said, "bytes"), .total = number_in(said, "total"),
	};

	if (watch->progress)
		watch->progress(watch->data, &progress);
}

int reader_line(const char *line, size_t length, const struct image_watch *watch,
		struct image_notes *notes, json_t **result, struct error *err)
{
	json_t *said = json_loadb(line, length, 0, NULL), *inner;
	int ret = 0;

	if ((inner = json_object_get(said, "progress"))) {
		take_progress(inner, watch);
	} else if ((inner = json_object_get(said, "notes"))) {
		take_notes(inner, notes);
	} else if ((inner = json_object_get(said, "error"))) {
		ret = take_error(inner, err);
	} else if (json_is_object(inner = json_object_get(said, "result")) && !*result) {
		*result = json_incref(inner);
	} else {
		cleanup_text struct text text = { 0 };
		text_addn(&text, line, length < 300 ? length : 300);
		fail_id(err, ERR_READER_FAILED, 0, "the archive reader sent an unexpected answer");
		fail_why(err, "%s", vis(text_of(&text)));
		ret = 1;
	}
	json_decref(said);
	return ret;
}

/* ---- its life ---- */

struct reading {
	const struct image_watch *watch;
	struct image_notes *notes;
	json_t **result;
	struct text pending; /* of a line that has not ended */
	bool failed;         /* err says how; the first time counts */
};

static void take_lines(struct reading *reading, const char *bytes, size_t length,
		       struct error *err)
{
	text_addn(&reading->pending, bytes, length);
	if (reading->pending.len > MOST_OF_LINE)
		reading->failed = true;
	char *at = reading->pending.s, *end;
	size_t left = reading->pending.len;
	while (!reading->failed && (end = memchr(at, '\n', left))) {
		reading->failed = reader_line(at, (size_t)(end - at), reading->watch, reading->notes,
					      reading->result, err) != 0;
		left -= (size_t)(end + 1 - at);
		at = end + 1;
	}
	memmove(reading->pending.s, at, left);
	reading->pending.len = left;
}

static int fail_stopped(pid_t pid, struct error *err)
{
	fail(err, ETIMEDOUT, "no answer from the archive reader (pid %d) for %d seconds", pid, LOOKS);
	return fail_why(err, "its state was %s, and it has been ended", process_state('T'));
}

/* Listen until all processes of pid have closed the pipe, or the watch wants no more. What they read may be slow; but
 * while one of them is stopped, nothing comes of it. */
static int listen_to(struct reading *reading, pid_t pid, int fd, struct error *err)
{
	const struct image_watch *watch = reading->watch;
	struct pollfd waits[] = { { fd, POLLIN }, { watch->fd, POLLIN } };
	char bytes[16384];

	for (int looks = 0;;) {
		int ready = poll(waits, 2, LOOK);
		if (ready < 0 && errno != EINTR)
			return fail(err, errno, "poll");
		pid_t stopped = ready == 0 ? process_stopped(pid) : 0;
		looks = stopped ? looks + 1 : 0;
		if (looks == LOOKS)
			return fail_stopped(stopped, err);
		if (watch->fd >= 0 && watch->stop && watch->stop(watch->data)) {
			fail_id(err, ERR_STOPPED, 0, "stopped; nothing is kept");
			return IMAGE_STOPPED;
		}
		if (!waits[0].revents)
			continue;
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno != EINTR)
			return fail(err, errno, "read from the archive reader");
		if (n == 0)
			return reading->failed ? -1 : 0;
		if (n > 0 && !reading->failed)
			take_lines(reading, bytes, (size_t)n, err);
	}
}

/* posix_spawn(3) copies one descriptor after the other: what is still to be copied may not lie where
 * another goes. A descriptor that is left out would be the shell's own. 0, or the errno. */
static int hand_over(const int given[FDS], int kept[FDS], posix_spawn_file_actions_t *actions)
{
	int code = 0;

	for (int i = 0; i < FDS && code == 0; i++) {
		kept[i] = given[i] < 0 ? -1 : fcntl(given[i], F_DUPFD_CLOEXEC, FDS);
		if (given[i] >= 0)
			code = kept[i] < 0 ? errno : posix_spawn_file_actions_adddup2(actions, kept[i], i);
	}
	return code;
}

static pid_t start(const struct reader_run *run, int pipe_end, struct error *err)
{
	char *argv[MOST_ARGS + 4] = { 0 }, *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	char path[4200];
	pid_t pid;

	if (find_reader(path, sizeof(path), err) < 0)
		return -1;
	char catalog[PATH_MAX], option[] = "--catalog";
	size_t count = 0;
	argv[count++] = path;
	if (messages_path()) {
		snprintf(catalog, sizeof(catalog), "%s", messages_path());
		argv[count++] = option;
		argv[count++] = catalog;
	}
	for (size_t i = 0; i < MOST_ARGS && run->args[i]; i++)
		argv[count++] = run->args[i];
	const int given[FDS] = { run->input, pipe_end, pipe_end, run->userns, run->output };
	int kept[FDS] = { -1, -1, -1, -1, -1 };
	posix_spawn_file_actions_init(&actions);
	int code = hand_over(given, kept, &actions);
	if (code == 0)
		code = posix_spawn(&pid, path, &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	for (int i = 0; i < FDS; i++)
		if (kept[i] >= 0)
			close(kept[i]);
	return code ? fail(err, code, "posix_spawn %s", vis(path)) : pid;
}

/* Its end, when it has not said why. */
static int fail_ended(int status, const struct text *said, struct error *err)
{
	if (WIFSIGNALED(status)) {
		const char *name = signal_name(WTERMSIG(status));
		fail_id(err, ERR_READER_FAILED, 0, "the archive reader was killed by SIG%s", name ? name : "?");
	} else {
		fail_id(err, ERR_READER_FAILED, 0, "the archive reader ended with status %d", WEXITSTATUS(status));
	}
	if (said->len) {
		cleanup_text struct text text = { 0 };
		text_addn(&text, said->s, said->len < 300 ? said->len : 300);
		fail_why(err, "%s", vis(text_of(&text)));
	}
	return -1;
}

static void drain(int fd)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR))
		;
}

/* Wait for the end of one that has nothing more to say, in LAST at the most: it may be stopped. Else kill it. */
static int await_end(pid_t pid, const struct image_watch *watch, int *status, struct error *err)
{
	cleanup_fd int pidfd = sys_pidfd_open(pid);
	struct pollfd waits[] = { { pidfd, POLLIN }, { watch->fd, POLLIN } };
	const uint64_t end = clock_now() + LAST;
	int ret = 0;

	while (waitpid(pid, status, WNOHANG) == 0) {
		poll(waits, 2, pidfd < 0 ? PAUSE : PAUSE * 10);
		bool stopped = watch->fd >= 0 && watch->stop && watch->stop(watch->data);
		if (!stopped && clock_now() < end)
			continue;
		if (stopped) {
			fail_id(err, ERR_STOPPED, 0, "stopped; nothing is kept");
			ret = IMAGE_STOPPED;
		} else if (process_stopped(pid) == pid) {
			ret = fail_stopped(pid, err);
		}
		kill(pid, SIGKILL);
		waitpid(pid, status, 0);
		break;
	}
	return ret;
}

int reader_run(const struct reader_run *run, const struct image_watch *watch,
	       struct image_notes *notes, json_t **result, struct error *err)
{
	struct reading reading = { .watch = watch, .notes = notes, .result = result };
	int ends[2], status = 0;

	*result = NULL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "pipe");
	cleanup_fd int from = ends[0], to = ends[1];
	pid_t pid = start(run, to, err);
	close(steal_fd(&to));
	if (pid < 0)
		return -1;
	int ret = listen_to(&reading, pid, from, err);
	if (ret < 0)
		kill(pid, SIGKILL);
	int waited = await_end(pid, watch, &status, err);
	ret = ret < 0 ? ret : waited;
	/* The last of its processes has the pipe open until it has ended. */
	drain(from);
	if (ret == 0 && (status || !*result))
		ret = fail_ended(status, &reading.pending, err);
	text_done(&reading.pending);
	if (ret < 0)
		json_decref(steal_ptr(result));
	return ret;
}
