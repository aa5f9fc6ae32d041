#include "snapshot/eyes/fixed.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

static bool is_fixed(const struct mount *on)
{
	static const char *const types[] = { "proc", "sysfs", "devpts" };

	for (size_t i = 0; on && i < COUNT(types); i++)
		if (strcmp(on->type, types[i]) == 0)
			return true;
	return false;
}

bool fixed_find(const struct eyes *eyes, pid_t pid, const struct mounts *mounts, const char *name, struct text *why)
{
	cleanup_arena struct arena arena = { 0 };
	const char *folder = path_parent(&arena, name);
	const struct mount *on = mounts ? mounts_find(mounts, folder) : NULL;
	struct stat st;

	if (!is_fixed(on) || eyes_stat(eyes, pid, folder, false, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	text_sayf(why, "%s is on %s (%s), which shows what the kernel has: nobody changes the names in it", vis(folder), vis(on->point), vis(on->type));
	return true;
}

bool fixed_tell(const struct eyes *eyes, pid_t pid, const struct mounts *mounts, const char *name, struct error *err)
{
	cleanup_text struct text why = { 0 };

	if (!fixed_find(eyes, pid, mounts, name, &why))
		return false;
	fail_cause(err, CAUSE_FILE_FIXED);
	fail_why(err, "%s", text_of(&why));
	fail_fix(err, "a path on another file system");
	return true;
}
