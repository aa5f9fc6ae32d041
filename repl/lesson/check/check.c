#include "lesson/check/check.h"

#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "lesson/check/expression.h"
#include "lesson/check/predicates.h"
#include "session/session.h"

/* Whom the part of an expression is about, and whether it stands under a not. */
struct part {
	const char *whom; /* NULL: the child */
	bool negated;
};

static const char *text_of_finding(struct arena *arena, const struct part *part,
				   const struct check *check)
{
	return arena_print(arena, "%s%s%s%s%s", part->negated ? _("not ") : "",
			   part->whom ? _("in ") : "", part->whom ? vis(part->whom) : "",
			   part->whom ? " " : "", check->text);
}

static struct finding *add_finding(struct verdict *verdict, const struct part *part,
				   const struct check *check)
{
	if (verdict->count == verdict->room) {
		size_t room = verdict->room ? verdict->room * 2 : 8;
		struct finding *list = arena_new(&verdict->arena, room * sizeof(*list));
		if (verdict->count)
			memcpy(list, verdict->list, verdict->count * sizeof(*list));
		verdict->list = list;
		verdict->room = room;
	}
	struct finding *finding = &verdict->list[verdict->count++];
	*finding = (struct finding){
		.test = text_of_finding(&verdict->arena, part, check),
		.saw = "not looked at", .negated = part->negated,
	};
	return finding;
}

/* Everything below check, without looking. */
static void pass_over(const struct check *check, const struct part *part, struct verdict *ret)
{
	struct part left = *part;

	if (check->kind == CHECK_TEST) {
		add_finding(ret, part, check);
		return;
	}
	left.negated = part->negated != (check->kind == CHECK_NOT);
	if (check->kind == CHECK_IN)
		left.whom = check->whom;
	pass_over(check->left, &left, ret);
	if (check->right)
		pass_over(check->right, part, ret);
}

static bool judge_test(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	struct finding *finding = add_finding(ret, &(struct part){ asked->whom, asked->negated }, check);
	cleanup_text struct text saw = { 0 };

	finding->looked = true;
	finding->holds = check->predicate->test(asked, check->words, &saw);
	finding->saw = arena_copy(&ret->arena, text_of(&saw));
	return finding->holds;
}

static bool judge(const struct check *check, const struct asked *asked, struct verdict *ret);

/* Nobody of that name: neither a thing nor its contrary holds of whom is not there. */
static void find_nobody(const struct check *check, const struct part *part, const char *why,
			struct verdict *ret)
{
	size_t first = ret->count;

	pass_over(check, part, ret);
	for (size_t i = first; i < ret->count; i++) {
		ret->list[i].looked = true;
		ret->list[i].holds = ret->list[i].negated;
		ret->list[i].saw = arena_copy(&ret->arena, why);
	}
}

static bool judge_in(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	struct session *session = asked->witness->session;
	struct part part = { check->whom, asked->negated };
	struct asked other = *asked;
	struct reading reading;
	struct error err;
	uint64_t number;

	session_reap(session);
	pid_t pid = session_named(session, check->whom);
	if (!pid && parse_number(check->whom, &number) && number > 0 && number <= INT32_MAX)
		pid = (pid_t)number;
	if (!pid) {
		fail_id(&err, ERR_JOB_ABSENT, 0, "no job or container %s", vis(check->whom));
		find_nobody(check->left, &part, err.what, ret);
		return asked->negated;
	}
	if (reading_take(pid, &reading, &err) < 0) {
		find_nobody(check->left, &part, err.what, ret);
		return asked->negated;
	}
	other.reading = &reading;
	other.whom = check->whom;
	bool holds = judge(check->left, &other, ret);
	reading_done(&reading);
	return holds;
}

static bool judge_pair(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	bool both = check->kind == CHECK_AND;
	bool left = judge(check->left, asked, ret);

	if (asked->witness->lazy && left != both) {
		pass_over(check->right, &(struct part){ asked->whom, asked->negated }, ret);
		return left;
	}
	bool right = judge(check->right, asked, ret);
	return both ? left && right : left || right;
}

static bool judge_not(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	struct asked other = *asked;

	other.negated = !asked->negated;
	return !judge(check->left, &other, ret);
}

static bool judge(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	switch (check->kind) {
	case CHECK_AND:
	case CHECK_OR:
		return judge_pair(check, asked, ret);
	case CHECK_NOT:
		return judge_not(check, asked, ret);
	case CHECK_IN:
		return judge_in(check, asked, ret);
	case CHECK_TEST:
		break;
	}
	return judge_test(check, asked, ret);
}

void check_judge(const struct check *check, const struct witness *witness, struct verdict *ret)
{
	struct session *session = witness->session;
	struct error err;

	session_cut_loose(session);
	/* A child that has died has nothing any more; the look makes it so. */
	if (session_see(session, &err) < 0 || (session->at->child && session_look(session, &err) < 0)) {
		if (!session->seen) {
			find_nobody(check, &(struct part){ 0 }, err.what, ret);
			ret->holds = false;
			return;
		}
	}
	facts_cgroups(&session->facts);
	struct asked asked = {
		.witness = witness,
		.facts = &session->facts,
		.host = &session->host,
		.reading = &session->at->now,
	};
	ret->holds = judge(check, &asked, ret);
}

void verdict_done(struct verdict *verdict)
{
	arena_done(&verdict->arena);
	*verdict = (struct verdict){ 0 };
}

const char *check_pattern(size_t i)
{
	return predicates[i].pattern;
}
