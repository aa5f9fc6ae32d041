#include "walls/storage.h"

#include "base/causes/room.h"
#include "base/message.h"
#include "base/show/units.h"
#include "base/text.h"

void storage_tell(const struct room *room, struct text *why, struct text *fix)
{
	char left[24], size[24];

	bytes_text(room->left, left, sizeof(left));
	bytes_text(room->size, size, sizeof(size));
	if (room_lacks(room, 0) == CAUSE_FILE_FULL)
		text_sayf(why, "the writable layer of the container, a tmpfs of %s, had %s left", size, left);
	else
		text_sayf(why, "the writable layer of the container, a tmpfs of %s, had %s left, but none of its %llu inodes", size, left, room->files);
	text_sayf(fix, "container --storage %s gives it more, of what --memory allows", size_text(room_more(room), size, sizeof(size)));
}
