/* Taking back what ending a process does not: names in file systems, control groups, values of
 * control files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops/op.h"

struct error;
struct text;

/* One thing to take back. path is the host's name of it; parent, where it is not -1, a descriptor
 * (O_PATH) of the folder it lies in, which holds also where no path leads there any more; of a
 * control group, one of itself, which shows that it is in use for as long as it is open. passes: it
 * lies in a union whose writable layer undo_passes(). device and inode are the thing's own (0, 0: it
 * was not seen made yet): nothing else of that name is touched. value of a mount: its number
 * in mountinfo, where that is known. spares: processes in a control group are not ours to end. Strings
 * are owned. */
struct undo {
	enum undo_kind kind;
	char *path, *value;
	int parent;
	uint64_t device, inode;
	bool passes, spares;
};

/* Whether what a descriptor is of lies in a file system in memory that this process sees mounted
 * nowhere: the child's, and gone with it. */
bool undo_passes(int fd);

/* Move every process of the control group from to the group to: -1 with errno set when one cannot
 * be moved. One that ends meanwhile is passed over. */
int undo_vacate(const char *from, const char *to);

/* End every process of a control group (a descriptor of its folder): 0 once it has none. -1 with
 * errno EBUSY when some stay, or when this process or its parent is among them, and with that of
 * the reading when the group cannot be read. */
int undo_kill_group(int group);

/* Take it back. 0 also when it is gone already, or passes with the child. -1 with err when it must
 * stay: a folder with files in it, a group that will not empty, a place that cannot be looked at.
 * 1 with err when it is left alone for good: another thing has taken the name, or nobody can tell
 * whose it is. A control group's processes are killed first, unless they are to be spared; no process
 * outside it is. */
int undo_perform(const struct undo *undo, struct error *err);

/* Append why it was not taken back, a line. */
void undo_tell(const struct error *err, struct text *told);

void undo_done(struct undo *undo);
