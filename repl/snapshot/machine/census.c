#include "snapshot/machine/machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "snapshot/machine/scan.h"

enum { FIRST_SIZE = 256, FIRST_PID_NS = 0xEFFFFFFC /* the kernel's PROC_PID_INIT_INO */ };

static size_t slot_of(const struct scan *scan, enum ns_link type, uint64_t id)
{
	size_t slot = (id * 31 + type) & (scan->size - 1);

	for (; scan->places[slot]; slot = (slot + 1) & (scan->size - 1)) {
		const struct space *space = &scan->census->spaces[scan->places[slot] - 1];
		if (space->id == id && space->type == type)
			break;
	}
	return slot;
}

/* At the most half of the table is taken, so that a free place is near. */
static void make_room(struct scan *scan)
{
	if (scan->census->count * 2 < scan->size)
		return;
	free(scan->places);
	scan->size *= 2;
	scan->places = calloc(scan->size, sizeof(*scan->places));
	if (!scan->places)
		out_of_memory();
	for (size_t i = 0; i < scan->census->count; i++) {
		const struct space *space = &scan->census->spaces[i];
		scan->places[slot_of(scan, space->type, space->id)] = i + 1;
	}
}

size_t scan_place(struct scan *scan, enum ns_link type, uint64_t id)
{
	struct census *census = scan->census;
	size_t last = scan->last[type];

	if (last < census->count && census->spaces[last].type == type && census->spaces[last].id == id)
		return last;
	make_room(scan);
	size_t slot = slot_of(scan, type, id);
	if (!scan->places[slot]) {
		LIST_ROOM(census->spaces, census->count, census->room);
		census->spaces[census->count++] = (struct space){ .type = type, .id = id };
		scan->places[slot] = census->count;
	}
	scan->last[type] = scan->places[slot] - 1;
	return scan->last[type];
}

void scan_hold(struct scan *scan, enum ns_link type, uint64_t id, const struct holder *holder)
{
	size_t place = scan_place(scan, type, id); /* the list may move by it */
	struct space *space = &scan->census->spaces[place];

	LIST_ROOM(space->holders, space->count, space->room);
	space->holders[space->count++] = *holder;
}

/* With hidepid, and in a pid namespace of its own, /proc lists some of the machine's processes only. */
static void see_limits(struct scan *scan)
{
	cleanup_text struct text mounts = { 0 };
	struct unseen *unseen = &scan->census->unseen;
	char link[64];

	ssize_t length = readlinkat(scan->proc, "self/ns/pid", link, sizeof(link) - 1);
	enum ns_link type;
	uint64_t id;
	link[length < 0 ? 0 : length] = '\0';
	unseen->nested = scan_parse(link, &type, &id) && id != FIRST_PID_NS;
	if (geteuid() == 0 || read_file(scan->proc, "self/mountinfo", 1 << 26, &mounts) < 0)
		return;
	struct mounts *table = mounts_parse(text_of(&mounts), NULL);
	const struct mount *mount = mounts_at(table, "/proc");
	const char *how = mount ? strstr(mount->super, "hidepid=") : NULL;
	unseen->hidden = how && strncmp(how, "hidepid=0", 9) != 0 && strncmp(how, "hidepid=off", 11) != 0;
	mounts_free(table);
}

static int by_holding(const void *a, const void *b)
{
	const struct holder *first = a, *second = b;

	if (first->kind != second->kind)
		return first->kind < second->kind ? -1 : 1;
	if (first->pid != second->pid)
		return first->pid < second->pid ? -1 : 1;
	return (first->number > second->number) - (first->number < second->number);
}

static int by_type(const void *a, const void *b)
{
	const struct space *first = a, *second = b;

	if (first->type != second->type)
		return first->type < second->type ? -1 : 1;
	return (first->id > second->id) - (first->id < second->id);
}

/* What nobody holds any more by the time that its owner was asked for. */
static void drop_ended(struct census *census)
{
	size_t left = 0;

	for (size_t i = 0; i < census->count; i++)
		if (census->spaces[i].ended)
			free(census->spaces[i].holders);
		else
			census->spaces[left++] = census->spaces[i];
	census->count = left;
}

static void put_in_order(struct census *census)
{
	for (size_t i = 0; i < census->count; i++) {
		struct space *space = &census->spaces[i];
		if (space->count)
			qsort(space->holders, space->count, sizeof(*space->holders), by_holding);
		while (space->processes < space->count &&
		       space->holders[space->processes].kind == HELD_BY_PROCESS)
			space->processes++;
	}
	if (census->count)
		qsort(census->spaces, census->count, sizeof(*census->spaces), by_type);
}

int census_take(int proc, struct census *ret, struct error *err)
{
	struct scan scan = { .census = ret, .proc = proc, .size = FIRST_SIZE };
	cleanup_fd int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	*ret = (struct census){ 0 };
	if (!dir)
		return fail(err, errno, "open /proc");
	steal_fd(&fd);
	scan.places = calloc(scan.size, sizeof(*scan.places));
	if (!scan.places)
		out_of_memory();
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			scan_process(&scan, entry->d_name);
	closedir(dir);
	scan_mounts(&scan);
	see_limits(&scan);
	scan_owners(&scan);
	drop_ended(ret);
	put_in_order(ret);
	free(scan.places);
	return 0;
}

void census_done(struct census *census)
{
	for (size_t i = 0; i < census->count; i++)
		free(census->spaces[i].holders);
	free(census->spaces);
	arena_done(&census->arena);
	*census = (struct census){ 0 };
}

const struct space *census_find(const struct census *census, enum ns_link type, uint64_t id)
{
	struct space key = { .type = type, .id = id };

	return !census->count ? NULL :
	       bsearch(&key, census->spaces, census->count, sizeof(key), by_type);
}

bool space_has(const struct space *space, pid_t pid)
{
	struct holder key = { .kind = HELD_BY_PROCESS, .pid = pid };

	return space->processes &&
	       bsearch(&key, space->holders, space->processes, sizeof(key), by_holding);
}
