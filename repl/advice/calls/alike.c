/* A call of a program that does what a primitive does: the questions about the primitive answer why it failed, where the
 * program had the child's files and namespaces. mount(2), umount(2), pivot_root(2), setxattr(2), execve(2), unshare(2), clone(2). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/process/strait.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

/* The call as an op. false where it is none. words has room for two. */
static bool as_op(const struct refused *at, const char **words, struct op *ret)
{
	switch (at->number) {
	case SYS_mount:
		*ret = op_new(OP_mount);
		ret->mount.source = at->others[0];
		ret->mount.target = at->path;
		ret->mount.fstype = at->others[1];
		ret->mount.flags = at->args[3];
		ret->mount.data = at->others[2];
		return true;
	case SYS_umount2:
		*ret = op_new(OP_umount);
		ret->umount.target = at->path;
		ret->umount.flags = at->args[1];
		return true;
	case SYS_pivot_root:
		*ret = op_new(OP_pivot_root);
		ret->pivot_root.new_root = at->path;
		ret->pivot_root.put_old = at->others[0];
		return at->others[0] != NULL;
	case SYS_setxattr:
	case SYS_lsetxattr:
		*ret = op_new(OP_setxattr);
		ret->setxattr.path = at->path;
		ret->setxattr.name = at->others[0];
		return at->others[0] != NULL;
	case SYS_execve:
	case SYS_execveat:
		*ret = op_new(OP_exec);
		words[0] = at->path;
		ret->exec.argv = words;
		return true;
	case SYS_unshare:
	case SYS_clone: /* its lowest byte is a signal, and no flag */
		*ret = op_new(OP_unshare);
		ret->unshare.flags = at->args[0] & (NAMESPACES | CLONE_NEWUSER) & ~(at->number == SYS_clone ? 0xffull : 0);
		return ret->unshare.flags != 0;
	default:
		return false;
	}
}

bool by_primitive(const struct refused *at, struct verdict *ret)
{
	static question *const all[] = {
		advise_unshare, advise_options, advise_overlay, advise_mount, advise_fuse, advise_umount, advise_pivot, advise_value, advise_path, advise_exec, NULL,
	};
	struct reading who = *at->child;
	const char *words[2] = { NULL };
	struct op op;
	struct op_outcome outcome = { .code = at->code };
	struct error err = { 0 };

	if (!at->here || !who.mounts || !at->facts || !as_op(at, words, &op))
		return false;
	if (op.kind != OP_unshare && (!at->path || at->path[0] != '/'))
		return false;
	who.cap_effective = at->caps;
	if (at->known_ids) {
		who.uid[3] = at->uid;
		who.gid[3] = at->gid;
	}
	const struct failure failure = { .op = &op, .outcome = &outcome, .facts = at->facts, .host = at->host, .child = &who, .pid = who.pid };
	int cause = ask(all, &failure, &err) ? cause_called(err.cause) : -1;
	if (cause < 0)
		return false;
	text_add(ret->why, err.why);
	text_add(ret->fix, err.fix);
	return blame(ret, WALLS, (enum cause_id)cause);
}

/* What was done before to where the process's children go. pid_namespaces(7). */
bool by_children(const struct refused *at, struct verdict *ret)
{
	if (!at->strait || !at->strait->pending)
		return false;
	text_say(ret->why, at->code == ENOMEM ?
		 N_("the process's children go to a pid namespace whose first process has ended, and which takes no other; memory is not short") :
		 N_("the process's children go to a pid namespace that it has made before, and a process makes one alone"));
	text_say(ret->fix, at->code == ENOMEM ? N_("unshare --fork makes the program itself the first process, and not one that ends soon") :
						N_("a child of the process can make the next one"));
	return blame(ret, WALLS, at->code == ENOMEM ? CAUSE_FORK_NO_INIT : CAUSE_NS_PENDING);
}

bool by_length(const struct refused *at, struct verdict *ret)
{
	enum { ONE_MOST = 32 * 4096 };

	if (at->code != E2BIG || !at->strait || !at->strait->all)
		return false;
	if (at->strait->longest > ONE_MOST) {
		text_sayf(ret->why, "an argument has %llu bytes, and %d are the most of one", (unsigned long long)at->strait->longest, (int)ONE_MOST);
		return blame(ret, WALLS, CAUSE_EXEC_ARGUMENT);
	}
	text_sayf(ret->why, "the arguments and the environment have %llu bytes, and a quarter of the stack's limit is the most of all",
		  (unsigned long long)at->strait->all);
	text_say(ret->fix, "xargs divides arguments; a higher ulimit -s takes more");
	return blame(ret, WALLS, CAUSE_EXEC_LONG);
}
