/* verify: which walls hold. */
#include "words/language/command.h"

static const char *const attempts[] = {
#define WALL(id, what, build)
#define ATTEMPT(id, name, wins) name,
#include "probe/list.h"
#undef WALL
#undef ATTEMPT
	NULL
};

static const struct flag_spec flags[] = {
	{ "--json", 0, NULL, .means = "a JSON object a line: attempt, wall, result, errno" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "NAME", WORD_CHOICE, .optional = true, .many = true, .choices = attempts,
	  .means = "only these attempts; without any, all of them" },
	{ 0 }
};

const struct command command_verify = {
	.name = "verify", .kind = ACTS, .group = GROUP_WALLS, .act = ACT_VERIFY,
	.summary = "try to break out of the child, and see which wall stops what",
	.explain =
		"Starts a small program of Stave's own, stave-probe, in the child's world and lets it try "
		"what is known to lead out of a container: mounts, other people's processes, the kernel's "
		"back doors, what was left open. Each attempt is a process of its own and is harmless: it "
		"takes back what it did, or asks so badly that the kernel refuses after it has looked at "
		"the right to ask (reboot(2) with a bad number says EINVAL to who may, EPERM to who may "
		"not).\n\n"
		"The table is grouped by the wall that should stop an attempt. \"stopped\" comes with the "
		"errno; OPEN means that it got through although the wall stands; \"not built\" that the "
		"wall is missing, and the line above says which command builds it. \"nothing here\" is "
		"for what this machine or kernel does not have.\n\n"
		"The status is 0 when nothing got through, else 1: for a container that is the promise, "
		"for a child half built by hand a list of what is left to do. Limits are not part of it: "
		"a container without any is still one.",
	.example = "container\nverify\nverify mount keyring kill",
	.flags = flags, .args = args,
};
