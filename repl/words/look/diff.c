/* diff [PATH]: what the writable layer of a union holds. */
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/paint.h"
#include "snapshot/look.h"
#include "snapshot/union/written.h"
#include "words/look/unions.h"

static void add_attributes(const struct written_entry *entry, struct text *ret)
{
	if (entry->how & WRITTEN_MODE)
		text_sayf(ret, "%smode %04o, was %04o", text_joint(ret), entry->mode & 07777,
			  entry->mode_before & 07777);
	if (entry->how & WRITTEN_OWNER)
		text_sayf(ret, "%sanother owner", text_joint(ret));
}

static void add_change(const struct written_entry *entry, struct text *ret)
{
	const unsigned real = WRITTEN_CONTENT | WRITTEN_MODE | WRITTEN_OWNER;

	if (entry->how & WRITTEN_TYPE) {
		text_say(ret, "not the same kind of file");
		return;
	}
	if (entry->how & WRITTEN_OPAQUE)
		text_say(ret, "deleted and made again (opaque)");
	if ((entry->how & WRITTEN_CONTENT) && S_ISREG(entry->mode))
		text_sayf(ret, "content: %llu bytes, were %llu", (unsigned long long)entry->size,
			  (unsigned long long)entry->size_before);
	else if (entry->how & WRITTEN_CONTENT)
		text_say(ret, "another target");
	add_attributes(entry, ret);
	if (S_ISDIR(entry->mode))
		return;
	if (!(entry->how & real))
		text_sayf(ret, "copied up, content %s%s", entry->how & WRITTEN_UNREAD ? _("not compared") :
			  _("unchanged"), entry->how & WRITTEN_TIMES ? _("; other times") : "");
	else if (!(entry->how & (WRITTEN_CONTENT | WRITTEN_UNREAD)))
		text_say(ret, "; content unchanged");
}

static void add_entry(const struct context *context, const struct written_entry *entry, bool plain,
		      struct text *ret)
{
	const char kind[] = { (char)entry->kind, '\0' };
	cleanup_text struct text what = { 0 };
	size_t start = ret->len;

	paint(ret, context->color, entry->kind == WRITTEN_ADDED ? PAINT_ADDED :
	      entry->kind == WRITTEN_DELETED ? PAINT_REMOVED : PAINT_CHANGED, kind);
	text_add(ret, " ");
	text_add_visible(ret, entry->path, strlen(entry->path));
	if (!plain && entry->kind == WRITTEN_CHANGED)
		add_change(entry, &what);
	if (what.len) {
		size_t used = text_columns(ret->s + start);
		text_pad(ret, used < 30 ? 32 - used : 2);
		paint(ret, context->color, PAINT_DIM, what.s);
	}
	text_add(ret, "\n");
}

static bool only_copied(const struct written_entry *entry)
{
	return entry->kind == WRITTEN_CHANGED && !S_ISDIR(entry->mode) &&
	       !(entry->how & ~(unsigned)(WRITTEN_TIMES | WRITTEN_UNREAD));
}

static void add_sum(const struct written *written, struct text *ret)
{
	size_t added = 0, changed = 0, deleted = 0, copied = 0;

	for (size_t i = 0; i < written->count; i++) {
		added += written->list[i].kind == WRITTEN_ADDED;
		changed += written->list[i].kind == WRITTEN_CHANGED;
		deleted += written->list[i].kind == WRITTEN_DELETED;
		copied += only_copied(&written->list[i]);
	}
	if (!written->count && !written->left_out)
		text_say(ret, " nothing: the writable layer is empty\n");
	else
		text_sayf(ret, " %zu added, %zu changed (%zu of them only copied up), %zu deleted\n",
			  added, changed, copied, deleted);
}

static int find_union(const struct context *context, const struct words *words,
		      const struct reading *reading, const struct mount **ret, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *inside = "";

	if (!words->count) {
		*ret = union_meant(context, reading, err);
		return *ret ? 0 : -1;
	}
	const char *path = look_absolute(reading, words->args[0].s, &arena);
	*ret = layers_union(reading->mounts, path, &inside);
	if (*ret)
		return 0;
	fail_arg(err, ERR_UNION_ABSENT, words, 0, "%s: not in a union", vis(path));
	return fail_fix(err, "layers lists the unions");
}

/* What could not be read is not empty. */
static int told_all(const struct written *written, struct error *err)
{
	if (!written->left_out)
		return 0;
	fail(err, written->code, "read %s of the writable layer", vis(written->first));
	return fail_why(err, message_of(written->left_out,
			"%zu folder of it could not be read, and what is there is not listed",
			"%zu folders of it could not be read, and what is there is not listed"),
			written->left_out);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject;
	const struct mount *mount;
	struct written written;
	struct layers layers;
	bool plain = words_flag(words, "--plain");

	if (union_subject(context, words, &subject, err) < 0 ||
	    find_union(context, words, subject.reading, &mount, err) < 0 ||
	    layers_take(context->eyes, subject.reading, mount, &context->kept, &layers, err) < 0)
		return -1;
	int failed = written_take(&layers, &written, err);
	if (!failed) {
		for (size_t i = 0; i < written.count; i++)
			add_entry(context, &written.list[i], plain, ret);
		if (!plain)
			add_sum(&written, ret);
		failed = told_all(&written, err);
		written_done(&written);
	}
	layers_done(&layers);
	return failed;
}

static const struct flag_spec flags[] = {
	{ "--plain", 0, NULL, .means = "only the letters and paths, as docker diff prints them" },
	OF_FLAG,
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "PATH", WORD_PATH, .optional = true,
	  .means = "which union; without it the child's root, or the last one mounted" },
	{ 0 }
};

const struct command command_diff = {
	.name = "diff", .kind = LOOKS, .group = GROUP_LOOKING,
	.summary = "what the writable layer holds: added, changed, deleted",
	.explain = "docker diff: A for what only the writable layer has, C for what a layer below "
		"has too, D for what a whiteout hides. diff walks only the writable layer, and "
		"looks up its names in the layers below.\n\n"
		"A file of a lower layer that is opened for writing is first copied up whole, so "
		"C need not mean a change: content, mode and owner are compared with the "
		"original, and an unchanged copy is reported as one.",
	.example = "unshare user mnt\nunion /etc/skel /tmp/u\nrun touch /tmp/u/new\nwhiteout /tmp/u/.profile\ndiff",
	.flags = flags, .args = args, .look = look,
};
