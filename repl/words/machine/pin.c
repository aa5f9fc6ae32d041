/* ns pin, ns unpin: a namespace that stays without a process. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "words/machine/machine.h"
#include "words/plans/plans.h"

/* Word i as an absolute path of the host's. NULL with err. */
static const char *host_path(const struct words *words, size_t i, struct plan *plan, struct error *err)
{
	const char *path = words->args[i].s;

	if (path[0] == '/')
		return path_clean(&plan->arena, path);
	fail_arg(err, ERR_PATH_ABSOLUTE, words, i, "%s is a path of the host's, and has to be absolute", vis(path));
	return NULL;
}

static int refuse_taken(const struct context *context, const struct words *words, const char *path,
			struct error *err)
{
	struct stat st;

	if (eyes_stat(context->eyes, 0, path, true, &st) == 0) {
		fail_arg(err, ERR_PATH_KIND, words, 2, "there is something at %s already", vis(path));
		return fail_fix(err, "a name that is free: the file is made, and goes with the pin");
	}
	if (path_is_absent(errno))
		return 0;
	fail(err, errno, "ns pin: stat %s", vis(path));
	err->column = words->args[2].column;
	return -1;
}

int ns_pin(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	int link = ns_type_find(words->args[1].s);
	const char *path = host_path(words, 2, plan, err);

	if (!path)
		return -1;
	if (link < 0)
		return fail_arg(err, ERR_ARGUMENT_CHOICE, words, 1, "one type at a time, not all");
	const char *type = ns_types[link].name;
	if (!ns_own(context->child, context->host, (enum ns_link)link)) {
		fail_id(err, ERR_HOST_SHARED, 0, "ns pin: refused: the child's %s namespace is still the host's", type);
		fail_why(err, "the host's own never ends, so there is nothing to keep");
		return fail_fix(err, "unshare %s", type);
	}
	if (refuse_taken(context, words, path, err) < 0)
		return -1;
	struct op *op = plan_add(plan, OP_pin);
	op->pin.type = type;
	op->pin.target = path;
	plan->same_as = "";
	plan->changes = true;
	plan->meaning = arena_print(&plan->arena, _("The %s namespace stays for as long as it is mounted at %s, with or "
				    "without a process. !nsenter --%s=%s CMD enters it; ns --all shows what holds it."),
				    type, vis(path), link == NS_NET ? "net" : ns_types[link].long_name, vis(path));
	return 0;
}

/* Whether a step of the child's has pinned something there. */
static bool is_pinned(const struct context *context, const char *path)
{
	const struct plan *plan;
	bool pinned = false;

	for (size_t i = 0; context->plan_of && (plan = context->plan_of(context, context->pid, i)); i++)
		for (size_t n = 0; n < plan->count; n++) {
			const struct op *op = &plan->ops[n].op;
			if (op->kind == OP_pin && strcmp(op->pin.target, path) == 0)
				pinned = true;
			else if (op->kind == OP_unpin && strcmp(op->unpin.target, path) == 0)
				pinned = false;
		}
	return pinned;
}

int ns_unpin(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	const char *path = host_path(words, 1, plan, err);

	if (!path)
		return -1;
	if (!is_pinned(context, path)) {
		fail_arg(err, ERR_HOST_SHARED, words, 1, "%s is not a pin of this session", vis(path));
		fail_why(err, "what others have mounted on the host is theirs");
		return fail_fix(err, "steps shows what was pinned");
	}
	plan_add(plan, OP_unpin)->unpin.target = path;
	plan->changes = true;
	plan->meaning = _("The mount and its file are gone. The namespace ends when its last process does.");
	return 0;
}
