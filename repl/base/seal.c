#include "base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/fd.h"

/* MFD_EXEC, since Linux 6.3: without it vm.memfd_noexec=1 makes the file not executable. Older
 * kernels know no such flag: EINVAL. */
static int new_memory(void)
{
	enum { WITH_EXEC = 0x10 };
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("stave", flags | WITH_EXEC);

	return fd < 0 && errno == EINVAL ? memfd_create("stave", flags) : fd;
}

int seal_program(const char *path)
{
	cleanup_fd int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return -1;
	cleanup_fd int to = new_memory();
	if (to < 0)
		return -1;
	for (off_t done = 0; done < st.st_size;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)(st.st_size - done));
		if (n < 0)
			return -1;
		if (n == 0) {
			errno = EIO; /* cut off meanwhile */
			return -1;
		}
		done += n;
	}
	if (fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return steal_fd(&to);
}
