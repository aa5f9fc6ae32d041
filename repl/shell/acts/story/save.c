/* save: the steps as a script. */
#include <errno.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "shell/given.h"
#include "shell/shell.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "FILE", WORD_HOST_PATH, .means = "where to; an existing file is replaced" },
	{ 0 }
};

static int fail_way_out(struct error *err)
{
	if (err->code == ENOSPC || err->code == EDQUOT)
		return fail_fix(err, "df and df -i show what is full there; a file on another file system");
	return fail_fix(err, "a file in a folder that is there and that you may write in, such as /tmp/session.stave");
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;

	if (shell->dry_run) {
		text_sayf(ret, "the steps would be written to %s\n", vis(words_arg(words, 0)));
		return 0;
	}
	if (session_save(&shell->session, words_arg(words, 0), err) < 0) {
		given_advise(words_arg(words, 0), true, err);
		return err->fix[0] ? -1 : fail_way_out(err);
	}
	text_addf(ret, message_of(shell->session.count, "%zu step saved; source %s performs it again\n",
				  "%zu steps saved; source %s performs them again\n"),
		  shell->session.count, vis(words_arg(words, 0)));
	return 0;
}

const struct command command_save = {
	.name = "save", .kind = ACTS, .group = GROUP_STORY, .act = act, .reach = REACH_HOST, .args = args,
	.summary = "write the steps in force to a file on the host",
	.explain = "The file holds the lines as you typed them; source FILE (or stave FILE) "
		"performs them again. It is written beside the old file and renamed when it is "
		"complete, so that a crash leaves either the old or the new one.",
	.example = "unshare uts\nhostname box\nsave /tmp/box.stave",
};
