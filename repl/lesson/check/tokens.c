#include "lesson/check/tokens.h"

#include "base/error.h"
#include "base/text.h"
#include "words/language/words.h"

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

static int split_spaced(const struct spaced *spaced, struct arena *arena, struct tokens *ret, struct error *err)
{
	struct statement *list;
	size_t count;

	if (words_split(text_of(&spaced->text), spaced->text.len, arena, &list, &count, err) < 0)
		return -1;
	if (count > 1) {
		fail_id(err, ERR_CHECK_SYNTAX, 0, "a check is one expression, without \";\"");
		err->column = list[1].column;
		return -1;
	}
	size_t words = count ? list[0].count : 0;
	ret->list = arena_new(arena, (words + 1) * sizeof(*ret->list));
	for (size_t i = 0; i < words; i++) {
		const struct word *word = &list[0].words[i];
		ret->list[ret->count++] = (struct token){
			word->s, spaced->columns[word->column - 1], !word->quoted };
	}
	return 0;
}

int tokens_split(const char *s, size_t length, struct arena *arena, struct tokens *ret, struct error *err)
{
	struct spaced spaced = { .columns = arena_new(arena, (3 * length + 2) * sizeof(int)) };

	space_out(s, length, &spaced);
	spaced.columns[spaced.text.len] = (int)length + 1;
	ret->end = (int)length + 1;
	int failed = split_spaced(&spaced, arena, ret, err);
	if (failed < 0 && err->column > 0 && (size_t)err->column <= spaced.text.len + 1)
		err->column = spaced.columns[err->column - 1];
	text_done(&spaced.text);
	return failed;
}
