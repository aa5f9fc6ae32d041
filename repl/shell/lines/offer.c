#include "shell/lines/offer.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/process/signal.h"
#include "image/image.h"
#include "image/profile.h"
#include "image/volume.h"
#include "lesson/file/course.h"
#include "session/session.h"
#include "snapshot/snapshot.h"
#include "words/plans/privilege/caps.h"
#include "words/plans/privilege/seccomp_rules.h"
#include "words/topics/find.h"

void offer(struct finder *finder, const char *word, const char *note, bool more)
{
	if (strncmp(word, finder->partial, strlen(finder->partial)) == 0)
		candidates_add(finder->ret, word, note, more);
}

void offer_commands(struct finder *finder)
{
	for (size_t i = 0; i < command_count; i++)
		offer(finder, commands[i]->name, NULL, false);
}

void offer_ns_types(struct finder *finder)
{
	for (int type = 0; type < NS_TYPES; type++)
		offer(finder, ns_types[type].name, NULL, false);
	offer(finder, "all", NULL, false);
	/* The long names are known too, but only offered once one is begun. */
	for (int type = 0; type < NS_TYPES && finder->partial[0]; type++)
		if (!finder->ret->count)
			offer(finder, ns_types[type].long_name, NULL, false);
}

static void offer_signals(struct finder *finder)
{
	for (int signal = 1; signal < NSIG; signal++)
		if (signal_name(signal))
			offer(finder, signal_name(signal), NULL, false);
}

static void offer_pids(struct finder *finder)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		struct process_stat stat;
		if (entry->d_name[strspn(entry->d_name, "0123456789")])
			continue;
		if (strncmp(entry->d_name, finder->partial, strlen(finder->partial)) == 0 &&
		    process_stat_read(proc_root(), entry->d_name, &stat) == 0)
			offer(finder, entry->d_name, stat.comm, false);
	}
	if (proc)
		closedir(proc);
}

/* The running jobs, including containers in the background. kill takes their numbers, too. */
static size_t offer_jobs(struct finder *finder, bool numbers)
{
	const struct session *session = finder->session;
	size_t before = finder->ret->count;

	for (size_t i = 0; session && i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		cleanup_arena struct arena arena = { 0 };
		const char *label = job->label ? job->label : "";
		if (job->ended)
			continue;
		if (*label && !strpbrk(label, " \t"))
			offer(finder, label, arena_print(&arena, _("job %d"), job->number), false);
		else if (!numbers)
			offer(finder, arena_print(&arena, "%d", job->program.pid), label, false);
		if (numbers)
			offer(finder, arena_print(&arena, "%%%d", job->number), label, false);
	}
	return finder->ret->count - before;
}

/* While nothing is typed, the host's processes are offered only if this session has no jobs. */
static void offer_whom(struct finder *finder, bool numbers)
{
	if (finder->session && session_sibling_at(finder->session, 1))
		offer_children(finder, "@");
	if (!offer_jobs(finder, numbers) || finder->partial[0])
		offer_pids(finder);
}

static bool looks_like_path(const char *s)
{
	return s[0] == '.' || strchr(s, '/');
}

/* busybox, the images of the store, and folders once a path is begun. */
void offer_images(struct finder *finder)
{
	struct image *images = NULL;
	size_t count = 0, broken;
	struct error unseen;

	offer(finder, "busybox", NULL, false);
	if (image_list(&images, &count, &broken, &unseen) == 0)
		for (size_t i = 0; i < count; i++) {
			offer(finder, images[i].name, NULL, false);
			image_done(&images[i]);
		}
	free(images);
	if (looks_like_path(finder->partial))
		offer_paths(finder);
}

/* The kernel's file system types: proc(5), /proc/filesystems, which has a word or nothing before the
 * tab. */
static void offer_mount_types(struct finder *finder)
{
	cleanup_text struct text list = { 0 };

	if (read_file(AT_FDCWD, "/proc/filesystems", 1 << 16, &list) < 0)
		return;
	for (char *s = list.s, *save = NULL; (s = strtok_r(s, "\n", &save)); s = NULL)
		if (strchr(s, '\t'))
			offer(finder, strchr(s, '\t') + 1, NULL, false);
}

static void offer_volumes(struct finder *finder, const char *behind, bool more)
{
	struct volumes volumes;
	struct error unseen;

	if (volume_list(&volumes, &unseen) < 0)
		return;
	for (size_t i = 0; i < volumes.count; i++)
		if (!volumes.list[i].anonymous || finder->partial[0])
			offer(finder, arena_print(&volumes.arena, "%s%s", volumes.list[i].name, behind),
			      _("a volume"), more);
	volumes_done(&volumes);
}

/* "SRC:DST": a volume or a folder of the host, and where the container sees it. */
static void offer_bindings(struct finder *finder)
{
	const char *colon = strchr(finder->partial, ':');
	cleanup_arena struct arena arena = { 0 };
	struct candidates inside = { 0 };
	struct finder there = *finder;

	if (!colon) {
		finder->pid = 0;
		finder->layers = NULL;
		offer_volumes(finder, ":", true);
		offer_paths(finder);
		return;
	}
	there.partial = colon + 1;
	there.ret = &inside;
	offer_paths(&there);
	const char *source = arena_copyn(&arena, finder->partial, (size_t)(colon + 1 - finder->partial));
	for (size_t i = 0; i < inside.count; i++)
		offer(finder, arena_print(&arena, "%s%s", source, inside.list[i].word), NULL,
		      inside.list[i].more);
	candidates_done(&inside);
}

void offer_capabilities(struct finder *finder)
{
	for (size_t i = 0; i < CAPABILITIES; i++)
		offer(finder, capabilities[i].name, NULL, false);
	offer(finder, "all", NULL, false);
}

void offer_calls(struct finder *finder)
{
	enum { HIGHEST = 512 };
	char name[40];

	for (int number = 0; number < HIGHEST; number++)
		if (call_name(number, name)[0])
			offer(finder, name, NULL, false);
}

static void offer_lessons(struct finder *finder)
{
	cleanup_course struct course course = { 0 };
	struct error unseen;

	if (course_open(course_language(), &course, &unseen) < 0)
		return;
	for (size_t i = 0; i < course.count; i++)
		offer(finder, course.list[i]->name, course.list[i]->title, false);
	offer(finder, "quit", NULL, false);
}

static bool offer_topic(void *data, const struct topic *topic)
{
	/* The words alone, until something is typed: there are a thousand names. */
	if (((struct finder *)data)->partial[0] || strcmp(topic->kind, "word") == 0 ||
	    strcmp(topic->kind, "concept") == 0)
		offer(data, topic->name, topic->kind, false);
	return true;
}

void offer_children(struct finder *finder, const char *before)
{
	const struct sibling *sibling;

	for (size_t i = 0; finder->session && (sibling = session_sibling_at(finder->session, i)); i++) {
		cleanup_arena struct arena arena = { 0 };
		offer(finder, arena_print(&arena, "%s%s", before, sibling->name), _("a child"), false);
	}
}

static void offer_profiles(struct finder *finder)
{
	struct profiles profiles;
	struct error unseen;

	if (profile_list(&profiles, &unseen) < 0)
		return;
	for (size_t i = 0; i < profiles.count; i++)
		offer(finder, profiles.list[i].name, _("a profile"), false);
	profiles_done(&profiles);
}

static void offer_more(struct finder *finder, enum offers offers)
{
	switch (offers) {
	case OFFERS_ITS_KIND:
		break;
	case OFFERS_IMAGES:
		offer_images(finder);
		break;
	case OFFERS_MOUNT_TYPES:
		offer_mount_types(finder);
		break;
	case OFFERS_BINDINGS:
		offer_bindings(finder);
		break;
	case OFFERS_VOLUMES:
		offer_volumes(finder, "", false);
		break;
	case OFFERS_PROFILES:
		offer_profiles(finder);
		break;
	case OFFERS_JOBS:
		offer_whom(finder, true);
		break;
	case OFFERS_JOBS_ALONE:
		offer_jobs(finder, true);
		break;
	case OFFERS_CHILDREN:
		offer_children(finder, "");
		break;
	case OFFERS_TOPICS:
		topics_walk(offer_topic, finder);
		break;
	}
}

static void offer_of_kind(struct finder *finder, enum word_kind kind)
{
	switch (kind) {
	case WORD_TEXT:
	case WORD_NUMBER:
	case WORD_CHECK:
		break;
	case WORD_LESSON:
		offer_lessons(finder);
		break;
	case WORD_PATH:
		offer_paths(finder);
		break;
	case WORD_HOST_PATH:
		finder->pid = 0;
		finder->layers = NULL;
		offer_paths(finder);
		break;
	case WORD_NS_TYPE:
		offer_ns_types(finder);
		break;
	case WORD_PID:
		offer_whom(finder, false);
		break;
	case WORD_CHOICE:
		break;
	case WORD_COMMAND:
		offer_commands(finder);
		break;
	case WORD_PROGRAM:
		offer_programs(finder);
		break;
	case WORD_SIGNAL:
		offer_signals(finder);
		break;
	case WORD_CAPABILITY:
		offer_capabilities(finder);
		break;
	case WORD_CALL:
		offer_calls(finder);
		break;
	}
}

void offer_kind(struct finder *finder, enum word_kind kind, enum offers offers,
		const struct choice *choices)
{
	if (offers == OFFERS_ITS_KIND)
		offer_of_kind(finder, kind);
	offer_more(finder, offers);
	for (; choices && choices->name; choices++)
		offer(finder, choices->name, choices->means ? _(choices->means) : NULL, false);
}

