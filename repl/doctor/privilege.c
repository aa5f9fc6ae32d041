/* Trials: what a process gives up, filters, rules, keys, and being traced. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "doctor/trial.h"

int try_capabilities(const struct trial *trial, struct outcome *outcome)
{
	struct sys_caps sets;

	(void)trial;
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0) < 0)
		return trial_failed(outcome, "capabilities", "prctl(PR_CAPBSET_DROP, CAP_SYS_TIME)");
	if (sys_capget(0, &sets) < 0)
		return trial_failed(outcome, "capabilities", "capget()");
	sets.effective = sets.permitted &= ~(UINT64_C(1) << CAP_SYS_TIME);
	return sys_capset(&sets) < 0 ? trial_failed(outcome, "capabilities", "capset()") : 0;
}

int try_no_new_privs(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return trial_failed(outcome, "no_new_privs", "prctl(PR_SET_NO_NEW_PRIVS, 1)");
	return 0;
}

/* A filter that refuses one call, which is asked then. */
int try_seccomp(const struct trial *trial, struct outcome *outcome)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { COUNT(code), code };

	if (try_no_new_privs(trial, outcome) < 0)
		return -1;
	if (sys_seccomp(&program) < 0)
		return trial_failed(outcome, "seccomp", "seccomp(SECCOMP_SET_MODE_FILTER)");
	if (getpgid(0) < 0 && errno == EDOM)
		return 0;
	errno = ENOSYS;
	return trial_failed(outcome, "seccomp", "getpgid(0)");
}

int try_landlock(const struct trial *trial, struct outcome *outcome)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE };

	if (try_no_new_privs(trial, outcome) < 0)
		return -1;
	cleanup_fd int rules = sys_landlock_create(&attr, sizeof(attr), 0);
	if (rules < 0)
		return trial_failed(outcome, "landlock", "landlock_create_ruleset()");
	return sys_landlock_restrict(rules) < 0 ? trial_failed(outcome, "landlock", "landlock_restrict_self()") : 0;
}

int try_keyring(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	if (sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0) < 0)
		return trial_failed(outcome, "keyring", "keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)");
	return 0;
}

/* Somebody of its own is traced, up to where a call of its is seen. */
int try_trace(const struct trial *trial, struct outcome *outcome)
{
	char info[128];
	int status;
	pid_t pid = fork();

	(void)trial;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	if (pid < 0)
		return trial_failed(outcome, "fork", "fork()");
	int ret = 0;
	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL) < 0)
		ret = trial_failed(outcome, "ptrace", "ptrace(PTRACE_SEIZE)");
	else if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ||
		 ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), info) < 0)
		ret = trial_failed(outcome, "ptrace", "ptrace(PTRACE_GET_SYSCALL_INFO)");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return ret;
}
