#include "lesson/file/need.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/net/inside.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "image/busybox.h"
#include "snapshot/facts.h"
#include "snapshot/network/rules.h"
#include "snapshot/snapshot.h"

/* met: or err is filled. number: which controller or version, where one function serves many. */
struct need_kind {
	const char *word;
	bool (*met)(const struct need *need, struct facts *facts, struct error *err);
	int number;
};

/* why and fix are translated already. */
static bool missing(struct error *err, const char *what, const char *why, const char *fix)
{
	fail_id(err, ERR_LESSON_NEEDS, 0, "%s", what);
	fail_why(err, "%s", why);
	fail_fix(err, "%s", fix);
	return false;
}

static bool met_user(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	if (!facts->no_userns[0])
		return true;
	fail_id(err, ERR_LESSON_NEEDS, 0, "user namespaces");
	fail_why(err, "this site forbids them to you: %s", facts->no_userns);
	fail_fix(err, "ask the administrator of this machine, or start stave as root");
	return false;
}

static bool met_root(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	if (facts->root && facts->initial_userns)
		return true;
	return missing(err, "root", facts->root ? _("root of a user namespace is not root of the host") :
						  _("an ordinary user has no CAP_SYS_ADMIN over the host"),
		       _("start it as root: sudo stave"));
}

static bool met_namespaces(const struct need *need, struct facts *facts, struct error *err)
{
	return facts->root || met_user(need, facts, err);
}

/* Whether a process is this one or was started by it. */
static bool is_ours(pid_t pid, char *comm, size_t size)
{
	for (int up = 0; up < 8 && pid > 1; up++) {
		struct reading reading;
		struct error unused;
		if (pid == getpid())
			return true;
		if (reading_take(pid, &reading, &unused) < 0)
			return up > 0 ? false : true; /* gone already */
		if (!up)
			visible(comm, size, reading.comm);
		pid = reading.parent;
		reading_done(&reading);
	}
	return false;
}

/* On v2 a group with processes of its own, the top apart, hands no controllers down, and those that
 * are not ours are not ours to move. cgroups(7), "No internal processes". */
static bool is_in_the_way(const struct cgroup_place *place, struct error *err)
{
	cleanup_text struct text procs = { 0 }, path = { 0 };
	char comm[80] = "";

	if (place->version != 2 || place->enabled || strcmp(place->parent, place->mount) == 0)
		return false;
	text_addf(&path, "%s/cgroup.procs", place->parent);
	if (read_file(AT_FDCWD, text_of(&path), 1 << 16, &procs) < 0)
		return false;
	for (const char *s = text_of(&procs); *s; s += strcspn(s, "\n"), s += *s == '\n') {
		pid_t pid = (pid_t)strtol(s, NULL, 10);
		if (is_ours(pid, comm, sizeof(comm)))
			continue;
		fail_why(err, "%s (pid %d) is in the group %s as well: a group with processes cannot "
			 "enable controllers for groups below", comm, pid, vis(place->parent));
		return true;
	}
	return false;
}

static bool met_controller(const struct need *need, struct facts *facts, struct error *err)
{
	enum controller controller = (enum controller)need->kind->number;
	const struct cgroup_place *place = &facts->cgroup[controller];

	facts_cgroups(facts);
	fail_id(err, ERR_LESSON_NEEDS, 0, "cgroup %s", controller_names[controller]);
	if (place->version && place->writable && is_in_the_way(place, err)) {
		fail_fix(err, "start it in a group of its own: systemd-run %s--scope -p Delegate=yes stave",
			 facts->root ? "" : "--user ");
		return false;
	}
	if (place->version && place->writable)
		return true;
	if (!place->version) {
		fail_why(err, "no cgroup hierarchy here has that controller");
		fail_fix(err, "use a kernel that has it; cat /proc/cgroups lists the controllers");
		return false;
	}
	fail_why(err, "you cannot make groups below %s", vis(place->parent));
	fail_fix(err, facts->root ? "use a host whose cgroups can be written, not a container" :
		 "start stave as root, or in a group of your own: systemd-run --user --scope -p Delegate=yes stave");
	return false;
}

static bool met_groups(const struct need *need, struct facts *facts, struct error *err)
{
	static const struct need_kind each[] = {
		{ .number = CONTROLLER_CPU }, { .number = CONTROLLER_MEMORY },
		{ .number = CONTROLLER_PIDS },
	};

	(void)need;
	for (size_t i = 0; i < COUNT(each); i++)
		if (!met_controller(&(struct need){ .kind = &each[i] }, facts, err))
			return false;
	return true;
}

static bool met_version(const struct need *need, struct facts *facts, struct error *err)
{
	int version = need->kind->number;

	facts_cgroups(facts);
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (facts->cgroup[i].version == version)
			return true;
	fail_id(err, ERR_LESSON_NEEDS, 0, "cgroup v%d", version);
	fail_why(err, "no controller is on that version here");
	fail_fix(err, version == 2 ? "boot with systemd.unified_cgroup_hierarchy=1" :
				     "boot with systemd.unified_cgroup_hierarchy=0");
	return false;
}

/* It is an option of the file system, not of a mount: any mount of it tells. cgroups(7). */
static bool met_nsdelegate(const struct need *need, struct facts *facts, struct error *err)
{
	cleanup_text struct text text = { 0 };

	(void)need;
	(void)facts;
	if (read_file(AT_FDCWD, "/proc/self/mounts", 1 << 20, &text) < 0)
		return missing(err, "nsdelegate", _("/proc/self/mounts cannot be read"), _("mount proc on /proc"));
	for (const char *s = text_of(&text); *s; s += strcspn(s, "\n"), s += *s == '\n') {
		size_t length = strcspn(s, "\n");
		if (memmem(s, length, " cgroup2 ", 9) && memmem(s, length, ",nsdelegate", 11))
			return true;
	}
	return missing(err, "nsdelegate", _("no mount of cgroup2 here has that option"),
		       _("as root of the host: mount -o remount,nsdelegate /sys/fs/cgroup"));
}

/* filesystems(5) lists what is loaded; a module that can be loaded is not in it. */
static bool has_file_system(const char *name)
{
	cleanup_text struct text text = { 0 };
	char line[64], path[128];

	if (read_file(AT_FDCWD, "/proc/filesystems", 1 << 16, &text) == 0) {
		snprintf(line, sizeof(line), "\t%s\n", name);
		if (strstr(text_of(&text), line))
			return true;
	}
	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return access(path, F_OK) == 0;
}

static bool met_overlay(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	if (!facts->root && !facts_kernel(facts, 5, 11)) {
		fail_id(err, ERR_LESSON_NEEDS, 0, "overlay");
		fail_why(err, "Linux %d.%d lets only root mount it; user namespaces may since 5.11",
			 facts->kernel_major, facts->kernel_minor);
		fail_fix(err, "start stave as root");
		return false;
	}
	return has_file_system("overlay") ||
	       missing(err, "overlay", _("/proc/filesystems does not list it"), _("as root: modprobe overlay"));
}

static bool met_time(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	(void)facts;
	return access("/proc/self/ns/time", F_OK) == 0 ||
	       missing(err, "time namespaces", _("this kernel has none"), _("Linux 5.6 or newer"));
}

static bool met_seccomp(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	(void)facts;
	return access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0 ||
	       missing(err, "seccomp", _("this kernel has no seccomp filters"),
		       _("a kernel with CONFIG_SECCOMP_FILTER"));
}

static bool met_landlock(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	(void)facts;
	return sys_landlock_create(NULL, 0, SYS_LANDLOCK_VERSION) > 0 ||
	       missing(err, "landlock", errno == EOPNOTSUPP ? _("this kernel has Landlock, but it was not started at boot") :
							      _("this kernel has no Landlock"),
		       _("a kernel of 5.13 or newer with CONFIG_SECURITY_LANDLOCK; boot with lsm=landlock,..."));
}

static bool met_keyrings(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	(void)facts;
	return sys_keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) >= 0 || errno == ENOKEY ||
	       missing(err, "keyrings", errno == ENOSYS ? _("this kernel has no keyrings") :
							  _("a seccomp filter forbids keyctl(2), as in a container"),
		       _("start stave outside of a container, on a kernel with CONFIG_KEYS"));
}

/* nft(8), and a kernel that has nf_tables; EPERM is what a user is told by one that has. */
static bool met_nft(const struct need *need, struct facts *facts, struct error *err)
{
	char path[256];

	(void)need;
	(void)facts;
	if (!inside_program("nft", path, sizeof(path)))
		return missing(err, "nft", _("nft(8) is not installed: it is the program that makes rules of nftables"),
			       _("install the package nftables"));
	return rules_any() >= 0 || (errno != EPROTONOSUPPORT && errno != EINVAL && errno != EOPNOTSUPP) ||
	       missing(err, "nft", _("this kernel has no nftables"), _("a kernel with CONFIG_NF_TABLES"));
}

static bool met_kernel(const struct need *need, struct facts *facts, struct error *err)
{
	if (facts_kernel(facts, need->major, need->minor))
		return true;
	fail_id(err, ERR_LESSON_NEEDS, 0, "kernel %d.%d", need->major, need->minor);
	fail_why(err, "this is Linux %d.%d", facts->kernel_major, facts->kernel_minor);
	fail_fix(err, "a newer kernel");
	return false;
}

static bool met_busybox(const struct need *need, struct facts *facts, struct error *err)
{
	char folder[4096];

	(void)need;
	(void)facts;
	return image_busybox(false, folder, sizeof(folder), err) == 0;
}

static const struct need_kind kinds[] = {
	{ "namespaces", met_namespaces },
	{ "user namespaces", met_user },
	{ "root", met_root },
	{ "cgroups", met_groups },
	{ "cgroup cpu", met_controller, CONTROLLER_CPU },
	{ "cgroup memory", met_controller, CONTROLLER_MEMORY },
	{ "cgroup pids", met_controller, CONTROLLER_PIDS },
	{ "cgroup cpuset", met_controller, CONTROLLER_CPUSET },
	{ "cgroup io", met_controller, CONTROLLER_IO },
	{ "cgroup freezer", met_controller, CONTROLLER_FREEZER },
	{ "cgroup v1", met_version, 1 },
	{ "cgroup v2", met_version, 2 },
	{ "nsdelegate", met_nsdelegate },
	{ "overlay", met_overlay },
	{ "time namespaces", met_time },
	{ "seccomp", met_seccomp },
	{ "landlock", met_landlock },
	{ "keyrings", met_keyrings },
	{ "busybox", met_busybox },
	{ "nft", met_nft },
	{ "kernel", met_kernel },
};
enum { KINDS = COUNT(kinds) };

static int fail_unknown(const char *word, struct error *err)
{
	cleanup_text struct text known = { 0 };

	for (size_t i = 0; i < KINDS; i++)
		text_addf(&known, "%s%s", i ? ", " : "", kinds[i].word);
	fail_id(err, ERR_LESSON_FILE, 0, "unknown need: %s", vis(word));
	return fail_fix(err, "one of: %s N.N", text_of(&known));
}

int need_parse(const char *word, size_t length, struct need *ret, struct error *err)
{
	char name[64];
	int end = 0;

	*ret = (struct need){ 0 };
	snprintf(name, sizeof(name), "%.*s", (int)length, word);
	if (sscanf(name, "kernel %d.%d%n", &ret->major, &ret->minor, &end) == 2 && end && !name[end] &&
	    ret->major > 0 && ret->minor >= 0) {
		ret->kind = &kinds[KINDS - 1];
		return 0;
	}
	for (size_t i = 0; i + 1 < KINDS; i++)
		if (strcmp(kinds[i].word, name) == 0) {
			ret->kind = &kinds[i];
			return 0;
		}
	return fail_unknown(name, err);
}

bool need_met(const struct need *need, struct facts *facts, struct error *err)
{
	return need->kind->met(need, facts, err);
}
