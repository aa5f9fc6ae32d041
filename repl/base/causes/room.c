#include "base/causes/room.h"

#include <limits.h>
#include <sys/statvfs.h>

static bool take(const struct statvfs *st, struct room *ret)
{
	*ret = (struct room){
		.left = (unsigned long long)st->f_bavail * st->f_frsize,
		.block = st->f_frsize,
		.size = (unsigned long long)st->f_blocks * st->f_frsize,
		.inodes = st->f_favail,
		.files = st->f_files,
		.read_only = st->f_flag & ST_RDONLY,
	};
	return true;
}

bool room_of(int fd, struct room *ret)
{
	struct statvfs st;

	return fstatvfs(fd, &st) == 0 && take(&st, ret);
}

bool room_at(const char *path, struct room *ret)
{
	struct statvfs st;

	return statvfs(path, &st) == 0 && take(&st, ret);
}

enum cause_id room_lacks(const struct room *room, unsigned long long wanted)
{
	unsigned long long least = room->block ? room->block : 1;

	if (room->left < (wanted > least ? wanted : least))
		return CAUSE_FILE_FULL;
	return room->files && !room->inodes ? CAUSE_FILE_NO_INODES : CAUSE_COUNT;
}

bool room_made_for(const struct room *room, unsigned long long bytes)
{
	unsigned long long block = room->block ? room->block : 1;

	return bytes && (bytes + block - 1) / block * block == room->size;
}

unsigned long long room_more(const struct room *room)
{
	unsigned long long ret = 64ULL << 20;

	while (ret < 2 * room->size && ret < ULLONG_MAX / 4)
		ret *= 2;
	return ret;
}
