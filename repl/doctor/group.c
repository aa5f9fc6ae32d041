#include "doctor/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

static bool is(const struct inquiry *at, const char *id, const char *detail, struct forbidder *ret)
{
	ret->id = id;
	fix_find(at, detail, ret);
	return false;
}

/* Whether a process is this one or was started by it. */
static bool is_ours(pid_t pid, char *comm, size_t size)
{
	for (int up = 0; up < 8 && pid > 1; up++) {
		struct reading reading;
		struct error unused;
		if (pid == getpid())
			return true;
		if (reading_take(pid, &reading, &unused) < 0)
			return up > 0 ? false : true; /* gone already */
		if (!up)
			visible(comm, size, reading.comm);
		pid = reading.parent;
		reading_done(&reading);
	}
	return false;
}

/* On v2 a group with processes of its own, the top apart, hands no controllers down, and those that
 * are not ours are not ours to move. cgroups(7), "No internal processes". */
static bool is_in_the_way(const struct cgroup_place *place, struct forbidder *ret)
{
	cleanup_text struct text procs = { 0 }, path = { 0 };
	char comm[80] = "";

	if (place->version != 2 || place->enabled || strcmp(place->parent, place->mount) == 0)
		return false;
	text_addf(&path, "%s/cgroup.procs", place->parent);
	if (read_file(AT_FDCWD, text_of(&path), 1 << 16, &procs) < 0)
		return false;
	for (const char *s = text_of(&procs); *s; s += strcspn(s, "\n"), s += *s == '\n') {
		pid_t pid = (pid_t)strtol(s, NULL, 10);
		if (is_ours(pid, comm, sizeof(comm)))
			continue;
		snprintf(ret->evidence, sizeof(ret->evidence),
			 _("%s (pid %d) is in the group %s as well: a group with processes cannot enable controllers for "
			   "groups below"), comm, pid, vis(place->parent));
		return true;
	}
	return false;
}

/* What no limit at all is written as: it changes nothing for whom the new group is, who is nobody. */
static const struct { const char *files[3], *values[3]; } unlimited[CONTROLLERS] = { /* by version */
	[CONTROLLER_CPU] = { { NULL, "cpu.cfs_quota_us", "cpu.max" }, { NULL, "-1", "max" } },
	[CONTROLLER_MEMORY] = { { NULL, "memory.limit_in_bytes", "memory.max" }, { NULL, "-1", "max" } },
	[CONTROLLER_PIDS] = { { NULL, "pids.max", "pids.max" }, { NULL, "max", "max" } },
	[CONTROLLER_FREEZER] = { { NULL, "freezer.state", "cgroup.freeze" }, { NULL, "THAWED", "0" } },
};

/* On v2 the file is there as soon as the controller is handed down, which is left as it is. */
static bool set_nothing(const struct inquiry *at, const char *group, struct forbidder *ret)
{
	const struct cgroup_place *place = &at->facts->cgroup[at->trial->number];
	const char *file = unlimited[at->trial->number].files[place->version];
	const char *value = unlimited[at->trial->number].values[place->version];
	cleanup_text struct text path = { 0 };

	if (!file || !place->enabled)
		return true;
	text_addf(&path, "%s/%s", group, file);
	if (write_control(AT_FDCWD, text_of(&path), value) == 0)
		return true;
	snprintf(ret->evidence, sizeof(ret->evidence), "write(\"%s\", \"%s\"): %s", vis(text_of(&path)), value,
		 errno_name(errno));
	return false;
}

/* A group of its own, made, given a limit that is none, and removed. */
static bool make_group(const struct inquiry *at, struct forbidder *ret)
{
	cleanup_text struct text path = { 0 };

	text_addf(&path, "%s/stave-doctor-%d", at->facts->cgroup[at->trial->number].parent, getpid());
	if (mkdir(text_of(&path), 0755) < 0) {
		snprintf(ret->evidence, sizeof(ret->evidence), "mkdir(\"%s\"): %s", vis(text_of(&path)), errno_name(errno));
		return false;
	}
	bool limits = set_nothing(at, text_of(&path), ret);
	if (rmdir(text_of(&path)) == 0)
		return limits;
	if (limits)
		snprintf(ret->evidence, sizeof(ret->evidence), "rmdir(\"%s\"): %s", vis(text_of(&path)), errno_name(errno));
	return false;
}

bool group_look(const struct inquiry *at, struct forbidder *ret)
{
	const struct cgroup_place *place = &at->facts->cgroup[at->trial->number];

	if (!place->version) {
		snprintf(ret->evidence, sizeof(ret->evidence), "%s", _("no cgroup hierarchy here has that controller"));
		return is(at, "cgroup-absent", "", ret);
	}
	if (place->writable && is_in_the_way(place, ret))
		return is(at, "cgroup-busy", "", ret);
	if (place->writable && make_group(at, ret))
		return true;
	if (place->writable)
		return is(at, "cgroup-denied", vis(place->mount), ret);
	snprintf(ret->evidence, sizeof(ret->evidence), _("you cannot make groups below %s: %s"), vis(place->parent),
		 errno_name(place->refused));
	return is(at, place->refused == EROFS ? "cgroup-read-only" : "cgroup-denied", vis(place->mount), ret);
}
