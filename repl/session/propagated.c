/* Mounts of the child's that the host sees, too: below a mount that is shared with the host's
 * namespace, the kernel propagates each new one, mount_namespaces(7). What appears in the host's table
 * is recorded, and taken back like all else that was made there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/host/janitor.h"
#include "session/host/journal.h"
#include "session/session.h"

enum { MOST_TABLE = 16 << 20 };

/* A process's mount table; NULL where it cannot be read. */
static struct mounts *read_table(int proc)
{
	cleanup_text struct text text = { 0 };

	if (read_file(proc, proc == AT_FDCWD ? "/proc/self/mountinfo" : "mountinfo", MOST_TABLE, &text) < 0)
		return NULL;
	return mounts_parse(text_of(&text), NULL);
}

/* The peer group of a shared mount, 0 for others. One mount(2) makes all copies in one peer
 * group. */
static unsigned peer_group(const struct mount *mount)
{
	const char *end = strstr(mount->line, " - "), *tag = strstr(mount->line, " shared:");

	return tag && end && tag < end ? (unsigned)strtoul(tag + strlen(" shared:"), NULL, 10) : 0;
}

static bool any_shared(const struct mounts *mounts)
{
	for (size_t i = 0; mounts && i < mounts->count; i++)
		if (peer_group(&mounts->list[i]))
			return true;
	return false;
}

struct mounts *propagation_before(struct session *session, const struct step *step, size_t i,
				  size_t count)
{
	bool mounts = false;

	for (size_t n = i; n < i + count; n++) {
		const struct op_info *info = op_info(step->plan.ops[n].op.kind);
		mounts = mounts || info->back == BACK_BY_UMOUNT;
	}
	/* A fresh child's mounts are made private first. */
	if (!mounts || step->plan.child != PLAN_CURRENT || !any_shared(session->host.mounts) ||
	    (!session->at->stale && !any_shared(session->at->now.mounts)))
		return NULL;
	return read_table(AT_FDCWD);
}

static bool has_id(const struct mounts *mounts, int id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == id)
			return true;
	return false;
}

static bool has_group(const struct mounts *mounts, unsigned group)
{
	for (size_t i = 0; group && i < mounts->count; i++)
		if (peer_group(&mounts->list[i]) == group)
			return true;
	return false;
}

static void record(struct session *session, struct step *step, const struct mount *mount)
{
	struct undo undo = { .kind = UNDO_UMOUNT, .parent = -1 };
	cleanup_text struct text note = { 0 };
	struct error ignored;
	struct stat st;
	char id[16];

	snprintf(id, sizeof(id), "%d", mount->id);
	undo.path = text_copy(mount->point);
	undo.value = text_copy(id);
	text_sayf(&note, "%s%sthe host sees this mount, too: %s", step->note ? step->note : "",
		  step->note ? "\n" : "", vis(mount->point));
	if (lstat(mount->point, &st) < 0 || session_journal(session, &ignored) < 0) {
		text_say(&note, "; it cannot be examined, and stays there");
		undo_done(&undo);
	} else {
		undo.device = st.st_dev;
		undo.inode = st.st_ino;
		text_say(&note, "; it goes with the step");
		step_add_undo(step, undo, journal_make(session->journal, &undo, &ignored));
	}
	free(step->note);
	step->note = steal_ptr(&note.s);
}

void propagation_after(struct session *session, struct step *step, struct child *child,
		       struct mounts *before)
{
	if (!before)
		return;
	struct mounts *host = read_table(AT_FDCWD);
	int proc = child_proc(child);
	struct mounts *own = proc < 0 ? NULL : read_table(proc);
	for (size_t i = 0; host && own && i < host->count; i++)
		if (!has_id(before, host->list[i].id) && has_group(own, peer_group(&host->list[i])))
			record(session, step, &host->list[i]);
	mounts_free(before);
	if (host)
		mounts_free(host);
	if (own)
		mounts_free(own);
}
