/* Why no process can be made: fork(2), pid_namespaces(7), cgroups(7). */
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "advice/question.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/plan.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/cgroup/limits.h"
#include "snapshot/snapshot.h"

enum { FEW = 16 };

static bool makes_process(const struct failure *at)
{
	enum op_kind kind = at->op->kind;

	return kind == OP_fork || kind == OP_clone || kind == OP_spawn || kind == OP_burn;
}

/* The first process of the namespace that children go to has ended. */
static bool no_init(const struct failure *at, struct error *err)
{
	const struct reading *child = at->child;

	if (at->outcome->code != ENOMEM || child->ns[NS_PID_FOR_CHILDREN].id == child->ns[NS_PID].id)
		return false;
	fail_cause(err, CAUSE_FORK_NO_INIT);
	fail_why(err, "the pid namespace for children, %llu, has lost its first process, and takes no other; memory is not short",
		 (unsigned long long)child->ns[NS_PID_FOR_CHILDREN].id);
	fail_fix(err, "reset");
	return true;
}

static long number_in(const char *folder, const char *file, struct arena *arena)
{
	cleanup_text struct text text = { 0 };

	if (eyes_read(NULL, path_join(arena, folder, file), 64, &text) < 0 || text_of(&text)[0] == 'm')
		return -1;
	return atol(text_of(&text));
}

/* Whether a line has made the group: cgroup pids sets the limit of such a one, and of no other. */
static bool is_sessions(const struct failure *at, const char *group)
{
	for (size_t i = 0; i < at->plan_count; i++)
		for (size_t j = 0; j < at->plans[i]->count; j++) {
			const struct op *op = &at->plans[i]->ops[j].op;
			if (op->kind == OP_cgroup_mkdir && strcmp(op->cgroup_mkdir.path, group) == 0)
				return true;
		}
	return false;
}

/* The group's own limit, or that of one above it. */
static bool by_group(const struct failure *at, struct error *err)
{
	const struct cgroup_place *place = &at->facts->cgroup[CONTROLLER_PIDS];
	const char *path = place->version ? cgroup_of(at->child, place, CONTROLLER_PIDS) : NULL;
	cleanup_arena struct arena arena = { 0 };
	char folder[512];

	if (at->outcome->code != EAGAIN || !path || !cgroup_folder(place, path, folder, sizeof(folder)))
		return false;
	for (const char *level = folder; strlen(level) > strlen(place->mount); level = path_parent(&arena, level)) {
		long most = number_in(level, "pids.max", &arena), now = number_in(level, "pids.current", &arena);
		if (most < 0 || now < most)
			continue;
		fail_cause(err, CAUSE_FORK_PIDS_MAX);
		fail_why(err, "the control group %s has %ld processes and threads, and its pids.max is %ld", vis(level), now, most);
		if (is_sessions(at, level))
			fail_fix(err, "cgroup pids %ld sets a higher limit; ps shows the processes, kill ends one", 2 * most + 8);
		else
			fail_fix(err, "!sh -c 'echo %ld >%s/pids.max' sets a higher limit; ps shows the processes, kill ends one", 2 * most + 8, vis(level));
		return true;
	}
	return false;
}

/* Threads of this real user, as far as /proc shows them: RLIMIT_NPROC counts them all, of whichever program. */
static unsigned long threads_of(unsigned uid)
{
	unsigned long ret = 0;
	DIR *list = opendir("/proc");
	char path[300];

	for (struct dirent *entry; list && (entry = readdir(list));) {
		cleanup_text struct text status = { 0 };
		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		if (atoi(entry->d_name) <= 0 || eyes_read(NULL, path, 8192, &status) < 0)
			continue;
		const char *whose = strstr(text_of(&status), "\nUid:"), *threads = strstr(text_of(&status), "\nThreads:");
		if (whose && threads && strtoul(whose + 5, NULL, 10) == uid)
			ret += strtoul(threads + 9, NULL, 10);
	}
	if (list)
		closedir(list);
	return ret;
}

/* The first root, and who has one of two capabilities over the whole machine, are not counted: fork(2). */
static bool by_limit(const struct failure *at, struct error *err)
{
	bool free = at->facts->initial_userns && !has_own(at, NS_USER) &&
		    (!at->child->uid[0] || has_cap(at, CAP_SYS_RESOURCE) || has_cap(at, CAP_SYS_ADMIN));
	struct rlimit most;

	if (at->outcome->code != EAGAIN || free || prlimit(at->pid, RLIMIT_NPROC, NULL, &most) < 0 || most.rlim_cur == RLIM_INFINITY)
		return false;
	unsigned long now = threads_of(at->child->uid[0]);
	if (now < most.rlim_cur)
		return false;
	fail_cause(err, CAUSE_FORK_ULIMIT);
	fail_why(err, "user %u has %lu processes and threads, and RLIMIT_NPROC is %llu", at->child->uid[0], now, (unsigned long long)most.rlim_cur);
	fail_fix(err, "!ulimit -u shows the limit; start Stave with a higher one");
	return true;
}

/* The machine's own bound: "RUNNING/ALL" in /proc/loadavg. */
static bool by_machine(const struct failure *at, struct error *err)
{
	static const char *const bounds[] = { "/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max" };
	cleanup_text struct text load = { 0 };
	const char *all;

	if (at->outcome->code != EAGAIN || eyes_read(NULL, "/proc/loadavg", 128, &load) < 0 || !(all = strchr(text_of(&load), '/')))
		return false;
	for (size_t i = 0; i < COUNT(bounds); i++) {
		cleanup_text struct text most = { 0 };
		if (eyes_read(NULL, bounds[i], 64, &most) < 0 || atol(all + 1) < atol(text_of(&most)) - FEW)
			continue;
		fail_cause(err, CAUSE_FORK_PIDS_ALL);
		fail_why(err, "the machine has %ld processes and threads, and %s is %ld", atol(all + 1), bounds[i], atol(text_of(&most)));
		fail_fix(err, "!ps -eLf shows them");
		return true;
	}
	return false;
}

bool advise_fork(const struct failure *at, struct error *err)
{
	static question *const list[] = { no_init, by_group, by_limit, by_machine, NULL };

	return makes_process(at) && ask(list, at, err);
}
