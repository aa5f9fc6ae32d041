/* mountinfo: the mount table as the kernel writes it. */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/look/mark.h"
#include "words/look/subject.h"

static bool wanted(const struct mount *mount, const char *pattern)
{
	if (!pattern)
		return true;
	if (strpbrk(pattern, "*?["))
		return fnmatch(pattern, mount->point, 0) == 0;
	return strstr(mount->line, pattern) || strstr(mount->point, pattern);
}

static void add_line(const struct context *context, enum mark mark, const struct mount *mount,
		     struct text *ret)
{
	text_add(ret, " ");
	mark_add(context, mark, ret);
	text_add(ret, " ");
	mounts_show(mount->line, ret);
	text_add(ret, "\n");
}

static void count(const struct mounts *mounts, size_t shown, const char *pattern,
		  struct text *ret)
{
	text_addf(ret, message_of(mounts->count, " %zu mount", " %zu mounts"), mounts->count);
	if (pattern)
		text_sayf(ret, ", %zu with %s", shown, vis(pattern));
	text_add(ret, "\n");
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	const char *pattern = words_arg(words, 0);
	struct marks marks;
	size_t shown = 0;
	bool marked = false;

	if (subject_find(context, words_flag(words, "--pid"), words->name.column, &subject, err) < 0)
		return -1;
	const struct mounts *mounts = subject.reading->mounts;
	if (!mounts)
		return subject_refused(context, subject.reading, EACCES, "mountinfo", err);
	subject_title(context, &subject, ret);
	marks_find(context, subject.reading, &marks);
	for (size_t i = 0; i < marks.gone_count; i++) {
		if (!wanted(marks.gone[i], pattern))
			continue;
		marked = true;
		add_line(context, MARK_GONE, marks.gone[i], ret);
	}
	for (size_t i = 0; i < mounts->count; i++) {
		if (!wanted(&mounts->list[i], pattern))
			continue;
		shown++;
		marked = marked || marks.of[i] != MARK_NONE;
		add_line(context, marks.of[i], &mounts->list[i], ret);
	}
	count(mounts, shown, pattern, ret);
	mark_legend(marked, ret);
	marks_done(&marks);
	return 0;
}

static const struct flag_spec flags[] = {
	{ "--pid", 'p', "PID", WORD_PID,
	  .means = "of this process, or of the host, instead of the child" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "PATTERN", WORD_TEXT, .optional = true,
	  .means = "only lines that contain this; with * ? [ a pattern for the mount point" },
	{ 0 }
};

const struct command command_mountinfo = {
	.name = "mountinfo",
	.kind = LOOKS,
	.group = GROUP_LOOKING,
	.summary = "the child's mount table, line by line as the kernel writes it",
	.explain = "Shows the lines of /proc/PID/mountinfo, unchanged. From left to right: the mount's "
		"number, its parent's number, the device (major:minor), the folder of that file system "
		"which is the root of the mount, the mount point, the mount's options; then its "
		"propagation (shared:N, master:N or unbindable; nothing means private); and after the "
		"dash the type, the source and the options of the file system.\n\n"
		"+ marks what the last step added, ~ what it changed, - what it removed. The kernel "
		"writes blanks in names as \\040. The mount point is a path below the process's own "
		"root: mounts that cannot be reached from that root are not listed, but are not "
		"unmounted either.\n\n"
		"mounts shows the same in columns or as a tree. proc(5); with man-pages 6.9 and "
		"later proc_pid_mountinfo(5).",
	.example = "mountinfo\nmountinfo proc\nmountinfo '/dev/*'\nmountinfo --pid host",
	.flags = flags,
	.args = args,
	.look = look,
};
