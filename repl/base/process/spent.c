#include "base/process/spent.h"

#include <time.h>

/* The clock that the kernel looks at counts ticks; the one of clock_getcpuclockid(3) leaves out what the machine's host took. */
enum { CLOCK_OF_TICKS = 0, CLOCK_BITS = 3 };

int64_t process_spent(pid_t pid)
{
	clockid_t clock = (clockid_t)(~(unsigned)pid << CLOCK_BITS | CLOCK_OF_TICKS);
	struct timespec spent;

	if (clock_gettime(clock, &spent) < 0)
		return -1;
	return (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
}
