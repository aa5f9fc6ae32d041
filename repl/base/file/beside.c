#include "base/file/beside.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"

bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool beside(const char *name, char *ret, size_t size)
{
	static const char *const places[] = { "", "/../share/stave", "/../.." };
	char exe[3900];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (length > 0) {
		exe[length] = '\0';
		char *slash = strrchr(exe, '/');
		if (slash)
			*slash = '\0';
		for (size_t i = 0; i < COUNT(places); i++) {
			snprintf(ret, size, "%s%s/%s", exe, places[i], name);
			if (is_folder(ret))
				return true;
		}
	}
	snprintf(ret, size, "%s/%s", STAVE_SHARE, name);
	return is_folder(ret);
}
