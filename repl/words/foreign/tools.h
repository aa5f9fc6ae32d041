/* One other tool's line, and what the tools' files share. */
#pragma once

#include <stdbool.h>

#include "words/foreign/foreign.h"
#include "words/language/command.h"

/* A line being read as another tool's: its words, and where the answer goes. */
struct foreign {
	const char *text;         /* as it was typed */
	const struct word *words; /* the tool's name first */
	size_t count;
	struct arena *arena;
	struct text *line;
	struct error *err;
};

/* The tools, each by the name that its line begins with. */
enum foreign_kind foreign_mount(const struct foreign *foreign);
enum foreign_kind foreign_umount(const struct foreign *foreign);
enum foreign_kind foreign_unshare(const struct foreign *foreign);
enum foreign_kind foreign_nsenter(const struct foreign *foreign);
enum foreign_kind foreign_types(const struct foreign *foreign);
enum foreign_kind foreign_docker(const struct foreign *foreign);
enum foreign_kind foreign_image(const struct foreign *foreign);
enum foreign_kind foreign_ip(const struct foreign *foreign);
enum foreign_kind foreign_kill(const struct foreign *foreign);
enum foreign_kind foreign_ps(const struct foreign *foreign);
enum foreign_kind foreign_export(const struct foreign *foreign);
enum foreign_kind foreign_chroot(const struct foreign *foreign);
enum foreign_kind foreign_sudo(const struct foreign *foreign);
enum foreign_kind foreign_by_hand(const struct foreign *foreign);

/* A program that most machines have: what there is here instead; NULL where it is only a program.
 * changes: to run it on the host would change that, so nobody is told to. read: where the answer depends
 * on its arguments; words: those that it may come to, where instead does not say. */
struct foreign_tool {
	const char *name;
	const char *instead;
	bool changes;
	enum foreign_kind (*read)(const struct foreign *foreign);
	const char *words;
};

/* ---- options ---- */

enum takes { TAKES_NOTHING, TAKES_VALUE, TAKES_JOINED /* --mount-proc[=DIR]: perhaps, and joined */ };

/* One option of another tool's, and what it becomes here. What that is, its tool knows. */
struct foreign_option {
	char letter;      /* 0 for none */
	const char *name; /* without its dashes; NULL for none */
	enum takes takes;
	const char *becomes; /* NULL: it means nothing here, or is asked for by its name */
};

/* The options of a line, and the words after them. With no words between options: the first that is
 * none ends them, as the program's own begin there. */
struct foreign_words {
	struct { const struct foreign_option *option; const char *value; } *given;
	size_t given_count;
	const char **rest;
	size_t count;
};

/* Read words[from..]. false when an option is not among options, or lacks its value. options ends with
 * { 0 }. mixed: options may stand after other words, up to "--". */
bool foreign_options(const struct foreign *foreign, size_t from, const struct foreign_option *options,
		     bool mixed, struct foreign_words *ret);

/* The value of the option called name (or its letter, where it has no name): "" for one without a
 * value, NULL when it was not given. The last counts. */
const char *foreign_given(const struct foreign_words *words, const char *name);

/* ---- answering ---- */

/* Append to a line of Stave's: text as it is, and one word with the quotes it needs. */
void foreign_add(const struct foreign *foreign, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void foreign_word(const struct foreign *foreign, const char *word);
void foreign_rest(const struct foreign *foreign, const struct foreign_words *words, size_t from);

/* Refuse the line; what has been appended is the line to type. besides: what else to know, may be
 * NULL. Returns FOREIGN_ANSWERED. */
enum foreign_kind foreign_answer(const struct foreign *foreign, const char *besides);

/* The same with a sentence of its own as the way out. */
enum foreign_kind foreign_say(const struct foreign *foreign, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The type of namespace that s names in another spelling: UTS, CLONE_NEWUTS, NEWUTS. NULL for none. */
const char *foreign_type(const char *s, size_t length);
