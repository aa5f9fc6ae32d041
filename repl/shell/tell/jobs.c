#include "shell/tell/jobs.h"

#include "base/text.h"
#include "shell/terminal/modes.h"
#include "shell/script.h"
#include "shell/shell.h"

void job_tell_bytes(const struct shell *shell, const struct text *printed, struct text *ret)
{
	struct modes modes = { 0 };

	text_addn(ret, text_of(printed), printed->len);
	if (!shell->screen.terminal || shell->json)
		return;
	modes_read(&modes, text_of(printed), printed->len);
	modes_reset(&modes, ret);
}

void job_tell_printed(struct shell *shell, struct job *job, struct text *ret)
{
	cleanup_text struct text printed = { 0 };

	job_news(&shell->session, job, &printed);
	job_tell_bytes(shell, &printed, ret);
}

void job_tell_stopped(const struct job *job, struct text *ret)
{
	text_sayf(ret, "[%d] stopped: %s\n    fg continues it in the foreground, bg in the "
		       "background\n", job->number,
		  vis_line(job->label));
}

bool jobs_tell_parting(const struct shell *shell, struct text *ret)
{
	const struct session *session = &shell->session;
	bool any = false;

	if (!shell->interactive || shell->json || shell->parting || (shell->script && shell->script->name))
		return false;
	for (size_t i = 0; i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		if (!job_is_stopped(job))
			continue;
		text_sayf(ret, "[%d] is stopped: %s\n", job->number, vis_line(job->label));
		any = true;
	}
	if (any)
		text_say(ret, "Leaving ends it. fg continues it; exit again leaves.\n");
	return any;
}
