/* What a program lacks that would mount a FUSE file system: the device, or who mounts it where the program itself may not.
 * fuse(4), fusermount3(1). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

static bool has_no_device(const struct refused *at, struct verdict *ret)
{
	struct stat st;

	if (strcmp(at->path, "/dev/fuse") != 0 || eyes_stat(at->eyes, at->child->pid, at->path, false, &st) == 0)
		return false;
	bool hosts = eyes_stat(at->eyes, 0, at->path, false, &st) == 0;
	text_say(ret->why, hosts ? N_("there is no /dev/fuse in the child's /dev, and the host has one: a FUSE file system is mounted by its descriptor") :
				   N_("there is no /dev/fuse, neither in the child's /dev nor in the host's: a FUSE file system is mounted by its descriptor"));
	if (!hosts)
		text_say(ret->fix, "!modprobe fuse");
	else if (ns_own(at->child, at->host, NS_USER))
		text_say(ret->fix, "unshare user mnt makes a child whose /dev is the host's");
	else
		text_say(ret->fix, "run mknod -m 666 /dev/fuse c 10 229, where a container needs --cap-add mknod and --cap-add sys_admin");
	return blame(ret, hosts ? WALL_MNT : WALLS, CAUSE_FUSE_NO_DEVICE);
}

/* libfuse asks it after mount(2) has refused the program itself. */
static bool has_no_tool(const struct refused *at, struct verdict *ret)
{
	const char *name = path_name(at->path);
	bool may = at->child->cap_effective >> CAP_SYS_ADMIN & 1;

	if ((at->number != SYS_execve && at->number != SYS_execveat) || (strcmp(name, "fusermount3") != 0 && strcmp(name, "fusermount") != 0))
		return false;
	text_sayf(ret->why, may ? N_("there is no %s in the child's root: it mounts FUSE file systems for programs that may not do so themselves") :
				  N_("there is no %s in the child's root: it mounts FUSE file systems for programs without CAP_SYS_ADMIN, as this one is"),
		  vis(at->path));
	if (!may)
		text_say(ret->fix, ns_own(at->child, at->host, NS_USER) || at->child->uid[1] == 0 ? N_("container --cap-add sys_admin lets the program mount by itself") :
			 N_("unshare user mnt lets the program mount by itself"));
	return blame(ret, may ? WALLS : WALL_CAPABILITIES, CAUSE_FUSE_NO_TOOL);
}

bool lacks_fuse(const struct refused *at, struct verdict *ret)
{
	if (at->code != ENOENT || !at->here || !at->path || at->path[0] != '/')
		return false;
	return has_no_device(at, ret) || has_no_tool(at, ret);
}
