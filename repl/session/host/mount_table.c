#include "session/host/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

enum { MOST_TABLE = 16 << 20 };

struct host_table {
	int fd;
	struct text text;
	struct host_look look;
};

/* Whether mounts came or went since the last call. */
static bool heard(const struct host_table *table)
{
	struct pollfd poll_fd = { .fd = table->fd, .events = POLLPRI };

	return poll(&poll_fd, 1, 0) != 0;
}

static size_t lines(const char *s)
{
	size_t count = 0;

	for (; (s = strchr(s, '\n')); s++)
		count++;
	return count;
}

static struct host_table *open_table(void)
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct host_table *table = fd < 0 ? NULL : calloc(1, sizeof(*table));

	if (fd >= 0 && !table)
		out_of_memory();
	if (table)
		table->fd = fd;
	return table;
}

/* With shared mounts, changes in other mount namespaces also wake poll(2): compare the text. */
static void reread(struct host_table *table)
{
	cleanup_text struct text now = { 0 };

	if (lseek(table->fd, 0, SEEK_SET) < 0 || read_fd(table->fd, MOST_TABLE, &now) < 0) {
		table->look.known = false;
		return;
	}
	if (table->look.known && strcmp(text_of(&now), text_of(&table->text)) == 0)
		return;
	text_clear(&table->text);
	text_add(&table->text, text_of(&now));
	table->look = (struct host_look){ true, lines(text_of(&now)), table->look.version + 1 };
}

struct host_look host_table_look(struct host_table **table)
{
	if (!*table)
		*table = open_table();
	if (!*table)
		return (struct host_look){ 0 };
	/* Asked before it is read: what changes in between rings again. */
	bool changed = heard(*table);
	if (changed || !(*table)->look.known)
		reread(*table);
	return (*table)->look;
}

void host_table_free(struct host_table *table)
{
	if (!table)
		return;
	close(table->fd);
	text_done(&table->text);
	free(table);
}
