#include "session/host/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "session/host/identity.h"

enum {
	MOST_NUMBER = 1000000,
	MOST_BYTES = 16 << 20,
};

static void take_word(char *word)
{
	char *to = word;

	for (const char *p = word; *p; p++) {
		unsigned byte;
		if (p[0] == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

static void add(struct records *records, size_t number, struct undo undo)
{
	LIST_ROOM(records->list, records->count, records->room);
	records->list[records->count] = (struct record){ number, records->count, undo };
	records->count++;
}

static void take_make(struct records *records, char *line)
{
	struct undo undo = { .parent = -1 };
	char kind[16], path[4 * 4096], value[1024];
	size_t number;

	if (sscanf(line, "make %zu %15s %" SCNu64 " %" SCNu64 " %16383s %1023s", &number, kind,
		   &undo.device, &undo.inode, path, value) != 6 || number > MOST_NUMBER)
		return;
	for (enum undo_kind k = UNDO_NONE; k < UNDO_COUNT; k++)
		if (strcmp(undo_name(k), kind) == 0)
			undo.kind = k;
	take_word(path);
	take_word(value);
	undo.path = text_copy(path);
	undo.value = text_copy(value);
	add(records, number, undo);
}

static void take_gone(struct records *records, const char *line)
{
	size_t number;

	if (sscanf(line, "gone %zu", &number) == 1 && number <= MOST_NUMBER)
		add(records, number, (struct undo){ .parent = -1 });
}

static int compare(const void *a, const void *b)
{
	const struct record *one = a, *other = b;

	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/* Keep the last record of each number. */
static void settle(struct records *records)
{
	size_t kept = 0;

	if (records->count)
		qsort(records->list, records->count, sizeof(*records->list), compare);
	for (size_t i = 0; i < records->count; i++) {
		if (i + 1 < records->count && records->list[i + 1].number == records->list[i].number)
			undo_done(&records->list[i].undo);
		else
			records->list[kept++] = records->list[i];
	}
	records->count = kept;
}

/* A record without its namespace was written before journals had it. */
static bool take_head(const char *line, struct identity *ret)
{
	*ret = (struct identity){ 0 };
	return sscanf(line, "stave-journal 1 %39s %d %" SCNu64 " %" SCNu64, ret->boot, &ret->pid,
		      &ret->start, &ret->namespace) >= 3;
}

bool records_read(int fd, struct records *ret, struct identity *of)
{
	cleanup_text struct text text = { 0 };
	struct stat st;
	char *save = NULL;
	bool begun = false;

	*ret = (struct records){ 0 };
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    lseek(fd, 0, SEEK_SET) < 0 || read_fd(fd, MOST_BYTES, &text) < 0 || !text.len)
		return false;
	for (char *line = strtok_r(text.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "stave-journal 1 ", 16) == 0)
			begun = take_head(line, of);
		else if (strncmp(line, "make ", 5) == 0)
			take_make(ret, line);
		else
			take_gone(ret, line);
	}
	settle(ret);
	return begun;
}

void records_done(struct records *records)
{
	for (size_t i = 0; i < records->count; i++)
		undo_done(&records->list[i].undo);
	free(records->list);
	*records = (struct records){ 0 };
}
