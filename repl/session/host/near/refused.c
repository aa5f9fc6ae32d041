/* Why the janitor could not be started: the program is executed by a descriptor (base/process/seal.h), which a security
 * module may forbid. */
#include "session/host/near/refused.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

bool was_refused(pid_t janitor)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)janitor, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_EXITED && info.si_status == EXEC_REFUSED;
}

/* The profile has to allow it by the path of the program, and by "/" where a descriptor has no path. apparmor.d(5). */
int fail_refused(pid_t janitor, struct error *err)
{
	cleanup_text struct text label = { 0 };
	char exe[256];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	read_file(AT_FDCWD, "/proc/self/attr/current", 512, &label);
	int length = (int)strcspn(text_of(&label), " \n");
	fail_id(err, ERR_CHILD_GONE, EACCES, "execveat of Stave's own program, for the janitor (pid %d), parent of the child", janitor);
	if (!length || strncmp(text_of(&label), "unconfined", 10) == 0)
		return -1;
	fail_cause(err, CAUSE_LSM_EXEC);
	fail_why(err, "the security module's profile %.*s, which confines this shell, does not let it execute its own program by a descriptor",
		 length, vis(text_of(&label)));
	return fail_fix(err, "lines for the profile %.*s: %s rix, / rix, (a descriptor in memory has the path /); then root: apparmor_parser -r FILE",
			length, vis(text_of(&label)), vis(exe));
}
