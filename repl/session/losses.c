/* What is lost with the child and no replay restores: its jobs, and the files that programs wrote
 * into its own memory, a tmpfs or the writable layer of a union on one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/undo/undo.h"
#include "session/host/janitor.h"
#include "session/inside.h"
#include "session/outlook.h"
#include "session/session.h"
#include "snapshot/look.h"
#include "snapshot/process.h"
#include "snapshot/union/layers.h"

enum { MOST_LOOKED_AT = 20000, MOST_NAMED = 10, DEEPEST = 32, JANITOR_TELLS = 5000 /* ms */ };

/* A search under way. */
struct search {
	const struct session *session;
	const struct reading *reading; /* by which what lies where is looked for */
	const struct mounts *before;   /* what of it stays; NULL: nothing */
	struct text *ret;
	size_t looked_at, found;
	int unread; /* errno of what could not be looked at below the mount at hand, and may be there */
};

static void note_unread(struct search *search, int code)
{
	if (errno_may_pass(code))
		search->unread = code;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Whether the file was last changed while a step without a program was performed: a replay makes it
 * again. */
static bool is_of_a_step(const struct session *session, const struct timespec *changed)
{
	for (size_t i = 0; i < session->count; i++) {
		const struct step *step = session->steps[i];
		if (step->plan.program == PROGRAM_NONE && !is_before(changed, &step->began) &&
		    !is_before(&step->ended, changed))
			return true;
	}
	return false;
}

/* Whether a child may have files in memory. */
static bool has_files(const struct session *session)
{
	for (const struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		if (sibling->child && ns_own(&sibling->now, &session->host, NS_MNT))
			return true;
	return false;
}

/* What a step makes is distinguished from what a program makes by the files' times. The kernel
 * takes these from its coarse clock or, since Linux 6.13, from a finer one, never from one behind the
 * coarse or ahead of the fine clock. So wait for a tick of the coarse clock in between: 10 ms at
 * most. Another child's step and program count: it may have the same files. */
void losses_await_tick(const struct session *session, bool program)
{
	const struct timespec *other = program ? &session->step_ended : &session->program_ended;
	struct timespec now;

	if (!has_files(session))
		return;
	for (int tries = 0; tries < 20; tries++) {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		if (now.tv_sec > other->tv_sec ||
		    (now.tv_sec == other->tv_sec && now.tv_nsec > other->tv_nsec))
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

static void name_file(struct search *search, const char *point, const char *below, const char *name)
{
	const char *root = search->session->at->now.root;
	cleanup_text struct text path = { 0 };

	if (++search->found > MOST_NAMED)
		return;
	text_addf(&path, "%s%s%s/%s", strcmp(point, "/") ? point : "", *below ? "/" : "", below, name);
	const char *seen = search->reading == &search->session->at->now || !root ? NULL :
			   path_inside(root, path.s);
	text_sayf(search->ret, "the file %s%s, in memory%s\n", seen ? "/" : "", vis(seen ? seen : path.s),
		  seen || search->reading == &search->session->at->now ? "" :
		  _(", out of sight of the child's root"));
}

/* What was written at a name below a mount: a file of a program's, or what is in a folder. */
static void look_into(struct search *search, int folder, const char *point, const char *below, int depth);

static void look_at(struct search *search, int dir, const char *name, const struct stat *top, const char *point,
		    const char *below, int depth)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		note_unread(search, errno);
		return;
	}
	if (st.st_dev != top->st_dev || (S_ISDIR(st.st_mode) && depth >= DEEPEST))
		return;
	if (!S_ISDIR(st.st_mode)) {
		if (!is_of_a_step(search->session, &st.st_ctim))
			name_file(search, point, below, name);
		return;
	}
	cleanup_fd int next = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		note_unread(search, errno);
	else
		look_into(search, next, point, *below ? arena_print(&arena, "%s/%s", below, name) : name, depth + 1);
}

static void look_into(struct search *search, int folder, const char *point, const char *below, int depth)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry = NULL;
	struct stat top;

	if (!dir || fstat(copy, &top) < 0) {
		note_unread(search, errno);
		if (dir)
			closedir(dir);
		else if (copy >= 0)
			close(copy);
		return;
	}
	while (search->looked_at < MOST_LOOKED_AT && (errno = 0, entry = readdir(dir))) {
		search->looked_at++;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			look_at(search, copy, entry->d_name, &top, point, below, depth);
	}
	if (!entry)
		note_unread(search, errno);
	closedir(dir);
}

static int handed(const void *session, pid_t pid, const char *path, const char **inside)
{
	return session_handed(session, pid, path, inside);
}

/* Open the folder that holds what was written at a mount, if that is the child's own memory; else
 * -1, with errno where that could not be learned. */
static int open_memory(const struct search *search, const struct mount *mount)
{
	const struct session *session = search->session;
	const struct reading *now = search->reading;
	const struct kept_folders kept = { handed, session };
	struct layers layers;
	struct error ignored;
	cleanup_fd int fd = -1;

	errno = 0;
	if (strcmp(mount->type, "overlay") == 0) {
		if (layers_take(NULL, now, mount, &kept, &layers, &ignored) < 0) {
			errno = ignored.code;
			return -1;
		}
		fd = layers.writable ? layer_open(&layers, layers.count - 1) : -1;
		layers_done(&layers);
	} else if (strcmp(mount->type, "tmpfs") == 0 || strcmp(mount->type, "ramfs") == 0) {
		if (strcmp(mount->point, session->scratch) == 0)
			return -1;
		fd = look_open(now->pid, mount->point, O_PATH | O_DIRECTORY);
	}
	return undo_passes(fd) ? steal_fd(&fd) : -1;
}

/* Whether another mount of the same file system shows more of it, or as much and comes earlier. */
static bool is_shown(const struct mounts *mounts, size_t i)
{
	const struct mount *mount = &mounts->list[i];

	for (size_t j = 0; j < mounts->count; j++) {
		const struct mount *other = &mounts->list[j];
		if (other->major == mount->major && other->minor == mount->minor && j != i &&
		    path_inside(other->root, mount->root) &&
		    (j < i || strcmp(other->root, mount->root) != 0))
			return true;
	}
	return false;
}

bool session_host_mounts(const struct session *session, unsigned major, unsigned minor)
{
	const struct mounts *mounts = session->host.mounts;

	for (size_t i = 0; mounts && i < mounts->count; i++)
		if (mounts->list[i].major == major && mounts->list[i].minor == minor)
			return true;
	return !mounts;
}

/* A mount of the child's own that another one covers: its files cannot be looked at. */
static bool is_covered(const struct search *search, const struct mount *mount)
{
	return strcmp(mount->type, "tmpfs") == 0 && mounts_at(search->reading->mounts, mount->point) != mount &&
	       strcmp(mount->point, search->session->scratch) != 0 &&
	       !session_host_mounts(search->session, mount->major, mount->minor);
}

static bool is_same(const struct mount *a, const struct mount *b)
{
	return a->id == b->id && a->parent == b->parent && a->major == b->major && a->minor == b->minor &&
	       strcmp(a->root, b->root) == 0 && strcmp(a->point, b->point) == 0;
}

/* Whether mount is in the table too, at next or behind it, where the search for the one after it goes on: what two
 * tables share is mostly in the same order. */
static bool stays(const struct mounts *before, const struct mount *mount, size_t *next)
{
	for (size_t i = *next; before && i < before->count; i++)
		if (before->list[i].id == mount->id) {
			*next = i + 1;
			return is_same(&before->list[i], mount);
		}
	return false;
}

static void look_at_mounts(struct search *search)
{
	const struct mounts *mounts = search->reading->mounts;
	size_t next = 0;

	for (size_t i = 0; mounts && i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		if (stays(search->before, mount, &next) || is_shown(mounts, i))
			continue;
		if (is_covered(search, mount)) {
			text_sayf(search->ret, "perhaps files in memory at %s: another mount covers them\n",
				  vis(mount->point));
			continue;
		}
		search->unread = 0;
		cleanup_fd int folder = open_memory(search, mount);
		if (folder >= 0)
			look_into(search, folder, mount->point, "", 0);
		else
			note_unread(search, errno);
		if (search->unread)
			text_sayf(search->ret, "perhaps files in memory at %s, which could not be read: %s\n",
				  vis(mount->point), errno_text(search->unread));
	}
}

/* Look through a process that sees all of the mount namespace, because the child does not. */
static void look_from_the_top(struct search *search)
{
	struct outlook outlook;
	struct reading reading = { 0 };
	struct error err;

	if (outlook_begin(search->reading, &outlook, &err) < 0) {
		text_sayf(search->ret, "perhaps files in memory that a chroot hides: %s\n", err.what);
		look_at_mounts(search);
		return;
	}
	if (reading_take(outlook.pid, &reading, &err) < 0) {
		text_sayf(search->ret, "perhaps files in memory that a chroot hides: %s\n", err.what);
	} else {
		struct search whole = *search;
		whole.reading = &reading;
		look_at_mounts(&whole);
		search->found = whole.found;
		search->looked_at = whole.looked_at;
		reading_done(&reading);
	}
	outlook_end(&outlook);
}

static void find_files(const struct session *session, const struct reading *before, struct text *ret)
{
	struct search search = { .session = session, .reading = &session->at->now, .ret = ret,
				 .before = before ? before->mounts : NULL };

	/* Of a mount namespace that others were in first nothing is lost with the child. */
	if (session->at->now.ns[NS_MNT].joined)
		return;
	if (reading_has_chroot(&session->at->now))
		look_from_the_top(&search);
	else
		look_at_mounts(&search);
	if (search.found > MOST_NAMED)
		text_sayf(ret, "%zu more files in memory\n", search.found - MOST_NAMED);
	if (search.looked_at >= MOST_LOOKED_AT)
		text_say(ret, "perhaps more files in memory: there are too many to look at\n");
}

/* A job that joined the child's pid namespace ends with the first process there:
 * pid_namespaces(7). */
static bool ends_with_child(const struct session *session, const struct job *job)
{
	const struct reading *now = &session->at->now;

	return job->program.child == session->at->child ||
	       (ns_own(now, &session->host, NS_PID) && !now->ns[NS_PID].joined &&
		process_is_in(job->program.pid, NS_PID, now->ns[NS_PID].id));
}

static bool is_on(const struct job *job, pid_t pid, const char *bridge)
{
	return !job->ended && job->remains && ties_lead_to(&job->remains->ties, pid, bridge);
}

static void tell_cut_off(const struct job *job, struct text *ret)
{
	text_sayf(ret, "job %d (%s) loses its network\n", job->number, vis_line(job->label));
}

void losses_on(const struct session *session, const char *bridge, struct text *ret)
{
	for (size_t i = 0; i < session->job_count; i++)
		if (is_on(&session->jobs[i], session->at->child->pid, bridge))
			tell_cut_off(&session->jobs[i], ret);
}

static void tell_job(const struct session *session, const struct job *job, struct text *ret)
{
	if (ends_with_child(session, job))
		text_sayf(ret, "job %d (%s%s) ends with the child\n", job->number,
			  job_is_stopped(job) ? _("stopped, ") : "", vis_line(job->label));
	else if (is_on(job, session->at->child->pid, NULL)) /* it is not built again with the router */
		tell_cut_off(job, ret);
}

static bool has_child(struct session *session)
{
	return session->at->child && !session->at->child->gone && !session_died(session);
}

void session_file_losses(struct session *session, const struct reading *before, struct text *ret)
{
	struct error ignored;

	if (!has_child(session))
		return;
	if (session_read(session, &ignored) == 0)
		find_files(session, before, ret);
	else
		text_say(ret, "perhaps files in memory: the child cannot be read\n");
}

void session_losses(struct session *session, const struct reading *before, struct text *ret)
{
	struct error ignored;

	if (!has_child(session))
		return;
	session_reap(session);
	/* Whose pid namespace is whose is read first. */
	session_read(session, &ignored);
	for (size_t i = 0; i < session->job_count; i++)
		if (!session->jobs[i].ended)
			tell_job(session, &session->jobs[i], ret);
	session_file_losses(session, before, ret);
}

int fail_death(struct janitor *janitor, const struct child *child, struct error *err)
{
	struct ended ended = { 0 };

	if (strcmp(err->id, error_row(ERR_CHILD_GONE)->id) != 0 || err->cause[0] || !child)
		return -1;
	if (!janitor || janitor_wait(janitor, child->number, JANITOR_TELLS, &ended) < 0)
		return !janitor || errno == EPIPE ? fail_janitor(err) : -1;
	if (!WIFSIGNALED(ended.status))
		return -1;
	fail_cause(err, CAUSE_CHILD_KILLED);
	fail_why(err, "the child (pid %d) died of signal %d (%s), and all its namespaces ended with it", child->pid,
		 WTERMSIG(ended.status), strsignal(WTERMSIG(ended.status)));
	return fail_fix(err, "trace CMD shows whether the program sends it");
}
