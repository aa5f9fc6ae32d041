/* ns: the namespaces of a process, and whose they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "base/show/table.h"
#include "snapshot/process.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/look/subject.h"
#include "words/machine/machine.h"

enum { COPY_OF_COLUMNS = 16 };

/* One screen under way. whose: a word or two for each type. */
struct screen {
	const struct context *context;
	const struct reading *reading;
	char whose[NS_TYPES][128];
	enum paint color[NS_TYPES];
};

static const char *failure(int code)
{
	return code == ENOENT ? "none" : errno_name(code);
}

/* Those of a list that are in it, behind what ret has: "a, b". list: of struct context; NULL: there is none. */
static void name_those(const struct screen *screen, enum ns_link link,
		       const char *(*list)(const struct context *context, size_t i, pid_t *pid), struct text *ret)
{
	const char *name;
	pid_t pid;

	for (size_t i = 0; list && (name = list(screen->context, i, &pid)); i++)
		if (pid != screen->reading->pid && process_is_in(pid, link, screen->reading->ns[link].id))
			text_addf(ret, "%s%s", ret->len ? ", " : "", vis(name));
}

/* The other children and containers of this session that are in it. */
static void name_others(const struct screen *screen, enum ns_link link, struct text *ret)
{
	name_those(screen, link, screen->context->sibling, ret);
	name_those(screen, link, screen->context->container, ret);
}

static void find_whose(struct screen *screen, enum ns_link link, const struct processes *family)
{
	const struct reading *reading = screen->reading;
	char *whose = screen->whose[link], comm[64];
	cleanup_text struct text names = { 0 };

	if (!reading->ns[link].id) {
		snprintf(whose, sizeof(screen->whose[link]), "%s", failure(reading->ns[link].code));
		screen->color[link] = PAINT_DIM;
		return;
	}
	if (!ns_own(reading, screen->context->host, link)) {
		strcpy(whose, _("the host's"));
		screen->color[link] = PAINT_DIM;
		return;
	}
	pid_t other = process_sharing(link, reading->ns[link].id, family, comm);
	screen->color[link] = other < 0 ? PAINT_DIM : other ? PAINT_MISSING : PAINT_OWN;
	if (other < 0) {
		snprintf(whose, sizeof(screen->whose[link]), "%s", failure(errno));
		return;
	}
	if (other)
		name_others(screen, link, &names);
	if (names.len)
		snprintf(whose, sizeof(screen->whose[link]), _("shared with %.100s"), names.s);
	else if (other)
		snprintf(whose, sizeof(screen->whose[link]), _("shared with %d (%.80s)"), other,
			 vis(comm));
	else
		strcpy(whose, _("own"));
}

static bool is_new(const struct screen *screen, enum ns_link link)
{
	return screen->context->last && screen->reading == screen->context->child &&
	       screen->context->last->ns[link];
}

static void add_types(struct screen *screen, bool copy_of, struct table *table)
{
	static const char *const head[] = { N_("TYPE"), N_("ID"), N_("WHOSE"), N_("ISOLATES"), NULL };
	static const char *const short_head[] = { N_("TYPE"), N_("ID"), N_("WHOSE"), NULL };

	table_head(table, copy_of ? head : short_head);
	for (enum ns_link link = 0; link < NS_TYPES; link++) {
		uint64_t id = screen->reading->ns[link].id;
		table_add(table, "%s%s", ns_types[link].name, is_new(screen, link) ? "*" : "");
		table_paint(table, PAINT_NAME);
		if (id)
			table_add(table, "%llu", (unsigned long long)id);
		else
			table_add(table, "-");
		table_add(table, "%s", screen->whose[link]);
		table_paint(table, screen->color[link]);
		if (copy_of)
			table_add(table, "%s", _(ns_types[link].isolates));
	}
}

/* The two links that say where children to come are born. */
static void add_next(struct screen *screen, enum ns_link link, enum ns_link own,
		     struct table *table)
{
	const struct reading *reading = screen->reading;
	uint64_t id = reading->ns[link].id;

	table_add(table, "%s%s", ns_types[link].name, is_new(screen, link) ? "*" : "");
	table_paint(table, PAINT_NAME);
	if (id)
		table_add(table, "%llu", (unsigned long long)id);
	else
		table_add(table, "-");
	if (id && id == reading->ns[own].id)
		table_add(table, "the same: its children join it");
	else if (id)
		table_add(table, "another: its next child will be in it");
	else if (reading->ns[link].code == ENOENT)
		table_add(table, "new and empty: its next child will be process 1 there");
	else
		table_add(table, "%s", failure(reading->ns[link].code));
}

static void print(struct screen *screen, struct text *ret)
{
	const struct context *context = screen->context;
	struct table next = { .columns = 3, .right = 1 << 1 };
	bool changed = false, copy_of = true;

	for (enum ns_link link = 0; link < NS_TYPES; link++)
		copy_of = copy_of && text_columns(screen->whose[link]) < COPY_OF_COLUMNS;
	struct table types = { .columns = copy_of ? 4 : 3, .right = 1 << 1 };
	add_types(screen, copy_of, &types);
	table_print(&types, context->color, 1, context->columns, ret);
	text_add(ret, "\n");
	add_next(screen, NS_PID_FOR_CHILDREN, NS_PID, &next);
	add_next(screen, NS_TIME_FOR_CHILDREN, NS_TIME, &next);
	table_print(&next, context->color, 1, context->columns, ret);
	for (enum ns_link link = 0; link < NS_LINKS; link++)
		changed = changed || is_new(screen, link);
	if (changed)
		text_say(ret, " * changed by the last step\n");
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	struct screen screen = { .context = context };
	int column = words->count ? words->args[0].column : 0;
	struct processes family;

	if (words_flag(words, "--all") && words->count)
		return fail_arg(err, ERR_OPTION_CONFLICT, words, 0, "--all is about all processes, and takes no PID");
	if (words_flag(words, "--all"))
		return ns_all(context, words, ret, err);
	if (words_flag(words, "--json"))
		return fail_id(err, ERR_OPTION_CONFLICT, 0, "ns: --json belongs to --all");
	if (subject_find(context, words_arg(words, 0), column, &subject, err) < 0)
		return -1;
	screen.reading = subject.reading;
	if (!screen.reading->ns[NS_MNT].id && !screen.reading->ns[NS_UTS].id)
		return subject_refused(context, screen.reading, screen.reading->ns[NS_MNT].code, "ns/mnt", err);
	int proc = proc_root();
	if (proc < 0 || processes_take(proc, process_family(screen.reading), &family) < 0)
		return fail(err, errno, "open /proc");
	for (enum ns_link link = 0; link < NS_TYPES; link++)
		find_whose(&screen, link, &family);
	processes_done(&family);
	subject_title(context, &subject, ret);
	print(&screen, ret);
	return 0;
}

static const struct arg_spec pin_args[] = {
	{ "TYPE", WORD_NS_TYPE, .means = "which of the child's namespaces" },
	{ "PATH", WORD_HOST_PATH, .means = "a name that is free on the host" },
	{ 0 }
};

static const struct arg_spec unpin_args[] = {
	{ "PATH", WORD_HOST_PATH, .means = "where it is pinned" },
	{ 0 }
};

static const struct choice choices[] = {
	{ "host", "this shell" },
	{ "pin", "keep a namespace of the child's at a path of the host's, without a process", .reach = REACH_HOST,
	  .args = pin_args, .build = ns_pin },
	{ "unpin", "let it go", .reach = REACH_HOST, .args = unpin_args, .build = ns_unpin },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "PID", WORD_PID, .optional = true, .choices = choices,
	  .means = "a process; without it, the child. Also" },
	{ 0 }
};

static bool only_looks(const struct words *words)
{
	return !words->choice || !words->choice->build;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	return words->choice->build(context, words, plan, err);
}

static const struct flag_spec flags[] = {
	{ "--all", 'a', NULL, .whole = true, .means = "every namespace of the machine that can be seen, and who holds it" },
	{ "--json", 0, NULL, .whole = true, .means = "with --all: one JSON object" },
	{ 0 }
};

const struct command command_ns = {
	.name = "ns",
	.kind = BUILDS, .stage = STAGE_NAMESPACES,
	.group = GROUP_LOOKING,
	.summary = "the namespaces of the child or of any process, and whose they are",
	.explain = "A namespace isolates one kind of resource: two processes in different uts "
		"namespaces ask for the host name and get two answers. Every process is in one "
		"namespace of each type. The links in /proc/PID/ns name them: equal numbers mean "
		"the same namespace.\n\n"
		"WHOSE says: the host's, that is, the one that this shell is in; own, one that "
		"only the child and its descendants are in; or shared, one that another process "
		"is in too, as after setns. The last two rows show where the process's next child "
		"will be: after unshare pid or unshare time that is not where the process itself "
		"is.\n\n"
		"ns 1234 shows another process, ns host this shell. namespaces(7).\n\n"
		"ns --all shows the namespaces of every process that may be looked into: each below "
		"the user namespace that owns it, and the pid namespaces within one another. A "
		"namespace lives as long as a process or thread is in it, a descriptor or a bind mount "
		"of its file is left (ip netns add makes such a mount), or another namespace lies "
		"below it. A socket keeps its network namespace as well; that is not looked at. "
		"What could not be looked at is counted. ioctl_ns(2).\n\n"
		"ns pin TYPE PATH makes such a mount, as ip netns add and unshare --net=FILE do: on the "
		"host, so that the namespace stays when the child ends. It takes root, and for mnt a "
		"mount at PATH that is not shared. undo and quit take it back; unpin does so before.",
	.example = "ns\nunshare uts\nns\nns host\nns --all",
	.flags = flags,
	.args = args,
	.only_looks = only_looks, .build = build, .look = look,
};
