/* compare A B: wall by wall what one process has and another lacks. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/show/table.h"
#include "base/text.h"
#include "walls/walls.h"
#include "words/language/command.h"
#include "words/look/subject.h"
#include "words/machine/traits.h"

/* Both sides. */
struct pair {
	const char *names[2];
	struct subject subjects[2];
	struct traits traits[2];
};

/* The traits of one thing on both sides: NULL where one has none. */
struct row {
	const struct trait *of[2];
};

enum outcome { EQUAL, DIFFERS, NOT_LOOKED_AT };

static enum outcome outcome_of(const struct row *row)
{
	const struct trait *a = row->of[0], *b = row->of[1];

	if ((a && a->code) || (b && b->code))
		return NOT_LOOKED_AT;
	return a && b && strcmp(a->value, b->value) == 0 ? EQUAL : DIFFERS;
}

static const struct trait *any_of(const struct row *row)
{
	return row->of[0] ? row->of[0] : row->of[1];
}

/* Row i, in the order of the first side, then what the second alone has; false behind the last. *i is moved
 * over what was met already. */
static bool next_row(const struct pair *pair, size_t *i, struct row *ret)
{
	const struct traits *a = &pair->traits[0], *b = &pair->traits[1];

	for (; *i < a->count + b->count; ++*i) {
		bool first = *i < a->count;
		const struct trait *trait = first ? &a->list[*i] : &b->list[*i - a->count];
		const struct trait *other = traits_find(first ? b : a, trait->wall, trait->name);
		if (!first && other)
			continue;
		*ret = (struct row){ { first ? trait : NULL, first ? other : trait } };
		++*i;
		return true;
	}
	return false;
}

/* ---- as text ---- */

static bool has_word(const char *list, const char *word, size_t length)
{
	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t its = strcspn(p, " ");
		if (its == length && memcmp(p, word, length) == 0)
			return true;
		p += its;
	}
	return false;
}

/* The words of one list that the other lacks. */
static void add_lacking(const char *list, const char *other, struct text *ret)
{
	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t length = strcspn(p, " ");
		if (!has_word(other, p, length)) {
			text_add(ret, ret->len ? " " : "");
			text_addn(ret, p, length);
		}
		p += length;
	}
}

static void add_side(const struct pair *pair, const struct row *row, int side, struct table *table)
{
	const struct trait *trait = row->of[side], *other = row->of[!side];
	cleanup_text struct text alone = { 0 };

	table_add(table, "%s", vis(pair->names[side]));
	if (!trait) {
		table_add(table, "-");
	} else if (trait->code) {
		table_add(table, "could not look: %s", errno_name(trait->code));
		table_paint(table, PAINT_MISSING);
	} else if (trait->list && other && !other->code) {
		add_lacking(trait->value, other->value, &alone);
		if (alone.len)
			table_add(table, "%s, which the other lacks", text_of(&alone));
		else
			table_add(table, "-");
	} else {
		/* The name of a wall alone: whether it stands is said in words. */
		table_add(table, "%s", !trait->value[0] ? "-" : *trait->name ? trait->value : _(trait->value));
	}
}

static void add_row(const struct pair *pair, const struct row *row, struct table *table)
{
	const struct trait *trait = any_of(row);

	for (int side = 0; side < 2; side++) {
		if (side)
			table_add(table, "%s", "");
		else
			table_add(table, "%s%s%s", trait->wall, *trait->name ? " " : "", trait->name);
		table_paint(table, PAINT_NAME);
		add_side(pair, row, side, table);
	}
}

/* Names of walls of which nothing differs, in their order. */
static void add_equal(const struct pair *pair, struct text *ret)
{
	struct row row;

	for (size_t i = 0, n = 0; n < pair->traits[0].count; n++) {
		const char *wall = pair->traits[0].list[n].wall;
		bool equal = !has_word(text_of(ret), wall, strlen(wall));
		for (i = 0; equal && next_row(pair, &i, &row);)
			equal = strcmp(any_of(&row)->wall, wall) != 0 || outcome_of(&row) == EQUAL;
		if (equal)
			text_addf(ret, "%s%s", ret->len ? " " : "", wall);
	}
}

static void print(const struct context *context, const struct pair *pair, struct text *ret)
{
	static const char *const head[] = { N_("WALL"), N_("PROCESS"), N_("HAS"), NULL };
	static const size_t most[] = { 28, 12, 0 };
	struct table table = { .columns = 3, .most = most };
	cleanup_text struct text equal = { 0 }, note = { 0 };
	struct row row;
	bool any = false;

	for (int side = 0; side < 2; side++)
		subject_title(context, &pair->subjects[side], ret);
	for (size_t i = 0; next_row(pair, &i, &row);) {
		if (outcome_of(&row) == EQUAL)
			continue;
		if (!any)
			table_head(&table, head);
		any = true;
		add_row(pair, &row, &table);
	}
	table_print(&table, context->color, 1, context->columns, ret);
	add_equal(pair, &equal);
	if (equal.len)
		text_sayf(&note, "Equal: %s.", text_of(&equal));
	if (equal.len)
		table_note(text_of(&note), 1, context->columns, ret);
	table_note("Not looked at, for /proc does not show it: keyring, landlock, handles, what a seccomp "
		   "filter says, the host name, the network's interfaces.", 1, context->columns, ret);
}

/* ---- as JSON ---- */

static json_t *side_json(const struct trait *trait)
{
	return trait && !trait->code ? json_string(trait->value) : json_null();
}

static json_t *row_json(const struct row *row)
{
	const struct trait *trait = any_of(row);
	json_t *object = json_pack("{s:s, s:s, s:o, s:o}", "wall", trait->wall, "name", trait->name,
				   "a", side_json(row->of[0]), "b", side_json(row->of[1]));

	for (int side = 0; side < 2; side++)
		if (row->of[side] && row->of[side]->code)
			json_object_set_new(object, side ? "b_errno" : "a_errno",
					    json_string(errno_name(row->of[side]->code)));
	return object;
}

static void print_json(const struct pair *pair, struct text *ret)
{
	json_t *lists[] = { [EQUAL] = json_array(), [DIFFERS] = json_array(), [NOT_LOOKED_AT] = json_array() };
	struct row row;

	for (size_t i = 0; next_row(pair, &i, &row);)
		json_array_append_new(lists[outcome_of(&row)], row_json(&row));
	bool equal = !json_array_size(lists[DIFFERS]) && !json_array_size(lists[NOT_LOOKED_AT]);
	json_t *object = json_pack("{s:i, s:i, s:b, s:o, s:o, s:o}", "a", (int)pair->subjects[0].reading->pid,
				   "b", (int)pair->subjects[1].reading->pid, "equal", equal, "differs",
				   lists[DIFFERS], "not_looked_at", lists[NOT_LOOKED_AT], "same", lists[EQUAL]);
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(object);
	if (!text)
		out_of_memory();
	text_addf(ret, "%s\n", text);
	free(text);
}

/* ---- the word ---- */

static int find_side(const struct context *context, const struct words *words, int side, struct pair *pair,
		     struct error *err)
{
	const char *word = words->args[side].s;
	struct subject *subject = &pair->subjects[side];

	pair->names[side] = word;
	if (subject_find(context, strcmp(word, "child") == 0 ? NULL : word, words->args[side].column, subject,
			 err) < 0)
		return -1;
	const struct reading *reading = subject->reading;
	if (!reading->ns[NS_MNT].id && !reading->ns[NS_UTS].id)
		return subject_refused(context, reading, reading->ns[NS_MNT].code, "ns/mnt", err);
	traits_take(context, reading, &pair->traits[side]);
	return 0;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	struct pair pair = { 0 };
	int failed = find_side(context, words, 0, &pair, err) < 0 || find_side(context, words, 1, &pair, err) < 0;

	if (!failed && words_flag(words, "--json"))
		print_json(&pair, ret);
	else if (!failed)
		print(context, &pair, ret);
	for (int side = 0; side < 2; side++) {
		traits_done(&pair.traits[side]);
		subject_done(&pair.subjects[side]);
	}
	return failed ? -1 : 0;
}

static const struct choice others[] = { { "child" }, { "host" }, { 0 } };

static const struct arg_spec args[] = {
	{ "A", WORD_PID, .choices = others, .means = "a process, a container's or job's name, or" },
	{ "B", WORD_PID, .choices = others, .means = "the other one" },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--json", 0, NULL, .means = "one JSON object: what differs, what could not be looked at, what is the same" },
	{ 0 }
};

const struct command command_compare = {
	.name = "compare", .kind = LOOKS, .group = GROUP_LOOKING, .late = true,
	.summary = "two processes wall by wall: what one has and the other lacks",
	.explain = "Reads both processes from /proc: which namespaces are not the host's, root, limits, "
		"capabilities, no_new_privs, seccomp's mode, ids and their maps, each mount with its "
		"options and propagation, resource limits, the OOM score. It shows the rows that "
		"differ, and names the walls of which nothing does.\n\n"
		"Two namespaces of their own count as equal, whatever their numbers: ns shows those. Ids "
		"are as the process itself sees them. What could not be looked at is neither "
		"equal nor different, and is named with its errno. Any process will do: docker's, "
		"podman's, systemd's.",
	.example = "unshare uts\ncompare child host",
	.args = args, .flags = flags, .look = look,
};
