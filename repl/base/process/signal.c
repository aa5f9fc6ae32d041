#include "base/process/signal.h"

#include <stddef.h>
#include <strings.h>

#include "base/list.h"
#include "base/text.h"

/* sigabbrev_np(3) is glibc's alone. */
#define NAME(name) { SIG##name, #name }
static const struct {
	int number;
	const char *name;
} names[] = {
	NAME(HUP),  NAME(INT),	NAME(QUIT), NAME(ILL),	NAME(TRAP),   NAME(ABRT),   NAME(BUS),
	NAME(FPE),  NAME(KILL), NAME(USR1), NAME(SEGV), NAME(USR2),   NAME(PIPE),   NAME(ALRM),
	NAME(TERM), NAME(CHLD), NAME(CONT), NAME(STOP), NAME(TSTP),   NAME(TTIN),   NAME(TTOU),
	NAME(URG),  NAME(XCPU), NAME(XFSZ), NAME(PROF), NAME(VTALRM), NAME(WINCH),  NAME(IO),
	NAME(PWR),  NAME(SYS),
};
#undef NAME

enum { NAMES = COUNT(names) };

const char *signal_name(int number)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

int signal_number(const char *name)
{
	uint64_t number;

	if (parse_number(name, &number))
		return number < NSIG ? (int)number : -1;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < NAMES; i++)
		if (strcasecmp(names[i].name, name) == 0)
			return names[i].number;
	return -1;
}

sigset_t signal_block_all(void)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	return before;
}
