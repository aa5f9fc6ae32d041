/* The switches of walls: what an op of a plan has to do with a wall, taken out of it. */
#pragma once

#include <stdbool.h>

struct planned;
struct text;

/* What a switch did to an op. */
enum lifted {
	LIFTED_NOTHING, /* the op does not build the wall */
	LIFTED_CHANGED, /* it builds less */
	LIFTED_WHOLE,   /* nothing else is left of it: the plan goes on without it */
};

/* In which order walls are lifted: what lies behind the later ones a program may itself need. */
enum lift_tier {
	TIER_PRIVILEGE, /* what a process gave up, limits, what is hidden */
	TIER_WORLD,     /* namespaces in which the same tree lies */
	TIER_GROUND,    /* the tree itself, and whose privilege it is */
	TIERS
};

/* The controller of a part of the limits; NULL: no control group has it. */
const char *limit_controller(unsigned part);

/* One wall's switch. */
struct wall_switch {
	/* Take part number part of the wall out of the op. NULL: no op builds it. */
	enum lifted (*lift)(struct planned *planned, unsigned part);
	unsigned parts; /* how many can be lifted alone; 0: the wall is one */
	bool (*part)(unsigned part, struct text *ret); /* append the name of one; false: this system has not got it */
	const char *before; /* stands before a part's name where that is not clear alone; NULL: nothing does */
	enum lift_tier tier;
	/* The option of container that leaves it out: {part} is the part's name; NULL: none. */
	const char *fix;
	const char *const *fixes; /* one for each part instead; NULL in it: see options */
	const char *const *options; /* for each part without a fix the option that asks for it, to be left out; NULL: none */
};

extern const struct wall_switch switch_mnt, switch_pid, switch_uts, switch_ipc, switch_net, switch_cgroup,
	switch_user, switch_time, switch_root, switch_chroot, switch_limits, switch_capabilities,
	switch_no_new_privs, switch_seccomp, switch_paths, switch_keyring, switch_landlock, switch_handles;
