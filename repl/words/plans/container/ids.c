/* Parts of plans: ids that are nobody's on the host, for a container whose root is to be nobody
 * there: subuid(5), user_namespaces(7). */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/file/claim.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "base/process/subids.h"
#include "snapshot/taken.h"
#include "words/plans/container/container.h"

/* Ids from here on are given to nobody by systemd's table of who uses which, up to 2147352576. */
enum { FIRST_FREE = 0x70000000, FREE_RANGES = 4094 };

/* ---- who has which ids ---- */

/* Users and groups apart, for root may have other ranges of the ones than of the others. */
struct owners {
	struct taken uids, gids;
};

static void owners_done(struct owners *owners)
{
	taken_done(&owners->uids);
	taken_done(&owners->gids);
}

static int read_there(const struct eyes *eyes, const char *path, struct text *ret, struct error *err)
{
	if (eyes_read(eyes, path, SUBIDS_MOST, ret) == 0 || errno == ENOENT)
		return 0;
	return fail(err, errno, "container: --userns: read %s", path);
}

/* The namespaces of other containers. A process that ends meanwhile has none: EINVAL is of one that ended between its folder and
 * the file, proc_id_map_open() of the kernel's fs/proc/base.c. */
static int read_maps(const struct eyes *eyes, const char *file, struct taken *ret, struct error *err)
{
	cleanup_text struct text names = { 0 };
	char path[300];

	if (eyes_list(eyes, 0, "/proc", &names) < 0)
		return fail(err, errno, "container: --userns: read /proc");
	for (const char *name = NULL; (name = names_next(&names, name));) {
		cleanup_text struct text map = { 0 };
		if (!isdigit((unsigned char)name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/%s", name, file);
		if (eyes_read(eyes, path, SUBIDS_MOST, &map) == 0)
			taken_add_map(ret, &map);
		else if (errno != ENOENT && errno != ESRCH && errno != EINVAL)
			return fail(err, errno, "container: --userns: read %s", path);
	}
	return 0;
}

static int read_owners(const struct eyes *eyes, uid_t uid, struct owners *ret, struct error *err)
{
	cleanup_text struct text subuid = { 0 }, subgid = { 0 }, passwd = { 0 }, group = { 0 };

	if (read_there(eyes, "/etc/subuid", &subuid, err) < 0 || read_there(eyes, "/etc/subgid", &subgid, err) < 0 ||
	    read_there(eyes, "/etc/passwd", &passwd, err) < 0 || read_there(eyes, "/etc/group", &group, err) < 0)
		return -1;
	taken_add_subids(&ret->uids, &subuid, text_of(&passwd), uid);
	taken_add_subids(&ret->gids, &subgid, text_of(&passwd), uid);
	taken_add_passwd(&ret->uids, &passwd);
	taken_add_passwd(&ret->gids, &passwd);
	taken_add_group(&ret->gids, &group);
	return read_maps(eyes, "uid_map", &ret->uids, err) < 0 || read_maps(eyes, "gid_map", &ret->gids, err) < 0 ? -1 : 0;
}

/* ---- a range ---- */

/* A range that nobody has, and no other session either: claimed, its first id in *ret. 1, 0 where
 * somebody has it, -1 with err. */
static int take(const struct context *context, const struct taken *taken, unsigned long first,
		unsigned long *ret, struct error *err)
{
	if (!taken_none(taken, first, MAPPED_IDS))
		return 0;
	int got = claims_take(context->claims, first, MAPPED_IDS, err);
	if (got > 0)
		*ret = first;
	return got < 0 ? fail_wrap(err, "container: --userns") : got;
}

/* Of "FIRST COUNT", root's own. */
static int take_within(const struct context *context, const struct taken *taken, const char *range,
		       unsigned long *ret, struct error *err)
{
	unsigned long first, count;
	int got = 0;

	if (sscanf(range, "%lu %lu", &first, &count) != 2)
		return 0;
	for (unsigned long at = first; got == 0 && count >= MAPPED_IDS; at += MAPPED_IDS, count -= MAPPED_IDS)
		got = take(context, taken, at, ret, err);
	return got;
}

/* The same for users and groups: then one claim is enough. */
static int take_free(const struct context *context, const struct owners *owners, unsigned long *ret,
		     struct error *err)
{
	int got = 0;

	for (unsigned long i = 0; got == 0 && i < FREE_RANGES; i++) {
		unsigned long first = FIRST_FREE + i * MAPPED_IDS;
		if (taken_none(&owners->gids, first, MAPPED_IDS))
			got = take(context, &owners->uids, first, ret, err);
	}
	return got;
}

static int take_ids(const struct context *context, const struct owners *owners, unsigned long *uid,
		    unsigned long *gid, struct error *err)
{
	int got = take_within(context, &owners->uids, context->facts->subuid, uid, err);

	if (got > 0)
		got = take_within(context, &owners->gids, context->facts->subgid, gid, err);
	if (got != 0)
		return got;
	got = take_free(context, owners, uid, err);
	*gid = *uid;
	return got;
}

int find_nobodys_ids(const struct context *context, struct nobodys *ret, struct error *err)
{
	struct owners owners = { 0 };
	int got = read_owners(context->eyes, context->facts->uid, &owners, err);

	if (got == 0)
		got = take_ids(context, &owners, &ret->uid, &ret->gid, err);
	owners_done(&owners);
	if (got != 0)
		return got < 0 ? -1 : 0;
	fail_id(err, ERR_IDMAP_RANGE, 0, "container: --userns: every range of %d ids is in use", MAPPED_IDS);
	return fail_fix(err, "!usermod --add-subuids 100000-165535 --add-subgids 100000-165535 root");
}
