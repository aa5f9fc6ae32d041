/* THE table of fixes: what takes a forbidder out of the way, by the place. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/process/subids.h"
#include "doctor/forbid.h"
#include "snapshot/facts.h"

enum { ANY = ~0, HOSTS = HOST_BARE | HOST_CI | HOST_WSL, IMAGES = HOST_DOCKER | HOST_PODMAN };

/* ---- what a row asks beside the place ---- */

static bool is_unnamed(const struct inquiry *at)
{
	cleanup_text struct text passwd = { 0 };

	return site_read(at->site, "/etc/passwd", &passwd) < 0 || !subids_named(text_of(&passwd), at->facts->uid);
}

/* The limit is of the user namespace that Stave is in: nobody sees those of others. */
static bool is_own_limit(const struct inquiry *at)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/sys/user/max_%.16s_namespaces", at->outcome->about);
	return !at->facts->initial_userns && site_number(at->site, path, -1) == 0;
}

static bool is_own_limit_as_root(const struct inquiry *at)
{
	return at->facts->root && is_own_limit(at);
}

static bool has_tun(const struct inquiry *at)
{
	return site_has(at->site, "/sys/class/misc/tun");
}

static bool loads_modules(const struct inquiry *at)
{
	return site_has(at->site, "/proc/modules");
}

static bool is_v1(const struct inquiry *at)
{
	return at->facts->cgroup[at->trial->number].version == 1;
}

/* The first that fits. %s is what the forbidder names: a setting, a capability, a package. when: NULL: always. */
static const struct fix {
	const char *id;
	int places;
	const char *text;
	bool (*when)(const struct inquiry *at);
} fixes[] = {
	{ "late", ANY, N_("try again on an idle machine") },
	{ "program", HOST_STAVE, N_("an image that has it") },
	{ "program", ANY, N_("as root: %s") },
	{ "program-own", ANY, N_("make builds it beside stave, make install installs both") },
	{ "program-libraries", ANY, N_("bring along what ldd %s names where it was built, or build it here") },
	{ "subids", ANY, N_("as root: useradd --uid %s NAME, and usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME"),
	  is_unnamed },
	{ "subids", ANY, N_("as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s") },
	{ "no_new_privs", IMAGES, N_("start the container without --security-opt no-new-privileges") },
	{ "no_new_privs", HOST_KUBERNETES, "securityContext: allowPrivilegeEscalation: true" },
	{ "no_new_privs", ANY, N_("start Stave from a process without no_new_privs") },
	{ "tool", ANY, N_("as root: setcap cap_setuid,cap_setgid+ep %s; and hand the line of /etc/subuid to one user only") },
	{ "limit", ANY, "sysctl -w %s", is_own_limit_as_root },
	{ "limit", ANY, N_("as root of this user namespace: sysctl -w %s"), is_own_limit },
	{ "limit", HOSTS, N_("as root: sysctl -w %s") },
	{ "limit", ANY, N_("as root of the host, and in each user namespace around this one: sysctl -w %s") },
	{ "sysctl", HOSTS, N_("as root: sysctl -w %s") },
	{ "sysctl", ANY, N_("as root of the host: sysctl -w %s") },
	{ "filter", IMAGES, N_("start the container with --security-opt seccomp=unconfined") },
	{ "filter", HOST_STAVE, N_("start the outer container with --security-opt seccomp=unconfined") },
	{ "filter", HOST_KUBERNETES, "securityContext: seccompProfile: {type: Unconfined}" },
	{ "filter", HOST_LXC, N_("lxc.seccomp.profile = in the container's config, with nothing behind it") },
	{ "filter", HOST_NSPAWN, N_("start the container with --system-call-filter=\"@mount @privileged\"") },
	{ "filter", ANY, N_("start Stave outside of the sandbox or service whose filter this is") },
	{ "apparmor", HOSTS,
	  N_("as root: printf 'abi <abi/4.0>,\\nprofile stave %s flags=(unconfined) { userns, }\\n' >/etc/apparmor.d/stave; "
	     "apparmor_parser -r /etc/apparmor.d/stave") },
	{ "apparmor", ANY, N_("as root of the host: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0") },
	{ "profile", IMAGES, N_("start the container with --security-opt apparmor=unconfined") },
	{ "profile", HOST_KUBERNETES, "securityContext: appArmorProfile: {type: Unconfined}" },
	{ "profile", HOST_LXC, N_("lxc.apparmor.profile = unconfined, in the container's config") },
	{ "profile", ANY, N_("start Stave outside of the profile %s, or as root: aa-complain it") },
	{ "selinux", IMAGES, N_("start the container with --security-opt label=disable") },
	{ "selinux", ANY, N_("ausearch -m avc -ts recent names the rule; as root: setenforce 0 lifts all of them") },
	{ "yama-final", ANY, N_("boot again with kernel.yama.ptrace_scope=1: 3 cannot be taken back") },
	{ "yama", ANY, N_("as root of the host: sysctl -w %s") },
	{ "chroot", ANY, N_("start Stave outside of the chroot") },
	{ "covered", HOST_DOCKER, N_("start the container with --security-opt systempaths=unconfined") },
	{ "covered", HOST_PODMAN, N_("start the container with --security-opt unmask=ALL") },
	{ "covered", HOST_STAVE, N_("start the outer container with --security-opt systempaths=unconfined") },
	{ "covered", HOST_KUBERNETES, "hostUsers: false, securityContext: procMount: Unmasked" },
	{ "covered", HOST_LXC, N_("security.nesting = true; or lxc.mount.auto = proc:rw sys:rw, in the container's config") },
	{ "covered", ANY, N_("umount what covers it, or start Stave where proc and sysfs are whole") },
	{ "capability", IMAGES, N_("start the container with --cap-add %s, or as an ordinary user with --security-opt seccomp=unconfined") },
	{ "capability", HOST_STAVE, N_("start the outer container with --cap-add %s") },
	{ "capability", HOST_KUBERNETES, "securityContext: capabilities: {add: [%s]}" },
	{ "capability", ANY, N_("start Stave as root with CAP_%s") },
	{ "device", IMAGES, N_("start the container with --device %s") },
	{ "device", HOST_STAVE, N_("start the outer container with -v %s") },
	{ "device", HOST_KUBERNETES, N_("a device plugin, or a hostPath volume of type CharDevice for %s") },
	{ "device", HOSTS, N_("as root: mkdir -p /dev/net, and mknod %s c 10 200"), has_tun },
	{ "device", HOSTS, N_("as root: modprobe tun; that makes %s"), loads_modules },
	{ "device", HOSTS, N_("a kernel with CONFIG_TUN, which makes %s") },
	{ "device", ANY, N_("%s of the host, bound into this place") },
	{ "device-denied", HOSTS, N_("as root: chmod 666 %s") },
	{ "device-denied", ANY, N_("start the container with --device %s") },
	{ "kernel-old", ANY, N_("start Stave as root, or use Linux %s or newer") },
	{ "module", HOST_WSL, N_("wsl --update, and as root: modprobe %s") },
	{ "module", HOSTS, N_("as root: modprobe %s") },
	{ "module", ANY, N_("as root of the host: modprobe %s") },
	{ "kernel", ANY, N_("a kernel with %s") },
	{ "cgroup-absent", ANY, N_("a kernel with this controller, and a mounted cgroup file system: cat /proc/cgroups") },
	{ "cgroup-read-only", HOST_DOCKER, N_("start the container with --cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:rw, or --privileged") },
	{ "cgroup-read-only", HOST_PODMAN, N_("start the container with --security-opt unmask=/sys/fs/cgroup, or --privileged") },
	{ "cgroup-read-only", ANY, N_("as root: mount -o remount,rw %s") },
	{ "cgroup-denied", HOSTS, N_("start Stave as root: on cgroup v1 the groups are root's"), is_v1 },
	{ "cgroup-denied", HOSTS, N_("start Stave as root, or in a group of your own: systemd-run --user --scope -p Delegate=yes stave") },
	{ "cgroup-denied", ANY, N_("start Stave as root, where the control groups can be written") },
	{ "cgroup-busy", ANY, N_("start Stave in a group of its own: systemd-run --scope -p Delegate=yes stave") },
	{ "unmapped", ANY, N_("map the id %s in this user namespace") },
	{ "unknown", ANY, N_("dmesg, or the audit log of the host, may tell more") },
};

void fix_find(const struct inquiry *at, const char *detail, struct forbidder *ret)
{
	int place = site_place(at->site);
	char exe[512] = "";

	if (strcmp(ret->id, "apparmor") == 0) {
		ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
		exe[n < 0 ? 0 : n] = '\0';
		detail = exe;
	}
	for (size_t i = 0; i < COUNT(fixes); i++)
		if (strcmp(fixes[i].id, ret->id) == 0 && (fixes[i].places & place) && (!fixes[i].when || fixes[i].when(at))) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
			snprintf(ret->fix, sizeof(ret->fix), _(fixes[i].text), detail);
#pragma GCC diagnostic pop
			return;
		}
}
