/* Whether Landlock's rules refuse a call of a traced program. landlock(7). */
#include "shell/tell/trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include "advice/seen/landlocked.h"
#include "base/arena.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/plan.h"
#include "ops/privilege/capability.h"
#include "ops/privilege/landlock/landlock.h"
#include "shell/shell.h"

/* What the call asks for: LL_READING, LL_WRITE_FILE for what changes something, 0 for other calls. */
static uint64_t wanted(const struct traced *call)
{
	static const int writers[] = {
		SYS_mkdirat, SYS_unlinkat, SYS_mknodat, SYS_symlinkat, SYS_truncate,
#ifdef SYS_mkdir
		SYS_mkdir, SYS_unlink, SYS_rmdir, SYS_mknod, SYS_creat,
#endif
	};
	uint64_t flags = call->number == SYS_openat ? call->args[2] : 0;

	if (call->number == SYS_execve)
		return LL_EXECUTE;
#ifdef SYS_open
	if (call->number == SYS_open)
		flags = call->args[1];
	if (call->number == SYS_open || call->number == SYS_openat)
#else
	if (call->number == SYS_openat)
#endif
		return (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC) ? LL_WRITE_FILE : LL_READ_FILE;
	for (size_t i = 0; i < COUNT(writers); i++)
		if (writers[i] == call->number)
			return LL_WRITE_FILE;
	return 0;
}

/* Who is restricted changes no mount, whatever the rules. */
static bool changes_mounts(const struct traced *call)
{
	static const int changers[] = { SYS_mount, SYS_umount2, SYS_pivot_root, SYS_move_mount };

	for (size_t i = 0; i < COUNT(changers); i++)
		if (changers[i] == call->number)
			return call->code == EPERM && (call->caps & CAPABILITY(CAP_SYS_ADMIN));
	return false;
}

static bool restricts(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->ops[i].op.kind == OP_landlock_restrict)
			return true;
	return false;
}

const char *landlock_refuses(const struct session *session, const struct traced *call, const char *path, struct arena *arena)
{
	pid_t pid = session->at->now.pid;
	struct landlocked at;
	const struct plan *plan;

	for (size_t i = 0; changes_mounts(call) && (plan = session_plan(session, pid, i)); i++)
		if (restricts(plan))
			return "";
	if (!path || call->code != EACCES)
		return NULL;
	landlocked_ask(&at, pid, path, wanted(call), call->caps & CAPABILITY(CAP_DAC_OVERRIDE));
	for (size_t i = 0; at.count && (plan = session_plan(session, pid, i)); i++)
		landlocked_take(&at, plan, plan->count);
	const char *ret = at.denied ? arena_copy(arena, text_of(&at.rules)) : NULL;
	landlocked_done(&at);
	return ret;
}
