#include "snapshot/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "snapshot/reading.h"

enum { FILE_LIMIT = 1 << 20, COMMAND_LIMIT = 4096 };

/* All processes in the order of their numbers, which the folder has them in. */
struct listing {
	struct process *list;
	size_t count, room;
};

static bool is_number(const char *name, uint64_t *ret)
{
	return parse_number(name, ret) && *ret > 0 && *ret <= INT32_MAX;
}

static const char *read_command(int proc, const char *name, struct arena *arena)
{
	cleanup_text struct text command = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "%s/cmdline", name);
	/* A command longer than the limit is cut. */
	if (read_file(proc, path, COMMAND_LIMIT, &command) < 0 && command.len == 0)
		return "";
	while (command.len > 0 && command.s[command.len - 1] == '\0')
		command.len--;
	for (size_t i = 0; i < command.len; i++)
		if (command.s[i] == '\0')
			command.s[i] = ' ';
	return arena_copyn(arena, text_of(&command), command.len);
}

/* false with errno set. */
static bool read_process(int proc, const char *name, struct arena *arena, struct process *ret)
{
	cleanup_text struct text status = { 0 };
	struct reading reading = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "%s/status", name);
	if (read_file(proc, path, FILE_LIMIT, &status) < 0)
		return false;
	reading.arena = *arena;
	reading_parse_status(text_of(&status), &reading);
	*arena = reading.arena;
	errno = 0;
	const char *command = read_command(proc, name, arena);
	if (!*command && errno_may_pass(errno))
		return false;
	*ret = (struct process){
		.pid = atoi(name), .parent = reading.parent, .inside = reading.inside, .levels = reading.levels,
		.state = reading.state, .uid = reading.uid[1], .command = command,
	};
	memcpy(ret->comm, reading.comm, sizeof(ret->comm));
	return true;
}

static void add(struct listing *listing, const struct process *process)
{
	LIST_ROOM(listing->list, listing->count, listing->room);
	listing->list[listing->count++] = *process;
}

static int by_pid(const void *a, const void *b)
{
	const struct process *first = a, *second = b;

	return (first->pid > second->pid) - (first->pid < second->pid);
}

/* 0, or the errno of what ended it: one that could not be looked at is not one that has ended. */
static int list_from(DIR *dir, int proc, struct arena *arena, struct listing *ret)
{
	for (struct dirent *entry; errno = 0, (entry = readdir(dir));) {
		struct process process;
		uint64_t number;
		if (!is_number(entry->d_name, &number))
			continue;
		if (read_process(proc, entry->d_name, arena, &process))
			add(ret, &process);
		else if (errno_may_pass(errno))
			break;
	}
	return errno;
}

static int list_all(int proc, struct arena *arena, struct listing *ret)
{
	cleanup_fd int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return -1;
	steal_fd(&fd);
	int code = list_from(dir, proc, arena, ret);
	closedir(dir);
	if (code) {
		free(ret->list);
		*ret = (struct listing){ 0 };
		errno = code;
		return -1;
	}
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), by_pid);
	return 0;
}

static size_t find(const struct listing *listing, pid_t pid)
{
	struct process key = { .pid = pid };
	const struct process *found = !listing->count ? NULL :
		bsearch(&key, listing->list, listing->count, sizeof(key), by_pid);

	return found ? (size_t)(found - listing->list) : listing->count;
}

/* Children and siblings by place in the listing; its count stands for none. */
struct links {
	size_t child, sibling;
};

static struct links *link_all(const struct listing *listing)
{
	struct links *links = calloc(listing->count + 1, sizeof(*links));

	if (!links)
		out_of_memory();
	for (size_t i = 0; i <= listing->count; i++)
		links[i] = (struct links){ listing->count, listing->count };
	/* The last first, so that each list of children comes out in order. links[count] holds
	 * those whose parent is not listed. */
	for (size_t i = listing->count; i-- > 0;) {
		size_t parent = find(listing, listing->list[i].parent);
		if (parent == i)
			parent = listing->count;
		links[i].sibling = links[parent].child;
		links[parent].child = i;
	}
	return links;
}

/* Walk down from start; every process is met once, so depth cannot run away. */
static void walk(const struct listing *listing, const struct links *links, size_t start,
		 struct processes *ret)
{
	size_t *stack = calloc(listing->count + 1, sizeof(*stack)), depth = 0, at = start;

	if (!stack)
		out_of_memory();
	while (at < listing->count && ret->count < listing->count) {
		struct process *process = &ret->list[ret->count++];
		*process = listing->list[at];
		process->depth = (int)depth;
		stack[depth] = at;
		if (links[at].child < listing->count) {
			at = links[at].child;
			depth++;
			continue;
		}
		while (depth > 0 && links[stack[depth]].sibling >= listing->count)
			depth--;
		at = depth > 0 ? links[stack[depth]].sibling : listing->count;
	}
	free(stack);
}

int processes_take(int proc, pid_t top, struct processes *ret)
{
	struct listing listing = { 0 };

	*ret = (struct processes){ 0 };
	if (list_all(proc, &ret->arena, &listing) < 0) {
		arena_done(&ret->arena);
		return -1;
	}
	ret->list = arena_new(&ret->arena, (listing.count + 1) * sizeof(*ret->list));
	struct links *links = link_all(&listing);
	if (top)
		walk(&listing, links, find(&listing, top), ret);
	for (size_t i = links[listing.count].child; !top && i < listing.count; i = links[i].sibling)
		walk(&listing, links, i, ret);
	free(links);
	free(listing.list);
	return 0;
}

void processes_done(struct processes *processes)
{
	arena_done(&processes->arena);
	*processes = (struct processes){ 0 };
}

int process_file(pid_t pid, const char *name, struct text *ret)
{
	int proc = proc_of(pid);

	return proc < 0 ? -1 : read_file(proc, name, FILE_LIMIT, ret);
}

static bool is_listed(const struct processes *processes, pid_t pid)
{
	for (size_t i = 0; i < processes->count; i++)
		if (processes->list[i].pid == pid)
			return true;
	return false;
}

static bool is_in(int proc, const char *name, enum ns_link link, uint64_t id)
{
	char path[64], target[64], wanted[64];

	snprintf(path, sizeof(path), "%.20s/ns/%s", name, ns_types[link].name);
	snprintf(wanted, sizeof(wanted), "[%llu]", (unsigned long long)id);
	ssize_t length = readlinkat(proc, path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	const char *bracket = strchr(target, '[');
	return bracket && strcmp(bracket, wanted) == 0;
}

bool process_is_in(pid_t pid, enum ns_link link, uint64_t id)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", pid);
	return pid > 0 && proc_root() >= 0 && is_in(proc_root(), name, link, id);
}

bool process_is_here(pid_t pid, enum ns_link link)
{
	char path[32];
	struct stat own;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[link].name);
	return stat(path, &own) == 0 && process_is_in(pid, link, own.st_ino);
}

pid_t process_sharing(enum ns_link link, uint64_t id, const struct processes *but, char *comm)
{
	cleanup_arena struct arena arena = { 0 };
	struct process found = { 0 };
	DIR *dir = opendir("/proc");
	int code = 0;

	if (!dir)
		return -1;
	for (struct dirent *entry; (errno = 0, entry = readdir(dir)) && !found.pid;) {
		uint64_t number;
		if (!is_number(entry->d_name, &number) || is_listed(but, (pid_t)number))
			continue;
		errno = 0;
		if ((!is_in(dirfd(dir), entry->d_name, link, id) ||
		     !read_process(dirfd(dir), entry->d_name, &arena, &found)) && errno_may_pass(errno))
			code = errno;
	}
	code = code ? code : errno;
	closedir(dir);
	memcpy(comm, found.comm, sizeof(found.comm));
	errno = code;
	return found.pid ? found.pid : code ? -1 : 0;
}

pid_t process_family(const struct reading *reading)
{
	pid_t top = reading->pid;
	struct error ignored;

	for (pid_t parent = reading->parent; parent > 1;) {
		struct reading above;
		if (reading_take(parent, &above, &ignored) < 0)
			return top;
		bool keeper = strcmp(above.comm, "stave-keeper") == 0;
		top = keeper ? parent : top;
		parent = keeper ? above.parent : 0;
		reading_done(&above);
	}
	return top;
}

void process_find_joined(struct reading *reading, const struct reading *host)
{
	struct processes family;
	char comm[64];

	bool listed = processes_take(proc_root(), process_family(reading), &family) == 0;
	for (enum ns_link link = 0; link < NS_TYPES; link++) {
		bool own = ns_own(reading, host, link);
		pid_t other = !own ? 0 : listed ? process_sharing(link, reading->ns[link].id, &family, comm) : -1;
		reading->ns[link].joined = other > 0;
		reading->ns[link].joined_unseen = other < 0;
	}
	if (listed)
		processes_done(&family);
}

/* What the process does with a signal: of status, the masks of proc_pid_status(5). Returns whether it runs, or
 * would if a processor were free. */
static bool read_masks(int proc, struct reading *ret)
{
	cleanup_text struct text status = { 0 };

	if (read_file(proc, "status", FILE_LIMIT, &status) == 0)
		reading_parse_status(text_of(&status), ret);
	return strstr(text_of(&status), "\nState:\tR") != NULL;
}

/* A signal that is blocked is one that is waited for, sigwait(3), or one that fork(2) and waiting for a
 * child keep away for a moment: only the first is so each time that the process sleeps. While it runs, or
 * waits for a processor of a busy machine, nothing can be said. */
bool process_drops(pid_t pid, int signal)
{
	enum { ASLEEP = 30, LOOKS = 500, PAUSE = 1000000 /* ns */ };
	const struct timespec pause = { 0, PAUSE };
	const uint64_t bit = signal > 0 ? 1ULL << (signal - 1) : 0;
	int proc = proc_of(pid);

	if (signal <= 0 || signal == SIGKILL || signal == SIGSTOP || signal == SIGCONT || proc < 0)
		return false;
	for (int looks = 0, asleep = 0; looks < LOOKS && asleep < ASLEEP; looks++) {
		cleanup_arena struct arena arena = { 0 };
		struct reading reading = { 0 };
		asleep += !read_masks(proc, &reading);
		arena = reading.arena;
		if (reading.levels < 2 || reading.inside[reading.levels - 1] != 1 || reading.caught & bit)
			return false;
		if (!(reading.blocked & bit))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}
