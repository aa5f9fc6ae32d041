#include "session/host/forward/far_end.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <time.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/net/inside.h"

enum {
	PATIENCE = 2000, /* ms; some tens are usual */
	PAUSE = 2,       /* ms between two looks */
	LOOK = 1000      /* ms that one may take */
};

/* In that network namespace. */
static int look(void *arg, int out, int *status)
{
	(void)out;
	*status = if_nametoindex(arg) != 0;
	return 0;
}

static bool is_there(const struct inside *inside, const char *name)
{
	struct inside_end end = { 0 };
	char copy[IFNAMSIZ];

	snprintf(copy, sizeof(copy), "%s", name);
	return inside_call(inside, look, copy, LOOK, NULL, &end) == 0 && end.status;
}

void far_end_await(pid_t pid, const char *name)
{
	const int64_t until = await_until(PATIENCE);
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_inside struct inside inside = { -1, -1 };
	if (fd < 0 || inside_of(fd, &inside) < 0 || inside.net < 0)
		return;
	while (is_there(&inside, name) && clock_ms() < until)
		nanosleep(&(struct timespec){ .tv_nsec = PAUSE * 1000000L }, NULL);
}
