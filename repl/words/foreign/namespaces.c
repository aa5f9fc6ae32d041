/* unshare(1), nsenter(1), and the names that other tools have for the types of namespaces. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "words/foreign/tools.h"

/* unshare(1)'s and nsenter(1)'s letters for the types; becomes is the type here. */
#define TYPES(takes) \
	{ 'm', "mount", takes, "mnt" }, { 'u', "uts", takes, "uts" }, { 'i', "ipc", takes, "ipc" }, \
	{ 'n', "net", takes, "net" }, { 'p', "pid", takes, "pid" }, { 'U', "user", takes, "user" }, \
	{ 'C', "cgroup", takes, "cgroup" }, { 'T', "time", takes, "time" }

static const struct foreign_option unshare_options[] = {
	TYPES(TAKES_JOINED),
	{ 'f', "fork" }, { 0, "mount-proc", TAKES_JOINED, "mnt" }, { 'r', "map-root-user", .becomes = "user" },
	{ 'c', "map-current-user", .becomes = "user" }, { 0, "map-auto", .becomes = "user" },
	{ 0, "kill-child", TAKES_JOINED }, { 0, "propagation", TAKES_VALUE }, { 'R', "root", TAKES_VALUE },
	{ 'w', "wd", TAKES_VALUE }, { 0, "boottime", TAKES_VALUE }, { 0, "monotonic", TAKES_VALUE },
	{ 0 }
};

static const struct foreign_option nsenter_options[] = {
	TYPES(TAKES_JOINED),
	{ 't', "target", TAKES_VALUE }, { 'a', "all" }, { 'F', "no-fork" }, { 'r', "root", TAKES_JOINED },
	{ 'w', "wd", TAKES_JOINED }, { 'e', "env" }, { 0, "preserve-credentials" },
	{ 'S', "setuid", TAKES_VALUE }, { 'G', "setgid", TAKES_VALUE },
	{ 0 }
};

const char *foreign_type(const char *s, size_t length)
{
	size_t skip = length > 6 && strncasecmp(s, "CLONE_", 6) == 0 ? 6 : 0;

	if (length > skip + 3 && strncasecmp(s + skip, "NEW", 3) == 0)
		skip += 3;
	else if (skip)
		return NULL;
	for (int link = 0; link < NS_TYPES; link++) {
		const char *names[] = { ns_types[link].name, ns_types[link].long_name,
					link == NS_MNT && skip ? "ns" : ns_types[link].name };
		for (size_t i = 0; i < COUNT(names); i++)
			if (strlen(names[i]) == length - skip && strncasecmp(names[i], s + skip, length - skip) == 0)
				return ns_types[link].name;
	}
	return NULL;
}

/* The type that the first part of a word such as CLONE_NEWUTS|CLONE_NEWIPC or uts,ipc names. */
static const char *first_type(const char *word, size_t *length)
{
	*length = strcspn(word, ",|");
	return *length == 3 && strncasecmp(word, "all", 3) == 0 ? "all" : foreign_type(word, *length);
}

/* Append the types in a word. false, and nothing is, where one is none. */
static bool add_types(const struct foreign *foreign, const char *word)
{
	size_t length;

	for (const char *p = word; *p; p += length + (p[length] && p[length + 1]))
		if (!first_type(p, &length))
			return false;
	for (const char *p = word; *p; p += length + (p[length] != '\0'))
		foreign_add(foreign, " %s", first_type(p, &length));
	return *word != '\0';
}

/* Types by other names in a line of ours: unshare UTS, setns 812 uts,ipc. Those that the line has
 * right need no answer. */
enum foreign_kind foreign_types(const struct foreign *foreign)
{
	size_t from = strcmp(foreign->words[0].s, "setns") == 0 ? 2 : 1;
	bool other = false;

	for (size_t i = 0; i < from && i < foreign->count; i++)
		foreign_word(foreign, foreign->words[i].s);
	for (size_t i = from; i < foreign->count; i++) {
		const char *s = foreign->words[i].s;
		bool ours = s[0] == '-' || strcmp(s, "all") == 0 || ns_type_find(s) >= 0;
		other = other || !ours;
		if (ours)
			foreign_word(foreign, s);
		else if (!add_types(foreign, s))
			return FOREIGN_NOT;
	}
	return other ? FOREIGN_DONE : FOREIGN_NOT;
}

/* The types that the options ask for, each once. */
static size_t add_asked(const struct foreign *foreign, const struct foreign_words *words)
{
	uint64_t asked = 0;
	size_t count = 0;

	for (size_t i = 0; i < words->given_count; i++) {
		const char *type = words->given[i].option->becomes;
		int link = type ? ns_type_find(type) : -1;
		if (link < 0 || asked & ns_types[link].flag)
			continue;
		asked |= ns_types[link].flag;
		foreign_add(foreign, " %s", type);
		count++;
	}
	return count;
}

static void add_values(const struct foreign *foreign, const struct foreign_words *words)
{
	static const char *const same[] = { "propagation", "boottime", "monotonic" };

	for (size_t i = 0; i < COUNT(same); i++) {
		const char *value = foreign_given(words, same[i]);
		if (!value)
			continue;
		foreign_add(foreign, " --%s", same[i]);
		foreign_word(foreign, value);
	}
	if (foreign_given(words, "map-current-user"))
		foreign_add(foreign, " --map %u:%u:1", geteuid(), geteuid());
	else if (foreign_given(words, "map-auto"))
		foreign_add(foreign, " --map auto");
}

static bool any_joined(const struct foreign_words *words)
{
	for (size_t i = 0; i < words->given_count; i++)
		if (words->given[i].option->becomes && words->given[i].option->takes == TAKES_JOINED &&
		    words->given[i].value[0] && strcmp(words->given[i].option->name, "mount-proc") != 0)
			return true;
	return false;
}

/* ";" and a command of ours with one word. */
static void then(const struct foreign *foreign, const char *command, const char *word)
{
	foreign_add(foreign, "; %s", command);
	if (word)
		foreign_word(foreign, word);
}

enum foreign_kind foreign_unshare(const struct foreign *foreign)
{
	struct foreign_words words;

	if (!foreign_options(foreign, 1, unshare_options, false, &words))
		return FOREIGN_NOT;
	foreign_add(foreign, "unshare");
	if (!add_asked(foreign, &words)) {
		text_clear(foreign->line);
		return foreign_types(foreign);
	}
	if (any_joined(&words))
		return foreign_say(foreign, "a namespace is kept by a process here, not by a mount: "
					    "unshare without =FILE");
	/* Behind an option a word may be one more type, as it is here, or the program. */
	size_t program = 0;
	while (program < words.count && add_types(foreign, words.rest[program]))
		program++;
	add_values(foreign, &words);
	const char *proc = foreign_given(&words, "mount-proc");
	if (proc)
		then(foreign, "mount proc", proc[0] ? proc : "/proc");
	if (foreign_given(&words, "root"))
		then(foreign, "chroot", foreign_given(&words, "root"));
	if (foreign_given(&words, "wd"))
		then(foreign, "cd", foreign_given(&words, "wd"));
	if (program < words.count)
		then(foreign, "run", NULL);
	foreign_rest(foreign, &words, program);
	return FOREIGN_DONE;
}

enum foreign_kind foreign_nsenter(const struct foreign *foreign)
{
	struct foreign_words words;
	const char *target = NULL;

	if (!foreign_options(foreign, 1, nsenter_options, false, &words) ||
	    !(target = foreign_given(&words, "target")))
		return foreign_say(foreign, "exec PID CMD joins everything of a process, setns PID TYPE... some of its "
					    "namespaces");
	/* All of it, by a process beside the child. */
	if (foreign_given(&words, "all")) {
		foreign_add(foreign, words.count ? "exec" : "exec -it");
		foreign_word(foreign, target);
		foreign_rest(foreign, &words, 0);
		foreign_add(foreign, "%s", words.count ? "" : " sh");
		return FOREIGN_DONE;
	}
	foreign_add(foreign, "setns");
	foreign_word(foreign, target);
	if (!add_asked(foreign, &words)) {
		foreign_add(foreign, " all");
		return foreign_answer(foreign, "nsenter without a type joins nothing");
	}
	if (!words.count)
		return FOREIGN_DONE;
	then(foreign, "run", NULL);
	foreign_rest(foreign, &words, 0);
	return foreign_answer(foreign, "here the child itself joins, and stays there");
}
