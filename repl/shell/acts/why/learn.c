/* caps learn: the fewest capabilities with which a program does what it does with all of them. Where the kernel can be
 * listened to, they are searched for among those that it was asked for; else among all. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/await.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "session/experiment/experiment.h"
#include "session/session.h"
#include "session/testimony/testimony.h"
#include "shell/acts/why/counting.h"
#include "shell/acts/why/why.h"
#include "shell/shell.h"
#include "shell/tell/report.h"
#include "words/language/command.h"
#include "words/wall/caps.h"

enum { MOST = 64, SHORTEST = 2000 /* ms that each replay has at least */ };

struct learning_caps {
	const char *exe;
	struct text story, run; /* what has been built; the line of the program */
	uint64_t all;           /* the child's */
	size_t replays;
	struct counting counting;
	int64_t began, end;     /* ms */
	int each;               /* ms that one replay may take */
	bool mark;              /* the kernel is listened to */
	bool heard;             /* it was, and told asked: what it gave the program */
	uint64_t asked;
	bool stop;
	struct grounds grounds; /* control groups, where the child is limited by them */
	struct error groundless; /* why there are none then */
	struct error *err;      /* of what stopped it */
	struct replayed last;
};

static void done(struct learning_caps *at)
{
	text_done(&at->story);
	text_done(&at->run);
}

/* The program with these capabilities alone. 1: it ended, 0: it took too long or was not built; -1: the search is over. */
static int perform(struct learning_caps *at, uint64_t kept)
{
	cleanup_text struct text lines = { 0 };
	int64_t now = clock_ms(), deadline = now + at->each;
	struct error err = { 0 };

	if (now >= at->end) {
		at->stop = true;
		fail_id(at->err, ERR_TRY_TIME, 0, "caps learn: the time was over after %zu replays", at->replays);
		return fail_fix(at->err, "caps learn --seconds N gives it more");
	}
	if (kept != at->all) {
		text_addf(&lines, "caps %s ", kept ? "keep" : "drop");
		capability_list(kept ? kept : at->all, "", " ", &lines);
		text_add(&lines, "\n");
	}
	text_add(&lines, text_of(&at->run));
	const struct replay one = { .exe = at->exe, .story = text_of(&at->story), .line = text_of(&lines),
				    .before_last = at->mark ? testimony_mark : NULL, .grounds = &at->grounds };
	counting_draw(&at->counting, ++at->replays);
	memset(&at->last, 0, sizeof(at->last));
	if (replay(&one, deadline < at->end ? deadline : at->end, &at->last, &err) == 0)
		return at->last.built;
	if (err.code == ETIMEDOUT)
		return 0;
	at->stop = true;
	*at->err = err;
	return -1;
}

static bool is_enough(struct learning_caps *at, uint64_t kept)
{
	return perform(at, kept) > 0 && at->last.status == 0;
}

static uint64_t set_of(const bool *chosen)
{
	uint64_t ret = 0;

	for (unsigned i = 0; i < MOST; i++)
		ret |= chosen[i] ? CAPABILITY(i) : 0;
	return ret;
}

static bool holds(void *context, const bool *chosen)
{
	return is_enough(context, set_of(chosen));
}

/* With all of them it has to end well. */
static int check_all(struct learning_caps *at)
{
	int64_t began = clock_ms();

	if (is_enough(at, at->all)) {
		int took = (int)(clock_ms() - began);
		at->each = 10 * took > SHORTEST ? 10 * took : SHORTEST;
		return 0;
	}
	if (at->stop)
		return -1;
	fail_id(at->err, ERR_TRY_STAYS, 0, "cannot tell: with all the child's capabilities it does not end well in the sandbox either");
	if (at->last.built)
		fail_why(at->err, "it ends with status %d there%s%s", at->last.status, at->last.said[0] ? ": " : "", at->last.said);
	else if (at->groundless.id[0]) {
		cleanup_text struct text why = { 0 };
		add_groundless(&at->groundless, &why);
		fail_why(at->err, "%s", text_of(&why));
	} else if (at->last.trouble[0])
		fail_why(at->err, "%s", text_begins(at->last.trouble, "stave: ") ? at->last.trouble + 7 : at->last.trouble);
	else
		fail_why(at->err, "it did not end in time there");
	return fail_fix(at->err, "choose a CMD that ends with status 0: run CMD shows how it ends");
}

/* The same, while the kernel tells what it is asked for. Where it cannot be listened to, or more was said than there was
 * room for, nothing has been heard. */
static int check_and_listen(struct session *session, struct learning_caps *at)
{
	struct testified testified = { 0 };
	struct testimony testimony;
	struct refusals refusals;
	struct error ignored;

	at->mark = testimony_begin(session, true, 0, &testimony, &ignored) == 0;
	int ret = check_all(at);
	if (!at->mark)
		return ret;
	at->mark = false;
	if (ret == 0 && testimony_read(&testimony, &testified, &ignored) == 0 && !testified.cut) {
		refusals_parse(&testified, &refusals);
		at->heard = refusals.marked;
		at->asked = refusals.granted & at->all;
		refusals_done(&refusals);
	}
	testimony_end(session, &testimony);
	testified_done(&testified);
	return ret;
}

/* Without any one of them it fails: how is told. */
static int prove(struct learning_caps *at, uint64_t needed, struct replayed without[MOST])
{
	for (unsigned i = 0; i < MOST; i++) {
		if (!(needed & CAPABILITY(i)))
			continue;
		if (perform(at, needed & ~CAPABILITY(i)) < 0)
			return -1;
		without[i] = at->last;
	}
	return 0;
}

/* ---- what is told ---- */

static void add_options(uint64_t needed, struct text *ret)
{
	text_add(ret, "--cap-drop all");
	for (unsigned i = 0; i < MOST; i++) {
		if (!(needed & CAPABILITY(i)))
			continue;
		text_add(ret, " --cap-add ");
		capability_list(CAPABILITY(i), "", "", ret);
	}
}

static void tell(const struct shell *shell, const struct learning_caps *at, uint64_t needed, const struct replayed *without,
		 struct text *ret)
{
	cleanup_text struct text names = { 0 }, line = { 0 }, options = { 0 }, idle = { 0 }, note = { 0 };
	double seconds = (double)(clock_ms() - at->began) / 1000;

	capability_list(needed, "", " ", &names);
	if (needed)
		text_sayf(&line, N_("needs %s: %zu replays, %.1f s"), text_of(&names), at->replays, seconds);
	else
		text_sayf(&line, N_("needs no capability: %zu replays, %.1f s"), at->replays, seconds);
	text_addf(ret, "   %s\n", text_of(&line));
	for (unsigned i = 0; i < MOST; i++) {
		cleanup_text struct text name = { 0 }, how = { 0 };
		if (!(needed & CAPABILITY(i)))
			continue;
		capability_list(CAPABILITY(i), "", "", &name);
		if (without[i].built)
			text_sayf(&how, N_("without %s it ends with status %d%s%s"), text_of(&name), without[i].status,
				  without[i].said[0] ? ": " : "", without[i].said);
		else
			text_sayf(&how, N_("without %s it cannot begin, or does not end"), text_of(&name));
		report_advice(shell, _("proof"), text_of(&how), ret);
	}
	capability_list(at->heard ? at->asked & ~needed : 0, "", " ", &idle);
	if (idle.len)
		text_sayf(&note, N_("the kernel was asked about %s too; the program does without"), text_of(&idle));
	report_advice(shell, _("note"), text_of(&note), ret);
	text_add(&options, "container ");
	add_options(needed, &options);
	report_advice(shell, _("type"), text_of(&options), ret);
}

/* null: the kernel was not listened to. */
static json_t *asked_json(const struct learning_caps *at)
{
	json_t *ret = at->heard ? json_array() : json_null();

	for (unsigned i = 0; at->heard && i < MOST; i++) {
		cleanup_text struct text name = { 0 };
		if (at->asked & CAPABILITY(i)) {
			capability_list(CAPABILITY(i), "", "", &name);
			json_array_append_new(ret, json_string(text_of(&name)));
		}
	}
	return ret;
}

static void tell_json(const struct learning_caps *at, uint64_t needed, const struct replayed *without, struct text *ret)
{
	json_t *names = json_array(), *failed = json_object();
	cleanup_text struct text options = { 0 };

	for (unsigned i = 0; i < MOST; i++) {
		cleanup_text struct text name = { 0 };
		if (!(needed & CAPABILITY(i)))
			continue;
		capability_list(CAPABILITY(i), "", "", &name);
		json_array_append_new(names, json_string(text_of(&name)));
		json_object_set_new(failed, text_of(&name), without[i].built ? json_integer(without[i].status) : json_null());
	}
	add_options(needed, &options);
	json_t *object = json_pack("{so so ss so sI sf}", "capabilities", names, "asked", asked_json(at), "options",
				   text_of(&options), "without", failed, "replays", (json_int_t)at->replays, "seconds", (double)(clock_ms() - at->began) / 1000);
	char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	text_addf(ret, "%s\n", line);
	free(line);
}

/* ---- the word ---- */

/* What has been built, for an ordinary user with a user namespace in any case; and the line of the program. */
static int prepare(struct shell *shell, const struct words *words, struct learning_caps *at, struct error *err)
{
	struct session *session = &shell->session;

	if (session_see(session, err) < 0 || (session->at->child && session_look(session, err) < 0))
		return -1;
	session_script(session, NULL, &at->story);
	at->all = session->at->child ? session->at->now.cap_effective : session->host.cap_effective;
	if (!session->at->child && !session->facts.root) {
		text_add(&at->story, "unshare user\n");
		at->all = capabilities_known;
	}
	at->all &= capabilities_known;
	text_add(&at->run, "run --");
	for (size_t i = 1; i < words->count; i++) {
		text_add(&at->run, " ");
		text_add_sh(&at->run, words->args[i].s);
	}
	if (at->all)
		return 0;
	fail_id(err, ERR_CAPABILITY_ABSENT, 0, "caps learn: the child has no capability to begin with");
	return fail_fix(err, "unshare user gives all of them");
}

static int learn(struct shell *shell, const struct words *words, struct learning_caps *at, struct result *result)
{
	struct replayed without[MOST] = { 0 };
	bool chosen[MOST];

	if (check_and_listen(&shell->session, at) < 0)
		return -1;
	uint64_t needed = 0;
	if (!is_enough(at, 0)) {
		/* Whoever reads its own sets has asked for none of them. */
		uint64_t from = at->heard && is_enough(at, at->asked) ? at->asked : at->all;
		for (unsigned i = 0; i < MOST; i++)
			chosen[i] = from & CAPABILITY(i);
		if (at->stop || !minimize(MOST, holds, at, &at->stop, chosen))
			return -1;
		needed = set_of(chosen);
	}
	if (prove(at, needed, without) < 0)
		return -1;
	if (words_flag(words, "--json"))
		tell_json(at, needed, without, &result->output);
	else
		tell(shell, at, needed, without, &result->output);
	return 0;
}

/* What the child has been limited by. */
static void make_grounds(struct shell *shell, struct learning_caps *at)
{
	const struct session *session = &shell->session;
	struct lifts builds = { 0 };

	for (size_t i = 0; i < session->count; i++)
		lift_find(&session->steps[i]->plan, &builds);
	why_grounds(shell, &builds, &at->grounds, &at->groundless);
}

int caps_learn(struct shell *shell, const struct words *words, struct result *result)
{
	struct learning_caps at = { .exe = shell->exe, .began = clock_ms(), .err = &result->error };
	int64_t time = 0;

	if (why_time(words, &time, &result->error) < 0)
		return -1;
	at.end = at.began + time;
	at.each = (int)(time / 2);
	int ret = prepare(shell, words, &at, &result->error);
	if (ret == 0) {
		make_grounds(shell, &at);
		counting_begin(&at.counting, shell, "caps learn", words_flag(words, "--json"));
		ret = learn(shell, words, &at, result);
		counting_end(&at.counting);
		grounds_remove(&shell->session, &at.grounds);
	}
	done(&at);
	return ret;
}
