#include "base/file/attributes.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/text.h"

enum { MOST = 65536 /* XATTR_LIST_MAX, XATTR_SIZE_MAX */ };

/* acl(5), as setxattr(2) takes it: a version, then a tag, rights and an id for each entry. */
static void move_acl(char *value, size_t size, const struct shift *shift)
{
	enum { HEAD = 4, ENTRY = 8, AT_ID = 4, TAG_USER = 2, TAG_GROUP = 8 };

	for (char *entry = value + HEAD; entry + ENTRY <= value + size; entry += ENTRY) {
		uint16_t tag;
		uint32_t id;
		memcpy(&tag, entry, sizeof(tag));
		memcpy(&id, entry + AT_ID, sizeof(id));
		tag = le16toh(tag);
		id = le32toh(id);
		if (tag != TAG_USER && tag != TAG_GROUP)
			continue;
		unsigned long first = tag == TAG_USER ? shift->uid : shift->gid;
		id = htole32(id < shift->count ? (uint32_t)(first + id) : SHIFT_NOBODY);
		memcpy(entry + AT_ID, &id, sizeof(id));
	}
}

/* A value without the number of a root, or with one that is counted in the tree, becomes one for the
 * copy's: else it would hold on the host. 0 where it held for nobody in the tree. */
static size_t move_capability(char *value, size_t size, const struct shift *shift)
{
	struct vfs_ns_cap_data cap = { 0 };

	if (size != XATTR_CAPS_SZ_2 && size != XATTR_CAPS_SZ_3)
		return 0;
	memcpy(&cap, value, size);
	uint32_t magic = le32toh(cap.magic_etc), root = size == XATTR_CAPS_SZ_3 ? le32toh(cap.rootid) : 0;
	if (root >= shift->count)
		return 0;
	cap.magic_etc = htole32((magic & ~(uint32_t)VFS_CAP_REVISION_MASK) | VFS_CAP_REVISION_3);
	cap.rootid = htole32((uint32_t)(shift->uid + root));
	memcpy(value, &cap, sizeof(cap));
	return sizeof(cap);
}

static int move_one(int from, int to, const char *name, char *value, const struct shift *shift)
{
	bool acl = text_begins(name, "system.posix_acl_"), cap = strcmp(name, "security.capability") == 0;

	if (shift->contents && (acl || cap || text_begins(name, "user.overlay.")))
		return 0;
	if (!acl && !cap && !text_begins(name, "user."))
		return 0;
	ssize_t size = fgetxattr(from, name, value, MOST);
	if (size < 0)
		return -1;
	if (acl)
		move_acl(value, (size_t)size, shift);
	if (cap)
		size = (ssize_t)move_capability(value, (size_t)size, shift);
	return cap && !size ? 0 : fsetxattr(to, name, value, (size_t)size, 0);
}

int shift_attributes(int from, int to, const struct shift *shift)
{
	cleanup_free char *names = malloc(MOST), *value = malloc(MOST);
	ssize_t length = names && value ? flistxattr(from, names, MOST) : -1;

	if (length < 0)
		return errno == ENOTSUP ? 0 : -1;
	for (const char *name = names; name < names + length; name += strlen(name) + 1)
		if (move_one(from, to, name, value, shift) < 0 && !shift->contents)
			return -1;
	return 0;
}
