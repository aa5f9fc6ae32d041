/* container --like PID: which process that is, its namespaces, and the line that its options make. */
#include "words/run/like.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/plan.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/process.h"
#include "words/look/subject.h"

void like_add(struct like *like, const char *flag, const char *value)
{
	const struct flag_spec *spec = like->specs;

	while (strcmp(spec->name, flag) != 0)
		spec++;
	LIST_ROOM(like->words.flags, like->words.flag_count, like->room);
	like->words.flags[like->words.flag_count].spec = spec;
	like->words.flags[like->words.flag_count++].value = (struct word){ value, like->typed->name.column };
}

void like_give(struct like *like, const char *flag, const char *value)
{
	if (!words_flag(like->typed, flag))
		like_add(like, flag, value);
}

void like_lose(struct like *like, const char *wall, const char *format, ...)
{
	struct arena *arena = &like->plan->arena;
	va_list args;
	char why[512];

	va_start(args, format);
	vsnprintf(why, sizeof(why), _(format), args);
	va_end(args);
	LIST_ROOM(like->rebuilt.lost, like->rebuilt.lost_count, like->lost_room);
	like->rebuilt.lost[like->rebuilt.lost_count++] = (struct unbuilt){ wall, arena_copy(arena, why) };
}

/* ---- which process ---- */

/* It has no memory of its own, and so no line about that. proc_pid_status(5). */
static bool is_kernels(const struct reading *reading, const char *status)
{
	return reading->state != 'Z' && reading->state != 'X' && *status && !strstr(status, "\nVmSize:");
}

static int check_target(const struct like *like, int column, struct error *err)
{
	const struct reading *target = like->target;

	if (target->state == 'Z' || target->state == 'X')
		subject_refused(like->context, target, ENOENT, "ns", err);
	else if (is_kernels(target, like->status)) {
		fail_id(err, ERR_PROCESS_BARE, 0, "container: process %d (%s) is a thread of the kernel's", target->pid,
			vis(target->comm));
		fail_why(err, "it runs no program, so nothing is between a program and the host there");
	} else if (!target->ns[NS_MNT].id)
		subject_refused(like->context, target, target->ns[NS_MNT].code, "ns/mnt", err);
	else
		return 0;
	err->column = column;
	return -1;
}

/* What a program can lose without being parted: fewer rights, a filter, a limit are walls as well. */
static int check_walls(const struct like *like, int column, struct error *err)
{
	const struct reading *target = like->target, *host = like->context->host;
	bool any = false;

	for (enum wall_id wall = 0; wall <= WALL_PATHS && target->pid != host->pid; wall++)
		any = any || (wall != WALL_CAPABILITIES && wall != WALL_NO_NEW_PRIVS && wall_stands(wall, &like->sides));
	if (target->pid != host->pid)
		any = any || target->no_new_privs > host->no_new_privs || (host->cap_bounding & ~target->cap_bounding);
	if (any)
		return 0;
	fail_id(err, ERR_PROCESS_BARE, 0, "container: no wall is between process %d (%s) and the shell", target->pid,
		vis(target->comm));
	err->column = column;
	fail_why(err, "a container with the walls that it has would be none: its namespaces, root, rights, filter and "
		 "limits are the shell's");
	return fail_fix(err, "container without --like has all walls; run PROGRAM starts one in the child as it is");
}

/* ---- namespaces ---- */

static void namespaces(struct like *like)
{
	static const struct { enum ns_link link; const char *flag; } own[] = {
		{ NS_PID, "--pid" }, { NS_UTS, NULL }, { NS_IPC, "--ipc" }, { NS_CGROUP, NULL },
	};
	const struct reading *target = like->target, *host = like->context->host;

	for (size_t i = 0; i < COUNT(own); i++) {
		if (ns_own(target, host, own[i].link) || (own[i].flag && words_flag(like->typed, own[i].flag)))
			continue;
		/* proc shows a pid namespace, and who mounts it has to own that. */
		if (own[i].link == NS_PID && (like->userns || !like->context->facts->initial_userns))
			like_lose(like, "pid", N_("it has the host's; in a user namespace /proc can be mounted only with a pid namespace of its own"));
		else
			like_add(like, "--without", ns_types[own[i].link].name);
	}
	if (!ns_own(target, host, NS_NET))
		like_give(like, "--net", "host");
	if (!ns_own(target, host, NS_MNT))
		like_lose(like, "mnt", N_("it has the host's mounts, a container always its own"));
	if (ns_own(target, host, NS_TIME))
		like_lose(like, "time", N_("a container has the host's time namespace"));
}

/* Names of the interfaces but lo in a file as proc_pid_net(5)'s dev. */
static void add_interfaces(const char *dev, struct text *ret)
{
	for (const char *line = dev; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *name = line + strspn(line, " ");
		size_t length = strcspn(name, ":| \n");
		if (!length || name[length] != ':' || (length == 2 && memcmp(name, "lo", 2) == 0))
			continue;
		text_add(ret, ret->len ? " " : "");
		text_add_visible(ret, name, length);
	}
}

static void network(struct like *like)
{
	cleanup_text struct text dev = { 0 }, names = { 0 };

	if (!ns_own(like->target, like->context->host, NS_NET) || words_flag(like->typed, "--net"))
		return;
	if (process_file(like->target->pid, "net/dev", &dev) < 0) {
		like_lose(like, "net", N_("its interfaces could not be looked at: %s; the container has lo"), errno_name(errno));
		return;
	}
	add_interfaces(text_of(&dev), &names);
	if (names.len)
		like_lose(like, "net", N_("its interfaces %s; the container has lo: --net bridge, or another network, gives one more"),
			  text_of(&names));
}

static unsigned long map_lines(const char *map, unsigned long *count)
{
	unsigned long first, outer, n, lines = 0;
	int length;

	*count = 0;
	for (const char *p = map; sscanf(p, "%lu %lu %lu%n", &first, &outer, &n, &length) == 3; p += length, lines++)
		*count += n;
	return lines;
}

static void user_namespace(struct like *like)
{
	const struct facts *facts = like->context->facts;
	bool own = ns_own(like->target, like->context->host, NS_USER);
	unsigned long count;
	unsigned long lines = map_lines(like->target->uid_map ? like->target->uid_map : "", &count);

	like->userns = own || !facts->root || words_flag(like->typed, "--userns");
	if (!own) {
		if (!facts->root)
			like_lose(like, "user", N_("it has the host's user namespace, an ordinary user's container always its own"));
		return;
	}
	if (facts->root)
		like_give(like, "--userns", "");
	else if (count > 1 && facts->subuid[0])
		like_give(like, "--userns", "auto");
	if (facts->root ? count != 65536 || lines != 1 : words_flag(&like->words, "--userns") || count != 1)
		like_lose(like, "user", N_("its map of %lu ids; the container's is another, of ids that it may give away"), count);
}

/* ---- its host name ---- */

/* The value of HOSTNAME in environ(7) as /proc has it, each setting with its NUL. */
static const char *name_in(const struct text *environ)
{
	for (const char *p = text_of(environ), *end = p + environ->len; p < end; p += strlen(p) + 1)
		if (strncmp(p, "HOSTNAME=", 9) == 0)
			return p + 9;
	return NULL;
}

static bool is_name(const char *name)
{
	size_t length = name ? strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") : 0;

	return length > 0 && length <= 64 && !name[length];
}

/* /proc shows a name to those in the uts namespace alone: what its runtime has told it, then. */
static void host_name(struct like *like)
{
	cleanup_text struct text text = { 0 };
	const struct reading *target = like->target;

	if (!ns_own(target, like->context->host, NS_UTS) || words_flag(like->typed, "--hostname") ||
	    words_flag(like->typed, "--name"))
		return;
	const char *name = target->hostname[0] ? target->hostname :
			   process_file(target->pid, "environ", &text) < 0 ? NULL : name_in(&text);
	if (is_name(name))
		like_add(like, "--hostname", arena_copy(&like->plan->arena, name));
	else
		like_lose(like, "uts", N_("its host name, which /proc does not show: --hostname sets one"));
}

/* ---- all of it ---- */

/* The line that has the same walls without --like. */
static const char *line_of(const struct like *like, const struct words *words)
{
	cleanup_text struct text text = { 0 };

	text_add(&text, "container");
	for (size_t i = 0; i < words->flag_count; i++) {
		const struct flag_spec *spec = words->flags[i].spec;
		const char *value = words->flags[i].value.s;
		if (strcmp(spec->name, "--like") == 0)
			continue;
		text_addf(&text, " %s", spec->name);
		if (!spec->value && *value)
			text_addf(&text, "=%s", value);
		if (spec->value) {
			text_add(&text, " ");
			text_add_sh(&text, value);
		}
	}
	for (size_t i = 0; i < words->count; i++) {
		text_add(&text, i ? " " : " -- ");
		text_add_sh(&text, words->args[i].s);
	}
	return arena_copy(&like->plan->arena, text_of(&text));
}

/* What was read goes first: of security options the later one counts. */
static void join_words(struct like *like, struct words *ret)
{
	struct arena *arena = &like->plan->arena;
	const struct words *typed = like->typed;
	size_t read = like->words.flag_count;

	*ret = *typed;
	ret->flags = arena_new(arena, (read + typed->flag_count) * sizeof(*ret->flags));
	memcpy(ret->flags, like->words.flags, read * sizeof(*ret->flags));
	memcpy(ret->flags + read, typed->flags, typed->flag_count * sizeof(*ret->flags));
	ret->flag_count = read + typed->flag_count;
}

static void keep(struct like *like, struct words *ret)
{
	struct arena *arena = &like->plan->arena;
	size_t bytes = like->rebuilt.lost_count * sizeof(*like->rebuilt.lost);

	join_words(like, ret);
	like->rebuilt.pid = like->target->pid;
	like->rebuilt.comm = arena_copy(arena, like->target->comm);
	like->rebuilt.line = line_of(like, ret);
	struct rebuilt *kept = arena_new(arena, sizeof(*kept));
	*kept = like->rebuilt;
	kept->lost = arena_new(arena, bytes + 1);
	if (bytes)
		memcpy(kept->lost, like->rebuilt.lost, bytes);
	like->plan->like = kept;
}

static int read_target(struct like *like, int column, struct error *err)
{
	struct facts facts = *like->context->facts;

	if (check_target(like, column, err) < 0)
		return -1;
	facts_cgroups(&facts);
	limits_take(&facts, like->target, like->context->host, &like->limits);
	like->sides = (struct sides){ like->target, like->context->host, &like->limits };
	if (check_walls(like, column, err) < 0)
		return -1;
	user_namespace(like);
	namespaces(like);
	network(like);
	host_name(like);
	like_files(like);
	like_rights(like);
	like_lose(like, "keyring", N_("/proc does not show whether it has one of its own"));
	like_lose(like, "landlock", N_("/proc does not show its rules; the container has none"));
	return 0;
}

int like_words(const struct context *context, const struct words *typed, const struct flag_spec *specs,
	       struct plan *plan, struct words *ret, struct error *err)
{
	const char *whom = words_flag(typed, "--like");
	cleanup_subject struct subject subject = { 0 };
	cleanup_text struct text status = { 0 };

	*ret = *typed;
	if (!whom)
		return 0;
	int column = words_column(typed, whom, 0);
	if (subject_find(context, strcmp(whom, "child") == 0 ? NULL : whom, column, &subject, err) < 0)
		return fail_wrap(err, "container");
	struct like like = { .context = context, .specs = specs, .typed = typed, .plan = plan,
			     .target = subject.reading };
	if (process_file(like.target->pid, "status", &status) < 0)
		text_clear(&status);
	like.status = text_of(&status);
	int failed = read_target(&like, column, err);
	if (!failed)
		keep(&like, ret);
	free(like.words.flags);
	free(like.rebuilt.lost);
	return failed;
}
