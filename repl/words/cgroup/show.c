/* cgroup show, cgroup stat: what the child's groups allow and what they have counted. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/paint.h"
#include "base/show/table.h"
#include "snapshot/cgroup/counters.h"
#include "snapshot/cgroup/limits.h"
#include "words/cgroup/cgroup.h"

/* The child's group in the hierarchy of a controller. */
struct group {
	const struct cgroup_place *place;
	char folder[512];
	const char *path; /* as /proc/PID/cgroup says it */
	bool own, made, seen; /* not the shell's; made by this session */
};

/* On v2 the shell may have had to make room, and went to a leaf, "stave-4711-shell", since its own
 * reading was taken. */
static bool is_shells(const struct context *context, const char *path)
{
	const char *name = path_name(path);
	size_t length = strlen(context->session);

	return strncmp(name, context->session, length) == 0 && strcmp(name + length, "-shell") == 0;
}

/* false where no hierarchy has the controller. */
static bool find_group(const struct context *context, enum controller controller, struct group *ret)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *hosts = cgroup_of(context->host, place, controller);

	*ret = (struct group){ .place = place, .path = cgroup_of(context->child, place, controller) };
	if (!ret->path)
		return false;
	ret->seen = cgroup_folder(place, ret->path, ret->folder, sizeof(ret->folder));
	bool with_shell = is_shells(context, ret->path);
	ret->made = !with_shell && strncmp(path_name(ret->path), context->session,
					   strlen(context->session)) == 0;
	ret->own = !with_shell && (!hosts || strcmp(hosts, ret->path) != 0);
	return true;
}

/* ---- the groups ---- */

/* "v2", which is one hierarchy for all, or v1's with the controllers that are on it. */
static void add_hierarchy(const struct context *context, enum controller first, struct table *table)
{
	const struct cgroup_place *place = &context->facts->cgroup[first];
	cleanup_text struct text names = { 0 };

	for (enum controller i = first; place->version == 1 && i < CONTROLLERS; i++)
		if (strcmp(context->facts->cgroup[i].mount, place->mount) == 0)
			text_addf(&names, "%s%s", names.len ? "," : "v1 ", controller_name(i, 1));
	table_add(table, "%s", place->version == 2 ? "v2" : text_of(&names));
	table_paint(table, PAINT_NAME);
}

static void show_groups(const struct context *context, struct text *ret)
{
	struct table table = { .columns = 3 };

	for (enum controller i = 0; i < CONTROLLERS; i++) {
		struct group group;
		if (shares_hierarchy(context->facts, i) || !find_group(context, i, &group))
			continue;
		add_hierarchy(context, i, &table);
		table_add(&table, "%s", group.made ? _("a group of its own") :
			  group.own ? _("a group that it has joined") : _("the shell's own group"));
		if (group.own)
			table_paint(&table, PAINT_OWN);
		table_add(&table, "%s", vis(group.seen ? group.folder : group.path));
	}
	table_print(&table, context->color, 1, context->columns, ret);
}

/* ---- the limits ---- */

/* What is counted beside a limit: what is used now, and what the limit has done so far. */
static const struct { enum knob_id knob; enum counter_id now, so_far; const char *done; } beside[] = {
	{ KNOB_CPU_QUOTA, COUNTER_CPU_USED, COUNTER_CPU_WAITED, N_("throttled") },
	{ KNOB_MEMORY_MAX, COUNTER_MEMORY_NOW, COUNTER_MEMORY_KILLED, N_("killed") },
	{ KNOB_MEMORY_HIGH, COUNTER_MEMORY_NOW, COUNTER_MEMORY_HIGH, N_("slowed down") },
	{ KNOB_MEMORY_SWAP, COUNTER_MEMORY_SWAP, COUNTERS, NULL },
	{ KNOB_PIDS_MAX, COUNTER_PIDS_NOW, COUNTER_PIDS_REFUSED, N_("refused") },
	{ KNOB_IO_RBPS, COUNTER_IO_READ, COUNTERS, NULL },
	{ KNOB_IO_WBPS, COUNTER_IO_WRITTEN, COUNTERS, NULL },
	{ KNOB_IO_RIOPS, COUNTER_IO_READS, COUNTERS, NULL },
	{ KNOB_IO_WIOPS, COUNTER_IO_WRITES, COUNTERS, NULL },
};

/* own: of the child's own group only. v1 may count in another hierarchy than it limits in, and
 * what the shell's group has used there is not the child's. */
static bool read_counter(const struct context *context, enum counter_id id, bool own, uint64_t *ret)
{
	struct group group;

	errno = 0;
	return id < COUNTERS && find_group(context, counters[id].controller, &group) && group.seen &&
	       (group.own || !own) &&
	       counter_read(&counters[id], group.place->version, group.folder, ret);
}

/* "throttled 8 of 10", periods; "refused 3", forks. */
static void add_so_far(const struct context *context, enum counter_id id, bool own, const char *done,
		       struct text *ret)
{
	uint64_t number, periods;

	if (!read_counter(context, id, own, &number)) {
		text_add(ret, errno_may_pass(errno) ? _("could not be read") : "");
		return;
	}
	text_addf(ret, "%s %llu", _(done), (unsigned long long)number);
	if (id != COUNTER_CPU_WAITED)
		return;
	if (read_counter(context, COUNTER_CPU_PERIODS, own, &periods))
		text_sayf(ret, " of %llu", (unsigned long long)periods);
	else if (errno_may_pass(errno))
		text_addf(ret, " (%s)", _("could not be read"));
}

static void add_counters(const struct context *context, enum knob_id knob, bool own,
			 struct table *table)
{
	cleanup_text struct text so_far = { 0 };
	char now[32] = "";
	bool unread = false;
	uint64_t number;

	for (size_t i = 0; i < COUNT(beside); i++) {
		if (beside[i].knob != knob)
			continue;
		if (read_counter(context, beside[i].now, own, &number))
			counter_text(&counters[beside[i].now], number, now, sizeof(now));
		else
			unread = errno_may_pass(errno);
		add_so_far(context, beside[i].so_far, own, beside[i].done, &so_far);
	}
	table_add(table, "%s", unread ? _("could not be read") : now);
	table_add(table, "%s", text_of(&so_far));
}

static void add_files(const struct knob *knob, int version, struct table *table)
{
	const char *other = knob_file(knob, 3 - version);

	table_add(table, "%s (v%d: %s)", knob_file(knob, version), 3 - version, other ? other : _("none"));
}

static void note_list(const struct context *context, const char *format, struct text *list, struct text *ret)
{
	cleanup_text struct text note = { 0 };

	if (!list->len)
		return;
	text_add(list, _("."));
	text_addf(&note, _(format), list->s);
	table_note(note.s, 1, context->columns, ret);
}

void cgroup_limits(const struct context *context, bool all, struct text *ret)
{
	static const char *const head[] = { "", N_("LIMIT"), N_("NOW"), N_("SO FAR"), NULL };
	static const char *const names[] = { "", N_("FILE"), NULL };
	cleanup_arena struct arena arena = { 0 };
	struct table table = { .columns = 4 }, files = { .columns = 2 };
	cleanup_text struct text others = { 0 }, unread = { 0 };
	struct group group;

	table_head(&table, head);
	table_head(&files, names);
	for (enum knob_id i = 0; i < KNOBS; i++) {
		const struct knob *knob = &knobs[i];
		if (i == KNOB_CPU_PERIOD || i == KNOB_ACCOUNT || !find_group(context, knob->controller, &group) ||
		    !(group.own || all) || !group.seen)
			continue;
		const char *words = knob_words(knob, group.place->version, group.folder, &arena);
		struct text *list = words || !errno_may_pass(errno) ? &others : &unread;
		if (words ? !knob_is_limit(words) : list == &unread)
			text_addf(list, "%s%s", list->len ? _(", ") : "", _(knob->idea));
		if (!words || !knob_is_limit(words))
			continue;
		table_add(&table, "%s", _(knob->idea));
		table_add(&table, "%s", _(words));
		add_counters(context, i, group.own, &table);
		table_add(&files, "%s", _(knob->idea));
		add_files(knob, group.place->version, &files);
	}
	bool any = files.count > 2;
	if (!all && (any || others.len || unread.len))
		text_add(ret, "\n");
	if (any) {
		table_print(&table, context->color, 1, context->columns, ret);
		text_add(ret, "\n");
		table_print(&files, context->color, 1, context->columns, ret);
	}
	table_done(&table);
	table_done(&files);
	note_list(context, N_("Not limited: %s"), &others, ret);
	note_list(context, N_("What could not be read: %s"), &unread, ret);
}

int cgroup_show(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	(void)words, (void)err;
	show_groups(context, ret);
	cgroup_limits(context, false, ret);
	return 0;
}

/* ---- stat ---- */

int cgroup_stat(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	struct table table = { .columns = 3, .right = 1 };
	bool any = false;

	(void)words, (void)err;
	for (enum counter_id i = 0; i < COUNTERS; i++) {
		const struct counter *counter = &counters[i];
		struct group group;
		uint64_t number;
		char text[32];
		errno = 0;
		if (!find_group(context, counter->controller, &group) || !group.seen || !group.own)
			continue;
		bool found = counter_read(counter, group.place->version, group.folder, &number);
		if (!found && !errno_may_pass(errno))
			continue;
		int version = group.place->version;
		const char *key = version == 1 ? counter->v1_key : counter->v2_key;
		if (found)
			counter_text(counter, number, text, sizeof(text));
		table_add(&table, "%s", found ? text : _("could not be read"));
		table_add(&table, "%s", _(counter->words));
		table_add(&table, "%s%s%s", counter_file(counter, version), key ? " " : "", key ? key : "");
		table_paint(&table, PAINT_DIM);
		any = true;
	}
	if (!any)
		table_note("The child has no cgroup of its own: its use is counted in the shell's "
			   "group. cgroup cpu max makes one.", 1, context->columns, ret);
	table_print(&table, context->color, 1, context->columns, ret);
	return 0;
}
