#include "image/eyes.h"

#include "base/arena.h"
#include "image/image.h"
#include "image/profile.h"
#include "image/store.h"
#include "image/volume.h"

static int place_really(const struct store_eyes *eyes, char *ret, size_t size, struct error *err)
{
	(void)eyes;
	return store_path(ret, size, err);
}

static int image_really(const struct store_eyes *eyes, const char *name, struct image *ret, struct error *err)
{
	(void)eyes;
	return image_find(name, ret, err);
}

static int volume_really(const struct store_eyes *eyes, const char *name, struct arena *arena,
			 struct volume *ret, struct error *err)
{
	(void)eyes;
	return volume_find(name, arena, ret, err);
}

static int volumes_really(const struct store_eyes *eyes, struct volumes *ret, struct error *err)
{
	(void)eyes;
	return volume_list(ret, err);
}

static int profile_really(const struct store_eyes *eyes, const char *name, struct profile *ret, struct error *err)
{
	(void)eyes;
	return profile_find(name, ret, err);
}

static int profiles_really(const struct store_eyes *eyes, struct profiles *ret, struct error *err)
{
	(void)eyes;
	return profile_list(ret, err);
}

static const struct store_eyes real = {
	place_really, image_really, volume_really, volumes_really, profile_really, profiles_really,
};

static const struct store_eyes *own_or_real(const struct store_eyes *eyes)
{
	return eyes ? eyes : &real;
}

int seen_place(const struct store_eyes *eyes, char *ret, size_t size, struct error *err)
{
	return own_or_real(eyes)->place(eyes, ret, size, err);
}

int seen_image(const struct store_eyes *eyes, const char *name, struct image *ret, struct error *err)
{
	return own_or_real(eyes)->image(eyes, name, ret, err);
}

int seen_volume(const struct store_eyes *eyes, const char *name, struct arena *arena, struct volume *ret,
		struct error *err)
{
	return own_or_real(eyes)->volume(eyes, name, arena, ret, err);
}

int seen_volumes(const struct store_eyes *eyes, struct volumes *ret, struct error *err)
{
	return own_or_real(eyes)->volumes(eyes, ret, err);
}

int seen_profile(const struct store_eyes *eyes, const char *name, struct profile *ret, struct error *err)
{
	return own_or_real(eyes)->profile(eyes, name, ret, err);
}

int seen_profiles(const struct store_eyes *eyes, struct profiles *ret, struct error *err)
{
	return own_or_real(eyes)->profiles(eyes, ret, err);
}

const char *seen_volume_folder(const struct store_eyes *eyes, const char *name, struct arena *arena,
			       struct error *err)
{
	char store[4000];

	if (seen_place(eyes, store, sizeof(store), err) < 0)
		return NULL;
	return arena_print(arena, "%s/volumes/%s", store, name);
}
