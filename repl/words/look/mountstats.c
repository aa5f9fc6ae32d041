/* mountstats: what the kernel counts for each mount. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/look/subject.h"

static const struct flag_spec flags[] = {
	{ "--pid", 'p', "PID", WORD_PID,
	  .means = "of this process, or of the host, instead of the child" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "PATTERN", WORD_TEXT, .optional = true, .means = "only what contains this" },
	{ 0 }
};

/* The lines of one mount: its own, and those behind it that begin with a blank or tab. */
static size_t entry_length(const char *s)
{
	size_t length = 0;

	do {
		length += strcspn(s + length, "\n");
		length += s[length] == '\n';
	} while (s[length] == ' ' || s[length] == '\t');
	return length;
}

static void add_lines(const char *s, size_t length, struct text *ret)
{
	while (length) {
		size_t line = strcspn(s, "\n");
		text_add(ret, " ");
		text_add_visible(ret, s, line);
		text_add(ret, "\n");
		line += s[line] == '\n';
		s += line;
		length -= line;
	}
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text text = { 0 };
	const char *pattern = words_arg(words, 0);
	char path[40];

	if (subject_find(context, words_flag(words, "--pid"), words->name.column, &subject, err) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/mountstats", subject.reading->pid);
	if (read_file(AT_FDCWD, path, 64 << 20, &text) < 0)
		return subject_refused(context, subject.reading, errno, "mountstats", err);
	subject_title(context, &subject, ret);
	for (const char *s = text_of(&text); *s;) {
		size_t length = entry_length(s);
		if (!pattern || strstr(arena_copyn(&arena, s, length), pattern))
			add_lines(s, length, ret);
		s += length;
	}
	return 0;
}

const struct command command_mountstats = {
	.name = "mountstats", .kind = LOOKS, .group = GROUP_LOOKING, .late = true,
	.summary = "the child's mounts with what the kernel counts for them",
	.explain = "Shows /proc/PID/mountstats, unchanged: for each mount its device, mount point and "
		"type, and for those that count (NFS does) their statistics. mountinfo says more about "
		"how they are mounted. proc(5).",
	.example = "mountstats\nmountstats proc",
	.flags = flags, .args = args, .look = look,
};
