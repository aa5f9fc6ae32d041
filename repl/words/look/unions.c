#include "words/look/unions.h"

#include <string.h>

static bool is_hosts(const struct context *context, const struct mount *mount)
{
	const struct mounts *mounts = context->host->mounts;

	for (size_t i = 0; mounts && i < mounts->count; i++)
		if (mounts->list[i].major == mount->major && mounts->list[i].minor == mount->minor)
			return true;
	return false;
}

size_t unions_find(const struct context *context, const struct reading *reading,
		  const struct mount **ret, size_t most)
{
	const struct mounts *mounts = reading->mounts;
	size_t count = 0;

	for (size_t i = 0; mounts && i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		if (strcmp(mount->type, "overlay") != 0 || strcmp(mount->root, "/") != 0 ||
		    is_hosts(context, mount))
			continue;
		if (count < most)
			ret[count] = mount;
		count++;
	}
	return count;
}

const struct mount *union_meant(const struct context *context, const struct reading *reading,
			       struct error *err)
{
	const struct mount *found[64];
	size_t count = unions_find(context, reading, found, 64);

	for (size_t i = count < 64 ? count : 64; i-- > 0;)
		if (strcmp(found[i]->point, "/") == 0)
			return found[i];
	if (count)
		return found[(count < 64 ? count : 64) - 1];
	fail_id(err, ERR_UNION_ABSENT, 0, "process %d has no union mounted", reading->pid);
	fail_why(err, "the host's own unions do not count");
	fail_fix(err, "union A B C makes one; so do rootfs and container");
	return NULL;
}

int union_subject(const struct context *context, const struct words *words, struct subject *ret,
		 struct error *err)
{
	const char *of = words_flag(words, "--of");

	return subject_find(context, of, words->name.column, ret, err);
}
