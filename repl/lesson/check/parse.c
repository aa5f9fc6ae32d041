/* From the words of an expression to its tree. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "lesson/check/check.h"
#include "lesson/check/expression.h"
#include "lesson/check/predicates.h"
#include "lesson/check/tokens.h"
#include "words/language/words.h"

enum { DEEPEST = 100 };

struct parser {
	struct arena *arena;
	struct error *err;
	struct tokens words;
	size_t at;
	int depth;
};

static const struct token *peek(const struct parser *parser)
{
	return parser->at < parser->words.count ? &parser->words.list[parser->at] : NULL;
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
	parser->err->column = token ? token->column : parser->words.end;
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
	char wanted[100];     /* what was expected there */
};

static const struct token *token_at(const struct parser *parser, size_t behind)
{
	return parser->at + behind < parser->words.count ? &parser->words.list[parser->at + behind] : NULL;
}

/* Whether the slot takes the next word of the fit; false with what is wrong of it. */
static bool slot_takes(struct parser *parser, struct fit *fit, struct error *err)
{
	const struct token *token = token_at(parser, fit->matched);
	bool argument = fit->wanted[0] >= 'A' && fit->wanted[0] <= 'Z';

	if (ends_predicate(token))
		return false;
	if (argument && !argument_fits(fit->wanted, token->s, err)) {
		fit->bad_argument = true;
		return false;
	}
	if (!argument && !is_among(fit->wanted, token->s))
		return false;
	fit->matched++;
	return true;
}

/* NAME...: as many words as come; cut to the name of one. */
static bool repeats(char *slot)
{
	size_t length = strlen(slot);

	if (length < 4 || strcmp(slot + length - 3, "...") != 0)
		return false;
	slot[length - 3] = '\0';
	return true;
}

static void fit_pattern(struct parser *parser, const char *pattern, struct fit *ret,
			struct error *err)
{
	*ret = (struct fit){ 0 };
	while (*pattern) {
		pattern = next_slot(pattern, ret->wanted, sizeof(ret->wanted));
		bool many = repeats(ret->wanted);
		if (!slot_takes(parser, ret, err))
			return;
		while (many && !ends_predicate(token_at(parser, ret->matched)))
			if (!slot_takes(parser, ret, err))
				return;
	}
	ret->wanted[0] = '\0';
	ret->whole = ends_predicate(token_at(parser, ret->matched));
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
				  fit.wanted[0] ? fit.wanted : _("the end, and, or"));
	}
	const struct token *token = token_at(parser, most);
	if (bad && token && !ends_predicate(token)) {
		*parser->err = unfit;
	} else if (token) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "%s: not expected here: %s", vis(first->s), vis(token->s));
		fail_fix(parser->err, "expected: %s", text_of(&wanted));
	} else {
		struct error choices = { 0 };
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "%s: something is missing at the end", vis(first->s));
		/* What a wrong word would be told, a missing one is told as well. */
		if (argument_fits(text_of(&wanted), "?", &choices) || !choices.fix[0])
			fail_fix(parser->err, "expected: %s", text_of(&wanted));
		else
			fail_fix(parser->err, "expected: %s, %s", text_of(&wanted), choices.fix);
	}
	return fail_at(parser, token);
}

/* A test as it was written, quoted where that is needed. */
static const char *text_of_test(struct parser *parser, size_t count)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct token *token = &parser->words.list[parser->at + i];
		text_add(&text, i ? " " : "");
		if (token->plain)
			text_add_visible(&text, token->s, strlen(token->s));
		else
			text_add_sh(&text, token->s);
	}
	return arena_copy(parser->arena, text_of(&text));
}

static const char *const *take_words(struct parser *parser, size_t count)
{
	const char **ret = arena_new(parser->arena, (count + 1) * sizeof(*ret));

	for (size_t i = 0; i < count; i++)
		ret[i] = parser->words.list[parser->at++].s;
	ret[count] = NULL;
	return ret;
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
		check->words = take_words(parser, fit.matched);
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

	if (tokens_split(s, length, arena, &parser.words, err) == 0)
		ret = parse_or(&parser);
	if (ret && peek(&parser)) {
		fail_id(err, ERR_CHECK_SYNTAX, 0, "not expected here: %s", vis(peek(&parser)->s));
		ret = fail_at(&parser, peek(&parser));
	}
	if (!ret && err->column)
		err->column += column - 1;
	return ret;
}

