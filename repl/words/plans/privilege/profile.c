#include "words/plans/privilege/profile.h"

#include <linux/filter.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "image/eyes.h"
#include "words/plans/privilege/seccomp.h"

/* execve(2) comes after the filter; sigreturn and restart_syscall are made by the kernel's own hand, after a signal; a
 * process that cannot end runs into what lies behind its last instruction. */
static const char *const kernel[] = {
	"execve", "execveat", "exit", "exit_group", "rt_sigreturn", "sigreturn", "restart_syscall", NULL,
};

/* Between seccomp(2) and execve(2), where no_new_privs is not set and the filter is loaded before the user changes. */
static const char *const runtime[] = {
	"capget", "capset", "chdir", "close", "close_range", "dup2", "dup3", "epoll_pwait", "faccessat2", "fchdir",
	"fchown", "fcntl", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getpid", "getppid", "getuid", "gettid", "lstat",
	"mmap", "munmap", "nanosleep", "newfstatat", "openat", "prctl", "pselect6", "read", "readlinkat", "rt_sigaction",
	"rt_sigprocmask", "setgid", "setgroups", "setresgid", "setresuid", "setsid", "setuid", "sigaltstack", "stat",
	"statx", "tgkill", "umask", "wait4", "write", NULL,
};

/* The child's loop, its memory, and what it does for a program before execve(2). */
static const char *const child[] = {
	"access", "brk", "capget", "capset", "chdir", "clock_gettime", "clone", "clone3", "close", "close_range", "dup2", "dup3",
	"faccessat", "faccessat2", "fcntl", "fork", "ioctl", "mmap", "mprotect", "munmap", "openat", "pidfd_open", "pipe", "pipe2",
	"poll", "ppoll", "prctl", "read", "recvmsg", "rt_sigaction", "rt_sigprocmask", "seccomp", "sendmsg", "setgroups",
	"setresgid", "setresuid", "setsid", "set_robust_list", "umask", "uname", "wait4", "waitid", "write", NULL,
};

const char *const *besides_calls(enum besides whose)
{
	static const char *const *const lists[] = {
		[BESIDES_KERNEL] = kernel, [BESIDES_RUNTIME] = runtime, [BESIDES_CHILD] = child,
	};

	return lists[whose];
}

static void mark(enum besides whose, bool marked[PROFILE_NUMBERS])
{
	for (const char *const *name = besides_calls(whose); *name; name++) {
		int number = call_number(*name);
		if (number >= 0 && number < PROFILE_NUMBERS)
			marked[number] = true;
	}
}

int find_profile(const struct context *context, const struct words *words, size_t i, const char *name,
		 struct profile *ret, struct error *err)
{
	if (seen_profile(context->store, name, ret, err) == 0)
		return 0;
	err->column = i < words->count ? words->args[i].column : words_column(words, name, 0);
	return -1;
}

const struct sock_filter *profile_filter(const struct profile *profile, enum besides whose, struct arena *arena,
					 size_t *count, size_t *added)
{
	bool besides[PROFILE_NUMBERS] = { false };

	mark(BESIDES_KERNEL, besides);
	mark(whose, besides);
	*added = 0;
	for (int number = 0; number < PROFILE_NUMBERS; number++) {
		bool made = false;
		for (size_t i = 0; i < PROFILE_ARCHITECTURES; i++)
			made = made || (profile->of[i].architecture == filter_architecture() && profile->of[i].made[number]);
		*added += besides[number] && !made;
	}
	return compile_profile(profile, besides, arena, count);
}

void plan_seccomp_profile(struct plan *plan, const struct profile *profile, size_t *added)
{
	size_t count;
	const struct sock_filter *filter = profile_filter(profile, BESIDES_CHILD, &plan->arena, &count, added);
	struct op *op = plan_add(plan, OP_seccomp);

	op->seccomp.filter.bytes = filter;
	op->seccomp.filter.length = count * sizeof(*filter);
	op->seccomp.policy = arena_print(&plan->arena, "the profile %s", profile->name);
}
