#include "archive/layer/attributes.h"

#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "archive/limits.h"
#include "base/error.h"
#include "base/text.h"

bool attribute_kept(const char *name)
{
	if (text_begins(name, "user."))
		return !text_begins(name, "user.overlay.") && !text_begins(name, "user.stave.");
	return strcmp(name, "security.capability") == 0 ||
	       strcmp(name, "system.posix_acl_access") == 0 ||
	       strcmp(name, "system.posix_acl_default") == 0;
}

/* Overlay's own, in the mount's dialect: what the layer means. In the other one it is data. -1 with
 * err for what no archive can say. */
static int take_mark(bool userxattr, const char *name, const char *value, ssize_t size,
		     struct marks *marks, struct error *err)
{
	const char *space = userxattr ? "user.overlay." : "trusted.overlay.";
	const char *own = name + strlen(space);

	if (!text_begins(name, space))
		return 0;
	if (strcmp(own, "redirect") == 0 || strcmp(own, "metacopy") == 0) {
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "it has the attribute %s, which archives cannot represent", vis(name));
		return fail_why(err, "the union was mounted with %s", own[0] == 'r' ? "redirect_dir" : "metacopy");
	}
	marks->opaque = marks->opaque || (strcmp(own, "opaque") == 0 && size == 1 && *value == 'y');
	marks->whiteout = marks->whiteout || strcmp(own, "whiteout") == 0;
	return 0;
}

/* Whose it was in its archive, of a file that an ordinary user's store has. */
static void take_owner(struct archive_entry *entry, const char *value, ssize_t size)
{
	char copy[48];
	long long uid, gid;

	snprintf(copy, sizeof(copy), "%.*s", (int)(size < 40 ? size : 40), value);
	if (sscanf(copy, "%lld:%lld", &uid, &gid) == 2 && uid >= 0 && gid >= 0) {
		archive_entry_set_uid(entry, uid);
		archive_entry_set_gid(entry, gid);
	}
}

int attributes_add(bool userxattr, int fd, struct archive_entry *entry, struct marks *marks,
		   struct error *err)
{
	static char names[65536], value[LIMIT_XATTR];
	ssize_t length = flistxattr(fd, names, sizeof(names));

	for (const char *name = names; length > 0 && name < names + length;
	     name += strlen(name) + 1) {
		ssize_t size = fgetxattr(fd, name, value, sizeof(value));
		if (size >= 0 && take_mark(userxattr, name, value, size, marks, err) < 0)
			return -1;
		if (size < 0)
			continue;
		if (strcmp(name, "user.stave.owner") == 0)
			take_owner(entry, value, size);
		else if (attribute_kept(name))
			archive_entry_xattr_add_entry(entry, name, value, (size_t)size);
	}
	return 0;
}
