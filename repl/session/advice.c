#include "session/advice.h"

#include <errno.h>

#include "base/error.h"
#include "base/text.h"
#include "session/session.h"

void advise(const struct session *session, const struct step *step, size_t i, pid_t pid,
	    struct error *err)
{
	cleanup_text struct text call = { 0 };
	const struct op *op = &step->plan.ops[i].op;
	const struct op_outcome *outcome = &step->outcomes[i];
	const struct hint *hint = op_hint(op->kind, outcome->code);

	(void)session;
	op_say(op, pid, &call);
	fail(err, outcome->code, "%s", text_of(&call));
	if (outcome->detail[0])
		fail_why(err, "%s%s%s", outcome->detail, hint ? "; " : "", hint ? hint->why : "");
	else if (hint)
		fail_why(err, "%s", hint->why);
	if (hint && hint->fix)
		fail_fix(err, "%s", hint->fix);
}
