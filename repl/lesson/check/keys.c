/* What is asked of keys. */
#include "lesson/check/predicates.h"

#include <linux/keyctl.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "lesson/check/check.h"
#include "session/session.h"

/* Its own is one that it has joined: neither the shell's nor the one that a user has by default. */
bool predicate_keyring(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct op_outcome outcome;
	struct error err;

	if (asked->whom) {
		text_say(saw, "only the child can be asked for its keyring");
		return false;
	}
	bool own = false;
	if (asked->witness->session->at->child) {
		if (session_tell(asked->witness->session, OP_keyring_id, &outcome, &err) < 0) {
			text_sayf(saw, "the kernel does not tell: %s", errno_name(err.code));
			return false;
		}
		long shells = sys_keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
		own = outcome.value != shells && strncmp(outcome.detail, "_uid_ses.", strlen("_uid_ses.")) != 0;
	}
	text_say(saw, own ? _("it has joined a session keyring of its own") :
			    _("it has the session keyring that it was started with"));
	return own == (strcmp(words[1], "own") == 0);
}
