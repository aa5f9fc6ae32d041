/* Why the kernel does not take what a call was given: its own arguments are looked at, beside the state that they are
 * measured by. seccomp(2), mount(2), fuse(4), xattr(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* ---- seccomp ---- */

static bool no_filter(const struct failure *at, struct error *err)
{
	if (at->op->kind != OP_seccomp || at->outcome->code != EINVAL || access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0)
		return false;
	fail_cause(err, CAUSE_SECCOMP_KERNEL);
	fail_why(err, "Linux %s was built without CONFIG_SECCOMP_FILTER: there is no /proc/sys/kernel/seccomp/actions_avail",
		 vis(at->facts->kernel));
	fail_fix(err, "container --security-opt seccomp=unconfined does without one");
	return true;
}

/* ---- options ---- */

/* mount(2) reads a page of them, and cuts off what is beyond: an error is about the part that is left. */
bool advise_options(const struct failure *at, struct error *err)
{
	const char *options = at->op->kind == OP_mount && !(at->op->mount.flags & MS_BIND) ? at->op->mount.data : NULL;
	size_t most = (size_t)sysconf(_SC_PAGESIZE) - 1;
	bool overlay = options && at->op->mount.fstype && strcmp(at->op->mount.fstype, "overlay") == 0;

	if (!options || strlen(options) <= most)
		return false;
	fail_cause(err, CAUSE_MOUNT_OPTIONS_LONG);
	fail_why(err, "the options have %zu bytes, and mount(2) reads a page of them, %zu bytes: what is beyond is cut off", strlen(options), most);
	fail_fix(err, overlay ? "union names the layers one by one, by fsconfig(2) where the kernel can" : "fewer options");
	return true;
}

/* uid= and gid= are numbers of the user namespace that mounts: user_namespaces(7). */
static bool names_unmapped(const struct failure *at, struct error *err)
{
	const char *option = at->op->mount.data;
	unsigned long id, outside;
	char kind[2];

	if (at->op->kind != OP_mount || at->outcome->code != EINVAL || (at->op->mount.flags & (MS_BIND | MS_REMOUNT)))
		return false;
	for (; option && *option; option += strcspn(option, ","), option += *option == ',') {
		if (sscanf(option, "%1[ug]id=%lu", kind, &id) != 2)
			continue;
		const char *map = kind[0] == 'u' ? at->child->uid_map : at->child->gid_map;
		if (!map || !map[0] || id_outside(map, id, &outside))
			continue;
		fail_cause(err, CAUSE_MOUNT_ID);
		fail_why(err, kind[0] == 'u' ? "the option uid=%lu: the child's user namespace maps no user of this number" :
					   "the option gid=%lu: the child's user namespace maps no group of this number", id);
		fail_fix(err, "an id that it maps: idmap shows them; unshare user --map takes more");
		return true;
	}
	return false;
}

/* ---- devices ---- */

/* mount(2), EACCES: what cannot be written to is mounted with MS_RDONLY alone. BLKROGET. */
static bool device_is_ro(const struct failure *at, struct error *err)
{
	const char *source = at->op->kind == OP_mount ? at->op->mount.source : NULL;
	int ro = 0;

	if (at->outcome->code != EACCES || !source || (at->op->mount.flags & (MS_RDONLY | MS_BIND)))
		return false;
	cleanup_fd int fd = look_open(at->pid, source, O_RDONLY | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, BLKROGET, &ro) < 0 || !ro)
		return false;
	fail_cause(err, CAUSE_MOUNT_DEVICE_RO);
	fail_why(err, "%s is read-only (BLKROGET), and the mount asks to write to it", vis(source));
	fail_fix(err, "mount %s %s %s -o ro", vis(at->op->mount.fstype), vis(source), vis(at->op->mount.target));
	return true;
}

/* ---- namespaces ---- */

/* unshare(2): a pid or time namespace that nobody is in yet has to be entered before the next one is made. */
static bool not_entered(const struct failure *at, struct error *err)
{
	static const struct { uint64_t flag; enum ns_link own, next; const char *name; } types[] = {
		{ CLONE_NEWPID, NS_PID, NS_PID_FOR_CHILDREN, "pid" }, { 0x80, NS_TIME, NS_TIME_FOR_CHILDREN, "time" },
	};

	for (size_t i = 0; at->op->kind == OP_unshare && at->outcome->code == EINVAL && i < 2; i++) {
		uint64_t own = at->child->ns[types[i].own].id, next = at->child->ns[types[i].next].id;
		if (!(at->op->unshare.flags & types[i].flag) || !own || !next || own == next)
			continue;
		fail_cause(err, CAUSE_NS_PENDING);
		fail_why(err, "the child's later processes go to the %s namespace %llu, and none has entered it: a second one cannot be made before",
			 types[i].name, (unsigned long long)next);
		fail_fix(err, "undo, or run true, which enters it");
		return true;
	}
	return false;
}

/* ---- attributes: xattr(7) ---- */

static bool not_to_set(const struct failure *at, struct error *err)
{
	const char *path = at->op->setxattr.path, *name = at->op->setxattr.name;
	struct stat st;

	if (at->op->kind != OP_setxattr || at->outcome->code != EPERM)
		return false;
	if (strncmp(name, "trusted.", 8) == 0) {
		fail_cause(err, CAUSE_XATTR_TRUSTED);
		fail_why(err, "%s is set by who has CAP_SYS_ADMIN in the initial user namespace alone", vis(name));
		fail_fix(err, "user.%s, where the file system reads that: overlay with userxattr", vis(name + 8));
		return true;
	}
	if (!at->pid || look_stat(at->pid, path, 1, &st) < 0 || st.st_uid == at->child->uid[3])
		return false;
	fail_cause(err, CAUSE_XATTR_OWNER);
	fail_why(err, "%s belongs to user %u, and user %u asks for the attribute %s", vis(path), st.st_uid, at->child->uid[3], vis(name));
	fail_fix(err, "tree -l shows owners");
	return true;
}

/* ---- FUSE: fuse(4) ---- */

/* Who serves such a file system mounts it, with four options, one of them its own descriptor of /dev/fuse. The kernel
 * says of none of this more than EINVAL. */

/* "fuse.sshfs" is fuse for the kernel; what follows the dot is a name alone. */
static bool is_refused_fuse(const struct failure *at)
{
	const unsigned long changes = MS_BIND | MS_REMOUNT | MS_MOVE | MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE;
	const char *type = at->op->kind == OP_mount ? at->op->mount.fstype : NULL;

	if (!type || at->outcome->code != EINVAL || at->op->mount.flags & changes)
		return false;
	size_t length = strcspn(type, ".");
	return (length == 4 && strncmp(type, "fuse", 4) == 0) || (length == 7 && strncmp(type, "fuseblk", 7) == 0);
}

/* The value of an option that ends in =; NULL: options do not have it. */
static const char *value_of(const char *options, const char *option)
{
	for (const char *s = options; s && *s; s += strcspn(s, ","), s += *s == ',')
		if (text_begins(s, option))
			return s + strlen(option);
	return NULL;
}

static void name_server(const struct failure *at, struct error *err)
{
	fail_fix(err, "run SERVER %s: the program that serves it, such as sshfs(1), opens /dev/fuse and mounts, itself or by fusermount3(1)",
		 vis(at->op->mount.target));
}

bool advise_fuse(const struct failure *at, struct error *err)
{
	static const char *const needed[] = { "fd=", "rootmode=", "user_id=", "group_id=" };
	cleanup_text struct text lacking = { 0 };

	if (!is_refused_fuse(at))
		return false;
	for (size_t i = 0; i < COUNT(needed); i++)
		if (!value_of(at->op->mount.data, needed[i]))
			text_addf(&lacking, "%s%s", lacking.len ? ", " : "", needed[i]);
	if (!lacking.len)
		return false;
	fail_cause(err, CAUSE_FUSE_OPTIONS);
	fail_why(err, "the call lacks %s, without which no FUSE file system is mounted (fuse(4))", text_of(&lacking));
	name_server(at, err);
	return true;
}

bool advise_fuse_file(const struct failure *at, struct error *err)
{
	const char *fd = is_refused_fuse(at) ? value_of(at->op->mount.data, "fd=") : NULL;
	size_t length = fd ? strspn(fd, "0123456789") : 0;
	char link[64], to[4096];

	if (!at->pid || !length || length > 9 || (fd[length] && fd[length] != ','))
		return false;
	snprintf(link, sizeof(link), "/proc/%d/fd/%.*s", at->pid, (int)length, fd);
	ssize_t got = readlink(link, to, sizeof(to) - 1);
	if (got < 0 && errno != ENOENT)
		return false;
	to[got < 0 ? 0 : got] = '\0';
	if (strcmp(to, "/dev/fuse") == 0)
		return false;
	fail_cause(err, CAUSE_FUSE_FD);
	if (got < 0)
		fail_why(err, "fd= names a descriptor of /dev/fuse of the process that mounts, which is the child here, and that has no descriptor %.*s", (int)length, fd);
	else
		fail_why(err, "fd= names a descriptor of /dev/fuse of the process that mounts, which is the child here, and its descriptor %.*s is %s", (int)length, fd, vis(to));
	name_server(at, err);
	return true;
}

/* A file system reads the device's first block, and there is none: EIO. */
static bool device_is_empty(const struct failure *at, struct error *err)
{
	const char *source = at->op->kind == OP_mount ? at->op->mount.source : NULL;
	cleanup_text struct text size = { 0 };
	struct stat st;
	char path[60];

	if (at->outcome->code != EIO || !source || source[0] != '/' || look_stat(at->pid, source, 0, &st) < 0 || !S_ISBLK(st.st_mode))
		return false;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/size", major(st.st_rdev), minor(st.st_rdev));
	if (eyes_read(NULL, path, 32, &size) < 0 || strcmp(text_of(&size), "0\n") != 0)
		return false;
	bool loop = major(st.st_rdev) == LOOP_MAJOR;
	fail_cause(err, CAUSE_MOUNT_EMPTY);
	fail_why(err, loop ? N_("%s is a loop device without a file, %u:%u, and holds 0 bytes") : N_("%s has no medium: the block device %u:%u holds 0 bytes"),
		 vis(source), major(st.st_rdev), minor(st.st_rdev));
	if (loop)
		fail_fix(err, "!losetup /dev/loop%u FILE gives it a file", minor(st.st_rdev));
	return true;
}

/* ---- interfaces ---- */

static bool no_link_value(const struct failure *at, struct error *err)
{
	if (at->op->kind != OP_link_set || !(at->op->link_set.address || at->op->link_set.mac) || at->outcome->code != EADDRNOTAVAIL)
		return false;
	fail_cause(err, CAUSE_NET_MULTICAST);
	fail_why(err, "an interface can have neither a group's address, whose first byte is odd, nor one of zeros");
	fail_fix(err, "make the first byte even, as in 02:00:00:00:00:01");
	return true;
}

/* ---- files ---- */

/* The keyring's EDQUOT is about keys. */
static bool by_errno(const struct failure *at, struct error *err)
{
	const struct file_state *state = at->op->kind == OP_keyring ? NULL : file_state(at->outcome->code);

	if (!state)
		return false;
	fail_cause(err, state->cause);
	fail_why(err, "%s", _(state->why));
	fail_fix(err, "%s", _(state->fix));
	return true;
}

bool advise_value(const struct failure *at, struct error *err)
{
	static question *const list[] = { no_filter, device_is_ro, device_is_empty, not_entered, not_to_set, names_unmapped, no_link_value, by_errno, NULL };

	return ask(list, at, err);
}
