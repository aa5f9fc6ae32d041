#include "shell/attend/tracing.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/stepping.h"
#include "shell/attend/relay/relay.h"
#include "shell/tell/trace/trace.h"
#include "snapshot/facts.h"
#include "trace/trace.h"

/* It cannot become a job as others do: the tracer's end is its own. */
static void tell_halted(const struct shell *shell, struct result *result)
{
	if (shell->json)
		json_object_set_new(result->trace, "halted", json_true());
	else
		text_say(&result->output, "   A stop signal (SIGSTOP, SIGTSTP) held the program. fg cannot continue a traced\n"
					  "   program: it was ended. run makes a job of one.\n");
}

/* A program that is traced. */
struct tracing {
	struct tracer *tracer;
	struct groups groups; /* what bounds its forks */
	struct scene scene;
};

/* How many forks its group has refused so far. NO_LIMIT where no fork would be shown: then nobody asks. */
static void look_before(struct shell *shell, const struct step *step, struct tracing *tracing)
{
	struct group_usage usage;

	tracing->scene.forks.refused = NO_LIMIT;
	if (!trace_forks(step->plan.traced))
		return;
	facts_cgroups(&shell->session.facts);
	if (groups_find(&shell->session.facts, step->pid, &tracing->groups) < 0)
		return;
	groups_read(&tracing->groups, &usage);
	tracing->scene.forks.refused = usage.refused;
}

/* And since; and where the child stands. */
static void look_after(const struct shell *shell, struct tracing *tracing)
{
	struct fork_limit *forks = &tracing->scene.forks;
	struct group_usage usage;

	tracing->scene.from = standpoint_of(shell->session.at->now.pid);
	if (forks->refused == NO_LIMIT)
		return;
	groups_read(&tracing->groups, &usage);
	forks->refused = grown(forks->refused, usage.refused);
	forks->most = tracing->groups.pids.most;
	snprintf(forks->folder, sizeof(forks->folder), "%s", tracing->groups.pids.folder);
}

enum { LOOKED_AT = 256 };

/* How likely a call is the one by which the program failed. What a C library looks for in vain at all times is not; what programs
 * expect to fail may be, more so where the program's own words name it, or a file is there that the kernel does not execute. A
 * refusal for which no cause is found (BARE) is likelier than what is merely not there, and what was done than what was asked. */
enum likely { UNLIKELY, PERHAPS, BARE, ASKED, NAMED, UNEXPECTED };

/* What no program expects, whatever it asks. */
static bool is_refusal(const struct traced *call)
{
	static const int codes[] = { EPERM, EACCES, ECONNREFUSED, ECONNRESET, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT, EADDRINUSE, EADDRNOTAVAIL,
				     EAFNOSUPPORT, EPROTONOSUPPORT, ENOSPC, EDQUOT, EROFS, EBUSY, EIO, ENODEV, ENOTBLK, ETXTBSY, EMFILE, ENFILE,
				     ENOMEM, EFBIG, ENOTEMPTY, ESRCH, ENOEXEC };
	static const int made[] = { SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, SYS_clone, SYS_kill, SYS_sched_setaffinity,
				    SYS_sched_setscheduler, SYS_bind, SYS_connect, SYS_execve };

	for (size_t i = 0; i < COUNT(codes); i++)
		if (codes[i] == call->code)
			return !(call->number == SYS_futex && call->code == ETIMEDOUT);
	for (size_t i = 0; call->code == EINVAL && i < COUNT(made); i++)
		if (made[i] == call->number)
			return true;
	return false;
}

/* A question about a file, after which a program goes on. */
static bool is_question(const struct traced *call)
{
#ifdef SYS_access
	if (call->number == SYS_access)
		return true;
#endif
#ifdef SYS_faccessat2
	if (call->number == SYS_faccessat2)
		return true;
#endif
	return call->number == SYS_faccessat;
}

/* Whether it only looks at a file. */
static bool is_look(const struct traced *call)
{
#ifdef SYS_stat
	if (call->number == SYS_stat || call->number == SYS_lstat || call->number == SYS_readlink)
		return true;
#endif
#ifdef SYS_newfstatat
	if (call->number == SYS_newfstatat)
		return true;
#endif
	return call->number == SYS_statx || call->number == SYS_readlinkat || is_question(call);
}

/* Whether one of the words is about a file of this name: as a whole, and not as a part of another. */
static bool names(const char *words, const char *name)
{
	size_t length = strlen(name);

	for (const char *found = words; length && (found = strstr(found, name)); found++)
		if ((found == words || !isalnum((unsigned char)found[-1])) && !isalnum((unsigned char)found[length]))
			return true;
	return false;
}

static enum likely how_likely(const struct judged *judged, const char *words)
{
	static const char *const sought[] = { "/usr/share/locale", "/usr/lib/locale", "/etc/ld.so.", "/lib", "/usr/lib" };
	int code = judged->call->code;

	if (!judged->cause)
		return is_refusal(judged->call) && !is_question(judged->call) ? BARE : UNLIKELY;
	bool executes = text_begins(judged->cause, "exec.") && strcmp(judged->cause, "exec.missing") != 0;
	bool mounts = text_begins(judged->cause, "fuse.");

	if (executes || mounts || code == EAGAIN ||
	    (!trace_is_usual(code) && code != EEXIST && code != ENOTDIR && !is_question(judged->call)))
		return UNEXPECTED;
	if (judged->path && names(words, path_name(judged->path)))
		return is_look(judged->call) ? ASKED : NAMED;
	for (size_t i = 0; judged->path && i < COUNT(sought); i++)
		if (text_begins(judged->path, sought[i]))
			return UNLIKELY;
	return PERHAPS;
}

static void note_one(const struct judged *judged, struct result *result)
{
	cleanup_text struct text why = { 0 };

	text_addf(&why, "%s: %s; %s", vis(judged->said), errno_name(judged->call->code),
		  judged->cause ? judged->why : _("nothing that can be looked at tells more"));
	snprintf(result->refused_why, sizeof(result->refused_why), "%s", text_of(&why));
	snprintf(result->refused_fix, sizeof(result->refused_fix), "%s", judged->cause ? judged->fix : "");
}

/* What the program was told to do, without its own name, for which it is looked everywhere. */
static void add_words(const struct step *step, struct text *ret)
{
	const struct op *op = step->plan.count ? &step->plan.ops[step->plan.count - 1].op : NULL;
	const char *const *argv = op && (op->kind == OP_exec || op->kind == OP_spawn) ? op->spawn.argv : NULL;

	for (size_t i = 1; argv && argv[0] && argv[i]; i++)
		text_addf(ret, " %s", argv[i]);
}

/* For why: the last call of those that are likeliest. */
static void note_known(struct shell *shell, const struct tracer *tracer, const char *words, struct result *result)
{
	size_t count = tracer_count(tracer), looked = 0;
	enum likely best = UNLIKELY;

	for (size_t i = count; i-- > 0 && looked < LOOKED_AT && best < UNEXPECTED;) {
		cleanup_arena struct arena arena = { 0 };
		size_t next = i;
		if (tracer_call(tracer, i)->code <= 0)
			continue;
		looked++;
		struct judged judged = trace_judge(shell, tracer, &next, &arena);
		enum likely likely = how_likely(&judged, words);
		if (likely <= best)
			continue;
		best = likely;
		note_one(&judged, result);
	}
	result->refused_sure = best == UNEXPECTED;
	result->refused_perhaps = best == PERHAPS;
}

/* For why --try. */
static void note_refused(struct shell *shell, const struct tracer *tracer, struct result *result)
{
	for (size_t i = 0; i < tracer_count(tracer); i++) {
		const struct traced *call = tracer_call(tracer, i);
		if (call->code <= 0 || trace_is_usual(call->code))
			continue;
		result->refused = call->number;
		result->refused_code = call->code;
	}
	if (shell->traced)
		shell->traced(shell->lifts, tracer);
}

/* What is wanted of it, as it will be told. */
static struct trace_wish wish_of(const struct shell *shell, const struct plan *plan)
{
	struct trace_wish ret = *plan->traced;

	ret.shown = shell->json ? 0 : TOLD_MOST;
	return ret;
}

/* Before it begins. */
static struct tracing *tracing_new(struct shell *shell, const struct step *step)
{
	struct tracing *ret = calloc(1, sizeof(*ret));

	if (!ret)
		out_of_memory();
	look_before(shell, step, ret);
	return ret;
}

static void tracing_free(struct tracing *tracing)
{
	tracer_free(tracing->tracer);
	free(tracing);
}

int tracing_start(struct watching *watching, const struct step *step, const struct op *op, const struct program *program, pid_t *pid,
		  struct error *err)
{
	const struct trace_wish wish = wish_of(watching->shell, &step->plan);
	struct tracing *tracing = tracing_new(watching->shell, step);

	tracing->tracer = tracer_start(&wish, op, program->gate, pid, err);
	if (tracing->tracer)
		watching->tracing = tracing;
	else
		tracing_free(tracing);
	return watching->tracing ? 0 : -1;
}

/* The same of one that waits behind its gate. */
static struct tracing *take_hold(struct shell *shell, const struct step *step, struct program *program, struct error *err)
{
	const struct trace_wish wish = wish_of(shell, &step->plan);
	const struct learning *learns = step->plan.learns;
	struct tracing *ret = tracing_new(shell, step);

	ret->tracer = learns && learns->listens && !learns->unheard ?
		      tracer_listen(&wish, program->pid, program->gate, err) : tracer_new(&wish, program->pid, err);
	/* Where ptrace(2) is forbidden. */
	if (!ret->tracer && learns && !learns->listens && !learns->unheard && err->code == EPERM)
		ret->tracer = tracer_listen(&wish, program->pid, program->gate, err);
	if (ret->tracer) {
		shutdown(program->gate, SHUT_WR);
		return ret;
	}
	program_signal(program, SIGKILL);
	tracing_free(ret);
	return NULL;
}

static int tell(struct watching *watching, const struct step *step, const struct tracing *tracing, struct error *err)
{
	struct shell *shell = watching->shell;
	struct result *result = watching->result;
	cleanup_text struct text words = { 0 };
	int ret = 0;

	shell->scene = &tracing->scene;
	add_words(step, &words);
	note_known(shell, tracing->tracer, text_of(&words), result);
	if (step->plan.learns)
		ret = learned_tell(shell, step->plan.learns, tracing->tracer, result, err);
	else if (shell->json)
		result->trace = trace_json(shell, tracing->tracer);
	else
		trace_tell(shell, tracing->tracer, &result->output);
	shell->scene = NULL;
	return ret;
}

int tracing_attend(struct watching *watching, const struct step *step, struct program *program, struct text *output,
		   struct error *err)
{
	struct shell *shell = watching->shell;
	struct tracing *tracing = watching->tracing ? steal_ptr(&watching->tracing) : take_hold(shell, step, program, err);

	if (!tracing)
		return -1;
	/* A listener sees no stops, and leaves them to be seen. */
	program->halts = tracer_listens(tracing->tracer) ? NULL : tracer_halts(tracing->tracer);
	program->tracer = tracer_pid(tracing->tracer);
	int ret = relay_attend(shell, program, step->plan.program, !step->plan.untyped, output, err);
	program->halts = NULL;
	program->tracer = 0;
	if (ret == 0)
		ret = tracer_wait(tracing->tracer, err);
	if (ret == 0) {
		note_refused(shell, tracing->tracer, watching->result);
		look_after(shell, tracing);
		ret = tell(watching, step, tracing, err);
	}
	if (ret == 0 && program->halted)
		tell_halted(shell, watching->result);
	tracing_free(tracing);
	return ret;
}
