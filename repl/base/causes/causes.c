#include "base/causes/causes.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/path.h"
#include "base/message.h"
#include "base/text.h"

static const struct cause_row rows[] = {
#define CAUSE(name, id, means) { id, means },
	CAUSES(CAUSE)
#undef CAUSE
};

const struct cause_row *cause_row(int i)
{
	return i >= 0 && i < CAUSE_COUNT ? &rows[i] : NULL;
}

int cause_called(const char *id)
{
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (strcmp(rows[i].id, id) == 0)
			return i;
	return -1;
}

const char *error_cause(const struct error *err)
{
	static const enum error_id states[] = {
		ERR_PATH_ABSENT, ERR_PATH_HOST_ABSENT, ERR_PATH_KIND, ERR_PATH_ABSOLUTE,
		ERR_JOB_ABSENT, ERR_PROGRAM_MISSING, ERR_PROGRAM_USER, ERR_CAPABILITY_UNKNOWN,
		ERR_CAPABILITY_ABSENT, ERR_CALL_UNKNOWN, ERR_SECCOMP_NEEDED, ERR_IDMAP_RANGE,
		ERR_IDMAP_FORM, ERR_USERNS_SAME, ERR_CGROUP_ABSENT, ERR_CGROUP_FILE,
		ERR_CGROUP_NONE, ERR_CGROUP_SAME, ERR_CGROUP_CONTROLLER, ERR_LIMIT_DEVICE,
		ERR_LIMIT_LIST, ERR_LIMIT_VALUE, ERR_UNION_ABSENT, ERR_UNION_READ_ONLY,
		ERR_VOLUME_ABSENT, ERR_VOLUME_USED, ERR_IMAGE_ABSENT, ERR_NETWORK_ABSENT,
		ERR_NETWORK_NAME, ERR_NETWORK_ADDRESS, ERR_CHILD_ABSENT, ERR_NAME_INVALID,
		ERR_NAME_USED, ERR_BUSYBOX_ABSENT,
	};

	for (size_t i = 0; !err->cause[0] && i < COUNT(states); i++)
		if (strcmp(error_row(states[i])->id, err->id) == 0)
			return err->id;
	return err->cause;
}

int fail_cause(struct error *err, enum cause_id cause)
{
	snprintf(err->cause, sizeof(err->cause), "%s", rows[cause].id);
	return -1;
}

int fail_path(struct error *err, int code, const char *path)
{
	enum { LINKS_MOST = 40 };

	if (code == ELOOP) {
		fail_cause(err, CAUSE_FILE_LINKS);
		fail_why(err, "more than %d symbolic links lie on the way, as where links lead to each other", LINKS_MOST);
		return fail_fix(err, "run ls -l %s shows where a link leads", vis(path));
	}
	if (code != ENAMETOOLONG)
		return -1;
	fail_cause(err, path_longest(path) > NAME_MAX ? CAUSE_FILE_NAME_LONG : CAUSE_FILE_PATH_LONG);
	if (path_longest(path) > NAME_MAX)
		return fail_why(err, "a name in it has %zu bytes, and %d are the most", path_longest(path), NAME_MAX);
	return fail_why(err, "it has %zu bytes, and %d are the most", strlen(path), PATH_MAX - 1);
}

int fail_stat(struct error *err, int code, const char *path)
{
	fail(err, code, "stat %s", vis(path));
	fail_path(err, code, path);
	return -1;
}

int fail_process(struct error *err, pid_t pid)
{
	/* kill(2) finds it whatever /proc shows: EPERM is of one that is there. */
	bool hidden = kill(pid, 0) == 0 || errno == EPERM;

	fail(err, ESRCH, "process %d", pid);
	fail_cause(err, hidden ? CAUSE_PROCESS_HIDDEN : CAUSE_PROCESS_ABSENT);
	if (hidden)
		return fail_why(err, "process %d belongs to another user, and /proc hides it (hidepid)", pid);
	fail_why(err, "there is no process %d", pid);
	return fail_fix(err, "!ps -ef lists the processes of the host");
}

const struct file_state *file_state(int code)
{
	static const struct file_state states[] = {
		{ ESTALE, CAUSE_FILE_STALE, N_("what it had found before has been removed since"), N_("open it again, by its name") },
		{ EUCLEAN, CAUSE_FILE_DAMAGED, N_("the structures of the file system are damaged there: dmesg says which"), N_("umount it; then !fsck DEVICE") },
		{ EDQUOT, CAUSE_FILE_QUOTA, N_("the quota of the file system is used up, and not its room"), N_("!quota shows it") },
	};

	for (size_t i = 0; i < COUNT(states); i++)
		if (states[i].code == code)
			return &states[i];
	return NULL;
}
