/* ps: the child's processes, each with the number the host gives it and the one it has inside. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "base/show/table.h"
#include "snapshot/look.h"
#include "snapshot/process.h"
#include "snapshot/snapshot.h"
#include "snapshot/cgroup/hierarchy.h"
#include "words/language/command.h"

static void add_command(const struct process *process, struct table *table)
{
	cleanup_text struct text text = { 0 };
	int depth = process->depth < 12 ? process->depth : 12;

	text_pad(&text, (size_t)depth * 2);
	/* The sandbox's own processes never called execve(2): the arguments are the shell's. */
	if (strncmp(process->comm, "stave-", 6) == 0) {
		text_add_visible(&text, process->comm, strlen(process->comm));
	} else if (process->command[0]) {
		text_add_visible(&text, process->command, strlen(process->command));
	} else {
		/* Without arguments: a zombie, or a thread of the kernel. */
		text_add(&text, "[");
		text_add_visible(&text, process->comm, strlen(process->comm));
		text_add(&text, "]");
	}
	table_add(table, "%s", text_of(&text));
}

/* The numbers below the outermost, "17/1"; its only number where the process has no other. */
static void add_inside(const struct process *process, struct table *table)
{
	cleanup_text struct text text = { 0 };

	for (int i = process->levels > 1 ? 1 : 0; i < process->levels; i++)
		text_addf(&text, "%s%d", i > 1 ? "/" : "", process->inside[i]);
	table_add(table, "%s", text_of(&text));
	if (process->levels > 1)
		table_paint(table, PAINT_OWN);
}

static int no_proc(struct error *err)
{
	return fail(err, errno, "open /proc");
}

/* A frozen process is asleep to the scheduler, and would go on sleeping. */
static const char *state_of(const struct context *context, const struct process *process)
{
	char group[PATH_MAX];

	return hierarchy_frozen(context->facts, process->pid, group, sizeof(group)) ?
		       "frozen" : process_state(process->state);
}

/* Containers in the background are not children of this one: each is looked at from inside. */
static void point_to_others(const struct context *context, struct text *ret)
{
	cleanup_text struct text note = { 0 };
	const char *name;
	pid_t pid;

	for (size_t i = 0; context->container && (name = context->container(context, i, &pid)); i++)
		text_sayf(&note, "%s%s (pid %d)", note.len ? ", " : _("Containers beside it: "), vis(name), pid);
	if (!note.len)
		return;
	text_say(&note, ". exec NAME ps shows what runs in one");
	table_note(text_of(&note), 1, context->columns, ret);
}

static int both_numbers(const struct context *context, bool wide, struct text *ret,
			struct error *err)
{
	static const char *const head[] = {
		N_("OUTSIDE"), N_("INSIDE"), N_("PARENT"), N_("USER"), N_("STATE"), N_("COMMAND"), NULL
	};
	int proc = proc_root();
	struct table table = { .columns = 6, .right = 0xf, .cut = !wide };
	struct processes processes;

	if (proc < 0 || processes_take(proc, context->pid, &processes) < 0)
		return no_proc(err);
	table_head(&table, head);
	for (size_t i = 0; i < processes.count; i++) {
		const struct process *process = &processes.list[i];
		table_add(&table, "%d", process->pid);
		add_inside(process, &table);
		table_add(&table, "%d", process->parent);
		table_add(&table, "%u", process->uid);
		table_add(&table, "%s", state_of(context, process));
		add_command(process, &table);
	}
	table_print(&table, context->color, 1, context->columns, ret);
	if (!ns_own(context->child, context->host, NS_PID))
		table_note("Inside and outside are the same numbers: the pid namespace "
			   "is the host's.", 1, context->columns, ret);
	processes_done(&processes);
	return 0;
}

/* PID and what belongs to it as some /proc tells. */
static void single_numbers(const struct context *context, const struct processes *processes,
			   bool wide, struct text *ret)
{
	static const char *const head[] = { N_("PID"), N_("PARENT"), N_("USER"), N_("STATE"), N_("COMMAND"), NULL };
	struct table table = { .columns = 5, .right = 0x7, .cut = !wide };
	size_t shown = context->rows / 2 > 12 ? context->rows / 2 : 12;

	if (wide || processes->count <= shown + 1)
		shown = processes->count;
	table_head(&table, head);
	for (size_t i = 0; i < shown; i++) {
		const struct process *process = &processes->list[i];
		table_add(&table, "%d", process->pid);
		table_add(&table, "%d", process->parent);
		table_add(&table, "%u", process->uid);
		table_add(&table, "%s", process_state(process->state));
		add_command(process, &table);
	}
	table_print(&table, context->color, 1, context->columns, ret);
	if (shown < processes->count)
		text_sayf(ret, " and %zu more: --wide\n", processes->count - shown);
}

static int on_host(const struct context *context, bool wide, struct text *ret,
		   struct error *err)
{
	int proc = proc_root();
	struct processes all, processes;

	if (proc < 0 || processes_take(proc, context->pid, &processes) < 0)
		return no_proc(err);
	if (processes_take(proc, 0, &all) < 0) {
		processes_done(&processes);
		return no_proc(err);
	}
	single_numbers(context, &processes, wide, ret);
	text_sayf(ret, " %zu of the %zu processes that the host lists: to the host they are ordinary "
		  "processes.\n", processes.count, all.count);
	processes_done(&all);
	processes_done(&processes);
	return 0;
}

/* Whether a /proc shows the shell's own pid namespace: there, self is this very process. */
static bool shows_host(int proc)
{
	char self[24], own[24];
	ssize_t length = readlinkat(proc, "self", self, sizeof(self) - 1);

	if (length < 0)
		return false;
	self[length] = '\0';
	snprintf(own, sizeof(own), "%d", getpid());
	return strcmp(self, own) == 0;
}

static void explain_inside(const struct context *context, bool hosts, struct text *ret)
{
	bool own = ns_own(context->child, context->host, NS_PID);

	if (hosts && own)
		table_note("The child has a pid namespace of its own, but its /proc is still the "
			   "host's mount, and /proc shows the namespace of the process that "
			   "mounted it. Try: mount proc /proc", 1,
			   context->columns, ret);
	else if (hosts)
		table_note("The child sees all that the host sees: it shares its pid "
			   "namespace and its /proc. unshare pid, then mount proc /proc, "
			   "makes it see only its own.", 1, context->columns, ret);
	else
		table_note("These are all the processes that the child sees: numbers begin with "
			   "1, and processes outside have none.", 1, context->columns, ret);
}

static int inside(const struct context *context, bool wide, struct text *ret,
		  struct error *err)
{
	cleanup_fd int proc = look_open(context->pid, "/proc", O_RDONLY | O_DIRECTORY);
	struct processes processes;

	if (proc < 0 || processes_take(proc, 0, &processes) < 0) {
		fail(err, errno, "open /proc in the child's root");
		return fail_why(err, "ps reads /proc, and the child cannot read one");
	}
	if (processes.count == 0) {
		table_note("The child sees no process: no proc file system is mounted at "
			   "/proc in its root. mount proc /proc mounts one.", 1, context->columns, ret);
		return 0;
	}
	single_numbers(context, &processes, wide, ret);
	explain_inside(context, shows_host(proc), ret);
	processes_done(&processes);
	return 0;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	if (words_flag(words, "--inside") && words_flag(words, "--host")) {
		fail_id(err, ERR_OPTION_CONFLICT, 0, "ps: --inside and --host exclude each other");
		err->column = words->name.column;
		return -1;
	}
	int failed = 0;
	bool wide = words_flag(words, "--wide") != NULL;
	if (!context->pid)
		table_note("There is no child yet, so nothing runs in its world. The "
			   "first step starts it: unshare uts", 1, context->columns, ret);
	else if (words_flag(words, "--inside"))
		failed = inside(context, wide, ret, err);
	else if (words_flag(words, "--host"))
		failed = on_host(context, wide, ret, err);
	else
		failed = both_numbers(context, wide, ret, err);
	point_to_others(context, ret);
	return failed;
}

static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_CGROUPS | NEEDS_JOBS;
}

static const struct flag_spec flags[] = {
	{ "--inside", 0, .means = "what the child itself can see: all that its own /proc lists" },
	{ "--host", 0, .means = "the same processes as the host lists them" },
	{ "--wide", 'w', .means = "whole commands, and every row of a long list" },
	{ 0 }
};

const struct command command_ps = {
	.name = "ps",
	.kind = LOOKS,
	.group = GROUP_LOOKING,
	.summary = "the child's processes, with their numbers outside and inside",
	.explain = "A process in a pid namespace has one number there and another one in each "
		"namespace around it. OUTSIDE is the host's number, which kill and setns on the host "
		"take; INSIDE is the number in the process's own namespace. With several levels the "
		"numbers stand side by side, the innermost last.\n\n"
		"A process whose control group is frozen is shown as that: cgroup thaw lets it "
		"continue. Containers in the background have worlds of their own; ps names them.\n\n"
		"The first process of a pid namespace is number 1 there: orphans become its children, "
		"and when it ends the kernel ends all the others.\n\n"
		"ps --inside reads the /proc in the child's root, as ps would in the child. A /proc "
		"shows the pid namespace of the process that mounted it, so after unshare pid it still "
		"shows the host's until mount proc /proc. pid_namespaces(7).",
	.example = "ps\nunshare mnt pid\nps\nmount proc /proc\nps --inside",
	.flags = flags,
	.needs = needs,
	.look = look,
};
