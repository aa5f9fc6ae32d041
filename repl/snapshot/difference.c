/* What differs between two readings of one child in one life. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "snapshot/pairs.h"
#include "snapshot/snapshot.h"

/* A link that could not be read is none that has changed. */
static bool link_differs(const char *a, const char *b)
{
	return a && b && a[0] && b[0] && strcmp(a, b) != 0;
}

static bool text_differs(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") != 0;
}

static bool cgroups_differ(const struct reading *a, const struct reading *b)
{
	if (a->cgroups_code || b->cgroups_code)
		return false;
	if (a->cgroup_count != b->cgroup_count)
		return true;
	for (size_t i = 0; i < a->cgroup_count; i++)
		if (strcmp(a->cgroups[i].controllers, b->cgroups[i].controllers) != 0 ||
		    strcmp(a->cgroups[i].path, b->cgroups[i].path) != 0)
			return true;
	return false;
}

static bool mount_changed(const struct mount *a, const struct mount *b)
{
	return strcmp(a->point, b->point) != 0 || strcmp(a->options, b->options) != 0 ||
	       strcmp(a->propagation, b->propagation) != 0 || strcmp(a->super, b->super) != 0;
}

static void add_change(struct difference *ret, enum change change, const struct mount *before,
		       const struct mount *after)
{
	ret->mounts[ret->mount_count++] = (struct mount_change){ change, before, after };
}

static struct mount_change *new_changes(size_t count)
{
	struct mount_change *changes = calloc(count + 1, sizeof(*changes));

	if (!changes)
		out_of_memory();
	return changes;
}

/* gone: what it means that a mount is not listed any more. */
static void find_mounts(const struct mounts *before, const struct mounts *after, bool same_ns,
			enum change gone, struct difference *ret)
{
	struct pairs pairs;

	/* Grown out of it: what it had is as it was. */
	if (before->list == after->list && before->count <= after->count) {
		ret->mounts = new_changes(after->count - before->count);
		for (size_t i = before->count; i < after->count; i++)
			add_change(ret, CHANGE_ADDED, NULL, &after->list[i]);
		return;
	}
	/* A new mount namespace holds copies of all mounts under new ids. */
	pairs_find(before, after, same_ns ? mount_by_id : mount_by_meaning, &pairs);
	ret->mounts = new_changes(before->count + after->count);
	for (size_t i = 0; i < before->count; i++)
		if (!pairs.of_before[i])
			add_change(ret, gone, &before->list[i], NULL);
	for (size_t i = 0; i < after->count; i++) {
		const struct mount *was = pairs.of_after[i];
		if (!was)
			add_change(ret, CHANGE_ADDED, NULL, &after->list[i]);
		else if (mount_changed(was, &after->list[i]))
			add_change(ret, CHANGE_CHANGED, was, &after->list[i]);
	}
	pairs_done(&pairs);
	LIST_FIT(ret->mounts, ret->mount_count + 1);
}

bool reading_has_chroot(const struct reading *reading)
{
	return reading->root && reading->root[0] && strcmp(reading->root, "/") != 0;
}

/* Ids of mounts are given once in all namespaces together. */
static bool has_id_of(const struct mounts *mounts, const struct mount *mount)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == mount->id)
			return true;
	return false;
}

/* Where an id was not read, the mount that is first in one table and in the other too tells. */
static bool same_namespace(const struct reading *before, const struct reading *after)
{
	if (ns_known(before, NS_MNT) && ns_known(after, NS_MNT))
		return before->ns[NS_MNT].id == after->ns[NS_MNT].id;
	return before->mounts && after->mounts && after->mounts->count &&
	       has_id_of(before->mounts, &after->mounts->list[0]);
}

void difference_find(const struct reading *before, const struct reading *after,
		     struct difference *ret)
{
	bool same_ns = same_namespace(before, after);

	*ret = (struct difference){
		.pid = before->pid != after->pid,
		.root = link_differs(before->root, after->root),
		.cwd = link_differs(before->cwd, after->cwd),
		.hostname = strcmp(before->hostname, after->hostname) != 0,
		.cgroup = cgroups_differ(before, after),
		.uid_map = text_differs(before->uid_map, after->uid_map),
		.gid_map = text_differs(before->gid_map, after->gid_map),
		.caps = before->cap_inheritable != after->cap_inheritable ||
			before->cap_permitted != after->cap_permitted ||
			before->cap_effective != after->cap_effective ||
			before->cap_bounding != after->cap_bounding ||
			before->cap_ambient != after->cap_ambient,
		.no_new_privs = before->no_new_privs != after->no_new_privs,
		.seccomp = before->seccomp != after->seccomp,
	};
	for (enum ns_link link = 0; link < NS_LINKS; link++)
		ret->ns[link] = ns_known(before, link) && ns_known(after, link) &&
				before->ns[link].id != after->ns[link].id;
	/* A table that could not be read says nothing about what came and went. */
	if (before->mounts != after->mounts && before->mounts && after->mounts)
		find_mounts(before->mounts, after->mounts, same_ns,
			    ret->root && reading_has_chroot(after) ? CHANGE_HIDDEN : CHANGE_REMOVED, ret);
}

void difference_done(struct difference *difference)
{
	free(difference->mounts);
	*difference = (struct difference){ 0 };
}
