/* From the words of an expression to its tree. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "lesson/check/check.h"
#include "lesson/check/expression.h"
#include "lesson/check/predicates.h"
#include "words/language/words.h"

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

/* The expression with blanks around each parenthesis that opens or closes a word, quotes left
 * alone, so that (hostname "tub") has four words. columns: where each byte was, 1-based. */
struct spaced {
	struct text text;
	int *columns;
};

static void add_byte(struct spaced *to, char byte, size_t at)
{
	to->columns[to->text.len] = (int)at + 1;
	text_addn(&to->text, &byte, 1);
}

/* Whether a parenthesis closes at s[at]: nothing but others of its kind stand between it and a
 * blank or the end. */
static bool closes(const char *s, size_t length, size_t at)
{
	while (at < length && s[at] == ')')
		at++;
	return at == length || s[at] == ' ' || s[at] == '\t';
}

static void space_out(const char *s, size_t length, struct spaced *ret)
{
	char quote = '\0';
	bool begins = true; /* a word does */

	for (size_t i = 0; i < length; i++) {
		bool open = !quote && begins && s[i] == '(';
		bool close = !quote && s[i] == ')' && closes(s, length, i);
		if (close)
			add_byte(ret, ' ', i);
		add_byte(ret, s[i], i);
		if (open || close)
			add_byte(ret, ' ', i);
		if (s[i] == '\\' && quote != '\'' && i + 1 < length) {
			i++;
			add_byte(ret, s[i], i);
		} else if (quote) {
			quote = s[i] == quote ? '\0' : quote;
		} else if (s[i] == '"' || s[i] == '\'') {
			quote = s[i];
		}
		begins = !quote && (open || s[i] == ' ' || s[i] == '\t');
	}
}

static int split_spaced(struct parser *parser, const struct spaced *spaced)
{
	struct statement *list;
	size_t count;

	if (words_split(text_of(&spaced->text), spaced->text.len, parser->arena, &list, &count,
			parser->err) < 0)
		return -1;
	if (count > 1) {
		fail_id(parser->err, ERR_CHECK_SYNTAX, 0, "a check is one expression, without \";\"");
		parser->err->column = list[1].column;
		return -1;
	}
	size_t words = count ? list[0].count : 0;
	parser->tokens = arena_new(parser->arena, (words + 1) * sizeof(*parser->tokens));
	for (size_t i = 0; i < words; i++) {
		const struct word *word = &list[0].words[i];
		parser->tokens[parser->count++] = (struct token){
			word->s, spaced->columns[word->column - 1], !word->quoted };
	}
	return 0;
}

static int split(struct parser *parser, const char *s, size_t length)
{
	struct spaced spaced = { .columns = arena_new(parser->arena,
						      (3 * length + 2) * sizeof(int)) };

	space_out(s, length, &spaced);
	spaced.columns[spaced.text.len] = (int)length + 1;
	parser->end = (int)length + 1;
	int ret = split_spaced(parser, &spaced);
	if (ret < 0 && parser->err->column > 0 && (size_t)parser->err->column <= spaced.text.len + 1)
		parser->err->column = spaced.columns[parser->err->column - 1];
	text_done(&spaced.text);
	return ret;
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
	char wanted[100];     /* what was expected there */
};

static const struct token *token_at(const struct parser *parser, size_t behind)
{
	return parser->at + behind < parser->count ? &parser->tokens[parser->at + behind] : NULL;
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
				  fit.wanted[0] ? fit.wanted : "the end, and, or");
	}
	const struct token *token = token_at(parser, most);
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

static const char *const *take_words(struct parser *parser, size_t count)
{
	const char **ret = arena_new(parser->arena, (count + 1) * sizeof(*ret));

	for (size_t i = 0; i < count; i++)
		ret[i] = parser->tokens[parser->at++].s;
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

