/* Parts of plans: the file systems that every program expects below its root. */
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/list.h"
#include "base/path.h"
#include "snapshot/facts.h"
#include "words/plans/container/container.h"

/* The folder in the container's root. What the image has not, the init layer has: in_image; what
 * is to lie on a file system mounted a moment ago is made there. */
static const char *place(const struct box *box, struct plan *plan, const char *path, bool in_image)
{
	const char *at = path_under(&plan->arena, box->root, path);

	if (!in_image)
		plan_folder(plan, at, 0755);
	return at;
}

void plan_proc(const struct box *box, struct plan *plan)
{
	plan_mount(plan, "proc", "proc", place(box, plan, "/proc", true),
		   MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/* mknod(2) of devices is for the initial user namespace; elsewhere the host's own are bound. */
static void plan_nodes(const struct box *box, struct plan *plan)
{
	static const struct { const char *path; unsigned major, minor; } nodes[] = {
		{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
		{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
	};
	const struct facts *facts = box->context->facts;
	bool make = !box->userns && facts->initial_userns && facts_cap(facts, CAP_MKNOD);

	for (size_t i = 0; i < COUNT(nodes); i++) {
		struct op *op = plan_add(plan, OP_mknod);
		op->mknod.path = path_under(&plan->arena, box->root, nodes[i].path);
		op->mknod.type = make ? S_IFCHR : S_IFREG;
		op->mknod.mode = 0666;
		op->mknod.device = make ? makedev(nodes[i].major, nodes[i].minor) : 0;
	}
	for (size_t i = 0; !make && i < COUNT(nodes); i++)
		plan_mount(plan, NULL, nodes[i].path,
			   path_under(&plan->arena, box->root, nodes[i].path), MS_BIND, NULL);
}

static void plan_links(const struct box *box, struct plan *plan)
{
	static const struct { const char *path, *target; } links[] = {
		{ "/dev/fd", "/proc/self/fd" },	      { "/dev/stdin", "/proc/self/fd/0" },
		{ "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" },
		{ "/dev/ptmx", "pts/ptmx" },
	};

	for (size_t i = 0; i < COUNT(links); i++) {
		struct op *op = plan_add(plan, OP_symlink);
		op->symlink.target = links[i].target;
		op->symlink.path = path_under(&plan->arena, box->root, links[i].path);
	}
}

void plan_dev(const struct box *box, struct plan *plan)
{
	/* Without mode=0755 it would be world-writable and sticky, where "> /dev/null" fails on a
	 * node that belongs to neither the writer nor the folder's owner. */
	plan_mount(plan, "tmpfs", "dev", place(box, plan, "/dev", true), MS_NOSUID | MS_STRICTATIME,
		   "mode=0755,size=65536k");
	/* First all that lies in one folder, then what is mounted there: the folder is held between. */
	const char *pts = place(box, plan, "/dev/pts", false);
	const char *shm = place(box, plan, "/dev/shm", false);
	const char *mqueue = place(box, plan, "/dev/mqueue", false);
	plan_links(box, plan);
	plan_nodes(box, plan);
	plan_mount(plan, "devpts", "devpts", pts, MS_NOSUID | MS_NOEXEC,
		   box->userns ? "newinstance,ptmxmode=0666,mode=0620" :
				 "newinstance,ptmxmode=0666,mode=0620,gid=5");
	plan_mount(plan, "tmpfs", "shm", shm, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k");
	plan_mount(plan, "mqueue", "mqueue", mqueue, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	plan->ops[plan->count - 1].flags |= PLAN_MAY_FAIL; /* CONFIG_POSIX_MQUEUE */
}

/* sysfs shows a network namespace, and can be mounted only by the owner of that. The host's is bound
 * instead, read-only with everything below it, where the kernel can say so in one call. */
static void plan_host_sys(const struct box *box, struct plan *plan, const char *at)
{
	const struct facts *facts = box->context->facts;

	if (!facts_kernel(facts, 5, 12))
		return;
	plan_mount(plan, NULL, "/sys", at, MS_BIND | MS_REC, NULL);
	struct op *op = plan_add(plan, OP_mount_setattr);
	op->mount_setattr.path = at;
	op->mount_setattr.set = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
}

void plan_sys(const struct box *box, struct plan *plan)
{
	const char *at = place(box, plan, "/sys", true);

	if (box->userns && !box->net) {
		plan_host_sys(box, plan, at);
		return;
	}
	plan_mount(plan, "sysfs", "sysfs", at, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	plan->ops[plan->count - 1].flags |= PLAN_MAY_FAIL; /* inside another container */
	/* From the host's namespace it would set the options of the host's mount. */
	if (!box->cgroup)
		return;
	plan_mount(plan, "cgroup2", "cgroup2", path_under(&plan->arena, at, "fs/cgroup"),
		   MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	plan->ops[plan->count - 1].flags |= PLAN_MAY_FAIL;
}
