/* The way out: pasta(1) or slirp4netns(1), programs of the host's that carry what leaves by an interface of
 * another network namespace, and the answers. They take no privilege of the host's, only /dev/net/tun.
 *
 * Either changes its credentials, which clears what would end it with its parent (prctl(2), PR_SET_PDEATHSIG).
 * So it runs in a pid namespace whose PID 1 is Stave's own process: when that ends, the kernel ends all of it,
 * pid_namespaces(7). */
#include "session/host/forward/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <net/if.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/net/inside.h"
#include "base/process/title.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "session/host/forward/process.h"

enum {
	READY = 10000, /* ms in which the way out has to be there */
	ASKING = 2000, /* ms for one look at whether it is */
	PAUSE = 10,    /* ms between two looks */
};

/* The places of the descriptors that the process keeps. */
enum { PLACE_LIFE = 3, PLACE_SAID, PLACE_USER, PLACE_NET };

/* ---- the process ---- */

/* pasta as podman calls it, without a way to the host's own loopback and without ports of the host's. */
static _Noreturn void start_program(const struct outlet *outlet)
{
	static const char net[] = "/proc/self/fd/0";
	const char *const pasta[] = { "pasta", "-f", "-q", "--config-net", "--no-map-gw", "--dns-forward", outlet->dns,
				      "-t", "none", "-u", "none", "-T", "none", "-U", "none", "-I", outlet->link,
				      "--netns-only", "--netns", net, NULL };
	const char *const slirp[] = { "slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback",
				      "--netns-type=path", net, outlet->link, NULL };
	const char *const empty[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	signal(SIGPIPE, SIG_DFL); /* pasta takes one that is ignored for an error */
	/* By a descriptor: the program gives up the right to look up a process's namespace before it does. By this one: pasta closes
	 * all but the standard ones as it begins (its versions since 2024). */
	if (dup2(PLACE_NET, STDIN_FILENO) < 0)
		_exit(126);
	close(PLACE_NET);
	execve(outlet->program, (char *const *)(outlet->is_pasta ? pasta : slirp), (char *const *)empty);
	_exit(errno == ENOENT ? 127 : 126);
}

/* PID 1: until the shell has ended, or the program. */
static _Noreturn void watch(const struct outlet *outlet)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		start_program(outlet);
	cleanup_fd int ended = pid < 0 ? -1 : sys_pidfd_open(pid);
	struct pollfd fds[] = { { .fd = PLACE_LIFE, .events = POLLIN }, { .fd = ended, .events = POLLIN } };
	close(PLACE_NET);
	while (ended >= 0 && poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	if (fds[1].revents)
		waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* The rights that the program needs over the network namespace are those of the user namespace that owns it. */
static int enter(int user)
{
	if (user >= 0 && setns(user, CLONE_NEWUSER) < 0)
		return errno;
	if (user >= 0 && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return errno;
	return unshare(CLONE_NEWPID) < 0 ? errno : 0;
}

struct serving {
	const struct outlet *outlet;
	const struct inside *inside;
	int words;
};

static void serve(const void *arg, int life, int said)
{
	const struct serving *serving = arg;
	int user = serving->inside->owner, net = serving->inside->net, words = serving->words;
	int *kept[] = { &life, &said, &user, &net };
	int status;

	forward_begin("stave-world");
	/* What the program says is read where it fails. */
	int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, 0) < 0 || dup2(words, 1) < 0 || dup2(words, 2) < 0)
		_exit(1);
	forward_keep(kept, COUNT(kept));
	int code = enter(user);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pid_t pid = code ? -1 : fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(PLACE_SAID);
		watch(serving->outlet);
	}
	code = pid < 0 && !code ? errno : code;
	if (write(PLACE_SAID, &code, sizeof(code)) != sizeof(code) || code)
		_exit(1);
	close_from(PLACE_LIFE);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* ---- the shell's side ---- */

/* In the network namespace: whether the interface is up and has the default route, which comes last. */
static int is_ready(void *arg, int out, int *status)
{
	cleanup_text struct text routes = { 0 };
	const char *link = arg;
	size_t length = strlen(link);

	(void)out;
	*status = 0;
	if (read_file(AT_FDCWD, "/proc/thread-self/net/route", 1 << 20, &routes) < 0)
		return -1;
	for (const char *line = text_of(&routes); *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, link, length) == 0 && strncmp(line + length, "\t00000000\t", 10) == 0)
			*status = 1;
	return 0;
}

/* The last line that says something. */
static void last_words(int fd, char *ret, size_t size)
{
	cleanup_text struct text said = { 0 };

	*ret = '\0';
	if (lseek(fd, 0, SEEK_SET) < 0 || read_fd(fd, 1 << 16, &said) < 0)
		return;
	for (char *save = NULL, *line = said.s ? strtok_r(said.s, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (*line && strncmp(line, "Failed to send ", 15) != 0)
			snprintf(ret, size, "%s", line);
}

static int fail_program(const struct outlet *outlet, pid_t pid, int words, struct error *err)
{
	char said[160];

	last_words(words, said, sizeof(said));
	fail_id(err, ERR_NETWORK_WORLD, 0, "%s made no way out", outlet->is_pasta ? "pasta" : "slirp4netns");
	if (*said)
		fail_why(err, "it says: %s", vis(said));
	else
		fail_why(err, "its process %d said nothing in %d seconds", pid, READY / 1000);
	return -1;
}

/* Wait for the way out. 0, or -1 with err. */
static int await_ready(const struct outlet *outlet, pid_t pid, const struct inside *inside, int words,
		       struct error *err)
{
	const int64_t until = await_until(READY);

	while (clock_ms() < until && !await_interrupted()) {
		struct inside_end end;
		siginfo_t info = { 0 };
		if (inside_call(inside, is_ready, (void *)(uintptr_t)outlet->link, ASKING, NULL, &end) < 0)
			return fail(err, errno, "read the routes of the router");
		if (end.status)
			return 0;
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid)
			break;
		usleep(PAUSE * 1000);
	}
	return fail_program(outlet, pid, words, err);
}

struct forwarder *outlet_new(const struct outlet *outlet, const struct inside *inside, struct error *err)
{
	cleanup_fd int words = memfd_create("words", MFD_CLOEXEC);
	const struct serving serving = { outlet, inside, words };

	if (words < 0) {
		fail(err, errno, "memfd_create");
		return NULL;
	}
	struct forwarder *ret = forward_start(serve, &serving, "stave-world", err);
	if (!ret || await_ready(outlet, forwarder_pid(ret), inside, words, err) == 0)
		return ret;
	forwarder_free(ret);
	return NULL;
}
