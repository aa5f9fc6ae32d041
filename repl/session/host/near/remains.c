#include "session/host/near/remains.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/await.h"
#include "base/list.h"
#include "base/syscalls.h"

enum { ENDING = 2000 /* ms that a killed child may take to end */ };

void remains_keep_open(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

void remains_pass_on(int number, int fd, char *list, size_t size)
{
	size_t length = strlen(list);

	snprintf(list + length, size - length, "%d:%d,", number, fd);
	remains_keep_open(fd);
}

static void read_modes(const char *digits, struct termios *ret)
{
	unsigned char *bytes = (unsigned char *)ret;
	unsigned value;

	for (size_t i = 0; i < sizeof(*ret) && sscanf(digits + 2 * i, "%2x", &value) == 1; i++)
		bytes[i] = (unsigned char)value;
}

static void read_children(const char *list, struct remains *ret)
{
	int pid, fd, length;

	for (const char *p = list; ret->child_count < NEAR_CHILDREN && sscanf(p, "%d:%d,%n", &pid, &fd, &length) == 2; p += length)
		ret->children[ret->child_count++] = (struct orphan){ pid, fd };
}

static void read_folders(const char *list, struct remains *ret)
{
	int number, fd, length;

	for (const char *p = list; sscanf(p, "%d:%d,%n", &number, &fd, &length) == 2; p += length) {
		while (number >= 0 && ret->parent_count <= (size_t)number) {
			LIST_FIT(ret->parents, ret->parent_count + 1);
			ret->parents[ret->parent_count++] = -1;
		}
		if (number >= 0)
			ret->parents[number] = fd;
	}
}

bool near_remains(int argc, char **argv, struct remains *ret)
{
	if (argc != ARGUMENTS || strcmp(argv[AS], JANITOR) != 0 || strcmp(argv[WHAT], "recover") != 0)
		return false;
	*ret = (struct remains){
		.folder = argv[FOLDER], .journal = argv[JOURNAL], .journal_file = atoi(argv[FILE_]),
		.terminal = atoi(argv[TERMINAL]),
	};
	read_modes(argv[MODES], &ret->modes);
	read_children(argv[CHILDREN], ret);
	read_folders(argv[FOLDERS], ret);
	return true;
}

/* Its number is its own for as long as it has not ended. */
static bool lives(const struct orphan *orphan)
{
	struct pollfd end = { .fd = orphan->pidfd, .events = POLLIN };

	return orphan->pidfd >= 0 && poll(&end, 1, 0) == 0;
}

size_t near_orphans(struct orphan *list, size_t count)
{
	size_t live = 0;

	for (size_t i = 0; i < count; i++)
		if (lives(&list[i]))
			list[live++] = list[i];
	return live;
}

void near_end_orphan(const struct orphan *orphan)
{
	sys_pidfd_send_signal(orphan->pidfd, SIGKILL);
	await_readable(orphan->pidfd, await_until(ENDING));
}
