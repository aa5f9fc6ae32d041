/* The steps that stand, as a script. */
#include <fcntl.h>

#include "base/text.h"
#include "base/file/writer.h"
#include "session/session.h"

static void write_script(const struct session *session, struct text *script)
{
	text_add(script, "# A session of Stave. Play it with: stave FILE, or source FILE.\n");
	for (size_t i = 0; i < session->count; i++)
		text_addf(script, "%s%s\n", session->steps[i]->incomplete ? "# incomplete, a call failed: " : "",
			  session->steps[i]->line);
}

int session_save(const struct session *session, const char *path, struct error *err)
{
	cleanup_text struct text script = { 0 };

	write_script(session, &script);
	if (write_whole(AT_FDCWD, path, 0666, text_of(&script), script.len, err) < 0)
		return fail_wrap(err, "save");
	return 0;
}
