#include "session/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file/claim.h"
#include "base/path.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "child/child.h"
#include "session/inside.h"
#include "session/host/freezer.h"
#include "session/host/identity.h"
#include "session/host/janitor.h"
#include "session/host/journal.h"
#include "session/host/orphans.h"
#include "session/host/ring.h"
#include "session/host/runtime.h"
#include "session/host/strays.h"
#include "snapshot/process.h"

enum { PATIENCE = 5000 /* ms, in which the janitor tells how the child died */ };

void session_init(struct session *session, int terminal)
{
	session->terminal = terminal;
	session->next_number = 1;
	session->at = &session->first;
	snprintf(session->first.name, sizeof(session->first.name), "main");
}

int session_open(struct session *session, struct text *told, struct error *err)
{
	pid_t pid = getpid();
	char runtime[RUNTIME_BYTES];

	if (proc_check(err) < 0)
		return -1;
	facts_gather(&session->facts);
	int made = runtime_folder(session->facts.uid, runtime, RUNTIME_BYTES, &session->runtime, err);
	if (made < 0)
		return -1;
	identity_name(session->name);
	snprintf(session->scratch, sizeof(session->scratch), "%s/%s", runtime,
		 session->name);
	if (!made)
		journal_sweep(runtime, told);
	session->claims = claims_new();
	session->host.pid = session->at->now.pid = pid;
	snprintf(session->host.hostname, sizeof(session->host.hostname), "%s",
		 session->facts.hostname);
	return 0;
}

int session_see(struct session *session, struct error *err)
{
	struct reading host;

	if (session->seen)
		return 0;
	if (reading_take(getpid(), &host, err) < 0)
		return -1;
	/* All that is said of a child is said beside the host's. */
	if (reading_whole(&host, err) < 0) {
		reading_done(&host);
		return -1;
	}
	facts_site(&session->facts);
	memcpy(host.hostname, session->host.hostname, sizeof(host.hostname));
	session->host = host;
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next) {
		if (sibling->child)
			continue;
		reading_done(&sibling->now);
		reading_drop(&sibling->kept);
		reading_copy(&session->host, &sibling->now);
	}
	session->seen = true;
	return 0;
}

int session_journal(struct session *session, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *runtime = path_parent(&arena, session->scratch);

	if (session->journal)
		return 0;
	session->journal = journal_new(runtime, session->name, err);
	if (!session->journal)
		return -1;
	if (session->janitor)
		janitor_journal(session->janitor, journal_path(session->journal));
	return 0;
}

/* The janitor's children have lost their parent, and die. */
void session_miss_janitor(struct session *session)
{
	cleanup_text struct text told = { 0 };

	if (!session->janitor || janitor_lives(session->janitor))
		return;
	for (size_t i = 0; i < session->job_count; i++) {
		struct job *job = &session->jobs[i];
		if (job->ended)
			continue;
		job->ended = true;
		job->status = 128 + (job->program.signal = SIGKILL);
		if (job->program.own_child)
			child_free(job->program.child);
		job->program.child = NULL;
		program_done(&job->program);
	}
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		if (sibling->child)
			sibling->child->gone = true;
	janitor_free(session->janitor);
	session->janitor = NULL;
	orphans_end(NULL, 0);
	for (size_t i = 0; i < session->job_count; i++)
		if (session->jobs[i].ended)
			job_take_back(session, &session->jobs[i], &told);
}

int session_janitor(struct session *session, bool near, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *folder = path_parent(&arena, session->scratch), *program = session->program;
	const char *journal = session->journal ? journal_path(session->journal) : NULL;

	session_miss_janitor(session);
	near = near && program && (!session->janitor || janitor_takes_near(session->janitor));
	int became = !session->janitor ? 1 : near ? 0 :
		     janitor_complete(session->janitor, session->terminal, folder, program, err);
	if (became <= 0)
		return became;
	/* Where there can be none, as under a filter without pidfd_open(2), the other serves as well. */
	if (!session->janitor && near)
		session->janitor = janitor_near(session->terminal, folder, journal, err);
	near = session->janitor && near;
	if (!session->janitor)
		session->janitor = janitor_new(session->terminal, folder, program, err);
	if (session->janitor && journal && !near)
		janitor_journal(session->janitor, journal);
	if (session->janitor)
		leftovers_hold(session);
	return session->janitor ? 0 : -1;
}

/* Find whose a namespace is when the child joins it, because the owner may leave it later. */
static void read_joined(struct session *session, struct reading *reading)
{
	const struct reading *before = &session->at->now;

	if (session->at->joins)
		process_find_joined(reading, &session->host);
	session->at->joins = false;
	for (enum ns_link link = 0; link < NS_TYPES; link++) {
		if (before->ns[link].joined && before->ns[link].id == reading->ns[link].id)
			reading->ns[link].joined = true;
		/* Once more at the next reading. */
		if (reading->ns[link].joined_unseen)
			session->at->joins = true;
	}
}

static int watch_child(struct session *session, struct error *err)
{
	struct child *child = session->at->child;
	int proc = child_proc(child);

	if (proc < 0 && errno == ENOENT) {
		fail(err, errno, "open /proc/%d", child->pid);
		fail_why(err, "the child exists, but /proc hides it: it is mounted with hidepid");
		return fail_fix(err, "as root: mount -o remount,hidepid=0 /proc");
	}
	if (proc < 0)
		return fail(err, errno, "open /proc/%d", child->pid);
	session->at->watch = watch_new(child->pid, proc, err);
	if (!session->at->watch)
		return -1;
	proc_know(child->pid, proc);
	return 0;
}

int session_read(struct session *session, struct error *err)
{
	struct reading reading;

	if (!session->at->child)
		return 0;
	if (!session->at->watch && watch_child(session, err) < 0)
		return -1;
	if (session->at->stale == STALE_BY_STEPS)
		watch_trust(session->at->watch);
	if (watch_read(session->at->watch, &session->at->now, &reading, err) < 0)
		return -1;
	memcpy(reading.hostname, session->at->child->hostname, sizeof(reading.hostname));
	if (!reading.hostname[0])
		memcpy(reading.hostname, session->host.hostname, sizeof(reading.hostname));
	read_joined(session, &reading);
	reading_done(&session->at->now);
	reading_drop(&session->at->kept);
	session->at->now = reading;
	session->at->stale = STALE_NOT;
	return 0;
}

const struct reading *sibling_kept(struct sibling *sibling)
{
	if (!sibling->kept || sibling->kept == &reading_none)
		sibling->kept = reading_keep(&sibling->now);
	return reading_hold(sibling->kept);
}

static void unwatch(struct session *session)
{
	watch_free(session->at->watch);
	session->at->watch = NULL;
	proc_know(0, -1);
}

void session_adopt(struct session *session, struct child *child)
{
	session->at->child = child;
	unwatch(session); /* session_read() watches it, and can tell where that fails */
	session->at->stale = STALE_BY_ANYTHING;
}

bool session_has_walls(const struct session *session)
{
	for (size_t i = 0; i < session->count; i++) {
		const struct step *step = session->steps[i];
		if (step->owner == session->at && step->plan.child != PLAN_ASIDE &&
		    step->plan.child != PLAN_NEW && !step->by_program)
			return true;
	}
	return false;
}

/* A bare child in its place would share everything with the host: commands meant for the old child
 * must not reach it. */
static int fail_no_child(struct error *err)
{
	fail_id(err, ERR_CHILD_GONE, ESRCH, "the child that the earlier steps belong to is gone");
	fail_why(err, "a new child has none of their walls: it would share everything with the host");
	return fail_fix(err, "reset starts again with a fresh child");
}

int session_child(struct session *session, struct error *err)
{
	struct op_outcome outcome;
	struct op clone = op_new(OP_clone);

	if (session->at->child && !session->at->child->gone)
		return session->at->stale && !session->quiet ? session_read(session, err) : 0;
	session_end_child(session);
	if (!session->replaying && session_has_walls(session))
		return fail_no_child(err);
	if (session_see(session, err) < 0 || session_janitor(session, false, err) < 0)
		return -1;
	struct child *child = janitor_start(session->janitor, ++session->started, &clone, &outcome, err);
	if (!child)
		return -1;
	session_adopt(session, child);
	return session_read(session, err);
}

void session_end(struct session *session, struct child *child)
{
	for (size_t i = 0; i < session->job_count; i++) {
		struct job *job = &session->jobs[i];
		if (job->program.child != child || job->ended)
			continue;
		job->ended = true;
		job->status = 128 + (job->program.signal = SIGKILL);
		job->program.child = NULL;
		program_done(&job->program);
	}
	freezer_release(&session->facts, child->first);
	if (child->pid != child->first)
		freezer_release(&session->facts, child->pid);
	if (session->janitor)
		janitor_end(session->janitor, child->number);
	/* Without a janitor they are the shell's to end and to wait for. As long as one of them lives so
	 * do its mounts, which hide what is to be taken back. */
	if (!session->janitor || !janitor_lives(session->janitor))
		orphans_end(NULL, 0);
	child_free(child);
}

void session_end_child(struct session *session)
{
	if (!session->at->child)
		return;
	unwatch(session);
	session_cut(session, session->at->child->pid, NULL);
	session_end(session, session->at->child);
	session->at->child = NULL;
	reading_done(&session->at->now);
	reading_drop(&session->at->kept);
	reading_copy(&session->host, &session->at->now);
}

static size_t count_own(const struct session *session)
{
	size_t count = 0;

	for (size_t i = 0; i < session->count; i++)
		count += session->steps[i]->owner == session->at;
	return count;
}

/* Report how the child died, as wait(2) says. */
static int fail_died(struct session *session, struct error *err)
{
	struct ended ended = { 0 };
	pid_t pid = session->at->child->pid;
	size_t steps = count_own(session);

	if (!session->janitor ||
	    janitor_wait(session->janitor, session->at->child->number, PATIENCE, &ended) < 0)
		ended.status = 0;
	session_end_child(session);
	if (WIFSIGNALED(ended.status))
		fail_id(err, ERR_CHILD_GONE, ESRCH, "the child (pid %d) died of signal %d (%s) after step %zu", pid,
		     WTERMSIG(ended.status), strsignal(WTERMSIG(ended.status)), steps);
	else
		fail_id(err, ERR_CHILD_GONE, ESRCH, "the child (pid %d) is gone after step %zu", pid, steps);
	fail_why(err, "all its namespaces ended with it; what it had on the host is taken back");
	return fail_fix(err, "redo builds the same again in a fresh child; another step starts with a fresh child");
}

bool session_died(const struct session *session)
{
	struct pollfd end = { .fd = session->at->child ? session->at->child->pidfd : -1, .events = POLLIN };

	return poll(&end, 1, 0) > 0;
}

/* proc(5): a zombie, or dead and about to be reaped. */
static bool has_ended(char state)
{
	return state == 'Z' || state == 'X';
}

int session_look(struct session *session, struct error *err)
{
	if (!session->at->child)
		return 0;
	if (session_read(session, err) == 0 && !has_ended(session->at->now.state))
		return 0;
	/* What cannot be read is not gone for that. */
	if (!session_died(session) && !has_ended(session->at->now.state))
		return -1;
	fail_died(session, err);
	story_lose(session);
	return -1;
}

void session_close(struct session *session, struct text *told)
{
	cleanup_arena struct arena arena = { 0 };

	session_end_jobs(session, told);
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next) {
		session_turn(session, sibling);
		session_end_child(session);
	}
	for (size_t i = session->count; i-- > 0;)
		step_take_back(session, session->steps[i], told);
	session_cut_loose(session); /* those that did not go with the router */
	if (session->facts.cgroups_asked)
		strays_remove(&session->facts, told);
	janitor_dismiss(&session->janitor);
	journal_free(session->journal, session->left_something);
	runtime_leave(path_parent(&arena, session->scratch), session->runtime, 0);
	janitor_free(steal_ptr(&session->janitor));
	claims_free(session->claims);
	for (size_t i = 0; i < session->total; i++)
		step_free(session->steps[i]);
	free(session->steps);
	step_free(session->loose);
	host_table_free(session->host_table);
	siblings_free(session);
	text_done(&session->news);
	session_forget_fall(session);
	free(steal_ptr(&session->facts.tried));
	reading_done(&session->host);
}
