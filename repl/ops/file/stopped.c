#include "ops/file/stopped.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/causes/room.h"
#include "base/text.h"
#include "ops/op.h"

void stopped_say(int fd, const char *path, struct op_outcome *outcome)
{
	int code = errno;
	struct room room;

	if (code == ENOSPC && room_of(fd, &room))
		outcome_say(outcome, "%llu bytes and %llu inodes left, at %s", room.left, room.inodes, vis(path));
	else
		outcome_say(outcome, "at %s", vis(path));
	errno = code;
}

bool stopped_read(const struct op_outcome *outcome, struct stopped *ret)
{
	int end = 0;

	*ret = (struct stopped){ 0 };
	if (sscanf(outcome->detail, "%llu bytes and %llu inodes left, at %n", &ret->bytes, &ret->inodes, &end) == 2 && end)
		ret->short_of = true;
	else if (text_begins(outcome->detail, "at "))
		end = (int)strlen("at ");
	ret->path = outcome->detail + end;
	return end;
}
