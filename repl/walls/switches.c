#include "walls/switches.h"

#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/list.h"
#include "base/text.h"
#include "ops/plan.h"
#include "ops/privilege/capability.h"

/* ---- namespaces ---- */

static enum lifted without_flag(uint64_t *flags, uint64_t flag, bool call_stays)
{
	if (!(*flags & flag))
		return LIFTED_NOTHING;
	*flags &= ~flag;
	return *flags || call_stays ? LIFTED_CHANGED : LIFTED_WHOLE;
}

static enum lifted lift_namespace(struct planned *planned, uint64_t flag)
{
	struct op *op = &planned->op;

	switch (op->kind) {
	case OP_clone:
		return without_flag(&op->clone.flags, flag, true);
	case OP_unshare:
		return without_flag(&op->unshare.flags, flag, false);
	case OP_setns:
		return op->setns.nstype == flag ? LIFTED_WHOLE : LIFTED_NOTHING;
	default:
		return LIFTED_NOTHING;
	}
}

#define NAMESPACE(name, flag, TIER, FIX) \
	static enum lifted lift_##name(struct planned *planned, unsigned part) \
	{ \
		(void)part; \
		return lift_namespace(planned, flag); \
	} \
	const struct wall_switch switch_##name = { .lift = lift_##name, .tier = (TIER), .fix = (FIX) };

NAMESPACE(mnt, CLONE_NEWNS, TIER_GROUND, NULL)
NAMESPACE(pid, CLONE_NEWPID, TIER_WORLD, "--without pid")
NAMESPACE(uts, CLONE_NEWUTS, TIER_WORLD, "--without uts")
NAMESPACE(ipc, CLONE_NEWIPC, TIER_WORLD, "--without ipc")
NAMESPACE(net, CLONE_NEWNET, TIER_WORLD, "--net host")
NAMESPACE(cgroup, CLONE_NEWCGROUP, TIER_WORLD, "--without cgroup")

/* A user namespace and the map of its ids are one. */
static enum lifted lift_user(struct planned *planned, unsigned part)
{
	(void)part;
	return planned->op.kind == OP_idmap ? LIFTED_WHOLE : lift_namespace(planned, CLONE_NEWUSER);
}
const struct wall_switch switch_user = { .lift = lift_user, .tier = TIER_GROUND };

static enum lifted lift_time(struct planned *planned, unsigned part)
{
	(void)part;
	return planned->op.kind == OP_timens ? LIFTED_WHOLE : lift_namespace(planned, CLONE_NEWTIME);
}
const struct wall_switch switch_time = { .lift = lift_time, .tier = TIER_WORLD };

/* ---- the tree ---- */

/* With pivot_root(".", ".") goes the umount2(".") of what was the root. */
static enum lifted lift_root(struct planned *planned, unsigned part)
{
	const struct op *op = &planned->op;
	bool old = op->kind == OP_umount && op->umount.target && strcmp(op->umount.target, ".") == 0;

	(void)part;
	return old || op->kind == OP_pivot_root ? LIFTED_WHOLE : LIFTED_NOTHING;
}
const struct wall_switch switch_root = { .lift = lift_root, .tier = TIER_GROUND, .fix = "--without root" };

/* Walls that are one op, or a few, and nothing else. */
static enum lifted lift_kind(const struct planned *planned, enum op_kind first, enum op_kind last)
{
	return planned->op.kind >= first && planned->op.kind <= last ? LIFTED_WHOLE : LIFTED_NOTHING;
}

#define OPS(name, FIRST, LAST, TIER, FIX) \
	static enum lifted lift_##name(struct planned *planned, unsigned part) \
	{ \
		(void)part; \
		return lift_kind(planned, FIRST, LAST); \
	} \
	const struct wall_switch switch_##name = { .lift = lift_##name, .tier = (TIER), .fix = (FIX) };

OPS(chroot, OP_chroot, OP_chroot, TIER_GROUND, NULL)
OPS(no_new_privs, OP_no_new_privs, OP_no_new_privs, TIER_PRIVILEGE, "--security-opt no-new-privileges=false")
OPS(seccomp, OP_seccomp, OP_seccomp, TIER_PRIVILEGE, "--security-opt seccomp=unconfined")
OPS(keyring, OP_keyring, OP_keyring, TIER_PRIVILEGE, "--without keyring")
OPS(landlock, OP_landlock_create, OP_landlock_restrict, TIER_PRIVILEGE, NULL)

/* ---- what is hidden or read-only ---- */

enum { MASKED, READ_ONLY, READ_ONLY_ROOT };

static bool path_part(unsigned part, struct text *ret)
{
	static const char *const names[] = { "masked paths", "read-only paths", "read-only root" };

	text_add(ret, names[part]);
	return true;
}

static bool is_read_only(const struct op *op)
{
	return op->kind == OP_mount_setattr || (op->kind == OP_mount && (op->mount.flags & (MS_BIND | MS_REMOUNT)));
}

static enum lifted lift_paths(struct planned *planned, unsigned part)
{
	struct op *op = &planned->op;
	bool root = op->kind == OP_mount && (op->mount.flags & MS_REMOUNT) && (op->mount.flags & MS_RDONLY) &&
		    op->mount.target && strcmp(op->mount.target, "/") == 0;

	if (part == READ_ONLY_ROOT) {
		if (!root)
			return LIFTED_NOTHING;
		op->mount.flags &= ~(uint64_t)MS_RDONLY;
		return LIFTED_CHANGED;
	}
	if (root || planned->stage != STAGE_HIDDEN)
		return LIFTED_NOTHING;
	return is_read_only(op) == (part == READ_ONLY) ? LIFTED_WHOLE : LIFTED_NOTHING;
}
static const char *const path_fixes[] = { "--security-opt systempaths=unconfined", "--security-opt systempaths=unconfined",
					   NULL };
static const char *const path_options[COUNT(path_fixes)] = { [READ_ONLY_ROOT] = "--read-only" };
const struct wall_switch switch_paths = { .lift = lift_paths, .parts = COUNT(path_fixes), .part = path_part,
					  .fixes = path_fixes, .options = path_options };

/* ---- limits ---- */

/* The files of a control group begin with the controller's name; resource limits are getrlimit(2)'s. */
static const struct {
	const char *name, *control, *file;
	int resource; /* -1: none */
} limit_parts[] = { /* and in this order limit_fixes[] */
	{ "cpu", "cpu", NULL, -1 },
	{ "cpuset", "cpuset", NULL, -1 },
	{ "memory", "memory", NULL, -1 },
	{ "pids", "pids", NULL, -1 },
	{ "io", "io", NULL, -1 },
	{ "blkio", "blkio", NULL, -1 },
	{ "core", NULL, NULL, RLIMIT_CORE },
	{ "nofile", NULL, NULL, RLIMIT_NOFILE },
	{ "nproc", NULL, NULL, RLIMIT_NPROC },
	{ "max_user_namespaces", NULL, "/proc/sys/user/max_", -1 },
};

static bool limit_part(unsigned part, struct text *ret)
{
	text_add(ret, limit_parts[part].name);
	return true;
}

const char *limit_controller(unsigned part)
{
	return limit_parts[part].control;
}

static bool is_control(const char *path, const char *controller)
{
	const char *file = path ? strrchr(path, '/') : NULL;
	size_t length = strlen(controller);

	return file && strncmp(file + 1, controller, length) == 0 && file[1 + length] == '.';
}

static bool is_limit(const struct op *op, unsigned part)
{
	const char *control = limit_parts[part].control, *file = limit_parts[part].file;

	switch (op->kind) {
	case OP_control:
		return control && is_control(op->control.path, control);
	case OP_file:
		return file && strncmp(op->file.path, file, strlen(file)) == 0;
	case OP_rlimit:
		return limit_parts[part].resource >= 0 && op->rlimit.resource == (uint64_t)limit_parts[part].resource;
	default:
		return false;
	}
}

static enum lifted lift_limits(struct planned *planned, unsigned part)
{
	return is_limit(&planned->op, part) ? LIFTED_WHOLE : LIFTED_NOTHING;
}
static const char *const limit_fixes[COUNT(limit_parts)] = {
	"--cpu max", NULL, "--memory max", "--pids max", NULL, NULL, "--without limits", "--without limits",
	"--without limits", "--without limits",
};
static const char *const limit_options[COUNT(limit_parts)] = { [1] = "--cpuset", [4] = "--io", [5] = "--io" };
const struct wall_switch switch_limits = { .lift = lift_limits, .parts = COUNT(limit_parts), .part = limit_part,
					   .before = "limit ", .fixes = limit_fixes, .options = limit_options };

/* ---- capabilities ---- */

static bool capability_part(unsigned part, struct text *ret)
{
	if (!(capabilities_known & CAPABILITY(part)))
		return false;
	capability_list(CAPABILITY(part), "", "", ret);
	return true;
}

/* What the child has not got, capset(2) refuses: it is lifted from every op that gave it up. */
static enum lifted lift_capability(struct planned *planned, unsigned part)
{
	struct op *op = &planned->op;
	uint64_t one = CAPABILITY(part);

	switch (op->kind) {
	case OP_capbset_drop:
		return without_flag(&op->capbset_drop.set, one, false);
	case OP_capset:
		if (op->capset.permitted & op->capset.effective & one)
			return LIFTED_NOTHING;
		op->capset.permitted |= one;
		op->capset.effective |= one;
		return LIFTED_CHANGED;
	default:
		return LIFTED_NOTHING;
	}
}
const struct wall_switch switch_capabilities = { .lift = lift_capability, .parts = CAP_LAST_CAP + 1, .part = capability_part,
						 .before = "capability ",
						 .fix = "--cap-add {part}" };

/* ---- descriptors ---- */

/* No op: a child begins without them, and a sandbox has none to hand on. */
const struct wall_switch switch_handles = { .lift = NULL };
