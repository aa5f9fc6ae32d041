/* limits: all that holds a process back, on one screen: control groups and rlimits. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "base/show/table.h"
#include "words/cgroup/cgroup.h"
#include "words/look/subject.h"

/* The lines of /proc/PID/limits have columns of a fixed width, proc_pid_limits(5). */
enum { NAME_WIDTH = 26, NUMBER_WIDTH = 21 };

/* What fork, open or mmap says when one is reached, for those that a learner meets. */
static const struct { const char *name, *means; } known[] = {
	{ "Max cpu time", "SIGXCPU, then SIGKILL" },
	{ "Max file size", "SIGXFSZ" },
	{ "Max stack size", "SIGSEGV" },
	{ "Max processes", "fork: EAGAIN; of the user, not of this process" },
	{ "Max open files", "open: EMFILE" },
	{ "Max locked memory", "mlock: ENOMEM" },
	{ "Max address space", "mmap: ENOMEM" },
	{ "Max data size", "brk: ENOMEM" },
};

static const char *means(const char *name)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].means;
	return "";
}

/* The field at *line, without the blanks behind it; *line goes on to the next. */
static const char *take_field(struct arena *arena, const char **line, size_t width)
{
	size_t length = strnlen(*line, width);
	const char *field = *line;

	*line += length;
	while (length > 0 && field[length - 1] == ' ')
		length--;
	return arena_copyn(arena, field, length);
}

static void add_line(const char *line, struct table *table)
{
	cleanup_arena struct arena arena = { 0 };
	const char *name = take_field(&arena, &line, NAME_WIDTH);
	const char *soft = take_field(&arena, &line, NUMBER_WIDTH);
	const char *hard = take_field(&arena, &line, NUMBER_WIDTH);
	const char *unit = take_field(&arena, &line, NAME_WIDTH);

	if (strcmp(soft, "unlimited") == 0 && strcmp(hard, "unlimited") == 0)
		return;
	table_add(table, "%s", vis(name + (strncmp(name, "Max ", 4) == 0 ? 4 : 0)));
	table_add(table, "%s", vis(soft));
	table_add(table, "%s", vis(hard));
	table_add(table, "%s", vis(unit));
	table_add(table, "%s", _(means(name)));
}

static int show_rlimits(const struct context *context, const struct reading *reading,
			struct text *ret, struct error *err)
{
	static const char *const head[] = { "", N_("SOFT"), N_("HARD"), "", N_("REACHED"), NULL };
	struct table table = { .columns = 5, .right = 2 | 4 };
	cleanup_text struct text text = { 0 };
	char *save = NULL;
	int proc = proc_of(reading->pid);

	if (proc < 0 || read_file(proc, "limits", 1 << 16, &text) < 0)
		return subject_refused(context, reading, errno, "limits", err);
	table_head(&table, head);
	strtok_r(text.s, "\n", &save);
	for (char *line = strtok_r(NULL, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add_line(line, &table);
	table_print(&table, context->color, 1, context->columns, ret);
	return 0;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	struct context there = *context;

	if (subject_find(context, words_arg(words, 0), words->count ? words->args[0].column : 0, &subject,
			 err) < 0)
		return -1;
	there.child = subject.reading;
	subject_title(context, &subject, ret);
	text_say(ret, " By its cgroups, for all their processes together:\n");
	cgroup_limits(&there, true, ret);
	text_say(ret, "\n By rlimits, for this process alone, inherited across fork(2); others unlimited:\n");
	return show_rlimits(context, subject.reading, ret, err);
}

static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_CGROUPS;
}

static const struct choice others[] = { { "host" }, { 0 } };

static const struct arg_spec args[] = {
	{ "PID", WORD_PID, .optional = true, .choices = others,
	  .means = "a process; without it, the child. Also" },
	{ 0 }
};

const struct command command_limits = {
	.name = "limits", .kind = LOOKS, .group = GROUP_LOOKING,
	.summary = "all limits on the child: control groups and rlimits",
	.explain = "Two mechanisms limit a process. A cgroup limits a whole group of processes "
		"together: cgroup sets such limits, and cgroup show lists only those. An rlimit "
		"(getrlimit(2), the shell's ulimit) belongs to one process and is inherited "
		"across fork: the process may raise its soft limit up to the hard one.\n\n"
		"For both, limits shows the present use and how often the limit was reached, "
		"where the kernel counts it.",
	.example = "limits\ncgroup pids 20\nlimits",
	.args = args, .needs = needs, .look = look,
};
