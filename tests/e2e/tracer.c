/* A hostile program in a container: for so many seconds, or until /tools/end is there, it tries to look into each process
 * that it can see besides itself and its init: by ptrace(2), process_vm_readv(2), /proc/PID/mem, environ and fd. Prints a
 * line for each process, each way that led into it, and the name that the process had: before and after, so that it had
 * not become another meanwhile. The second argument is a text that no process of the container has: "secret" is the way
 * where it was found. "caps" is said of a process that has capabilities which this one has not. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 32768, CHUNK = 1 << 16 };

struct view {
	int pid;
	char comm[32];
};

static const char *secret;

static int open_of(int pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void read_comm(int pid, char ret[32])
{
	int fd = open_of(pid, "comm");
	ssize_t got = fd < 0 ? -1 : read(fd, ret, 31);

	ret[got > 0 ? got - 1 : 0] = '\0';
	close(fd);
}

/* Once for each process and way. */
static void tell(const struct view *view, const char *way)
{
	static char told[256][64];
	static size_t count;
	char comm[32], line[64];

	read_comm(view->pid, comm);
	if (strcmp(comm, view->comm) != 0)
		return;
	snprintf(line, sizeof(line), "%d %s %s", view->pid, way, comm);
	for (size_t i = 0; i < count; i++)
		if (strcmp(told[i], line) == 0)
			return;
	if (count < 256)
		strcpy(told[count++], line);
	puts(line);
	fflush(stdout);
}

static bool has_secret(const char *bytes, size_t size)
{
	return *secret && memmem(bytes, size, secret, strlen(secret));
}

static void try_memory(const struct view *view)
{
	static char bytes[CHUNK];
	unsigned long from = 0, to = 0;
	char line[512];
	FILE *maps;
	int fd = open_of(view->pid, "maps"), mem = open_of(view->pid, "mem");

	maps = fd < 0 ? NULL : fdopen(fd, "r");
	while (maps && fgets(line, sizeof(line), maps) && sscanf(line, "%lx-%lx r", &from, &to) == 2)
		for (unsigned long at = from; at < to && to - from < 1 << 24; at += CHUNK) {
			struct iovec here = { bytes, CHUNK }, there = { (void *)at, to - at < CHUNK ? to - at : CHUNK };
			ssize_t got = process_vm_readv(view->pid, &here, 1, &there, 1, 0);
			if (got > 0)
				tell(view, has_secret(bytes, (size_t)got) ? "secret" : "readv");
			got = mem < 0 ? -1 : pread(mem, bytes, there.iov_len, (off_t)at);
			if (got > 0)
				tell(view, has_secret(bytes, (size_t)got) ? "secret" : "mem");
		}
	if (maps)
		fclose(maps);
	close(mem);
}

static unsigned long long caps_of(int pid)
{
	char bytes[4096] = "";
	int fd = open_of(pid, "status");
	ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);
	const char *line = got > 0 ? strstr(bytes, "CapPrm:") : NULL;

	close(fd);
	return line ? strtoull(line + strlen("CapPrm:"), NULL, 16) : 0;
}

static void try_environ(const struct view *view)
{
	char bytes[CHUNK];
	int fd = open_of(view->pid, "environ");
	ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	if (got > 0)
		tell(view, has_secret(bytes, (size_t)got) ? "secret" : "environ");
	close(fd);
}

static void try_descriptors(const struct view *view)
{
	char path[64], link[256];

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", view->pid, fd);
		if (readlink(path, link, sizeof(link)) > 0)
			tell(view, "fd");
	}
}

static void try_trace(const struct view *view)
{
	if (ptrace(PTRACE_SEIZE, view->pid, NULL, NULL) < 0)
		return;
	tell(view, "ptrace");
	ptrace(PTRACE_INTERRUPT, view->pid, NULL, NULL);
	ptrace(PTRACE_DETACH, view->pid, NULL, NULL);
}

static void look_around(void)
{
	DIR *proc = opendir("/proc");

	for (struct dirent *entry; proc && (entry = readdir(proc));) {
		struct view view = { .pid = atoi(entry->d_name) };
		if (!isdigit((unsigned char)entry->d_name[0]) || view.pid == getpid() || view.pid == 1)
			continue;
		read_comm(view.pid, view.comm);
		if (caps_of(view.pid) & ~caps_of(getpid()))
			tell(&view, "caps");
		try_trace(&view);
		try_environ(&view);
		try_descriptors(&view);
		try_memory(&view);
	}
	if (proc)
		closedir(proc);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);

	secret = argc > 2 ? argv[2] : "";
	while (time(NULL) < end && access("/tools/end", F_OK) < 0)
		look_around();
	puts("end");
	return 0;
}
