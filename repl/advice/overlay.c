/* Why layers cannot be united: the kernel document Documentation/filesystems/overlayfs.rst. Of most of it the
 * kernel says EINVAL alone, so each rule is looked at here. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "advice/seen/named.h"
#include "advice/seen/where.h"
#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* Overlay came to user namespaces with Linux 5.11. */
static bool is_old(const struct named *named, struct error *err)
{
	const struct facts *facts = named->at->facts;

	if (facts_kernel(facts, 5, 11) || named->at->outcome->code != EPERM || !has_own(named->at, NS_USER))
		return false;
	fail_cause(err, CAUSE_OVERLAY_OLD);
	fail_why(err, "overlay can be mounted in a user namespace since Linux 5.11; this is %s",
		 vis(facts->kernel));
	if (facts->root)
		fail_fix(err, "undo takes back unshare user; or use bindmount for a root without layers");
	else
		fail_fix(err, "run Stave as root, or use bindmount for a root without layers");
	return true;
}

/* ---- which folders are named ---- */

/* ENOMEM before Linux 6.5, where nothing is short of memory. */
static bool are_too_many(const struct named *named, struct error *err)
{
	if ((named->at->outcome->code != EINVAL && named->at->outcome->code != ENOMEM) || named->count <= OVERLAY_MOST)
		return false;
	fail_cause(err, CAUSE_OVERLAY_MANY);
	fail_why(err, "overlay takes %d layers, and these are %zu", OVERLAY_MOST, named->count);
	fail_fix(err, "a union of fewer layers, and a union on that");
	return true;
}

static bool lacks_one(const struct named *named, struct error *err)
{
	if (named->at->outcome->code != EINVAL)
		return false;
	if (!named->count) {
		fail_cause(err, CAUSE_OVERLAY_NO_LOWER);
		fail_why(err, "the options name no lowerdir: %s", vis(named->data));
		fail_fix(err, "-o lowerdir=DIR, or union DIR %s", vis(named->target));
	} else if (named->upper && !named->work) {
		fail_cause(err, CAUSE_OVERLAY_NO_WORK);
		fail_why(err, "the writable layer %s needs a work folder, an empty one on the same mount", vis(named->upper));
		fail_fix(err, "-o ...,workdir=DIR, or union %s %s --upper %s, which makes one", vis(named->lowers[0]),
			 vis(named->target), vis(named->upper));
	} else if (!named->upper && named->count == 1) {
		fail_cause(err, CAUSE_OVERLAY_ONE_LOWER);
		fail_why(err, "%s is the only layer: without a writable one overlay wants two", vis(named->lowers[0]));
		fail_fix(err, "bindmount %s %s --ro shows a single folder", vis(named->lowers[0]), vis(named->target));
	} else {
		return false;
	}
	return true;
}

/* A colon ends the name of a layer, a comma an option: a name that has one is read as two. */
static bool is_cut(const struct named *named, struct error *err)
{
	const char *whole = named_cut_name(named, ':');
	bool colon = whole != NULL;

	whole = whole ? whole : named_cut_name(named, ',');
	if (!whole)
		return false;
	fail_cause(err, colon ? CAUSE_OVERLAY_COLON : CAUSE_OVERLAY_COMMA);
	if (colon)
		fail_why(err, "the name %s has a colon, which separates layers: the kernel looked for two folders", vis(whole));
	else
		fail_why(err, "the name %s has a comma, which separates options: the kernel read two", vis(whole));
	fail_fix(err, "union '%s' %s passes such a name safely", vis(whole), vis(named->target));
	return true;
}

/* In the child: what it has mounted the host does not see. Returns true. */
static bool make_folder(const struct named *named, const char *path, struct error *err)
{
	cleanup_text struct text line = { 0 };

	text_addf(&line, "mkdir -p %s", path);
	return where_run(named->at, text_of(&line), err);
}

/* A work folder beside the writable layer. What lies beside the root of a mount is on another. */
static bool make_work(const struct named *named, struct error *err)
{
	const struct mounts *mounts = named->at->child->mounts;
	cleanup_text struct text path = { 0 }, more = { 0 };
	bool is_root = mounts && mounts_at(mounts, named->upper);

	if (is_root)
		text_addf(&path, "%s/upper %s/work", named->upper, named->upper);
	else
		text_addf(&path, "%s.work", named->upper);
	make_folder(named, text_of(&path), err);
	text_add(&more, err->fix);
	if (is_root)
		text_sayf(&more, N_(", and upperdir=%s/upper,workdir=%s/work"), vis(named->upper), vis(named->upper));
	else
		text_sayf(&more, N_(", and workdir=%s"), vis(text_of(&path)));
	snprintf(err->fix, sizeof(err->fix), "%s", text_of(&more));
	return true;
}

static bool is_missing(const struct named *named, struct error *err)
{
	const char *role = NULL, *path = named_missing(named, &role);

	if (!path)
		return false;
	fail_cause(err, CAUSE_OVERLAY_MISSING);
	fail_why(err, "%s: there is no folder %s in the child's root", role, vis(path));
	return make_folder(named, path, err);
}

static bool is_no_folder(const struct named *named, struct error *err)
{
	const char *role = NULL, *path = named_other(named, &role);

	if (!path)
		return false;
	fail_cause(err, CAUSE_OVERLAY_NO_FOLDER);
	fail_why(err, "%s: %s is not a folder, and a layer has to be one", role, vis(path));
	fail_fix(err, "tree shows the folders");
	return true;
}

/* ---- where they lie ---- */

static bool is_nested(const struct named *named, struct error *err)
{
	if (!named->upper || !named->work || named->at->outcome->code != EINVAL)
		return false;
	bool inside = path_inside(named->upper, named->work), around = path_inside(named->work, named->upper);
	if (!inside && !around)
		return false;
	fail_cause(err, CAUSE_OVERLAY_NESTED);
	fail_why(err, "the work folder %s and the writable layer %s lie in each other, and have to be beside each other",
		 vis(named->work), vis(named->upper));
	return make_work(named, err);
}

static bool is_elsewhere(const struct named *named, struct error *err)
{
	const struct mounts *mounts = named->at->child->mounts;

	if (!named->upper || !named->work || named->at->outcome->code != EINVAL)
		return false;
	const struct mount *upper = mounts_find(mounts, named->upper), *work = mounts_find(mounts, named->work);
	if (!upper || !work || upper->id == work->id)
		return false;
	fail_cause(err, CAUSE_OVERLAY_WORK_ELSEWHERE);
	fail_why(err, "the writable layer %s is on mount %d (%s), the work folder %s on mount %d (%s): the kernel moves files from "
		 "one to the other, which needs one mount", vis(named->upper), upper->id, vis(upper->point),
		 vis(named->work), work->id, vis(work->point));
	return make_work(named, err);
}

static bool is_on_overlay(const struct named *named, struct error *err)
{
	const struct mount *on = named->upper ? mounts_find(named->at->child->mounts, named->upper) : NULL;

	if (!on || strcmp(on->type, "overlay") != 0 || named->at->outcome->code != EINVAL)
		return false;
	fail_cause(err, CAUSE_OVERLAY_UPPER_OVERLAY);
	fail_why(err, "the writable layer %s is on mount %d, an overlay, which cannot hold one", vis(named->upper), on->id);
	fail_fix(err, "leave out --upper: the writable layer is then made in memory");
	return true;
}

/* What has no attributes, or tells no types of entries, or takes no files at all. */
static bool is_on_unable(const struct named *named, struct error *err)
{
	static const char *const unable[] = { "proc", "sysfs", "cgroup", "cgroup2", "nfs", "nfs4", "vfat", "devpts",
					      "debugfs", "tracefs", "securityfs", "fuse.sshfs", "9p", NULL };
	const struct mount *on = named->upper ? mounts_find(named->at->child->mounts, named->upper) : NULL;

	for (size_t i = 0; on && unable[i]; i++) {
		if (strcmp(on->type, unable[i]) != 0)
			continue;
		fail_cause(err, CAUSE_OVERLAY_UPPER_UNABLE);
		fail_why(err, "the writable layer %s is on mount %d, of type %s, which cannot keep what overlay writes", vis(named->upper),
			 on->id, on->type);
		fail_fix(err, "a folder on a disk or tmpfs can: mount tmpfs DIR");
		return true;
	}
	return false;
}

static bool is_on_read_only(const struct named *named, struct error *err)
{
	const struct mount *on = named->upper ? mounts_find(named->at->child->mounts, named->upper) : NULL;

	if (!on || !mount_is_read_only(on))
		return false;
	fail_cause(err, CAUSE_OVERLAY_UPPER_RO);
	fail_why(err, "the writable layer %s is on mount %d (%s), which is read-only", vis(named->upper), on->id, vis(on->point));
	fail_fix(err, "a folder elsewhere; union makes one in memory where --upper is left out");
	return true;
}

/* ---- twice the same ---- */

static bool overlaps(const struct named *named, struct error *err)
{
	struct overlap overlap;

	if ((named->at->outcome->code != ELOOP && named->at->outcome->code != EINVAL) || !named_overlap(named, &overlap))
		return false;
	if (overlap.same) {
		fail_cause(err, overlap.writable ? CAUSE_OVERLAY_LOWER_UPPER : CAUSE_OVERLAY_TWICE);
		fail_why(err, "%s %s and %s %s are one folder (inode %llu)", overlap.role[0], vis(overlap.path[0]),
			 overlap.role[1], vis(overlap.path[1]), overlap.inode);
	} else {
		fail_cause(err, CAUSE_OVERLAY_INSIDE);
		fail_why(err, "%s %s lies in %s %s", overlap.role[1], vis(overlap.path[1]), overlap.role[0], vis(overlap.path[0]));
	}
	fail_fix(err, "name each folder once, and none inside another");
	return true;
}

static bool is_denied(const struct named *named, struct error *err)
{
	return named->at->outcome->code == EACCES && named_denied(named, err);
}

bool advise_overlay(const struct failure *at, struct error *err)
{
	static bool (*const list[])(const struct named *, struct error *) = {
		is_old, is_cut, are_too_many, lacks_one, is_missing, is_no_folder, is_on_overlay, is_elsewhere, is_nested, is_on_unable,
		overlaps, is_on_read_only, is_denied,
	};
	struct named named;
	bool found = false;

	if (!named_read(at, &named))
		return false;
	for (size_t i = 0; !found && i < COUNT(list); i++)
		found = list[i](&named, err);
	named_done(&named);
	return found;
}
