#include "shell/tell/stands.h"

#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/units.h"
#include "shell/shell.h"
#include "snapshot/union/count.h"
#include "walls/walls.h"

/* The calls of one stage that were made, one after the other. */
struct made {
	const struct step *step;
	enum stage_id stage;
	size_t at;
};

static const struct op *next_made(struct made *made)
{
	const struct step *step = made->step;

	while (made->at < step->done) {
		size_t i = made->at++;
		if (step->plan.ops[i].stage == made->stage && step_code(step, i) == 0)
			return &step->plan.ops[i].op;
	}
	return NULL;
}

/* What was read behind the step, NULL where nothing was. */
static const struct reading *reading_of(const struct step *step)
{
	return step->after->pid && step->after->ns[NS_MNT].id ? step->after : NULL;
}

/* The reading's table, NULL where there is none to look at. */
static const struct mounts *table_of(const struct step *step)
{
	const struct reading *reading = reading_of(step);

	return reading ? reading->mounts : NULL;
}

static void add(struct text *to, const char *s)
{
	text_addf(to, "%s%s", to->len ? ", " : "", s);
}

/* ---- limits ---- */

/* What was written to the files of groups; the op that writes one reads it back. */
struct written {
	unsigned long long quota, period, memory, pids; /* 0: not written */
};

static void note_written(const struct op *op, struct written *ret)
{
	const char *file = path_name(op->control.path), *value = op->control.value;

	if (strcmp(file, "cpu.max") == 0)
		sscanf(value, "%llu %llu", &ret->quota, &ret->period);
	else if (strcmp(file, "cpu.cfs_quota_us") == 0)
		sscanf(value, "%llu", &ret->quota);
	else if (strcmp(file, "cpu.cfs_period_us") == 0)
		sscanf(value, "%llu", &ret->period);
	else if (strcmp(file, "memory.max") == 0 || strcmp(file, "memory.limit_in_bytes") == 0)
		sscanf(value, "%llu", &ret->memory);
	else if (strcmp(file, "pids.max") == 0)
		sscanf(value, "%llu", &ret->pids);
}

/* From the writes, which were read back: to read all files of the groups again would double them. */
static void limits_stand(struct made *made, struct text *ret)
{
	struct written written = { .period = 100000 };
	bool first_to_go = false;
	const struct op *op;
	char bytes[24];

	while ((op = next_made(made))) {
		if (op->kind == OP_control && op->control.value)
			note_written(op, &written);
		first_to_go = first_to_go || op->kind == OP_oom;
	}
	if (written.quota && written.period)
		text_sayf(ret, "cpu %llu %%", written.quota * 100 / written.period);
	if (written.memory)
		text_sayf(ret, "%smemory %s", ret->len ? ", " : "",
			  size_text(written.memory, bytes, sizeof(bytes)));
	if (written.pids)
		text_sayf(ret, "%s%llu processes", ret->len ? ", " : "", written.pids);
	if (first_to_go && !ret->len)
		add(ret, _("the OOM killer's first choice"));
}

/* ---- namespaces ---- */

static void namespaces_stand(struct made *made, struct text *ret)
{
	const struct reading *reading = reading_of(made->step);
	const struct op *op;
	uint64_t flags = 0;

	if (reading) {
		text_sayf(ret, "process %d", reading->pid);
		if (reading->levels > 1)
			text_sayf(ret, ", which is %d inside", reading->inside[reading->levels - 1]);
		return;
	}
	while ((op = next_made(made)))
		flags |= op->kind == OP_clone ? op->clone.flags : op->kind == OP_unshare ?
			 op->unshare.flags : op->kind == OP_setns ? op->setns.nstype : 0;
	for (enum ns_link link = 0; link < NS_TYPES; link++)
		if (flags & ns_types[link].flag)
			text_addf(ret, "%s%s", ret->len ? " " : "", ns_types[link].name);
}

/* ---- root, and what it is filled with ---- */

/* Where a mount of the stage's went: below the root to be, where it is inside that. */
static const char *target_of(const struct op *op)
{
	const struct op_info *info = op_info(op->kind);

	return info->back == BACK_BY_UMOUNT ? op_string(op, info->back_path) : NULL;
}

static bool has_stage(const struct step *step, enum stage_id stage)
{
	for (size_t i = 0; i < step->done; i++)
		if (step->plan.ops[i].stage == stage)
			return true;
	return false;
}

static void root_stands(struct made *made, struct text *ret)
{
	const struct mounts *mounts = table_of(made->step);
	bool becomes = has_stage(made->step, STAGE_PIVOT), overlay = false, writable;
	const char *target = NULL;
	const struct op *op;

	while ((op = next_made(made))) {
		target = target_of(op) ? target_of(op) : target;
		overlay = overlay || (op->kind == OP_mount && op->mount.fstype &&
				      strcmp(op->mount.fstype, "overlay") == 0) || op->kind == OP_fsopen;
	}
	const struct mount *mount = mounts && target ? mounts_at(mounts, becomes ? "/" : target) : NULL;
	size_t layers = mount ? union_layers(mount, &writable) : 0;
	if (layers && !becomes)
		text_addf(ret, "%s, ", vis(mount->point));
	if (layers)
		text_sayf(ret, "union of %zu layers, %s", layers + writable, writable ? _("the top one writable") : _("read-only"));
	else if (!mounts && overlay)
		add(ret, _("a union"));
	else if (target)
		add(ret, vis(mount ? mount->point : target));
}

/* The mounts of the stage that are there: as many as fit are named. */
static void filled_stands(struct made *made, struct text *ret)
{
	const struct mounts *mounts = table_of(made->step);
	const struct op *op;

	while ((op = next_made(made))) {
		const char *target = target_of(op);
		if (!target || (mounts && !mounts_at(mounts, target)) || op->kind == OP_mount_setattr)
			continue;
		text_addf(ret, "%s%s", ret->len ? " " : "", vis(target));
	}
}

static void pivot_stands(const struct shell *shell, struct made *made, struct text *ret)
{
	const struct reading *reading = reading_of(made->step);
	const struct sides sides = { .child = reading, .host = &shell->session.host };
	const struct op *op;
	bool pivot = false, chroot = false;

	while ((op = next_made(made))) {
		pivot = pivot || op->kind == OP_pivot_root;
		chroot = chroot || op->kind == OP_chroot;
	}
	if (reading ? wall_stands(WALL_ROOT, &sides) : pivot)
		add(ret, _("another /; no name leads to the host's any more"));
	else if (chroot)
		add(ret, _("names begin at another folder; the host's / stays"));
}

/* ---- what is hidden ---- */

static void hidden_stands(struct made *made, struct text *ret)
{
	const struct mounts *mounts = table_of(made->step);
	size_t covered = 0, readonly = 0;
	const struct op *op;

	while ((op = next_made(made))) {
		const char *target = target_of(op);
		if (!target || (mounts && !mounts_at(mounts, target)))
			continue;
		if (op->kind == OP_mount_setattr) {
			readonly++;
			covered -= covered > 0;
		} else {
			covered++;
		}
	}
	if (covered)
		text_addf(ret, message_of(covered, "%zu path covered", "%zu paths covered"), covered);
	if (readonly)
		text_sayf(ret, "%s%zu read-only", covered ? ", " : "", readonly);
}

/* ---- the process itself ---- */

static void name_stands(struct made *made, struct text *ret)
{
	const struct reading *reading = reading_of(made->step);
	const struct op *op = next_made(made);

	if (reading && reading->hostname[0])
		add(ret, vis(reading->hostname));
	else if (op && op->kind == OP_sethostname)
		add(ret, vis(op->sethostname.name));
}

static void network_stands(struct made *made, struct text *ret)
{
	const struct op *op;

	while ((op = next_made(made))) {
		const char *comma = ret->len ? ", " : "";
		if (op->kind == OP_ifup)
			text_sayf(ret, "%s%s is up", comma, vis(op->ifup.name));
		else if (op->kind == OP_addr && op->addr.add)
			text_sayf(ret, "%s%s has %s", comma, vis(op->addr.name), vis(op->addr.address));
		else if (op->kind == OP_forward) /* as docker ps has it */
			text_addf(ret, "%s%s:%d->%d", comma, op->forward.at, (int)op->forward.port, (int)op->forward.to_port);
	}
}

static void privilege_stands(struct made *made, struct text *ret)
{
	const struct reading *reading = reading_of(made->step);
	bool caps = false, no_new_privs = false, filter = false;
	uint64_t kept = 0;
	const struct op *op;

	while ((op = next_made(made))) {
		caps = caps || op->kind == OP_capset;
		kept = op->kind == OP_capset ? op->capset.permitted : kept;
		no_new_privs = no_new_privs || op->kind == OP_no_new_privs;
		filter = filter || op->kind == OP_seccomp;
	}
	if (reading) {
		caps = true;
		kept = reading->cap_permitted;
		no_new_privs = reading->no_new_privs;
		filter = reading->seccomp == 2;
	}
	if (caps)
		text_sayf(ret, "%d capabilities", __builtin_popcountll(kept));
	if (no_new_privs)
		add(ret, "no_new_privs");
	if (filter)
		add(ret, _("a seccomp filter"));
}

/* The program's own call: what begins comes next, or has just been made. */
static void program_stands(const struct step *step, struct text *ret)
{
	for (size_t i = 0; i < step->plan.count; i++)
		if (op_info(step->plan.ops[i].op.kind)->starts != STARTS_NOTHING)
			op_say(&step->plan.ops[i].op, step->pid, ret);
}

void stage_stands(const struct shell *shell, const struct step *step, enum stage_id stage,
		  struct text *ret)
{
	struct made made = { .step = step, .stage = stage };

	switch (stage) {
	case STAGE_LIMITS: limits_stand(&made, ret); return;
	case STAGE_NAMESPACES: namespaces_stand(&made, ret); return;
	case STAGE_ROOT: root_stands(&made, ret); return;
	case STAGE_FILLED: filled_stands(&made, ret); return;
	case STAGE_PIVOT: pivot_stands(shell, &made, ret); return;
	case STAGE_HIDDEN: hidden_stands(&made, ret); return;
	case STAGE_NAME: name_stands(&made, ret); return;
	case STAGE_NETWORK: network_stands(&made, ret); return;
	case STAGE_PRIVILEGE: privilege_stands(&made, ret); return;
	case STAGE_PROGRAM: program_stands(step, ret); return;
	case STAGE_NONE: case STAGES: return;
	}
}
