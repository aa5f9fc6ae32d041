/* Why no process can be made: fork(2), pid_namespaces(7), cgroups(7). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "advice/question.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/cgroup/limits.h"
#include "snapshot/snapshot.h"

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
		fail_fix(err, "cgroup pids NUMBER sets a higher limit; ps shows the processes, kill ends one");
		return true;
	}
	return false;
}

static bool by_limit(const struct failure *at, struct error *err)
{
	struct rlimit most;

	if (at->outcome->code != EAGAIN || prlimit(at->pid, RLIMIT_NPROC, NULL, &most) < 0 || most.rlim_cur == RLIM_INFINITY)
		return false;
	fail_cause(err, CAUSE_FORK_ULIMIT);
	fail_why(err, "user %u has as many processes as RLIMIT_NPROC allows: %llu", at->child->uid[0], (unsigned long long)most.rlim_cur);
	fail_fix(err, "!ulimit -u shows the limit; start Stave with a higher one");
	return true;
}

bool advise_fork(const struct failure *at, struct error *err)
{
	static question *const list[] = { no_init, by_group, by_limit, NULL };

	return makes_process(at) && ask(list, at, err);
}
