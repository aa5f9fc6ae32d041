#include "ops/privilege/calls.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "ops/privilege/young.h"

/* The calls of ops/privilege/young.h: a libseccomp older than they are does not know them. */
#define YOUNG(name) { #name, __NR_##name }
static const struct { const char *name; int number; } young[] = {
	YOUNG(process_mrelease), YOUNG(futex_waitv), YOUNG(set_mempolicy_home_node), YOUNG(cachestat),
	YOUNG(fchmodat2), YOUNG(map_shadow_stack), YOUNG(futex_wake), YOUNG(futex_wait),
	YOUNG(futex_requeue), YOUNG(statmount), YOUNG(listmount), YOUNG(lsm_get_self_attr),
	YOUNG(lsm_set_self_attr), YOUNG(lsm_list_modules), YOUNG(mseal), YOUNG(setxattrat),
	YOUNG(getxattrat), YOUNG(listxattrat), YOUNG(removexattrat), YOUNG(open_tree_attr),
	YOUNG(file_getattr), YOUNG(file_setattr),
#if defined(__x86_64__)
	YOUNG(uretprobe),
#endif
};

enum { YOUNGS = COUNT(young), NUMBERS = 512 };

/* The number of such a call; -1 for others. */
static int young_number(const char *name)
{
	for (size_t i = 0; i < YOUNGS; i++)
		if (strcmp(young[i].name, name) == 0)
			return young[i].number;
	return -1;
}

int call_number(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	/* Below 0: of another architecture, or unknown (__NR_SCMP_ERROR). */
	return number < 0 ? young_number(name) : number;
}

bool call_refused(const char *name, int code)
{
	/* Of all -1 none does anything. free: no privilege is asked for, whatever the arguments. */
	static const struct { const char *name; bool free; } harmless[] = {
		{ "pipe", true }, { "pipe2", true }, { "eventfd2", true }, { "socketpair", true }, { "memfd_create", true }, { "pidfd_open", true },
		{ "prctl", false }, { "epoll_create1", true }, { "signalfd4", true }, { "timerfd_create", true }, { "inotify_init1", true }, { "open_tree", false },
		{ "move_mount", false }, { "fsopen", false }, { "fsconfig", false }, { "fsmount", false }, { "mount_setattr", false },
		{ "seccomp", false }, { "setns", false }, { "prlimit64", false }, { "capset", false }, { "setgroups", false }, { "setresuid", false },
		{ "setresgid", false }, { "chroot", false }, { "chdir", false }, { "umount2", false }, { "symlinkat", false },
	};

	for (size_t i = 0; i < COUNT(harmless); i++) {
		int number = strcmp(harmless[i].name, name) == 0 ? call_number(name) : -1;
		if (number >= 0)
			return (code == ENOSYS || (code == EPERM && harmless[i].free)) && sys_answers(number, code);
	}
	return false;
}

const char *call_name(int number, char *ret)
{
	char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	snprintf(ret, 40, "%s", known ? known : "");
	free(known);
	for (size_t i = 0; !ret[0] && i < YOUNGS; i++)
		if (young[i].number == number)
			snprintf(ret, 40, "%s", young[i].name);
	return ret;
}

const char *call_near(const char *name, char *ret)
{
	size_t least = strlen(name) > 4 ? 2 : 1;
	bool found = false;
	char one[40];

	for (int number = 0; number < NUMBERS; number++) {
		if (!call_name(number, one)[0])
			continue;
		size_t far = text_distance(one, name, least);
		if (far <= least && (!found || far < least)) {
			memcpy(ret, one, sizeof(one));
			least = far;
			found = true;
		}
	}
	return found ? ret : NULL;
}

static const char *const architectures[] = {
	"x86_64", "x86", "x32", "aarch64", "arm", "riscv64", "loongarch64", "s390x", "s390", "ppc64le", "ppc64", "ppc", "mips", "mips64",
	"mips64n32", "mipsel", "mipsel64", "mipsel64n32", "parisc", "parisc64", "m68k", "sh", "sheb",
};

const char *architecture_name(uint32_t architecture)
{
	for (size_t i = 0; i < COUNT(architectures); i++)
		if (seccomp_arch_resolve_name(architectures[i]) == architecture)
			return architectures[i];
	return NULL;
}

uint32_t architecture_of(const char *name)
{
	return seccomp_arch_resolve_name(name);
}

const char *call_name_on(uint32_t architecture, int number, char *ret)
{
	if (architecture == seccomp_arch_native())
		return call_name(number, ret);
	char *known = seccomp_syscall_resolve_num_arch(architecture, number);
	snprintf(ret, 40, "%s", known ? known : "");
	free(known);
	return ret;
}

int call_number_on(uint32_t architecture, const char *name)
{
	if (architecture == seccomp_arch_native())
		return call_number(name);
	int number = seccomp_syscall_resolve_name_arch(architecture, name);
	return number < 0 ? -1 : number;
}
