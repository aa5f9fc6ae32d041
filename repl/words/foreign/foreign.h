/* words/foreign: what people type who know other tools: mount(8), unshare(1), docker, a pasted line.
 * May include: words/language snapshot base.
 * Never: changes what a line of Stave's own means.
 * Begin at: read.c. */
/* A line that is another program's is done where it has one meaning here, and otherwise answered
 * with the line of Stave's to type, with the arguments that were given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct statement;
struct text;

enum foreign_kind {
	FOREIGN_NOT,      /* not known as another program's: the vocabulary has the word */
	FOREIGN_DONE,     /* it means the same as another line here */
	FOREIGN_ANSWERED, /* refused, with the line to type */
};

/* Hold a line against what other tools take. DONE: *line is Stave's own, perhaps several of its
 * commands with ";" between them. ANSWERED: err has the id line.foreign or line.pipe. What a word of
 * the vocabulary takes as it stands is never foreign. */
enum foreign_kind foreign_read(const struct statement *statement, struct arena *arena,
			       struct text *line, struct error *err);

/* Tool number i that is known, and in *words what does its work here: the vocabulary's words, NULL
 * where there are none. false after the last. */
bool foreign_nth(size_t i, const char **name, const char **words);
