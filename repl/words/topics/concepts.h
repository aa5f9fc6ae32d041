/* The ideas behind the words, a page each. */
#pragma once

#include <stddef.h>

struct concept {
	const char *name;
	const char *const *also; /* other names of it, ended by NULL; may be NULL */
	const char *summary;     /* one line, lower case, no full stop */
	const char *idea;        /* paragraphs, filled by the code that shows them */
	const char *drawing;     /* lines of ASCII of at most 76 columns */
	const char *words;       /* those of the vocabulary that have to do with it */
	const char *lesson;      /* "02-pid" */
	const char *pages;       /* of the manual, or of the kernel's documents */
};

/* Three tables, each ended by { 0 }. */
extern const struct concept concepts_isolation[], concepts_files[], concepts_power[];

/* The concept called name; NULL for none. */
const struct concept *concept_find(const char *name);

/* Number i of all; NULL after the last. */
const struct concept *concept_nth(size_t i);
