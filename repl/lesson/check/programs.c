/* What is asked by running a program, and of jobs. */
#include "lesson/check/predicates.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "lesson/check/check.h"
#include "session/session.h"
#include "walls/walls.h"

enum { SEEN_MOST = 60 };

/* s without blanks and newlines at both ends, in arena. */
static const char *trimmed(struct arena *arena, const char *s)
{
	static const char blanks[] = " \t\r\n";

	s += strspn(s, blanks);
	size_t length = strlen(s);
	while (length && strchr(blanks, s[length - 1]))
		length--;
	return arena_copyn(arena, s, length);
}

/* The first of what was printed, made visible and cut. */
static void say_output(const struct text *output, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const char *text = trimmed(&arena, text_of(output));
	char shown[SEEN_MOST];

	if (*text)
		text_sayf(saw, " and printed \"%s\"", visible(shown, sizeof(shown), text));
	else
		text_say(saw, " and printed nothing");
}

/* Whether a program that a lesson wants to be run could do to the host what the learner can, who is
 * not shown its command. *missing: the walls that are to stand first. */
static bool is_fenced_off(const struct asked *asked, struct text *missing)
{
	static const enum wall_id fence[] = { WALL_USER, WALL_MNT, WALL_PID, WALL_ROOT };
	const struct sides sides = { .child = asked->reading, .host = asked->host };

	if (!asked->witness->fenced)
		return false;
	/* Root needs no user namespace for the others. */
	for (size_t i = asked->facts->root; i < COUNT(fence); i++)
		if (!wall_stands(fence[i], &sides))
			text_addf(missing, " %s", walls[fence[i]].name);
	return missing->len > 0;
}

/* Run words[1]. false when it could not be started, which is said. */
static bool run_program(const struct asked *asked, const char *const *words, int *status,
			struct text *output, struct text *saw)
{
	const struct witness *witness = asked->witness;
	struct error err = { 0 };

	cleanup_text struct text missing = { 0 };

	if (is_fenced_off(asked, &missing)) {
		text_sayf(saw, "a lesson's check runs no program while it could reach the host; not "
			  "its own yet:%s", missing.s);
		return false;
	}
	if (!witness->run) {
		text_say(saw, "no program can be run here");
		return false;
	}
	if (witness->run(witness->context, asked->whom, words[1], status, output, &err) == 0) {
		text_sayf(saw, "it ended with status %d", *status);
		return true;
	}
	text_add(saw, err.what);
	if (err.code)
		text_addf(saw, ": %s", errno_name(err.code));
	return false;
}

bool predicate_prints(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text output = { 0 };
	int status = 0;

	if (!run_program(asked, words, &status, &output, saw))
		return false;
	say_output(&output, saw);
	if (strcmp(words[2], "says") == 0)
		return strstr(text_of(&output), words[3]);
	return status == 0 && strcmp(trimmed(&arena, text_of(&output)), trimmed(&arena, words[3])) == 0;
}

/* A program that is not there fails as well, as in sh(1): 127. */
bool predicate_status(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_text struct text output = { 0 }, missing = { 0 };
	int status = 127;

	if (is_fenced_off(asked, &missing))
		return run_program(asked, words, &status, &output, saw);
	bool started = run_program(asked, words, &status, &output, saw);
	if (started && status)
		say_output(&output, saw);
	return (started && status == 0) == (strcmp(words[2], "succeeds") == 0);
}

bool predicate_job(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct session *session = asked->witness->session;

	session_reap(session);
	bool running = session_named(session, words[1]);
	text_sayf(saw, running ? "%s runs" : "no job or container %s runs", vis(words[1]));
	return running == (strcmp(words[2], "running") == 0);
}
