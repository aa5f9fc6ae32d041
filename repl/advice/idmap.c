/* Why newuidmap(1) and newgidmap(1) refuse a map: found by looking at the programs, at the process
 * that starts them, and at the files that they ask. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/message/printed.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "base/process/subids.h"

/* One of the two programs, and what it was asked. */
struct asked {
	const char *path, *ranges; /* /usr/bin/newuidmap, /etc/subuid */
	const char *map;
	uid_t uid;
	unsigned id;               /* its own, which needs no range */
	const char *said;
};

/* ---- the program has no privilege ---- */

static bool has_capability(const char *path)
{
	return getxattr(path, "security.capability", NULL, 0) > 0;
}

static bool is_not_for_all(const struct asked *at, struct error *err)
{
	struct stat st;

	if (access(at->path, X_OK) == 0 || errno != EACCES || stat(at->path, &st) < 0)
		return false;
	fail_cause(err, CAUSE_IDMAP_EXECUTE);
	fail_why(err, "uid %u may not execute %s (mode %04o, of %u:%u)", at->uid, at->path, st.st_mode & 07777,
		 st.st_uid, st.st_gid);
	fail_fix(err, "!sudo chmod 4755 %s; or root adds you to its group", at->path);
	return true;
}

static bool no_new_privs(const struct asked *at, struct error *err)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return false;
	fail_cause(err, CAUSE_IDMAP_NO_NEW_PRIVS);
	fail_why(err, "no_new_privs is set for this shell, so %s gains no privilege by its setuid bit or "
		 "file capabilities", at->path);
	fail_fix(err, "start Stave where it is not set (not below setpriv --no-new-privs, bwrap or "
		 "systemd's NoNewPrivileges=): PR_SET_NO_NEW_PRIVS(2const)");
	return true;
}

static bool is_nosuid(const struct asked *at, struct error *err)
{
	struct statvfs fs;

	if (statvfs(at->path, &fs) < 0 || !(fs.f_flag & ST_NOSUID))
		return false;
	fail_cause(err, CAUSE_IDMAP_NOSUID);
	fail_why(err, "%s lies on a mount that is nosuid, so it gains no privilege by its setuid bit or file "
		 "capabilities", at->path);
	fail_fix(err, "!findmnt -T %s shows the mount; root remounts it with suid", at->path);
	return true;
}

static bool is_unprivileged(const struct asked *at, struct error *err)
{
	struct stat st;

	if (stat(at->path, &st) < 0 || has_capability(at->path) || ((st.st_mode & S_ISUID) && st.st_uid == 0))
		return false;
	fail_cause(err, CAUSE_IDMAP_UNPRIVILEGED);
	if (st.st_uid == 0)
		fail_why(err, "%s has neither the setuid bit nor file capabilities (mode %04o)", at->path,
			 st.st_mode & 07777);
	else
		fail_why(err, "%s belongs to uid %u, not to root, and has no file capabilities", at->path,
			 st.st_uid);
	if (st.st_uid == 0)
		fail_fix(err, "!sudo chmod u+s %s", at->path);
	else
		fail_fix(err, "!sudo apt install --reinstall uidmap");
	return true;
}

/* ---- the caller or the range is unknown to it ---- */

static bool is_unnamed(const struct asked *at, const char *passwd, struct error *err)
{
	if (subids_named(passwd, at->uid))
		return false;
	fail_as(err, ERR_IDMAP_NAME);
	fail_cause(err, CAUSE_IDMAP_UNNAMED);
	fail_why(err, "uid %u has no line in /etc/passwd, and the program wants a name: %s", at->uid,
		 at->said);
	fail_fix(err, "unshare user maps your own id alone, and asks no program; or root gives uid %u a name: "
		 "useradd --uid %u NAME", at->uid, at->uid);
	return true;
}

static bool is_not_given(const struct asked *at, const char *passwd, struct error *err)
{
	cleanup_text struct text ranges = { 0 };
	unsigned long inside, first, count;

	if (read_file(AT_FDCWD, at->ranges, SUBIDS_MOST, &ranges) < 0) {
		fail_cause(err, CAUSE_IDMAP_UNREADABLE);
		fail_why(err, "%s cannot be read: %s", at->ranges, errno_name(errno));
		return true;
	}
	for (const char *line = at->map; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lu %lu %lu", &inside, &first, &count) != 3)
			break;
		if ((count == 1 && first == at->id) ||
		    subids_have(text_of(&ranges), passwd, at->uid, first, count))
			continue;
		fail_as(err, ERR_IDMAP_RANGE);
		fail_cause(err, CAUSE_IDMAP_NOT_GIVEN);
		fail_why(err, "no line of %s gives uid %u all of the ids %lu to %lu", at->ranges, at->uid, first,
			 first + count - 1);
		fail_fix(err, "choose a map within your ranges; --map auto takes the first of them");
		return true;
	}
	return false;
}

static bool look(const struct asked *at, struct error *err)
{
	static bool (*const looks[])(const struct asked *, struct error *) = {
		is_not_for_all, no_new_privs, is_nosuid, is_unprivileged,
	};
	cleanup_text struct text passwd = { 0 };

	for (size_t i = 0; i < COUNT(looks); i++)
		if (looks[i](at, err)) {
			fail_as(err, ERR_IDMAP_TOOL);
			return true;
		}
	if (read_file(AT_FDCWD, "/etc/passwd", SUBIDS_MOST, &passwd) < 0)
		return false;
	return is_unnamed(at, text_of(&passwd), err) || is_not_given(at, text_of(&passwd), err);
}

struct range {
	unsigned long in, out, count;
};

static bool overlap(unsigned long a, unsigned long b, unsigned long many, unsigned long more)
{
	return a < b + more && b < a + many;
}

/* user_namespaces(7): no id may stand in two lines, neither inside nor outside. */
static bool map_overlaps(const char *map, const char *file, struct error *err)
{
	struct range all[16];
	size_t count = 0;

	for (const char *line = map; line && *line && count < COUNT(all); line += strcspn(line, "\n"), line += *line == '\n') {
		struct range *one = &all[count];
		if (sscanf(line, "%lu %lu %lu", &one->in, &one->out, &one->count) != 3)
			return false;
		for (size_t i = 0; i < count; i++) {
			bool inside = overlap(all[i].in, one->in, all[i].count, one->count);
			if (!inside && !overlap(all[i].out, one->out, all[i].count, one->count))
				continue;
			fail_cause(err, CAUSE_IDMAP_OVERLAP);
			fail_why(err, inside ? "in the %s the lines %lu:%lu:%lu and %lu:%lu:%lu have the same ids inside" :
				 "in the %s the lines %lu:%lu:%lu and %lu:%lu:%lu have the same ids outside", file, all[i].in, all[i].out,
				 all[i].count, one->in, one->out, one->count);
			fail_fix(err, "lines that have no id in common: --map 0:0:1000 --map 1000:1000:1000");
			return true;
		}
		count++;
	}
	return false;
}

/* The highest 32-bit number means "no id", so that none may stand for it, on either side. */
static bool map_exceeds(const char *map, const char *file, struct error *err)
{
	const unsigned long none = 0xffffffff;
	struct range one;

	for (const char *line = map; line && *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (sscanf(line, "%lu %lu %lu", &one.in, &one.out, &one.count) != 3)
			return false;
		bool inside = one.in >= none || one.count > none - one.in;
		if (!inside && one.out < none && one.count <= none - one.out)
			continue;
		fail_cause(err, CAUSE_IDMAP_INVALID);
		fail_why(err, inside ? "in the %s the ids inside of the line %lu:%lu:%lu reach beyond %lu, the highest there is" :
			 "in the %s the ids outside of the line %lu:%lu:%lu reach beyond %lu, the highest there is", file, one.in, one.out, one.count, none - 1);
		fail_fix(err, "lower ids, or fewer: --map 0:0:65536");
		return true;
	}
	return false;
}

bool advise_map(const struct failure *at, struct error *err)
{
	const char *uids = at->op->idmap.uid_map, *gids = at->op->idmap.gid_map;

	return at->op->kind == OP_idmap && at->outcome->code == EINVAL &&
	       (map_exceeds(uids, "uid_map", err) || map_exceeds(gids, "gid_map", err) ||
		map_overlaps(uids, "uid_map", err) || map_overlaps(gids, "gid_map", err));
}

bool advise_idmap(const struct failure *failure, struct error *err)
{
	const struct op *op = failure->op;
	const struct op_outcome *outcome = failure->outcome;
	const struct facts *facts = failure->facts;
	struct asked uids = { "/usr/bin/newuidmap", "/etc/subuid", op->idmap.uid_map, facts->uid,
			      facts->uid, outcome->detail };
	struct asked gids = { "/usr/bin/newgidmap", "/etc/subgid", op->idmap.gid_map, facts->uid,
			      facts->gid, outcome->detail };

	if (op->kind != OP_idmap || !op->idmap.by_newuidmap || outcome->code != EPERM)
		return false;
	if (!look(strncmp(outcome->detail, "newgidmap", 9) == 0 ? &gids : &uids, err)) {
		cleanup_text struct text detail = { 0 };
		message_printed(outcome->detail, &detail);
		fail_why(err, "%s", text_of(&detail));
	}
	return true;
}
