#include "base/process/own.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"

bool own_program(const char *name, char *ret, size_t size)
{
	static const char *const places[] = { "", "../libexec/stave/" };
	char exe[4000];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(exe, '/');
	errno = ENOENT;
	for (size_t i = 0; slash && i < COUNT(places); i++) {
		int length = snprintf(ret, size, "%.*s/%s%s", (int)(slash - exe), exe, places[i], name);
		if (length > 0 && (size_t)length < size && access(ret, X_OK) == 0)
			return true;
	}
	return false;
}
