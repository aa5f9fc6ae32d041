/* Parts of plans: the walls of privilege that a container stands behind, in the only right order:
 * what takes CAP_SYS_ADMIN first, then the bounding set, the ids, the sets, no_new_privs, and the
 * filter last. */
#pragma once

#include "image/profile.h"
#include "words/plans/plans.h"

/* What the flags ask for. */
struct confinement {
	bool privileged;    /* none of it */
	uint64_t caps;      /* effective, permitted and bounding */
	int capabilities;   /* how many the kernel has */
	uint64_t uid, gid;  /* OP_NO_ID: as it is */
	bool no_new_privs, seccomp, paths;
	bool learned;       /* seccomp is the filter of profile */
	struct profile profile;
	bool limits;        /* of its own: what it may open, what it may start, what goes first */
	uint64_t processes; /* RLIMIT_NPROC; 0 for none of its own */
	bool keyring;       /* one of its own */
	bool keys_denied;   /* which cannot be made, for keyctl(2) is denied to the shell, too */
	bool groups;        /* setgroups(2) is not denied */
	const char *further; /* the groups that it gives, "0 10 33"; NULL for none */
};

/* Rights reach the host unless the container has a user namespace of its own, where no capability is one
 * over what is the host's. */
enum extent rights_reach(const struct words *words, const char *value);

#define CONFINEMENT_FLAGS \
	{ "--cap-add", 0, "CAP", WORD_CAPABILITY, .many = true, .reach = REACH_HOST, .reaches = rights_reach, .means = "a capability in addition to the eleven of the default, or all" }, \
	{ "--cap-drop", 0, "CAP", WORD_CAPABILITY, .many = true, .means = "remove one of them, or all" }, \
	{ "--security-opt", 0, "OPT", .many = true, .reach = REACH_HOST, .reaches = rights_reach, .means = "seccomp=unconfined, seccomp=PROFILE, no-new-privileges=false, systempaths=unconfined" }, \
	{ "--privileged", 0, NULL, .reach = REACH_HOST, .means = "all capabilities, no filter, nothing masked, no limits but those asked for" }

/* Read CONFINEMENT_FLAGS and --user. own_user: in a user namespace of its own, where it has all
 * capabilities to begin with. -1 with err. */
int read_confinement(const struct context *context, const struct words *words, bool own_user,
		     struct confinement *ret, struct error *err);

/* Add masks and read-only paths: what is there is looked for in context, the host's view. 0, or -1 with err
 * where that cannot be told. */
int plan_hidden(const struct confinement *walls, const struct context *context, struct plan *plan,
		struct error *err);

/* Make it the OOM killer's first choice. To be planned where /proc is the host's still. */
void plan_first_to_go(const struct confinement *walls, struct plan *plan);

/* In its own user namespace: keep it from making another one inside, where it would have all capabilities
 * again, over what the namespace owns. To be planned where /proc is its own and can be written to. */
void plan_no_userns(const struct confinement *walls, struct plan *plan);

/* Append what is left to the process, as a sentence. */
void tell_confinement(const struct confinement *walls, struct text *ret);

/* Add the walls that end what the process may do itself: to be the last but its program. */
void plan_confinement(const struct confinement *walls, struct plan *plan);
