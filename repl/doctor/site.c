#include "doctor/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"

enum { MOST = 1 << 20 };

static const char *below(const struct site *site, const char *path, char *to, size_t size)
{
	snprintf(to, size, "%s%s", site->root, path);
	return to;
}

int site_read(const struct site *site, const char *path, struct text *ret)
{
	char full[4096];

	return read_file(AT_FDCWD, below(site, path, full, sizeof(full)), MOST, ret);
}

bool site_has(const struct site *site, const char *path)
{
	char full[4096];
	struct stat st;

	return lstat(below(site, path, full, sizeof(full)), &st) == 0;
}

long site_number(const struct site *site, const char *path, long otherwise)
{
	cleanup_text struct text text = { 0 };

	if (site_read(site, path, &text) < 0 || !text.len)
		return otherwise;
	char *end;
	long number = strtol(text_of(&text), &end, 10);
	return end == text_of(&text) ? otherwise : number;
}

const char *site_status(const struct site *site, const char *key, char *ret, size_t size)
{
	cleanup_text struct text text = { 0 };
	size_t length = strlen(key);

	*ret = '\0';
	if (site_read(site, "/proc/self/status", &text) < 0)
		return ret;
	for (const char *s = text_of(&text); *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (strncmp(s, key, length) == 0 && s[length] == ':') {
			s += length + 1;
			s += strspn(s, " \t");
			snprintf(ret, size, "%.*s", (int)strcspn(s, "\n"), s);
			break;
		}
	return ret;
}

/* ---- mounts ---- */

/* Fields 4 and 5 of a line of mountinfo, proc_pid_mountinfo(5), as they are written there. */
static bool mount_of(const char *line, char *root, char *point, size_t size)
{
	char format[40];

	snprintf(format, sizeof(format), "%%*s %%*s %%*s %%%zus %%%zus", size - 1, size - 1);
	return sscanf(line, format, root, point) == 2;
}

/* register_sysctl_mount_point() and its like in the kernel: never anything but mount points. */
bool site_keeps_empty(const char *point)
{
	static const char *const points[] = {
		"/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd", "/sys/kernel/debug", "/sys/kernel/security", "/sys/kernel/tracing",
		"/sys/kernel/config", "/sys/fs/cgroup", "/sys/fs/fuse/connections", "/sys/fs/bpf", "/sys/fs/pstore",
		"/sys/fs/selinux", "/sys/fs/smackfs", "/sys/firmware/efi/efivars", "/sys/fs/resctrl", "/sys/hypervisor/s390",
	};

	for (size_t i = 0; i < COUNT(points); i++)
		if (text_begins(point, points[i]) && (!point[strlen(points[i])] || point[strlen(points[i])] == '/'))
			return true;
	return false;
}

bool site_covered(const struct site *site, const char *path, char *ret, size_t size)
{
	cleanup_text struct text text = { 0 };
	char root[1024], point[1024];
	size_t length = strlen(path);

	if (site_read(site, "/proc/self/mountinfo", &text) < 0)
		return false;
	for (const char *s = text_of(&text); *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (mount_of(s, root, point, sizeof(point)) && text_begins(point, path) && point[length] == '/' &&
		    !site_keeps_empty(point)) {
			snprintf(ret, size, "%s", vis(point));
			return true;
		}
	return false;
}

bool site_in_chroot(const struct site *site)
{
	cleanup_text struct text text = { 0 };
	char root[1024], point[1024];

	if (site_read(site, "/proc/self/mountinfo", &text) < 0)
		return false;
	for (const char *s = text_of(&text); *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (mount_of(s, root, point, sizeof(point)) && strcmp(point, "/") == 0)
			return false;
	return true;
}

/* ---- which place this is ---- */

/* Whether the environment of a process has "NAME=" or "NAME=VALUE". */
static bool has_variable(const struct site *site, const char *path, const char *variable)
{
	cleanup_text struct text text = { 0 };

	if (site_read(site, path, &text) < 0)
		return false;
	for (size_t i = 0; i < text.len; i += strlen(text.s + i) + 1)
		if (text_begins(text.s + i, variable))
			return true;
	return false;
}

static bool has_words(const struct site *site, const char *path, const char *words)
{
	cleanup_text struct text text = { 0 };

	return site_read(site, path, &text) == 0 && strcasestr(text_of(&text), words);
}

static bool is_kubernetes(const struct site *site)
{
	return has_variable(site, "/proc/self/environ", "KUBERNETES_SERVICE_HOST=") ||
	       site_has(site, "/var/run/secrets/kubernetes.io") || has_words(site, "/proc/self/cgroup", "/kubepods");
}

/* Docker mounts a file of its own over each of these; a tree that was once an image keeps /.dockerenv, and has no such
 * mount. */
static bool has_dockers_mounts(const struct site *site)
{
	cleanup_text struct text text = { 0 };
	char root[1024], point[1024];

	if (site_read(site, "/proc/self/mountinfo", &text) < 0)
		return false;
	for (const char *s = text_of(&text); *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (mount_of(s, root, point, sizeof(point)) && (strcmp(point, "/etc/hosts") == 0 ||
		    strcmp(point, "/etc/hostname") == 0 || strcmp(point, "/etc/resolv.conf") == 0))
			return true;
	return false;
}

static bool is_docker(const struct site *site)
{
	return (site_has(site, "/.dockerenv") && has_dockers_mounts(site)) || has_words(site, "/proc/self/cgroup", "/docker/");
}

static bool is_podman(const struct site *site)
{
	return site_has(site, "/run/.containerenv");
}

static bool is_stave(const struct site *site)
{
	return has_words(site, "/proc/self/mountinfo", "/stave/init");
}

static bool is_lxc(const struct site *site)
{
	return has_variable(site, "/proc/1/environ", "container=lxc");
}

static bool is_nspawn(const struct site *site)
{
	return has_variable(site, "/proc/1/environ", "container=systemd-nspawn");
}

static bool is_container(const struct site *site)
{
	return has_variable(site, "/proc/1/environ", "container=") || has_variable(site, "/proc/self/environ", "container=");
}

static bool is_wsl(const struct site *site)
{
	return has_words(site, "/proc/sys/kernel/osrelease", "microsoft");
}

static bool is_ci(const struct site *site)
{
	return has_variable(site, "/proc/self/environ", "GITHUB_ACTIONS=") ||
	       has_variable(site, "/proc/self/environ", "GITLAB_CI=") || has_variable(site, "/proc/self/environ", "CI=true");
}

/* A file or variable may be left over from what an image was made for: who is in the first pid namespace is on the
 * host. Its number is the same on every machine: PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h. */
static bool is_contained(const struct site *site)
{
	char full[4096], link[64];
	ssize_t n = readlink(below(site, "/proc/self/ns/pid", full, sizeof(full)), link, sizeof(link) - 1);

	link[n < 0 ? 0 : n] = '\0';
	return strcmp(link, "pid:[4026531836]") != 0;
}

/* The innermost first: a pod's container has what docker's has. */
static const struct {
	enum place place;
	bool inside; /* only of who is in another pid namespace than the host's */
	const char *name, *said;
	bool (*is)(const struct site *site);
} places[] = {
	{ HOST_CHROOT, false, "chroot", N_("a chroot"), site_in_chroot },
	{ HOST_STAVE, true, "stave", N_("a container of Stave's"), is_stave },
	{ HOST_KUBERNETES, true, "kubernetes", N_("a container of a Kubernetes pod"), is_kubernetes },
	{ HOST_PODMAN, true, "podman", N_("a container of podman's"), is_podman },
	{ HOST_DOCKER, true, "docker", N_("a container of docker's"), is_docker },
	{ HOST_LXC, true, "lxc", N_("a container of LXC's"), is_lxc },
	{ HOST_NSPAWN, true, "nspawn", N_("a container of systemd-nspawn's"), is_nspawn },
	{ HOST_CONTAINER, true, "container", N_("a container"), is_container },
	{ HOST_WSL, false, "wsl", N_("the Windows Subsystem for Linux"), is_wsl },
	{ HOST_CI, false, "ci", N_("a virtual machine of a CI service"), is_ci },
	{ HOST_BARE, false, "host", N_("a host of its own"), NULL },
};

enum place site_place(const struct site *site)
{
	bool contained = is_contained(site);
	size_t i = 0;

	while (places[i].is && (places[i].inside > contained || !places[i].is(site)))
		i++;
	return places[i].place;
}

static size_t row_of(enum place place)
{
	size_t i = 0;

	while (i + 1 < COUNT(places) && places[i].place != place)
		i++;
	return i;
}

const char *place_name(enum place place)
{
	return places[row_of(place)].name;
}

const char *place_said(enum place place)
{
	return places[row_of(place)].said;
}

const char *site_installer(const struct site *site)
{
	static const struct { const char *file, *command; } tools[] = {
		{ "/usr/bin/apt-get", "apt-get install" }, { "/usr/bin/dnf", "dnf install" }, { "/sbin/apk", "apk add" },
		{ "/usr/bin/pacman", "pacman -S" }, { "/usr/bin/zypper", "zypper install" },
	};

	for (size_t i = 0; i < COUNT(tools); i++)
		if (site_has(site, tools[i].file))
			return tools[i].command;
	return "install";
}
