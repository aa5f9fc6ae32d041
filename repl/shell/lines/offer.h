/* What each kind of word can be: candidates for completion. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "shell/lines/candidates.h"
#include "words/language/command.h"

/* One completion going on: the word so far, and where candidates go. */
struct finder {
	const char *partial;
	pid_t pid;                     /* whose files; 0 for the shell's own */
	const char *const *layers;     /* or those of an image, the uppermost first; NULL: pid's */
	const struct session *session;
	struct candidates *ret;
};

/* Offer word, if it begins with what is there. note may be NULL; more: the word goes on. */
void offer(struct finder *finder, const char *word, const char *note, bool more);

/* All that a word of this kind can be. choices may be NULL. */
void offer_kind(struct finder *finder, enum word_kind kind, enum offers offers,
		const struct choice *choices);

void offer_commands(struct finder *finder);
void offer_ns_types(struct finder *finder);
/* The children of the session, each with something before its name: "@". */
void offer_children(struct finder *finder, const char *before);
void offer_capabilities(struct finder *finder);
void offer_calls(struct finder *finder);
void offer_images(struct finder *finder);
void offer_paths(struct finder *finder);

/* The programs in the usual folders of the finder's files, and files where the word has a slash. */
void offer_programs(struct finder *finder);

/* The programs of the host, by PATH, and files where the word has a slash. */
void offer_host_programs(struct finder *finder);
