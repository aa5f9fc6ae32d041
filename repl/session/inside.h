/* What the files of the session room share with each other; no other room includes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ops/undo/undo.h"

struct planned;
struct child;
struct error;
struct janitor;
struct job;
struct op;
struct plan;
struct session;
struct step;
struct text;
struct view;

/* The runtime folder, the journal and the janitor, made when they are first needed. near: for a plan that is plain,
 * ops/program/plain.h, and no other. */
int session_journal(struct session *session, struct error *err);
int session_janitor(struct session *session, bool near, struct error *err);

/* Where the janitor is lost, so are its children: the child is gone, and jobs have ended. */
void session_miss_janitor(struct session *session);

/* Start the process of the child that the session is at if there is none, watch it and read it. */
int session_child(struct session *session, struct error *err);

/* Whether steps stand whose walls a new child would not have. */
bool session_has_walls(const struct session *session);

/* Add to a failure that the child is gone, and tells no cause, how it ended. janitor: NULL where it is gone as well; then fail_janitor():
 * a program has failed by that. Return -1. */
int fail_death(struct janitor *janitor, const struct child *child, struct error *err);
int fail_janitor(struct error *err);

/* Make child the session's; the former one, if any, must have been ended. */
void session_adopt(struct session *session, struct child *child);

/* End the session's child with all its programs; jobs in its world are marked ended. */
void session_end_child(struct session *session);

/* The child of this name, there or not; made when it is the first time that one is called so. */
struct sibling *sibling_called(struct session *session, const char *name);

/* Whether it is there after the first count steps. */
bool sibling_is_there(const struct session *session, const struct sibling *sibling, size_t count);

/* All of them, which have been ended. */
void siblings_free(struct session *session);

/* Mark this one alone to be built again; NULL: none. */
void siblings_mark(struct session *session, struct sibling *marked);

/* What would be lost of those that are marked: session_losses(). since: the first of the steps that are taken back
 * while they live on; SIZE_MAX: they end. */
void siblings_losses(struct session *session, size_t since, struct text *ret);

/* Those that are marked, and all that depend on each other with them, end; what their steps have on the
 * host is taken back; steps [0, count) of theirs are performed again, and stand. -1 with err: the steps of
 * theirs from a failing one on are undone as well, and session->count says what stands. */
int story_replay(struct session *session, size_t count, struct text *lost, struct error *err);

/* Perform a step again, for the child that it belongs to, which the session is at then. */
int story_repeat(struct session *session, struct step *step, struct text *lost);

/* That has failed: take back what it did so far. What that loses goes to session->fall. */
void story_mend(struct session *session, struct step *step);

/* The child that the session is at has died: its steps, and those of children that cannot be without it,
 * are taken back, and come behind those that stand, for redo. */
void story_lose(struct session *session);

/* What others do to a namespace that they share shows in no reading from before. */
void siblings_stale(struct session *session);

/* The process in "/proc/PID/..."; 0 for other paths. */
pid_t process_in(const char *path);

/* Note which children the step's plan names, as it is about to be performed. */
void step_refer(struct session *session, struct step *step);

/* Before it is performed again: name the processes that those children have now. -1 with err where one
 * has none. */
int step_refer_again(struct session *session, struct step *step, struct error *err);

/* Given those that are to be built again (sibling->anew) with count of the steps: add those that they
 * depend on, or that depend on them. */
void siblings_depend(struct session *session, size_t count);

/* A job has ended by SIGKILL, and what it has on the host is still there: whether the OOM killer sent it. */
void job_find_oom(struct session *session, struct job *job);

/* End a child that is not the session's. */
void session_end(struct session *session, struct child *child);

/* What was read of it last, for a step to hold: reading_drop(). */
const struct reading *sibling_kept(struct sibling *sibling);

/* Read the child into session->at->now; with force also when no report is wanted. */
int session_read(struct session *session, struct error *err);

/* Whether the op makes what is noted before and after it. */
bool planned_leaves(const struct planned *planned);

/* Whether one of its ops leaves something on the host that has to be taken back. */
bool step_leaves(const struct step *step);

/* What the answer says about an op; MADE_UNKNOWN: none came. */
enum made { MADE_NOT, MADE_IT, MADE_UNKNOWN };

/* Append a line to what is told about the step, unless it is there. */
void step_add_note(struct step *step, const char *line);

/* Record what op i (performed on child) leaves behind, before and after it is made. step_note_made()
 * is to be called for an op for which step_note_making() returned 1; -1, and the step's error: do not make it. Where it cannot be looked at
 * there is no record, and the step's note says so. */
int step_note_making(struct session *session, struct step *step, size_t i, struct child *child);

/* What cannot be identified as the step's is not taken back: the step's note says so. */
void step_tell_kept(struct step *step, const char *path, int code);

/* Nobody can tell whether path, as process pid (0: this one) sees it, is there: code. Where who makes it may look and this
 * process may not, it is made and kept: 0. Else it is better not made: -1, and the step's error. So is what lies
 * behind a link of the kernel's, which only the child would follow, and what it made there would stay. */
int step_cannot_tell(struct step *step, pid_t pid, const char *path, int code);
void step_note_made(struct session *session, struct step *step, size_t i, struct child *child,
		    enum made made);

/* Around a batch of ops: what they mount that the host sees, too, is recorded with the step. The first
 * gives what the second takes, NULL where the child's mounts are told to nobody. */
struct mounts *propagation_before(struct session *session, const struct step *step, size_t i,
				  size_t count);
void propagation_after(struct session *session, struct step *step, struct child *child,
		       struct mounts *before);

/* Add what takes back something of the step's (taken over), and its number in the journal. */
void step_add_undo(struct step *step, struct undo undo, int record);

/* Whether one of the session's programs in the background has not ended. */
bool session_runs(const struct session *session);

/* Take back what the step has left behind, newest first; what must stay goes to told. */
void step_take_back(struct session *session, struct step *step, struct text *told);

/* Whether all that the step did to the child can be taken back while that lives on. */
bool step_can_go_back(const struct session *session, const struct step *step);

/* Do so, after a reading where the last one is stale, and prove it by another; of steps that follow each other only
 * the last one's reading trusts nothing. What must stay goes to lost. 0; -1 with err: the child is not what it was
 * before the step, and has to be built again. */
int step_go_back(struct session *session, struct step *step, bool last, struct text *lost, struct error *err);

/* Append what would be lost with the child, a line each: jobs, files in memory. before: the child lives on, and what
 * was mounted then stays; NULL, or a reading without mounts: all goes. */
void session_losses(struct session *session, const struct reading *before, struct text *ret);

/* A step is about to begin, or a program (program): wait until its files' times tell it from what was before. */
void losses_await_tick(const struct session *session, bool program);

/* Of that the files alone. */
void session_file_losses(struct session *session, const struct reading *before, struct text *ret);

/* The same with a bridge of the child's alone: containers in the background that are connected to it. */
void losses_on(const struct session *session, const char *bridge, struct text *ret);

/* The same with the interfaces that the step made. */
void step_losses(const struct session *session, const struct step *step, struct text *ret);

/* Whether the host had a file system of this device mounted when the session began; true as well where its
 * mounts could not be read. */
bool session_host_mounts(const struct session *session, unsigned major, unsigned minor);

/* Before ops of the child's that unmount something: a folder that is held to take back what was made in it
 * keeps its mount busy. What lies in memory of the child's own goes with the mount, and needs no record. */
void leftovers_release(struct session *session, const struct planned *ops, size_t count, struct child *child);

/* Have a new janitor hold what the former one held. */
void leftovers_hold(struct session *session);

/* A step that has nothing but what the step leaves behind, which that one no longer has; NULL when
 * it leaves nothing. */
struct step *step_split(struct step *step);

/* Free what a job holds in the shell: its process has ended or is nobody's here. */
void job_done(struct job *job);

/* Take back what a job has on the host; what must stay goes to told. */
void job_take_back(struct session *session, struct job *job, struct text *told);

/* What leads to a bridge in the network namespace of process pid goes: forwarders, ports, names. bridge NULL:
 * any; the process is about to end. */
void session_cut(struct session *session, pid_t pid, const char *bridge);

/* Another process goes on in the place of a child's, in its network namespace: what steps have with that. */
void session_renumber(struct session *session, pid_t from, pid_t to);

/* The same of those whose port was removed, or the other end of their port, by a line or by a program; forwarders that have
 * ended by themselves go, and session->news tells it. */
void session_reap_ties(struct session *session);

/* Where the step's op failed because this session has the host's port already: say who it is. */
void session_say_publisher(const struct session *session, struct step *step, const struct op *op);

struct step *step_new(struct session *session, const char *line, struct plan *plan);
void step_free(struct step *step);

/* Where what makes the step fail is put, empty at first; step_perform() frees it where nothing does. */
struct error *step_error(struct step *step);

/* Room for the outcomes of a step that is about to be performed, and as little as they take behind that. */
void step_unfold(struct step *step);
void step_fold(struct step *step);

/* What op i had to say of how it ended, or "". */
const char *step_detail(const struct step *step, size_t i);

/* op_opposite() of op i, which was performed. */
bool step_opposite(const struct step *step, size_t i, struct op *ret);

/* Perform the ops of step, which may be performed again. 0, or -1 with step->error. Programs are
 * attended to by view; view NULL: a replay, in which no program is started. */
int step_perform(struct session *session, struct step *step, const struct view *view);
