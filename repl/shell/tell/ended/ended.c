#include "shell/tell/ended/ended.h"

#include "base/message.h"
#include "base/process/signal.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "base/show/units.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/tell/ended/oom.h"

void report_ended(const struct shell *shell, int status, struct text *ret)
{
	int signal = status - 128;
	cleanup_text struct text words = { 0 };

	text_sayf(&words, "ended with status %d", status);
	if (signal_name(signal))
		text_sayf(&words, " (128 + %d, as after SIG%s)", signal, signal_name(signal));
	text_pad(ret, 3);
	paint(ret, shell->screen.color, status ? PAINT_BOLD : PAINT_DIM, text_of(&words));
	text_add(ret, "\n");
}

void oom_tell(const struct oom *oom, struct text *ret)
{
	char most[24];

	if (oom->version == 1)
		text_sayf(ret, "the OOM killer ended it: oom_kill in memory.oom_control of %s is %llu",
			  vis(oom->folder), (unsigned long long)oom->kills);
	else
		text_sayf(ret, "the OOM killer ended it: oom_kill in memory.events of %s is %llu", vis(oom->folder),
			  (unsigned long long)oom->kills);
	if (oom->most == NO_LIMIT)
		return;
	bytes_text(oom->most, most, sizeof(most));
	text_sayf(ret, ", and %s there is %s", oom->version == 1 ? "memory.limit_in_bytes" : "memory.max", most);
}

void report_oom(const struct shell *shell, const struct oom *oom, struct text *ret)
{
	cleanup_text struct text why = { 0 };

	oom_tell(oom, &why);
	text_pad(ret, 3);
	fill(ret, text_of(&why), 3, shell->screen.columns);
}

uint64_t storage_of(const struct session *session, pid_t pid)
{
	const struct plan *plan;
	uint64_t ret = 0;

	for (size_t i = 0; (plan = session_plan(session, pid, i)); i++)
		ret = plan->storage ? plan->storage : ret;
	return ret;
}
