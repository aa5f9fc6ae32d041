/* commit: what has been written becomes a layer. */
#include "words/look/pile.h"

static const struct flag_spec flags[] = {
	{ "--message", 'm', "TEXT", .means = "what image history says of it" },
	OF_FLAG,
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "NAME", WORD_TEXT, .means = "the new image's name, NAME[:TAG]" },
	{ 0 }
};

const struct command command_commit = {
	.name = "commit", .kind = ACTS, .group = GROUP_WALLS, .act = ACT_COMMIT,
	.summary = "make an image of what the writable layer holds",
	.explain =
		"A container's files are a pile: read-only layers, and a writable one in which all that was "
		"written and deleted lies. commit packs the writable layer as a tar, with .wh.NAME for each "
		"deletion, and puts it on top of the image that the others are. Those layers are not copied: "
		"both images have them. What is no image of the store yet, such as the busybox that a "
		"container has by default, becomes a layer too.\n\n"
		"/etc/hosts, /etc/hostname and /etc/resolv.conf come from a layer of the container's own, the "
		"init layer. They never become part of an image, not even when they were written to. Nor does "
		"what lies in volumes. The container is not stopped: a file that is being written is taken as "
		"it is at that moment.",
	.example = "container\nrun sh -c 'echo hello >/greeting'\ndiff\ncommit mine -m 'a greeting'\nimage history mine\nimage rm mine",
	.flags = flags, .args = args,
};
