#include "base/process/process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/process/proc.h"
#include "base/text.h"

enum { FILE_LIMIT = 4096 };

bool process_stat_parse(const char *text, struct process_stat *ret)
{
	/* A name may hold blanks, parentheses and newlines: the last parenthesis ends it. */
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long user, kernel, start, pages;
	struct process_stat stat = { 0 };

	if (!open || !close || close < open || sscanf(text, "%d", &stat.pid) != 1 ||
	    sscanf(close + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu "
			      "%*d %*d %*d %*d %*d %*d %llu %*u %llu",
		   &stat.state, &stat.parent, &user, &kernel, &start, &pages) != 6)
		return false;
	snprintf(stat.comm, sizeof(stat.comm), "%.*s", (int)(close - open - 1), open + 1);
	stat.ticks = user + kernel;
	stat.start = start;
	stat.pages = pages;
	*ret = stat;
	return true;
}

int process_stat_read(int proc, const char *name, struct process_stat *ret)
{
	cleanup_text struct text text = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "%.40s/stat", name);
	if (read_file(proc, path, FILE_LIMIT, &text) < 0)
		return -1;
	if (process_stat_parse(text_of(&text), ret))
		return 0;
	errno = EBADMSG;
	return -1;
}

struct process_stat process_stat(pid_t pid)
{
	struct process_stat ret = { 0 };
	char name[32];

	snprintf(name, sizeof(name), "%d", pid);
	process_stat_read(proc_root(), name, &ret);
	return ret;
}

const char *process_state(char state)
{
	static const struct { char letter; const char *word; } words[] = {
		{ 'R', "running" }, { 'S', "sleeping" }, { 'D', "waiting" }, { 'T', "stopped" },
		{ 't', "traced" },  { 'Z', "zombie" },	 { 'X', "dead" },    { 'I', "idle" },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].letter == state)
			return words[i].word;
	return "?";
}
