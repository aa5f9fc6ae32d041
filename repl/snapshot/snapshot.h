/* snapshot: one reading of what the kernel says about a process, and the difference of two.
 * May include: snapshot/eyes base.
 * Never: knows which op ran.
 * Begin at: snapshot.h, then reading.c. */
/* One reading of what the kernel says about a process, taken from outside, and the difference
 * of two. This room knows nothing of which op ran: it reports what is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

struct error;
struct text;

/* The links of /proc/PID/ns, the eight types in the order ls(1) shows them. */
enum ns_link {
	NS_CGROUP, NS_IPC, NS_MNT, NS_NET, NS_PID, NS_TIME, NS_USER, NS_UTS,
	NS_TYPES,
	NS_PID_FOR_CHILDREN = NS_TYPES, NS_TIME_FOR_CHILDREN,
	NS_LINKS
};

/* name is the link's ("mnt"), long_name the manual's ("mount"), flag the CLONE_NEW* bit (0 for
 * the two *_for_children). namespaces(7). */
struct ns_type {
	const char *name, *long_name;
	uint64_t flag;
	const char *isolates; /* what it isolates, in a few words */
};
extern const struct ns_type ns_types[NS_LINKS];

/* The type called name, short or long; -1 where there is none. */
int ns_type_find(const char *name);

/* Append the names of the eight types, as ls(1) orders them. */
void ns_type_names(const char *between, struct text *ret);

/* In which order to join namespaces: user first, for joining it is what gives the right to join
 * those it owns; mnt last, for /proc is looked at until then. setns(2). */
extern const enum ns_link ns_join_order[NS_TYPES];

/* The inode of the user namespace that owns the one of this type of process pid; 0 where that cannot be
 * learned: ioctl_ns(2), EPERM for one outside this process's own. */
ino_t ns_owner(pid_t pid, enum ns_link type);

/* One line of mountinfo, proc_pid_mountinfo(5). Strings are unescaped; line is as the kernel
 * wrote it, without its newline. propagation keeps only what has a meaning outside this
 * reading: "shared", "slave", "shared,slave", "unbindable" or "private". */
struct mount {
	int id, parent;
	unsigned major, minor;
	const char *root, *point, *options, *propagation, *type, *source, *super;
	const char *line;
};

/* A mount table, shared between readings that found it unchanged. One that has grown out of another begins
 * with the other's mounts, and mostly at the same place: rows has those of both. */
struct mounts {
	struct mount_rows *rows;
	struct mount *list;
	size_t count;
	unsigned users;
};

/* A line of /proc/PID/cgroup: hierarchy 0 with controllers "" is cgroup v2. */
struct membership {
	unsigned hierarchy;
	const char *controllers, *path;
};

/* Of a folder: where it lies and what it is. mount is 0 before Linux 5.8; inode is 0 where the
 * folder could not be looked at. */
struct folder {
	uint64_t mount, inode;
	uint32_t major, minor;
};

/* Whether both are one folder of one file system, by whatever mounts they are seen; and whether
 * they are so in one mount. false as well where either could not be looked at. */
bool folder_same(const struct folder *a, const struct folder *b);
bool folder_same_place(const struct folder *a, const struct folder *b);

enum { NS_LEVELS = 33 };

/* What was read. Every string lives in arena. A link that could not be read has id 0 and code
 * set (ENOENT for pid_for_children before its first process). */
struct reading {
	struct arena arena;
	pid_t pid; /* as this shell sees it */
	struct {
		uint64_t id;
		int code;
		bool joined; /* others were in it first: process_find_joined() was asked */
		bool joined_unseen; /* and could not tell */
	} ns[NS_LINKS];
	struct mounts *mounts; /* NULL when it could not be read */
	int mounts_code;       /* errno of that */
	const pid_t *inside;   /* NSpid: one number a level, outermost first */
	int levels;
	pid_t parent;
	char state;
	char comm[64]; /* as read, not visible */
	uint32_t uid[4], gid[4]; /* real, effective, saved, file system */
	uint64_t cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
	int no_new_privs, seccomp;
	int filters; /* seccomp filters; 0 as well before Linux 5.9, which does not count them */
	uint64_t blocked, ignored, caught; /* SigBlk of its first thread, SigIgn, SigCgt: bit N - 1 is signal N */
	struct membership *cgroups;
	size_t cgroup_count;
	int cgroups_code;      /* errno where they could not be read */
	const char *uid_map, *gid_map, *setgroups; /* whole files, "" where empty */
	bool maps_unread; /* these three could not be read now, and are "" */
	const char *root, *cwd; /* readlink(2) of /proc/PID/root and cwd, "" where that failed */
	int cwd_code;           /* why that of cwd did */
	struct folder slash;    /* its "/", which may lie below the root of its mount namespace */
	struct folder top;      /* the root of its mount namespace, or */
	int top_code;           /* why that could not be looked at */
	char hostname[65]; /* filled by whoever can ask the child; "" here */
};

/* Descriptors kept open on a process, so that a reading costs little: its /proc folder and files,
 * and its mountinfo, which poll(2) says to be unchanged or not. It holds the namespaces of the
 * last reading open, so that their numbers are not given to others: free it when the process is
 * to be forgotten. Pins the process's proc entry, not its pid: readings fail with ESRCH once it
 * is gone. */
struct watch;

/* Start watching pid, whose folder in /proc is folder (borrowed; -1: what has that number now). NULL and
 * err filled when /proc does not let us. */
struct watch *watch_new(pid_t pid, int folder, struct error *err);
void watch_free(struct watch *watch);

/* Take a reading of the watched process. A mount table that says the same as the last one, or as
 * that of before (may be NULL), is shared. ret is untouched on failure. */
int watch_read(struct watch *watch, const struct reading *before, struct reading *ret,
	       struct error *err);

/* For the next reading alone: where poll(2) reports no change, the mount table is not read again but
 * taken to be the last one, and where mounts were only added, these alone are read. The kernel reports every mount, unmount, move and remount, but not a
 * changed propagation (mount(2) with MS_SHARED, MS_PRIVATE, ...) or a renamed folder above a mount
 * point: so this is for callers that know that nothing of that kind was done meanwhile. */
void watch_trust(struct watch *watch);

/* The next reading is likely to find this table again, which gets a use more: what was mounted after it was read has
 * been unmounted. Believed where watch_trust() was called, too, and the kernel counts as many mounts. */
void watch_expect(struct watch *watch, struct mounts *mounts);

/* One reading of any pid that /proc lets us read. ret is untouched on failure. */
int reading_take(pid_t pid, struct reading *ret, struct error *err);
void reading_done(struct reading *reading);

/* A reading of its own that says the same; the mount table and the texts are shared. */
void reading_copy(const struct reading *reading, struct reading *ret);

/* Of a process that was not read. */
extern const struct reading reading_none;

/* The same reading on the heap, for more than one to hold: who keeps or holds one drops it, and *kept is
 * reading_none then. NULL and reading_none may be dropped as well. */
const struct reading *reading_keep(const struct reading *reading);
const struct reading *reading_hold(const struct reading *kept);
void reading_drop(const struct reading **kept);

/* Parse a mountinfo text. Lines that do not parse are left out and counted in *bad (may be
 * NULL). Never fails. */
struct mounts *mounts_parse(const char *text, unsigned *bad);

/* The table with the mounts of text, as much of a mountinfo text, behind those that it has. NULL where the
 * mounts that it has cannot all be as they were: one of text lies below one of them, or has given their file
 * system other options. */
struct mounts *mounts_grow(const struct mounts *mounts, const char *text);

/* Whether the table was parsed from just this text. */
bool mounts_are(const struct mounts *mounts, const char *text);

/* Whether later has grown out of mounts, whose rows are then its first ones. */
bool mounts_grew(const struct mounts *mounts, const struct mounts *later);
void mounts_free(struct mounts *mounts); /* releases one use */

/* Append a line of mountinfo as the kernel wrote it. Its \040 and the like are the kernel's own escapes
 * and stay; what it lets through is made visible. */
void mounts_show(const char *line, struct text *ret);

/* The mount that path (absolute, clean) lies on: the longest mount point above it, the last one
 * mounted there. NULL where the table has none, or is NULL itself. */
const struct mount *mounts_find(const struct mounts *mounts, const char *path);

/* The topmost mount exactly at point, or NULL. */
const struct mount *mounts_at(const struct mounts *mounts, const char *point);

/* The value of an option of the file system ("upperdir"), unescaped, in arena: "" for one without
 * a value, NULL where the mount has no such option. Looks at the line as it was, where a comma
 * in a path cannot be taken for the end of an option. */
char *mount_option(const struct mount *mount, const char *name, struct arena *arena);

/* The same for an option that may be given more than once, counted from 0. */
char *mount_option_nth(const struct mount *mount, const char *name, size_t nth,
		       struct arena *arena);

/* Whether the link was read, or leads nowhere yet: pid_for_children before its first process. */
bool ns_known(const struct reading *reading, enum ns_link link);

/* Whether any link was read: a process that is not dumpable shows an ordinary user none. */
bool ns_any(const struct reading *reading);

/* 0, or -1 with err where namespaces, groups, root or working directory could not be read for a reason that may
 * pass: another reading may tell more. */
int reading_whole(const struct reading *reading, struct error *err);

/* Whether the process has a namespace that is not the host's: compares ids. false as well when
 * either could not be read. */
bool ns_own(const struct reading *child, const struct reading *host, enum ns_link link);

/* The number inside that a uid_map or gid_map gives to one outside; false where it gives none.
 * user_namespaces(7): "INSIDE OUTSIDE COUNT" a line. */
bool id_inside(const char *map, unsigned long outside, unsigned long *ret);

/* The number outside of one inside, by the same lines; false: none has it. */
bool id_outside(const char *map, unsigned long inside, unsigned long *ret);

/* Whether the / of the process is another folder than that of its mount namespace: chroot(2). false as well
 * where that could not be read. */
bool reading_has_chroot(const struct reading *reading);

/* CHANGE_HIDDEN: not in the table any more, for that lists only what lies below the process's /, and
 * chroot(2) has made that another folder. Nothing was unmounted. */
enum change { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED, CHANGE_HIDDEN };

struct mount_change {
	enum change change;
	const struct mount *before, *after; /* NULL where it did not exist; owned by the readings */
};

/* What differs between two readings. */
struct difference {
	bool ns[NS_LINKS];
	struct mount_change *mounts; /* in the order of the tables, removed ones first */
	size_t mount_count;
	bool pid, root, cwd, hostname, cgroup, uid_map, gid_map, caps, no_new_privs, seccomp;
};

/* Compare two readings of one child in one life: by ids. */
void difference_find(const struct reading *before, const struct reading *after,
		     struct difference *ret);
void difference_done(struct difference *difference);

/* Compare two readings by meaning, across lives: namespaces by relation to the host's, mounts by
 * point, root, source, type, options and propagation, never by id or pid. Appends a printable
 * line for each difference to ret; returns how many there are. */
size_t reading_differs(const struct reading *a, const struct reading *b,
		       const struct reading *host, struct text *ret);
