#include "session/host/forward/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

struct named {
	struct names *names;
	struct named *next;
	int fd;
	char *text, *line;
	unsigned long net;
	char *bridge; /* NULL: it is in none yet */
	char *told;   /* what the file has; NULL: what text says */
};

struct named *names_add(struct names *names, int fd, const char *text, const char *line)
{
	struct named **last = &names->first, *named = calloc(1, sizeof(*named));

	if (!named)
		out_of_memory();
	while (*last)
		last = &(*last)->next;
	*named = (struct named){ .names = names, .fd = fd, .text = text_copy(text) };
	if (line)
		named->line = text_copy(line);
	return *last = named;
}

static bool know_each_other(const struct named *one, const struct named *other)
{
	return one != other && one->bridge && other->bridge && one->net == other->net &&
	       strcmp(one->bridge, other->bridge) == 0;
}

/* The file stays the same one, for a mount shows an inode. Its container may have put anything into it, and
 * reads it at any time: the new text is there before the rest of the old one goes. */
static void write_file(struct named *named)
{
	cleanup_text struct text text = { 0 };

	text_add(&text, named->text);
	for (const struct named *other = named->names->first; other; other = other->next)
		if (other->line && know_each_other(named, other))
			text_addf(&text, "%s\n", other->line);
	if (strcmp(text_of(&text), named->told ? named->told : named->text) == 0)
		return;
	for (size_t done = 0; done < text.len;) {
		ssize_t n = pwrite(named->fd, text.s + done, text.len - done, (off_t)done);
		if (n <= 0)
			return; /* its memory is full: what it has of the old text stays */
		done += (size_t)n;
	}
	if (ftruncate(named->fd, (off_t)text.len) < 0)
		return;
	free(named->told);
	named->told = text_copy(text_of(&text));
}

static void write_files(struct names *names)
{
	for (struct named *named = names->first; named; named = named->next)
		write_file(named);
}

void names_join(struct named *named, unsigned long net, const char *bridge)
{
	free(named->bridge);
	named->net = net;
	named->bridge = text_copy(bridge);
	write_files(named->names);
}

void names_leave(struct named *named)
{
	if (!named)
		return;
	struct names *names = named->names;
	struct named **at = &names->first;
	/* It may have lost the network alone, and go on. */
	free(steal_ptr(&named->bridge));
	write_file(named);
	while (*at != named)
		at = &(*at)->next;
	*at = named->next;
	close(named->fd);
	free(named->text);
	free(named->line);
	free(named->told);
	free(named);
	write_files(names);
}
