/* Undo kind: a tracing instance, and the probes of its own that it may have. Both are the whole machine's, whatever
 * mount they are made through. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file/tracefs.h"
#include "base/text.h"
#include "ops/undo/undo.h"

/* An instance is busy while somebody has a file of it open: one that was killed, for a moment. */
static int remove_instance(int tracefs, const char *path)
{
	for (int tries = 0; unlinkat(tracefs, path, AT_REMOVEDIR) < 0; tries++) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || tries == 200)
			return -1;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	return 0;
}

/* value: the group that the probes are in, "-" or "" for none. Each is removed by a line of kprobe_events. */
static int remove_probes(int tracefs, const char *group)
{
	cleanup_text struct text all = { 0 };
	char *save = NULL, line[200], name[64];

	if (!group || !*group || strcmp(group, "-") == 0)
		return 0;
	if (read_file(tracefs, "kprobe_events", 1 << 20, &all) < 0)
		return errno == ENOENT ? 0 : -1;
	for (char *one = all.len ? strtok_r(all.s, "\n", &save) : NULL; one; one = strtok_r(NULL, "\n", &save)) {
		const char *slash = strchr(one, '/'), *colon = strchr(one, ':');
		if (!slash || !colon || colon > slash || (size_t)(slash - colon - 1) != strlen(group) ||
		    strncmp(colon + 1, group, strlen(group)) != 0 || sscanf(slash + 1, "%63s", name) != 1)
			continue;
		snprintf(line, sizeof(line), "-:%s/%s\n", group, name);
		cleanup_fd int fd = openat(tracefs, "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
		if (fd < 0 || write_fd(fd, line, strlen(line)) < 0)
			return -1;
	}
	return 0;
}

static int take_tracing(const struct undo *undo, struct error *err)
{
	cleanup_fd int tracefs = tracefs_open();

	if (tracefs < 0)
		return fail(err, errno, "open tracefs for %s", vis(undo->path));
	if (remove_instance(tracefs, undo->path) < 0)
		return fail(err, errno, "rmdir %s in tracefs", vis(undo->path));
	if (remove_probes(tracefs, undo->value) < 0)
		return fail(err, errno, "remove the probes %s in tracefs", vis(undo->value));
	return 0;
}

const struct undo_info undo_tracing = {
	.take = take_tracing,
};
