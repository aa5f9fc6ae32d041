/* Why a program does not start: execve(2). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* Before the program: the folder that it is to start in, and the user that it is to be. */
static bool no_start(const struct failure *at, struct error *err)
{
	const char *cwd = at->op->exec.cwd;
	struct stat st;

	if (at->outcome->code == EINVAL && (at->op->exec.uid != OP_NO_ID || at->op->exec.gid != OP_NO_ID)) {
		fail_cause(err, CAUSE_EXEC_ID);
		fail_why(err, "setresuid(2) or setresgid(2): this user or group id has no mapping in the child's user namespace");
		fail_fix(err, "idmap shows the map");
		return true;
	}
	if (!cwd || !at->pid)
		return false;
	bool absent = look_stat(at->pid, cwd, 0, &st) < 0;
	if (absent && !path_is_absent(errno))
		return false;
	if (!absent && S_ISDIR(st.st_mode))
		return false;
	fail_cause(err, absent ? CAUSE_EXEC_WORKDIR_MISSING : CAUSE_EXEC_WORKDIR_KIND);
	fail_why(err, absent ? "chdir(2): there is no folder %s in the child's root" : "chdir(2): %s is not a folder", vis(cwd));
	fail_fix(err, "--workdir takes a folder that is there; tree shows them");
	return true;
}

/* The program itself: there or not, a file or not, with the x bit or not. */
static bool no_program(const struct failure *at, struct error *err)
{
	const char *name = at->op->exec.argv[0];
	struct stat st;

	if ((at->outcome->code != ENOENT && at->outcome->code != EACCES) || !at->pid || at->outcome->detail[0])
		return false;
	if (!strchr(name, '/')) {
		fail_cause(err, CAUSE_EXEC_PATH);
		fail_why(err, "no folder in PATH has a program %s in the child's root", vis(name));
		fail_fix(err, "tree /bin shows what it has");
		return at->outcome->code == ENOENT;
	}
	if (look_stat(at->pid, name, 0, &st) < 0) {
		if (!path_is_absent(errno))
			return false; /* nobody can tell */
		fail_cause(err, CAUSE_EXEC_MISSING);
		fail_why(err, "there is no %s in the child's root", vis(name));
		fail_fix(err, "tree shows what it has");
		return true;
	}
	if (at->outcome->code != EACCES)
		return false;
	fail_cause(err, S_ISDIR(st.st_mode) ? CAUSE_EXEC_FOLDER : CAUSE_EXEC_NO_X);
	if (S_ISDIR(st.st_mode))
		fail_why(err, "%s is a folder", vis(name));
	else if (!(st.st_mode & 0111))
		fail_why(err, "%s has no x bit (mode %03o)", vis(name), st.st_mode & 07777);
	else
		return false;
	return true;
}

bool advise_exec(const struct failure *at, struct error *err)
{
	if (op_info(at->op->kind)->starts != STARTS_PROGRAM)
		return false;
	static question *const list[] = { no_start, no_program, NULL };

	return ask(list, at, err);
}
