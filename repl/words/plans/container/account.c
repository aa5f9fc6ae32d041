#include "words/plans/container/account.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/text.h"
#include "snapshot/union/layers.h"

enum { MOST_ACCOUNTS = 1 << 20 /* bytes of /etc/passwd, which is the image's */ };

/* A file of accounts: an ordinary one of the image, and not too large. */
static bool read_accounts(const struct root_image *image, const char *path, struct text *ret)
{
	struct layers layers;
	struct stat st;

	layers_of(image->eyes, image->folders, image->dialect, &layers);
	const char *there = layers_follow(&layers, path);
	cleanup_fd int fd = there ? layers_open(&layers, there, O_RDONLY | O_NONBLOCK) : -1;
	layers_done(&layers);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       read_fd(fd, MOST_ACCOUNTS, ret) == 0;
}

/* Field n of a line of passwd(5) or group(5), in arena. */
static const char *account_field(struct arena *arena, const char *line, size_t n)
{
	size_t length = strcspn(line, "\n");

	for (; n > 0; n--) {
		size_t skip = strcspn(line, ":\n");
		if (skip >= length)
			return "";
		line += skip + 1;
		length -= skip + 1;
	}
	return arena_copyn(arena, line, strcspn(line, ":\n"));
}

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/* "0", "33", "033": decimal, whatever it begins with. 4294967295 means "no change" to setresuid(2). */
static bool parse_id(const char *s, uint32_t *ret)
{
	uint64_t id = 0;

	if (!is_number(s))
		return false;
	for (; *s && id < UINT32_MAX; s++)
		id = id * 10 + (uint64_t)(*s - '0');
	*ret = (uint32_t)id;
	return id < UINT32_MAX;
}

/* The line whose first field is name or, where it is NULL, whose third is id. NULL: there is none. */
static const char *find_line(struct arena *arena, const char *text, const char *name, uint32_t id)
{
	uint32_t its;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (name ? strcmp(account_field(arena, line, 0), name) == 0 :
			   parse_id(account_field(arena, line, 2), &its) && its == id)
			return line;
	return NULL;
}

static int fail_name(const struct root_image *image, const char *what, const char *name,
		     const char *file, struct error *err)
{
	fail_id(err, ERR_PROGRAM_USER, 0, "there is no %s %s in %s of the image %s", what, vis(name), file, vis(image->name));
	return fail_fix(err, "--user also takes numbers: --user 1000:1000");
}

static int refuse_id(const char *what, const char *id, struct error *err)
{
	fail_id(err, ERR_PROGRAM_USER, 0, "%s: not a valid %s id", vis(id), what);
	return fail_why(err, "ids are 0 to 4294967294");
}

/* What the numbers and names of one kind of file say: in *ret the id, *line its line or NULL. */
static int find_one(const struct root_image *image, struct arena *arena, const char *what,
		    const char *file, const char *given, const char *text, const char **line,
		    uint32_t *ret, struct error *err)
{
	if (is_number(given)) {
		if (!parse_id(given, ret))
			return refuse_id(what, given, err);
		*line = find_line(arena, text, NULL, *ret);
		return 0;
	}
	*line = find_line(arena, text, given, 0);
	if (!*line)
		return fail_name(image, what, given, file, err);
	const char *id = account_field(arena, *line, 2);
	return parse_id(id, ret) ? 0 : refuse_id(what, id, err);
}

static bool has_member(struct arena *arena, const char *line, const char *user)
{
	const char *members = account_field(arena, line, 3);
	size_t length = strlen(user);

	for (; *members; members += strcspn(members, ","), members += *members == ',')
		if (strcspn(members, ",") == length && strncmp(members, user, length) == 0)
			return true;
	return false;
}

/* docker's rule: a group that was asked for is the only one. A program that is given the list can leave
 * no group to get around a rule against it, so the first one is inside as well. */
static const char *find_groups(struct arena *arena, const char *user, const char *text, uint32_t gid)
{
	cleanup_text struct text list = { 0 };
	uint32_t its;

	text_addf(&list, "%u", gid);
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (*user && has_member(arena, line, user) &&
		    parse_id(account_field(arena, line, 2), &its) && its != gid)
			text_addf(&list, " %u", its);
	return arena_copy(arena, list.s);
}

int account_find(const struct root_image *image, struct arena *arena, const char *given,
		 struct account *ret, struct error *err)
{
	cleanup_text struct text passwd = { 0 }, group = { 0 };
	size_t length = strcspn(given, ":");
	const char *user = length ? arena_copyn(arena, given, length) : "0", *line;
	const char *of = given[length] && given[length + 1] ? given + length + 1 : NULL;

	*ret = (struct account){ .home = "/" };
	read_accounts(image, "etc/passwd", &passwd);
	if (find_one(image, arena, "user", "/etc/passwd", user, text_of(&passwd), &line, &ret->uid,
		     err) < 0)
		return -1;
	const char *gid = line ? account_field(arena, line, 3) : "0";
	const char *home = line ? account_field(arena, line, 5) : "/";
	if (home[0] == '/')
		ret->home = home;
	const char *name = line && !of ? account_field(arena, line, 0) : "";
	read_accounts(image, "etc/group", &group);
	if (!of && !parse_id(gid, &ret->gid))
		return refuse_id("group", gid, err);
	if (of && find_one(image, arena, "group", "/etc/group", of, text_of(&group), &line, &ret->gid,
			   err) < 0)
		return -1;
	ret->groups = find_groups(arena, name, text_of(&group), ret->gid);
	return 0;
}
