/* The vocabulary: every word of the shell, in the order in which help shows them. A new word is a
 * file below words/ or shell/acts/ and one row here; nothing else lists words. */
#include <string.h>

#include "base/list.h"
#include "words/language/command.h"

#define WORDS(WORD) \
	WORD(ns) \
	WORD(mountinfo) \
	WORD(mounts) \
	WORD(mountstats) \
	WORD(status) \
	WORD(walls) \
	WORD(compare) \
	WORD(doctor) \
	WORD(ps) \
	WORD(top) \
	WORD(tree) \
	WORD(layers) \
	WORD(diff) \
	WORD(idmap) \
	WORD(unshare) \
	WORD(setns) \
	WORD(mount) \
	WORD(umount) \
	WORD(bindmount) \
	WORD(propagation) \
	WORD(rootfs) \
	WORD(image) \
	WORD(commit) \
	WORD(union) \
	WORD(copyup) \
	WORD(whiteout) \
	WORD(opaque) \
	WORD(chroot) \
	WORD(pivot) \
	WORD(hostname) \
	WORD(net) \
	WORD(mask) \
	WORD(readonly) \
	WORD(caps) \
	WORD(securebits) \
	WORD(filecaps) \
	WORD(nonewprivs) \
	WORD(keyring) \
	WORD(seccomp) \
	WORD(landlock) \
	WORD(verify) \
	WORD(cgroup) \
	WORD(limits) \
	WORD(container) \
	WORD(child) \
	WORD(network) \
	WORD(run) \
	WORD(trace) \
	WORD(shell) \
	WORD(spawn) \
	WORD(exec) \
	WORD(burn) \
	WORD(cd) \
	WORD(env) \
	WORD(umask) \
	WORD(jobs) \
	WORD(fg) \
	WORD(bg) \
	WORD(kill) \
	WORD(host) \
	WORD(volume) \
	WORD(check) \
	WORD(lessons) \
	WORD(lesson) \
	WORD(next) \
	WORD(back) \
	WORD(hint) \
	WORD(solution) \
	WORD(again) \
	WORD(progress) \
	WORD(steps) \
	WORD(calls) \
	WORD(undo) \
	WORD(redo) \
	WORD(reset) \
	WORD(plan) \
	WORD(save) \
	WORD(source) \
	WORD(set) \
	WORD(help) \
	WORD(explain) \
	WORD(why) \
	WORD(apropos) \
	WORD(history) \
	WORD(version) \
	WORD(quit)

#define DECLARE(name) extern const struct command command_##name;
WORDS(DECLARE)

#define ROW(name) &command_##name,
const struct command *const commands[] = { WORDS(ROW) };
const size_t command_count = COUNT(commands);

/* Side by side: who looks for one word reads none of the others' pages. */
#define NAME(name) #name,
static const char names[][16] = { WORDS(NAME) };

const struct command *command_named(const char *name)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], name) == 0 && strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}
