/* The forbidders, in the order in which they are asked: those that can be proven come first. */
#include "doctor/forbid.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/process/subids.h"
#include "snapshot/facts.h"

#define SAY(...) snprintf(ret->evidence, sizeof(ret->evidence), __VA_ARGS__)

static bool is(const struct inquiry *at, const char *id, const char *detail, struct forbidder *ret)
{
	ret->id = id;
	fix_find(at, detail, ret);
	return true;
}

static bool late(const struct inquiry *at, struct forbidder *ret)
{
	if (!at->outcome->late)
		return false;
	SAY(_("%s had not ended after some seconds"), at->outcome->call);
	return is(at, "late", "", ret);
}

static bool missing_program(const struct inquiry *at, struct forbidder *ret)
{
	static const struct { const char *program, *package; } packages[] = {
		{ "newuidmap", "uidmap" }, { "newgidmap", "uidmap" }, { "nft", "nftables" }, { "pasta", "passt" },
	};

	for (size_t i = 0; i < COUNT(packages); i++)
		if (!at->outcome->call[0] && strcmp(at->outcome->about, packages[i].program) == 0) {
			char command[80];
			bool shadow = i < 2 && !strstr(site_installer(at->site), "apt");
			SAY(_("no folder of PATH, nor /usr/sbin or /sbin, has the program %s"), packages[i].program);
			snprintf(command, sizeof(command), "%s %s", site_installer(at->site),
				 shadow ? "shadow-utils" : packages[i].package);
			return is(at, "program", command, ret);
		}
	return false;
}

/* The reader of archives is linked to libraries, which a root file system may not have. */
static bool missing_own(const struct inquiry *at, struct forbidder *ret)
{
	const char *name = at->outcome->about;

	if (strcmp(name, "stave-archive") != 0 || at->outcome->code != ENOENT)
		return false;
	if (at->outcome->call[0]) {
		SAY(_("%s is here, but not its loader or a library: %s"), name, at->outcome->call);
		return is(at, "program-libraries", name, ret);
	}
	SAY(_("neither beside stave nor in ../libexec/stave is %s"), name);
	return is(at, "program-own", "", ret);
}

static bool no_range(const struct inquiry *at, struct forbidder *ret)
{
	cleanup_text struct text passwd = { 0 };
	char name[64] = "";

	if (at->outcome->call[0] || !text_begins(at->outcome->about, "/etc/sub"))
		return false;
	SAY(_("%s has no line for this user"), at->outcome->about);
	if (site_read(at->site, "/etc/passwd", &passwd) == 0)
		subids_name(text_of(&passwd), at->facts->uid, name, sizeof(name));
	if (!name[0])
		snprintf(name, sizeof(name), "%u", (unsigned)at->facts->uid);
	return is(at, "subids", name, ret);
}

/* It has the right, and may not use it: newuidmap(1) is neither setuid nor has it the file capability, or
 * no_new_privs takes them away. */
static bool powerless_tool(const struct inquiry *at, struct forbidder *ret)
{
	char value[16];

	if (at->trial->ground != GROUND_HERE || !strstr(at->outcome->about, "/new"))
		return false;
	if (strcmp(site_status(at->site, "NoNewPrivs", value, sizeof(value)), "1") == 0) {
		SAY("NoNewPrivs: 1");
		return is(at, "no_new_privs", at->outcome->about, ret);
	}
	SAY(_("%s did not get what it asked for"), at->outcome->call);
	return is(at, "tool", at->outcome->about, ret);
}

static bool limit(const struct inquiry *at, struct forbidder *ret)
{
	static const struct { const char *about, *file; } limits[] = {
		{ "user", "user" }, { "mnt", "mnt" }, { "pid", "pid" }, { "uts", "uts" }, { "ipc", "ipc" }, { "net", "net" },
		{ "cgroup", "cgroup" }, { "time", "time" },
	};
	char path[80], setting[80];

	for (size_t i = 0; at->outcome->code == ENOSPC && i < COUNT(limits); i++) {
		if (strcmp(at->outcome->about, limits[i].about) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", limits[i].file);
		long most = site_number(at->site, path, -1);
		if (most < 0)
			SAY(_("the limit of this type of namespaces is reached; %s cannot be read"), path);
		else if (most == 0)
			SAY("user.max_%s_namespaces=0", limits[i].file);
		else
			SAY(_("user.max_%s_namespaces=%ld are in use, here or in a user namespace around this one"),
			    limits[i].file, most);
		snprintf(setting, sizeof(setting), "user.max_%s_namespaces=15000", limits[i].file);
		return is(at, "limit", setting, ret);
	}
	return false;
}

static bool filter(const struct inquiry *at, struct forbidder *ret)
{
	char value[16];

	if (!at->outcome->filtered[0])
		return false;
	site_status(at->site, "Seccomp", value, sizeof(value));
	SAY(_("%s is what the kernel would have answered; Seccomp: %s"), at->outcome->filtered, value);
	return is(at, "filter", "", ret);
}

/* Debian's own, and only for who has no CAP_SYS_ADMIN. */
static bool no_clone(const struct inquiry *at, struct forbidder *ret)
{
	const char *file = "/proc/sys/kernel/unprivileged_userns_clone";

	if (at->outcome->code != EPERM || at->facts->root || strcmp(at->outcome->about, "user") != 0 ||
	    site_number(at->site, file, 1) != 0)
		return false;
	SAY("kernel.unprivileged_userns_clone=0");
	return is(at, "sysctl", "kernel.unprivileged_userns_clone=1", ret);
}

/* Ubuntu's: the namespace is made, and who made it is moved to a profile that has no capabilities. Or a
 * container's profile, which knows its calls. */
static bool apparmor(const struct inquiry *at, struct forbidder *ret)
{
	const char *label = at->outcome->label, *file = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
	bool restricted = site_number(at->site, file, 0) == 1;
	bool profile = strstr(label, "(enforce)") != NULL;

	if ((at->outcome->code != EPERM && at->outcome->code != EACCES) || strchr(label, ':') || (!restricted && !profile))
		return false;
	if (at->trial->flag == CLONE_NEWUSER ? !restricted && !profile : !profile)
		return false;
	SAY(_("/proc/self/attr/current: %s; kernel.apparmor_restrict_unprivileged_userns=%d"), vis(label), restricted);
	return is(at, restricted ? "apparmor" : "profile", vis(label), ret);
}

static bool selinux(const struct inquiry *at, struct forbidder *ret)
{
	if (at->outcome->code != EACCES || site_number(at->site, "/sys/fs/selinux/enforce", 0) != 1)
		return false;
	SAY(_("/sys/fs/selinux/enforce: 1; /proc/self/attr/current: %s"), vis(at->outcome->label));
	return is(at, "selinux", "", ret);
}

static bool yama(const struct inquiry *at, struct forbidder *ret)
{
	long scope = site_number(at->site, "/proc/sys/kernel/yama/ptrace_scope", 0);

	if (at->outcome->code != EPERM || scope < 2 || strcmp(at->outcome->about, "ptrace") != 0)
		return false;
	SAY("kernel.yama.ptrace_scope=%ld", scope);
	return is(at, scope == 3 ? "yama-final" : "yama", "kernel.yama.ptrace_scope=1", ret);
}

/* user_namespaces(7): who makes one must not be in a chroot; and the / of one is no mount whose propagation could
 * be set. */
static bool chrooted(const struct inquiry *at, struct forbidder *ret)
{
	bool made = at->outcome->code == EPERM && (strcmp(at->outcome->about, "user") == 0 || at->trial == &trials[TRIAL_IDMAPPED]);
	bool set = at->outcome->code == EINVAL && (strcmp(at->outcome->about, "private") == 0 ||
						   strcmp(at->outcome->about, "root") == 0);

	if ((!made && !set) || (!site_in_chroot(at->site) && !at->outcome->chrooted))
		return false;
	if (site_in_chroot(at->site))
		SAY(_("/proc/self/mountinfo has no mount at /: it lies inside of one"));
	else
		SAY(_("who joins this mount namespace once more, setns(2), gets another / than this one"));
	return is(at, "chroot", "", ret);
}

static bool is_mapped(const struct site *site, unsigned long id)
{
	cleanup_text struct text map = { 0 };
	unsigned long inside, outside, count;

	if (site_read(site, "/proc/self/uid_map", &map) < 0)
		return true;
	for (const char *s = text_of(&map); sscanf(s, "%lu %lu %lu", &inside, &outside, &count) == 3;
	     s += strcspn(s, "\n"), s += *s == '\n')
		if (id >= inside && id - inside < count)
			return true;
	return false;
}

/* Who makes a user namespace must have an id in the one around it; and what is mapped inside must be mapped there:
 * user_namespaces(7). The map of an idmapped mount is of id 1. */
static bool unmapped(const struct inquiry *at, struct forbidder *ret)
{
	bool user = strcmp(at->outcome->about, "user") == 0;
	unsigned long id = user ? at->facts->uid : 1;
	char number[24];

	if (at->outcome->code != EPERM || (!user && at->trial != &trials[TRIAL_IDMAPPED]) || is_mapped(at->site, id))
		return false;
	SAY(_("/proc/self/uid_map has no line for id %lu"), id);
	snprintf(number, sizeof(number), "%lu", id);
	return is(at, "unmapped", number, ret);
}

static bool covered(const struct inquiry *at, struct forbidder *ret)
{
	const char *type = at->outcome->about;
	bool proc = strcmp(type, "proc") == 0;
	char path[512];

	if (at->outcome->code != EPERM || (!proc && strcmp(type, "sysfs") != 0) ||
	    !site_covered(at->site, proc ? "/proc" : "/sys", path, sizeof(path)))
		return false;
	SAY(_("%s is covered by another mount, and a fresh %s would reveal what lies below"), path, type);
	return is(at, "covered", "", ret);
}

static bool incapable(const struct inquiry *at, struct forbidder *ret)
{
	int cap = at->trial->cap;
	cleanup_text struct text upper = { 0 };

	if (at->outcome->code != EPERM || !cap || (at->outcome->caps >> cap & 1))
		return false;
	char *name = cap_to_name(cap);
	text_add(&upper, name ? name : "");
	cap_free(name);
	for (char *p = upper.s; p && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	SAY(_("the effective set, %llx, lacks %s"), (unsigned long long)at->outcome->caps, text_of(&upper));
	return is(at, "capability", text_begins(text_of(&upper), "CAP_") ? text_of(&upper) + 4 : "", ret);
}

static bool no_device(const struct inquiry *at, struct forbidder *ret)
{
	int code = at->outcome->code;

	if (!text_begins(at->outcome->about, "/dev/"))
		return false;
	if (code == ENOENT)
		SAY(_("there is no %s"), at->outcome->about);
	else if (code == ENXIO || code == ENODEV)
		SAY(_("%s has no driver"), at->outcome->about);
	else
		SAY(_("%s may not be opened: %s"), at->outcome->about, errno_name(code));
	bool absent = code == ENOENT || code == ENXIO || code == ENODEV;
	return is(at, absent ? "device" : "device-denied", at->outcome->about, ret);
}

static bool old_kernel(const struct inquiry *at, struct forbidder *ret)
{
	if (strcmp(at->outcome->about, "overlay") != 0 || at->outcome->code != EPERM ||
	    (at->facts->root && at->facts->initial_userns) || facts_kernel(at->facts, 5, 11))
		return false;
	SAY(_("Linux %d.%d lets only root mount it; user namespaces may since 5.11"), at->facts->kernel_major,
	    at->facts->kernel_minor);
	return is(at, "kernel-old", "5.11", ret);
}

/* The errnos by which the kernel says that it does not know a type, a flag or a call. */
static bool no_option(const struct inquiry *at, struct forbidder *ret)
{
	static const int codes[] = { ENOSYS, EINVAL, ENODEV, EOPNOTSUPP, EPROTONOSUPPORT, ENOENT, EAFNOSUPPORT };

	for (size_t i = 0; at->trial->kernel && i < COUNT(codes); i++)
		if (at->outcome->code == codes[i]) {
			SAY(_("%s: %s is how a kernel answers that lacks %s"), at->outcome->call, errno_name(codes[i]),
			    at->trial->kernel);
			bool module = at->trial->module && site_has(at->site, "/proc/modules");
			return is(at, module ? "module" : "kernel", module ? at->trial->module : at->trial->kernel, ret);
		}
	return false;
}

static bool unknown(const struct inquiry *at, struct forbidder *ret)
{
	SAY(_("%s: %s, and nothing that can be looked at tells more"), at->outcome->call, errno_name(at->outcome->code));
	return is(at, "unknown", "", ret);
}

void forbid_find(const struct inquiry *at, struct forbidder *ret)
{
	static bool (*const forbidders[])(const struct inquiry *at, struct forbidder *ret) = {
		late, missing_program, missing_own, no_range, powerless_tool, limit, filter, no_clone, apparmor, selinux, yama, unmapped, chrooted,
		covered, old_kernel, incapable, no_device, no_option, unknown,
	};

	*ret = (struct forbidder){ 0 };
	for (size_t i = 0; i < COUNT(forbidders) && !forbidders[i](at, ret); i++)
		;
}
