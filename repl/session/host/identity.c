#include "session/host/identity.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/text.h"

/* PROC_DYNAMIC_FIRST of the kernel's fs/proc. */
#define FIRST_GIVEN 0xf0000000u

/* A pid is below it: PID_MAX_LIMIT is 4194304. */
#define PIDS 10000000u

static void boot_id(char ret[40])
{
	cleanup_text struct text text = { 0 };

	if (read_single(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text) < 0 || text.len < 36)
		text_add(&text, "unknown-------------------------unknown");
	snprintf(ret, 40, "%.36s", text.s);
}

void identity_own(struct identity *ret)
{
	*ret = (struct identity){ .namespace = proc_own_pids(), .pid = getpid() };
	boot_id(ret->boot);
	ret->start = process_stat(ret->pid).start;
}

/* The last number of the line NSpid: the pid of the process in its own namespace. */
static pid_t innermost(int proc, const char *name)
{
	cleanup_text struct text status = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "%.20s/status", name);
	if (read_file(proc, path, 1 << 16, &status) < 0 || !status.len)
		return 0;
	const char *line = strstr(status.s, "\nNSpid:");
	size_t length = line ? 1 + strcspn(line + 1, "\n") : 0;
	const char *tab = line ? memrchr(line, '\t', length) : NULL;
	return tab ? (pid_t)strtol(tab, NULL, 10) : 0;
}

/* The kernel reports a start time by the reader's own clock. time_namespaces(7). */
static bool has_our_clock(int proc, const char *name)
{
	struct stat own, its;
	char path[40];

	snprintf(path, sizeof(path), "%.20s/ns/time", name);
	return stat("/proc/self/ns/time", &own) < 0 ? errno == ENOENT :
	       fstatat(proc, path, &its, 0) == 0 && its.st_ino == own.st_ino;
}

/* Whether a process of any namespace may be this one. Only the first namespace shows all
 * processes. */
static bool may_live(const struct identity *identity)
{
	struct process_stat stat;
	bool found = false;
	int proc = openat(proc_root(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = proc_own_pids() == PROC_FIRST_PIDS && proc >= 0 ? fdopendir(proc) : NULL;

	if (!dir) {
		if (proc >= 0)
			close(proc);
		return true;
	}
	for (struct dirent *entry; !found && (entry = readdir(dir));)
		found = isdigit((unsigned char)entry->d_name[0]) &&
			innermost(proc, entry->d_name) == identity->pid &&
			process_stat_read(proc, entry->d_name, &stat) == 0 &&
			(stat.start == identity->start || !has_our_clock(proc, entry->d_name));
	closedir(dir);
	return found;
}

enum standing identity_standing(const struct identity *identity)
{
	struct identity own;

	identity_own(&own);
	if (strcmp(identity->boot, own.boot) != 0)
		return STANDING_GONE;
	if (identity->namespace == 0 || own.namespace == 0)
		return may_live(identity) ? STANDING_UNKNOWN : STANDING_GONE;
	if (identity->namespace != own.namespace)
		return STANDING_ELSEWHERE;
	return process_stat(identity->pid).start == identity->start ? STANDING_LIVES : STANDING_GONE;
}

/* 0 in the first namespace, and if that is not known. */
static uint64_t namespace_number(void)
{
	uint64_t inode = proc_own_pids();

	if (inode == PROC_FIRST_PIDS || inode == 0)
		return 0;
	return inode >= FIRST_GIVEN ? inode - FIRST_GIVEN + 1 : inode;
}

void identity_name(char ret[IDENTITY_NAME])
{
	snprintf(ret, IDENTITY_NAME, "stave-%" PRIu64,
		 namespace_number() * PIDS + (uint64_t)getpid());
}

bool identity_of_name(const char *name, pid_t *pid, const char **end)
{
	static const char prefix[] = "stave-";
	uint64_t number;
	int length = 0;

	if (strncmp(name, prefix, strlen(prefix)) != 0 ||
	    sscanf(name + strlen(prefix), "%18" SCNu64 "%n", &number, &length) != 1 ||
	    number / PIDS != namespace_number() || number % PIDS == 0)
		return false;
	*pid = (pid_t)(number % PIDS);
	*end = name + strlen(prefix) + length;
	return true;
}
