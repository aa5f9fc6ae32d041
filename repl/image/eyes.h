/* The store as a word that builds sees it, which is the only way in which one looks there: beside
 * snapshot/eyes/eyes.h. A test puts a store of its own in its place. */
#pragma once

#include <stddef.h>

struct arena;
struct error;
struct image;
struct profile;
struct profiles;
struct volume;
struct volumes;

/* Each as the function of the real store that is named beside it. */
struct store_eyes {
	int (*place)(const struct store_eyes *eyes, char *ret, size_t size, struct error *err); /* store_path() */
	int (*image)(const struct store_eyes *eyes, const char *name, struct image *ret,
		     struct error *err); /* image_find() */
	int (*volume)(const struct store_eyes *eyes, const char *name, struct arena *arena, struct volume *ret,
		      struct error *err); /* volume_find() */
	int (*volumes)(const struct store_eyes *eyes, struct volumes *ret, struct error *err); /* volume_list() */
	int (*profile)(const struct store_eyes *eyes, const char *name, struct profile *ret,
		       struct error *err); /* profile_find() */
	int (*profiles)(const struct store_eyes *eyes, struct profiles *ret, struct error *err); /* profile_list() */
};

/* By eyes, or where that is NULL, of the real store. */
int seen_place(const struct store_eyes *eyes, char *ret, size_t size, struct error *err);
int seen_image(const struct store_eyes *eyes, const char *name, struct image *ret, struct error *err);
int seen_volume(const struct store_eyes *eyes, const char *name, struct arena *arena, struct volume *ret,
		struct error *err);
int seen_volumes(const struct store_eyes *eyes, struct volumes *ret, struct error *err);
int seen_profiles(const struct store_eyes *eyes, struct profiles *ret, struct error *err);
int seen_profile(const struct store_eyes *eyes, const char *name, struct profile *ret, struct error *err);

/* The folder of the volume called name, there or not, in arena. NULL with err where there is no place for a
 * store. */
const char *seen_volume_folder(const struct store_eyes *eyes, const char *name, struct arena *arena,
			       struct error *err);
