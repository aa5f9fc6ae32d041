#include "advice/seen/named.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "advice/seen/failure.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/plan.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* ---- the options ---- */

/* The end of a part: mark, but not where a backslash stands before it. */
static size_t part_of(const char *s, char mark)
{
	size_t n = 0;

	while (s[n] && s[n] != mark)
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return n;
}

static const char *path_of(struct named *named, const char *s, size_t length)
{
	char *bare = arena_copyn(&named->arena, s, length), *to = bare;

	for (const char *from = bare; *from; from++)
		if (*from != '\\' || !from[1])
			*to++ = *from;
	*to = '\0';
	return look_absolute(named->at->child, bare, &named->arena);
}

static void add_lowers(struct named *named, const char *s, size_t length)
{
	const char *list = arena_copyn(&named->arena, s, length);

	while (*list && named->count < LAYERS_LOOKED_AT) {
		size_t n = part_of(list, ':');
		if (n)
			named->lowers[named->count++] = path_of(named, list, n);
		list += n + (list[n] == ':');
	}
}

/* Of an overlay that is made by fsconfig(2), an option a call: those of the plan that have been said, and the one that failed. What
 * lowerdir+ says is taken as it is. */
static bool read_calls(const struct failure *at, struct named *ret)
{
	const struct plan *plan = at->plan_count ? at->plans[at->plan_count - 1] : NULL;
	bool overlay = false;

	*ret = (struct named){ .at = at, .data = "", .target = "" };
	for (size_t i = 0; plan && i < plan->count && i <= at->made; i++) {
		const struct op *op = &plan->ops[i].op;
		if (op->kind == OP_fsopen) {
			overlay = strcmp(op->fsopen.fstype, "overlay") == 0;
			ret->lowers = arena_new(&ret->arena, LAYERS_LOOKED_AT * sizeof(*ret->lowers));
			ret->count = 0;
		}
		const char *key = overlay && op->kind == OP_fsconfig && op->fsconfig.key && op->fsconfig.value ? op->fsconfig.key : "";
		if (strcmp(key, "lowerdir+") == 0 && ret->count < LAYERS_LOOKED_AT)
			ret->lowers[ret->count++] = look_absolute(at->child, op->fsconfig.value, &ret->arena);
		else if (strcmp(key, "upperdir") == 0)
			ret->upper = path_of(ret, op->fsconfig.value, strlen(op->fsconfig.value));
		else if (strcmp(key, "workdir") == 0)
			ret->work = path_of(ret, op->fsconfig.value, strlen(op->fsconfig.value));
	}
	if (!overlay)
		arena_done(&ret->arena);
	return overlay;
}

bool named_read(const struct failure *at, struct named *ret)
{
	const struct op *op = at->op;

	if (op->kind == OP_fsconfig)
		return at->child->mounts && read_calls(at, ret);
	if (op->kind != OP_mount || !op->mount.fstype || strcmp(op->mount.fstype, "overlay") != 0 ||
	    (op->mount.flags & MS_REMOUNT) || !at->child->mounts)
		return false;
	*ret = (struct named){ .at = at, .data = op->mount.data ? op->mount.data : "", .target = op->mount.target };
	ret->lowers = arena_new(&ret->arena, LAYERS_LOOKED_AT * sizeof(*ret->lowers));
	for (const char *s = ret->data; *s;) {
		size_t n = part_of(s, ',');
		if (strncmp(s, "lowerdir=", 9) == 0)
			add_lowers(ret, s + 9, n - 9);
		else if (strncmp(s, "upperdir=", 9) == 0)
			ret->upper = path_of(ret, s + 9, n - 9);
		else if (strncmp(s, "workdir=", 8) == 0)
			ret->work = path_of(ret, s + 8, n - 8);
		s += n + (s[n] == ',');
	}
	return true;
}

void named_done(struct named *named)
{
	arena_done(&named->arena);
}

/* ---- the folders ---- */

/* Each that is named, in turn; NULL after the last. */
static const char *nth(const struct named *named, size_t i, const char **role)
{
	if (i < named->count) {
		*role = "lowerdir";
		return named->lowers[i];
	}
	i -= named->count;
	if (i == 0 && named->upper) {
		*role = "upperdir";
		return named->upper;
	}
	*role = "workdir";
	return i == (named->upper ? 1 : 0) ? named->work : NULL;
}

static int look(const struct named *named, const char *path, struct stat *ret)
{
	return look_stat(named->at->pid, path, 0, ret);
}

bool named_denied(const struct named *named, struct error *err)
{
	const char *path, *role;

	for (size_t i = 0; (path = nth(named, i, &role)); i++)
		if (denied_tell(NULL, named->at->child, path, false, true, err))
			return true;
	return false;
}

const char *named_missing(const struct named *named, const char **role)
{
	const char *path;
	struct stat st;

	for (size_t i = 0; (path = nth(named, i, role)); i++)
		if (look(named, path, &st) < 0 && path_is_absent(errno))
			return path;
	return NULL;
}

const char *named_other(const struct named *named, const char **role)
{
	const char *path;
	struct stat st;

	for (size_t i = 0; (path = nth(named, i, role)); i++)
		if (look(named, path, &st) == 0 && !S_ISDIR(st.st_mode))
			return path;
	return NULL;
}

static bool is_folder(const struct named *named, const char *path)
{
	struct stat st;

	return look(named, path, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *named_cut_name(const struct named *named, char mark)
{
	struct named *own = (struct named *)named; /* its arena alone is written to */

	for (const char *s = strpbrk(named->data, ":,"); s; s = strpbrk(s + 1, ":,")) {
		const char *from = s;
		if (*s != mark || s[-(s > named->data)] == '\\')
			continue;
		/* Around the mark from the name's first letter to the next mark of any kind. */
		while (from > named->data && !strchr(":,=", from[-1]))
			from--;
		size_t length = (size_t)(s - from) + 1 + strcspn(s + 1, ":,");
		const char *whole = path_of(own, from, length), *half = path_of(own, from, (size_t)(s - from));
		if (is_folder(named, whole) && !is_folder(named, half))
			return whole;
	}
	return NULL;
}

bool named_overlap(const struct named *named, struct overlap *ret)
{
	struct stat one, other;

	for (size_t i = 0; (ret->path[0] = nth(named, i, &ret->role[0])); i++)
		for (size_t j = 0; (ret->path[1] = nth(named, j, &ret->role[1])); j++) {
			if (i == j || look(named, ret->path[0], &one) < 0 || look(named, ret->path[1], &other) < 0)
				continue;
			ret->same = one.st_dev == other.st_dev && one.st_ino == other.st_ino;
			ret->inode = one.st_ino;
			ret->writable = i >= named->count || j >= named->count;
			const char *inside = path_inside(ret->path[0], ret->path[1]);
			if (ret->same || (inside && inside[0]))
				return true;
		}
	return false;
}

bool option_stands(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *s = list; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL)
		if (strncmp(s, word, length) == 0 && (s[length] == ',' || !s[length]))
			return true;
	return false;
}

bool mount_is_read_only(const struct mount *mount)
{
	return option_stands(mount->options, "ro") || option_stands(mount->super, "ro");
}
