/* trace: run a program and follow its system calls. */
#include <linux/filter.h>
#include <string.h>

#include "base/text.h"
#include "trace/trace.h"
#include "words/plans/plans.h"
#include "words/plans/privilege/seccomp_rules.h"

static const struct flag_spec flags[] = {
	PROGRAM_FLAGS,
	{ "--failed", 'f', .means = "only calls that fail" },
	{ "--calls", 'c', "SET",
	  .means = "only these: names of calls, or file, process, mount, network, namespace, privilege" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "CMD", WORD_PROGRAM, .many = true, .means = "a program of the child's root, and its arguments" },
	{ 0 }
};

static int fail_set(const struct words *words, const char *bad, struct error *err)
{
	char near[40];
	cleanup_text struct text word = { 0 };

	text_addn(&word, bad, strcspn(bad, ","));
	fail_id(err, ERR_CALL_UNKNOWN, 0, "%s: --calls %s: not a system call of this architecture, nor a group", words->name.s,
		vis(text_of(&word)));
	if (call_near(text_of(&word), near))
		return fail_fix(err, "did you mean %s? help trace lists the groups", near);
	return fail_fix(err, "help trace lists the groups");
}

static int build(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	struct trace_wish *wish = arena_new(&plan->arena, sizeof(*wish));
	const char *calls = words_flag(words, "--calls"), *bad;
	const struct sock_filter *filter;
	size_t count;

	*wish = (struct trace_wish){ .failed = words_flag(words, "--failed") };
	if (calls && !trace_mark(wish, calls, &bad))
		return fail_set(words, bad, err);
	plan_way(words, plan);
	plan->traced = wish;
	plan->same_as = words_flag(words, "--user") ? "" :
			program_line(plan, words, 0, arena_print(&plan->arena, "strace -f%s%s%s", wish->failed ? " -Z" : "",
								 calls ? " -e trace=" : "", calls ? calls : ""));
	if (plan_program(context, plan, OP_spawn, words, 0, err) < 0)
		return -1;
	if (!wish->some)
		return 0;
	filter = trace_filter(wish, &plan->arena, &count);
	wish->chosen = plan_stops(context, plan, filter, count * sizeof(*filter));
	return 0;
}

const struct command command_trace = {
	.name = "trace", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true, .late = true,
	.summary = "run a program in the child's world and show its system calls",
	.explain = "Like run, and a tracer follows the program and all that descends from it by ptrace(2). When it "
		"has ended, each call is shown with what it returned; a call that failed has its errno and, where a "
		"wall of the child's said no, that wall and how it is known. A refusal by a seccomp filter is proven: "
		"the filter's own instructions are run on the call's arguments. A table counts the calls.\n\n"
		"--failed shows only calls that failed, --calls only those named. Where the program may load a seccomp filter "
		"and the child has none, that filter chooses the calls of --calls, and the others run at full speed.\n\n"
		"The program runs slower, and cannot be traced by another; what it leaves running ends with it. A set-user-ID program gains nothing where an ordinary user traces it; with --calls it has no_new_privs then, which the filter needs. Calls of 32-bit programs are counted and "
		"not shown.",
	.example = "rootfs busybox /mnt\nchroot /mnt\ntrace --failed mount -t tmpfs none /tmp\ntrace --calls file ls /",
	.flags = flags, .args = args, .build = build,
};
