/* hostname [NAME]: the name in the child's UTS namespace. */
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "words/plans/plans.h"

static const struct flag_spec flags[] = { ON_HOST_FLAG, { 0 } };

static const struct arg_spec args[] = {
	{ "NAME", WORD_TEXT, .optional = true, .means = "the new name, at most 64 bytes" },
	{ 0 }
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *name = words_arg(words, 0);

	if (!*name || strlen(name) > 64)
		return fail_fix((fail_arg(err, ERR_NAME_INVALID, words, 0, "a host name has 1 to 64 bytes"), err), "as in hostname box");
	if (refuse_shared(context, words, NS_UTS, _("a new host name"), err) < 0)
		return -1;
	plan_hostname(plan, arena_copy(&plan->arena, name));
	if (on_host(context, words, NS_UTS)) {
		plan->ops[0].flags |= PLAN_TAKE_BACK;
		plan->ops[0].op.sethostname.before = arena_copy(&plan->arena, context->child->hostname);
	}
	plan->changes = true;
	plan->meaning = arena_print(&plan->arena, _("Processes in the child's UTS namespace see the name %s; the host keeps %s."),
				    vis(name), vis(context->host->hostname));
	if (on_host(context, words, NS_UTS))
		plan->meaning = _("The host itself has this name now, until you leave.");
	return 0;
}

static bool only_looks(const struct words *words)
{
	return words->count == 0;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	(void)words, (void)err;
	text_add(ret, vis(context->child->hostname));
	text_add(ret, "\n");
	return 0;
}

const struct command command_hostname = {
	.name = "hostname", .kind = BUILDS, .stage = STAGE_NAME, .group = GROUP_WALLS,
	.summary = "show or set the host name the child sees",
	.explain = "A UTS namespace holds two names: the host name and the NIS domain name. It is "
		"the smallest namespace and so the best one to begin with. While the child shares "
		"the host's, the command refuses.",
	.example = "unshare user uts\nhostname box\nrun hostname",
	.flags = flags, .args = args, .only_looks = only_looks, .build = build, .look = look,
};
