/* What a step leaves outside of processes: noted before and after it is made, taken back later. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/undo.h"
#include "session/inside.h"
#include "session/host/janitor.h"
#include "session/host/journal.h"
#include "session/host/strays.h"
#include "snapshot/look.h"
#include "snapshot/union/layers.h"

static const char *path_of(const struct op *op)
{
	return *(const char *const *)(const void *)((const char *)op + op_info(op->kind)->undo_path);
}

static bool leaves(const struct planned *planned)
{
	switch (op_info(planned->op.kind)->undo) {
	case UNDO_NONE:
		return false;
	case UNDO_RMDIR:
	case UNDO_UNLINK:
	case UNDO_UMOUNT:
	case UNDO_RMTREE:
		return planned->flags & PLAN_TAKE_BACK;
	case UNDO_RMCGROUP:
	case UNDO_VACATE:
		return true;
	case UNDO_WRITE:
		return planned->op.control.before != NULL;
	case UNDO_HOSTNAME:
		return planned->op.sethostname.before != NULL;
	}
	return false;
}

bool step_leaves(const struct step *step)
{
	for (size_t i = 0; i < step->plan.count; i++)
		if (leaves(&step->plan.ops[i]))
			return true;
	return false;
}

static char *copy(const char *s)
{
	char *same = strdup(s);

	if (!same)
		out_of_memory();
	return same;
}

/* The folder that a path of the child's lies in, as a descriptor, and its name on the host: "-"
 * when that name leads somewhere else there. */
static int host_parent(pid_t pid, const char *path, char *ret, size_t size)
{
	struct arena arena = { 0 };
	struct stat seen, host;
	char link[40];

	int fd = look_open(pid, path_parent(&arena, path), O_PATH | O_DIRECTORY);
	arena_done(&arena);
	snprintf(ret, size, "-");
	if (fd < 0 || fstat(fd, &seen) < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
	if (ret[0] != '/' || stat(ret, &host) < 0 || host.st_dev != seen.st_dev ||
	    host.st_ino != seen.st_ino)
		snprintf(ret, size, "-");
	return fd;
}

static void add(struct step *step, struct undo undo, int record)
{
	step->undos = reallocarray(step->undos, step->undo_count + 1, sizeof(*step->undos));
	step->records = reallocarray(step->records, step->undo_count + 1, sizeof(*step->records));
	if (!step->undos || !step->records)
		out_of_memory();
	step->undos[step->undo_count] = undo;
	step->records[step->undo_count++] = record;
}

static int handed(const void *session, pid_t pid, const char *path, const char **inside)
{
	return session_handed(session, pid, path, inside);
}

/* Whether path lies in a union whose writable layer goes with the child. */
static bool passes(const struct session *session, const char *path)
{
	const struct reading *reading = &session->now;
	const struct reach reach = { handed, session };
	const char *inside = "";
	struct layers layers;
	struct error ignored;

	const struct mount *mount = reading->mounts ?
				    layers_union(reading->mounts, path, &inside) : NULL;
	if (!mount || layers_take(reading, mount, &reach, &layers, &ignored) < 0)
		return false;
	cleanup_fd int top = layers.writable ? layer_open(&layers, layers.count - 1) : -1;
	layers_done(&layers);
	return undo_passes(top);
}

/* The undo of a name in a file system, by descriptor and, where the host has one, by path. */
static struct undo undo_of_name(const struct op *op, pid_t pid, const char *path)
{
	char parent[4096];
	struct undo undo = { .kind = op_info(op->kind)->undo };

	undo.parent = host_parent(pid, path, parent, sizeof(parent));
	struct arena arena = { 0 };
	undo.path = copy(parent[0] == '-' ? path_name(path) :
					    path_join(&arena, parent, path_name(path)));
	arena_done(&arena);
	return undo;
}

bool step_note_making(struct session *session, struct step *step, size_t i, pid_t pid)
{
	const struct planned *planned = &step->plan.ops[i];
	struct error ignored;
	struct stat st;
	struct undo undo = { .parent = -1 };

	if (!leaves(planned) || session_journal(session, &ignored) < 0)
		return false;
	const char *path = path_of(&planned->op);
	switch (op_info(planned->op.kind)->undo) {
	case UNDO_NONE:
		return false;
	case UNDO_RMDIR:
	case UNDO_UNLINK:
		/* What is there already is not ours to take back. */
		if (look_stat(pid, path, 1, &st) == 0)
			return false;
		undo = undo_of_name(&planned->op, pid, path);
		undo.passes = passes(session, path);
		break;
	case UNDO_RMTREE:
		if (stat(path, &st) == 0)
			return false;
		/* fallthrough */
	case UNDO_RMCGROUP: /* one that is there already makes mkdir(2) fail */
		undo.kind = op_info(planned->op.kind)->undo;
		undo.path = copy(path);
		break;
	case UNDO_WRITE:
		undo.kind = UNDO_WRITE;
		undo.path = copy(path);
		undo.value = copy(planned->op.control.before);
		break;
	case UNDO_UMOUNT:
		undo.kind = UNDO_UMOUNT;
		undo.path = copy(path);
		break;
	case UNDO_HOSTNAME:
		undo.kind = UNDO_HOSTNAME;
		undo.path = copy(path);
		undo.value = copy(planned->op.sethostname.before);
		break;
	case UNDO_VACATE:
		undo.kind = UNDO_VACATE;
		undo.path = copy(path);
		undo.value = copy(planned->op.vacate.from);
		break;
	}
	int record = journal_make(session->journal, &undo, &ignored);
	if (undo.parent >= 0 && session->janitor)
		janitor_hold(session->janitor, record, undo.parent);
	add(step, undo, record);
	return true;
}

void step_note_made(struct session *session, struct step *step, size_t i, pid_t pid, bool made)
{
	struct undo *undo = &step->undos[step->undo_count - 1];
	struct stat st;
	int record = step->records[step->undo_count - 1];
	const char *path = path_of(&step->plan.ops[i].op);

	if (!made) {
		journal_gone(session->journal, record);
		undo_done(undo);
		step->undo_count--;
		return;
	}
	bool on_host = undo->kind == UNDO_RMCGROUP || undo->kind == UNDO_RMTREE;
	int failed = on_host ? stat(path, &st) : look_stat(pid, path, 1, &st);
	if (undo->kind == UNDO_WRITE || undo->kind == UNDO_HOSTNAME ||
	    undo->kind == UNDO_VACATE || failed)
		return;
	undo->device = st.st_dev;
	undo->inode = st.st_ino;
	if (undo->kind == UNDO_RMCGROUP)
		undo->parent = stray_hold(path);
	journal_made(session->journal, record, undo);
}

/* ---- what several control groups stand on ---- */

static bool has_group(const struct step *step)
{
	for (size_t i = 0; step && i < step->undo_count; i++)
		if (step->undos[i].kind == UNDO_RMCGROUP)
			return true;
	return false;
}

/* Another step, or a job, that has a control group still. */
static struct step *other_with_group(const struct session *session, const struct step *but)
{
	if (session->performing != but && has_group(session->performing))
		return session->performing;
	for (size_t i = 0; i < session->count; i++)
		if (session->steps[i] != but && has_group(session->steps[i]))
			return session->steps[i];
	for (size_t i = 0; i < session->job_count; i++)
		if (session->jobs[i].remains != but && has_group(session->jobs[i].remains))
			return session->jobs[i].remains;
	return NULL;
}

/* A controller that was enabled, and that the shell has moved out of its group for it, serves
 * every group made since; the leaf it is in, too. */
static bool is_shared(const struct undo *undo, const struct step *other)
{
	if (undo->kind == UNDO_WRITE || undo->kind == UNDO_VACATE)
		return true;
	for (size_t i = 0; undo->kind == UNDO_RMCGROUP && i < other->undo_count; i++)
		if (other->undos[i].kind == UNDO_VACATE &&
		    strcmp(other->undos[i].path, undo->path) == 0)
			return true;
	return false;
}

/* The last of step's undos goes to another step, among whose own it keeps the order in which
 * things were made. */
static void hand_over(struct step *step, struct step *other)
{
	struct undo undo = step->undos[--step->undo_count];
	int record = step->records[step->undo_count];
	size_t at = other->undo_count;

	add(other, undo, record);
	for (; at > 0 && other->records[at - 1] > record; at--) {
		other->undos[at] = other->undos[at - 1];
		other->records[at] = other->records[at - 1];
	}
	other->undos[at] = undo;
	other->records[at] = record;
}

void step_take_back(struct session *session, struct step *step, struct text *told)
{
	while (step->undo_count > 0) {
		struct undo *undo = &step->undos[step->undo_count - 1];
		struct step *other = other_with_group(session, step);
		struct error err;
		if (other && is_shared(undo, other)) {
			hand_over(step, other);
			continue;
		}
		step->undo_count--;
		if (undo_perform(undo, &err) == 0) {
			journal_gone(session->journal, step->records[step->undo_count]);
		} else {
			/* The record stays, so that the next start tries once more. */
			session->left_something = true;
			text_addf(told, "step %d: %s: %s%s%s\n", step->number, err.what,
				  errno_name(err.code), err.why[0] ? ": " : "", err.why);
		}
		undo_done(undo);
	}
}
