/* setns PID TYPE...: the child joins namespaces of another process, or one that a mount keeps. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/eyes.h"
#include "words/look/subject.h"
#include "words/plans/network/network.h"
#include "words/plans/plans.h"
#include "words/plans/privilege/join.h"

static const struct arg_spec args[] = {
	{ "PID", WORD_PID, .means = "a process whose namespaces you may join, the name of a container or job, or a file that a namespace is mounted on" },
	{ "TYPE", WORD_NS_TYPE, .many = true, .means = "mnt pid uts ipc net user cgroup time, or all" },
	{ 0 }
};

static bool is_named(const struct words *words, int type)
{
	for (size_t i = 1; i < words->count; i++)
		if (ns_type_find(words->args[i].s) == type)
			return true;
	return false;
}

static bool wants_all(const struct words *words)
{
	for (size_t i = 1; i < words->count; i++)
		if (ns_type_find(words->args[i].s) < 0)
			return true;
	return false;
}

/* Whose ids the map of the joined user namespace does not have is nobody there, and an execve(2) of
 * nobody loses the capabilities that setns(2) gave. nsenter(1) becomes root for the same reason. */
static void plan_root_inside(const struct context *context, const struct reading *target,
			     struct plan *plan)
{
	const struct reading *child = context->child;
	unsigned long inside;

	if (!id_inside(target->gid_map, child->gid[1], &inside))
		plan_add(plan, OP_setresgid)->setresgid.id = 0;
	if (!id_inside(target->uid_map, child->uid[1], &inside))
		plan_add(plan, OP_setresuid)->setresuid.id = 0;
}

static int plan_joins(const struct context *context, const struct words *words,
		      const struct reading *target, struct plan *plan, struct error *err)
{
	const struct reading *child = context->child;
	bool all = wants_all(words), forks = false;

	for (size_t i = 0; i < NS_TYPES; i++) {
		enum ns_link type = ns_join_order[i];
		bool same = child->ns[type].id && child->ns[type].id == target->ns[type].id;
		if (!(all ? !same : is_named(words, type)))
			continue;
		if (same && type == NS_USER) {
			fail_id(err, ERR_USERNS_SAME, 0, "setns: the child is in the user namespace of %s already",
			     words->args[0].s);
			return fail_why(err, "setns(2) answers EINVAL, so that a process cannot get back "
					     "the capabilities it gave up");
		}
		plan_setns(plan, target, type);
		if (type == NS_USER)
			plan_root_inside(context, target, plan);
		forks = forks || type == NS_PID || type == NS_TIME;
	}
	if (forks)
		plan_add(plan, OP_fork);
	return 0;
}

/* What else differs for the child, in the same namespaces. */
static const char *gains_and_losses(const struct context *context, const struct words *words,
				    const struct reading *target, struct plan *plan)
{
	const struct reading *child = context->child;
	bool user = child->ns[NS_USER].id != target->ns[NS_USER].id &&
		    (wants_all(words) || is_named(words, NS_USER));
	struct reading joined = *child;

	if (user)
		joined.cap_effective = capabilities_known;
	const char *more = unlike(context, plan, &joined, target);
	return arena_print(&plan->arena, "%s%s%s%s",
			   user ? _(" It gains all capabilities over what that user namespace owns, and "
				  "loses those over the host.") : "",
			   *more ? _(" It is not confined as that process is: it has ") : "", more,
			   *more ? _(". exec gives a program the same walls.") :
				   _(" docker exec is this, for all of them."));
}

/* The type of the namespace whose file is at path, and its number. -1 with err: there is none. ioctl_nsfs(2) */
static int find_file(const struct context *context, const struct words *words, const char *path, uint64_t *id, struct error *err)
{
	unsigned mode;

	if (refuse_absent(context, words, 0, path, &mode, err) < 0)
		return -1;
	int flag = eyes_namespace(context->eyes, context->pid ? context->child->pid : 0, path, id);
	if (flag < 0 && errno == ELOOP) {
		fail_arg(err, ERR_PATH_KIND, words, 0, "%s is the kernel's link to a namespace, and no file that one is mounted on", vis(path));
		return fail_fix(err, "the number of the process in its place, as ps shows it under OUTSIDE: setns PID %s", vis(words->args[1].s));
	}
	if (flag < 0) {
		fail(err, errno, "setns: open %s", vis(path));
		err->column = words->args[0].column;
		return -1;
	}
	for (int type = 0; type < NS_TYPES; type++)
		if (flag > 0 && ns_types[type].flag == (unsigned)flag)
			return type;
	fail_arg(err, ERR_PATH_KIND, words, 0, "no namespace is mounted on %s", vis(path));
	return fail_fix(err, "bindmount /proc/PID/ns/%s %s mounts one there", vis(words->args[1].s), vis(path));
}

/* As nsenter(1) with --TYPE=FILE. Nobody has to be in it: the mount keeps it. */
static int build_file(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	const char *path = path_here(context, plan, words->args[0].s);
	uint64_t id = 0;
	int type = find_file(context, words, path, &id, err);

	if (type < 0)
		return -1;
	const char *name = ns_types[type].name;
	for (size_t i = 1; i < words->count; i++)
		if (ns_type_find(words->args[i].s) >= 0 && ns_type_find(words->args[i].s) != type) {
			fail_arg(err, ERR_PATH_KIND, words, i, "the namespace on %s is of the type %s", vis(path), name);
			return fail_fix(err, "setns %s %s", vis(path), name);
		}
	if (type == NS_USER && id == context->child->ns[NS_USER].id) {
		fail_id(err, ERR_USERNS_SAME, 0, "setns: the child is in the user namespace of %s already", vis(path));
		return fail_why(err, "setns(2) answers EINVAL, so that a process cannot get back the capabilities it gave up");
	}
	struct op *op = plan_add(plan, OP_setns);
	op->setns.fd.path = path;
	op->setns.fd.flags = O_RDONLY | FD_CHILDS;
	op->setns.nstype = ns_types[type].flag;
	if (type == NS_USER) {
		plan_add(plan, OP_setresgid)->setresgid.id = 0;
		plan_add(plan, OP_setresuid)->setresuid.id = 0;
	}
	if (type == NS_PID || type == NS_TIME)
		plan_add(plan, OP_fork);
	plan->changes = true;
	plan->same_as = arena_print(&plan->arena, "nsenter --%s=%s", type == NS_NET ? "net" : ns_types[type].long_name, path);
	plan->meaning = arena_print(&plan->arena, _("The child is now in the %s namespace that the mount on %s keeps, with all who are in it."),
				    name, vis(path));
	return refuse_router_leaves(context, words, plan, err);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	struct reading target;

	if (words->args[0].s[0] != '@' && strchr(words->args[0].s, '/'))
		return build_file(context, words, plan, err);
	pid_t pid = subject_pid(context, words->args[0].s, words->args[0].column, err);

	if (!pid || reading_take(pid, &target, err) < 0)
		return -1;
	int ret = plan_joins(context, words, &target, plan, err);
	if (ret == 0)
		ret = refuse_router_leaves(context, words, plan, err);
	plan->changes = true;
	plan->same_as = plan_nsenter(context, plan, pid, wants_all(words));
	plan->meaning = plan->count ?
		arena_print(&plan->arena, _("The child now shares these namespaces with process %d (%s): "
			    "what one changes there, the other sees.%s"), pid, vis(target.comm),
			    gains_and_losses(context, words, &target, plan)) :
		arena_print(&plan->arena, _("The child shares every namespace with process %d (%s) already."),
			    pid, vis(target.comm));
	reading_done(&target);
	return ret;
}

static const char *before(const struct context *context, const struct words *words)
{
	const char *whom = words->args[0].s;

	return strcmp(whom + (whom[0] == '@'), ROUTER) == 0 ? router_line(context) : NULL;
}

const struct command command_setns = {
	.name = "setns", .kind = BUILDS, .stage = STAGE_NAMESPACES, .group = GROUP_WALLS, .host_safe = true,
	.summary = "join namespaces of another process",
	.explain = "A namespace lives as long as a process, a descriptor or a mount refers to it. A "
		"process that may open /proc/PID/ns/TYPE can join it with setns(2). The shell opens "
		"the files and passes the descriptors to the child, so this works after a pivot "
		"too.\n\n"
		"Joining needs CAP_SYS_ADMIN in the user namespace that owns the target namespace and "
		"in the child's own user namespace; mnt also needs CAP_SYS_CHROOT in the latter. An "
		"ordinary user gets them by joining the target's user namespace first, which Stave "
		"does when user is among the types. pid and time apply only to later children: the "
		"child forks a successor. After joining mnt the working directory is the / of that "
		"namespace. If a joined user namespace does not map the child's own ids, the child "
		"becomes its root, as with nsenter(1).\n\n"
		"A path in the place of PID is a file in the child's root that a namespace is mounted on: "
		"bindmount /proc/PID/ns/net FILE mounts one, and so do ns pin and ip netns add. It is joined also "
		"when no process is in it any more.",
	.example = "ns 29659\nsetns 29659 mnt\nsetns 29659 all\nsetns /run/netns/blue net",
	.args = args, .before = before, .build = build,
};
