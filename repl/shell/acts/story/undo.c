/* undo: back in the story. */
#include "base/message.h"
#include "session/session.h"
#include "shell/acts/story/story.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return story_go(shell, words, result, session_undo, _("undone"));
}

const struct command command_undo = {
	.name = "undo", .kind = ACTS, .group = GROUP_STORY, .act = act, .moves_story = true, .args = story_args,
	.summary = "take back the last step",
	.explain =
		"What the step did to the child is taken back call by call where each of its calls has "
		"one that undoes it: a mount, a folder, a link, a host name, a control group. The child "
		"lives on, with its jobs and its files in memory.\n\n"
		"Nothing can leave a namespace that it has unshared: the kernel has no call for it. Then "
		"undo ends the child, takes back what was made on the host (newest first), starts a "
		"fresh child and performs the steps before the undone one again. You get the same "
		"walls in a process with another number. Jobs and files in memory that would be lost are "
		"named before, and the prompt asks; in a script undo goes ahead and lists them.\n\n"
		"Files that programs of the child wrote on the host's own file systems stay as they "
		"are. What cannot be restored is listed. If a step before cannot be performed again, "
		"undo fails and names the steps that do not stand any more; redo tries them again.",
	.example = "unshare uts\nhostname box\nundo\nns",
};
