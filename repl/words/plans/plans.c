/* Refusing and looking, for the commands that build plans. */
#include "words/plans/plans.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/facts.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/eyes/magic.h"
#include "snapshot/look.h"
#include "walls/closed.h"

bool on_host(const struct context *context, const struct words *words, enum ns_link link)
{
	return words_flag(words, "--on-host") && !ns_own(context->child, context->host, link);
}

/* Without the id nobody knows whether it is the host's. */
static int refuse_unseen(const struct context *context, const struct words *words, enum ns_link link,
			 struct error *err)
{
	const struct reading *child = context->child;

	if (ns_known(child, link) || !child->ns[link].code)
		return 0;
	fail(err, child->ns[link].code, "%s: readlink /proc/%d/ns/%s", words->name.s, child->pid, ns_types[link].name);
	return fail_why(err, "the calls depend on whether it is the host's");
}

int refuse_shared(const struct context *context, const struct words *words, enum ns_link link,
		  const char *doing, struct error *err)
{
	const struct ns_type *type = &ns_types[link];

	if (ns_own(context->child, context->host, link) || words_flag(words, "--on-host") || context->throwaway)
		return 0;
	if (refuse_unseen(context, words, link, err) < 0)
		return -1;
	fail_id(err, ERR_HOST_SHARED, 0, "%s: refused: the child's %s namespace is still the host's",
	     words->name.s, type->name);
	fail_cause(err, CAUSE_NS_SHARED);
	fail_why(err, "%s would change the host itself", doing);
	bool able = context->facts->root || ns_own(context->child, context->host, NS_USER);
	return fail_fix(err, able ? "unshare %s" : "unshare user %s", type->name);
}

int refuse_hosts_file_system(const struct context *context, const char *target, const char *what, struct error *err)
{
	const struct mounts *child = context->child->mounts, *host = context->host->mounts;
	const struct mount *mount = child ? mounts_at(child, target) : NULL;

	if (ns_own(context->child, context->host, NS_USER) || context->throwaway)
		return 0;
	for (size_t i = 0; mount && host && i < host->count; i++)
		if (host->list[i].major == mount->major && host->list[i].minor == mount->minor) {
			fail_id(err, ERR_HOST_SHARED, 0, "%s: refused: the host has this file system mounted at %s", what,
				vis(host->list[i].point));
			fail_cause(err, CAUSE_MOUNT_HOSTS);
			return fail_why(err, "what changes a file system and not one mount of it changes it for all who have it: device %u:%u",
					mount->major, mount->minor);
		}
	return 0;
}

int refuse_unread(const struct context *context, const struct words *words, struct error *err)
{
	const struct reading *child = context->child;

	if (refuse_unseen(context, words, NS_USER, err) < 0)
		return -1;
	if (child->mounts)
		return 0;
	fail(err, child->mounts_code, "%s: read /proc/%d/mountinfo", words->name.s, child->pid);
	return fail_why(err, "the calls depend on what is mounted there already");
}

const char *path_here(const struct context *context, struct plan *plan, const char *path)
{
	return look_absolute(context->child, path, &plan->arena);
}

/* A file of a namespace, "/proc/self/ns/uts": a link that only the kernel can follow, and the call that comes
 * has it do so. self is another process for this shell, which looks for the child's own number. */
static bool is_namespace(const struct context *context, const char *path)
{
	const struct reading *child = context->child;
	cleanup_arena struct arena arena = { 0 };
	const char *slash = strrchr(path, '/'), *own = path;
	struct stat st;

	if (strncmp(path, "/proc/", 6) != 0 || slash - path < 4 || strncmp(slash - 3, "/ns", 3) != 0)
		return false;
	if (strncmp(path, "/proc/self/", 11) == 0)
		own = arena_print(&arena, "/proc/%d/%s", child->levels ? child->inside[child->levels - 1] : child->pid,
				  path + 11);
	return (eyes_stat(context->eyes, child->pid, own, true, &st) == 0 && S_ISLNK(st.st_mode)) ||
	       (eyes_stat(context->eyes, child->pid, path, true, &st) == 0 && S_ISLNK(st.st_mode));
}

static int find_mode(const struct context *context, const char *path, bool nofollow, unsigned *mode,
		     struct error *err)
{
	struct stat st;

	*mode = 0;
	/* Before there is a child the view is the shell's own. */
	if (eyes_stat(context->eyes, context->pid ? context->child->pid : 0, path, nofollow, &st) == 0) {
		*mode = st.st_mode;
		return 1;
	}
	int code = errno;
	if (!nofollow && is_namespace(context, path)) {
		*mode = S_IFREG | 0444;
		return 1;
	}
	if (path_is_absent(code))
		return 0;
	fail(err, code, "stat %s in the child's root", vis(path));
	if (code != ELOOP || !magic_tell(context->eyes, context->child->pid, path, err))
		fail_path(err, code, path);
	if (code == EACCES && !closed_path(context->facts, context->child, context->host, path, err))
		denied_tell(context->eyes, context->child, path, false, false, err);
	return -1;
}

int mode_here(const struct context *context, const char *path, unsigned *mode, struct error *err)
{
	return find_mode(context, path, false, mode, err);
}

int name_here(const struct context *context, const char *path, unsigned *mode, struct error *err)
{
	return find_mode(context, path, true, mode, err);
}

bool absent_here(const struct context *context, const char *path)
{
	struct error untold;
	unsigned mode;

	return mode_here(context, path, &mode, &untold) == 0;
}

/* there is what mode_here() or name_here() said about the word. */
static int refuse_found(const struct words *words, size_t i, int there, struct error *err)
{
	if (there == 0)
		return fail_arg(err, ERR_PATH_ABSENT, words, i, "there is no %s in the child's root",
				vis(words->args[i].s));
	if (there < 0)
		err->column = words->args[i].column;
	return there < 0 ? -1 : 0;
}

int refuse_absent(const struct context *context, const struct words *words, size_t i, const char *path,
		  unsigned *mode, struct error *err)
{
	return refuse_found(words, i, mode_here(context, path, mode, err), err);
}

int refuse_absent_name(const struct context *context, const struct words *words, size_t i, const char *path,
		       unsigned *mode, struct error *err)
{
	return refuse_found(words, i, name_here(context, path, mode, err), err);
}

bool in_userns(const struct context *context)
{
	return !context->facts->initial_userns ||
	       ns_own(context->child, context->host, NS_USER);
}

void plan_mkdirs(const struct context *context, struct plan *plan, const char *path,
		 unsigned flags)
{
	const char *clean = path_clean(&plan->arena, path);

	for (const char *p = clean + 1; p && *p; p++) {
		const char *slash = strchr(p, '/');
		size_t length = slash ? (size_t)(slash - clean) : strlen(clean);
		const char *part = arena_copyn(&plan->arena, clean, length);
		struct error untold;
		unsigned mode;
		int there = mode_here(context, part, &mode, &untold);
		if (there <= 0) {
			struct op *op = plan_add_with(plan, OP_mkdir, flags | (there < 0 ? PLAN_MAY_EXIST : 0));
			op->mkdir.path = part;
			op->mkdir.mode = 0755;
		}
		p = slash;
		if (!slash)
			break;
	}
}
