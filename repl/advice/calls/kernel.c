/* What the kernel shows as files: settings below /proc/sys, trees in which nobody makes a name, its log and the memory. sysctl(2),
 * proc(5), user_namespaces(7). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/eyes/fixed.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

/* ---- calls about files ---- */

static bool is_open(const struct refused *at, uint64_t *flags)
{
#ifdef SYS_open
	if (at->number == SYS_open || at->number == SYS_creat) {
		*flags = at->number == SYS_creat ? O_WRONLY | O_CREAT : at->args[1];
		return true;
	}
#endif
	*flags = at->args[2];
	return at->number == SYS_openat;
}

static bool changes_names(const struct refused *at)
{
	static const int numbers[] = {
		SYS_mkdirat, SYS_mknodat, SYS_symlinkat, SYS_linkat, SYS_unlinkat, SYS_renameat, SYS_renameat2,
#ifdef SYS_mkdir
		SYS_mkdir, SYS_mknod, SYS_symlink, SYS_link, SYS_unlink, SYS_rmdir, SYS_rename,
#endif
	};
	struct stat st;
	uint64_t flags;

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (numbers[i] == at->number)
			return true;
	return is_open(at, &flags) && (flags & O_CREAT) && eyes_stat(at->eyes, at->child->pid, at->path, true, &st) < 0;
}

bool is_of_process(const char *path)
{
	static const char *const own[] = { "self", "thread-self", "net", "mounts", "sys/" };
	const char *name = text_begins(path, "/proc/") ? path + strlen("/proc/") : NULL;

	for (size_t i = 0; name && i < COUNT(own); i++)
		if (text_begins(name, own[i]))
			return true;
	return name && name[0] >= '0' && name[0] <= '9';
}

bool by_fixed(const struct refused *at, struct verdict *ret)
{
	if ((at->code != ENOENT && at->code != EPERM && at->code != EACCES) || !at->path || at->path[0] != '/' || !changes_names(at) ||
	    !fixed_find(at->eyes, at->child->pid, at->child->mounts, at->path, ret->why))
		return false;
	text_say(ret->fix, "a path on another file system");
	return blame(ret, WALLS, CAUSE_FILE_FIXED);
}

/* ---- the log, and the memory ---- */

/* Whether a device with one of these numbers is opened for reading, or a file of /proc of this name. */
static bool opens(const struct refused *at, unsigned first, unsigned last, const char *file)
{
	struct stat st;
	uint64_t flags;

	if (!at->path || !is_open(at, &flags))
		return false;
	if (strcmp(at->path, file) == 0)
		return true;
	return eyes_stat(at->eyes, at->child->pid, at->path, false, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == 1 &&
	       minor(st.st_rdev) >= first && minor(st.st_rdev) <= last;
}

bool opens_log(const struct refused *at)
{
	enum { KMSG = 11 };

	return opens(at, KMSG, KMSG, "/proc/kmsg");
}

bool opens_memory(const struct refused *at)
{
	enum { MEM = 1, KMEM = 2, PORT = 4 };

	return opens(at, MEM, KMEM, "/proc/kcore") || opens(at, PORT, PORT, "/proc/kcore");
}

/* ---- settings ---- */

/* Of which namespace a setting is, by what its name below /proc/sys begins with; the rest are of the machine. */
static const struct { const char *begins; enum ns_link type; } settings[] = {
	{ "net/", NS_NET }, { "user/", NS_USER }, { "fs/mqueue/", NS_IPC }, { "kernel/msg", NS_IPC }, { "kernel/sem", NS_IPC },
	{ "kernel/shm", NS_IPC }, { "kernel/auto_msgmni", NS_IPC },
};

static enum ns_link type_of(const char *name)
{
	for (size_t i = 0; i < COUNT(settings); i++)
		if (text_begins(name, settings[i].begins))
			return settings[i].type;
	return NS_TYPES;
}

/* It is of a namespace: who owns that. */
static bool of_namespace(const struct refused *at, enum ns_link type, struct verdict *ret)
{
	const struct ns_type *it = &ns_types[type];
	unsigned long long user = at->child->ns[NS_USER].id, owner = ns_owner(at->child->pid, type);

	if (owner == user && ns_own(at->child, at->host, NS_USER))
		return false;
	if (owner != user)
		text_sayf(ret->why, "%s is a setting of the %s namespace %llu, which another user namespace owns than the program's, %llu",
			  vis(at->path), it->long_name, (unsigned long long)at->child->ns[type].id, user);
	else
		text_sayf(ret->why, "%s is a setting of the %s namespace %llu: root of the user namespace that owns it may change it, and this is user %u",
			  vis(at->path), it->long_name, (unsigned long long)at->child->ns[type].id, at->uid);
	text_sayf(ret->fix, "unshare user %s gives the child one with settings of its own", it->name);
	return blame(ret, ns_own(at->child, at->host, NS_USER) ? WALL_USER : WALLS, CAUSE_SYSCTL_NAMESPACE);
}

bool by_setting(const struct refused *at, struct verdict *ret)
{
	static const char folder[] = "/proc/sys/";
	const char *name = at->path && text_begins(at->path, folder) ? at->path + strlen(folder) : NULL;
	bool foreign = ns_own(at->child, at->host, NS_USER) || (at->facts && !at->facts->initial_userns);
	uint64_t flags;
	struct stat st;

	if (!name || (at->code != EACCES && at->code != EPERM) || (at->number != SYS_write && !is_open(at, &flags)) ||
	    (at->number != SYS_write && (flags & O_ACCMODE) == O_RDONLY))
		return false;
	enum ns_link type = type_of(name);
	if (eyes_stat(at->eyes, at->child->pid, at->path, false, &st) == 0 && !(st.st_mode & 0222)) {
		text_sayf(ret->why, "%s has mode %04o: the kernel lets nobody change it", vis(at->path), st.st_mode & 07777);
		return blame(ret, WALLS, CAUSE_SYSCTL_READ_ONLY);
	}
	if (!foreign && at->known_ids && at->uid == 0)
		return false;
	if (type != NS_TYPES)
		return of_namespace(at, type, ret);
	if (foreign)
		text_sayf(ret->why, "root of the initial user namespace alone may change %s, and the program is in the user namespace %llu", vis(at->path),
			  (unsigned long long)at->child->ns[NS_USER].id);
	else
		text_sayf(ret->why, "root alone may change %s, and this is user %u", vis(at->path), at->uid);
	if (strcmp(name, "kernel/hostname") == 0)
		text_say(ret->fix, "hostname NAME changes it by sethostname(2), which asks the user namespace that owns the host name");
	else
		text_say(ret->fix, "root of the host changes it, for the whole machine");
	return blame(ret, ns_own(at->child, at->host, NS_USER) ? WALL_USER : WALLS, CAUSE_SYSCTL_ROOT);
}
