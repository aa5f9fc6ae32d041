/* keyring: a session keyring of its own. */
#include "base/message.h"
#include "words/plans/plans.h"

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	(void)context, (void)words, (void)err;
	plan->changes = true;
	plan_add(plan, OP_keyring);
	plan->meaning = _("The child also had the keys of your session (of Kerberos, of encrypted folders): "
			"every process inherits its session's keyring, and there is no namespace of keys. "
			"Now the child and what it starts have a keyring of their own. They cannot join the old "
			"one again, because it has no name.");
	return 0;
}

const struct command command_keyring = {
	.name = "keyring", .kind = BUILDS, .stage = STAGE_PRIVILEGE, .group = GROUP_WALLS, .host_safe = true,
	.summary = "leave your session's keys behind: a keyring of its own",
	.explain = "The kernel keeps keys for programs, in keyrings: keyrings(7). Every process "
		"that you start inherits your session's keyring, in any namespace, and any holder "
		"may use its keys. keyctl(2), KEYCTL_JOIN_SESSION_KEYRING, replaces it with a new "
		"and empty one, which needs no privilege. The user keyring stays, and its number "
		"is enough to find it, so docker's seccomp filter also forbids keyctl, add_key "
		"and request_key (seccomp docker). container has both.",
	.example = "keyring\nverify session-keyring",
	.build = build,
};
