/* Whether two readings mean the same, across lives: what has a number that the kernel or the
 * session made up for the moment is compared without it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/pairs.h"
#include "snapshot/snapshot.h"

/* One comparison under way: the lines so far, and how many. */
struct tally {
	struct text *lines;
	size_t count;
};

static void differ(struct tally *tally, const char *what, const char *a, const char *b)
{
	text_add(tally->lines, what);
	text_add(tally->lines, ": ");
	text_add_visible(tally->lines, a, strlen(a));
	text_add(tally->lines, " / ");
	text_add_visible(tally->lines, b, strlen(b));
	text_add(tally->lines, "\n");
	tally->count++;
}

static void compare_texts(struct tally *tally, const char *what, const char *a, const char *b)
{
	if (strcmp(a, b) != 0)
		differ(tally, what, a, b);
}

/* What one of the two could not be read of says nothing: it is never empty. */
static void compare_read(struct tally *tally, const char *what, const char *a, const char *b)
{
	if (*a && *b)
		compare_texts(tally, what, a, b);
}

static void compare_maps(struct tally *tally, const struct reading *a, const struct reading *b)
{
	compare_texts(tally, "uid_map", a->uid_map ? a->uid_map : "", b->uid_map ? b->uid_map : "");
	compare_texts(tally, "gid_map", a->gid_map ? a->gid_map : "", b->gid_map ? b->gid_map : "");
	compare_texts(tally, "setgroups", a->setgroups ? a->setgroups : "",
		      b->setgroups ? b->setgroups : "");
}

static void compare_numbers(struct tally *tally, const char *what, uint64_t a, uint64_t b)
{
	char words[2][24];

	if (a == b)
		return;
	snprintf(words[0], sizeof(words[0]), "%llx", (unsigned long long)a);
	snprintf(words[1], sizeof(words[1]), "%llx", (unsigned long long)b);
	differ(tally, what, words[0], words[1]);
}

/* Copy length bytes to to, each run of digits as "N"; returns the end of the copy. */
static char *copy_aside(char *to, const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool digit = isdigit((unsigned char)s[i]);
		if (!digit)
			*to++ = s[i];
		else if (i == 0 || !isdigit((unsigned char)s[i - 1]))
			*to++ = 'N';
	}
	return to;
}

static const char *digits_aside(struct arena *arena, const char *s)
{
	char *copy = arena_new(arena, strlen(s) + 1);

	copy_aside(copy, s, strlen(s));
	return copy;
}

/* Names that a session makes up hold its number and a step's: "/run/stave-4711/3/upper". From
 * such a name on, the digits of that path are set aside. */
static const char *own_names_aside(struct arena *arena, const char *s)
{
	char *copy = arena_new(arena, s ? strlen(s) + 1 : 1), *to = copy;

	while (s && *s) {
		const char *name = strstr(s, "stave-");
		size_t plain = name ? (size_t)(name - s) : strlen(s);
		memcpy(to, s, plain);
		to += plain;
		s += plain;
		size_t rest = strcspn(s, ",: ");
		to = copy_aside(to, s, rest);
		s += rest;
	}
	return copy;
}

static const char *relation(const struct reading *reading, const struct reading *host,
			    enum ns_link link)
{
	if (reading->ns[link].id == 0)
		return "none";
	if (!ns_own(reading, host, link))
		return "the host's";
	if (link == NS_PID_FOR_CHILDREN && reading->ns[link].id != reading->ns[NS_PID].id)
		return _("not its own");
	if (link == NS_TIME_FOR_CHILDREN && reading->ns[link].id != reading->ns[NS_TIME].id)
		return _("not its own");
	return "own";
}

static void compare_namespaces(struct tally *tally, const struct reading *a,
			       const struct reading *b, const struct reading *host)
{
	for (enum ns_link link = 0; link < NS_LINKS; link++) {
		char what[40];
		if ((!a->ns[link].id && errno_may_pass(a->ns[link].code)) ||
		    (!b->ns[link].id && errno_may_pass(b->ns[link].code)))
			continue; /* unread */
		snprintf(what, sizeof(what), "ns %s", ns_types[link].name);
		compare_texts(tally, what, relation(a, host, link), relation(b, host, link));
	}
}

/* The table again, with the names that change from life to life set aside. */
static struct mounts *lasting(const struct mounts *mounts, struct arena *arena)
{
	struct mounts *copy = arena_new(arena, sizeof(*copy));

	copy->count = mounts ? mounts->count : 0;
	copy->list = arena_new(arena, (copy->count + 1) * sizeof(*copy->list));
	for (size_t i = 0; i < copy->count; i++) {
		struct mount *mount = &copy->list[i];
		*mount = mounts->list[i];
		/* The root of a bound namespace is its number: "net:[4026532281]". */
		mount->root = strcmp(mount->type, "nsfs") == 0 ?
			      digits_aside(arena, mount->root) :
			      own_names_aside(arena, mount->root);
		mount->point = own_names_aside(arena, mount->point);
		mount->source = own_names_aside(arena, mount->source);
		mount->super = own_names_aside(arena, mount->super);
	}
	return copy;
}

static const char *tell_mount(struct arena *arena, const struct mount *mount)
{
	if (!mount)
		return "none";
	return arena_print(arena, "%s %s %s %s %s %s", mount->type, mount->source, mount->root,
			   mount->options, mount->propagation, mount->super);
}

static void compare_mount(struct tally *tally, struct arena *arena, const struct mount *a,
			  const struct mount *b)
{
	cleanup_text struct text what = { 0 };

	text_add(&what, "mount ");
	text_add_visible(&what, (a ? a : b)->point, strlen((a ? a : b)->point));
	compare_texts(tally, text_of(&what), tell_mount(arena, a), tell_mount(arena, b));
}

static void compare_mounts(struct tally *tally, const struct reading *a, const struct reading *b)
{
	cleanup_arena struct arena arena = { 0 };
	struct pairs pairs;

	if (a->mounts == b->mounts || !a->mounts || !b->mounts)
		return; /* one that could not be read says nothing */
	const struct mounts *first = lasting(a->mounts, &arena), *second = lasting(b->mounts, &arena);
	pairs_find(first, second, mount_by_point, &pairs);
	for (size_t i = 0; i < first->count; i++)
		compare_mount(tally, &arena, &first->list[i], pairs.of_before[i]);
	for (size_t i = 0; i < second->count; i++)
		if (!pairs.of_after[i])
			compare_mount(tally, &arena, NULL, &second->list[i]);
	pairs_done(&pairs);
}

static const char *listed(const struct reading *reading, const char *controllers)
{
	for (size_t i = 0; i < reading->cgroup_count; i++)
		if (strcmp(reading->cgroups[i].controllers, controllers) == 0)
			return reading->cgroups[i].path;
	return NULL;
}

/* Until somebody first mounts cgroup2 the kernel does not list it, and all processes are at its
 * root; afterwards it does so for good. */
static const char *path_of(const struct reading *reading, const char *controllers)
{
	const char *path = listed(reading, controllers);

	return path || controllers[0] ? path : "/";
}

static const char *tell_group(struct arena *arena, const struct reading *reading,
			      const struct reading *host, const char *controllers)
{
	const char *path = path_of(reading, controllers), *hosts = path_of(host, controllers);

	if (!path)
		return "none";
	if (hosts && strcmp(path, hosts) == 0)
		return "the host's";
	return digits_aside(arena, path_name(path));
}

static void compare_groups(struct tally *tally, const struct reading *a, const struct reading *b,
			   const struct reading *host)
{
	cleanup_arena struct arena arena = { 0 };

	if (!a->cgroup_count || !b->cgroup_count)
		return; /* unread */
	for (size_t i = 0; i < a->cgroup_count + b->cgroup_count; i++) {
		bool first = i < a->cgroup_count;
		const char *name = first ? a->cgroups[i].controllers :
				   b->cgroups[i - a->cgroup_count].controllers;
		if (!first && listed(a, name))
			continue;
		const char *what = name[0] ? arena_print(&arena, "cgroup %s", name) : "cgroup v2";
		compare_texts(tally, what, tell_group(&arena, a, host, name),
			      tell_group(&arena, b, host, name));
	}
}

static void compare_credentials(struct tally *tally, const struct reading *a,
				const struct reading *b)
{
	static const char *const names[] = { "real", "effective", "saved", "file system" };
	char what[32];

	for (int i = 0; i < 4; i++) {
		snprintf(what, sizeof(what), "%s uid", names[i]);
		compare_numbers(tally, what, a->uid[i], b->uid[i]);
		snprintf(what, sizeof(what), "%s gid", names[i]);
		compare_numbers(tally, what, a->gid[i], b->gid[i]);
	}
	compare_numbers(tally, "CapInh", a->cap_inheritable, b->cap_inheritable);
	compare_numbers(tally, "CapPrm", a->cap_permitted, b->cap_permitted);
	compare_numbers(tally, "CapEff", a->cap_effective, b->cap_effective);
	compare_numbers(tally, "CapBnd", a->cap_bounding, b->cap_bounding);
	compare_numbers(tally, "CapAmb", a->cap_ambient, b->cap_ambient);
	compare_numbers(tally, "NoNewPrivs", (unsigned)a->no_new_privs, (unsigned)b->no_new_privs);
	compare_numbers(tally, "Seccomp", (unsigned)a->seccomp, (unsigned)b->seccomp);
}

size_t reading_differs(const struct reading *a, const struct reading *b,
		       const struct reading *host, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };
	struct tally tally = { .lines = ret };

	compare_namespaces(&tally, a, b, host);
	compare_mounts(&tally, a, b);
	compare_read(&tally, "root", own_names_aside(&arena, a->root),
		      own_names_aside(&arena, b->root));
	compare_read(&tally, "cwd", own_names_aside(&arena, a->cwd),
		      own_names_aside(&arena, b->cwd));
	compare_texts(&tally, "hostname", a->hostname, b->hostname);
	if (!a->maps_unread && !b->maps_unread)
		compare_maps(&tally, a, b);
	compare_groups(&tally, a, b, host);
	if (!a->levels || !b->levels)
		return tally.count; /* /proc/PID/status is unread */
	compare_numbers(&tally, _("levels of pid namespaces"), (unsigned)a->levels,
			(unsigned)b->levels);
	compare_credentials(&tally, a, b);
	return tally.count;
}
