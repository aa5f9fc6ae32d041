/* propagation KIND [PATH]: whether mounts below PATH propagate to other namespaces. */
#include <string.h>
#include <sys/mount.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "words/plans/plans.h"

static const struct choice kinds[] = {
	{ "private" }, { "slave" }, { "shared" }, { "unbindable" },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--norec", 0, NULL, .means = "PATH alone, not the mounts below it" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "KIND", WORD_CHOICE, .choices = kinds },
	{ "PATH", WORD_PATH, .optional = true, .means = "a mount point; / when left out" },
	{ 0 }
};

static const struct { const char *name; uint64_t flag; const char *meaning; } table[] = {
	{ "private", MS_PRIVATE, N_("Mounts made there do not propagate, in either direction.") },
	{ "slave", MS_SLAVE, N_("Mounts made in the peer group it belonged to appear here; mounts made here do not appear there.") },
	{ "shared", MS_SHARED, N_("Mounts made there appear in all its peers, and theirs appear here.") },
	{ "unbindable", MS_UNBINDABLE, N_("Private, and it cannot be bind mounted.") },
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *path = path_here(context, plan, words->count > 1 ? words->args[1].s : "/");

	if (refuse_shared(context, words, NS_MNT, _("changing propagation"), err) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(table); i++)
		if (strcmp(table[i].name, words->args[0].s) == 0) {
			plan_propagation(plan, path,
					 table[i].flag | (words_flag(words, "--norec") ? 0 : MS_REC));
			plan->meaning = _(table[i].meaning);
		}
	plan->changes = true;
	return 0;
}

const struct command command_propagation = {
	.name = "propagation", .kind = BUILDS, .stage = STAGE_ROOT, .group = GROUP_WALLS,
	.summary = "set whether mounts propagate to other mount namespaces",
	.explain = "A new mount namespace is a copy, but the copies of a shared mount stay in one "
		"peer group: a mount made below one of them appears below all. systemd makes / "
		"shared, so a mount in a new namespace would show on the host. unshare mnt makes "
		"all mounts private for you; this command shows and changes the setting. "
		"mount_namespaces(7).",
	.example = "unshare user mnt\npropagation slave /\nmountinfo",
	.flags = flags, .args = args, .build = build,
};
