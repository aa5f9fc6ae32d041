#include "ops/file/stopped.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/text.h"
#include "ops/op.h"

void stopped_say(int fd, const char *path, struct op_outcome *outcome)
{
	int code = errno;
	struct statvfs left;

	if (code == ENOSPC && fstatvfs(fd, &left) == 0)
		outcome_say(outcome, "%llu bytes and %llu inodes left, at %s", (unsigned long long)left.f_bavail * left.f_frsize,
			    (unsigned long long)left.f_favail, vis(path));
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
