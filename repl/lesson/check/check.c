#include "lesson/check/check.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "lesson/check/predicates.h"
#include "session/session.h"
#include "words/language/words.h"

enum check_kind { CHECK_AND, CHECK_OR, CHECK_NOT, CHECK_IN, CHECK_TEST };

struct check {
	enum check_kind kind;
	const struct check *left, *right; /* right: of and, or */
	const char *whom;                 /* of in */
	const struct predicate *predicate;
	const char *words[PREDICATE_WORDS];
	const char *text;                 /* of a test, as written */
};

/* One word; parentheses are words of their own. plain: no quotes, so it may be an operator. */
struct token {
	const char *s;
	int column;
	bool plain;
};

enum { DEEPEST = 100 };

struct parser {
	struct arena *arena;
	struct error *err;
	struct token *tokens;
	size_t count, at;
	int end; /* the column behind the last */
	int depth;
};

/* ---- words ---- */

static void add_token(struct parser *parser, const char *s, int column, bool plain)
{
	parser->tokens[parser->count++] = (struct token){ s, column, plain };
}

/* Parentheses around a plain word are words of their own. */
static void add_word(struct parser *parser, const struct word *word)
{
	const char *s = word->s;
	int column = word->column;

	if (word->quoted) {
		add_token(parser, s, column, false);
		return;
	}
	for (; *s == '('; s++)
		add_token(parser, "(", column++, true);
	size_t length = strlen(s), closing = 0;
	while (closing < length && s[length - closing - 1] == ')')
		closing++;
	if (length > closing)
		add_token(parser, arena_copyn(parser->arena, s, length - closing), column, true);
	for (size_t i = 0; i < closing; i++)
		add_token(parser, ")", column + (int)(length - closing + i), true);
}

static int split(struct parser *parser, const char *s, size_t length)
{
	struct statement *list;
	size_t count;

	if (words_split(s, length, parser->arena, &list, &count, parser->err) < 0)
		return -1;
	parser->tokens = arena_new(parser->arena, (length + 1) * sizeof(*parser->tokens));
	parser->end = (int)length + 1;
	if (count > 1) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "a check is one expression, without \";\"");
		parser->err->column = list[1].column;
		return -1;
	}
	for (size_t i = 0; count && i < list[0].count; i++)
		add_word(parser, &list[0].words[i]);
	return 0;
}

/* ---- expressions ---- */

static const struct token *peek(const struct parser *parser)
{
	return parser->at < parser->count ? &parser->tokens[parser->at] : NULL;
}

static bool is_plain(const struct token *token, const char *word)
{
	return token && token->plain && strcmp(token->s, word) == 0;
}

static bool takes(struct parser *parser, const char *word)
{
	if (!is_plain(peek(parser), word))
		return false;
	parser->at++;
	return true;
}

static bool ends_predicate(const struct token *token)
{
	return !token || is_plain(token, "and") || is_plain(token, "or") || is_plain(token, ")");
}

static const struct check *fail_at(struct parser *parser, const struct token *token)
{
	parser->err->column = token ? token->column : parser->end;
	return NULL;
}

static struct check *node(struct parser *parser, enum check_kind kind, const struct check *left,
			  const struct check *right)
{
	struct check *check = arena_new(parser->arena, sizeof(*check));

	*check = (struct check){ .kind = kind, .left = left, .right = right };
	return check;
}

/* The next of a pattern's words into ret, cut at size; returns what is behind it. */
static const char *next_slot(const char *pattern, char *ret, size_t size)
{
	size_t length = strcspn(pattern, " ");

	snprintf(ret, size, "%.*s", (int)length, pattern);
	return pattern + length + (pattern[length] == ' ');
}

/* Whether word is one of the alternatives of a literal slot, "own|host". */
static bool is_among(const char *slot, const char *word)
{
	size_t length = strlen(word);

	while (*slot) {
		size_t end = strcspn(slot, "|");
		if (end == length && memcmp(slot, word, length) == 0)
			return true;
		slot += end + (slot[end] == '|');
	}
	return false;
}

/* How a pattern fits the words that come. */
struct fit {
	size_t matched;       /* so many words of it */
	bool whole;           /* all, and the predicate ends there */
	bool bad_argument;    /* the next is an argument of another kind: err says so */
	char wanted[64];      /* what was expected there */
};

static void fit_pattern(struct parser *parser, const char *pattern, struct fit *ret,
			struct error *err)
{
	*ret = (struct fit){ 0 };
	while (*pattern) {
		const struct token *token = parser->at + ret->matched < parser->count ?
					    &parser->tokens[parser->at + ret->matched] : NULL;
		pattern = next_slot(pattern, ret->wanted, sizeof(ret->wanted));
		if (ends_predicate(token))
			return;
		bool argument = ret->wanted[0] >= 'A' && ret->wanted[0] <= 'Z';
		if (argument && !argument_fits(ret->wanted, token->s, err)) {
			ret->bad_argument = true;
			return;
		}
		if (!argument && !is_among(ret->wanted, token->s))
			return;
		ret->matched++;
	}
	ret->wanted[0] = '\0';
	ret->whole = ends_predicate(parser->at + ret->matched < parser->count ?
				    &parser->tokens[parser->at + ret->matched] : NULL);
}

static const struct check *fail_unknown(struct parser *parser)
{
	cleanup_text struct text known = { 0 };
	const struct token *token = peek(parser);
	char word[64], last[64] = "";

	for (size_t i = 0; predicates[i].pattern; i++) {
		next_slot(predicates[i].pattern, word, sizeof(word));
		if (strcmp(word, last) != 0)
			text_addf(&known, "%s%s", known.len ? " " : "", word);
		memcpy(last, word, sizeof(last));
	}
	fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "no such predicate: %s", vis(token->s));
	fail_fix(parser->err, "the first word is one of: %s in not", text_of(&known));
	return fail_at(parser, token);
}

/* No pattern fits: say what could stand where the best of them ended. */
static const struct check *fail_no_fit(struct parser *parser)
{
	cleanup_text struct text wanted = { 0 };
	struct error unfit = { 0 };
	const struct token *first = peek(parser);
	size_t most = 0;
	bool bad = false;

	for (size_t i = 0; predicates[i].pattern; i++) {
		struct error err = { 0 };
		struct fit fit;
		fit_pattern(parser, predicates[i].pattern, &fit, &err);
		if (!fit.matched || fit.matched < most)
			continue;
		if (fit.matched > most) {
			text_clear(&wanted);
			bad = false;
		}
		most = fit.matched;
		if (fit.bad_argument) {
			bad = true;
			unfit = err;
		}
		if (!text_of(&wanted)[0] || !strstr(text_of(&wanted), fit.wanted))
			text_addf(&wanted, "%s%s", wanted.len ? ", " : "",
				  fit.wanted[0] ? fit.wanted : "the end, and, or");
	}
	const struct token *token = parser->at + most < parser->count ?
				    &parser->tokens[parser->at + most] : NULL;
	if (bad && token && !ends_predicate(token)) {
		*parser->err = unfit;
	} else if (token) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "%s: not expected here: %s", vis(first->s), vis(token->s));
		fail_fix(parser->err, "expected: %s", text_of(&wanted));
	} else {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "%s: something is missing at the end", vis(first->s));
		fail_fix(parser->err, "expected: %s", text_of(&wanted));
	}
	return fail_at(parser, token);
}

/* A test as it was written, quoted where that is needed. */
static const char *text_of_test(struct parser *parser, size_t count)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct token *token = &parser->tokens[parser->at + i];
		text_add(&text, i ? " " : "");
		if (token->plain)
			text_add_visible(&text, token->s, strlen(token->s));
		else
			text_add_sh(&text, token->s);
	}
	return arena_copy(parser->arena, text_of(&text));
}

static const struct check *parse_test(struct parser *parser)
{
	bool known = false;

	for (size_t i = 0; predicates[i].pattern; i++) {
		struct error unused;
		struct fit fit;
		fit_pattern(parser, predicates[i].pattern, &fit, &unused);
		known = known || fit.matched > 0;
		if (!fit.whole)
			continue;
		struct check *check = node(parser, CHECK_TEST, NULL, NULL);
		check->predicate = &predicates[i];
		check->text = text_of_test(parser, fit.matched);
		for (size_t w = 0; w < fit.matched; w++)
			check->words[w] = parser->tokens[parser->at++].s;
		return check;
	}
	return known ? fail_no_fit(parser) : fail_unknown(parser);
}

static const struct check *parse_or(struct parser *parser);

static const struct check *parse_factor(struct parser *parser);

static const struct check *parse_group(struct parser *parser, const struct token *open)
{
	const struct check *inner = parse_or(parser);

	if (!inner || takes(parser, ")"))
		return inner;
	if (peek(parser)) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "not expected here: %s", vis(peek(parser)->s));
		return fail_at(parser, peek(parser));
	}
	fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "the parenthesis is not closed");
	return fail_at(parser, open);
}

static const struct check *parse_in(struct parser *parser)
{
	const struct token *whom = peek(parser);

	if (ends_predicate(whom)) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "in: no name given: a job, a container or a process number");
		return fail_at(parser, whom);
	}
	parser->at++;
	const struct check *inner = parse_factor(parser);
	if (!inner)
		return NULL;
	struct check *check = node(parser, CHECK_IN, inner, NULL);
	check->whom = whom->s;
	return check;
}

static const struct check *parse_factor(struct parser *parser)
{
	const struct token *token = peek(parser);
	const struct check *ret;

	if (ends_predicate(token)) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, token ? "a predicate is missing before %s" :
					     "a predicate is missing at the end%s",
		     token ? token->s : "");
		fail_fix(parser->err, "for example: ns pid own; help check lists them all");
		return fail_at(parser, token);
	}
	if (++parser->depth > DEEPEST) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "nested more than %d deep", DEEPEST);
		return fail_at(parser, token);
	}
	if (takes(parser, "(")) {
		ret = parse_group(parser, token);
	} else if (takes(parser, "not")) {
		const struct check *inner = parse_factor(parser);
		ret = inner ? node(parser, CHECK_NOT, inner, NULL) : NULL;
	} else if (takes(parser, "in")) {
		ret = parse_in(parser);
	} else {
		ret = parse_test(parser);
	}
	parser->depth--;
	return ret;
}

static const struct check *parse_and(struct parser *parser)
{
	const struct check *left = parse_factor(parser);

	while (left && takes(parser, "and")) {
		const struct check *right = parse_factor(parser);
		left = right ? node(parser, CHECK_AND, left, right) : NULL;
	}
	return left;
}

static const struct check *parse_or(struct parser *parser)
{
	const struct check *left = parse_and(parser);

	while (left && takes(parser, "or")) {
		const struct check *right = parse_and(parser);
		left = right ? node(parser, CHECK_OR, left, right) : NULL;
	}
	return left;
}

const struct check *check_parse(const char *s, size_t length, int column, struct arena *arena,
				struct error *err)
{
	struct parser parser = { .arena = arena, .err = err };
	const struct check *ret = NULL;

	if (split(&parser, s, length) == 0)
		ret = parse_or(&parser);
	if (ret && peek(&parser)) {
		fail_id(err, ERR_CHECK_SYNTAX, 0, "not expected here: %s", vis(peek(&parser)->s));
		ret = fail_at(&parser, peek(&parser));
	}
	if (!ret && err->column)
		err->column += column - 1;
	return ret;
}

/* ---- judging ---- */

static struct finding *add_finding(struct verdict *verdict, const char *whom,
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
		.test = whom ? arena_print(&verdict->arena, "in %s %s", vis(whom), check->text) :
			       arena_copy(&verdict->arena, check->text),
		.saw = "not looked at",
	};
	return finding;
}

/* Everything below check, without looking. */
static void pass_over(const struct check *check, const char *whom, struct verdict *ret)
{
	if (check->kind == CHECK_TEST)
		add_finding(ret, whom, check);
	else
		pass_over(check->left, check->kind == CHECK_IN ? check->whom : whom, ret);
	if (check->right)
		pass_over(check->right, whom, ret);
}

static bool judge_test(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	struct finding *finding = add_finding(ret, asked->whom, check);
	cleanup_text struct text saw = { 0 };

	finding->looked = true;
	finding->holds = check->predicate->test(asked, check->words, &saw);
	finding->saw = arena_copy(&ret->arena, text_of(&saw));
	return finding->holds;
}

static bool judge(const struct check *check, const struct asked *asked, struct verdict *ret);

/* Nobody of that name: nothing holds of whom is not there. */
static void find_nobody(const struct check *check, const char *whom, const char *why,
			struct verdict *ret)
{
	size_t first = ret->count;

	pass_over(check, whom, ret);
	for (size_t i = first; i < ret->count; i++) {
		ret->list[i].looked = true;
		ret->list[i].saw = arena_copy(&ret->arena, why);
	}
}

static bool judge_in(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	struct session *session = asked->witness->session;
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
		find_nobody(check->left, check->whom, err.what, ret);
		return false;
	}
	if (reading_take(pid, &reading, &err) < 0) {
		find_nobody(check->left, check->whom, err.what, ret);
		return false;
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
		pass_over(check->right, asked->whom, ret);
		return left;
	}
	bool right = judge(check->right, asked, ret);
	return both ? left && right : left || right;
}

static bool judge(const struct check *check, const struct asked *asked, struct verdict *ret)
{
	switch (check->kind) {
	case CHECK_AND:
	case CHECK_OR:
		return judge_pair(check, asked, ret);
	case CHECK_NOT:
		return !judge(check->left, asked, ret);
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

	/* A child that has died has nothing any more; the look makes it so. */
	if (session_see(session, &err) < 0 || (session->child && session_look(session, &err) < 0)) {
		if (!session->seen) {
			find_nobody(check, NULL, err.what, ret);
			ret->holds = false;
			return;
		}
	}
	facts_cgroups(&session->facts);
	struct asked asked = {
		.witness = witness,
		.facts = &session->facts,
		.host = &session->host,
		.reading = &session->now,
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
