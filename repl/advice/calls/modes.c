/* A call of a program that a mode refused: which file or folder, what it would have taken, and whether a wall of the
 * child's is the reason that root's right to pass over modes does not count. open(2), path_resolution(7),
 * capabilities(7). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

enum { SEARCH = 1, WRITE = 2, READ = 4, CHANGE = WRITE | SEARCH };

/* What a call wants of what its path leads to, and of the folder that it lies in. argument: where its wish stands. */
static const struct wish {
	int number;
	unsigned itself, parent;
	enum { NOTHING, FLAGS, ACCESS } kind;
	int argument;
} wishes[] = {
	{ SYS_openat, .kind = FLAGS, .argument = 2 }, { SYS_faccessat, .kind = ACCESS, .argument = 2 },
	{ SYS_faccessat2, .kind = ACCESS, .argument = 2 }, { SYS_execve, SEARCH, SEARCH }, { SYS_execveat, SEARCH, SEARCH },
	{ SYS_chdir, SEARCH, SEARCH }, { SYS_chroot, SEARCH, SEARCH }, { SYS_truncate, WRITE, SEARCH },
	{ SYS_setxattr, WRITE, SEARCH }, { SYS_lsetxattr, WRITE, SEARCH }, { SYS_mkdirat, 0, CHANGE }, { SYS_mknodat, 0, CHANGE },
	{ SYS_unlinkat, 0, CHANGE }, { SYS_symlinkat, 0, CHANGE }, { SYS_renameat, 0, CHANGE }, { SYS_renameat2, 0, CHANGE },
#ifdef SYS_open
	{ SYS_open, .kind = FLAGS, .argument = 1 }, { SYS_access, .kind = ACCESS, .argument = 1 }, { SYS_creat, WRITE, SEARCH },
	{ SYS_mkdir, 0, CHANGE }, { SYS_mknod, 0, CHANGE }, { SYS_unlink, 0, CHANGE }, { SYS_rmdir, 0, CHANGE },
	{ SYS_symlink, 0, CHANGE }, { SYS_rename, 0, CHANGE },
#endif
};

static unsigned of_flags(uint64_t flags)
{
	unsigned ret = (flags & O_ACCMODE) == O_RDONLY ? READ : (flags & O_ACCMODE) == O_WRONLY ? WRITE : READ | WRITE;

	return flags & O_PATH ? 0 : flags & O_TRUNC ? ret | WRITE : ret;
}

/* A file that is made is its folder's affair. */
static struct wish wish_of(const struct refused *at)
{
	struct wish ret = { .parent = SEARCH };
	struct stat st;
	bool makes = false;

	for (size_t i = 0; i < COUNT(wishes); i++)
		if (wishes[i].number == at->number)
			ret = wishes[i];
	if (ret.kind != NOTHING)
		ret.parent = SEARCH;
	if (ret.kind == ACCESS)
		ret.itself = (unsigned)at->args[ret.argument] & 7;
	if (ret.kind == FLAGS) {
		ret.itself = of_flags(at->args[ret.argument]);
		makes = at->args[ret.argument] & O_CREAT;
	}
#ifdef SYS_creat
	makes = makes || at->number == SYS_creat;
#endif
	if (makes && eyes_stat(at->eyes, at->child->pid, at->path, false, &st) < 0 && errno == ENOENT) {
		ret.itself = 0;
		ret.parent = CHANGE;
	}
	return ret;
}

/* Whoever made the child had it here: the child has given it up, and not only who runs in it. */
static bool gave_up(const struct refused *at, uint64_t bit)
{
	return !(at->caps & bit) && !(at->child->cap_effective & bit) &&
	       ((at->host->cap_effective & bit) || ns_own(at->child, at->host, NS_USER));
}

bool blame_right(const struct refused *at, int capability, bool mapped, enum cause_id cause, struct verdict *ret)
{
	cleanup_text struct text name = { 0 };

	if (mapped && gave_up(at, CAPABILITY(capability))) {
		capability_list(CAPABILITY(capability), "", "", &name);
		text_sayf(ret->why, "; the capability %s would let it, and the program's effective set %#llx lacks it", text_of(&name),
			  (unsigned long long)at->caps);
		text_sayf(ret->fix, "container keeps it with --cap-add %s; undo takes back a step that dropped it", text_of(&name));
		return blame(ret, WALL_CAPABILITIES, CAUSE_CAPS_LACKS);
	}
	if (!mapped && ns_own(at->child, at->host, NS_USER)) {
		text_say(ret->why, "; the child's user namespace maps no such owner or group, so that no capability counts there");
		text_say(ret->fix, "idmap shows whom it maps; tree -l shows owners and modes");
		return blame(ret, WALL_USER, cause);
	}
	text_say(ret->fix, "tree -l shows owners and modes");
	return blame(ret, WALLS, cause);
}

bool by_modes(const struct refused *at, struct verdict *ret)
{
	cleanup_arena struct arena arena = { 0 };
	struct reading who = *at->child;
	struct denial denial;

	/* What /proc calls self is another's for whoever looks. */
	if (at->code != EACCES || !at->known_ids || !at->path || at->path[0] != '/' || is_of_process(at->path))
		return false;
	who.uid[3] = at->uid;
	who.gid[3] = at->gid;
	who.cap_effective = at->caps;
	struct wish wish = wish_of(at);
	if (!denied_find(at->eyes, &who, at->path, wish.itself, wish.parent, &arena, &denial))
		return false;
	denial_say(&denial, &who, ret->why);
	return blame_right(at, CAP_DAC_OVERRIDE, denial.mapped, CAUSE_FILE_DENIED, ret);
}
