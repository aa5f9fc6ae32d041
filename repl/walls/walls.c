/* The table of walls. */
#include "walls/walls.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "snapshot/cgroup/limits.h"
#include "walls/switches.h"

#define NAMESPACE(id, NAME, ...) \
	[WALL_##id] = { .name = NAME, .mark = NAME, .missing = NAME, .link = NS_##id, __VA_ARGS__ }
#define OTHER(id, NAME, ...) \
	[WALL_##id] = { .name = NAME, .link = -1, __VA_ARGS__ }

const struct wall walls[WALLS] = {
	NAMESPACE(MNT, "mnt", .lifts = &switch_mnt, .demand = CONFINED, .build = "unshare mnt", .lesson = "04-mounts",
		  .parts = "its own tree of mounts"),
	NAMESPACE(PID, "pid", .lifts = &switch_pid, .demand = CONFINED, .omitted = true,
		  .build = "unshare pid; mount proc /proc", .lesson = "02-pid",
		  .parts = "it sees no process but its own"),
	NAMESPACE(UTS, "uts", .lifts = &switch_uts, .demand = CONFINED, .omitted = true, .build = "unshare uts",
		  .lesson = "03-uts-and-ipc", .parts = "its own host name"),
	NAMESPACE(IPC, "ipc", .lifts = &switch_ipc, .demand = CONFINED, .omitted = true, .build = "unshare ipc",
		  .lesson = "03-uts-and-ipc", .parts = "its own queues and shared memory"),
	NAMESPACE(NET, "net", .lifts = &switch_net, .demand = CONFINED, .build = "unshare net", .lesson = "05-network",
		  .parts = "its own network, with nobody else on it"),
	NAMESPACE(CGROUP, "cgroup", .lifts = &switch_cgroup, .demand = CONFINED, .omitted = true, .build = "unshare cgroup",
		  .lesson = "07-cgroup-and-time",
		  .parts = "its own view of its group, not to be written"),
	NAMESPACE(USER, "user", .lifts = &switch_user, .build = "unshare user", .lesson = "06-users",
		  .parts = "its own users: root inside is nobody outside"),
	NAMESPACE(TIME, "time", .lifts = &switch_time, .build = "unshare time", .lesson = "07-cgroup-and-time",
		  .parts = "its own clocks since boot"),
	OTHER(ROOT, "root", .lifts = &switch_root, .mark = "pivot", .demand = CONFINED, .omitted = true,
	      .missing = "a root of its own", .build = "rootfs busybox; pivot DIR",
	      .lesson = "10-chroot-and-pivot",
	      .parts = "its own file tree, and no way up from it"),
	OTHER(CHROOT, "chroot", .lifts = &switch_chroot, .mark = "chroot", .missing = "another /", .build = "chroot DIR",
	      .lesson = "10-chroot-and-pivot",
	      .parts = "names begin at another folder; what lies above it stays in reach"),
	OTHER(LIMITS, "limits", .lifts = &switch_limits, .demand = WANTED, .omitted = true, .missing = "limits",
	      .build = "cgroup pids 256", .lesson = "09-memory-and-pids",
	      .parts = "the most that the machine gives it"),
	OTHER(CAPABILITIES, "capabilities", .lifts = &switch_capabilities, .demand = CONFINED, .unless_user = true,
	      .missing = "a user namespace or fewer capabilities", .build = "caps docker",
	      .lesson = "15-capabilities",
	      .parts = "root's power in pieces, most of them given up"),
	OTHER(NO_NEW_PRIVS, "no_new_privs", .lifts = &switch_no_new_privs, .demand = WANTED, .missing = "no_new_privs",
	      .build = "nonewprivs", .lesson = "15-capabilities",
	      .parts = "no program gives more than its caller has"),
	OTHER(SECCOMP, "seccomp", .lifts = &switch_seccomp, .mark = "seccomp", .demand = WANTED,
	      .missing = "a seccomp filter", .build = "seccomp docker", .lesson = "16-the-whole-chain",
	      .parts = "system calls that no program in a container needs"),
	OTHER(PATHS, "paths", .lifts = &switch_paths, .demand = WANTED, .missing = "masked and read-only paths",
	      .build = "readonly; mask", .lesson = "16-the-whole-chain",
	      .parts = "files of /proc and /sys that are hidden or read-only"),
	OTHER(KEYRING, "keyring", .lifts = &switch_keyring, .omitted = true, .missing = "a keyring", .build = "keyring",
	      .parts = "its own keys, and none of your session's"),
	OTHER(LANDLOCK, "landlock", .lifts = &switch_landlock, .missing = "rules on folders", .build = "landlock ro / rw /tmp",
	      .parts = "folders that it may read and write, by the kernel's own list"),
	OTHER(HANDLES, "handles", .lifts = &switch_handles, .missing = "closed descriptors",
	      .parts = "nothing of the host's was left open for it"),
};

/* ---- whether they stand ---- */

static enum standing namespace_standing(const struct sides *sides, int link)
{
	if (!sides->child->ns[link].id || !sides->host->ns[link].id)
		return NOT_SEEN;
	if (!ns_own(sides->child, sides->host, (enum ns_link)link))
		return NOT_STANDING;
	return sides->child->ns[link].joined ? JOINED : STANDING;
}

/* Whether the "/" of a mount namespace other than the host's is its root; the name of the link
 * /proc/PID/root begins there. */
static bool is_top(const struct reading *reading)
{
	return reading->root && strcmp(reading->root, "/") == 0;
}

/* The root of its mount namespace is another folder than the host's "/": pivot_root(2), or a mount
 * moved to "/". What lies above it is nowhere, whoever looks. */
static enum standing root_standing(const struct sides *sides)
{
	const struct reading *child = sides->child;
	const struct folder *hosts = &sides->host->slash;
	enum standing mnt = namespace_standing(sides, NS_MNT);

	if (mnt == NOT_SEEN || !child->slash.inode || !hosts->inode)
		return NOT_SEEN;
	if (mnt == NOT_STANDING || folder_same(&child->slash, hosts))
		return NOT_STANDING;
	if (!child->top.inode)
		return NOT_SEEN;
	return folder_same(&child->top, hosts) ? NOT_STANDING : mnt;
}

/* Its "/" lies below the root of its mount namespace: chroot(2), and the way up is there. A host
 * that is in another's chroot itself hands that on. */
static enum standing chroot_standing(const struct sides *sides)
{
	const struct reading *child = sides->child;
	const struct folder *hosts = &sides->host->slash;
	enum standing mnt = namespace_standing(sides, NS_MNT);

	if (mnt == NOT_SEEN || !child->slash.inode || !hosts->inode)
		return NOT_SEEN;
	if (mnt == NOT_STANDING)
		return folder_same_place(&child->slash, hosts) ? NOT_STANDING : STANDING;
	if (is_top(child))
		return NOT_STANDING;
	bool inherited = folder_same(&child->slash, hosts) && !folder_same(&child->top, hosts);
	return inherited ? NOT_STANDING : STANDING;
}

static enum standing limits_standing(const struct limits *limits)
{
	if (!limits)
		return NOT_SEEN;
	const struct limit *all[] = { &limits->cpu, &limits->memory, &limits->pids };
	for (size_t i = 0; i < 3; i++)
		if (all[i]->own && all[i]->most != NO_LIMIT)
			return STANDING;
	return NOT_STANDING;
}

static bool is_root_inside(const struct reading *child)
{
	unsigned long real, effective;

	return (id_inside(child->uid_map, child->uid[0], &real) && real == 0) ||
	       (id_inside(child->uid_map, child->uid[1], &effective) && effective == 0);
}

/* What it has and what the next program gets: execve(2) gives root all that is in the bounding set,
 * unless no_new_privs is set. capabilities(7). */
static enum standing capabilities_standing(const struct reading *child)
{
	const uint64_t admin = UINT64_C(1) << CAP_SYS_ADMIN;
	uint64_t most = child->cap_permitted | child->cap_effective;

	if (!child->no_new_privs && is_root_inside(child))
		most |= child->cap_bounding;
	return most & admin ? NOT_STANDING : STANDING;
}

/* A filter that the host has as well is not the child's. */
static enum standing seccomp_standing(const struct sides *sides)
{
	const struct reading *child = sides->child, *host = sides->host;

	if (child->seccomp != SECCOMP_MODE_FILTER)
		return NOT_STANDING;
	if (host->seccomp != SECCOMP_MODE_FILTER || child->filters > host->filters)
		return STANDING;
	return child->filters ? NOT_STANDING : NOT_SEEN;
}

/* Whether a mount of its own keeps /proc/sys from being written: mask and readonly go together. */
static enum standing paths_standing(const struct reading *child)
{
	if (!child->mounts)
		return NOT_SEEN;
	const struct mount *mount = mounts_at(child->mounts, "/proc/sys");
	bool read_only = mount && strncmp(mount->options, "ro", 2) == 0 &&
			 (!mount->options[2] || mount->options[2] == ',');
	return read_only ? STANDING : NOT_STANDING;
}

enum standing wall_standing(enum wall_id wall, const struct sides *sides)
{
	switch (wall) {
	case WALL_MNT: case WALL_PID: case WALL_UTS: case WALL_IPC:
	case WALL_NET: case WALL_CGROUP: case WALL_USER: case WALL_TIME:
		return namespace_standing(sides, walls[wall].link);
	case WALL_ROOT:
		return root_standing(sides);
	case WALL_CHROOT:
		return chroot_standing(sides);
	case WALL_LIMITS:
		return limits_standing(sides->limits);
	case WALL_CAPABILITIES:
		return capabilities_standing(sides->child);
	case WALL_NO_NEW_PRIVS:
		return sides->child->no_new_privs ? STANDING : NOT_STANDING;
	case WALL_SECCOMP:
		return seccomp_standing(sides);
	case WALL_PATHS:
		return paths_standing(sides->child);
	case WALL_KEYRING: case WALL_LANDLOCK: case WALL_HANDLES: case WALLS:
		break; /* /proc says nothing about these */
	}
	return NOT_SEEN;
}

/* ---- the table, walked ---- */

bool wall_stands(enum wall_id wall, const struct sides *sides)
{
	return wall_standing(wall, sides) >= JOINED;
}

bool wall_missing(enum wall_id wall, enum demand demand, const struct sides *sides)
{
	return walls[wall].demand >= demand && wall_standing(wall, sides) == NOT_STANDING &&
	       !(walls[wall].unless_user && wall_stands(WALL_USER, sides));
}

enum wall_id wall_of(enum ns_link link)
{
	enum wall_id wall = 0;

	while (wall < WALLS && walls[wall].link != (int)link)
		wall++;
	return wall;
}

enum wall_id wall_find(const char *name)
{
	int link = ns_type_find(name);
	enum wall_id wall = link >= 0 ? wall_of((enum ns_link)link) : 0;

	while (link < 0 && wall < WALLS && strcmp(walls[wall].name, name) != 0)
		wall++;
	return wall;
}

const char *standing_word(enum wall_id wall, enum standing standing)
{
	bool place = walls[wall].link >= 0 || wall == WALL_ROOT;

	switch (standing) {
	case NOT_SEEN:
		break;
	case NOT_STANDING:
		return place ? N_("the host's") : N_("missing");
	case JOINED:
		return N_("joined");
	case STANDING:
		return place ? N_("own") : N_("stands");
	}
	return N_("not looked at");
}

void wall_names(bool (*wanted)(const struct wall *wall), const char *between, struct text *ret)
{
	const char *before = "";

	for (enum wall_id wall = 0; wall < WALLS; wall++)
		if (wanted(&walls[wall])) {
			text_addf(ret, "%s%s", before, walls[wall].name);
			before = between;
		}
}
