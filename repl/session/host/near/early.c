#include "session/host/near/early.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/process/proc.h"
#include "base/process/seal.h"
#include "child/child.h"
#include "child/talk.h"
#include "ops/op.h"
#include "session/host/near/janitor_talk.h"
#include "session/host/near/near.h"
#include "session/host/near/refused.h"

/* In the child that is started. It has the shell's memory, as a copy. */
static _Noreturn void become_child(int socket)
{
	fd_null_standard();
	proc_closed();
	child_main(socket);
}

/* The pid of the child, 0 where there is none. */
static pid_t start(const struct early *early, int socket)
{
	struct op_outcome outcome = { .fds = { -1, -1, -1 } };
	const struct op_stage nobody = { 0 };

	op_run(early->clone, &nobody, &outcome);
	if (outcome.code == 0 && outcome.value == 0)
		become_child(early->socket);
	struct packet reply = { .bytes = talk_room() };
	outcomes_pack(&outcome, 1, "", &reply);
	/* A shell that cannot be told is gone: the janitor finds that out. */
	talk_send(socket, (struct header){ SAY_STARTED, early->number }, &reply);
	packet_close(&reply);
	return outcome.code ? 0 : (pid_t)outcome.value;
}

/* Continues in janitor_begin(). */
static _Noreturn void execute(const struct beginning *beginning, struct started first)
{
	char numbers[5][12];
	char *const argv[] = { JANITOR, numbers[0], numbers[1], (char *)beginning->folder, numbers[2], numbers[3], numbers[4], NULL };
	const long values[] = { beginning->socket, beginning->terminal, beginning->shell, first.number, first.pid };

	for (size_t i = 0; i < COUNT(values); i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%ld", values[i]);
	fcntl(beginning->socket, F_SETFD, 0);
	if (beginning->terminal >= 0)
		fcntl(beginning->terminal, F_SETFD, 0);
	sys_execve_fd(beginning->sealed, argv, (char *const[]){ NULL });
	_exit(errno == EACCES || errno == EPERM ? EXEC_REFUSED : EXEC_FAILED);
}

static _Noreturn void become_janitor(const struct beginning *beginning, const struct early *early)
{
	struct started first = { 0 };

	if (early)
		first = (struct started){ early->number, start(early, beginning->socket) };
	if (beginning->sealed >= 0)
		execute(beginning, first);
	janitor_main(beginning->socket, beginning->terminal, beginning->folder, beginning->shell, first);
}

static void end(struct beginning *beginning)
{
	if (beginning->sealed >= 0)
		close(steal_fd(&beginning->sealed));
	close(steal_fd(&beginning->socket));
	free((char *)steal_ptr(&beginning->folder));
}

pid_t beginning_process(struct beginning *beginning, const struct early *early, struct error *err)
{
	sigset_t all, before;

	beginning->shell = getpid();
	/* Until it has a session of its own it is in the shell's process group, and so is an early child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	int code = errno;
	if (pid == 0)
		become_janitor(beginning, early);
	sigprocmask(SIG_SETMASK, &before, NULL);
	end(beginning);
	return pid < 0 ? fail(err, code, "fork of the janitor") : pid;
}

int early_seal(const char *program, struct error *err)
{
	int sealed = seal_program(program);

	if (sealed >= 0)
		return sealed;
	fail(err, errno, "a sealed copy of the shell in memory");
	fail_why(err, "a program in a container may open it as /proc/PID/exe, and must not reach "
		 "the shell's own file");
	return fail_fix(err, "sysctl vm.memfd_noexec must not be 2");
}

int early_seal_child(struct child *child, const char *program, struct error *err)
{
	cleanup_fd int sealed = early_seal(program, err);

	return sealed < 0 ? -1 : child_seal(child, sealed, err);
}
