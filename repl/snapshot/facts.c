/* Who we are, and what the kernel and the site allow. The cgroups are in cgroup_facts.c. */
#include "snapshot/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/subids.h"

enum { FILE_LIMIT = 1 << 20 };

static uint64_t own_capabilities(void)
{
	struct sys_caps sets;

	return sys_capget(0, &sets) < 0 ? 0 : sets.effective;
}

#ifdef LIBCAP_MAJOR

/* The library has asked the kernel at the start of the program. */
static int count_capabilities(void)
{
	return cap_max_bits();
}

#else

/* EINVAL for one that the kernel does not have: PR_CAPBSET_READ(2const). */
static bool has_capability(int cap)
{
	return prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
}

/* Mostly as many as were known when this was compiled, which takes two calls to be sure of. */
static int count_capabilities(void)
{
	int count = CAP_LAST_CAP + 1;

	while (count < 64 && has_capability(count))
		count++;
	while (count > 0 && !has_capability(count - 1))
		count--;
	return count;
}

#endif

bool facts_cap(const struct facts *facts, int cap)
{
	return cap >= 0 && cap < 64 && (facts->caps >> cap & 1) != 0;
}

/* "6.12.3-x": 6 and 12; zeros where it is none. Not by sscanf(3), whose pages every start would read. */
static void parse_kernel(const char *release, struct facts *ret)
{
	char *end = NULL, *rest = NULL;
	long major = strtol(release, &end, 10), minor = *end == '.' ? strtol(end + 1, &rest, 10) : 0;
	bool is_one = end > release && rest > end + 1;

	ret->kernel_major = is_one ? (int)major : 0;
	ret->kernel_minor = is_one ? (int)minor : 0;
}

static void gather_kernel(struct facts *ret)
{
	struct utsname name;

	if (uname(&name) < 0)
		return;
	snprintf(ret->kernel, sizeof(ret->kernel), "%s", name.release);
	snprintf(ret->hostname, sizeof(ret->hostname), "%s", name.nodename);
	parse_kernel(name.release, ret);
}

/* The first user namespace has the same number on every machine: PROC_USER_INIT_INO of the kernel's
 * include/linux/proc_ns.h. */
static bool in_initial_userns(void)
{
	const ino_t initial = 0xeffffffd;
	struct stat st;

	return stat("/proc/self/ns/user", &st) < 0 || st.st_ino == initial;
}

/* The number in a file of /proc/sys, or otherwise when there is no such file. */
static uint64_t sysctl(const char *path, uint64_t otherwise)
{
	cleanup_text struct text text = { 0 };
	uint64_t number;

	if (read_file(AT_FDCWD, path, 64, &text) < 0 || text.len == 0)
		return otherwise;
	text.s[strcspn(text.s, "\n")] = '\0';
	return parse_number(text.s, &number) ? number : otherwise;
}

static void gather_userns(struct facts *ret)
{
	if (sysctl("/proc/sys/user/max_user_namespaces", 1) == 0)
		snprintf(ret->no_userns, sizeof(ret->no_userns), "user.max_user_namespaces=0");
	else if (ret->root)
		return;
	else if (sysctl("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		snprintf(ret->no_userns, sizeof(ret->no_userns),
			 "kernel.unprivileged_userns_clone=0");
	else if (sysctl("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
		snprintf(ret->no_userns, sizeof(ret->no_userns),
			 "kernel.apparmor_restrict_unprivileged_userns=1");
}

static void gather_ranges(struct facts *ret)
{
	cleanup_text struct text subuid = { 0 }, subgid = { 0 }, passwd = { 0 };

	if (read_file(AT_FDCWD, "/etc/subuid", SUBIDS_MOST, &subuid) < 0)
		text_clear(&subuid);
	if (read_file(AT_FDCWD, "/etc/subgid", SUBIDS_MOST, &subgid) < 0)
		text_clear(&subgid);
	if (!subuid.len && !subgid.len)
		return;
	if (read_file(AT_FDCWD, "/etc/passwd", SUBIDS_MOST, &passwd) < 0)
		text_clear(&passwd);
	subids_first(text_of(&subuid), text_of(&passwd), ret->uid, ret->subuid, sizeof(ret->subuid));
	subids_first(text_of(&subgid), text_of(&passwd), ret->uid, ret->subgid, sizeof(ret->subgid));
}

static bool knows_aufs(void)
{
	cleanup_text struct text types = { 0 };

	return read_file(AT_FDCWD, "/proc/filesystems", FILE_LIMIT, &types) == 0 &&
	       strstr(text_of(&types), "\taufs\n") != NULL;
}

bool facts_kernel(const struct facts *facts, int major, int minor)
{
	return facts->kernel_major > major ||
	       (facts->kernel_major == major && facts->kernel_minor >= minor);
}

void facts_gather(struct facts *ret)
{
	*ret = (struct facts){ .uid = geteuid(), .gid = getegid(), .caps = own_capabilities() };
	gather_kernel(ret);
	ret->capabilities = count_capabilities();
	ret->root = facts_cap(ret, CAP_SYS_ADMIN);
	ret->initial_userns = in_initial_userns();
}

/* A command that no kernel knows: whoever answers that it may not be given has not looked at it.
 * Docker's filter, around the shell itself, answers EPERM. keyctl(2). */
static bool keys_denied(void)
{
	return sys_keyctl(-1, 0, 0) < 0 && errno == EPERM;
}

void facts_walls(struct facts *facts)
{
	if (facts->walls_known)
		return;
	facts->keys_denied = keys_denied();
	facts->walls_known = true;
}

void facts_site(struct facts *facts)
{
	gather_userns(facts);
	gather_ranges(facts);
	facts->aufs = knows_aufs();
}
