/* Whether mounts can be given other ids: mount_setattr(2), MOUNT_ATTR_IDMAP. */
#pragma once

/* Why the mounts at a path of the host's cannot have their ids mapped; 0 where they can, else an
 * errno: EINVAL or EOPNOTSUPP of a file system that has no idmapped mounts, ENOSYS before Linux 5.12.
 * Found by trying it on a copy of the mounts that is attached nowhere. */
int idmap_refused(const char *path);
