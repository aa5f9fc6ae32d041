/* idmap: which user and group numbers inside are which outside. */
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/look/subject.h"

static void add_range(unsigned long first, unsigned long count, struct table *table)
{
	if (count == 1)
		table_add(table, "%lu", first);
	else
		table_add(table, "%lu to %lu", first, first + count - 1);
}

static void add_map(const char *what, const char *map, struct table *table)
{
	const char *line = map;
	bool any = false;

	while (line && *line) {
		unsigned long inside, outside, count;
		if (sscanf(line, "%lu %lu %lu", &inside, &outside, &count) == 3) {
			table_add(table, "%s", any ? "" : what);
			table_paint(table, PAINT_NAME);
			add_range(inside, count, table);
			add_range(outside, count, table);
			table_add(table, "%lu", count);
			any = true;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	if (any)
		return;
	table_add(table, "%s", what);
	table_paint(table, PAINT_NAME);
	table_add(table, "none yet");
	table_add(table, "-");
	table_add(table, "0");
}

static bool is_empty(const char *map)
{
	return !map || !map[0];
}

static void add_meaning(const struct context *context, const struct reading *reading,
			struct text *ret)
{
	if (is_empty(reading->uid_map) || is_empty(reading->gid_map))
		table_note("Ids without a mapping are shown as 65534, and no file can be created with "
			   "them.", 1, context->columns, ret);
	bool hosts = reading->ns[NS_USER].id && !ns_own(reading, context->host, NS_USER);
	if (hosts && !context->facts->initial_userns)
		table_note("The user namespace is the shell's own, which another program made: the map "
			   "shows its ids outside.", 1, context->columns, ret);
	else if (hosts)
		table_note("The user namespace is the host's: a number inside is the "
			   "same number outside.", 1, context->columns, ret);
	if (ns_own(reading, context->host, NS_USER) && reading->setgroups &&
	    strncmp(reading->setgroups, "deny", 4) == 0)
		table_note("setgroups is denied: no process inside can drop a group to get "
			   "around a rule that excludes the group.", 1, context->columns, ret);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	static const char *const head[] = { "", N_("INSIDE"), N_("OUTSIDE"), N_("COUNT"), NULL };
	cleanup_subject struct subject subject = { 0 };
	struct table table = { .columns = 4, .right = 1 << 3 };
	int column = words->count ? words->args[0].column : 0;

	if (subject_find(context, words_arg(words, 0), column, &subject, err) < 0)
		return -1;
	const struct reading *reading = subject.reading;
	subject_title(context, &subject, ret);
	table_head(&table, head);
	add_map("users", reading->uid_map, &table);
	add_map("groups", reading->gid_map, &table);
	table_print(&table, context->color, 1, context->columns, ret);
	text_sayf(ret, " It runs as user %u, group %u, as seen from outside.\n", reading->uid[1],
		  reading->gid[1]);
	add_meaning(context, reading, ret);
	return 0;
}

const struct command command_idmap = {
	.name = "idmap",
	.kind = LOOKS,
	.group = GROUP_LOOKING,
	.summary = "which users and groups inside correspond to which outside",
	.explain = "A user namespace renumbers users and groups. Its maps, /proc/PID/uid_map and "
		"gid_map, hold lines of three numbers: the first id inside, the first id outside, "
		"how many. 0 1000 1 makes user 1000 the root of the namespace: it may do what "
		"root may to resources that the namespace owns, and outside it is still user "
		"1000.\n\n"
		"Outside means: as this shell sees it. Each map can be written once. An ordinary "
		"user may map one id, their own; ranges need newuidmap and a line in /etc/subuid. "
		"user_namespaces(7).",
	.example = "idmap\nunshare user\nidmap",
	.args = subject_args,
	.look = look,
};
