/* Parts of plans: control groups and their limits, on both versions of cgroups. cgroups(7). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "commands/build_container.h"
#include "snapshot/facts.h"

/* ---- values ---- */

/* "1.5" in thousandths: digits, and up to three behind the point. s up to end. */
static bool parse_thousandths(const char *s, const char *end, uint64_t *ret)
{
	uint64_t number = 0;
	int behind = -1;

	if (s == end || *s == '.' || end - s > 12)
		return false;
	for (; s < end; s++) {
		if (*s == '.' && behind < 0) {
			behind = 0;
			continue;
		}
		if (*s < '0' || *s > '9' || behind == 3)
			return false;
		number = number * 10 + (uint64_t)(*s - '0');
		behind += behind >= 0;
	}
	for (behind = behind < 0 ? 0 : behind; behind < 3; behind++)
		number *= 10;
	*ret = number;
	return true;
}

static bool ends_with(const char *s, const char *tail, const char **end)
{
	size_t length = strlen(s), n = strlen(tail);

	*end = s + length - n;
	return length > n && strcmp(*end, tail) == 0;
}

static int fail_quota(const char *quota, const char *why, struct error *err)
{
	fail(err, 0, "%s is no CPU quota", vis(quota));
	fail_why(err, "%s", why);
	return fail_fix(err, "microseconds in each period as in 20000, or 20%%, or 1.5cpus, or max");
}

/* The quota in microseconds of a period. */
static bool parse_quota(const char *s, uint64_t period, uint64_t *ret)
{
	const char *end;
	uint64_t number;

	if (ends_with(s, "%", &end)) {
		if (!parse_thousandths(s, end, &number))
			return false;
		*ret = number * period / 100000;
		return true;
	}
	if (ends_with(s, "cpus", &end) || ends_with(s, "cpu", &end)) {
		if (!parse_thousandths(s, end, &number))
			return false;
		*ret = number * period / 1000;
		return true;
	}
	return parse_number(s, ret);
}

int parse_cpu(struct plan *plan, const char *quota, const char *period,
	      struct limits_wanted *ret, struct error *err)
{
	enum { LEAST = 1000, MOST_PERIOD = 1000000 };
	const uint64_t most = (UINT64_C(1) << 44) - 1; /* the kernel counts it in this many bits */
	uint64_t each = 100000, number;

	if (period && (!parse_number(period, &each) || each < LEAST || each > MOST_PERIOD)) {
		fail(err, 0, "%s is no CPU period", vis(period));
		return fail_why(err, "the kernel takes 1000 to 1000000 microseconds");
	}
	ret->cpu_period = arena_print(&plan->arena, "%llu", (unsigned long long)each);
	if (strcmp(quota, "max") == 0 || strcmp(quota, "-1") == 0) {
		ret->cpu_quota = "max";
		return 0;
	}
	if (!parse_quota(quota, each, &number))
		return fail_quota(quota, "it is no number of a kind known here", err);
	if (number < LEAST)
		return fail_quota(quota, "the kernel gives at least 1000 microseconds in each period", err);
	if (number > most)
		return fail_quota(quota, "it is more than the kernel can count", err);
	ret->cpu_quota = arena_print(&plan->arena, "%llu", (unsigned long long)number);
	return 0;
}

static bool parse_size(const char *s, uint64_t *ret)
{
	static const char units[] = "KMGT";
	size_t length = strlen(s);
	const char *unit = length ? strchr(units, s[length - 1] & ~0x20) : NULL;
	char digits[24];

	if (!unit || !*unit)
		return parse_number(s, ret);
	if (length > sizeof(digits) || strspn(s, "0123456789") != length - 1)
		return false;
	memcpy(digits, s, length - 1);
	digits[length - 1] = '\0';
	unsigned shift = 10 * (unsigned)(unit - units + 1);
	if (!parse_number(digits, ret) || *ret >= UINT64_C(1) << (63 - shift))
		return false;
	*ret <<= shift;
	return true;
}

int parse_memory(struct plan *plan, const char *size, struct limits_wanted *ret,
		 struct error *err)
{
	uint64_t bytes = 0;

	ret->memory = "max";
	if (strcmp(size, "max") == 0)
		return 0;
	bool number = parse_size(size, &bytes);
	if (number && bytes >= 1 << 20 && bytes < INT64_MAX) {
		ret->memory = arena_print(&plan->arena, "%llu", (unsigned long long)bytes);
		return 0;
	}
	fail(err, 0, "%s is no limit on memory", vis(size));
	fail_why(err, number ? "with less than 1M no program can start; more than 8 exbibytes is no limit" :
			       "it is no number of bytes");
	return fail_fix(err, "bytes, or with K, M or G behind them as in 64M, or max");
}

int parse_pids(struct plan *plan, const char *number, struct limits_wanted *ret,
	       struct error *err)
{
	uint64_t most = 0;

	ret->pids = "max";
	if (strcmp(number, "max") == 0)
		return 0;
	if (parse_number(number, &most) && most > 0 && most <= 4194304) {
		ret->pids = arena_print(&plan->arena, "%llu", (unsigned long long)most);
		return 0;
	}
	fail(err, 0, "%s is no limit on processes", vis(number));
	return fail_fix(err, "a number from 1 to 4194304, or max");
}

/* ---- groups ---- */

static const enum controller limited[] = { CONTROLLER_CPU, CONTROLLER_MEMORY, CONTROLLER_PIDS };
enum { LIMITED = sizeof(limited) / sizeof(limited[0]) };

static bool is_wanted(const struct limits_wanted *wanted, enum controller controller)
{
	return (controller == CONTROLLER_CPU && wanted->cpu_quota) ||
	       (controller == CONTROLLER_MEMORY && wanted->memory) ||
	       (controller == CONTROLLER_PIDS && wanted->pids);
}

static int fail_absent(enum controller controller, struct error *err)
{
	const char *name = controller_names[controller];

	fail(err, 0, "the controller %s is not to be had here", name);
	fail_why(err, "no cgroup v1 hierarchy has it, and cgroup.controllers of the shell's group "
		 "(v2) does not list it: the group above does not hand it down");
	return fail_fix(err, "run Stave as root, or systemd-run --user --scope -p Delegate=yes "
			"stave; some systems hand %s to users only with Delegate=%s in "
			"user@.service", name, name);
}

static int fail_not_ours(const struct cgroup_place *place, struct error *err)
{
	fail(err, EACCES, "no group can be made in %s", vis(place->parent));
	if (place->version == 1) {
		fail_why(err, "on cgroup v1 the groups belong to root, and nothing is delegated to you");
		return fail_fix(err, "run Stave as root");
	}
	fail_why(err, "this part of the cgroup tree is not delegated to you");
	return fail_fix(err, "systemd-run --user --scope -p Delegate=yes stave, or run Stave as root");
}

static bool file_has_word(struct plan *plan, const char *folder, const char *name,
			  const char *word)
{
	cleanup_text struct text list = { 0 };
	char *save = NULL;

	if (read_file(AT_FDCWD, path_join(&plan->arena, folder, name), 1 << 16, &list) < 0 || !list.len)
		return false;
	for (char *s = strtok_r(list.s, " \n", &save); s; s = strtok_r(NULL, " \n", &save))
		if (strcmp(s, word) == 0)
			return true;
	return false;
}

static bool has_processes(struct plan *plan, const char *folder)
{
	cleanup_text struct text list = { 0 };

	return read_file(AT_FDCWD, path_join(&plan->arena, folder, "cgroup.procs"), 1 << 20, &list) == 0 &&
	       list.len > 0;
}

/* The group's processes go to a leaf below it. The root of the whole tree is exempt from the rule:
 * it alone has no cgroup.type. */
static void plan_leaf(const struct context *context, struct plan *plan, const char *parent)
{
	const char *leaf = arena_print(&plan->arena, "%s/%s-shell", parent, context->session);

	if (access(path_join(&plan->arena, parent, "cgroup.type"), F_OK) < 0 ||
	    !has_processes(plan, parent))
		return;
	plan_add_with(plan, OP_cgroup_mkdir, PLAN_MAY_EXIST)->cgroup_mkdir.path = leaf;
	struct op *op = plan_add(plan, OP_vacate);
	op->vacate.from = parent;
	op->vacate.to = leaf;
}

/* On v2 a controller's files are there once the group above has it in cgroup.subtree_control. */
static void plan_enable(const struct context *context, struct plan *plan,
			const struct cgroup_place *place, enum controller controller, bool first)
{
	const char *name = controller_names[controller];

	if (place->version != 2 ||
	    file_has_word(plan, place->parent, "cgroup.subtree_control", name))
		return;
	if (first)
		plan_leaf(context, plan, place->parent);
	struct op *op = plan_add(plan, OP_control);
	op->control.path = arena_print(&plan->arena, "%s/cgroup.subtree_control", place->parent);
	op->control.value = arena_print(&plan->arena, "+%s", name);
	op->control.before = arena_print(&plan->arena, "-%s", name);
}

static void plan_write(struct plan *plan, const char *folder, const char *file,
		       const char *value, unsigned flags)
{
	struct op *op = plan_add_with(plan, OP_control, flags);

	op->control.path = path_join(&plan->arena, folder, file);
	op->control.value = value;
}

/* Each limit by its file: v1's name and value, and v2's. */
static void plan_limit(struct plan *plan, const struct cgroup_place *place, const char *folder,
		       enum controller controller, const struct limits_wanted *wanted)
{
	bool v1 = place->version == 1;

	if (controller == CONTROLLER_CPU && v1) {
		bool max = strcmp(wanted->cpu_quota, "max") == 0;
		plan_write(plan, folder, "cpu.cfs_period_us", wanted->cpu_period, 0);
		plan_write(plan, folder, "cpu.cfs_quota_us", max ? "-1" : wanted->cpu_quota, 0);
	} else if (controller == CONTROLLER_CPU) {
		plan_write(plan, folder, "cpu.max", arena_print(&plan->arena, "%s %s",
			   wanted->cpu_quota, wanted->cpu_period), 0);
	} else if (controller == CONTROLLER_MEMORY) {
		bool max = strcmp(wanted->memory, "max") == 0;
		plan_write(plan, folder, v1 ? "memory.limit_in_bytes" : "memory.max",
			   v1 && max ? "-1" : wanted->memory, 0);
		/* Else what does not fit goes to swap, where there is some. On v1 the file counts
		 * both together. */
		if (!max)
			plan_write(plan, folder, v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max",
				   v1 ? wanted->memory : "0", PLAN_MAY_FAIL);
	} else {
		plan_write(plan, folder, "pids.max", wanted->pids, 0);
	}
}

static const char *folder_of(struct plan *plan, const struct cgroup_place *place,
			     const char *name)
{
	return path_join(&plan->arena, place->parent, name);
}

/* Whether the hierarchy of limited[i] has come before: all of v2 is one, and v1 may have several
 * controllers on one. */
static bool has_come(const struct facts *facts, const struct limits_wanted *wanted, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (is_wanted(wanted, limited[before]) &&
		    strcmp(facts->cgroup[limited[before]].parent, facts->cgroup[limited[i]].parent) == 0)
			return true;
	return false;
}

int plan_groups(const struct context *context, struct plan *plan, const char *name,
		const struct limits_wanted *wanted, struct error *err)
{
	const struct facts *facts = context->facts;

	for (size_t i = 0; i < LIMITED; i++) {
		const struct cgroup_place *place = &facts->cgroup[limited[i]];
		if (!is_wanted(wanted, limited[i]))
			continue;
		if (place->version == 0)
			return fail_absent(limited[i], err);
		if (!place->writable)
			return fail_not_ours(place, err);
		plan_enable(context, plan, place, limited[i], !has_come(facts, wanted, i));
	}
	for (size_t i = 0; i < LIMITED; i++) {
		const struct cgroup_place *place = &facts->cgroup[limited[i]];
		if (!is_wanted(wanted, limited[i]))
			continue;
		if (!has_come(facts, wanted, i)) {
			struct op *op = plan_add_with(plan, OP_cgroup_mkdir, PLAN_MAY_EXIST);
			op->cgroup_mkdir.path = folder_of(plan, place, name);
		}
		plan_limit(plan, place, folder_of(plan, place, name), limited[i], wanted);
	}
	return 0;
}

void plan_join_groups(const struct context *context, struct plan *plan, const char *name,
		      const struct limits_wanted *wanted, bool clone)
{
	for (size_t i = 0; i < LIMITED; i++) {
		const struct cgroup_place *place = &context->facts->cgroup[limited[i]];
		if (!is_wanted(wanted, limited[i]) || has_come(context->facts, wanted, i) ||
		    (clone && place->version == 2))
			continue;
		struct op *op = plan_add(plan, OP_attach);
		op->attach.file.path = path_join(&plan->arena, folder_of(plan, place, name),
						 place->version == 1 ? "tasks" : "cgroup.procs");
		op->attach.file.flags = O_WRONLY;
	}
}

const char *group_to_clone_into(const struct context *context, struct plan *plan,
				const char *name, const struct limits_wanted *wanted)
{
	for (size_t i = 0; i < LIMITED; i++) {
		const struct cgroup_place *place = &context->facts->cgroup[limited[i]];
		if (is_wanted(wanted, limited[i]) && place->version == 2)
			return folder_of(plan, place, name);
	}
	return NULL;
}
