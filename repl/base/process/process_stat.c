#include "base/process/process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/process/proc.h"
#include "base/text.h"

enum { FILE_LIMIT = 4096 };

/* Of the fields from number 4 on, by their numbers in proc_pid_stat(5). */
enum { FROM = 4, PARENT = 4 - FROM, USER = 14 - FROM, KERNEL = 15 - FROM, START = 22 - FROM, PAGES = 24 - FROM, FIELDS };

static bool read_fields(const char *p, unsigned long long ret[FIELDS])
{
	for (int i = 0; i < FIELDS; i++) {
		char *end;
		ret[i] = strtoull(p, &end, 10);
		if (end == p)
			return false;
		p = end;
	}
	return true;
}

bool process_stat_parse(const char *text, struct process_stat *ret)
{
	/* A name may hold blanks, parentheses and newlines: the last parenthesis ends it. */
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long fields[FIELDS];
	char *behind;
	struct process_stat stat = { .pid = (pid_t)strtol(text, &behind, 10) };

	if (behind == text || !open || !close || close < open || close[1] != ' ' || !close[2] ||
	    !read_fields(close + 3, fields))
		return false;
	snprintf(stat.comm, sizeof(stat.comm), "%.*s", (int)(close - open - 1), open + 1);
	stat.state = close[2];
	stat.parent = (pid_t)fields[PARENT];
	stat.ticks = fields[USER] + fields[KERNEL];
	stat.start = fields[START];
	stat.pages = fields[PAGES];
	*ret = stat;
	return true;
}

int process_stat_read(int proc, const char *name, struct process_stat *ret)
{
	cleanup_text struct text text = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "%.40s/stat", name);
	if (read_single(proc, path, FILE_LIMIT, &text) < 0)
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
