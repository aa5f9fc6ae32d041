/* Programs that a person types by habit, and the shell's own ways of a cgroup made by hand. */
#include <string.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/path.h"
#include "base/process/signal.h"
#include "base/text.h"
#include "words/foreign/tools.h"

/* "kill -9 812", "kill -s TERM 812": the signal comes second here. */
enum foreign_kind foreign_kill(const struct foreign *foreign)
{
	const char *first = foreign->count > 1 ? foreign->words[1].s : "";
	bool apart = strcmp(first, "-s") == 0 || strcmp(first, "-n") == 0;
	size_t target = apart ? 3 : 2;
	const char *signal = apart && foreign->count > 2 ? foreign->words[2].s : first + 1;

	if (first[0] != '-' || foreign->count != target + 1 || signal_number(signal) < 0)
		return FOREIGN_NOT;
	foreign_add(foreign, "kill");
	foreign_word(foreign, foreign->words[target].s);
	foreign_word(foreign, signal);
	return FOREIGN_DONE;
}

/* ps with the options of procps or BSD; ours has few. */
enum foreign_kind foreign_ps(const struct foreign *foreign)
{
	if (foreign->count != 2 || strncmp(foreign->words[1].s, "--", 2) == 0 ||
	    strcmp(foreign->words[1].s, "-w") == 0)
		return FOREIGN_NOT;
	return foreign_say(foreign, "ps shows the child's processes; run ps %s and !ps %s run the program itself, "
				    "in the child and on the host", vis(foreign->words[1].s), vis(foreign->words[1].s));
}

/* export K=V: a variable of the child's. */
enum foreign_kind foreign_export(const struct foreign *foreign)
{
	for (size_t i = 1; i < foreign->count; i++)
		if (!strchr(foreign->words[i].s, '='))
			return foreign_say(foreign, "env shows the environment of the child's programs, env K=V sets it");
	foreign_add(foreign, "env");
	for (size_t i = 1; i < foreign->count; i++)
		foreign_word(foreign, foreign->words[i].s);
	return FOREIGN_DONE;
}

/* sudo CMD: Stave asks nobody to become root. */
enum foreign_kind foreign_sudo(const struct foreign *foreign)
{
	if (foreign->count < 2 || foreign->words[1].s[0] == '-')
		return foreign_say(foreign, "unshare user makes the child root in a user namespace of its own; for root of the "
					    "host, leave and start Stave as root");
	for (size_t i = 1; i < foreign->count; i++)
		foreign_word(foreign, foreign->words[i].s);
	return foreign_answer(foreign, "nothing here becomes root by sudo: after unshare user the child is root in a user "
				       "namespace of its own; for root of the host, start Stave as root");
}

/* chroot DIR CMD, as chroot(8) takes it. */
enum foreign_kind foreign_chroot(const struct foreign *foreign)
{
	if (foreign->count < 3 || foreign->words[1].s[0] == '-' || foreign->words[2].s[0] == '-')
		return FOREIGN_NOT;
	foreign_add(foreign, "chroot");
	foreign_word(foreign, foreign->words[1].s);
	foreign_add(foreign, "; run");
	for (size_t i = 2; i < foreign->count; i++)
		foreign_word(foreign, foreign->words[i].s);
	return FOREIGN_DONE;
}

static bool is_redirection(const struct word *word)
{
	return !word->quoted && (strcmp(word->s, ">") == 0 || strcmp(word->s, ">>") == 0);
}

/* "echo VALUE > FILE" and "mkdir FOLDER" below /sys/fs/cgroup: an article's group by hand. */
enum foreign_kind foreign_by_hand(const struct foreign *foreign)
{
	static const char *const joins[] = { "tasks", "cgroup.procs", "cgroup.threads" };
	bool makes = strcmp(foreign->words[0].s, "mkdir") == 0;
	const char *path = foreign->count > 1 ? foreign->words[foreign->count - 1].s : "";
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	bool group = path_inside("/sys/fs/cgroup", path) != NULL;

	if (makes && group) {
		foreign_add(foreign, "cgroup new");
		foreign_word(foreign, name);
		return foreign_answer(foreign, "it makes the group in the place that is yours");
	}
	if (makes || foreign->count != 4 || !is_redirection(&foreign->words[2]) || !(group || strchr(name, '.')))
		return FOREIGN_NOT;
	for (size_t i = 0; i < COUNT(joins); i++)
		if (strcmp(joins[i], name) == 0) {
			foreign_add(foreign, "cgroup join");
			foreign_word(foreign, name == path ? "/sys/fs/cgroup/..." : arena_copyn(foreign->arena, path, (size_t)(name - path - 1)));
			return foreign_answer(foreign, "it writes the child's number");
		}
	foreign_add(foreign, "cgroup set");
	foreign_word(foreign, arena_print(foreign->arena, "%s=%s", name, foreign->words[1].s));
	return foreign_answer(foreign, NULL);
}
