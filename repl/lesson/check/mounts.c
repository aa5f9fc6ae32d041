/* What is asked of the mount table. */
#include "base/message.h"
#include "lesson/check/predicates.h"

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/text.h"
#include "snapshot/look.h"
#include "walls/walls.h"

static const struct mount *mount_at(const struct asked *asked, const char *path,
				    struct arena *arena)
{
	const struct mounts *mounts = asked->reading->mounts;

	return mounts ? mounts_at(mounts, look_absolute(asked->reading, path, arena)) : NULL;
}

static void say_mount(const struct asked *asked, const struct mount *mount, const char *path,
		      struct text *saw)
{
	if (!asked->reading->mounts)
		text_sayf(saw, "/proc/%d/mountinfo cannot be read", asked->reading->pid);
	else if (!mount)
		text_sayf(saw, "nothing is mounted at %s", vis(path));
	else
		text_sayf(saw, "%s is %s %s%s%s %s", vis(path), vis(mount->type), vis(mount->source),
			  strcmp(mount->root, "/") == 0 ? "" : " ",
			  strcmp(mount->root, "/") == 0 ? "" : vis(mount->root),
			  vis(mount->options));
}

bool predicate_mount(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	return asked->reading->mounts && !mount == (strcmp(words[2], "absent") == 0);
}

/* One mount there, and none that it lies over. */
bool predicate_mount_alone(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mounts *mounts = asked->reading->mounts;
	const char *point = look_absolute(asked->reading, words[1], &arena);
	size_t count = 0;

	for (size_t i = 0; mounts && i < mounts->count; i++)
		count += strcmp(mounts->list[i].point, point) == 0;
	if (mounts)
		text_addf(saw, message_of(count, "%zu mount is at %s", "%zu mounts are at %s"), count, vis(words[1]));
	else
		text_sayf(saw, "/proc/%d/mountinfo cannot be read", asked->reading->pid);
	return count == 1;
}

bool predicate_mount_type(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	return mount && strcmp(mount->type, words[3]) == 0;
}

/* Whether mount shows the folder that path is in a table: the same file system, and the folder that
 * path has in it. */
static bool shows(const struct mount *mount, const struct mounts *mounts, const char *path,
		  struct arena *arena)
{
	const struct mount *below = mounts ? mounts_find(mounts, path) : NULL;
	const char *rest = below ? path_inside(below->point, path) : NULL;

	return rest && below->major == mount->major && below->minor == mount->minor &&
	       strcmp(path_clean(arena, arena_print(arena, "%s/%s", below->root, rest)),
		      mount->root) == 0;
}

static bool same_inode(const struct asked *asked, const char *a, const char *b)
{
	struct stat first, second;
	pid_t pid = asked->reading->pid;

	return look_stat(pid, a, 0, &first) == 0 && look_stat(pid, b, 0, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool predicate_mount_from(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);
	const char *point = look_absolute(asked->reading, words[1], &arena);
	const char *source = look_absolute(asked->reading, words[3], &arena);

	say_mount(asked, mount, words[1], saw);
	if (!mount || strcmp(mount->source, words[3]) == 0)
		return mount;
	return shows(mount, asked->reading->mounts, source, &arena) ||
	       shows(mount, asked->host->mounts, source, &arena) ||
	       same_inode(asked, point, source);
}

bool predicate_mount_from_host(const struct asked *asked, const char *const *words,
			       struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);
	const struct mounts *mounts = asked->host->mounts;
	const struct mount *hosts = mounts ? mounts_at(mounts, path_clean(&arena, words[1])) : NULL;

	say_mount(asked, mount, words[1], saw);
	bool same = mount && hosts && mount->major == hosts->major &&
		    mount->minor == hosts->minor && strcmp(mount->root, hosts->root) == 0;
	if (mount)
		text_sayf(saw, same ? ", the host's own" : ", not the host's");
	return same;
}

/* mount PATH from host PATH: the folder that the host has at its own PATH. */
bool predicate_mount_from_hosts(const struct asked *asked, const char *const *words,
				struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	return mount && shows(mount, asked->host->mounts, path_clean(&arena, words[4]), &arena);
}

/* Which folder of its file system the mount shows: the fourth field of mountinfo. */
bool predicate_mount_shows(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	if (mount)
		text_sayf(saw, ", and shows %s of its file system", vis(mount->root));
	return mount && strcmp(mount->root, words[3]) == 0;
}

/* The table of a process that chroot(2) has moved shows only what lies below its "/": that nothing
 * of the host's is there could then not be seen. */
bool predicate_no_hosts_mount(const struct asked *asked, const char *const *words,
			      struct text *saw)
{
	const struct mounts *own = asked->reading->mounts, *hosts = asked->host->mounts;
	const struct sides sides = { .child = asked->reading, .host = asked->host };

	(void)words;
	if (!own || !hosts || wall_standing(WALL_CHROOT, &sides) != NOT_STANDING) {
		text_say(saw, own && hosts ? "its / lies below the root of its mount namespace, so the "
					     "table does not show all mounts" :
					     "the mount tables cannot be read");
		return false;
	}
	for (size_t i = 0; i < own->count; i++)
		for (size_t n = 0; n < hosts->count; n++) {
			const struct mount *mount = &own->list[i], *other = &hosts->list[n];
			if (mount->major != other->major || mount->minor != other->minor)
				continue;
			text_sayf(saw, "%s shows the file system that the host has at %s",
				  vis(mount->point), vis(other->point));
			return false;
		}
	text_say(saw, "no mount shows a file system of the host's");
	return true;
}

/* Whether a list such as "rw,relatime" has a word. */
static bool has_option(const char *options, const char *word)
{
	size_t length = strlen(word);

	while (*options) {
		size_t end = strcspn(options, ",");
		if (end == length && memcmp(options, word, length) == 0)
			return true;
		options += end + (options[end] == ',');
	}
	return false;
}

bool predicate_mount_option(const struct asked *asked, const char *const *words,
			    struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	if (mount)
		text_sayf(saw, "; its file system: %s", vis(mount->super));
	return mount && (has_option(mount->options, words[3]) || has_option(mount->super, words[3]));
}

bool predicate_mount_rights(const struct asked *asked, const char *const *words,
			    struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	if (!mount)
		return false;
	bool ro = has_option(mount->options, "ro") || has_option(mount->super, "ro");
	if (ro && !has_option(mount->options, "ro"))
		text_say(saw, ", and its file system is ro");
	return ro == (strcmp(words[2], "ro") == 0);
}

bool predicate_propagation(const struct asked *asked, const char *const *words,
			   struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	if (!mount) {
		say_mount(asked, mount, words[1], saw);
		return false;
	}
	text_sayf(saw, "%s is %s", vis(words[1]), mount->propagation);
	return has_option(mount->propagation, words[3]);
}
