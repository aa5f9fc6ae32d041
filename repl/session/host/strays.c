#include "session/host/strays.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "session/host/identity.h"
#include "snapshot/facts.h"

int stray_hold(const char *group)
{
	cleanup_fd int fd = open(group, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) == 0 ? steal_fd(&fd) : -1;
}

/* "stave-4711", "stave-4711-3" or "stave-4711-shell", and no process 4711 in this pid namespace. A
 * session in another namespace judges its own. */
static bool is_of_the_dead(const char *name)
{
	unsigned serial;
	pid_t pid;

	if (!identity_of_name(name, &pid, &name))
		return false;
	if (*name && strcmp(name, "-shell") != 0) {
		int end = 0;
		if (sscanf(name, "-%9u%n", &serial, &end) != 1 || name[end])
			return false;
	}
	return kill(pid, 0) < 0 && errno == ESRCH;
}

static bool is_ours_to_remove(int parent, const char *name)
{
	cleanup_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* rmdir(2) refuses a group that has processes or groups in it. */
static void remove_in(const char *folder, struct text *told)
{
	DIR *list = opendir(folder);

	for (struct dirent *entry; list && (entry = readdir(list));)
		if (entry->d_type == DT_DIR && is_of_the_dead(entry->d_name) &&
		    is_ours_to_remove(dirfd(list), entry->d_name) &&
		    unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR) == 0)
			text_sayf(told, "removed the cgroup %s/%s, left by a killed session\n",
				  vis(folder), vis(entry->d_name));
	if (list)
		closedir(list);
}

void strays_remove(const struct facts *facts, struct text *told)
{
	const char *last = "";

	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct cgroup_place *place = &facts->cgroup[i];
		if (!place->version || !place->writable || strcmp(place->parent, last) == 0)
			continue;
		last = place->parent;
		remove_in(last, told);
	}
}
