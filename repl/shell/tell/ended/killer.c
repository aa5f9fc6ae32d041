#include "shell/tell/ended/killer.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/list.h"
#include "base/message.h"
#include "base/show/fill.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/tell/ended/ended.h"
#include "shell/tell/ended/oom.h"

/* Whether the shell has this hard limit itself, from which its programs have theirs. */
static bool is_shells(int64_t limit)
{
	struct rlimit own;

	return getrlimit(RLIMIT_CPU, &own) == 0 && own.rlim_max == (rlim_t)limit;
}

bool killer_tell(enum killed_by by, int64_t spent, int64_t limit, struct text *why, struct text *fix)
{
	static const struct { const char *why, *fix; } killers[] = {
		[KILLED_BY_WORD] = { N_("a line of this session sent it SIGKILL: kill"), "" },
		[KILLED_BY_GROUP] = { N_("a line of this session sent SIGKILL to all in its control group: cgroup kill"), "" },
		[KILLED_BY_KEY] = { N_("Ctrl-C sent it SIGINT, by which it did not end, and the second time SIGKILL"), "" },
		[KILLED_STILL] = { N_("a stop signal held it where nobody could continue it, and Stave sent it SIGKILL"),
				   N_("run makes a job of a program that is stopped") },
		[KILLED_WITH_INIT] = { N_("the kernel sent it SIGKILL: the first process of the pid namespace that it had joined has ended, and all in it end with that"), "" },
	};

	if (by == KILLED_BY_LIMIT) {
		text_sayf(why, "the kernel sent it SIGKILL: it had used %lld.%02lld s of CPU time, and its hard limit RLIMIT_CPU is %lld s",
			  (long long)spent / 1000000, (long long)spent / 10000 % 100, (long long)limit);
		if (is_shells(limit))
			text_say(fix, "start Stave with a higher one: ulimit -H -t shows it");
		return true;
	}
	if (by >= COUNT(killers) || !killers[by].why)
		return false;
	text_say(why, killers[by].why);
	if (killers[by].fix[0])
		text_say(fix, killers[by].fix);
	return true;
}

bool job_killer_tell(const struct job *job, struct text *why, struct text *fix)
{
	if (job->oom) {
		oom_tell(job->oom, why);
		text_say(fix, job->program.own_child ? N_("container --memory SIZE gives it more") : N_("cgroup memory SIZE gives it more"));
		return true;
	}
	return job->ended && job->program.signal == SIGKILL && killer_tell(job->program.killed, job->program.spent, job->program.limit, why, fix);
}

void report_job_ended(const struct shell *shell, const struct job *job, struct text *ret)
{
	cleanup_text struct text why = { 0 }, fix = { 0 };

	report_ended(shell, job->status, ret);
	if (!job_killer_tell(job, &why, &fix))
		return;
	text_pad(ret, 3);
	fill(ret, text_of(&why), 3, shell->screen.columns);
}
