/* Why a copy into a new volume could not be read. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file/inroot.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/file/stopped.h"
#include "ops/op.h"
#include "ops/plan.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/look.h"

/* The root that the source lies in: the one that the child is about to make its own, or the child's. NULL for none. */
static const char *root_of(const struct failure *at)
{
	const struct plan *plan = at->plan_count ? at->plans[at->plan_count - 1] : NULL;
	const char *ret = at->op->copy.inside ? NULL : "/";

	for (size_t i = 0; plan && at->op->copy.inside && i < at->made; i++)
		if (plan->ops[i].op.kind == OP_root)
			ret = plan->ops[i].op.root.path;
	return ret;
}

/* The source as the child sees it: the links of an image end in its root. NULL where nobody can tell. */
static const char *source_of(const struct failure *at, struct arena *arena)
{
	char link[32], path[PATH_MAX];

	cleanup_fd int root = root_of(at) ? look_open(at->pid, root_of(at), O_PATH | O_DIRECTORY) : -1;
	cleanup_fd int fd = root < 0 ? -1 : inroot_open(root, at->op->copy.from, O_PATH, 0);
	ssize_t n = fd < 0 ? -1 : readlink(inroot_name(fd, link), path, sizeof(path));
	return n > 0 && path[0] == '/' ? arena_copyn(arena, path, (size_t)n) : NULL;
}

/* Of what it reads: a folder is searched as well. */
static bool is_unreadable(const struct failure *at, const char *below, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text why = { 0 };
	const char *source = source_of(at, &arena);
	const char *path = source && *below ? path_join(&arena, source, below) : source;
	struct denial denial;
	struct stat st;

	if (!path || look_stat(at->pid, path, 1, &st) < 0 ||
	    !denied_find(NULL, at->child, path, S_ISDIR(st.st_mode) ? 5 : 4, 1, &arena, &denial))
		return false;
	const char *within = at->op->copy.inside ? path_inside(root_of(at), denial.path) : NULL;
	denial.path = within && *within ? within - 1 : denial.path; /* its slash is there */
	denial_say(&denial, at->child, &why);
	fail_cause(err, CAUSE_FILE_DENIED);
	fail_why(err, "%s", text_of(&why));
	fail_fix(err, "-v NAME:%s:nocopy takes nothing from the image", vis(at->op->copy.from));
	return true;
}

bool advise_copy(const struct failure *at, struct error *err)
{
	struct stopped stopped;

	return at->op->kind == OP_copy && at->pid && at->outcome->code == EACCES && stopped_read(at->outcome, &stopped) &&
	       is_unreadable(at, stopped.path, err);
}
