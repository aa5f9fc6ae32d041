#include "base/file/tracefs.h"

#include "base/fd.h"
#include "base/syscalls.h"

int tracefs_open(void)
{
	enum { CREATE = 6 /* FSCONFIG_CMD_CREATE */ };

	cleanup_fd int fs = sys_fsopen("tracefs");
	if (fs < 0 || sys_fsconfig(fs, CREATE, NULL, NULL) < 0)
		return -1;
	return sys_fsmount(fs, 0);
}
