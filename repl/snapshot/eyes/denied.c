#include "snapshot/eyes/denied.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

enum { STATUS_MOST = 1 << 20 /* 65536 groups fit */ };

/* ---- FUSE ---- */

/* The number of "user_id=1000" in options. -1: there is none. */
static long number_of(const char *options, const char *name)
{
	const char *found = strstr(options, name);

	return found ? strtol(found + strlen(name), NULL, 10) : -1;
}

/* It lets in a process whose ids are those of who mounted it, and with allow_other all of its user namespace. */
bool denied_by_fuse(const struct mount *mount, const struct reading *who, struct text *why)
{
	if (!mount || strncmp(mount->type, "fuse", 4) != 0 || strstr(mount->super, "allow_other"))
		return false;
	long user = number_of(mount->super, "user_id="), group = number_of(mount->super, "group_id=");
	if (user < 0 || (who->uid[0] == user && who->uid[1] == user && who->gid[0] == group && who->gid[1] == group))
		return false;
	text_sayf(why, "mount %d (%s) is a FUSE file system (%s) of user %ld: without allow_other it lets nobody else in, not even root, and this is user %u",
		  mount->id, vis(mount->point), vis(mount->type), user, who->uid[1]);
	return true;
}

/* ---- modes ---- */

/* Whether group is one of the supplementary groups of who, as long as that is who the process itself is. */
static bool is_supplementary(const struct eyes *eyes, const struct reading *who, gid_t group)
{
	cleanup_text struct text status = { 0 };
	unsigned user;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)who->pid);
	if (eyes_read(eyes, path, STATUS_MOST, &status) < 0)
		return false;
	const char *ids = strstr(text_of(&status), "\nUid:"), *list = strstr(text_of(&status), "\nGroups:");
	if (!ids || !list || sscanf(ids, "\nUid: %*u %*u %*u %u", &user) != 1 || user != who->uid[3])
		return false;
	list += strlen("\nGroups:");
	for (char *end; *(list += strspn(list, " \t")) && *list != '\n'; list = end)
		if (strtoul(list, &end, 10) == group)
			return true;
		else if (end == list)
			return false;
	return false;
}

/* What a mode gives who: 1 to execute or search, 2 to write, 4 to read. inode(7). */
static unsigned given(const struct eyes *eyes, const struct reading *who, const struct stat *st)
{
	bool own = st->st_uid == who->uid[3];
	unsigned shift = own ? 6 : st->st_gid == who->gid[3] || is_supplementary(eyes, who, st->st_gid) ? 3 : 0;

	return st->st_mode >> shift & 7;
}

bool denied_maps(const struct reading *who, const struct stat *st)
{
	unsigned long inside;

	return who->uid_map && who->gid_map && id_inside(who->uid_map, st->st_uid, &inside) &&
	       id_inside(who->gid_map, st->st_gid, &inside);
}

/* CAP_DAC_OVERRIDE passes over modes of files whose owner and group the process's user namespace maps, but for a file
 * that nobody may execute; CAP_DAC_READ_SEARCH where a file is read, or a folder read or searched.
 * user_namespaces(7), capabilities(7). */
static bool overrides(const struct reading *who, const struct stat *st, unsigned wanted)
{
	uint64_t caps = UINT64_C(1) << CAP_DAC_OVERRIDE;

	if (wanted == 4 || (S_ISDIR(st->st_mode) && !(wanted & 2)))
		caps |= UINT64_C(1) << CAP_DAC_READ_SEARCH;
	if (!S_ISDIR(st->st_mode) && (wanted & 1) && !(st->st_mode & 0111))
		return false;
	return (who->cap_effective & caps) && denied_maps(who, st);
}

bool denied_by_mode(const struct eyes *eyes, const struct reading *who, const struct stat *st, unsigned wanted)
{
	return (given(eyes, who, st) & wanted) != wanted && !overrides(who, st, wanted);
}

bool denied_find(const struct eyes *eyes, const struct reading *who, const char *path, unsigned itself, unsigned parent, struct arena *arena,
		 struct denial *ret)
{
	unsigned wanted = itself;
	const char *level = path;
	struct stat st;

	*ret = (struct denial){ 0 };
	for (bool first = true;; first = false) {
		if (wanted && eyes_stat(eyes, who->pid, level, false, &st) == 0 && denied_by_mode(eyes, who, &st, wanted))
			*ret = (struct denial){ .path = level, .st = st, .lacks = wanted & ~given(eyes, who, &st) };
		if (strlen(level) < 2)
			break;
		level = path_parent(arena, level);
		wanted = first ? parent : 1;
	}
	ret->lacks = ret->lacks & 4 ? 4 : ret->lacks & 2 ? 2 : 1;
	ret->mapped = denied_maps(who, &ret->st);
	return ret->path;
}

void denial_say(const struct denial *denial, const struct reading *who, struct text *ret)
{
	const char *sentence = denial->lacks == 4 ? N_("user %u may not read %s, which has mode %04o and belongs to %u:%u") :
			       denial->lacks == 2 ? N_("user %u may not write to %s, which has mode %04o and belongs to %u:%u") :
			       S_ISDIR(denial->st.st_mode) ?
						    N_("user %u may not search %s, which has mode %04o and belongs to %u:%u") :
						    N_("user %u may not execute %s, which has mode %04o and belongs to %u:%u");

	text_sayf(ret, sentence, who->uid[3], vis(denial->path), denial->st.st_mode & 07777, denial->st.st_uid, denial->st.st_gid);
}

static bool by_mode(const struct eyes *eyes, const struct reading *who, const char *path, bool writes, bool enters, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text why = { 0 };
	unsigned wanted = writes ? 3 : 1;
	struct denial denial;

	if (!denied_find(eyes, who, path, enters ? wanted : 0, enters ? 1 : wanted, &arena, &denial))
		return false;
	denial_say(&denial, who, &why);
	fail_cause(err, CAUSE_FILE_DENIED);
	fail_why(err, "%s", text_of(&why));
	fail_fix(err, "a path below a folder of your own; tree -l shows owners and modes");
	return true;
}

bool denied_tell(const struct eyes *eyes, const struct reading *who, const char *path, bool writes, bool enters, struct error *err)
{
	cleanup_text struct text why = { 0 };

	if (who->mounts && denied_by_fuse(mounts_find(who->mounts, path), who, &why)) {
		fail_cause(err, CAUSE_FUSE_OTHER);
		fail_why(err, "%s", text_of(&why));
		fail_fix(err, "mount it with -o allow_other, or from inside the child");
		return true;
	}
	return by_mode(eyes, who, path, writes, enters, err);
}
