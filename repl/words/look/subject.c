#include "words/look/subject.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "snapshot/facts.h"
#include "snapshot/process.h"
#include "snapshot/cgroup/limits.h"
#include "words/language/names.h"
#include "walls/closed.h"

static const struct choice others[] = { { "host" }, { 0 } };

const struct arg_spec subject_args[] = {
	{ "PID", WORD_PID, .optional = true, .choices = others,
	  .means = "a process; without it, the child. Also" },
	{ 0 }
};

int subject_refused(const struct context *context, const struct reading *reading, int code, const char *what,
		    struct error *err)
{
	fail(err, code, "read /proc/%d/%s", reading->pid, what);
	if (reading->state == 'Z' || reading->state == 'X') {
		fail_why(err, "process %d (%s) has ended and waits for its parent to collect its "
			 "status (a zombie): it no longer has namespaces or mounts", reading->pid,
			 vis(reading->comm));
		return -1;
	}
	if (code != EACCES && code != EPERM)
		return -1;
	closed_tell(context->facts, reading, err);
	return -1;
}

/* Whether it is a child of the session's that nothing was done to yet. */
static bool is_idle(const struct context *context, const char *word)
{
	const char *name, *plain = word + (word[0] == '@');
	pid_t pid;

	for (size_t i = 0; context->sibling && (name = context->sibling(context, i, &pid)); i++)
		if (strcmp(name, plain) == 0)
			return !pid;
	return false;
}

pid_t subject_pid(const struct context *context, const char *word, int column,
		  struct error *err)
{
	uint64_t number;
	pid_t pid = context->named ? context->named(context, word) : 0;

	if (pid)
		return pid;
	if (parse_number(word, &number) && number > 0 && number <= INT32_MAX)
		return (pid_t)number;
	if (is_idle(context, word)) {
		fail_id(err, ERR_CHILD_ABSENT, 0, "the child %s has no process yet", vis(word));
		err->column = column;
		fail_why(err, "it shares everything with the host until its first step");
		return fail_fix(err, "@%s unshare user, or any other step, starts it", vis(word + (word[0] == '@'))), 0;
	}
	if (word[0] == '@') {
		fail_id(err, ERR_CHILD_ABSENT, 0, "this session has no child or container %s", vis(word));
		err->column = column;
		if (!name_fits_child(word + 1))
			return fail_fix(err, "child and jobs list what there is"), 0;
		return fail_fix(err, "child new %s makes a child of that name; child and jobs list what there is", vis(word + 1)), 0;
	}
	fail_id(err, ERR_JOB_ABSENT, 0, "this session has no container or job %s", vis(word));
	err->column = column;
	fail_fix(err, "names belong to this session: %%N of jobs, or the --name of a running "
		 "container; for another session's process use its PID: ps there shows it under "
		 "OUTSIDE, !ps -ef here");
	return 0;
}

int subject_find(const struct context *context, const char *word, int column,
		 struct subject *ret, struct error *err)
{
	pid_t pid;

	*ret = (struct subject){ 0 };
	if (!word) {
		ret->reading = context->child;
		return 0;
	}
	if (strcmp(word, "host") == 0) {
		ret->reading = context->host;
		return 0;
	}
	pid = subject_pid(context, word, column, err);
	if (!pid)
		return -1;
	if (context->pid && pid == context->pid) {
		ret->reading = context->child;
		return 0;
	}
	if (reading_take(pid, &ret->taken, err) < 0) {
		err->column = column;
		return -1;
	}
	ret->reading = &ret->taken;
	return 0;
}

void subject_find_joined(const struct context *context, struct subject *subject)
{
	if (subject->reading == &subject->taken)
		process_find_joined(&subject->taken, context->host);
}

int subject_find_sides(const struct context *context, const struct words *words, struct subject *ret,
		       struct limits *limits, struct error *err)
{
	struct facts facts = *context->facts;
	int column = words->count ? words->args[0].column : 0;

	if (subject_find(context, words_arg(words, 0), column, ret, err) < 0)
		return -1;
	subject_find_joined(context, ret);
	if (!ret->reading->ns[NS_MNT].id && !ret->reading->ns[NS_UTS].id)
		return subject_refused(context, ret->reading, ret->reading->ns[NS_MNT].code, "ns/mnt", err);
	facts_cgroups(&facts);
	limits_take(&facts, ret->reading, context->host, limits);
	return 0;
}

void subject_done(struct subject *subject)
{
	if (subject->reading == &subject->taken)
		reading_done(&subject->taken);
}

void subject_title(const struct context *context, const struct subject *subject,
		   struct text *ret)
{
	const struct reading *reading = subject->reading;

	if (reading == context->child && !context->pid)
		table_note("There is no child yet: it will start with everything that the host has, "
			   "shown here.", 1, context->columns, ret);
	text_sayf(ret, " process %d (%s)", reading->pid, vis(reading->comm));
	if (reading == context->child && context->pid)
		text_say(ret, ", the child");
	else if (reading == context->host || (reading == context->child && !context->pid))
		text_say(ret, ", this shell, on the host");
	for (int i = 1; i < reading->levels; i++)
		text_addf(ret, _(", %d %s"), reading->inside[i],
			  i == 1 ? _("inside") : _("a level further in"));
	text_add(ret, "\n");
}
