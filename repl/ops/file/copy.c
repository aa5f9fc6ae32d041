/* Copy what is in one folder to another one that is empty, as cp -a does: what docker does to a new
 * volume with what the image has in its place. Files, folders, links and pipes with their modes,
 * owners, times and user attributes; devices and sockets are left out. All of it or nothing: the next
 * line would take a part for the whole, and copy no more. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file/remove.h"
#include "base/file/shift.h"
#include "base/text.h"
#include "ops/file/stopped.h"
#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "from", FIELD_STRING, offsetof(struct op, copy.from) },
	{ "to", FIELD_STRING, offsetof(struct op, copy.to) },
	{ "inside", FIELD_BOOL, offsetof(struct op, copy.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "one of the folders does not exist", NULL },
	{ EACCES, "a mode on the way to the file forbids it", NULL },
	{ ENOSPC, "the file system of the volume is full", NULL },
	{ ELOOP, "while it was copied a link has taken the place of the file", NULL },
	{ 0 }
};

/* Call each for every name in the folder until one fails. How many there were; -1 with errno set. */
static int for_each(int fd, int (*each)(int fd, const char *name))
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);

	if (!folder) {
		cleanup_fd_(&copy);
		return -1;
	}
	for (struct dirent *entry; count >= 0 && (entry = readdir(folder));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			count = each && each(fd, entry->d_name) < 0 ? -1 : count + 1;
	int code = errno;
	closedir(folder);
	errno = code;
	return count;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_fd int from = place_open(stage, op->copy.inside, op->copy.from, flags);
	cleanup_fd int to = open(op->copy.to, flags);
	const struct shift contents = { .contents = true };
	cleanup_text struct text at = { 0 };
	struct shifted counts = { .failed = &at };

	if (from < 0 || to < 0)
		return -1;
	int there = for_each(to, NULL);
	if (there < 0)
		return -1;
	if (there > 0) {
		outcome_say(outcome, "nothing copied: it is not empty any more");
		return 0;
	}
	if (shift_tree(from, to, &contents, &counts) < 0) {
		int code = errno;
		stopped_say(to, text_of(&at), outcome);
		for_each(to, remove_tree);
		errno = code;
		return -1;
	}
	outcome_say(outcome, counts.entries == 1 ? "%llu entry, %llu bytes" : "%llu entries, %llu bytes",
		    (unsigned long long)counts.entries, (unsigned long long)counts.bytes);
	return 0;
}

const struct op_info op_copy = {
	.name = "copy", .man = "cp(1)", .does = "copy what is in {from} to {to}",
	.call = "copy all of {inside?{from|root}}{inside!{from|c}} to {to|c}",
	.shell = "cp -a {from|sh}/. {to|sh}",
	.side = IN_CHILD, .path = offsetof(struct op, copy.from),
	.inside = offsetof(struct op, copy.inside), .fields = fields, .hints = hints, .run = run,
};
