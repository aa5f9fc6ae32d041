#include "ops/program/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "ops/place.h"

static int open_master(int spare)
{
	/* A new devpts has its ptmx inside; /dev/ptmx is a link to it, or the host's. */
	int fd = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && spare >= 0)
		fd = fcntl(spare, F_DUPFD_CLOEXEC, 3);
	return fd;
}

int program_pty(int spare, uint64_t rows, uint64_t columns, int *master)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
	cleanup_fd int fd = open_master(spare);
	int unlock = 0;

	if (fd < 0 || ioctl(fd, TIOCSPTLCK, &unlock) < 0)
		return -1;
	/* TIOCGPTPEER needs no path, so nothing can be put in its way. */
	int slave = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -1;
	if (rows && columns)
		ioctl(fd, TIOCSWINSZ, &size);
	*master = steal_fd(&fd);
	return slave;
}

static int take_stdio(int in, int out, int err)
{
	if ((in >= 0 && dup2(in, STDIN_FILENO) < 0) || (out >= 0 && dup2(out, STDOUT_FILENO) < 0) ||
	    (err >= 0 && dup2(err, STDERR_FILENO) < 0))
		return -1;
	return 0;
}

int program_take_terminal(int slave)
{
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return -1;
	return take_stdio(slave, slave, slave);
}

static void default_signals(void)
{
	/* Handlers end with execve(2); what is ignored stays so, and is what we or our own
	 * parent (a shell's &) may have set. SIGHUP and SIGINT the shell has handlers for. */
	static const int ignored[] = { SIGQUIT, SIGPIPE, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Become uid and gid. setgroups(2) is denied where the map was written without privilege; then
 * there is no group to lose. */
static int take_ids(uint64_t uid, uint64_t gid)
{
	if (uid == OP_NO_ID && gid == OP_NO_ID)
		return 0;
	gid_t group = gid == OP_NO_ID ? (gid_t)uid : (gid_t)gid;
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return -1;
	if (setresgid(group, group, group) < 0)
		return -1;
	if (uid != OP_NO_ID && setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0)
		return -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* the change has cleared it */
	return 0;
}

/* The interpreter an ELF program asks for, into name; false when it asks for none. */
static bool elf_interpreter(int fd, const Elf64_Ehdr *elf, char *name, size_t size)
{
	Elf64_Phdr part;

	for (unsigned i = 0; i < elf->e_phnum; i++) {
		off_t at = (off_t)(elf->e_phoff + (uint64_t)i * elf->e_phentsize);
		if (pread(fd, &part, sizeof(part), at) != sizeof(part))
			return false;
		if (part.p_type != PT_INTERP || part.p_filesz == 0 || part.p_filesz > size)
			continue;
		ssize_t n = pread(fd, name, part.p_filesz, (off_t)part.p_offset);
		name[n > 0 ? n - 1 : 0] = '\0';
		return n > 0;
	}
	return false;
}

/* A file that is there and yet ENOENT: its loader, or the interpreter of its first line, is
 * missing in this root. execve(2). */
static void explain_missing(const char *path, struct op_outcome *outcome)
{
	union { Elf64_Ehdr elf; char text[200]; } head = { .text = "" };
	char name[200] = "";
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || read(fd, &head, sizeof(head)) < 4)
		return;
	if (memcmp(head.text, "#!", 2) == 0) {
		head.text[sizeof(head.text) - 1] = '\0';
		const char *start = head.text + 2 + strspn(head.text + 2, " \t");
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(start, " \t\n"), start);
	} else if (memcmp(head.elf.e_ident, ELFMAG, SELFMAG) != 0 ||
		   head.elf.e_ident[EI_CLASS] != ELFCLASS64 ||
		   !elf_interpreter(fd, &head.elf, name, sizeof(name))) {
		return;
	}
	if (name[0] && access(name, F_OK) < 0)
		outcome_say(outcome, "the file is there, its interpreter %.100s is not", vis(name));
}

const char *program_path(const char *const *envp)
{
	for (; envp && *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

static int become_along_path(const struct op *op, struct op_outcome *outcome)
{
	const char *const *argv = op->exec.argv;
	int code = ENOENT;
	char path[4096];

	for (const char *p = program_path(op->exec.envp); *p; p += strspn(p, ":")) {
		size_t n = strcspn(p, ":");
		if ((size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)n, p, argv[0]) < sizeof(path)) {
			execve(path, (char *const *)argv, (char *const *)op->exec.envp);
			if (errno != ENOENT && errno != ENOTDIR)
				code = errno;
			else if (access(path, F_OK) == 0)
				explain_missing(path, outcome);
		}
		p += n;
	}
	errno = code;
	return -1;
}

static int become(const struct op *op, struct op_outcome *outcome)
{
	const char *const *argv = op->exec.argv;

	if (op->exec.program.fd >= 0)
		return sys_execve_fd(op->exec.program.fd, (char *const *)argv,
				     (char *const *)op->exec.envp);
	if (!strchr(argv[0], '/'))
		return become_along_path(op, outcome);
	execve(argv[0], (char *const *)argv, (char *const *)op->exec.envp);
	int code = errno;
	if (code == ENOENT)
		explain_missing(argv[0], outcome);
	errno = code;
	return -1;
}

static int fail_part(struct op_outcome *outcome, const char *part)
{
	int code = errno;

	outcome_say(outcome, "it was %s", part);
	errno = code;
	return -1;
}

int program_become(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	static const char *const nothing[] = { NULL };
	struct op with = *op;

	if (!op->exec.argv || !op->exec.argv[0]) {
		errno = EINVAL;
		return -1;
	}
	if (!with.exec.envp)
		with.exec.envp = nothing;
	if (take_stdio(op->exec.stdin_.fd, op->exec.stdout_.fd, op->exec.stderr_.fd) < 0)
		return fail_part(outcome, "dup2(2)");
	if (op->exec.cwd && chdir(op->exec.cwd) < 0)
		return fail_part(outcome, "chdir(2) to the working directory");
	if (op->exec.cwd && place_is_outside())
		return fail_part(outcome, "the working directory, which leads out of the root");
	if (take_ids(op->exec.uid, op->exec.gid) < 0)
		return fail_part(outcome, "setresuid(2) or setresgid(2): no such id in the map");
	default_signals();
	if (!stage->masked || !*stage->masked)
		umask(0022);
	/* Not closed: should it fail, a socket or pipe among them is needed to say so. */
	cloexec_from(3);
	return become(&with, outcome);
}

int program_take_back(pid_t pid, struct op_outcome *outcome)
{
	int code = errno;

	outcome_say(outcome, "it was %s", "pidfd_open(2)");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = code;
	return -1;
}
