/* Take a step back in the living child: undo each of its calls with another call. A step with a call
 * that nothing undoes takes a fresh child, in which the earlier steps are performed again:
 * story.c. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/remove.h"
#include "child/child.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/network/network.h"
#include "session/session.h"
#include "snapshot/look.h"

static const struct op *op_at(const struct step *step, size_t i)
{
	return &step->plan.ops[i].op;
}

/* Whether op i was made, and so has to be taken back. */
static bool was_made(const struct step *step, size_t i)
{
	return step_code(step, i) == 0;
}

/* Whether op i makes a new mount, rather than changing one. */
static bool attaches(const struct step *step, size_t i)
{
	const struct op *op = op_at(step, i);

	if (op->kind == OP_mount_setattr || op_changes_one(op))
		return false;
	/* The masks pass over what is not there, and say so. */
	return (op->kind != OP_mask && op->kind != OP_mask_file) || !step_detail(step, i)[0];
}

static const char *back_path(const struct op *op)
{
	return op_string(op, op_info(op->kind)->back_path);
}

/* Whether this step also attached, or made, what op i changes: then it goes with that. */
static bool is_steps_own(const struct step *step, size_t i, const char *path, enum op_back by)
{
	for (size_t j = 0; path && j < i; j++) {
		const struct op *op = op_at(step, j);
		if (!was_made(step, j))
			continue;
		if (by == BACK_BY_UMOUNT && op_info(op->kind)->back == by && attaches(step, j) &&
		    strcmp(back_path(op), path) == 0)
			return true;
		if (by == BACK_BY_RECORD && op->kind == OP_cgroup_mkdir &&
		    path_inside(op->cgroup_mkdir.path, path))
			return true;
	}
	return false;
}

/* Whether this step made the interface that op i sets up. */
static bool is_of_own_link(const struct step *step, size_t i)
{
	for (size_t j = 0; op_info(op_at(step, i)->kind)->back == BACK_WITH_LINK && j < i; j++) {
		const struct op *op = op_at(step, j);
		if (was_made(step, j) && op_info(op->kind)->back == BACK_BY_UNLINK &&
		    strcmp(back_path(op), back_path(op_at(step, i))) == 0)
			return true;
	}
	return false;
}

static bool has_record(const struct step *step, const struct op *op)
{
	const char *path = op_string(op, op_info(op->kind)->undo_path);

	for (size_t i = 0; path && i < step->undo_count; i++)
		if (step->undos[i].kind == op_info(op->kind)->undo &&
		    strcmp(path_name(step->undos[i].path), path_name(path)) == 0)
			return true;
	return false;
}

/* Whether op made a name in the session's scratch folder. That is a tmpfs of the child's own and
 * needs no record. */
static bool is_in_scratch(const struct session *session, const struct op *op)
{
	const char *path = op_info(op->kind)->side == IN_CHILD ?
			   op_string(op, op_info(op->kind)->undo_path) : NULL;
	const char *inside = path ? path_inside(session->scratch, path) : NULL;

	return inside && *inside;
}

static bool can_go_back(const struct session *session, const struct step *step, size_t i)
{
	const struct op *op = op_at(step, i);
	const char *inside = op_info(op->kind)->inside ? (const char *)op + op_info(op->kind)->inside : NULL;
	struct op back;

	if (!was_made(step, i) || (step->plan.ops[i].flags & PLAN_ON_HOST))
		return true;
	if (inside && *(const bool *)(const void *)inside)
		return false;
	switch (op_info(op->kind)->back) {
	case BACK_BY_REPLAY:
		return false;
	case BACK_NOTHING:
	case BACK_BY_HOSTNAME:
	case BACK_BY_UNLINK:
		return true;
	case BACK_BY_SAME:
	case BACK_WITH_LINK:
		return is_of_own_link(step, i) || (op_takes_away(op) ? step->was != NULL :
						   step_opposite(step, i, &back));
	case BACK_BY_CHDIR:
	case BACK_BY_VACATE:
		return step->before->cwd && step->before->cgroup_count;
	case BACK_BY_RECORD:
		return has_record(step, op) || is_in_scratch(session, op) ||
		       (op->kind == OP_control &&
			is_steps_own(step, i, op->control.path, BACK_BY_RECORD));
	case BACK_BY_UMOUNT:
		return attaches(step, i) || (op->kind == OP_mask || op->kind == OP_mask_file) ||
		       is_steps_own(step, i, back_path(op), BACK_BY_UMOUNT);
	}
	return false;
}

bool step_can_go_back(const struct session *session, const struct step *step)
{
	if (step->plan.child != PLAN_CURRENT || step->by_program || step->unanswered ||
	    !session->at->child || session->at->child->gone || session_died(session) ||
	    step->pid != session->at->child->pid)
		return false;
	for (size_t i = 0; i < step->done; i++)
		if (!can_go_back(session, step, i))
			return false;
	return true;
}

/* ---- the calls ---- */

static size_t mounts_on(const struct reading *reading, const char *point)
{
	size_t count = 0;

	for (size_t i = 0; reading->mounts && i < reading->mounts->count; i++)
		count += strcmp(reading->mounts->list[i].point, point) == 0;
	return count;
}

/* A program may have unmounted it meanwhile: what is there now is not the step's. */
static bool is_still_there(const struct session *session, const struct step *step, const char *point)
{
	return !step->before->mounts || mounts_on(&session->at->now, point) > mounts_on(step->before, point);
}

/* An interface may be gone already, with the network namespace of a wire's other end. */
static void add_back(struct planned *ops, size_t *count, struct op op)
{
	ops[(*count)++] = (struct planned){ .op = op, .flags = op.kind == OP_link_del ? PLAN_MAY_BE_GONE : 0 };
}

/* Append the call in the child that undoes op i, if there is one. -1 if it must not be made. */
static int plan_back(const struct session *session, const struct step *step, size_t i,
		     struct planned *ops, size_t *count)
{
	const struct op *op = op_at(step, i);
	struct op back;

	if (!was_made(step, i) || (step->plan.ops[i].flags & PLAN_ON_HOST))
		return 0;
	switch (op_info(op->kind)->back) {
	case BACK_BY_UMOUNT:
		if (!attaches(step, i))
			return 0;
		if (!is_still_there(session, step, back_path(op)))
			return -1;
		back = op_new(OP_umount);
		back.umount.target = back_path(op);
		back.umount.flags = MNT_DETACH;
		break;
	case BACK_BY_HOSTNAME:
		back = op_new(OP_sethostname);
		back.sethostname.name = step->before->hostname;
		break;
	case BACK_WITH_LINK:
	case BACK_BY_SAME:
		if (is_of_own_link(step, i) || op_takes_away(op) || !step_opposite(step, i, &back))
			return 0;
		break;
	case BACK_BY_UNLINK:
		back = op_new(OP_link_del);
		back.link_del.name = back_path(op);
		break;
	case BACK_BY_REPLAY:
	case BACK_NOTHING:
	case BACK_BY_RECORD:
	case BACK_BY_CHDIR:
	case BACK_BY_VACATE:
		return 0;
	}
	add_back(ops, count, back);
	return 0;
}

/* Restore the working directory once what covered it is gone: open it again by its path. */
static void plan_folder_back(const struct step *step, struct planned *ops, size_t *count, struct arena *arena)
{
	const struct reading *before = step->before;
	const char *inside = before->root && before->cwd ? path_inside(before->root, before->cwd) : NULL;
	struct op back = op_new(OP_chdir);

	if (!inside)
		return;
	back.chdir.path = arena_print(arena, "/%s", inside);
	for (size_t i = 0; i < step->done; i++)
		if (was_made(step, i) && op_info(op_at(step, i)->kind)->back == BACK_BY_CHDIR) {
			add_back(ops, count, back);
			return;
		}
}

/* The interface that op i made; NULL where it made none. */
static const char *link_of(const struct step *step, size_t i)
{
	return was_made(step, i) && op_info(op_at(step, i)->kind)->back == BACK_BY_UNLINK ?
	       back_path(op_at(step, i)) : NULL;
}

void step_losses(const struct session *session, const struct step *step, struct text *ret)
{
	for (size_t i = 0; i < step->done; i++)
		if (link_of(step, i))
			losses_on(session, link_of(step, i), ret);
}

/* The containers on a bridge that goes are not built again: what they have there goes with it. */
static void cut_containers(struct session *session, const struct step *step)
{
	for (size_t i = 0; i < step->done; i++)
		if (link_of(step, i))
			session_cut(session, session->at->child->pid, link_of(step, i));
}

/* Those in the child, and between them those that the shell makes for it. */
static int make_calls(struct child *child, struct planned *ops, size_t count, struct op_outcome *outcomes, struct error *err)
{
	const struct op_stage stage = { .pid = child->pid, .proc = child_proc(child) };

	for (size_t i = 0, end; i < count; i = end) {
		for (end = i; end < count && op_info(ops[end].op.kind)->side == IN_CHILD; end++)
			;
		int done = end > i ? child_do(child, ops + i, end - i, outcomes, err) : 1;
		if (done < 0)
			return -1;
		if (end == i)
			op_run(&ops[end++].op, &stage, outcomes);
		if ((size_t)done < end - i || !plan_passes(&ops[end - 1], &outcomes[done - 1]))
			return fail(err, done ? outcomes[done - 1].code : 0, "undoing a call");
	}
	return 0;
}

static int do_calls(struct session *session, const struct step *step, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct planned *ops = arena_new(&arena, (step->done + 1) * sizeof(*ops));
	struct op_outcome *outcomes = arena_new(&arena, (step->done + 1) * sizeof(*outcomes));
	size_t count = 0;

	for (size_t i = step->done; i-- > 0;)
		if (plan_back(session, step, i, ops, &count) < 0)
			return fail_id(err, ERR_LEFT_ALONE, 0, "another mount is there now");
	plan_folder_back(step, ops, &count, &arena);
	if (!count)
		return 0;
	return make_calls(session->at->child, ops, count, outcomes, err);
}

/* The group that the child was in before, in the hierarchy of this group. NULL if the two
 * readings do not say. */
static const char *group_before(const struct session *session, const struct step *step,
				const char *group, struct arena *arena)
{
	const struct reading *now = &session->at->now, *before = step->before;

	for (size_t i = 0; i < now->cgroup_count && i < before->cgroup_count; i++) {
		size_t length = strlen(now->cgroups[i].path), whole = strlen(group);
		if (now->cgroups[i].hierarchy != before->cgroups[i].hierarchy || length < 2 ||
		    whole < length || strcmp(group + whole - length, now->cgroups[i].path) != 0)
			continue;
		return path_clean(arena, arena_print(arena, "%.*s/%s", (int)(whole - length), group,
						     before->cgroups[i].path));
	}
	return NULL;
}

/* If the previous group has controllers enabled, no process may be in it: cgroups(7). Then use the
 * leaf that the step moved the shell to; it is undone with the step. */
static const char *leaf_of(const struct step *step)
{
	for (size_t i = 0; i < step->done; i++)
		if (was_made(step, i) && op_at(step, i)->kind == OP_vacate)
			return op_at(step, i)->vacate.to;
	return NULL;
}

static int leave_groups(struct session *session, const struct step *step, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };

	for (size_t i = step->done; i-- > 0;) {
		if (!was_made(step, i) || op_info(op_at(step, i)->kind)->back != BACK_BY_VACATE)
			continue;
		const char *group = path_parent(&arena, back_path(op_at(step, i)));
		const char *to = group_before(session, step, group, &arena), *leaf = leaf_of(step);
		if (!to)
			return fail_id(err, ERR_LEFT_ALONE, 0, "the previous group is not known");
		if (undo_move_group(group, to) < 0 && (!leaf || undo_move_group(group, leaf) < 0))
			return fail(err, errno, "moving the child to %s", vis(to));
	}
	return 0;
}

/* Remove what the step made in the scratch folder, with all its content, unless the step mounted
 * the folder, too. */
static int clear_scratch(const struct session *session, const struct step *step, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };

	if (is_steps_own(step, step->done, session->scratch, BACK_BY_UMOUNT))
		return 0;
	for (size_t i = step->done; i-- > 0;) {
		const struct op *op = op_at(step, i);
		if (!was_made(step, i) || op_info(op->kind)->back != BACK_BY_RECORD ||
		    has_record(step, op) || !is_in_scratch(session, op))
			continue;
		const char *path = op_string(op, op_info(op->kind)->undo_path);
		cleanup_fd int folder = look_open_in(child_proc(session->at->child), path_parent(&arena, path),
						  O_PATH | O_DIRECTORY);
		if (folder < 0 || (remove_tree(folder, path_name(path)) < 0 && errno != ENOENT))
			return fail(err, errno, "remove %s", vis(path));
	}
	return 0;
}

/* Close the folders and files that were held for the step. */
static void drop_kept(const struct session *session, const struct step *step)
{
	for (size_t i = 0; i < step->done; i++) {
		const char *kept = op_string(op_at(step, i), op_info(op_at(step, i)->kind)->keeps);
		if (was_made(step, i) && kept)
			child_drop(session->at->child, kept);
	}
}

/* Whether the mounts are now those before the step, if nobody else was at work: it has only mounted, and its mounts
 * are gone. poll(2) does not report changed flags, which another program may have set. */
static bool mounts_are_back(const struct session *session, const struct step *step)
{
	for (size_t i = 0; i < step->done; i++) {
		enum op_back by = op_info(op_at(step, i)->kind)->back;
		if (was_made(step, i) && by != BACK_NOTHING && by != BACK_BY_HOSTNAME &&
		    (by != BACK_BY_UMOUNT || !attaches(step, i)))
			return false;
	}
	return step->before->mounts && session->at->watch && !session_runs(session);
}

int step_go_back(struct session *session, struct step *step, bool last, struct text *lost, struct error *err)
{
	cleanup_text struct text differences = { 0 };

	if (step->before->mounts && session->at->stale && session_read(session, err) < 0)
		return -1;
	cut_containers(session, step);
	if (leave_groups(session, step, err) < 0 || do_calls(session, step, err) < 0 ||
	    clear_scratch(session, step, err) < 0 ||
	    (step->was && network_bring_back(session->at->child, step->was, err) < 0))
		return -1;
	step_take_back(session, step, lost);
	drop_kept(session, step);
	bool back = !last && mounts_are_back(session, step);
	session->at->stale = back ? STALE_BY_STEPS : STALE_BY_ANYTHING;
	if (back)
		watch_expect(session->at->watch, step->before->mounts);
	if (!session->quiet && step->before->mounts && session_read(session, err) < 0)
		return -1;
	/* The proof that nothing is left of the step. */
	if (session->quiet || !step->before->mounts ||
	    reading_differs(step->before, &session->at->now, &session->host, &differences) == 0)
		return 0;
	return fail_id(err, ERR_LEFT_ALONE, 0, "%s", text_of(&differences));
}
