/* Parts of plans: a container whose ids are nobody's on the host, and the idmapped mounts that give
 * it the host's files all the same: user_namespaces(7), mount_setattr(2). */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/container/container.h"

/* Ids from here on are given to nobody by systemd's table of who uses which, up to 2147352576. */
enum { FIRST_FREE = 0x70000000, FREE_RANGES = 4094 };
enum { MOST_TEXT = 1 << 24, PATIENCE = 10000 /* ms for a process that does one thing */ };

/* What begins at 0 is root, or the map of the host or of somebody who has no ids to give away. */
static bool overlaps(unsigned long first, unsigned long from, unsigned long count)
{
	return from > 0 && count > 0 && first < from + count && from < first + MAPPED_IDS;
}

/* ---- who has which ids ---- */

/* Texts of /etc, and the maps of all processes, "INSIDE OUTSIDE COUNT" a line. */
struct owners {
	struct text subuid, subgid, passwd, group, maps;
};

static void owners_done(struct owners *owners)
{
	text_done(&owners->subuid);
	text_done(&owners->subgid);
	text_done(&owners->passwd);
	text_done(&owners->group);
	text_done(&owners->maps);
}

static int read_there(const char *path, struct text *ret, struct error *err)
{
	if (read_file(AT_FDCWD, path, MOST_TEXT, ret) == 0 || errno == ENOENT)
		return 0;
	return fail(err, errno, "container: --userns: read %s", path);
}

/* The namespaces of other containers. A process that ends meanwhile has none. */
static int read_maps(struct text *ret, struct error *err)
{
	DIR *proc = opendir("/proc");
	int code = proc ? 0 : errno;
	char path[300];

	for (struct dirent *entry; proc && !code && (entry = readdir(proc));) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		for (int i = 0; i < 2 && !code; i++) {
			snprintf(path, sizeof(path), "%s/%s", entry->d_name, i ? "gid_map" : "uid_map");
			if (read_file(dirfd(proc), path, MOST_TEXT, ret) < 0 && errno != ENOENT &&
			    errno != ESRCH)
				code = errno;
		}
	}
	if (proc)
		closedir(proc);
	return code ? fail(err, code, "container: --userns: read /proc/PID/uid_map") : 0;
}

static int read_owners(struct owners *ret, struct error *err)
{
	if (read_there("/etc/subuid", &ret->subuid, err) < 0 ||
	    read_there("/etc/subgid", &ret->subgid, err) < 0 ||
	    read_there("/etc/passwd", &ret->passwd, err) < 0 ||
	    read_there("/etc/group", &ret->group, err) < 0)
		return -1;
	return read_maps(&ret->maps, err);
}

/* Whether a line has an id of the range: format reads a first id and, of two, how many. */
static bool in_lines(const struct text *text, const char *format, unsigned long first)
{
	for (const char *line = text_of(text); *line; line += *line == '\n') {
		unsigned long from, count = 1;
		if (sscanf(line, format, &from, &count) >= 1 && overlaps(first, from, count))
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

static bool is_running(const struct owners *owners, unsigned long first)
{
	return in_lines(&owners->maps, " %*u %lu %lu", first);
}

static bool is_taken(const struct owners *owners, unsigned long first)
{
	return in_lines(&owners->subuid, "%*[^:\n]:%lu:%lu", first) ||
	       in_lines(&owners->subgid, "%*[^:\n]:%lu:%lu", first) ||
	       in_lines(&owners->passwd, "%*[^:\n]:%*[^:\n]:%lu", first) ||
	       in_lines(&owners->passwd, "%*[^:\n]:%*[^:\n]:%*[^:\n]:%lu", first) ||
	       in_lines(&owners->group, "%*[^:\n]:%*[^:\n]:%lu", first) || is_running(owners, first);
}

/* ---- a range ---- */

/* Of "FIRST COUNT", what no process has, or else its beginning; 0 where it is too short. */
static unsigned long within(const struct owners *owners, const char *range)
{
	unsigned long first, count;

	if (sscanf(range, "%lu %lu", &first, &count) != 2 || count < MAPPED_IDS)
		return 0;
	for (unsigned long at = first; at + MAPPED_IDS <= first + count; at += MAPPED_IDS)
		if (!is_running(owners, at))
			return at;
	return first;
}

/* Two shells that look at the same moment begin at different places. */
static unsigned long free_range(const struct owners *owners)
{
	unsigned long begin = (unsigned long)getpid() % FREE_RANGES;

	for (unsigned long i = 0; i < FREE_RANGES; i++) {
		unsigned long first = FIRST_FREE + (begin + i) % FREE_RANGES * MAPPED_IDS;
		if (!is_taken(owners, first))
			return first;
	}
	return 0;
}

int plan_nobodys_ids(const struct context *context, struct plan *plan, const char **uid_map,
		     const char **gid_map, struct error *err)
{
	struct owners owners = { 0 };
	unsigned long uid = 0, gid = 0;
	int ret = read_owners(&owners, err);

	if (ret == 0) {
		uid = within(&owners, context->facts->subuid);
		gid = within(&owners, context->facts->subgid);
		if (!uid || !gid)
			uid = gid = free_range(&owners);
	}
	owners_done(&owners);
	if (ret < 0)
		return -1;
	if (!uid) {
		fail_id(err, ERR_IDMAP_RANGE, 0, "container: --userns: no range of %d ids is nobody's", MAPPED_IDS);
		return fail_fix(err, "!usermod --add-subuids 100000-165535 --add-subgids 100000-165535 root");
	}
	*uid_map = arena_print(&plan->arena, "0 %lu %d", uid, MAPPED_IDS);
	*gid_map = arena_print(&plan->arena, "0 %lu %d", gid, MAPPED_IDS);
	return 0;
}

/* ---- the host's files ---- */

void plan_host_tree(struct plan *plan, const char *source, const char *at, unsigned attributes,
		    bool idmap)
{
	struct op *op = plan_add(plan, OP_move_mount);

	op->move_mount.tree.path = source;
	op->move_mount.tree.flags = FD_OPEN_TREE | (idmap ? FD_IDMAP : 0);
	op->move_mount.tree.attributes = attributes;
	op->move_mount.target = at;
	op->move_mount.idmap = idmap;
}

/* A user namespace with a map, which lasts as long as its descriptor; -1 with errno. */
static int new_namespace(void)
{
	char byte = 0, path[40];
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	cleanup_fd int ready = ends[0], says = ends[1];
	pid_t child = fork();
	if (child == 0) {
		byte = unshare(CLONE_NEWUSER) < 0 ? (char)errno : 0;
		if (write(says, &byte, 1) == 1)
			pause();
		_exit(0);
	}
	if (child < 0)
		return -1;
	close(steal_fd(&says));
	snprintf(path, sizeof(path), "/proc/%d", child);
	int failed = await_readable(ready, await_until(PATIENCE)) < 0 ? errno :
		     read(ready, &byte, 1) != 1 ? ECHILD : byte;
	cleanup_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!failed && (proc < 0 || write_control(proc, "uid_map", "0 1 1") < 0 ||
			write_control(proc, "gid_map", "0 1 1") < 0))
		failed = errno;
	int userns = failed ? -1 : openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	failed = failed ? failed : userns < 0 ? errno : 0;
	kill(child, SIGKILL);
	await_exit(child, PATIENCE, &status);
	errno = failed;
	return userns;
}

int idmap_refused(const char *path)
{
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, path, SYS_TREE_CLONE | SYS_TREE_RECURSIVE);
	cleanup_fd int userns = tree < 0 ? -1 : new_namespace();

	if (userns < 0)
		return errno;
	const struct sys_mount_attr attr = { .set = SYS_ATTR_IDMAP, .userns = (uint64_t)userns };
	return sys_mount_setattr(tree, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE, &attr) < 0 ? errno : 0;
}
