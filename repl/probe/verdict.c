#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/probe.h"

static void set(struct verdict *verdict, enum result result, int code, const char *detail,
		va_list args)
{
	verdict->result = result;
	verdict->code = code;
	verdict->detail[0] = '\0';
	if (detail)
		vsnprintf(verdict->detail, sizeof(verdict->detail), detail, args);
	/* One line, tabs between: a name from /proc may hold anything. */
	for (char *p = verdict->detail; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
}

void stopped(struct verdict *verdict, int code, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	set(verdict, RESULT_STOPPED, code, detail, args);
	va_end(args);
}

void succeeded(struct verdict *verdict, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	set(verdict, RESULT_OPEN, 0, detail, args);
	va_end(args);
}

void absent(struct verdict *verdict, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	set(verdict, RESULT_ABSENT, 0, detail, args);
	va_end(args);
}

const char *name_of_errno(int code)
{
#ifdef __GLIBC__
	const char *name = strerrorname_np(code);
#else
	const char *name = NULL; /* musl has no such call */
	(void)code;
#endif
	return name ? name : "E?";
}

void judge(struct verdict *verdict, long ret)
{
	int code = errno;

	if (ret >= 0)
		succeeded(verdict, NULL);
	else if (code == EPERM || code == EACCES || code == EROFS || code == ENOSYS)
		stopped(verdict, code, NULL);
	else
		succeeded(verdict, "allowed; then %s, as intended", name_of_errno(code));
}

void judge_strictly(struct verdict *verdict, long ret)
{
	int code = errno;

	if (ret >= 0)
		succeeded(verdict, NULL);
	else
		stopped(verdict, code, NULL);
}

/* Note that path was stopped, the first of several. */
static int note(struct verdict *verdict, int code, const char *path, const char *how)
{
	if (code != ENOENT && verdict->result == RESULT_ABSENT)
		stopped(verdict, code, "%s%s", path, how);
	return 0;
}

int may_write(struct verdict *verdict, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return note(verdict, errno, path, "");
	close(fd);
	succeeded(verdict, "%s", path);
	return 1;
}

static int has_entries(const char *path)
{
	DIR *folder = opendir(path);
	int count = 0;

	for (struct dirent *entry; folder && (entry = readdir(folder));)
		count += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return count > 0;
}

int may_read(struct verdict *verdict, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char byte;

	if (fd < 0)
		return note(verdict, errno, path, "");
	int folder = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	ssize_t n = folder ? has_entries(path) : read(fd, &byte, 1);
	int code = n < 0 ? errno : 0;
	close(fd);
	if (n <= 0)
		return note(verdict, code, path, n == 0 ? " is empty" : "");
	succeeded(verdict, "%s", path);
	return 1;
}

const char *told(struct verdict *verdict, const char *key)
{
	const char *value = getenv(key);

	if (!value)
		absent(verdict, "Stave passed nothing about the host");
	return value;
}

int again(const char *argument, int *status)
{
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		char *const argv[] = { "stave-probe", (char *)argument, NULL };
		execve("/proc/self/exe", argv, (char *const[]){ NULL });
		_exit(errno == EACCES ? 254 : 255);
	}
	int raw = 0;
	waitpid(pid, &raw, 0);
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 255;
	return 0;
}
