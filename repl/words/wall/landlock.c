/* landlock: which files the child may still reach, without mounts and without root. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "ops/privilege/landlock/landlock.h"
#include "words/plans/plans.h"

static const struct arg_spec args[] = {
	{ "ro|rw|PATH", WORD_PATH, .optional = true, .many = true,
	  .means = "ro or rw, and the paths that it applies to: ro /usr /bin rw /tmp" },
	{ 0 }
};

/* Mode words and paths in turn. */
static int plan_rules(const struct context *context, const struct words *words, struct plan *plan,
		      struct error *err)
{
	uint64_t access = 0;
	size_t rules = 0;

	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->args[i].s;
		if (strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0) {
			access = word[1] == 'o' ? LL_READING : LL_ALL;
			continue;
		}
		if (!access) {
			fail_arg(err, ERR_ARGUMENT_MISSING, words, i, "%s: say ro or rw first", vis(word));
			return fail_fix(err, "landlock ro %s, or landlock rw %s", vis(word), vis(word));
		}
		const char *path = path_here(context, plan, word);
		unsigned mode;
		if (refuse_absent(context, words, i, path, &mode, err) < 0)
			return -1;
		struct op *op = plan_add(plan, OP_landlock_add);
		op->landlock_add.access = access;
		op->landlock_add.path = path;
		rules++;
	}
	if (!rules)
		return fail_arg(err, ERR_ARGUMENT_MISSING, words, 0, "no paths given, as in landlock ro / rw /tmp");
	return 0;
}

static bool leaves_dev(const struct words *words)
{
	bool write = false;

	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->args[i].s;
		if (strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0)
			write = word[1] == 'w';
		else if (write && (strcmp(word, "/") == 0 || strcmp(word, "/dev") == 0))
			return true;
	}
	return false;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const struct reading *child = context->child;

	if (!child->no_new_privs && !(child->cap_effective & CAPABILITY(CAP_SYS_ADMIN)))
		plan_add(plan, OP_no_new_privs);
	plan_add(plan, OP_landlock_create)->landlock_create.handled = LL_ALL;
	if (plan_rules(context, words, plan, err) < 0)
		return -1;
	plan_add(plan, OP_landlock_restrict);
	plan->changes = true;
	plan->meaning = _("Files outside these folders can no longer be opened, whatever their modes, by any "
			"user: EACCES, and EPERM for mount(2). Files that are open stay open. "
			"/proc does not show the rules; try them with run.");
	if (!leaves_dev(words))
		plan->meaning = arena_print(&plan->arena, _("%s Without rw /dev no program gets a terminal "
					    "(shell, run -t)."), plan->meaning);
	return 0;
}

static bool only_looks(const struct words *words)
{
	return words->count == 0;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	static const struct { int version; const char *kernel, *brings; } history[] = {
		{ 1, "5.13", "reading, writing, executing, making and removing files" },
		{ 2, "5.19", "moving and linking files to other folders" },
		{ 3, "6.2", "truncating" },
		{ 4, "6.7", N_("TCP ports") },
		{ 5, "6.10", "ioctl on devices" },
		{ 6, "6.12", "signals and abstract sockets to the outside" },
		{ 7, "6.15", "a word in the audit log" },
	};
	int version = landlock_version();

	(void)context;
	if (version < 0) {
		fail(err, errno, "landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)");
		const struct hint *hint = op_hint(OP_landlock_create, err->code);
		if (hint)
			fail_why(err, "%s", _(hint->why));
		return hint && hint->fix ? fail_fix(err, "%s", _(hint->fix)) : -1;
	}
	(void)words;
	text_sayf(ret, " this kernel has Landlock's ABI %d\n", version);
	for (size_t i = 0; i < COUNT(history); i++)
		text_sayf(ret, "   %s ABI %d, Linux %-5s %s\n", version >= history[i].version ? "+" : "-",
			  history[i].version, history[i].kernel, history[i].brings);
	return 0;
}

const struct command command_landlock = {
	.name = "landlock", .kind = BUILDS, .stage = STAGE_PRIVILEGE, .group = GROUP_WALLS, .host_safe = true,
	.summary = "restrict the child to these folders, to read or to write; no root needed",
	.explain = "Landlock restricts access to files for a process and its descendants, by "
		"rules on folders; the kernel checks them in addition to owner and mode. It needs "
		"no namespace and no mount, and no privilege except no_new_privs, which is set "
		"first if the child does not have sys_admin. ro allows reading and executing "
		"below a path, rw everything; access to all other paths is denied. Name /dev too "
		"(rw /dev), or programs have no /dev/null and run -t has no terminal.\n\n"
		"Rules can be added but not removed; undo starts a fresh child. Without arguments "
		"landlock shows the version that this kernel has, and what each version added. "
		"Linux 5.13.",
	.example = "landlock\nlandlock ro / rw /tmp\nrun touch /tmp/yes\nrun touch /root/no",
	.args = args, .only_looks = only_looks, .build = build, .look = look,
};
