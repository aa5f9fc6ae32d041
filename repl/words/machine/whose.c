#include "words/machine/whose.h"

#include "words/language/command.h"

enum whose space_whose(const struct context *context, const struct space *space, const char **name)
{
	pid_t pid;

	*name = NULL;
	if (context->host->ns[space->type].id == space->id)
		return WHOSE_HOST;
	if (context->pid && space_has(space, context->pid))
		return WHOSE_CHILD;
	for (size_t i = 0; context->container && (*name = context->container(context, i, &pid)); i++)
		if (space_has(space, pid))
			return WHOSE_CONTAINER;
	return WHOSE_OTHERS;
}
