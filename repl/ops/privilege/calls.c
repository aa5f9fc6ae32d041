#include "ops/privilege/calls.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"

/* Calls since Linux 5.14: these have one number on every architecture, and a libseccomp older
 * than they are does not know them. */
static const struct { const char *name; int number; } young[] = {
	{ "process_mrelease", 448 }, { "futex_waitv", 449 }, { "set_mempolicy_home_node", 450 },
	{ "cachestat", 451 }, { "fchmodat2", 452 }, { "map_shadow_stack", 453 },
	{ "futex_wake", 454 }, { "futex_wait", 455 }, { "futex_requeue", 456 },
	{ "statmount", 457 }, { "listmount", 458 }, { "lsm_get_self_attr", 459 },
	{ "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 }, { "mseal", 462 },
	{ "setxattrat", 463 }, { "getxattrat", 464 }, { "listxattrat", 465 },
	{ "removexattrat", 466 }, { "open_tree_attr", 467 }, { "file_getattr", 468 },
	{ "file_setattr", 469 },
#if defined(__x86_64__)
	{ "uretprobe", 335 },
#endif
};

enum { YOUNG = COUNT(young), NUMBERS = 512 };

int call_young(const char *name)
{
	for (size_t i = 0; i < YOUNG; i++)
		if (strcmp(young[i].name, name) == 0)
			return young[i].number;
	return -1;
}

int call_number(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	/* Below 0: of another architecture, or unknown (__NR_SCMP_ERROR). */
	return number < 0 ? call_young(name) : number;
}

const char *call_name(int number, char *ret)
{
	char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	snprintf(ret, 40, "%s", known ? known : "");
	free(known);
	for (size_t i = 0; !ret[0] && i < YOUNG; i++)
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
	"x86_64", "x86", "aarch64", "arm", "riscv64", "s390x", "s390", "ppc64le", "ppc64", "ppc", "mips", "mips64",
	"mips64n32", "mipsel", "mipsel64", "mipsel64n32", "parisc", "parisc64",
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
