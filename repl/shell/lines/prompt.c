#include "shell/lines/prompt.h"

#include "base/text.h"
#include "shell/shell.h"
#include "walls/walls.h"

enum { MOST = 24 /* columns that the names of walls may take */ };

static void add_word(const char *word, struct text *ret)
{
	text_addf(ret, "%s%s", ret->len ? " " : "", word);
}

/* The namespaces of this standing, in the order of ls(1): their names or their number. */
static void add_namespaces(const struct sides *sides, enum standing standing, bool names,
			   const char *between, struct text *ret)
{
	const char *before = "";
	unsigned count = 0;

	for (enum ns_link link = 0; link < NS_TYPES; link++) {
		if (wall_standing(wall_of(link), sides) != standing)
			continue;
		if (names)
			text_addf(ret, "%s%s", before, ns_types[link].name);
		before = between;
		count++;
	}
	if (!names && count)
		text_addf(ret, "%uns", count);
}

/* What the child joined: another process's namespaces, and the root that came with one of
 * them. */
static void add_joined(const struct sides *sides, bool names, struct text *ret)
{
	cleanup_text struct text joined = { 0 };

	add_namespaces(sides, JOINED, names, ",", &joined);
	for (enum wall_id wall = 0; wall < WALLS; wall++)
		if (walls[wall].link < 0 && wall_standing(wall, sides) == JOINED)
			text_addf(&joined, "%s%s", joined.len ? "," : "", walls[wall].name);
	if (joined.len)
		text_addf(ret, "%sjoined:%s", ret->len ? " " : "", joined.s);
}

static void add_walls(const struct sides *sides, bool names, struct text *ret)
{
	add_namespaces(sides, STANDING, names, " ", ret);
	add_joined(sides, names, ret);
	for (enum wall_id wall = 0; wall < WALLS; wall++)
		if (walls[wall].link < 0 && walls[wall].mark && wall_standing(wall, sides) == STANDING)
			add_word(walls[wall].mark, ret);
}

/* If the screen has no room for a word: how many walls there are. */
static void count_walls(const struct sides *sides, struct text *ret)
{
	unsigned count = 0;

	for (enum wall_id wall = 0; wall < WALLS; wall++)
		count += (walls[wall].link >= 0 || walls[wall].mark) && wall_stands(wall, sides);
	if (count)
		text_addf(ret, "%u", count);
}

/* The walls that stand, in no more columns than the screen has to spare. */
static void fit_walls(const struct shell *shell, struct text *ret)
{
	const struct sides sides = { .child = &shell->session.at->now, .host = &shell->session.host };
	size_t columns = shell->screen.columns;

	if (!shell->session.at->child)
		return;
	add_walls(&sides, true, ret);
	if (ret->len <= MOST && ret->len <= columns / 3)
		return;
	text_clear(ret);
	add_walls(&sides, false, ret);
	if (ret->len <= columns / 2)
		return;
	text_clear(ret);
	count_walls(&sides, ret);
}

static void add_color(const struct shell *shell, bool marked, const char *code, struct text *ret)
{
	if (shell->screen.color)
		text_addf(ret, "%s\033[%sm%s", marked ? "\001" : "", code, marked ? "\002" : "");
}

static void add_colored(const struct shell *shell, bool marked, const char *code, const char *s,
			struct text *ret)
{
	add_color(shell, marked, code, ret);
	text_add(ret, s);
	add_color(shell, marked, "0", ret);
}

void prompt_add(const struct shell *shell, bool typed, struct text *ret)
{
	cleanup_text struct text standing = { 0 }, ended = { 0 };

	fit_walls(shell, &standing);
	add_colored(shell, typed, "1", "stave", ret);
	if (session_sibling_at(&shell->session, 1))
		text_addf(ret, " %s", shell->session.at->name);
	if (standing.len) {
		text_add(ret, " [");
		add_colored(shell, typed, "32", standing.s, ret);
		text_add(ret, "]");
	}
	if (typed && shell->ended) {
		text_addf(&ended, "?%d", shell->ended);
		text_add(ret, " ");
		add_colored(shell, typed, "31", ended.s, ret);
	}
	text_add(ret, standing.len || ended.len ? " > " : "> ");
}
