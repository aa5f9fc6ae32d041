/* commit: what has been written becomes a layer. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "image/image.h"
#include "image/intake/import.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/drawing.h"
#include "snapshot/union/layers.h"
#include "words/look/unions.h"

enum { MOST_DEPTH = 8, MOST_PATHS = 200 };

/* What image_commit() is given, and what has to be released. */
struct commit {
	struct arena arena;
	int *fds;
	size_t count;
	const char **without;
	size_t without_count;
	int userns;
	bool userxattr;
};

static void commit_done(struct commit *commit)
{
	for (size_t i = 0; i < commit->count; i++)
		cleanup_fd_(&commit->fds[i]);
	cleanup_fd_(&commit->userns);
	arena_done(&commit->arena);
}
#define cleanup_commit __attribute__((cleanup(commit_done)))

/* The files of the init layer: they are the container's, also when it has written to them. Folders in
 * it are only on the way. What could not be listed would get into the image: -1 with errno set. */
static int list_init(struct commit *commit, int at, const char *below, int depth)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct stat st;
	int failed = 0;

	if (!folder)
		return -1;
	for (struct dirent *entry; !failed && (errno = 0, entry = readdir(folder));) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || commit->without_count == MOST_PATHS)
			continue;
		failed = fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW);
		if (failed)
			continue;
		const char *path = arena_print(&commit->arena, "%s%s%s", below, *below ? "/" : "", name);
		if (!S_ISDIR(st.st_mode)) {
			commit->without[commit->without_count++] = path;
			continue;
		}
		cleanup_fd int inner = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner < 0)
			failed = -1;
		else if (depth < MOST_DEPTH)
			failed = list_init(commit, inner, path, depth + 1);
	}
	int code = errno;
	closedir(folder);
	errno = code;
	return failed || code ? -1 : 0;
}

/* The lowest layers of more than overlay takes are a union of their own, in the container's scratch folder:
 * words/plans/container/root.c. What lies under that mount is an empty folder. */
static bool is_united(const struct layers *layers, size_t i)
{
	const char *folder = layers->list[i].folder, end[] = "/lowest/all";
	size_t length = strlen(folder), tail = strlen(end);

	return i == 0 && layers->list[i].kind == LAYER_READ_ONLY && length > tail &&
	       strcmp(folder + length - tail, end) == 0;
}

static int fail_united(struct error *err)
{
	fail_id(err, ERR_UNION_LAYERS, 0, "the image of the container has as many layers as overlay takes");
	return fail_why(err, "the lowest of them are united below the others, and cannot be told apart here");
}

static int take_layers(const struct layers *layers, struct commit *commit, struct error *err)
{
	for (size_t i = 0; i < layers->count; i++)
		if (is_united(layers, i))
			return fail_united(err);
	commit->fds = arena_new(&commit->arena, layers->count * sizeof(*commit->fds));
	commit->without = arena_new(&commit->arena, MOST_PATHS * sizeof(*commit->without));
	for (size_t i = 0; i < layers->count; i++) {
		int fd = layer_open(layers, i);
		if (fd < 0) {
			fail(err, errno, "open the layer %s", vis(layers->list[i].folder));
			return fail_why(err, "no path leads to its folder any more, and no process has kept it "
					"open");
		}
		if (layers->list[i].kind == LAYER_INIT) {
			int failed = list_init(commit, fd, "", 0);
			int code = errno;
			close(fd);
			if (failed)
				return fail(err, code, "read the layer %s", vis(layers->list[i].folder));
		} else {
			commit->fds[commit->count++] = fd;
		}
	}
	return 0;
}

/* Owners are what they are where the container is: *ret is its user namespace, -1 where that is this one.
 * 0, or -1 with err. */
static int open_userns(const struct context *context, const struct reading *of, int *ret, struct error *err)
{
	struct stat st;
	int proc;

	*ret = -1;
	if (!ns_own(of, context->host, NS_USER))
		return 0;
	proc = proc_of(of->pid);
	cleanup_fd int fd = proc < 0 ? -1 : openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "open /proc/%d/ns/user", of->pid);
	if (st.st_ino != of->ns[NS_USER].id)
		return fail_id(err, ERR_UNION_READ_ONLY, ESRCH,
			       "open /proc/%d/ns/user: another process has this number now", of->pid);
	*ret = steal_fd(&fd);
	return 0;
}

static int find_union(const struct context *context, const struct words *words,
		      struct commit *commit, struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	struct layers layers;

	if (union_subject(context, words, &subject, err) < 0)
		return -1;
	const struct mount *mount = union_meant(context, subject.reading, err);
	if (!mount || layers_take(context->eyes, subject.reading, mount, &context->kept, &layers, err) < 0)
		return -1;
	int failed = 0;
	if (!layers.writable) {
		failed = fail_id(err, ERR_UNION_READ_ONLY, 0, "the union at %s has no writable layer", vis(mount->point));
		fail_why(err, "so there is nothing to keep");
	}
	if (!failed)
		failed = take_layers(&layers, commit, err);
	commit->userxattr = layers.dialect == OVERLAY_USER;
	if (!failed)
		failed = open_userns(context, subject.reading, &commit->userns, err);
	layers_done(&layers);
	return failed;
}

/* What belongs to the container and not to its image. */
static void tell_left_out(const struct commit *commit, struct text *ret)
{
	if (!commit->without_count)
		return;
	text_say(ret, "  left out, for they are the container's own (its init layer):");
	for (size_t i = 0; i < commit->without_count; i++)
		text_addf(ret, " /%s", vis(commit->without[i]));
	text_add(ret, "\n");
}

static void tell(const struct image_made *made, const struct commit *commit, const char *base, struct text *ret)
{
	if (*base)
		text_sayf(ret, "%s: %s and one layer more, %zu in all\n", vis(made->name), vis(base),
			  made->layers);
	else
		text_addf(ret, message_of(made->layers, "%s: %zu layer\n", "%s: %zu layers\n"),
			  vis(made->name), made->layers);
	if (made->replaced)
		text_say(ret, "  it replaces another image with this name\n");
	image_tell_notes(&made->notes, ret);
	tell_left_out(commit, ret);
	text_sayf(ret, "image history %s shows them; container --image %s runs it\n",
		  vis(made->name), vis(made->name));
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_commit struct commit commit = { .userns = -1 };
	const char *name = words_arg(words, 0), *message = words_flag(words, "--message");
	char base[300];
	struct context context;
	struct drawing drawing;
	struct image_watch watch;
	struct image_made made;

	if (!image_name(name, &commit.arena, err))
		return -1;
	if (shell->dry_run) {
		text_sayf(ret, "what has been written would become the image %s\n", vis(name));
		return 0;
	}
	if (session_see(&shell->session, err) < 0 ||
	    (shell->session.at->child && session_look(&shell->session, err) < 0))
		return -1;
	shell_context(shell, &context);
	if (find_union(&context, words, &commit, err) < 0)
		return fail_wrap(err, "commit");
	struct image_stack stack = {
		.folders = commit.fds, .count = commit.count, .userns = commit.userns, .userxattr = commit.userxattr,
		.without = commit.without, .without_count = commit.without_count,
		.by = "commit", .comment = message ? message : "",
	};
	drawing_begin(&drawing, shell, &watch);
	int failed = image_commit(&stack, name, &watch, &made, base, sizeof(base), err);
	drawing_end(&drawing);
	if (failed)
		return fail_wrap(err, "commit %s", vis(name));
	tell(&made, &commit, base, ret);
	return 0;
}

static const struct flag_spec flags[] = {
	{ "--message", 'm', "TEXT", .means = "a note that image history shows" },
	OF_FLAG,
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "NAME", WORD_TEXT, .means = "the new image's name, NAME[:TAG]" },
	{ 0 }
};


const struct command command_commit = {
	.name = "commit", .kind = ACTS, .group = GROUP_WALLS, .act = act, .reach = REACH_STORE,
	.summary = "make an image of what the writable layer holds",
	.explain = "A container's files are a stack: read-only layers, and a writable one with "
		"everything that was written and deleted. commit packs the writable layer as a "
		"tar, with .wh.NAME for each deletion, and puts it on top of the container's "
		"image. The layers below are not copied: both images share them. A lower layer "
		"that is not an image of the store yet, such as the default busybox, becomes a "
		"layer too.\n\n"
		"/etc/hosts, /etc/hostname and /etc/resolv.conf come from the container's init "
		"layer. They never become part of an image, even if they were changed. Volumes do "
		"not either. The container is not stopped: a file that is being written is read "
		"as it is at that moment.",
	.example = "container\nrun sh -c 'echo hello >/greeting'\ndiff\ncommit mine -m 'a greeting'\nimage history mine\nimage rm mine",
	.flags = flags, .args = args,
};
