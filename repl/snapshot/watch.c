/* Descriptors kept on a process, and the taking of a reading. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "base/trace.h"
#include "base/file/statx.h"
#include "snapshot/reading.h"
#include "snapshot/root.h"
#include "snapshot/snapshot.h"

struct watch {
	pid_t pid;
	int proc, ns;       /* folders */
	int status, cgroup; /* read from 0 each time; -1 until first wanted */
	/* mountinfo shows the namespace and the root that the process had when it was opened. */
	int mountinfo;
	uint64_t mount_ns;
	struct folder root;
	struct mounts *mounts; /* of the last reading, */
	off_t read;            /* how long its text was, and */
	uint32_t counted;      /* how many mounts the namespace had; 0: unknown */
	bool trusted;
	struct mounts *expected; /* a use, or NULL */
	/* A namespace's number is given to the next one as soon as it is gone. Held open, it
	 * stays, and equal numbers mean the same namespace. */
	struct { uint64_t id; int fd; } pins[NS_LINKS];
	bool pin;
	/* A map is written once: full maps hold as long as the namespace is the same. */
	uint64_t maps_of;
	struct text uid_map, gid_map, setgroups;
};

enum { FILE_LIMIT = 64 << 20 };

static int fail_gone(struct error *err, pid_t pid, int code)
{
	return code == ENOENT || code == ESRCH ? fail_process(err, pid) : fail(err, code, "open /proc/%d", pid);
}

struct watch *watch_new(pid_t pid, int folder, struct error *err)
{
	int known = folder >= 0 ? folder : proc_of(pid);
	cleanup_fd int proc = known < 0 ? -1 : fcntl(known, F_DUPFD_CLOEXEC, 0);
	cleanup_fd int ns = proc < 0 ? -1 : openat(proc, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pid <= 0 || ns < 0) {
		fail_gone(err, pid, pid <= 0 ? ESRCH : errno);
		return NULL;
	}
	struct watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		out_of_memory();
	watch->pid = pid;
	watch->proc = steal_fd(&proc);
	watch->ns = steal_fd(&ns);
	watch->status = watch->cgroup = watch->mountinfo = -1;
	watch->pin = true;
	for (int link = 0; link < NS_LINKS; link++)
		watch->pins[link].fd = -1;
	return watch;
}

static void close_kept(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	close_kept(&watch->proc);
	close_kept(&watch->ns);
	close_kept(&watch->status);
	close_kept(&watch->cgroup);
	close_kept(&watch->mountinfo);
	for (int link = 0; link < NS_LINKS; link++)
		close_kept(&watch->pins[link].fd);
	mounts_free(watch->mounts);
	mounts_free(watch->expected);
	text_done(&watch->uid_map);
	text_done(&watch->gid_map);
	text_done(&watch->setgroups);
	free(watch);
}

void watch_trust(struct watch *watch)
{
	watch->trusted = true;
}

void watch_expect(struct watch *watch, struct mounts *mounts)
{
	mounts_free(watch->expected);
	watch->expected = mounts;
	mounts->users++;
}

/* The file's text from at on. What the kernel writes in one go, as status and cgroup, ends
 * where a read(2) returns less than asked; a table of many records may pause between two. */
static int read_from(int fd, off_t at, bool in_one_go, struct text *ret)
{
	enum { ROOM = 8192 };

	for (;;) {
		ssize_t n = pread(fd, text_room(ret, ROOM), ROOM, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text_grew(ret, (size_t)n);
		at += n;
		if (n == 0 || (in_one_go && n < ROOM))
			return 0;
	}
}

/* A file by a descriptor that stays open. A process that has changed its credentials may deny the
 * old descriptor what a new one gets. */
static int read_kept(const struct watch *watch, int *fd, const char *name, struct text *ret)
{
	for (;;) {
		bool fresh = *fd < 0;
		if (fresh)
			*fd = openat(watch->proc, name, O_RDONLY | O_CLOEXEC);
		if (*fd < 0)
			return -1;
		text_clear(ret);
		if (read_from(*fd, 0, fd != &watch->mountinfo, ret) == 0)
			return 0;
		int code = errno;
		close_kept(fd);
		errno = code;
		if (fresh)
			return -1;
	}
}

/* "mnt:[4026531841]" */
static uint64_t link_id(const char *target)
{
	const char *bracket = strchr(target, '[');
	return bracket ? strtoull(bracket + 1, NULL, 10) : 0;
}

static void pin(struct watch *watch, enum ns_link link, struct reading *ret)
{
	struct stat st;

	close_kept(&watch->pins[link].fd);
	watch->pins[link].id = 0;
	int fd = openat(watch->ns, ns_types[link].name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		close_kept(&fd);
		return;
	}
	watch->pins[link].fd = fd;
	watch->pins[link].id = ret->ns[link].id = st.st_ino;
}

static void read_namespaces(struct watch *watch, struct reading *ret)
{
	for (int link = 0; link < NS_LINKS; link++) {
		char target[64];
		ssize_t length = readlinkat(watch->ns, ns_types[link].name, target,
					    sizeof(target) - 1);
		if (length < 0) {
			ret->ns[link].code = errno;
			continue;
		}
		target[length] = '\0';
		ret->ns[link].id = link_id(target);
		if (watch->pin && ret->ns[link].id != watch->pins[link].id)
			pin(watch, (enum ns_link)link, ret);
	}
}

/* Whether the table has been told to be as it was. Asking also clears the word for the next
 * time, so it must be done before the table is read. proc_pid_mounts(5). */
static bool quiet(const struct watch *watch)
{
	struct pollfd poll_fd = { .fd = watch->mountinfo, .events = POLLPRI };

	return poll(&poll_fd, 1, 0) == 0;
}

/* A use of one of the tables known, if one says the same as text; otherwise a new table. */
static struct mounts *table(const struct watch *watch, struct mounts *before, const char *text)
{
	struct mounts *known[] = { watch->mounts, before, watch->expected };

	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i] && mounts_are(known[i], text)) {
			known[i]->users++;
			return known[i];
		}
	return mounts_parse(text, NULL);
}

/* How many mounts the namespace of the last reading has, Linux 6.12; 0: that cannot be learned. */
static uint32_t count_mounts(const struct watch *watch)
{
	struct sys_mnt_ns_info info = { .size = sizeof(info) };

	if (watch->pins[NS_MNT].fd < 0 || watch->pins[NS_MNT].id != watch->mount_ns ||
	    ioctl(watch->pins[NS_MNT].fd, SYS_NS_MNT_GET_INFO, &info) < 0)
		return 0;
	return info.nr_mounts;
}

/* The table again where mounts have been added to it and none has gone, without reading those that were there:
 * the kernel lists them in the order in which they were made, and goes on where the last reading ended. NULL
 * where it was not so, or cannot be learned. */
static struct mounts *read_on(struct watch *watch)
{
	cleanup_text struct text text = { 0 };
	uint32_t lines = 0;

	if (!watch->counted || read_from(watch->mountinfo, watch->read, false, &text) < 0)
		return NULL;
	for (size_t i = 0; i < text.len; i++)
		lines += text.s[i] == '\n';
	if (!lines || count_mounts(watch) != watch->counted + lines)
		return NULL;
	struct mounts *grown = mounts_grow(watch->mounts, text_of(&text));
	watch->counted += lines;
	watch->read += (off_t)text.len;
	return grown;
}

/* The table that is expected, out of which the last one has grown, where the kernel counts as many mounts as that
 * has: without reading one. NULL where it is not so, or cannot be learned. */
static struct mounts *went_back(struct watch *watch)
{
	struct mounts *expected = watch->expected, *last = watch->mounts;

	if (!expected || !watch->counted || !mounts_grew(expected, last) ||
	    count_mounts(watch) + (last->count - expected->count) != watch->counted)
		return NULL;
	for (size_t i = expected->count; i < last->count; i++)
		watch->read -= (off_t)strlen(last->list[i].line) + 1;
	watch->counted -= (uint32_t)(last->count - expected->count);
	expected->users++;
	return expected;
}

/* The whole table. */
static struct mounts *read_whole(struct watch *watch, struct mounts *before)
{
	cleanup_text struct text text = { 0 };
	uint32_t count = count_mounts(watch);

	watch->counted = 0;
	if (read_kept(watch, &watch->mountinfo, "mountinfo", &text) < 0)
		return NULL;
	watch->read = (off_t)text.len;
	if (count_mounts(watch) == count)
		watch->counted = count;
	return table(watch, before, text_of(&text));
}

/* The words of STAVE_TRACE=read. */
static const char *const ways[] = { "kept", "read on", "as before", "read" };
enum way { WAY_KEPT, WAY_ON, WAY_BACK, WAY_WHOLE };

static enum way read_mounts(struct watch *watch, struct mounts *before, struct reading *ret)
{
	bool same = watch->mountinfo >= 0 && ret->ns[NS_MNT].id == watch->mount_ns &&
		    folder_same_place(&ret->slash, &watch->root);
	/* A pivot_root(2) leaves another root of the same name, but is heard by poll(2). */
	bool unheard = same && quiet(watch);
	bool trusted = watch->trusted && same && watch->mounts;
	struct mounts *back = trusted && !unheard ? went_back(watch) : NULL;
	struct mounts *now = back ? back : trusted && !unheard ? read_on(watch) : NULL;
	enum way way = back ? WAY_BACK : now ? WAY_ON : unheard && trusted ? WAY_KEPT : WAY_WHOLE;

	watch->trusted = false;
	if (way == WAY_WHOLE) {
		if (!unheard)
			close_kept(&watch->mountinfo);
		watch->mount_ns = ret->ns[NS_MNT].id;
		watch->root = ret->slash;
		now = read_whole(watch, before);
		ret->mounts_code = now ? 0 : errno;
	}
	mounts_free(steal_ptr(&watch->expected));
	if (ret->mounts_code)
		return way;
	if (now) {
		mounts_free(watch->mounts);
		watch->mounts = now;
	}
	ret->mounts = watch->mounts;
	ret->mounts->users++;
	return way;
}

/* false where it could not be read now. */
static bool read_map(const struct watch *watch, const char *name, struct text *ret)
{
	text_clear(ret);
	if (read_file(watch->proc, name, FILE_LIMIT, ret) == 0)
		return true;
	int code = errno;
	text_clear(ret);
	return !errno_may_pass(code);
}

static void read_maps(struct watch *watch, struct reading *ret)
{
	if (ret->ns[NS_USER].id == 0 || ret->ns[NS_USER].id != watch->maps_of ||
	    watch->uid_map.len == 0 || watch->gid_map.len == 0) {
		bool uids = read_map(watch, "uid_map", &watch->uid_map);
		bool gids = read_map(watch, "gid_map", &watch->gid_map);
		ret->maps_unread = !read_map(watch, "setgroups", &watch->setgroups) || !uids || !gids;
		watch->maps_of = ret->maps_unread ? 0 : ret->ns[NS_USER].id;
	}
	ret->uid_map = arena_copy(&ret->arena, text_of(&watch->uid_map));
	ret->gid_map = arena_copy(&ret->arena, text_of(&watch->gid_map));
	ret->setgroups = arena_copy(&ret->arena, text_of(&watch->setgroups));
}

static const char *read_link(const struct watch *watch, const char *name, struct arena *arena)
{
	char target[4096];
	ssize_t length = readlinkat(watch->proc, name, target, sizeof(target));

	return length < 0 ? "" : arena_copyn(arena, target, (size_t)length);
}

int watch_read(struct watch *watch, const struct reading *before, struct reading *ret,
	       struct error *err)
{
	cleanup_text struct text text = { 0 };
	struct reading reading = { .pid = watch->pid };
	uint64_t begun = trace_clock(TRACE_READ);

	if (read_kept(watch, &watch->status, "status", &text) < 0)
		return fail_gone(err, watch->pid, errno);
	reading_parse_status(text_of(&text), &reading);
	read_namespaces(watch, &reading);
	reading.cgroups_code = read_kept(watch, &watch->cgroup, "cgroup", &text) < 0 ? errno : 0;
	if (reading.cgroups_code)
		text_clear(&text);
	reading_parse_cgroups(text_of(&text), &reading);
	read_maps(watch, &reading);
	reading.root = read_link(watch, "root", &reading.arena);
	int rootless = reading.root[0] ? 0 : errno;
	reading.cwd = read_link(watch, "cwd", &reading.arena);
	reading.cwd_code = reading.cwd[0] ? 0 : errno;
	/* Without the link's name nobody knows where its "/" lies. */
	if (rootless)
		reading.top_code = rootless;
	else
		root_find(watch->proc, &reading);
	if (before)
		reading_share_texts(before, &reading);
	enum way way = read_mounts(watch, before ? before->mounts : NULL, &reading);
	*ret = reading;
	TRACE(TRACE_READ, "pid %d: %llu us, mounts %s", (int)watch->pid,
	      (unsigned long long)(trace_clock(TRACE_READ) - begun) / 1000, ways[way]);
	return 0;
}

int reading_take(pid_t pid, struct reading *ret, struct error *err)
{
	struct watch *watch = watch_new(pid, -1, err);

	if (!watch)
		return -1;
	watch->pin = false;
	int result = watch_read(watch, NULL, ret, err);
	watch_free(watch);
	return result;
}

void reading_done(struct reading *reading)
{
	mounts_free(reading->mounts);
	arena_done(&reading->arena);
	*reading = (struct reading){ 0 };
}
