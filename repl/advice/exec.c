/* Why a program does not start: execve(2). Its errno is about the file, about the loader or interpreter that
 * the file names, or about a folder on the way. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice/program.h"
#include "advice/seen/landlocked.h"
#include "advice/seen/where.h"
#include "advice/question.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/plan.h"
#include "ops/privilege/landlock/landlock.h"
#include "snapshot/eyes/absent.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* ---- before the program ---- */

/* Whoever the program runs as, as far as files are concerned. */
static struct reading runs_as(const struct failure *at)
{
	struct reading ret = *at->child;

	unsigned long outside;

	if (at->op->exec.gid != OP_NO_ID && id_outside(ret.gid_map, at->op->exec.gid, &outside))
		ret.gid[3] = (uint32_t)outside;
	if (at->op->exec.uid == OP_NO_ID || !at->op->exec.uid)
		return ret;
	if (id_outside(ret.uid_map, at->op->exec.uid, &outside))
		ret.uid[3] = (uint32_t)outside;
	ret.cap_effective = 0;
	return ret;
}

/* A folder on the way to path that refuses it. enters: path is to be its working directory. */
static bool on_the_way(const struct failure *at, const char *path, bool enters, struct error *err)
{
	struct reading who = runs_as(at);

	return at->outcome->code == EACCES && path && denied_tell(NULL, &who, path, false, enters, err);
}

/* The folder that it is to start in, and the user that it is to be. */
static bool no_start(const struct failure *at, struct error *err)
{
	const char *cwd = at->op->exec.cwd;
	unsigned long outside;
	struct stat st;

	if (at->outcome->code == EINVAL && (at->op->exec.uid != OP_NO_ID || at->op->exec.gid != OP_NO_ID)) {
		bool group = at->op->exec.gid != OP_NO_ID && !id_outside(at->child->gid_map, at->op->exec.gid, &outside);
		fail_cause(err, CAUSE_EXEC_ID);
		fail_why(err, group ? "setresgid(2): the group %u has no mapping in the child's user namespace" :
			      "setresuid(2): the user %u has no mapping in the child's user namespace",
			 (unsigned)(group ? at->op->exec.gid : at->op->exec.uid));
		fail_fix(err, "idmap shows the map");
		return true;
	}
	if (!cwd || !program_looked_at(at))
		return false;
	if (on_the_way(at, cwd, true, err))
		return true;
	bool absent = look_stat(program_looked_at(at), cwd, 0, &st) < 0;
	if (absent && !path_is_absent(errno))
		return false;
	if (!absent && S_ISDIR(st.st_mode))
		return false;
	fail_cause(err, absent ? CAUSE_EXEC_WORKDIR_MISSING : CAUSE_EXEC_WORKDIR_KIND);
	fail_why(err, absent ? "chdir(2): there is no folder %s in the program's root" : "chdir(2): %s is not a folder", vis(cwd));
	return where_look(at, "/", err);
}

/* ---- which file ---- */

static const char *search_path(const struct op *op)
{
	for (const char *const *env = op->exec.envp; env && *env; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			return *env + 5;
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* As execvpe(3) finds it. */
static bool find(struct program *program, const char *name)
{
	const struct failure *at = program->at;

	if (strchr(name, '/')) {
		program->path = look_absolute(at->child, name, &program->arena);
		return look_stat(program_looked_at(at), program->path, 0, &program->st) == 0;
	}
	for (const char *folder = search_path(at->op); *folder;) {
		size_t n = strcspn(folder, ":");
		program->path = path_join(&program->arena, arena_copyn(&program->arena, folder, n), name);
		if (n && look_stat(program_looked_at(at), program->path, 0, &program->st) == 0)
			return true;
		folder += n + (folder[n] == ':');
	}
	return false;
}

/* ---- the questions about one file ---- */

/* EACCES: kind, mode, mount, or a folder on the way. */
static bool is_denied(struct program *program, struct error *err)
{
	const struct mount *on = mounts_find(program->at->child->mounts, program->path);
	struct reading who = runs_as(program->at);

	if (program->at->outcome->code != EACCES)
		return false;
	if (S_ISDIR(program->st.st_mode)) {
		fail_cause(err, CAUSE_EXEC_FOLDER);
		fail_why(err, "%s is a folder", vis(program_said(program)));
		where_look(program->at, program->path, err);
	} else if (!(program->st.st_mode & 0111)) {
		fail_cause(err, CAUSE_EXEC_NO_X);
		fail_why(err, "%s has no x bit (mode %03o)", vis(program_said(program)), program->st.st_mode & 07777);
		if (program->length < 0 || program_is_meant(program))
			where_run(program->at, arena_print(&program->arena, "chmod +x %s", program->path), err);
		else
			fail_fix(err, "a program: this file begins neither with #! nor as an ELF file does");
	} else if (on && strstr(on->options, "noexec")) {
		fail_cause(err, CAUSE_EXEC_NOEXEC);
		fail_why(err, "%s is on mount %d (%s), which is mounted noexec", vis(program_said(program)), on->id, vis(on->point));
		if (where_of(program->at).pid || where_of(program->at).aside)
			fail_fix(err, "a folder of another mount: copy the program there");
		else
			fail_fix(err, "mount none %s -o remount,bind,exec", vis(on->point));
	} else if (denied_by_mode(NULL, &who, &program->st, 1)) {
		fail_cause(err, CAUSE_EXEC_X_OTHERS);
		fail_why(err, "%s has mode %03o and belongs to %u:%u: user %u may not execute it", vis(program_said(program)), program->st.st_mode & 07777,
			 program->st.st_uid, program->st.st_gid, who.uid[3]);
		fail_fix(err, "its owner lets others: chmod a+x");
	} else {
		return false;
	}
	return true;
}

/* Landlock answers as a mode would. */
static bool is_landlocked(struct program *program, struct error *err)
{
	const struct failure *at = program->at;
	struct landlocked asked;

	if (at->outcome->code != EACCES || !program->path)
		return false;
	landlocked_ask(&asked, program_looked_at(at), program->path, LL_EXECUTE, has_cap(at, CAP_DAC_OVERRIDE));
	for (size_t i = 0; i < at->plan_count; i++)
		landlocked_take(&asked, at->plans[i], i + 1 < at->plan_count ? at->plans[i]->count : at->made);
	if (asked.denied) {
		fail_cause(err, CAUSE_EXEC_LANDLOCK);
		fail_why(err, "no rule of the child's Landlock allows it to execute %s: they are %s", vis(program->path), text_of(&asked.rules));
		fail_fix(err, "undo takes the rules back; ro for its folder, and for those of its loader and libraries, lets it begin");
	}
	landlocked_done(&asked);
	return asked.denied;
}

/* ---- all of them ---- */

/* Whether the shell's own root has the file, and it needs nothing but itself, or an interpreter that the container has. */
static bool host_has(const struct program *program)
{
	struct failure own = *program->at;
	struct program file = { .at = &own, .path = program->path };
	struct stat st;

	own.pid = getpid();
	own.plan_count = 0;
	if (strpbrk(file.path, ": \t\n'\"\\") || stat(file.path, &file.st) < 0 || !S_ISREG(file.st.st_mode) || access(file.path, X_OK) < 0)
		return false;
	program_read(&file);
	const char *named = program_names(&file);
	bool ret = named ? look_stat(program_looked_at(program->at), named, 0, &st) == 0 : program_is_own(&file);
	arena_done(&file.arena);
	return ret;
}

static bool no_file(struct program *program, const char *name, struct error *err)
{
	int code = program->at->outcome->code;

	if (code != ENOENT && code != ENOTDIR)
		return false;
	if (code == ENOTDIR && strchr(name, '/')) {
		struct absence absence;
		if (!absent_find(NULL, program_looked_at(program->at), program->path, false, &program->arena, &absence))
			return false;
		absent_tell(&absence, err);
		return where_look(program->at, "/", err);
	}
	fail_cause(err, strchr(name, '/') ? CAUSE_EXEC_MISSING : CAUSE_EXEC_PATH);
	struct where where = where_of(program->at);
	const char *whose = where.pid ? N_("the container's root") : where.aside ? N_("the root that it would have had") :
				N_("the child's root");
	if (strchr(name, '/'))
		fail_why(err, "there is no %s in %s", vis(name), _(whose));
	else
		fail_why(err, "no folder in PATH has a program %s in %s", vis(name), _(whose));
	if (where.aside && name[0] == '/' && host_has(program)) {
		fail_fix(err, "container -v %s:%s:ro: the host has it, and it starts with no other file of the host's", name, name);
		return true;
	}
	return where_look(program->at, strchr(name, '/') ? "/" : "/bin", err);
}

static bool no_program(const struct failure *at, struct error *err)
{
	const char *name = at->op->exec.argv[0], *named = NULL;
	struct program program = { .at = at };
	bool found = false;

	if (!program_looked_at(at))
		return false;
	if (!find(&program, name)) {
		bool absent = !program.path || !strchr(name, '/') || path_is_absent(errno);
		found = (absent && no_file(&program, name, err)) || on_the_way(at, program.path, false, err);
		arena_done(&program.arena);
		return found;
	}
	/* A script's interpreter may be a dynamic program: two steps, and the kernel takes no more than five. */
	for (int depth = 0; !found && depth < 3; depth++) {
		program_read(&program);
		named = program.length > 0 ? program_names(&program) : NULL;
		found = is_denied(&program, err) || program_is_foreign(&program, err) || program_lacks(&program, named, err) || program_is_too_deep(&program, named, err) ||
			is_landlocked(&program, err) || on_the_way(at, program.path, false, err);
		if (found || !named)
			break;
		program.by = program.path;
		program.path = named;
		if (look_stat(program_looked_at(at), named, 0, &program.st) < 0)
			break;
	}
	arena_done(&program.arena);
	return found;
}

/* execve(2), "Limits on size of arguments and environment": each alone, and all together. */
static void too_long(const struct failure *at, struct error *err)
{
	enum { PAGES = 32 };
	const char *const *lists[] = { at->op->exec.argv, at->op->exec.envp };
	size_t all = 0, longest = 0, most = PAGES * (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < 2; i++)
		for (const char *const *word = lists[i]; word && *word; word++) {
			size_t length = strlen(*word) + 1;
			all += length;
			longest = length > longest ? length : longest;
		}
	fail_cause(err, longest > most ? CAUSE_EXEC_ARGUMENT : CAUSE_EXEC_LONG);
	if (longest > most)
		fail_why(err, "an argument has %zu bytes, and %zu are the most of one", longest, most);
	else
		fail_why(err, "the arguments and the environment have %zu bytes, and a quarter of the stack's limit is the most of all", all);
	fail_fix(err, "a file that holds them");
}

static bool of_other_kinds(const struct failure *at, struct error *err)
{
	if (at->outcome->code == E2BIG) {
		too_long(at, err);
	} else if (at->outcome->code == ETXTBSY) {
		fail_cause(err, CAUSE_EXEC_WRITTEN);
		fail_why(err, "a process has %s open for writing", vis(at->op->exec.argv[0]));
		fail_fix(err, "close it first");
	} else {
		return false;
	}
	return true;
}

bool advise_exec(const struct failure *at, struct error *err)
{
	static question *const list[] = { no_start, no_program, of_other_kinds, NULL };

	return op_info(at->op->kind)->starts == STARTS_PROGRAM && ask(list, at, err);
}
