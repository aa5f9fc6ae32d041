/* container --like: the root of the process, and what is mounted there. */
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/plan.h"
#include "snapshot/eyes/eyes.h"
#include "words/run/like.h"

/* Whether the host's folder is the very one that the process has as its "/". */
static bool is_root(const struct like *like, const char *folder)
{
	const struct eyes *eyes = like->context->eyes;
	struct stat host, its;

	return eyes_stat(eyes, 0, folder, false, &host) == 0 &&
	       eyes_stat(eyes, like->target->pid, "/", false, &its) == 0 &&
	       host.st_dev == its.st_dev && host.st_ino == its.st_ino;
}

/* What of root lies below the folder above, both as mountinfo has them; NULL where it does not. */
static const char *below(const char *above, const char *root)
{
	size_t length = strcmp(above, "/") == 0 ? 0 : strlen(above);

	return strncmp(above, root, length) == 0 && (root[length] == '/' || !root[length]) ? root + length : NULL;
}

/* The folder of the host's that the process has as its "/": by its name where it has the host's mounts, or
 * where a mount of the host's shows the same place of the same file system. overlay takes no folder of another
 * mount namespace as a layer, so /proc/PID/root itself is none. NULL: there is no such place. */
static const char *root_on_host(const struct like *like)
{
	const struct reading *target = like->target, *host = like->context->host;
	const struct mount *mount = target->mounts ? mounts_at(target->mounts, "/") : NULL;
	struct arena *arena = &like->plan->arena;

	if (target->root && strcmp(target->root, "/") != 0 && is_root(like, target->root))
		return arena_copy(arena, target->root);
	for (size_t i = 0; mount && host->mounts && i < host->mounts->count; i++) {
		const struct mount *other = &host->mounts->list[i];
		const char *rest = below(other->root, mount->root);
		if (!rest || other->major != mount->major || other->minor != mount->minor)
			continue;
		const char *folder = path_clean(arena, arena_print(arena, "%s%s", other->point, rest));
		if (is_root(like, folder))
			return folder;
	}
	return NULL;
}

static bool is_read_only(const struct mount *mount)
{
	return mount && strncmp(mount->options, "ro", 2) == 0 && (!mount->options[2] || mount->options[2] == ',');
}

static void root(struct like *like)
{
	bool chroot = wall_stands(WALL_CHROOT, &like->sides), own = chroot || wall_stands(WALL_ROOT, &like->sides);

	if (!like->target->slash.inode)
		like_lose(like, "root", N_("its / could not be looked at; the container has its own"));
	if (chroot)
		like_add(like, "--without", "root");
	if (words_flag(like->typed, "--image"))
		return;
	const char *folder = own ? root_on_host(like) : NULL;
	if (folder && strcmp(folder, "/") != 0)
		like_add(like, "--image", folder);
	else if (own)
		like_lose(like, "root", N_("its / lies in no mount of the host's; the container has the default image: --image names another"));
	else if (like->target->slash.inode)
		like_lose(like, "root", N_("it has the host's files as its /; the container has the default image: --image / shows them"));
}

/* What container mounts itself, or has a file of its own for. */
static bool is_containers(const char *point)
{
	static const char *const points[] = {
		"/", "/proc", "/sys", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", NULL
	};
	static const char *const trees[] = { "/proc/", "/sys/", "/dev/", NULL };

	for (size_t i = 0; points[i]; i++)
		if (strcmp(points[i], point) == 0)
			return true;
	for (size_t i = 0; trees[i]; i++)
		if (strncmp(trees[i], point, strlen(trees[i])) == 0)
			return true;
	return false;
}

/* They are what it works with, and no wall: whether a program may write to them is for the person to say. */
static void volumes(struct like *like)
{
	const struct mounts *mounts = like->target->mounts, *hosts = like->context->host->mounts;
	cleanup_text struct text names = { 0 };
	size_t more = 0;

	for (size_t i = 0; mounts && i < mounts->count; i++) {
		const char *point = mounts->list[i].point;
		const struct mount *other = hosts ? mounts_at(hosts, point) : NULL;
		bool inherited = other && other->major == mounts->list[i].major && other->minor == mounts->list[i].minor;
		if (is_containers(point) || inherited || mounts_at(mounts, point) != &mounts->list[i])
			continue;
		if (names.len > 200)
			more++;
		else
			text_addf(&names, "%s%s", names.len ? ", " : "", vis(point));
	}
	if (names.len && more)
		like_lose(like, "mnt", N_("its mounts %s and %zu more: -v SRC:DST shows a folder"), text_of(&names), more);
	else if (names.len)
		like_lose(like, "mnt", N_("its mounts %s: -v SRC:DST shows a folder"), text_of(&names));
}

void like_files(struct like *like)
{
	const struct mounts *mounts = like->target->mounts;

	root(like);
	if (!ns_own(like->target, like->context->host, NS_MNT))
		return;
	if (!mounts)
		like_lose(like, "mnt", N_("its mounts could not be looked at: %s"), errno_name(like->target->mounts_code));
	if (mounts && is_read_only(mounts_at(mounts, "/")))
		like_give(like, "--read-only", "");
	volumes(like);
}
