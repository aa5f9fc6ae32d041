#include "snapshot/cgroup/bounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "base/process/proc.h"
#include "base/text.h"

static const char *line_name(int resource)
{
	switch (resource) {
	case RLIMIT_CORE:
		return "\nMax core file size ";
	case RLIMIT_NOFILE:
		return "\nMax open files ";
	case RLIMIT_NPROC:
		return "\nMax processes ";
	}
	return NULL;
}

static bool number(const char *word, uint64_t *ret)
{
	if (strcmp(word, "unlimited") != 0)
		return parse_number(word, ret);
	*ret = RLIM_INFINITY;
	return true;
}

/* "Max open files            1024                 4096                 files" */
bool bounds_rlimit(pid_t pid, int resource, uint64_t *soft, uint64_t *hard)
{
	cleanup_text struct text text = { 0 };
	const char *name = line_name(resource);
	char words[2][24];
	int proc = proc_of(pid);

	if (!name || proc < 0 || read_file(proc, "limits", 1 << 16, &text) < 0)
		return false;
	const char *line = strstr(text_of(&text), name);
	return line && sscanf(line + strlen(name), "%23s %23s", words[0], words[1]) == 2 &&
	       number(words[0], soft) && number(words[1], hard);
}

int bounds_oom(pid_t pid)
{
	cleanup_text struct text text = { 0 };
	int proc = proc_of(pid);

	return proc < 0 || read_file(proc, "oom_score_adj", 64, &text) < 0 ? 0 : atoi(text_of(&text));
}
