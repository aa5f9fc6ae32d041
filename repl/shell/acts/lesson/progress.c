/* progress: how far one is. */
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "lesson/file/course.h"
#include "lesson/play/play.h"
#include "lesson/play/progress.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/acts/lesson/played.h"
#include "shell/shell.h"
#include "words/language/command.h"

static int tell(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_course struct course course = { 0 };
	size_t done = 0, begun = 0;

	(void)words;
	if (lessons_player(shell)) {
		player_steps(lessons_player(shell), ret);
		return 0;
	}
	if (course_open(course_language(), &course, err) < 0)
		return -1;
	for (size_t i = 0; i < course.count; i++) {
		bool finished = progress_finished(lessons_progress_of(shell), course.list[i]->name);
		done += finished;
		begun += !finished && progress_count(lessons_progress_of(shell), course.list[i]->name);
	}
	text_sayf(ret, "%zu of %zu lessons done, %zu begun\n", done, course.count, begun);
	if (progress_last(lessons_progress_of(shell)))
		text_sayf(ret, "lesson continues %s\n", vis(progress_last(lessons_progress_of(shell))));
	return 0;
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, tell);
}

void lessons_begun(struct text *ret)
{
	struct progress *progress = progress_open(false);
	const char *last = progress_last(progress);

	if (last && !progress_finished(progress, last))
		text_add_visible(ret, last, strlen(last));
	progress_close(progress);
}

const struct command command_progress = {
	.name = "progress", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL,
	.summary = "your progress in the lesson, or in all of them",
	.explain = "In a lesson: its steps, and which of them are done. Outside: which lessons "
		"are done. Your progress is kept in $XDG_STATE_HOME/stave/progress "
		"(~/.local/state/stave/progress), which nobody else can read.",
	.example = "progress",
};
