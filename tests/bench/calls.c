/* usage: calls openat|getppid COUNT
 * Makes one system call COUNT times: openat(2) of a file that is not there, or getppid(2), which does nothing. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	for (long left = atol(argv[2]); left > 0; left--) {
		if (strcmp(argv[1], "openat") == 0)
			syscall(SYS_openat, AT_FDCWD, "/nowhere/at/all", O_RDONLY);
		else
			syscall(SYS_getppid);
	}
	return 0;
}
