/* Mounts a file system by the calls of mount(8) before util-linux 2.39 (old), or since (new), for
 * tests of what a filter lets through: mounter old|new TYPE PLACE. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CONFIG_CREATE = 6, EMPTY_PATH = 4 }; /* FSCONFIG_CMD_CREATE, MOVE_MOUNT_F_EMPTY_PATH */

static int mount_new(const char *type, const char *place)
{
	int context = (int)syscall(SYS_fsopen, type, 0);

	if (context < 0 || syscall(SYS_fsconfig, context, CONFIG_CREATE, NULL, NULL, 0) < 0)
		return -1;
	int detached = (int)syscall(SYS_fsmount, context, 0, 0);
	if (detached < 0)
		return -1;
	return (int)syscall(SYS_move_mount, detached, "", AT_FDCWD, place, EMPTY_PATH);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	int failed = strcmp(argv[1], "old") == 0 ? mount("none", argv[3], argv[2], 0, NULL) :
						   mount_new(argv[2], argv[3]);
	if (failed)
		perror("mounter");
	return failed ? 1 : 0;
}
