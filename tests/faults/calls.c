/* Linked around Stave's calls by --wrap (ld(1)): counts each kind in all processes of a session together, and
 * makes one fail, which `run` has chosen in a page that all of them share. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Words of a register each: what the ABI passes whole, whatever the types; clone(2) has seven. */
typedef long word;

enum kind {
#define CALL(name, returns, errors) KIND_##name,
#define NUMBER(name, errors) KIND_SYS_##name,
#include "calls.h"
#undef CALL
#undef NUMBER
	KINDS
};

/* As `run` lays it out: numbers of 32 bits. */
static struct page {
	_Atomic unsigned kind, number, error; /* to fail: the number-th call of this kind, from 1; KINDS: of all, whose
					       * process is killed there, or waits if error is HOLDS */
	_Atomic unsigned failed, pid;	      /* how many have, and where the last */
	_Atomic unsigned made[KINDS];
	char comm[16];
	_Atomic(void *) caller;
	_Atomic unsigned all; /* calls of all kinds, but for those on memory */
	_Atomic unsigned shared; /* clones that share memory and have who makes them wait */
	_Atomic unsigned held; /* who waits has to */
	_Atomic unsigned then, after; /* and whoever makes the then-th of those after the first kill is killed as well */
	_Atomic unsigned hurry; /* how many seconds pass in one, for the deadlines; 0: one */
} *page;

enum { HOLDS = 2 };

static const char variable[] = "STAVE_FAULTS";
static char path[4096];

/* The C library's own, which no --wrap changes. */
#define CALL(name, returns, errors) word __real_##name(word, word, word, word, word, word, word);
#define NUMBER(name, errors)
#include "calls.h"
#undef CALL
#undef NUMBER
word __real_syscall(word, word, word, word, word, word, word);

__attribute__((constructor)) static void open_page(void)
{
	const char *given = getenv(variable);

	if (!given || strlen(given) >= sizeof(path))
		return;
	strcpy(path, given);
	int fd = (int)__real_open((word)path, O_RDWR | O_CLOEXEC, 0, 0, 0, 0, 0);
	if (fd < 0)
		return;
	void *found = (void *)__real_mmap(0, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, 0);
	__real_close(fd, 0, 0, 0, 0, 0, 0);
	page = found == MAP_FAILED ? NULL : found;
}

static void note(void *caller)
{
	page->pid = (unsigned)getpid();
	prctl(PR_GET_NAME, page->comm);
	page->caller = caller;
	page->failed++;
}

/* The first process of a pid namespace gets no SIGKILL from within, but ends by its own faults. pid_namespaces(7) */
static void end_here(void)
{
	const struct rlimit none = { 0 };

	raise(SIGKILL);
	__real_setrlimit(RLIMIT_CORE, (word)&none, 0, 0, 0, 0, 0);
	signal(SIGILL, SIG_DFL);
	__builtin_trap();
}

/* Until `run` has done something to another process. */
static void wait_held(void)
{
	const struct timespec slice = { .tv_nsec = 1000000 };

	while (page->held)
		__real_nanosleep((word)&slice, 0, 0, 0, 0, 0, 0);
}

static bool is_due(void)
{
	if (!page->failed)
		return atomic_fetch_add(&page->all, 1) + 1 == page->number;
	return page->then && atomic_fetch_add(&page->after, 1) + 1 == page->then;
}

static bool fails(enum kind kind, void *caller)
{
	if (!page)
		return false;
	unsigned number = atomic_fetch_add(&page->made[kind], 1) + 1;
	bool counts = kind > KIND_realloc && page->kind == KINDS && page->error;
	if (counts && is_due()) {
		page->held = page->error == HOLDS;
		note(caller);
		if (page->error == HOLDS)
			wait_held();
		else
			end_here();
	}
	if (page->kind != kind || page->number != number || !page->error)
		return false;
	note(caller);
	errno = (int)page->error;
	return true;
}

/* Other commands of fcntl(2) want nothing; and no device is below a pipe or a socket. */
static bool can_fail(enum kind kind, word first, word second)
{
	struct stat found;

	if (kind == KIND_read && page && page->kind == kind && page->error == EIO)
		return __real_fstat(first, (word)&found, 0, 0, 0, 0, 0) < 0 || (!S_ISFIFO(found.st_mode) && !S_ISSOCK(found.st_mode));
	return kind != KIND_fcntl || (int)second == F_DUPFD || (int)second == F_DUPFD_CLOEXEC;
}

/* What starts a program with an environment of its own: the program is counted as well. */
static word with_page(word envp)
{
	char *const *given = (char *const *)envp;
	static char *env[1024], own[sizeof(path) + sizeof(variable) + 1];
	size_t n = 0;

	for (; given && given[n] && n < 1022; n++)
		env[n] = given[n];
	strcpy(own, variable);
	strcat(own, "=");
	strcat(own, path);
	env[n] = own;
	env[n + 1] = NULL;
	return (word)env;
}

/* The program that recovers after a killed shell. */
static bool is_recovery(word argv)
{
	return strcmp(((char *const *)argv)[0], "stave-janitor") == 0;
}

enum { SHARES = CLONE_VM | CLONE_VFORK };

#define MINUS (-1)
#define NOTHING 0
#define NUMBER_OF ((word)page->error)
/* As Linux does: the descriptor is gone whatever close(2) returns. */
#define CLOSED (__real_close(a, 0, 0, 0, 0, 0, 0), errno = (int)page->error, -1)
#define CALL(name, returns, errors)                                                               \
	word __wrap_##name(word a, word b, word c, word d, word e, word f, word g);               \
	word __wrap_##name(word a, word b, word c, word d, word e, word f, word g)                \
	{                                                                                         \
		if (can_fail(KIND_##name, a, b) && fails(KIND_##name, __builtin_return_address(0))) \
			return returns;                                                           \
		if (KIND_##name == KIND_posix_spawn && page)                                      \
			f = with_page(f);                                                        \
		if (KIND_##name == KIND_execve && page && is_recovery(b))                         \
			c = with_page(c);                                                        \
		if (KIND_##name == KIND_clone && page && (c & SHARES) == SHARES)                  \
			page->shared++;                                                          \
		return __real_##name(a, b, c, d, e, f, g);                                        \
	}
#define NUMBER(name, errors)
#include "calls.h"
#undef CALL
#undef NUMBER

/* What deadlines are reckoned by: base/clock.h. */
uint64_t __wrap_clock_now(void);
uint64_t __wrap_clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec) * (page && page->hurry ? page->hurry : 1);
}

static int kind_of(word number)
{
	switch (number) {
#define CALL(name, returns, errors)
#define NUMBER(name, errors)   \
	case SYS_##name:       \
		return KIND_SYS_##name;
#include "calls.h"
	default:
		return -1;
	}
}

word __wrap_syscall(word number, word a, word b, word c, word d, word e, word f);
word __wrap_syscall(word number, word a, word b, word c, word d, word e, word f)
{
	int kind = kind_of(number);

	if (kind >= 0 && fails((enum kind)kind, __builtin_return_address(0)))
		return -1;
	return __real_syscall(number, a, b, c, d, e, f);
}
