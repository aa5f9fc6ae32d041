/* filecaps: the capabilities that a program's file gives. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "ops/privilege/file_caps.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/look.h"
#include "words/plans/privilege/caps.h"

static const struct flag_spec flags[] = {
	{ "--inheritable", 0, NULL, .means = "only for a caller that has them in its inheritable set" },
	{ "--no-effective", 0, NULL, .means = "permitted to the program, which has to make them effective itself" },
	{ "--remove", 0, NULL, .means = "take away all that the file has" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "FILE", WORD_PATH, .means = "a program" },
	{ "NAME", WORD_CAPABILITY, .optional = true, .many = true, .means = "capabilities: chown, CAP_CHOWN, all" },
	{ 0 }
};

/* A file of a file system that the host has mounted is the host's, by whatever mount it is seen. */
static int refuse_hosts(const struct context *context, const struct words *words, const char *path,
			struct error *err)
{
	const struct mounts *own = context->child->mounts, *hosts = context->host->mounts;
	const struct mount *mount = own ? mounts_find(own, path) : NULL;

	if (refuse_unread(context, words, err) < 0)
		return -1;
	if (!mount) {
		fail_arg(err, ERR_HOST_SHARED, words, 0, "%s: refused: the file may be the host's", vis(path));
		fail_why(err, "the child's table does not show the mount that it lies on");
		return fail_fix(err, "pivot makes a root that the table shows");
	}
	for (size_t i = 0; hosts && i < hosts->count; i++) {
		if (mount->major != hosts->list[i].major || mount->minor != hosts->list[i].minor)
			continue;
		fail_arg(err, ERR_HOST_SHARED, words, 0, "%s: refused: the file is the host's", vis(path));
		fail_why(err, "it lies on the file system that the host has at %s", vis(hosts->list[i].point));
		return fail_fix(err, "use a file of the child's own: on a new tmpfs, or in the root that rootfs makes");
	}
	return 0;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *path = path_here(context, plan, words->args[0].s);
	bool remove = words_flag(words, "--remove"), inheritable = words_flag(words, "--inheritable");
	uint64_t one, named = 0;
	unsigned mode;

	if (remove && words->count > 1) {
		fail_arg(err, ERR_OPTION_CONFLICT, words, 1, "filecaps: --remove takes all away, and no names");
		return fail_fix(err, "filecaps FILE NAME... sets exactly those named");
	}
	for (size_t i = 1; i < words->count; i++) {
		if (parse_capability("filecaps", words->args[i].s, words->args[i].column, &one, err) < 0)
			return -1;
		named |= one;
	}
	if (refuse_absent(context, words, 0, path, &mode, err) < 0 ||
	    refuse_hosts(context, words, path, err) < 0)
		return -1;
	if (!S_ISREG(mode))
		return fail_arg(err, ERR_PATH_KIND, words, 0, "%s: not a regular file", vis(path));
	struct op *op = plan_add(plan, OP_file_caps);
	op->file_caps.path = path;
	op->file_caps.permitted = inheritable ? 0 : named;
	op->file_caps.inheritable = inheritable ? named : 0;
	op->file_caps.effective = named && !words_flag(words, "--no-effective");
	plan->changes = true;
	plan->meaning = remove ? _("The file gives nothing any more.") : inheritable ?
		_("The program gets those of them that its caller has in its inheritable set.") :
		_("Whoever starts this file gets those that are in the caller's bounding set. It is an "
		  "attribute of the file: cp does not copy it, and a write to the file removes it.");
	return 0;
}

static bool only_looks(const struct words *words)
{
	return words->count == 1 && !words_flag(words, "--remove");
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *path = look_absolute(context->child, words->args[0].s, &arena);
	struct file_caps caps;

	cleanup_fd int fd = eyes_open(context->eyes, context->child->pid, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return fail(err, errno, "open %s", vis(path));
	if (file_caps_read(fd, &caps) < 0) {
		if (errno != ENODATA)
			return fail(err, errno, "getxattr(\"%s\", \"security.capability\")", vis(path));
		text_sayf(ret, " %s has no capabilities\n", vis(path));
		return 0;
	}
	cleanup_text struct text said = { 0 };
	file_caps_say(&caps, &said);
	text_addf(ret, " %s %s\n", vis(path), text_of(&said));
	return 0;
}

const struct command command_filecaps = {
	.name = "filecaps", .kind = BUILDS, .stage = STAGE_PRIVILEGE, .group = GROUP_WALLS, .host_safe = true, .late = true,
	.summary = "give a program's file capabilities of its own, as setcap does",
	.explain = "A program's file may carry capabilities, in the attribute security.capability: "
		"setcap(8), capabilities(7). execve(2) then gives the program what the file permits, as far "
		"as the bounding set has it, whoever starts it; with the effective bit it is in effect at "
		"once. It is the finer form of the setuid bit.\n\n"
		"The attribute that is written in a user namespace counts in that namespace and those below "
		"it only (Linux 4.14). On a mount with nosuid it counts for nothing; with no_new_privs the "
		"program gets no more of it than its caller has. Names replace what the file had. Without names filecaps shows what the file has.",
	.example = "unshare user mnt\nmount tmpfs /mnt\nrun cp /bin/true /mnt/mine\nfilecaps /mnt/mine net_raw\nfilecaps /mnt/mine",
	.flags = flags, .args = args, .only_looks = only_looks, .build = build, .look = look,
};
