/* The facts of the host, gathered once at the start: who we are, what the kernel and the site
 * allow, where the cgroups are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct doctor;
struct error;

enum cgroup_layout { CGROUP_NONE, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };

enum controller {
	CONTROLLER_CPU, CONTROLLER_CPUACCT, CONTROLLER_CPUSET, CONTROLLER_MEMORY, CONTROLLER_PIDS,
	CONTROLLER_IO /* blkio on v1 */, CONTROLLER_FREEZER,
	CONTROLLERS
};
extern const char *const controller_names[CONTROLLERS];

/* What a version of control groups calls the controller: "io" is "blkio" on v1. */
const char *controller_name(enum controller controller, int version);

/* Where a controller is available. version 0: nowhere. */
struct cgroup_place {
	int version;         /* 1, 2 or 0 */
	char mount[128];     /* "/sys/fs/cgroup/cpu", "/sys/fs/cgroup" */
	char root[256];      /* the group that the mount shows as its top: "/", or part of the tree */
	char own[256];       /* the shell's own group below it, "/" for the root */
	bool writable;       /* this user may make groups below parent */
	int refused;         /* where not, what the kernel says: EROFS, EACCES */
	bool enabled;        /* v2: in parent's cgroup.subtree_control already */
	char parent[384];    /* the folder in which Stave makes its groups */
};

struct facts {
	int kernel_major, kernel_minor;
	char kernel[65];
	char hostname[65];        /* at the start */
	uid_t uid;
	gid_t gid;
	uint64_t caps;            /* effective */
	int capabilities;         /* how many the kernel has: cap_last_cap and those before it */
	bool root;                /* CAP_SYS_ADMIN in the initial or present user namespace */
	bool initial_userns;      /* the shell is in the first user namespace */
	bool cgroups_known;       /* facts_cgroups() has filled layout and cgroup[] */
	bool limits_known;        /* facts_limits() has filled its part of them */
	bool cgroups_asked;       /* somebody asked for them: a command that is about them */
	enum cgroup_layout layout;
	struct cgroup_place cgroup[CONTROLLERS];
	/* Why an ordinary user cannot make a user namespace here: the file and value to blame
	 * ("user.max_user_namespaces=0"), or "" when nothing is known to forbid it. */
	char no_userns[200];
	bool walls_known;         /* facts_walls() has filled these */
	bool keys_denied;         /* keyctl(2) is forbidden to the shell itself */
	bool aufs;                /* /proc/filesystems lists it */
	struct doctor *tried;     /* of doctor/doctor.h: what was tried already; on the heap, NULL: nothing */
	char subuid[64], subgid[64]; /* "100000 65536" ranges for this user, "" when none */
};

/* Gather who we are and under which kernel. The rest is left to facts_site(),
 * facts_walls() and facts_cgroups(). */
void facts_gather(struct facts *ret);

/* Whether the kernel is of that version or a later one. */
bool facts_kernel(const struct facts *facts, int major, int minor);

/* What the site allows: no_userns, subuid, subgid, aufs. */
void facts_site(struct facts *facts);

/* What the shell lives behind itself: keys_denied. A second call does nothing. */
void facts_walls(struct facts *facts);

/* Fill layout and cgroup[] (reads /proc/self/cgroup once, and /proc/self/mountinfo where the usual places do not
 * show the hierarchies that it names); a second call does nothing. */
void facts_cgroups(struct facts *facts);

/* The same for what bounds a container unasked, cpu, memory and pids, and for the freezer. Where v1 has them all the
 * rest may stay empty until facts_cgroups(), and layout does not tell CGROUP_V1 from CGROUP_HYBRID. */
void facts_limits(struct facts *facts);

/* All of it from a mountinfo and a /proc/PID/cgroup text, read again at each call. */
void facts_cgroups_from(struct facts *facts, const char *mountinfo, const char *cgroup);

/* The folder of a group, path being as /proc/PID/cgroup says it ("/user.slice"). false where the
 * mount does not show it, or ret has no room. */
bool cgroup_folder(const struct cgroup_place *place, const char *path, char *ret, size_t size);

/* CAP_* bit by number, as in capabilities(7). */
bool facts_cap(const struct facts *facts, int cap);
