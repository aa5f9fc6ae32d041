#include "ops/program/plain.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/file/inroot.h"
#include "ops/plan.h"
#include "ops/program/program.h"

/* ---- the process ---- */

/* What such a plan may have. None of these lets another process in, nor joins one. */
static bool is_harmless(const struct op *op)
{
	switch (op->kind) {
	case OP_clone:
		return (op->clone.flags & CLONE_NEWPID) && (op->clone.flags & CLONE_NEWNS);
	case OP_unshare:
		return op->unshare.flags == CLONE_NEWCGROUP;
	case OP_mount:
	case OP_umount:
	case OP_root:
	case OP_open_tree:
	case OP_move_mount:
	case OP_send_folder:
	case OP_lock:
	case OP_mount_setattr:
	case OP_mask:
	case OP_mask_file:
	case OP_mkdir:
	case OP_mknod:
	case OP_symlink:
	case OP_file:
	case OP_chroot:
	case OP_chdir:
	case OP_pivot_root:
	case OP_sethostname:
	case OP_ifup:
	case OP_wire:
	case OP_link_set:
	case OP_addr:
	case OP_route:
	case OP_hosts:
	case OP_sysctl:
	case OP_idmap:
	case OP_cgroup_mkdir:
	case OP_control:
	case OP_attach:
	case OP_setenv:
	case OP_umask:
	case OP_capbset_drop:
	case OP_oom:
	case OP_rlimit:
	case OP_keyring:
	case OP_setgroups:
	case OP_setresgid:
	case OP_setresuid:
	case OP_cap_ambient:
	case OP_securebits:
	case OP_capset:
	case OP_no_new_privs:
	case OP_seccomp:
	case OP_exec:
		return true;
	default:
		return false;
	}
}

static bool is_one_process(const struct plan *plan)
{
	size_t clones = 0;

	if (plan->child != PLAN_ASIDE || plan->traced || plan->follows || !plan->layer || !plan->count ||
	    (plan->program != PROGRAM_WAIT && plan->program != PROGRAM_INPUT))
		return false;
	for (size_t i = 0; i < plan->count; i++) {
		const struct op *op = &plan->ops[i].op;
		if (!is_harmless(op) || (op->kind == OP_exec && i + 1 < plan->count))
			return false;
		clones += op->kind == OP_clone;
	}
	return clones == 1 && plan->ops[plan->count - 1].op.kind == OP_exec;
}

/* ---- the file ---- */

/* This program's own header: ld(1) puts it at the start of what is loaded. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* An ELF program for this machine that asks for no interpreter: elf(5). */
static bool is_loaded_alone(int fd)
{
	union { ElfW(Ehdr) elf; char bytes[4096]; } head;
	ssize_t n = pread(fd, &head, sizeof(head), 0);
	const ElfW(Ehdr) *elf = &head.elf;

	if (n < (ssize_t)sizeof(*elf) || memcmp(elf->e_ident, __ehdr_start.e_ident, EI_DATA + 1) != 0 ||
	    elf->e_machine != __ehdr_start.e_machine || elf->e_phentsize != sizeof(ElfW(Phdr)) ||
	    elf->e_phoff > (size_t)n || elf->e_phnum > ((size_t)n - elf->e_phoff) / sizeof(ElfW(Phdr)))
		return false;
	for (size_t i = 0; i < elf->e_phnum; i++) {
		ElfW(Phdr) part;
		memcpy(&part, head.bytes + elf->e_phoff + i * sizeof(part), sizeof(part));
		if (part.p_type == PT_INTERP)
			return false;
	}
	return elf->e_phnum > 0;
}

enum found { FOUND_NOT, FOUND_PLAIN, FOUND_OTHER };

/* A place where the container has another file system than the layer, or a way that only the kernel goes. */
static bool is_elsewhere(const char *path)
{
	static const char *const others[] = { "proc", "dev", "sys" };

	for (size_t i = 0; i < COUNT(others); i++) {
		size_t n = strlen(others[i]);
		if (strncmp(path, others[i], n) == 0 && (path[n] == '/' || !path[n]))
			return true;
	}
	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/')
		if (*p == '/' || strspn(p, ".") == strcspn(p, "/"))
			return true;
	return false;
}

/* The file or link path, without a slash before it; no link is followed. */
static enum found open_file(int layer, const char *path, int *ret, struct stat *st)
{
	*ret = -1;
	errno = 0;
	if (is_elsewhere(path))
		return FOUND_OTHER;
	*ret = inroot_beneath(layer, path, O_PATH | O_NOFOLLOW);
	if (*ret < 0)
		return errno == ENOENT || errno == ENOTDIR ? FOUND_NOT : FOUND_OTHER;
	return fstat(*ret, st) < 0 ? FOUND_OTHER : FOUND_PLAIN;
}

/* The link at the first length bytes of path leads to a name in its own folder or one above it, as those to busybox and
 * of /sbin do: that name in its place. The folders above it are no links, or these would have been followed first. */
static bool follow(int layer, char path[PATH_MAX], size_t length)
{
	char link[PATH_MAX], name[NAME_MAX + 1], rest[PATH_MAX];

	snprintf(link, sizeof(link), "%.*s", (int)length, path);
	ssize_t n = readlinkat(layer, link, name, sizeof(name));
	const char *base = strrchr(link, '/');
	size_t folder = base ? (size_t)(base + 1 - link) : 0;

	if (n <= 0 || n == sizeof(name))
		return false;
	name[n] = '\0';
	const char *to = name;
	for (; strncmp(to, "../", 3) == 0; to += 3)
		while (folder > 0 && (--folder == 0 || link[folder - 1] != '/'))
			continue;
	if (strchr(to, '/'))
		return false;
	snprintf(rest, sizeof(rest), "%s", path + length);
	return snprintf(path + folder, PATH_MAX - folder, "%s%s", to, rest) < (int)(PATH_MAX - folder);
}

/* The first folder of path that is a link, in the same way. */
static bool follow_folder(int layer, char path[PATH_MAX])
{
	char name[2];

	for (char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		bool link = readlinkat(layer, path, name, sizeof(name)) >= 0;
		*p = '/';
		if (link)
			return follow(layer, path, (size_t)(p - path));
	}
	return false;
}

/* Whether a binding of the plan lies over path, or may: where a link leads to its target is not looked at. */
static bool is_covered(int layer, const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->binding_count; i++) {
		const char *target = plan->bindings[i].target + strspn(plan->bindings[i].target, "/");
		size_t n = strlen(target);
		if (n == 0 || is_elsewhere(target) || (strncmp(path, target, n) == 0 && (path[n] == '/' || !path[n])))
			return true;
		if (plan->bindings[i].fresh)
			continue;
		cleanup_fd int fd = inroot_beneath(layer, target, O_PATH);
		if (fd < 0 && errno != ENOENT)
			return true;
	}
	return false;
}

/* A few links at most, one after the other, and each place on the way is looked at. */
static enum found find(int layer, const struct plan *plan, char path[PATH_MAX], int *ret)
{
	enum { MOST = 4 };
	struct stat st;

	for (int links = 0; links < MOST; links++) {
		if (is_covered(layer, plan, path))
			return FOUND_OTHER;
		enum found found = open_file(layer, path, ret, &st);
		if (found == FOUND_PLAIN && S_ISREG(st.st_mode))
			return FOUND_PLAIN;
		bool more = found == FOUND_PLAIN ? S_ISLNK(st.st_mode) && follow(layer, path, strlen(path)) :
			    found == FOUND_OTHER && *ret < 0 && errno == ELOOP && follow_folder(layer, path);
		if (*ret >= 0)
			close(steal_fd(ret));
		if (!more)
			return found == FOUND_NOT ? FOUND_NOT : FOUND_OTHER;
	}
	return FOUND_OTHER;
}

static enum found look(int layer, const struct plan *plan, const char *at)
{
	char path[PATH_MAX], opened[40];
	int fd = -1;

	if (snprintf(path, sizeof(path), "%s", at + strspn(at, "/")) >= (int)sizeof(path))
		return FOUND_OTHER;
	enum found found = find(layer, plan, path, &fd);
	cleanup_fd int place = fd;
	if (found != FOUND_PLAIN)
		return found;
	snprintf(opened, sizeof(opened), "/proc/self/fd/%d", place);
	cleanup_fd int file = open(opened, O_RDONLY | O_CLOEXEC);
	return file >= 0 && is_loaded_alone(file) ? FOUND_PLAIN : FOUND_OTHER;
}

/* As execve(2) or, along PATH, ops/program/program.c looks for it. */
static bool is_plain_program(int layer, const struct plan *plan)
{
	const struct op *op = &plan->ops[plan->count - 1].op;
	const char *const *argv = op->exec.argv;
	enum found found = FOUND_NOT;
	char path[PATH_MAX];

	if (!argv || !argv[0] || op->exec.program.path)
		return false;
	if (strchr(argv[0], '/'))
		return argv[0][0] == '/' && look(layer, plan, argv[0]) == FOUND_PLAIN;
	for (const char *p = program_path(op->exec.envp); *p && found == FOUND_NOT; p += strspn(p, ":")) {
		size_t n = strcspn(p, ":");
		if (*p != '/' || snprintf(path, sizeof(path), "%.*s/%s", (int)n, p, argv[0]) >= (int)sizeof(path))
			return false;
		found = look(layer, plan, path);
		p += n;
	}
	return found == FOUND_PLAIN;
}

bool plan_is_plain(const struct plan *plan)
{
	if (!is_one_process(plan))
		return false;
	cleanup_fd int layer = open(plan->layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return layer >= 0 && is_plain_program(layer, plan);
}

/* ---- a network's holder ---- */

static bool is_wiring(const struct op *op)
{
	switch (op->kind) {
	case OP_clone:
		return op->clone.flags == CLONE_NEWNET;
	case OP_ifup:
	case OP_link_add:
	case OP_link_set:
	case OP_link_del:
	case OP_addr:
	case OP_route:
	case OP_wire:
		return true;
	default:
		return false;
	}
}

bool plan_only_wires(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!is_wiring(&plan->ops[i].op))
			return false;
	return plan->count > 0 && plan->program == PROGRAM_NONE;
}
