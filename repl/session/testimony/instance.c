#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file/tracefs.h"
#include "base/list.h"
#include "base/text.h"
#include "session/host/journal.h"
#include "session/inside.h"
#include "session/session.h"
#include "session/testimony/testimony.h"

enum {
	INITIAL_PIDS = 0xEFFFFFFC, /* PROC_PID_INIT_INO: inode of the initial pid namespace */
	INITIAL_USERS = 0xEFFFFFFD,
	MOST = 32 << 20, /* bytes that are read of what it says */
};

/* In the control file of an instance. */
static int put(const struct testimony *testimony, enum instance_id id, const char *file, const char *value)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", testimony->of[id].undo.path, file);
	return write_control(testimony->tracefs, path, value);
}

static bool is_initial(const char *link, unsigned inode)
{
	struct stat st;

	return stat(link, &st) == 0 && st.st_ino == inode;
}

/* Pids in tracefs are those of the initial pid namespace. */
static int check_root(struct error *err)
{
	if (geteuid() == 0 && is_initial("/proc/self/ns/user", (unsigned)INITIAL_USERS) &&
	    is_initial("/proc/self/ns/pid", (unsigned)INITIAL_PIDS))
		return 0;
	if (geteuid() != 0) {
		fail_id(err, ERR_KERNEL_ROOT, 0, "why --kernel: the kernel is traced by root alone");
		return fail_fix(err, "sudo stave; as this user: why --try");
	}
	fail_id(err, ERR_KERNEL_ROOT, 0, "why --kernel: the kernel is not traced from within a container");
	return fail_fix(err, "run it in the initial user and pid namespace; here: why --try");
}

static int open_tracefs(struct testimony *testimony, struct error *err)
{
	testimony->tracefs = tracefs_open();
	if (testimony->tracefs >= 0)
		return 0;
	if (errno == ENODEV) {
		fail_id(err, ERR_KERNEL_TRACEFS, errno, "why --kernel: this kernel has no tracefs");
		return fail_fix(err, "a kernel with CONFIG_FTRACE; here: why --try");
	}
	fail_id(err, ERR_KERNEL_TRACEFS, errno, "why --kernel: tracefs cannot be opened");
	return fail_fix(err, "why --try");
}

/* Before Linux 6.14: two probes say what the tracepoint does. */
static int add_probes(const struct testimony *testimony, struct error *err)
{
	const char *group = testimony->of[INSTANCE_ASKED].undo.value;
	char lines[2][200];

	/* What is registered last runs first: the probe of the return replaces the address by which a stack is followed. */
	snprintf(lines[0], sizeof(lines[0]), "r:%s/answered cap_capable ret=$retval:s32\n", group);
	snprintf(lines[1], sizeof(lines[1]), "p:%s/asked cap_capable target_ns=$arg2:x64 cap=$arg3:s32\n", group);
	for (size_t i = 0; i < 2; i++) {
		cleanup_fd int fd = openat(testimony->tracefs, "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
		if (fd < 0 || write_fd(fd, lines[i], strlen(lines[i])) < 0)
			return fail_id(err, ERR_KERNEL_EVENT, errno, "why --kernel: a probe of cap_capable");
	}
	return 0;
}

/* Which of the two this kernel has. */
static int choose(struct testimony *testimony, struct error *err)
{
	char name[40];

	if (faccessat(testimony->tracefs, "events/capability/cap_capable", F_OK, 0) == 0)
		return 0;
	if (faccessat(testimony->tracefs, "kprobe_events", F_OK, 0) == 0) {
		snprintf(name, sizeof(name), "stave_%d", getpid());
		testimony->of[INSTANCE_ASKED].undo.value = text_copy(name);
		return 0;
	}
	fail_id(err, ERR_KERNEL_EVENT, 0, "why --kernel: this kernel has neither the tracepoint cap_capable nor probes");
	return fail_fix(err, "Linux 6.14, which has the tracepoint, and earlier a kernel with CONFIG_KPROBE_EVENTS; here: why --try");
}

struct setting {
	const char *file, *value; /* file NULL: none */
};

static int put_all(const struct testimony *testimony, enum instance_id id, const struct setting *settings, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (settings[i].file && put(testimony, id, settings[i].file, settings[i].value) < 0)
			return fail_id(err, ERR_KERNEL_EVENT, errno, "why --kernel: write %s in tracefs", settings[i].file);
	return 0;
}

/* This process and those that it starts; of successes only setgid, which the mark needs, unless all are wanted. */
static int set_up_asked(const struct testimony *testimony, bool granted, struct error *err)
{
	char pid[16], ours[2][100];
	const char *group = testimony->of[INSTANCE_ASKED].undo.value;

	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(ours[0], sizeof(ours[0]), "events/%s/asked/enable", group ? group : "");
	snprintf(ours[1], sizeof(ours[1]), "events/%s/answered/enable", group ? group : "");
	const struct setting settings[] = {
		{ "set_event_pid", pid }, { "options/event-fork", "1" }, { "options/stacktrace", "1" },
		{ "options/overwrite", "0" },
		{ group ? NULL : "events/capability/cap_capable/filter", granted ? "0" : "ret != 0 || cap == 6" },
		{ group ? ours[0] : "events/capability/cap_capable/enable", "1" }, { group ? ours[1] : NULL, "1" },
		{ "events/sched/sched_process_fork/enable", "1" }, { "events/sched/sched_process_exec/enable", "1" },
	};

	return put_all(testimony, INSTANCE_ASKED, settings, COUNT(settings), err);
}

/* Whoever sends these signals to whomever: the sender may be any process, and whom the program will have started is not known
 * yet. What is of others is left out when it is read. */
static int set_up_killed(const struct testimony *testimony, struct error *err)
{
	char filter[40];

	snprintf(filter, sizeof(filter), testimony->signal ? "sig == 9 || sig == %d" : "sig == 9", testimony->signal);
	const struct setting settings[] = {
		{ "options/stacktrace", "1" }, { "options/overwrite", "0" },
		{ "events/signal/signal_generate/filter", filter }, { "events/signal/signal_generate/enable", "1" },
	};

	return put_all(testimony, INSTANCE_KILLED, settings, COUNT(settings), err);
}

static int make_instance(struct session *session, struct testimony *testimony, enum instance_id id, struct error *err)
{
	static const char *const forms[] = { [INSTANCE_ASKED] = "instances/stave-%d", [INSTANCE_KILLED] = "instances/stave-%d-kill" };
	struct instance *ret = &testimony->of[id];
	char path[60];

	snprintf(path, sizeof(path), forms[id], getpid());
	ret->undo.path = text_copy(path);
	ret->record = journal_make(session->journal, &ret->undo, err);
	if (mkdirat(testimony->tracefs, path, 0700) == 0)
		return 0;
	fail_id(err, ERR_KERNEL_TRACEFS, errno, "why --kernel: mkdir %s in tracefs", path);
	/* What has the name is not this session's to remove. */
	journal_gone(session->journal, ret->record, false);
	ret->record = -1;
	return -1;
}

static int make_all(struct session *session, struct testimony *testimony, bool granted, struct error *err)
{
	if (make_instance(session, testimony, INSTANCE_ASKED, err) < 0 ||
	    (testimony->of[INSTANCE_ASKED].undo.value && add_probes(testimony, err) < 0) ||
	    set_up_asked(testimony, granted, err) < 0)
		return -1;
	if (granted || faccessat(testimony->tracefs, "events/signal/signal_generate", F_OK, 0) < 0)
		return 0;
	return make_instance(session, testimony, INSTANCE_KILLED, err) < 0 ? -1 : set_up_killed(testimony, err);
}

int testimony_begin(struct session *session, bool granted, int signal, struct testimony *ret, struct error *err)
{
	*ret = (struct testimony){ .tracefs = -1, .signal = signal };
	for (size_t i = 0; i < INSTANCES; i++)
		ret->of[i] = (struct instance){ .undo = { .kind = UNDO_TRACING, .parent = -1 }, .record = -1 };
	if (check_root(err) < 0 || open_tracefs(ret, err) < 0)
		return -1;
	if (choose(ret, err) < 0 || session_journal(session, err) < 0 || make_all(session, ret, granted, err) < 0) {
		testimony_end(session, ret);
		return -1;
	}
	return 0;
}

/* swapoff(2) asks for sys_admin over the initial user namespace before it looks at the path, setgroups(2) for setgid
 * over the process's own. */
void testimony_mark(void)
{
	gid_t groups[1024];
	int count = getgroups(1024, groups);

	swapoff("");
	if (count >= 0 && setgroups((size_t)count, groups) < 0)
		return; /* without it no namespace is called the host's */
}

/* A full buffer drops what comes then; each processor has one. */
static bool has_dropped(const struct testimony *testimony, enum instance_id id)
{
	static const char mark[] = "dropped events: ";
	long processors = sysconf(_SC_NPROCESSORS_CONF);
	char path[100];
	bool ret = false;

	for (long i = 0; i < processors && !ret; i++) {
		cleanup_text struct text stats = { 0 };
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%ld/stats", testimony->of[id].undo.path, i);
		if (read_file(testimony->tracefs, path, 1 << 16, &stats) < 0)
			continue;
		const char *at = strstr(text_of(&stats), mark);
		ret = at && atol(at + strlen(mark)) > 0;
	}
	return ret;
}

static int read_instance(const struct testimony *testimony, enum instance_id id, struct text *ret, bool *cut, struct error *err)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/trace", testimony->of[id].undo.path);
	bool done = put(testimony, id, "tracing_on", "0") == 0 && read_file(testimony->tracefs, path, MOST, ret) == 0;
	if (!done && errno != EFBIG)
		return fail_id(err, ERR_KERNEL_TRACEFS, errno, "why --kernel: read %s in tracefs", path);
	*cut = !done || has_dropped(testimony, id) || *cut;
	return 0;
}

int testimony_read(const struct testimony *testimony, struct testified *ret, struct error *err)
{
	ret->signal = testimony->signal;
	if (read_instance(testimony, INSTANCE_ASKED, &ret->asked, &ret->cut, err) < 0)
		return -1;
	return testimony->of[INSTANCE_KILLED].record < 0 ? 0 :
	       read_instance(testimony, INSTANCE_KILLED, &ret->killed, &ret->cut, err);
}

void testified_done(struct testified *testified)
{
	text_done(&testified->asked);
	text_done(&testified->killed);
}

void testimony_end(struct session *session, struct testimony *testimony)
{
	struct error ignored;

	for (size_t i = 0; i < INSTANCES; i++) {
		struct instance *one = &testimony->of[i];
		if (one->record >= 0) {
			if (undo_perform(&one->undo, &ignored) == 0)
				journal_gone(session->journal, one->record, false);
			else
				session->left_something = true;
		}
		undo_done(&one->undo);
	}
	if (testimony->tracefs >= 0)
		close(steal_fd(&testimony->tracefs));
}
