/* ops/undo: taking back what ending a process does not: names in file systems, control groups, values of
 * control files.
 * May include: base.
 * Never: takes back what it does not recognise as made by Stave.
 * Begin at: undo.h. Add an undo kind: a line in ops/undos.h, and its row here. */
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

/* Where the thing lies that an undo is about, and how it is found again. */
enum undo_place {
	PLACE_NONE,  /* it is a value, which has no inode */
	PLACE_NAME,  /* a name in a folder that the child sees: by a descriptor of that folder */
	PLACE_FREE,  /* a path of the host's, at which nothing was before */
	PLACE_PATH,  /* a path of the host's; to make it fails where there is something */
	PLACE_MOUNT, /* what lies on top at a path of the child's */
};

/* THE table of undo kinds: a row each. */
struct undo_info {
	enum undo_place place;
	bool asked;          /* taken back only where the plan asks for it: PLAN_TAKE_BACK */
	bool outlives_boot;  /* a new start of the machine does not end it; else its name is another's then */
	bool empties;        /* it goes only when it is empty: it may go by its name, which was free before */
	bool seen;           /* nothing is taken back where no answer said that it was made */
	bool has_processes;  /* a descriptor of itself shows that it is in use */
	bool shared;         /* a control group that is made later may stand on it */
	/* As undo_perform(). */
	int (*take)(const struct undo *undo, struct error *err);
};

/* The row of a kind; that of UNDO_NONE is empty. */
const struct undo_info *undo_info(enum undo_kind kind);

/* Its name in a journal. */
const char *undo_name(enum undo_kind kind);

/* For take(): whether nothing is to be done, or nothing can be; *ret is what to return then. Else the
 * thing is the one that was made, and *dirfd and *name say where it lies. */
bool undo_settled(const struct undo *undo, int *dirfd, const char **name, int *ret,
		  struct error *err);

/* Say that it is left alone for good, and why: 1. */
int undo_leave(struct error *err, const struct undo *undo, const char *why);

/* Whether what a descriptor is of lies in a file system in memory that this process sees mounted
 * nowhere: the child's, and gone with it. */
bool undo_passes(int fd);

/* Move every process of the control group from to the group to: -1 with errno set when one cannot
 * be moved. One that ends meanwhile is passed over. */
int undo_move_group(const char *from, const char *to);

/* Remove a control group of this process's own making with those below it, and end their processes: 0, or -1 with errno
 * set when it stays. */
int undo_remove_group(const char *path);

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

/* Fill *ret with what takes a change of this process's own network namespace back, by the op that the line says
 * (ops/line.h). Strings are its own. false where the namespace cannot be looked at. */
bool undo_of_network(const struct op *op, const char *line, struct undo *ret);

/* Append why it was not taken back, a line. */
void undo_tell(const struct error *err, struct text *told);

void undo_done(struct undo *undo);
