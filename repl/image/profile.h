/* Profiles: the system calls that programs have been seen to make, by name, over several runs. Each is a JSON object,
 * seccomp/NAME.json of the store: "runs", and for each architecture the names of its calls, {"calls": {"x86_64":
 * ["read", ...]}}; a call that has no name is a number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum { PROFILE_NUMBERS = 512, PROFILE_ARCHITECTURES = 3, PROFILE_NAME = 63 };

struct profile {
	char name[PROFILE_NAME + 1];
	uint64_t runs;
	struct profile_calls {
		uint32_t architecture; /* AUDIT_ARCH_*; 0: none, and none behind it */
		bool made[PROFILE_NUMBERS];
	} of[PROFILE_ARCHITECTURES];
};

struct profiles {
	struct profile *list; /* sorted by name */
	size_t count;
};

/* Its file in a store, there or not, in arena. */
const char *profile_path(const char *store, const char *name, struct arena *arena);

/* The profile called name. -1 with err: ENOENT where there is none. */
int profile_find(const char *name, struct profile *ret, struct error *err);

/* Add what one more run has made, fresh: to nothing; made where it is missing. *ret is what the profile is then, *added how
 * many calls it had not before. Two shells that do so one after the other both count. -1 with err, and it is as it was. */
int profile_grow(const char *name, bool fresh, const struct profile *seen, struct profile *ret, size_t *added,
		 struct error *err);

/* All of them; what cannot be read is left out. -1 with err where the store cannot be. */
int profile_list(struct profiles *ret, struct error *err);
void profiles_done(struct profiles *profiles);

/* How many calls of all architectures it has. */
size_t profile_count(const struct profile *profile);

/* The calls of this architecture: an empty place where it has none yet; NULL where there is no room for it. */
struct profile_calls *profile_calls(struct profile *profile, uint32_t architecture);
