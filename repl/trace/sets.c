/* The sets of capabilities that a call asked for, and those that its process had. capset(2), PR_CAP_AMBIENT(2const). */
#include "trace/seen.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/text.h"
#include "ops/privilege/capability.h"

/* The line of /proc/PID/status after its name; NULL: there is none. */
static const char *line_of(const struct text *status, const char *name)
{
	const char *line = strstr(text_of(status), name);

	return line ? line + strlen(name) : NULL;
}

static bool set_of(const struct text *status, const char *name, uint64_t *ret)
{
	const char *line = line_of(status, name);

	return line && sscanf(line, " %" SCNx64, ret) == 1;
}

/* The number that the process itself knows: the last of its line. */
static int own_number(const struct text *status)
{
	const char *line = line_of(status, "\nNSpid:");
	int ret = 0;

	for (const char *end = line ? line + strcspn(line, "\n") : NULL; line && line < end; line += strcspn(line, "\t\n")) {
		line += strspn(line, "\t ");
		ret = atoi(line);
	}
	return ret;
}

/* Version 1 has the first 32 alone. */
static bool read_wanted(pid_t pid, const uint64_t args[6], struct asked_sets *ret, int *whom)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2] = { 0 };

	if (read_memory(pid, args[0], &header, sizeof(header)) != sizeof(header))
		return false;
	size_t size = header.version == _LINUX_CAPABILITY_VERSION_1 ? sizeof(data[0]) : sizeof(data);
	if (read_memory(pid, args[1], data, size) != size)
		return false;
	*whom = header.pid;
	ret->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	ret->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	ret->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return true;
}

struct asked_sets sets_asked(pid_t pid, int number, const uint64_t args[6])
{
	bool raises = number == SYS_prctl && args[0] == PR_CAP_AMBIENT && args[1] == PR_CAP_AMBIENT_RAISE && args[2] < 64;
	struct asked_sets ret = { 0 };
	cleanup_text struct text status = { 0 };
	char path[40];
	int whom = 0;

	if (!raises && (number != SYS_capset || !read_wanted(pid, args, &ret, &whom)))
		return ret;
	if (raises)
		ret.inheritable = CAPABILITY(args[2]);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	ret.known = read_file(AT_FDCWD, path, 1 << 20, &status) == 0 && set_of(&status, "\nCapPrm:", &ret.had_permitted) &&
		    set_of(&status, "\nCapInh:", &ret.had_inheritable) && set_of(&status, "\nCapBnd:", &ret.bounding);
	ret.anothers = whom && whom != own_number(&status);
	return ret;
}
