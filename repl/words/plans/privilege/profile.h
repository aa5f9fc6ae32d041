/* Parts of plans: profiles of system calls that were learned, and what a filter needs besides. */
#pragma once

#include "image/profile.h"
#include "words/plans/plans.h"

/* What a filter lets through though no run has shown it. For whom it is: */
enum besides {
	BESIDES_KERNEL,  /* any: to become the program, to return from a signal, to end */
	BESIDES_RUNTIME, /* a container runtime, which loads it some calls before execve(2) */
	BESIDES_CHILD,   /* Stave's child, which goes on behind it to start programs and to answer the shell */
};

/* The calls of it, ended by NULL: those that this architecture has not are passed over where they are used. */
const char *const *besides_calls(enum besides whose);

/* The profile that word i names. -1 with err, which suggests what was meant. */
int find_profile(const struct context *context, const struct words *words, size_t i, const char *name,
		 struct profile *ret, struct error *err);

/* The profile in a file of the host's, as seccomp export NAME docker FILE writes it. -1 with err. */
int read_profile_file(const struct context *context, const char *path, struct profile *ret, struct error *err);

/* Its filter for whom it is, in arena; *added: how many calls it lets through that the profile has not. */
const struct sock_filter *profile_filter(const struct profile *profile, enum besides whose, struct arena *arena,
					 size_t *count, size_t *added);

/* It as a file of a container runtime's, in arena: docker's own form, or (oci) what stands at linux.seccomp of a
 * config.json. NULL: docker's default; caps: what oci, which has no capabilities in it, is for. */
const char *profile_json(const struct profile *profile, uint64_t caps, bool oci, struct arena *arena);

/* Load it in the child. */
void plan_seccomp_profile(struct plan *plan, const struct profile *profile, size_t *added);
