#include "shell/lines/tab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "shell/lines/complete.h"

/* readline's callbacks have no argument of ours. */
static struct {
	const struct session *session;
	struct candidates candidates;
} at;

/* Whether the byte at index follows a backslash or is in an open quote: then it ends no word. */
static int is_quoted(char *line, int index)
{
	char quote = '\0';

	for (int i = 0; i < index; i++) {
		if (line[i] == '\\' && quote != '\'') {
			if (++i == index)
				return 1;
		} else if (quote) {
			quote = line[i] == quote ? '\0' : quote;
		} else if (line[i] == '\'' || line[i] == '"') {
			quote = line[i];
		}
	}
	return quote != '\0';
}

/* The next of the candidates; readline frees what it gets. */
static char *next_candidate(const char *text, int state)
{
	static size_t next;

	(void)text;
	next = state ? next + 1 : 0;
	return next < at.candidates.count ? text_copy(at.candidates.list[next].word) : NULL;
}

/* What ends a word in our language, or in a line for the host's shell. */
static char *word_breaks(void)
{
	static char ours[] = " \t;", hosts[] = " \t;!|&()<>=";

	return rl_line_buffer[strspn(rl_line_buffer, " \t")] == '!' ? hosts : ours;
}

/* Complete the whole of readline's word: readline replaces that. */
static char **find_matches(const char *text, int start, int end)
{
	(void)start;
	rl_attempted_completion_over = 1;
	candidates_done(&at.candidates);
	complete(rl_line_buffer, (size_t)end, at.session, &at.candidates);
	/* A folder goes on; readline would end it by a blank. */
	rl_completion_append_character =
		at.candidates.count == 1 && at.candidates.list[0].more ? '\0' : ' ';
	rl_completion_suppress_quote = at.candidates.count == 1 && at.candidates.list[0].more;
	rl_filename_completion_desired = 1;
	rl_filename_quoting_desired = 1;
	rl_completion_mark_symlink_dirs = 0;
	return rl_completion_matches(text, next_candidate);
}

/* A candidate as a word of our language: bytes that are special there, or in the open quote, get
 * a backslash. */
static char *quote_word(char *word, int type, char *quote)
{
	cleanup_text struct text ret = { 0 };
	char open = quote ? *quote : '\0';

	(void)type;
	if (open)
		text_addn(&ret, &open, 1);
	for (const char *p = word; *p; p++) {
		if (open == '\'' && *p == '\'')
			text_add(&ret, "'\\'");
		else if ((open == '"' && strchr("\"\\", *p)) ||
			 (!open && strchr(" \t;#\\'\"!$", *p)))
			text_add(&ret, "\\");
		text_addn(&ret, p, 1);
	}
	return steal_ptr(&ret.s);
}

static char *dequote_word(char *word, int quote)
{
	cleanup_text struct text ret = { 0 };

	text_room(&ret, strlen(word));
	for (const char *p = word; *p; p++) {
		p += *p == '\\' && quote != '\'' && p[1];
		text_addn(&ret, p, 1);
	}
	return ret.s ? steal_ptr(&ret.s) : text_copy("");
}

/* How a list shows a candidate: a path by its last part, a process with its command, every byte
 * visibly. */
static void show_candidate(const struct candidate *candidate, struct text *ret)
{
	const char *word = candidate->word;
	size_t length = strlen(word);
	const char *slash = length > 1 ? memrchr(word, '/', length - 1) : NULL;

	word = slash ? slash + 1 : word;
	text_add_visible(ret, word, strlen(word));
	if (!candidate->note)
		return;
	text_add(ret, " (");
	text_add_visible(ret, candidate->note, strlen(candidate->note));
	text_add(ret, ")");
}

static int ask_for_many(size_t count)
{
	if (count < (size_t)rl_completion_query_items || rl_completion_query_items <= 0)
		return 1;
	fprintf(rl_outstream, _("\nShow all %zu? (y or n) "), count);
	fflush(rl_outstream);
	int key = rl_read_key();
	return key == 'y' || key == 'Y' || key == ' ';
}

/* Show readline's list with our words: readline makes the columns. */
static void show_matches(char **matches, int count, int longest)
{
	cleanup_free char **shown = calloc((size_t)count + 2, sizeof(*shown));
	int widest = 0;

	(void)matches;
	(void)longest;
	if (!shown)
		out_of_memory();
	if (ask_for_many(at.candidates.count)) {
		size_t n = at.candidates.count < (size_t)count ? at.candidates.count : (size_t)count;
		for (size_t i = 0; i < n; i++) {
			struct text text = { 0 };
			show_candidate(&at.candidates.list[i], &text);
			int columns = (int)text_columns(text_of(&text));
			widest = columns > widest ? columns : widest;
			shown[i + 1] = text.s;
		}
		/* It would cut our words at their slashes, if it took them for file names. */
		rl_filename_completion_desired = 0;
		shown[0] = text_copy("");
		rl_display_match_list(shown, (int)n, widest);
		rl_filename_completion_desired = 1;
		for (size_t i = 0; i <= n; i++)
			free(shown[i]);
	} else {
		fputc('\n', rl_outstream);
	}
	rl_forced_update_display();
}

void tab_begin(const struct session *session)
{
	at.session = session;
	rl_attempted_completion_function = find_matches;
	rl_completion_word_break_hook = word_breaks;
	rl_completer_quote_characters = "'\"";
	rl_filename_quote_characters = " \t;#\\'\"!$";
	rl_filename_quoting_function = quote_word;
	rl_filename_dequoting_function = dequote_word;
	rl_char_is_quoted_p = is_quoted;
	rl_completion_display_matches_hook = show_matches;
	rl_sort_completion_matches = 0;
}

void tab_end(void)
{
	candidates_done(&at.candidates);
}
