/* Why the janitor could not be started: the program is executed by a descriptor (base/process/seal.h), which a security
 * module may forbid. */
#include "session/host/near/refused.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "snapshot/snapshot.h"

/* Its exit status; -1: it was killed. */
static int ended_with(pid_t janitor)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)janitor, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_EXITED ? info.si_status : -1;
}

bool was_refused(pid_t janitor)
{
	int status = ended_with(janitor);

	return status == EXEC_REFUSED || status == EXEC_FAILED;
}

/* Append what the path of the program is from the root of its file system: its descriptor is of a mount that is attached
 * nowhere. */
static void add_within(const char *exe, struct text *ret)
{
	cleanup_text struct text table = { 0 };
	struct mounts *mounts = read_file(AT_FDCWD, "/proc/self/mountinfo", SIZE_MAX, &table) < 0 ? NULL :
				mounts_parse(text_of(&table), NULL);
	const struct mount *on = mounts ? mounts_find(mounts, exe) : NULL;

	if (on && strcmp(on->root, "/") != 0)
		text_add(ret, on->root);
	text_add(ret, on && strcmp(on->point, "/") != 0 ? exe + strlen(on->point) : exe);
	if (mounts)
		mounts_free(mounts);
}

/* The profile has to allow it by the path of the program, as it is and within its file system, and by "/" where a
 * descriptor has no path. apparmor.d(5). */
int fail_refused(pid_t janitor, struct error *err)
{
	cleanup_text struct text label = { 0 }, within = { 0 }, lines = { 0 };
	char exe[256];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	read_file(AT_FDCWD, "/proc/self/attr/current", 512, &label);
	int length = (int)strcspn(text_of(&label), " \n");
	bool refused = ended_with(janitor) == EXEC_REFUSED;
	fail_id(err, ERR_CHILD_GONE, refused ? EACCES : 0, "execveat of Stave's own program, for the janitor (pid %d), parent of the child", janitor);
	if (!refused || !length || strncmp(text_of(&label), "unconfined", 10) == 0)
		return -1;
	fail_cause(err, CAUSE_LSM_EXEC);
	fail_why(err, "the security module's profile %.*s, which confines this shell, does not let it execute its own program by a descriptor",
		 length, vis(text_of(&label)));
	add_within(exe, &within);
	text_addf(&lines, "%s rix, ", vis(exe));
	if (strcmp(text_of(&within), exe) != 0)
		text_addf(&lines, "%s rix, ", vis(text_of(&within)));
	return fail_fix(err, "lines for the profile %.*s: %s/ rix, (a descriptor in memory has the path /); then root: apparmor_parser -r FILE",
			length, vis(text_of(&label)), text_of(&lines));
}
