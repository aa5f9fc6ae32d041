/* THE table of primitives. A primitive is one file in this folder; its row, struct op_info, says
 * all there is to know about it. The wire format, the dry run, the reports and the advice on
 * errors are walkers over these rows. list.h is the only place that lists them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;
struct held;
struct text;

enum op_kind {
#define OP(name) OP_##name,
#include "ops/list.h"
#undef OP
	OP_COUNT
};

/* What takes an op back that killing the child does not: ops/undo/undo.h. */
enum undo_kind {
	UNDO_NONE,
#define UNDO(kind, name) UNDO_##kind,
#include "ops/undos.h"
#undef UNDO
	UNDO_COUNT
};

/* How what an op did to the child is taken back while the child lives on. */
enum op_back {
	BACK_BY_REPLAY,   /* not at all: a fresh child performs the steps before */
	BACK_NOTHING,     /* it leaves nothing that needs to be */
	BACK_BY_RECORD,   /* by its undo_kind's record; without one it stays */
	BACK_BY_UMOUNT,   /* by umount2(2) of what it attached at back_path */
	BACK_BY_HOSTNAME, /* by sethostname(2) with the name before */
	BACK_BY_CHDIR,    /* by chdir(2) to the folder before */
	BACK_BY_SAME,     /* by the same call with what was before: op_opposite() */
	BACK_BY_UNLINK,   /* by RTM_DELLINK of the interface at back_path, which it made */
	BACK_WITH_LINK,   /* with that, where the step made it; else by the same call */
	BACK_BY_VACATE,   /* by moving all that is in the group to the group before */
};

/* Who makes the call: the child on itself, or the shell on the child's behalf. */
enum op_side { IN_CHILD, ON_HOST };

/* What an op is to the line that it belongs to: most telling first. */
enum op_part {
	PART_TELLS,    /* what the line is about */
	PART_PREPARES, /* what that needs before or around it */
	PART_BOOKS,    /* Stave's own: the kernel's facts would be the same without it */
};

/* What runs when an op has succeeded. */
enum op_starts { STARTS_NOTHING, STARTS_PROGRAM, STARTS_LOAD };

/* A descriptor that an op needs. It is opened from path with flags on the shell's side when the
 * op is performed, so that a plan can be kept, shown and performed again. fd is -1 until then.
 * The letters "%p" in path stand for the child's pid as the host sees it. */
struct op_fd {
	const char *path;
	int flags;
	int fd;
	unsigned attributes; /* with FD_OPEN_TREE: the MOUNT_ATTR_* of its mounts, set at once */
};

/* In op_fd.flags: open_tree(2) with OPEN_TREE_CLONE|AT_RECURSIVE instead of open(2); the user namespace
 * that owns the namespace at path, ioctl_ns(2) NS_GET_USERNS, instead of that itself; with
 * FD_OPEN_TREE, the ids of its files are those of the child's user namespace, MOUNT_ATTR_IDMAP; path is one of the
 * child's, in its root. */
enum { FD_OPEN_TREE = 1 << 30, FD_NS_OWNER = 1 << 29, FD_IDMAP = 1 << 28, FD_CHILDS = 1 << 27 };

/* Bytes as they are, such as a program for the kernel; borrowed as strings are. */
struct op_bytes {
	const void *bytes;
	uint64_t length;
};

/* One primitive with its arguments. Strings are borrowed: from the plan's arena on the shell's
 * side, from the received packet in the child; so copying an op is "=". */
struct op {
	enum op_kind kind;
	union {
		struct { uint64_t flags; struct op_fd cgroup; } clone;
		struct { uint64_t flags; } unshare;
		struct { struct op_fd fd; uint64_t nstype, inode; } setns; /* inode 0: any */
		struct { const char *type, *target; } pin; /* "uts"; a path of the host's */
		struct { const char *target; } unpin;
		struct { const char *source, *target, *fstype; uint64_t flags; const char *data;
			 bool inside; } mount; /* inside, here and below: of the target, OP_root's */
		struct { const char *target; uint64_t flags; } umount;
		struct { struct op_fd tree; const char *target; bool inside, idmap; } move_mount; /* tree: or fsmount's */
		struct { const char *path; uint64_t set; bool inside; } mount_setattr; /* path NULL: open_tree's */
		struct { const char *path; } root, open_tree;
		struct { const char *source, *target; } mask;
		struct { const char *target; } mask_file;
		struct { const char *fstype; } fsopen;
		struct { uint64_t cmd; const char *key, *value; } fsconfig;
		struct { uint64_t flags; } fsmount;
		struct { const char *path; } send_folder;
		/* text: what the file begins with; line: what those of others in the network are to have, or NULL */
		struct { const char *path, *text, *line; } hosts;
		/* has: what the file contains; else one beside it that does is meant, or NULL */
		struct { struct op_fd file; const char *has; } lock;
		struct { const char *path; uint64_t uid, gid; bool named; /* by a person */ } volume_make; /* OP_NO_ID: the shell's own */
		struct { const char *path; bool empty; /* only where it is */ } volume_remove;
		struct { const char *path; } profile_remove;
		struct { const char *path; struct op_bytes bytes; } export_file;
		struct { const char *from, *to; bool inside; } copy; /* inside: of from */
		/* count ids from 0 on; maps: of who may give files to them, an ordinary user's subordinate ids, and then
		 * the owners are those that the layer records. */
		struct { const char *from, *to, *scratch, *uid_map, *gid_map; uint64_t uid, gid, count; } layer_copy;
		struct { const char *path; } copyup;
		struct { const char *path, *name; struct op_bytes value; } setxattr;
		struct { const char *path; uint64_t mode; bool inside; } mkdir;
		struct { const char *path; uint64_t uid, gid; } chown; /* OP_NO_ID: stays as it is */
		struct { const char *path; uint64_t mode; } chmod;
		struct { const char *path; uint64_t type, mode, device; bool inside; } mknod;
		struct { const char *target, *path; bool inside; } symlink;
		struct { const char *path, *text; uint64_t mode; bool inside; } file;
		struct { const char *path; } remove;
		struct { const char *path; } chroot;
		struct { const char *path; bool rooted; } chdir; /* rooted: no way out of the root */
		struct { const char *new_root, *put_old; } pivot_root;
		struct { const char *name, *before; } sethostname; /* before: what undo sets, or NULL */
		struct { const char *name; } ifup;
		struct { const char *name; uint64_t index; } link_del; /* index: that one, whatever its name; 0: by name */
		/* type: "veth"; peer, to: a veth's other end and its namespace; on: the interface below
		 * it; id: a VLAN's; index: the number it gets; up: from the beginning. All but type and name may be unset. */
		struct { const char *type, *name, *peer, *on; struct op_fd to; uint64_t id, index; bool up; } link_add;
		/* A veth: the child's end with its hardware address, and the other in the network namespace to: a port
		 * of bridge, with a note of whose it is; index, peer_index: the numbers they get. All five may be unset; a
		 * port is up. */
		struct { const char *name, *address, *peer, *bridge, *alias; struct op_fd from, to; uint64_t index, peer_index; } wire;
		/* A port of the host's, and the address in the network namespace net to which it leads. */
		struct { const char *at, *to; uint64_t port, to_port; bool datagrams; struct op_fd net; } forward;
		/* The path of pasta(1) or slirp4netns(1), the interface that it makes, in the network namespace net. */
		struct { const char *program, *name, *dns; bool pasta; struct op_fd net; } outlet; /* dns: where names are asked for */
		/* state: LINK_UP; mac: an address as a number, 0: none, where address says none */
		struct { const char *name, *address, *master; uint64_t state, mtu, mac; } link_set;
		struct { const char *address, *name; bool add; } addr;            /* "10.0.0.1/24"; or takes it away */
		struct { const char *to, *via, *name; bool add; } route;          /* to: or "default" */
		struct { const char *path, *value; } sysctl;
		struct { const char *name; } tun;
		struct { const char *comment, *taken, *input; bool add; uint64_t places; } nft; /* input: for nft -f -, on one
			line; comment: of its rules; taken: what no rule may have yet, or NULL; places: NFT_PLACE, of each rule */
		/* kind: "netem", "tbf"; below: of the first, which is the root; delay in us; loss: "5%"; rate in
		 * bytes a second. */
		struct { const char *name, *kind, *loss; uint64_t delay, rate; bool add, below; } qdisc;
		struct { const char *text; } timens;
		struct { const char *uid_map, *gid_map, *setgroups; bool by_newuidmap; } idmap;
		struct { const char *path; } cgroup_mkdir, cgroup_rmdir, cgroup_kill;
		struct { const char *from, *to; } vacate;
		struct { const char *path, *value, *before; } control; /* before: what undo writes, or NULL */
		struct { struct op_fd file; } attach;
		struct { uint64_t rows, columns; } pty;
		struct { const char *name, *value, *before; } setenv; /* value NULL: none; so before */
		struct { uint64_t mode, before; } umask; /* OP_NO_ID: as if none had been set */
		struct { uint64_t set; } capbset_drop; /* a bit for each, capability.h */
		struct { uint64_t effective, permitted, inheritable; } capset;
		struct { uint64_t action, set; } cap_ambient; /* PR_CAP_AMBIENT_RAISE, _LOWER, _CLEAR_ALL */
		struct { uint64_t bits; } securebits; /* SECBIT_* */
		struct { const char *path; uint64_t permitted, inheritable; bool effective; } file_caps; /* both 0: taken away */
		struct { const char *list; } setgroups; /* "0 10 33"; NULL: none */
		struct { uint64_t id; } setresuid, setresgid;
		struct { uint64_t handled; } landlock_create;
		struct { uint64_t access; const char *path; } landlock_add;
		struct { struct op_bytes filter; const char *policy; } seccomp; /* sock_filter[] */
		struct { uint64_t value; } dumpable, oom;
		struct { uint64_t resource, soft, hard; } rlimit; /* RLIMIT_*; RLIM_INFINITY for none */
		struct {
			const char *const *argv, *const *envp;
			const char *cwd;
			uint64_t uid, gid; /* OP_NO_ID: as the child */
			struct op_fd program; /* to be run by descriptor, by no path of the child's */
			struct op_fd stdin_, stdout_, stderr_;
			bool pty; /* spawn: a pseudo-terminal; spare serves where devpts is missing */
			struct op_fd spare;
			uint64_t rows, columns;
			struct op_fd gate;         /* spawn: it begins when this is at its end: a tracer holds it */
			struct op_bytes watched;   /* the filter that stops it for the tracer: sock_filter[] */
			bool no_new_privs;         /* spawn: set before that filter is loaded */
		} exec, spawn;
		struct {
			const char *load; /* "cpu", "memory", "pids" */
			uint64_t count;   /* cpu: workers; pids: processes */
			uint64_t size;    /* memory: bytes */
			uint64_t seconds; /* how long */
			bool alone;       /* nobody attends to it: it begins and ends by itself */
			struct op_fd report; /* a socket: a byte makes the load begin, a line comes
					      * back for each step of it, "touched 4096 0" */
		} burn;
	};
};

/* fsconfig(2)'s cmd, by the kernel's numbers. */
enum { FSCONFIG_FLAG = 0, FSCONFIG_STRING = 1, FSCONFIG_CREATE = 6 };

#define OP_NO_ID UINT64_MAX

/* link_set's state; 0: it stays. */
enum { LINK_UP = 1, LINK_DOWN };

/* Where in their chains the rules of an op go: for each of up to NFT_PLACES of them as many bits, the first rule's lowest; 1: it is
 * the chain's first rule, N: it comes behind N - 1 others; 0: the last. */
enum { NFT_PLACES = 3, NFT_PLACE_BITS = 16 };

/* How the outcome of a rule that is not added (EEXIST) begins; the line that made the one in its way follows. */
#define NFT_THERE "there already: "

enum field_kind {
	FIELD_STRING, /* const char *, may be NULL; said as a C string */
	FIELD_NUMBER, /* uint64_t, decimal */
	FIELD_CHOICE, /* uint64_t, said by the one name in flags that is equal */
	FIELD_MODE,   /* uint64_t, octal */
	FIELD_DEVICE, /* uint64_t made by makedev(3), said as makedev(MAJOR, MINOR) */
	FIELD_FLAGS,  /* uint64_t, said by the names of flags */
	FIELD_ID,     /* uint64_t, a uid or gid; OP_NO_ID is said as -1 */
	FIELD_BOOL,   /* bool */
	FIELD_FD,     /* struct op_fd, travels beside the packet; said as its path */
	FIELD_BYTES,  /* struct op_bytes; said as how many they are */
	FIELD_LIST,   /* const char *const *, ended by NULL, may be NULL */
};

struct flag {
	const char *name;
	uint64_t value;
};

/* One typed argument, in the order of the C call. hidden: part of the op but not of the call
 * that is shown. */
struct field {
	const char *name;
	enum field_kind kind;
	size_t at;
	const struct flag *flags;
	bool hidden;
};

/* What an errno means for this primitive, here, and what to type. fix may be NULL. */
struct hint {
	int code;
	const char *why;
	const char *fix;
	bool user; /* the fix is for who is not root: it says to become it, or does without */
};

enum { OP_FDS = 3 };

/* What came of an op. value is what the call returned where that is more than 0 (a pid); fds are
 * descriptors that it hands to the shell, -1 where unused. detail is one line that the op has to
 * say about its result or failure (a value read back, the kernel's own message), or "". */
struct op_outcome {
	int code; /* errno, 0 for success */
	int64_t value;
	int64_t before; /* what the op found where it changed something: op_opposite() takes it; -1: nothing known */
	int fds[OP_FDS];
	pid_t pid; /* the child it was performed on, as the host sees it; set by the session */
	char detail[200];
};

/* Set outcome->detail, in English: --json has it so, and a screen by message_printed(). errno stays. */
void outcome_say(struct op_outcome *outcome, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What an op needs to know: on the host's side the child it works for, 0 while there is none; in
 * the child where the descriptor is kept that fsopen(2), fsmount(2) and open_tree(2) leave for the ops after
 * them, -1 while there is none; and the root that is held, ops/place.h. */
struct op_stage {
	pid_t pid;
	int proc; /* its folder in /proc, which stays its own; only on the host's side, -1 for none */
	int *fs;
	bool *hidden;  /* whether the child is to stay undumpable when its credentials change */
	int *ruleset; /* the same for landlock_create_ruleset(2)'s */
	struct held *place;
	bool *masked; /* whether umask(2) was asked for: programs keep it then */
	bool quiet; /* outcome->detail is not reported */
};

/* What can be wrong with the path of a folder. */
extern const struct hint folder_hints[];

/* Keep fd in one of the stage's places, fs or ruleset; what was kept there is closed. */
void stage_hold(int *place, int fd);

struct op_info {
	const char *name; /* the system call's, or "idmap", "control" for what is a write(2) */
	const char *man;  /* "mount(2)" */
	/* Templates (ops/template.h): one sentence; the call as C, NULL where the name and the
	 * fields say it; the same in shell, one line, NULL where the shell has no word. */
	const char *does, *call, *shell;
	enum op_side side;
	enum op_part part;
	bool forks;       /* value 0 means: this is the new process */
	enum op_starts starts;
	bool becomes;     /* the child is a program when it succeeds, and answers no more */
	bool credentials; /* changes ids or the user namespace: op_disarms() */
	bool gives_up; /* privilege, for good: whoever joins the process has to make it again */
	bool rule;     /* that is, a filter or rule: the kernel tells nobody what it says */
	bool changes_mounts; /* that were there before: op_changes_mounts() */
	/* Where in struct op what a column is about lies; 0 for none: */
	size_t keeps;  /* the path of a folder whose descriptor, fds[0], the shell keeps */
	size_t cgroup; /* the path of a control group's folder or file that it is about */
	size_t path, inside; /* the path that is below the root that is held when inside is true */
	enum undo_kind undo; /* how to take back what it leaves outside processes */
	size_t undo_path;    /* where in struct op the path is that undo goes by */
	size_t undo_value;   /* and the value that it restores, NULL there: it leaves nothing; or 0 */
	enum op_back back;   /* how it is taken back in a child that lives on */
	size_t back_path;    /* where in struct op the path is that this goes by */
	const struct field *fields; /* ended by { 0 } */
	int needs;                  /* the capability it takes, CAP_*; 0 for none */
	const struct hint *hints;   /* ended by { 0 } */
	/* Make the call. 0, or -1 with errno set and outcome->detail perhaps filled. */
	int (*run)(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome);
	/* The call and the command where no template can say them; may be NULL. */
	void (*call_by)(const struct op *op, pid_t pid, struct text *text);
	void (*shell_by)(const struct op *op, struct text *text);
};

/* The string of op at an offset that a column of its row names; NULL where the column is 0. */
const char *op_string(const struct op *op, size_t at);

/* The row of a kind. */
const struct op_info *op_info(enum op_kind kind);

/* Whether op, carried out, has cleared what its process is armed with: PR_SET_PDEATHSIG and PR_SET_DUMPABLE of prctl(2),
 * by other ids or another user namespace. The child arms itself again. */
bool op_disarms(const struct op *op);

/* Whether mount(2) is to change a mount, and attaches none. */
bool op_changes_one(const struct op *op);

/* Whether op may change mounts that were there before it: their flags or options, which poll(2) of mountinfo
 * does not report, or their place. One that only attaches mounts does not. */
bool op_changes_mounts(const struct op *op);

/* A new op of a kind, all descriptors -1 and all ids OP_NO_ID. */
struct op op_new(enum op_kind kind);

/* Perform op; fills *ret wholly. Returns 0, or -1 when it failed (ret->code says why). */
int op_run(const struct op *op, const struct op_stage *stage, struct op_outcome *ret);

/* Whether the op takes something away that no opposite call would bring back as it was: an interface, an address, a
 * route, what impairs; with "down" what the kernel then forgets, with a new port what a bridge had of its own. */
bool op_takes_away(const struct op *op);

/* The op that takes this one back, by what it found before: an op of the rows BACK_BY_SAME and BACK_WITH_LINK. Strings
 * stay those of op. false where that is not known. */
bool op_opposite(const struct op *op, const struct op_outcome *outcome, struct op *ret);

/* Append the op as its C call: mount("/home", "/test", NULL, MS_BIND|MS_REC, NULL). pid is the
 * child's, 0 for a dry run (then said as PID). */
void op_say(const struct op *op, pid_t pid, struct text *text);

/* Append the command of the shell that does the same; false where there is none. */
bool op_shell(const struct op *op, struct text *text);

/* Append a flags word by its names: MS_BIND|MS_REC|0x40000000; "0" for none. */
void op_say_flags(const struct flag *flags, uint64_t value, struct text *text);

/* Append what the op does, {fields} filled in. */
void op_does(const struct op *op, struct text *text);

/* What an errno means for this kind of op; NULL where the table has no row for it. */
const struct hint *op_hint(enum op_kind kind, int code);

/* Flag names that more than one primitive uses. */
extern const struct flag clone_flags[], mount_flags[], umount_flags[];
