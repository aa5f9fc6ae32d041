/* Parts of plans: the maps of a new user namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "base/process/subids.h"
#include "words/plans/plans.h"

void plan_idmap(const struct context *context, struct plan *plan, const char *uid_map,
		const char *gid_map, bool by_newuidmap)
{
	const struct facts *facts = context->facts;
	struct op *op = plan_add(plan, OP_idmap);
	enum { CAP_SETGID = 6 };

	op->idmap.uid_map = uid_map ? uid_map : arena_print(&plan->arena, "0 %u 1", facts->uid);
	op->idmap.gid_map = gid_map ? gid_map : arena_print(&plan->arena, "0 %u 1", facts->gid);
	op->idmap.by_newuidmap = by_newuidmap;
	/* Without privilege gid_map may be written only once setgroups(2) is denied for good: else
	 * a group that is there to forbid something could be dropped. */
	if (!by_newuidmap && !facts_cap(facts, CAP_SETGID))
		op->idmap.setgroups = "deny";
}

/* "IN:OUT:COUNT" as a line of a map. */
static bool parse_map(const char *s, struct text *ret)
{
	uint64_t part[3];
	char word[3][24];
	int n = 0;

	for (const char *p = s; n < 3; p++) {
		size_t length = strcspn(p, ":");
		if (length == 0 || length >= sizeof(word[0]))
			return false;
		memcpy(word[n], p, length);
		word[n][length] = '\0';
		if (!parse_number(word[n], &part[n]) || part[n] > UINT32_MAX)
			return false;
		n++;
		p += length;
		if (!*p)
			break;
	}
	if (n != 3 || part[2] == 0 || strspn(s, "0123456789:") != strlen(s))
		return false;
	text_addf(ret, "%s%llu %llu %llu", ret->len ? "\n" : "", (unsigned long long)part[0],
		  (unsigned long long)part[1], (unsigned long long)part[2]);
	return true;
}

/* Which of the files has none, and whether for want of a name. */
static int fail_no_range(const struct context *context, const char *word, struct error *err)
{
	const struct facts *facts = context->facts;
	const char *file = facts->subuid[0] ? "/etc/subgid" : "/etc/subuid";
	cleanup_text struct text ranges = { 0 }, passwd = { 0 };

	fail_id(err, ERR_IDMAP_RANGE, 0, "%s: %s has no range for uid %u", word, file, facts->uid);
	fail_why(err, "newuidmap(1) writes a map of more than your own id, and it allows only the ranges in these files");
	if (eyes_read(context->eyes, file, SUBIDS_MOST, &ranges) < 0 && errno != ENOENT) {
		fail_id(err, ERR_IDMAP_RANGE, errno, "%s: read %s", word, file);
		return -1;
	}
	if (eyes_read(context->eyes, "/etc/passwd", SUBIDS_MOST, &passwd) == 0 && !subids_named(text_of(&passwd), facts->uid)) {
		fail_as(err, ERR_IDMAP_NAME);
		fail_why(err, "uid %u has no line in /etc/passwd, so no range can be given to its name", facts->uid);
		return fail_fix(err, "root gives uid %u a name (useradd --uid %u NAME), then a range (usermod "
				"--add-subuids, --add-subgids)", facts->uid, facts->uid);
	}
	return fail_fix(err, "!sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER");
}

int plan_map_auto(const struct context *context, struct plan *plan, const char *word, struct error *err)
{
	const struct facts *facts = context->facts;

	if (!facts->subuid[0] || !facts->subgid[0])
		return fail_no_range(context, word, err);
	plan_idmap(context, plan,
		   arena_print(&plan->arena, "0 %u 1\n1 %s", facts->uid, facts->subuid),
		   arena_print(&plan->arena, "0 %u 1\n1 %s", facts->gid, facts->subgid), !facts->root);
	return 0;
}

/* Whether a map is the one line that its owner may write without help. */
static bool is_own_id(const struct context *context, const char *map)
{
	struct arena arena = { 0 };
	const char *tail = arena_print(&arena, " %u 1", context->facts->uid);
	size_t length = strlen(map), end = strlen(tail);
	bool own = !strchr(map, '\n') && length > end && strcmp(map + length - end, tail) == 0;

	arena_done(&arena);
	return own;
}

/* ---- a user namespace within one of the child's own ---- */

/* The line of a map that has all of COUNT ids from first on on its side (1: outside, 0: inside). */
static bool find_line(const char *map, int side, unsigned long first, unsigned long count,
		      unsigned long ret[3])
{
	for (const char *line = map; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lu %lu %lu", &ret[0], &ret[1], &ret[2]) == 3 &&
		    first >= ret[side] && count <= ret[2] && first - ret[side] <= ret[2] - count)
			return true;
	}
	return false;
}

/* The kernel's answer would be EPERM. */
static int check_mapped(const char *lines, const char *map, const char *what, struct error *err)
{
	unsigned long inside, first, count, line[3];

	for (; lines && sscanf(lines, "%lu %lu %lu", &inside, &first, &count) == 3;
	     lines = strchr(lines, '\n') ? strchr(lines, '\n') + 1 : NULL) {
		if (find_line(map, 0, first, count, line))
			continue;
		fail_id(err, ERR_IDMAP_RANGE, 0, "unshare: no line of the child's %s map has all of %lu:%lu inside", what,
		     first, count);
		fail_why(err, "the ids outside the new user namespace are those inside the one around it");
		return fail_fix(err, "idmap shows its map");
	}
	return 0;
}

/* "0 ID 1", where ID is what the child is by the map of its user namespace. */
static const char *own_line(struct plan *plan, const char *map, uint32_t id)
{
	unsigned long line[3];

	if (!find_line(map, 1, id, 1, line))
		return NULL;
	return arena_print(&plan->arena, "0 %lu 1", line[0] + (id - line[1]));
}

/* The writer of the maps is root there: no setuid program is needed, nor setgroups(2) denied. */
static int plan_inner_maps(const struct context *context, struct plan *plan, const char *lines,
			   struct error *err)
{
	const struct reading *child = context->child;
	const char *uid_map = lines, *gid_map = lines;

	if (check_mapped(lines, child->uid_map, "uid", err) < 0 ||
	    check_mapped(lines, child->gid_map, "gid", err) < 0)
		return -1;
	if (!lines) {
		uid_map = own_line(plan, child->uid_map, child->uid[1]);
		gid_map = own_line(plan, child->gid_map, child->gid[1]);
	}
	if (!uid_map || !gid_map) {
		fail_id(err, ERR_IDMAP_RANGE, 0, "unshare: the child's own ids have no number in its user namespace");
		fail_why(err, "a process without an id in its user namespace cannot make another one in it: user_namespaces(7)");
		return fail_fix(err, "idmap shows the map; undo, and unshare user with a --map that has them");
	}
	struct op *op = plan_add(plan, OP_idmap);
	op->idmap.uid_map = uid_map;
	op->idmap.gid_map = gid_map;
	return 0;
}

/* ---- the word's own ---- */

int plan_maps(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err)
{
	cleanup_text struct text map = { 0 };
	bool inner = ns_own(context->child, context->host, NS_USER);
	const char *given = words_flag(words, "--map");

	if (given && strcmp(given, "auto") == 0 && inner) {
		fail_id(err, ERR_IDMAP_RANGE, 0, "unshare: /etc/subuid has ids of the host's, and the child is in a user "
		     "namespace already");
		return fail_fix(err, "--map IN:OUT:COUNT with ids of that namespace, which idmap shows");
	}
	if (given && strcmp(given, "auto") == 0)
		return plan_map_auto(context, plan, "unshare", err);
	for (size_t i = 0; (given = words_flag_nth(words, "--map", i)); i++)
		if (!parse_map(given, &map)) {
			fail_id(err, ERR_IDMAP_FORM, 0, "unshare: --map takes IN:OUT:COUNT or auto, not %s", vis(given));
			return fail_fix(err, "unshare user --map 0:%u:1", context->facts->uid);
		}
	const char *lines = map.s ? arena_copy(&plan->arena, map.s) : NULL;
	if (inner)
		return plan_inner_maps(context, plan, lines, err);
	plan_idmap(context, plan, lines, lines,
		   lines && !context->facts->root && !is_own_id(context, lines));
	return 0;
}
