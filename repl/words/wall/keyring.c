/* keyring: a session keyring of its own. */
#include "words/plans/plans.h"

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	(void)context, (void)words, (void)err;
	plan->changes = true;
	plan_add(plan, OP_keyring);
	plan->meaning = "The keys of your session (of Kerberos, of encrypted folders) were the child's, too: "
			"every process inherits its session's keyring, and there is no namespace of keys. "
			"Now it has one of its own, and so has all that it starts. The one it had is not to "
			"be joined again, for it has no name.";
	return 0;
}

const struct command command_keyring = {
	.name = "keyring", .kind = BUILDS, .group = GROUP_WALLS, .host_safe = true,
	.summary = "leave your session's keys behind: a keyring of its own",
	.explain = "The kernel keeps keys for programs, in keyrings: keyrings(7). The one of your session is "
		"inherited by all that you start, into whatever namespaces; who has it may use what is in "
		"it. keyctl(2), KEYCTL_JOIN_SESSION_KEYRING, puts a new and empty one in its place, which "
		"needs no privilege. The keyring of a user stays: its number is enough to find it, so "
		"docker's seccomp filter forbids keyctl, add_key and request_key besides (seccomp docker), "
		"and container has both.",
	.example = "keyring\nverify session-keyring",
	.build = build,
};
