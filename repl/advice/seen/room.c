#include "advice/seen/room.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

#include "advice/seen/failure.h"
#include "advice/seen/where.h"
#include "base/arena.h"
#include "base/causes/room.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/show/units.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

const struct mount *room_look(const struct failure *at, const char *folder, struct room *ret)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *on = at->child->mounts ? mounts_find(at->child->mounts, folder) : NULL;
	const char *upper = on && strcmp(on->type, "overlay") == 0 ? mount_option(on, "upperdir", &arena) : NULL;

	if (upper)
		on = mounts_find(at->child->mounts, upper);
	cleanup_fd int fd = on ? look_open(at->pid, upper ? upper : folder, O_PATH) : -1;
	/* After a pivot no path leads to that layer; the union says what it has left. */
	if (fd < 0 && upper) {
		on = mounts_find(at->child->mounts, folder);
		fd = look_open(at->pid, folder, O_PATH);
	}
	return fd >= 0 && room_of(fd, ret) ? on : NULL;
}

void room_option(const struct room *room, bool full, struct text *ret)
{
	char size[24];

	if (full)
		text_addf(ret, "size=%s", size_text(room_more(room), size, sizeof(size)));
	else
		text_add(ret, "nr_inodes=0");
}

bool room_is_fixed(const struct reading *child)
{
	return !(child->cap_effective & CAPABILITY(CAP_SYS_ADMIN));
}

void room_volume(const struct mount *on, struct text *ret)
{
	text_sayf(ret, "container -v %s:%s has a volume there, which has no such size", vis(path_name(on->point)), vis(on->point));
}

static bool tell_more(const struct failure *at, const struct mount *on, const struct room *room, bool full, struct error *err)
{
	cleanup_text struct text fix = { 0 };

	if (where_is_hosts(at) || !room_is_fixed(at->child)) {
		room_option(room, full, &fix);
		return where_remount(at, on->point, text_of(&fix), err);
	}
	room_volume(on, &fix);
	fail_fix(err, "%s", text_of(&fix));
	return true;
}

bool room_tell(const struct failure *at, const struct mount *on, const struct room *room, unsigned long long wanted, struct error *err)
{
	enum cause_id cause = room_lacks(room, wanted);
	bool full = cause == CAUSE_FILE_FULL, tmpfs = strcmp(on->type, "tmpfs") == 0;

	if (cause == CAUSE_COUNT)
		return false;
	fail_cause(err, cause);
	if (full)
		fail_why(err, "the file system of mount %d (%s, %s) has %llu of its %llu bytes left, and %llu are needed", on->id, vis(on->point),
			 vis(on->type), room->left, room->size, wanted ? wanted : 1);
	else
		fail_why(err, "the file system of mount %d (%s, %s) has none of its %llu inodes left, and %llu free bytes", on->id,
			 vis(on->point), vis(on->type), room->files, room->left);
	if (tmpfs)
		return tell_more(at, on, room, full, err);
	cleanup_arena struct arena arena = { 0 };
	return where_run(at, arena_print(&arena, full ? "df %s" : "df -i %s", on->point), err);
}
