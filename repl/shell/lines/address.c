#include "shell/lines/address.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "session/session.h"
#include "words/language/names.h"
#include "words/language/words.h"

static int fail_unknown(const struct session *session, const char *name, struct error *err)
{
	if (session_named(session, name)) {
		fail_id(err, ERR_CHILD_ABSENT, 0, "@%s: a container that runs a program of its own", vis(name));
		fail_why(err, "its process is that program, and takes no calls from Stave");
		return fail_fix(err, "exec %s CMD runs another program beside it", vis(name));
	}
	if (!*name) {
		fail_id(err, ERR_ARGUMENT_MISSING, 0, "@: a child's name is to follow");
		return fail_fix(err, "@NAME ns; child lists their names");
	}
	fail_id(err, ERR_CHILD_ABSENT, 0, "no child is called %s", vis(name));
	if (!name_fits_child(name))
		return fail_fix(err, "child lists them");
	return fail_fix(err, "child lists them; child new %s makes one", vis(name));
}

struct sibling *addressed(struct session *session, const struct statement *statement,
			  struct statement *rest, struct error *err)
{
	const struct word *whom = &statement->words[0];
	struct sibling *sibling = session_sibling(session, whom->s + 1);

	if (!sibling)
		fail_unknown(session, whom->s + 1, err);
	else if (statement->count == 1)
		fail_fix((fail_id(err, ERR_ARGUMENT_MISSING, 0, "@%s: a command is to follow", vis(whom->s + 1)), err),
			 "@%s ns; child %s switches to it", vis(whom->s + 1), vis(whom->s + 1));
	err->column = whom->column;
	if (!sibling || statement->count == 1)
		return NULL;
	const char *text = statement->text + strcspn(statement->text, " \t");
	*rest = (struct statement){
		.words = statement->words + 1, .count = statement->count - 1,
		.text = text + strspn(text, " \t"), .column = statement->words[1].column,
	};
	return sibling;
}
