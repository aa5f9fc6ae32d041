/* words/plans: parts of plans, that words and container are put together from.
 * May include: words/language snapshot ops image walls base.
 * Never: is a word.
 * Begin at: plans.h. */
/* Parts of plans. Commands are put together from these, and container from the same ones, so that
 * the chain cannot drift from its links. A part looks (context->eyes, the last reading) but
 * makes nothing: it adds ops to a plan. */
#pragma once

#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/language/names.h"

/* ---- refusing ---- */

/* Refuse what would change a namespace that the child still shares with the host: 0 when link is
 * the child's own or the flag --on-host was given, else -1 with err, which names the unshare that
 * makes it safe. doing: "a mount here". */
int refuse_shared(const struct context *context, const struct words *words, enum ns_link link,
		  const char *doing, struct error *err);

/* Refuse what changes the file system at target (absolute) itself, not a mount of it alone, where the host has it
 * mounted as well and the child has the host's capabilities over it. what: the call and its options. */
int refuse_hosts_file_system(const struct context *context, const char *target, const char *what, struct error *err);

/* Refuse what depends on the child's mounts and on its user namespace where these could not be read, with the
 * reason: that is another answer than that there are none, or that it is the host's. */
int refuse_unread(const struct context *context, const struct words *words, struct error *err);

/* Whether the command was told --on-host and the namespace is the host's: what it makes there is
 * then taken back (PLAN_TAKE_BACK). */
bool on_host(const struct context *context, const struct words *words, enum ns_link link);

/* ---- looking ---- */

/* The path absolute and clean, as the child sees it; in the plan's arena. */
const char *path_here(const struct context *context, struct plan *plan, const char *path);

/* What is at path in the child's view, links followed: 1 and its st_mode in *mode, or 0 and 0 when nothing
 * is; -1 with err where nobody can tell. */
int mode_here(const struct context *context, const char *path, unsigned *mode, struct error *err)
	__attribute__((warn_unused_result));

/* The same of the name itself, where that is a link. */
int name_here(const struct context *context, const char *path, unsigned *mode, struct error *err);

/* Whether surely nothing is there: where nobody can tell, the call that comes will. */
bool absent_here(const struct context *context, const char *path);

/* Refuse word i, which names path, where that is not there or cannot be looked at. 0, or -1 with err. */
int refuse_absent(const struct context *context, const struct words *words, size_t i, const char *path,
		  unsigned *mode, struct error *err);

/* The same of the name itself. */
int refuse_absent_name(const struct context *context, const struct words *words, size_t i, const char *path,
		       unsigned *mode, struct error *err);

/* Whether the child is in a user namespace other than the initial one. */
bool in_userns(const struct context *context);

/* ---- parts ---- */

/* mkdir for each part of path that is missing, or may be, taken back by undo unless flags say otherwise. */
void plan_mkdirs(const struct context *context, struct plan *plan, const char *path,
		 unsigned flags);

/* A mount of a new file system. */
void plan_mount(struct plan *plan, const char *fstype, const char *source, const char *target,
		uint64_t flags, const char *data);

/* mount(NULL, path, NULL, flags, NULL): MS_PRIVATE and its like, MS_REC with them. */
void plan_propagation(struct plan *plan, const char *path, uint64_t flags);

/* Write the maps of the child's new user namespace. NULL maps: 0 inside is the caller outside.
 * by_newuidmap: have newuidmap(1) and newgidmap(1) do it. */
void plan_idmap(const struct context *context, struct plan *plan, const char *uid_map,
		const char *gid_map, bool by_newuidmap);

/* The same where 0 is the caller, 1 and on are the caller's range of /etc/subuid and /etc/subgid. word: for
 * errors. -1 with err where there is none. */
int plan_map_auto(const struct context *context, struct plan *plan, const char *word, struct error *err);

/* The same as the flag --map says: IN:OUT:COUNT, several of them, auto, or none. Where the child is
 * in a user namespace of its own, OUT are ids of that one. -1 with err. */
int plan_maps(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);

/* Join a namespace of a process, by its file in /proc, which the shell opens: the very one that was read. */
void plan_setns(struct plan *plan, const struct reading *target, enum ns_link type);

/* Bind src at dst (absolute, as the child sees them), dst made where it is missing, a file for a
 * file. -1 with err when src is not there. */
enum { BIND_READ_ONLY = 1, BIND_NOT_RECURSIVE = 2, BIND_VOLUME = 4 /* nosuid, nodev */ };
int plan_bind(const struct context *context, struct plan *plan, const char *src, const char *dst,
	      unsigned how, struct error *err);

/* The same where dst is known to be there, or made by an earlier op of the plan. */
void plan_bind_at(const struct context *context, struct plan *plan, const char *src,
		  const char *dst, unsigned how);

/* The flags of the mount that path lies on in the child's view, as mount(2) takes them; 0 where nobody can
 * tell. A user namespace may not take them off its copy (mount_namespaces(7)), so a remount has to name
 * them again. */
uint64_t plan_flags_at(const struct context *context, const char *path);

/* The flags of mount(2) that how means, and MOUNT_ATTR_*, which are the same bits; and having them set
 * on what is at dst, a copy of the mounts at src. */
uint64_t bind_flags(unsigned how);

/* Whether something is mounted below path, which is clean and absolute; mounts may be NULL. */
bool has_mounts_below(const struct mounts *mounts, const char *path);
void plan_restrict(const struct context *context, struct plan *plan, const char *src, const char *dst,
		   unsigned how);

/* A tmpfs at the session's scratch folder in the child's mount namespace, if none is there yet.
 * Returns a fresh folder name below it (not made): "SCRATCH/7". */
const char *plan_scratch(const struct context *context, struct plan *plan);

/* An overlay to be mounted. lowers: topmost first, ended by NULL; upper and work NULL for a
 * read-only one. Names may hold any byte. */
struct overlay {
	const char *const *lowers;
	const char *upper, *work, *target;
	const char *base;  /* a folder of this union's own, made before: for links to the layers, and
			    * handed to the shell to be looked into later; may be NULL, or upper itself,
			    * where no links are needed */
	bool userxattr;    /* in a user namespace */
};

/* How many lower layers overlay takes: OVL_MAX_STACK in the kernel's source. */
enum { MOST_LAYERS = 500 };

/* How the layers are named to the kernel: all of them in mount(2)'s one page of options; each by an
 * fsconfig(2) of its own, since Linux 6.8; by short names of links in a folder that is the
 * working one meanwhile, as docker does it. */
enum overlay_way { BY_MOUNT, BY_FSCONFIG, BY_LINKS };
enum overlay_way overlay_way(const struct context *context, const struct overlay *overlay);

/* Mount it. BY_LINKS needs its base also without upper. */
void plan_overlay(const struct context *context, struct plan *plan, const struct overlay *overlay);

/* Say with what the plan means that a union has this writable layer already, which the kernel allows; upper may be
 * NULL: nothing is said. */
void plan_warn_upper(const struct context *context, struct plan *plan, const char *upper);

/* pivot_root to new_root, a mount point whose parent is not shared; the old root is detached, or
 * kept at keep_old (below new_root, existing). Ends with the working directory at "/". */
void plan_pivot(struct plan *plan, const char *new_root, const char *keep_old);

/* Have the child hold root, a folder that somebody else has filled, and let the ops from first on find
 * their paths below it from that descriptor, with all links inside leading no further than to root:
 * ops/place.h. The sources of mounts stay as they are. */
void plan_hold_root(struct plan *plan, const char *root);
void plan_keep_inside(struct plan *plan, size_t first, const char *root);

void plan_hostname(struct plan *plan, const char *name);
void plan_loopback(struct plan *plan);

/* The program of words[first..]: an OP_spawn or OP_exec with its arguments, a clean environment,
 * and what the flags --env, --workdir, --user say. -1 with err for a bad one. */
int plan_program(const struct context *context, struct plan *plan, enum op_kind kind,
		 const struct words *words, size_t first, struct error *err);

/* Have the program of the last op load this filter (sock_filter[] of length bytes, in the plan's arena or static), which stops
 * it for its tracer. false where it cannot: who may load one has CAP_SYS_ADMIN or no_new_privs, which is set for it
 * where that changes nothing. Nor where a filter of the child's own is asked before it: its answer outranks this one's, and
 * would go by unseen. seccomp(2). */
bool plan_stops(const struct context *context, struct plan *plan, const void *filter, size_t length);

/* The environment that its programs get, ended by NULL, in the plan's arena: a clean one, with what the
 * steps have set for the child, and the --env of words. -1 with err. */
int plan_environment(const struct context *context, struct plan *plan, const struct words *words,
		     const char *const **ret, struct error *err);

/* The variable that a step has set for the child, and the mask; NULL and OP_NO_ID where none has. */
const char *variable_of_child(const struct context *context, const char *name);
uint64_t umask_of_child(const struct context *context);

/* s as one word of sh(1), in the plan's arena. */
const char *shell_word(struct plan *plan, const char *s);

/* The same as a line of a shell, in the plan's arena; before: the command that it is to follow,
 * nsenter(1), or "". */
const char *program_line(struct plan *plan, const struct words *words, size_t first, const char *before);

/* Flags that commands which run programs share, for their tables. */
#define PROGRAM_FLAGS PROGRAM_FLAGS_OF(NULL)
#define PROGRAM_FLAGS_OF(parts) \
	{ "--interactive", 'i', NULL, .of = (parts), .means = "give the program the shell's standard input" }, \
	{ "--tty", 't', NULL, .of = (parts), .means = "a pseudo-terminal of its own" }, \
	{ "--env", 'e', "K=V", .of = (parts), .many = true, .means = "set an environment variable" }, \
	{ "--workdir", 'w', "DIR", WORD_PATH, .of = (parts), .means = "start in DIR" }, \
	{ "--user", 'u', "UID[:GID]", .of = (parts), .means = "run as this user, in numbers" }

/* "UID" or "UID:GID", decimal and below 2^32 - 1 and nothing else: a number that wraps would be
 * another user, perhaps root. The group is the user's number where none is given. */
bool parse_user(const char *s, uint64_t *uid, uint64_t *gid);

/* Refuse what is no name of a child, a container or a job: words/language/names.h. 0, or -1 with err. */
int check_name(const struct words *words, const char *name, int column, struct error *err);

/* --name of a job or container, into plan->label: check_name(), and none that runs already. -1 with err. */
int plan_name(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);

/* Refuse word i, a new name, where a child, container or job is called so. 0, or -1 with err. */
int refuse_name_used(const struct context *context, const struct words *words, size_t i, const char *name,
		struct error *err);

/* How -i and -t ask for the program to be attended to. */
void plan_way(const struct words *words, struct plan *plan);

#define ON_HOST_FLAG \
	{ "--on-host", 0, NULL, .changes = true, .reach = REACH_HOST, .means = "change the host itself; taken back at exit" }
