/* What goes with the child and comes back by no replay: its jobs, and the files that programs have
 * written into memory of its own, a tmpfs or the writable layer of a union on one. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/session.h"
#include "snapshot/look.h"
#include "snapshot/union/layers.h"

enum { MOST_LOOKED_AT = 20000, MOST_NAMED = 10, DEEPEST = 32 };

/* A search under way. */
struct search {
	const struct session *session;
	struct text *ret;
	size_t looked_at, found;
};

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Whether a step without a program was being performed when the file was last changed: a replay makes
 * it again. */
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

static void name_file(struct search *search, const char *point, const char *below, const char *name)
{
	if (++search->found > MOST_NAMED)
		return;
	text_addf(search->ret, "the file %s%s%s%s%s, in memory\n", strcmp(point, "/") ? vis(point) : "",
		  *below ? "/" : "", vis(below), "/", vis(name));
}

static void look_into(struct search *search, int folder, const char *point, const char *below, int depth)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct stat top, st;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return;
	}
	bool known = fstat(copy, &top) == 0;
	for (struct dirent *entry; known && (entry = readdir(dir)) &&
	     search->looked_at++ < MOST_LOOKED_AT;) {
		cleanup_arena struct arena arena = { 0 };
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(copy, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != top.st_dev)
			continue;
		if (!S_ISDIR(st.st_mode)) {
			if (!is_of_a_step(search->session, &st.st_ctim))
				name_file(search, point, below, entry->d_name);
			continue;
		}
		cleanup_fd int next = depth < DEEPEST ? openat(copy, entry->d_name, O_RDONLY | O_DIRECTORY |
							       O_NOFOLLOW | O_CLOEXEC) : -1;
		if (next >= 0)
			look_into(search, next, point, *below ? arena_print(&arena, "%s/%s", below, entry->d_name) :
				  entry->d_name, depth + 1);
	}
	closedir(dir);
}

static int handed(const void *session, pid_t pid, const char *path, const char **inside)
{
	return session_handed(session, pid, path, inside);
}

/* The folder that has what was written at a mount, where that is memory of the child's own: -1
 * where it is not. */
static int open_memory(const struct session *session, const struct mount *mount)
{
	const struct reading *now = &session->now;
	const struct kept_folders kept = { handed, session };
	struct layers layers;
	struct error ignored;
	cleanup_fd int fd = -1;

	if (strcmp(mount->type, "overlay") == 0) {
		if (layers_take(now, mount, &kept, &layers, &ignored) < 0)
			return -1;
		fd = layers.writable ? layer_open(&layers, layers.count - 1) : -1;
		layers_done(&layers);
	} else if (strcmp(mount->type, "tmpfs") == 0 || strcmp(mount->type, "ramfs") == 0) {
		if (strcmp(mount->point, session->scratch) == 0)
			return -1;
		fd = look_open(now->pid, mount->point, O_PATH | O_DIRECTORY);
	}
	return undo_passes(fd) ? steal_fd(&fd) : -1;
}

/* Whether another mount of the same file system, named before, shows it as well. */
static bool is_shown_before(const struct mounts *mounts, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (mounts->list[j].major == mounts->list[i].major &&
		    mounts->list[j].minor == mounts->list[i].minor)
			return true;
	return false;
}

static void find_files(const struct session *session, struct text *ret)
{
	struct search search = { .session = session, .ret = ret };
	const struct mounts *mounts = session->now.mounts;

	for (size_t i = 0; mounts && i < mounts->count; i++) {
		cleanup_fd int folder = is_shown_before(mounts, i) ? -1 :
					open_memory(session, &mounts->list[i]);
		if (folder >= 0)
			look_into(&search, folder, mounts->list[i].point, "", 0);
	}
	if (search.found > MOST_NAMED)
		text_addf(ret, "%zu more files in memory\n", search.found - MOST_NAMED);
	if (search.looked_at >= MOST_LOOKED_AT)
		text_add(ret, "perhaps more files in memory: there are too many to look at all\n");
}

void session_losses(struct session *session, struct text *ret)
{
	struct error ignored;

	if (!session->child || session->child->gone || session_died(session))
		return;
	session_reap(session);
	for (size_t i = 0; i < session->job_count; i++)
		if (!session->jobs[i].ended && session->jobs[i].program.child == session->child)
			text_addf(ret, "job %d (%s) ends with the child\n", session->jobs[i].number,
				  vis(session->jobs[i].label));
	if (session_read(session, &ignored) == 0)
		find_files(session, ret);
	else
		text_add(ret, "perhaps files in memory: the child cannot be read\n");
}
