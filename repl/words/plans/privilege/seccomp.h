/* Parts of plans: system call filters, compiled from rules to the kernel's BPF. */
#pragma once

#include "ops/privilege/filters.h"
#include "words/plans/plans.h"
#include "words/plans/privilege/seccomp_rules.h"

struct profile;

/* What becomes of a call under a policy: the first rule that speaks of it and holds decides where
 * it has no tests; where it has, the next one does when none of them is true. */
struct call_verdict {
	const struct call_rule *rules[4]; /* in order; at most the last is without tests */
	size_t count;
};

/* Docker's policy where these capabilities are kept: what it says about a call. */
void docker_verdict(int number, uint64_t caps, struct call_verdict *ret);

/* A program of the kernel's for seccomp(2), in arena, and how many instructions it has. caps: the
 * capabilities that docker's rules ask for. */
const struct sock_filter *compile_docker(uint64_t caps, struct arena *arena, size_t *count);

/* A program that lets through the calls of a profile, and those that are marked of this architecture; all others fail
 * with EPERM. A call of an architecture that the profile has none of ends the process. */
const struct sock_filter *compile_profile(const struct profile *profile, const bool *besides, struct arena *arena,
					  size_t *count);

/* A program that lets all calls through but those numbered, which fail with EPERM. */
const struct sock_filter *compile_deny(const int *numbers, size_t count, struct arena *arena,
				       size_t *length);

/* Load docker's policy, or another program. policy: what it is called in reports. -1 with err
 * when it would keep the child from talking to the shell. */
void plan_seccomp_docker(struct plan *plan, uint64_t caps);
bool is_dockers(const char *policy);
int plan_seccomp(struct plan *plan, const struct sock_filter *program, size_t count,
		 const char *policy, struct error *err);
