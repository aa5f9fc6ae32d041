/* stave-probe [NAME...]: a line for each attempt, NAME RESULT ERRNO DETAIL with tabs between; before
 * them a line "#" with the capabilities, seccomp mode and no_new_privs that it has itself. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/probe.h"
#include "probe/regain.h"

static const struct attempt {
	const char *name;
	void (*try)(struct verdict *verdict);
} attempts[] = {
#define WALL(id)
#define ATTEMPT(id, name, wins) { name, try_##id },
#include "probe/list.h"
#undef WALL
#undef ATTEMPT
};

enum { ATTEMPTS = sizeof(attempts) / sizeof(attempts[0]), SECONDS = 4 };

static const char *const results[] = { "stopped", "open", "absent", "broken" };

/* An attempt's own process: what it has to say goes through the pipe. */
static _Noreturn void attempt_alone(const struct attempt *attempt, int out)
{
	struct verdict verdict = { .result = RESULT_BROKEN };

	alarm(SECONDS);
	attempt->try(&verdict);
	_exit(write(out, &verdict, sizeof(verdict)) == sizeof(verdict) ? 0 : 1);
}

/* One that is stopped hears no alarm: it is ended. */
static ssize_t read_in_time(int in, pid_t pid, struct verdict *verdict)
{
	struct pollfd end = { .fd = in, .events = POLLIN };
	int ready;

	do
		ready = poll(&end, 1, (SECONDS + 1) * 1000);
	while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return read(in, verdict, sizeof(*verdict));
	kill(pid, SIGKILL);
	return 0;
}

/* What an attempt that was ended had made and not taken back: a device, a program of root's. */
static void take_back(pid_t pid)
{
	static const char *const folders[] = { "/dev", "/var/tmp", "/tmp", "/root", "/home", "" };
	struct stat st;
	char path[64];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/.stave-probe.%d", folders[i], pid);
		if (lstat(path, &st) == 0 && st.st_uid == geteuid() && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
			unlink(path);
	}
}

static void read_verdict(int in, pid_t pid, struct verdict *verdict)
{
	int status = 0;
	ssize_t n = read_in_time(in, pid, verdict);

	waitpid(pid, &status, 0);
	if (n == sizeof(*verdict))
		return;
	*verdict = (struct verdict){ .result = RESULT_BROKEN };
	if (!WIFSIGNALED(status))
		return;
	take_back(pid);
	int signal = WTERMSIG(status);
	verdict->result = signal == 31 /* SIGSYS */ || signal == 11 /* SIGSEGV */ ?
			  RESULT_STOPPED : RESULT_BROKEN;
	snprintf(verdict->detail, sizeof(verdict->detail), "%s",
		 signal == 31 ? "killed by SIGSYS" : signal == 11 ? "killed by SIGSEGV" :
		 signal == 14 || signal == 9 ? "did not end in 4 seconds" : "killed");
}

static void make_attempt(const struct attempt *attempt)
{
	struct verdict verdict = { .result = RESULT_BROKEN };
	int ends[2];

	if (pipe2(ends, 02000000 /* O_CLOEXEC */) < 0) {
		verdict.code = errno;
	} else {
		pid_t pid = fork();
		if (pid == 0)
			attempt_alone(attempt, ends[1]);
		verdict.code = pid < 0 ? errno : 0;
		close(ends[1]);
		if (pid > 0)
			read_verdict(ends[0], pid, &verdict);
		close(ends[0]);
	}
	printf("%s\t%s\t%s\t%s\n", attempt->name, results[verdict.result],
	       verdict.code ? name_of_errno(verdict.code) : "", verdict.detail);
	fflush(stdout);
}

static void print_state(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { 0 };
	unsigned long long bounding = 0;

	syscall(SYS_capget, &header, sets);
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			bounding |= 1ULL << cap;
	printf("#\teffective=%llx bounding=%llx seccomp=%d no_new_privs=%d keyring=%ld\n",
	       sets[0].effective | (unsigned long long)sets[1].effective << 32, bounding,
	       prctl(PR_GET_SECCOMP, 0, 0, 0, 0), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
	       syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
	fflush(stdout);
}

static const struct attempt *find(const char *name)
{
	for (size_t i = 0; i < ATTEMPTS; i++)
		if (strcmp(attempts[i].name, name) == 0)
			return &attempts[i];
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc == 2 && argv[1][0] == '-')
		return regain_main(argv[1]);
	for (int i = 1; i < argc; i++)
		if (!find(argv[i])) {
			fprintf(stderr, "usage: stave-probe [NAME...]; no attempt is called %s\n", argv[i]);
			return 2;
		}
	print_state();
	for (size_t i = 0; argc < 2 && i < ATTEMPTS; i++)
		make_attempt(&attempts[i]);
	for (int i = 1; i < argc; i++)
		make_attempt(find(argv[i]));
	return 0;
}
