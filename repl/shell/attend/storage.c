#include "shell/attend/storage.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/causes/room.h"
#include "base/fd.h"
#include "session/session.h"
#include "shell/attend/stepping.h"
#include "shell/shell.h"
#include "shell/tell/ended/ended.h"
#include "snapshot/look.h"

static uint64_t bytes_of(const struct watching *watching, const struct step *step)
{
	const struct session *session = &watching->shell->session;

	if (step->plan.child == PLAN_CURRENT)
		return session->at->child ? storage_of(session, sibling_pid(session->at)) : 0;
	return step->plan.child == PLAN_ASIDE ? step->plan.storage : 0;
}

/* Whether a line can follow that asks why; where none can, nothing of it is told either. */
static bool is_asked(const struct shell *shell)
{
	return !shell->quiet || shell->json || shell->keep_going || shell->interactive;
}

void storage_hold(struct watching *watching, const struct step *step, pid_t pid)
{
	enum plan_program how = step->plan.program;

	if (watching->root >= 0 || how == PROGRAM_NONE || how == PROGRAM_BACKGROUND || !is_asked(watching->shell) || !bytes_of(watching, step))
		return;
	if (step->plan.child == PLAN_CURRENT)
		pid = sibling_pid(watching->shell->session.at);
	if (pid > 0)
		watching->root = look_open(pid, "/", O_PATH | O_DIRECTORY);
}

void storage_look(struct watching *watching, const struct step *step)
{
	struct result *result = watching->result;

	if (watching->root < 0)
		return;
	result->is_full = room_of(watching->root, &result->full) && room_made_for(&result->full, bytes_of(watching, step)) &&
			  room_lacks(&result->full, 0) != CAUSE_COUNT;
	close(steal_fd(&watching->root));
}
