/* What is asked of a mounted proc. */
#include "lesson/check/predicates.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "snapshot/look.h"

/* How many words a line has. */
static int words_in(const char *line)
{
	int count = 0;

	for (line += strspn(line, "\t "); *line && *line != '\n'; line += strspn(line, "\t ")) {
		line += strcspn(line, "\t \n");
		count++;
	}
	return count;
}

/* In how many pid namespaces the process that a proc at path calls inside is, from that of the proc
 * down: the numbers on the line NSpid of its status. 0 where it is not there. */
static int levels_below(const struct asked *asked, const char *path, pid_t inside,
			struct arena *arena)
{
	static const char key[] = "\nNSpid:";
	cleanup_text struct text text = { 0 };
	cleanup_fd int fd = look_open(asked->reading->pid,
				      arena_print(arena, "%s/%d/status", path, inside),
				      O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || read_fd(fd, 1 << 16, &text) < 0)
		return 0;
	const char *line = strstr(text_of(&text), key);
	return line ? words_in(line + strlen(key)) : 0;
}

/* Whether the link ns/pid of a process in a proc leads to the namespace numbered id. A look does not
 * follow it: openat2(2), RESOLVE_IN_ROOT. */
static bool leads_to(const struct asked *asked, const char *path, uint64_t id)
{
	cleanup_fd int fd = look_open(asked->reading->pid, path, O_PATH | O_NOFOLLOW);
	char link[64], wanted[64];
	ssize_t length = fd < 0 ? -1 : readlinkat(fd, "", link, sizeof(link) - 1);

	if (length < 0)
		return false;
	link[length] = '\0';
	snprintf(wanted, sizeof(wanted), "pid:[%llu]", (unsigned long long)id);
	return strcmp(link, wanted) == 0;
}

/* A whole proc is mounted there, and it is that of the process's own pid namespace: the process has
 * its innermost number in it, and no other. */
bool predicate_proc(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct reading *reading = asked->reading;
	const char *path = look_absolute(reading, words[1], &arena);
	const struct mount *mount = reading->mounts ? mounts_at(reading->mounts, path) : NULL;
	pid_t inside = reading->levels > 0 ? reading->inside[reading->levels - 1] : reading->pid;

	if (!mount || strcmp(mount->type, "proc") != 0) {
		text_sayf(saw, "no proc is mounted at %s", vis(words[1]));
		return false;
	}
	if (strcmp(mount->root, "/") != 0) {
		text_sayf(saw, "%s shows %s of a proc alone", vis(words[1]), vis(mount->root));
		return false;
	}
	bool found = levels_below(asked, path, inside, &arena) == 1 &&
		     leads_to(asked, arena_print(&arena, "%s/%d/ns/pid", path, inside),
			      reading->ns[NS_PID].id);
	text_sayf(saw, "%s is a proc of %s pid namespace", vis(words[1]),
		  found ? _("its own") : _("another"));
	return found;
}
