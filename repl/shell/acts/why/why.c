/* why: the last line that failed, its one cause and what to type. */
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/show/fill.h"
#include "base/text.h"
#include "shell/acts/why/why.h"
#include "shell/shell.h"
#include "shell/tell/ended/ended.h"
#include "shell/tell/ended/last.h"
#include "shell/tell/report.h"
#include "shell/tell/trace/trace.h"
#include "words/language/command.h"

static int fail_riddle(struct error *err)
{
	fail_id(err, ERR_LESSON_LOCKED, 0, "why: not available while finding the cause is the task");
	return fail_fix(err, "look at the state: status, ns, mounts, layers, caps; hint helps");
}

static void tell_error(const struct shell *shell, const struct error *error, struct text *ret)
{
	cleanup_text struct text what = { 0 }, more = { 0 };

	text_add(&what, error->what);
	if (error->code)
		text_addf(&what, ": %s (%s)", errno_name(error->code), errno_text(error->code));
	report_advice(shell, _("what"), text_of(&what), ret);
	/* What Stave refuses itself it has said whole. */
	report_advice(shell, _("why"), error->why[0] || !error->code || error_cause(error)[0] ? error->why : _("nothing that can be looked at tells more"), ret);
	report_advice(shell, _("fix"), error->fix, ret);
	text_addf(&more, "explain %s", error->cause[0] ? error->cause : error->id);
	report_advice(shell, _("more"), text_of(&more), ret);
}

/* What the program printed of a call is looked at where the child is the one that it was in. */
static bool look_at_printed(struct shell *shell, struct text *why, struct text *fix)
{
	const struct last_failure *last = shell->last;
	struct error unseen;

	return last->printed && shell->session.at->child && session_see(&shell->session, &unseen) == 0 &&
	       session_look(&shell->session, &unseen) == 0 && shell->session.at->now.pid == last->pid &&
	       trace_printed(&shell->session, last->name, last->printed, why, fix);
}

static void tell_ended(struct shell *shell, struct text *ret)
{
	const struct last_failure *last = shell->last;
	cleanup_text struct text seen = { 0 }, why = { 0 }, out = { 0 }, fix = { 0 };

	bool looked = look_at_printed(shell, &seen, &out);
	if (is_line_for_child(text_of(&out)))
		add_address(shell, &fix);
	text_add(&fix, text_of(&out));
	if (looked)
		text_sayf(&why, "it ended itself with status %d; %s", last->status, text_of(&seen));
	if (looked && fix.len && last->fix.len)
		text_add(&fix, "; ");
	text_add(&fix, text_of(&last->fix));
	report_advice(shell, _("why"), text_of(looked ? &why : &last->why), ret);
	report_advice(shell, _("fix"), text_of(&fix), ret);
}

enum { SECONDS = 20, MOST_SECONDS = 3600 };

static int check_possible(const struct shell *shell, const char *flag, struct error *err)
{
	const struct last_failure *last = shell->last;

	if (!last || !last->program) {
		fail_id(err, ERR_TRY_NOTHING, 0, last ? N_("why %s: the last line that failed did not fail by a program's end") :
							N_("why %s: no line of this session has failed"), flag);
		if (last)
			fail_why(err, "that line is: %s", vis(last->line));
		return fail_fix(err, "run CMD, or container -- CMD; a call that failed is explained by why alone");
	}
	if (last->job) {
		fail_id(err, ERR_TRY_NOTHING, 0, "why %s: the program was a job, which another line has started", flag);
		return fail_fix(err, "run CMD: a program that the line waits for");
	}
	if (last->terminal) {
		fail_id(err, ERR_TRY_TERMINAL, 0, "why %s: the program had a terminal, and the sandbox has none", flag);
		return fail_fix(err, "the same line without -t, where the program fails without a terminal too");
	}
	if (last->outside)
		return fail_id(err, ERR_TRY_OUTSIDE, 0, "why %s: the session is connected to the host's network, which the sandbox does not reach", flag);
	return 0;
}

int why_time(const struct words *words, int64_t *ret, struct error *err)
{
	const char *value = words_flag(words, "--seconds");
	char *end = NULL;
	long seconds = value ? strtol(value, &end, 10) : SECONDS;

	if (value && (*end || end == value || seconds < 1 || seconds > MOST_SECONDS))
		return fail_id(err, ERR_OPTION_NUMBER, 0, "--seconds takes 1 to %d, not %s", MOST_SECONDS, vis(value));
	*ret = seconds * 1000;
	return 0;
}

int why_prepare(const struct shell *shell, const struct words *words, const char *flag, int64_t *time, struct error *err)
{
	return why_time(words, time, err) < 0 ? -1 : check_possible(shell, flag, err);
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	const struct last_failure *last = shell->last;
	struct text *ret = &result->output;
	cleanup_text struct text line = { 0 };
	int64_t time;

	if (why_time(words, &time, &result->error) < 0)
		return -1;
	if (shell->riddle)
		return fail_riddle(&result->error);
	if (words_flag(words, "--try"))
		return why_try(shell, words, result);
	if (words_flag(words, "--kernel"))
		return why_kernel(shell, words, result);
	if (!last) {
		text_say(ret, " No line of this session has failed.\n");
		return 0;
	}
	text_add_prose(&line, last->line, strlen(last->line));
	report_advice(shell, _("line"), text_of(&line), ret);
	if (!last->program) {
		tell_error(shell, &last->error, ret);
		return 0;
	}
	report_ended(shell, last->status, ret);
	tell_ended(shell, ret);
	return 0;
}

static const struct flag_spec flags[] = {
	{ "--try", 0, NULL, .means = "find the walls that the program failed by: it is run again in a throwaway sandbox, with walls left out" },
	{ "--kernel", 0, NULL, .means = "ask the kernel (root): which capability over which user namespace it refused, in which of its functions, and who sent the signal that it ended by" },
	{ "--seconds", 0, "N", WORD_NUMBER, .means = "with --try and --kernel: how long at most; 20 when left out" },
	{ "--json", 0, NULL, .means = "a JSON object; with --try: culprits, call, errno, tried, not_tried, then, volume, replays, seconds; with --kernel: refused, killed, filtered, status, recurs, cut" },
	{ 0 }
};

const struct command command_why = {
	.name = "why", .kind = ACTS, .group = GROUP_STORY, .act = act, .tells = true, .late = true,
	.summary = "why the last line failed, and what to type",
	.explain = "Shows the last line that failed: the call and its errno, the one cause that the state of the system "
		"shows, and what to type. Of a program that ended with another status than 0 it says what ended it: the "
		"OOM killer where its counter in the control group rose, the sender of a signal where a signal has only "
		"one, else the program itself. trace shows which of its calls failed and which wall said no.\n\n"
		"--try proves it. The session's lines are performed again in a throwaway sandbox: namespaces of every type, and "
		"a copy of the host's files in memory, from which nothing reaches the host. The program must fail there as it "
		"did, and end well without walls; then walls are left out, fewer and fewer, until the smallest set is found "
		"without which it does not fail so; the call that failed is told, by following it twice more. Limits of control groups are tried in groups that are made for "
		"that, where they can be made. What the sandbox does not have is named as not tried.\n\n"
		"--kernel runs the program once more in that sandbox, with all walls, while a tracing instance of this session's "
		"own records each capability that the kernel refuses it: the program's process, the capability, the user "
		"namespace over which it was asked for, the function of the kernel that asked and the system call. The last "
		"row is the one that came last. It takes root of the whole machine; the instance is gone afterwards. Of a program that "
		"a signal ended it tells who sent that, also from outside of the child, or for what the kernel did.\n\n"
		"In a lesson whose task is to find the cause, why waits until it is found.",
	.flags = flags,
	.example = "unshare user\ncontainer -- sh -c \"exit 3\"\nwhy",
};
