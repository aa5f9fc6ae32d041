/* Which union a looking command is about. */
#pragma once

#include "snapshot/union/layers.h"
#include "words/language/command.h"
#include "words/look/subject.h"

/* The unions of a process that are not the host's own, in the order of its table: up to most of
 * them; returns how many there are. */
size_t unions_find(const struct context *context, const struct reading *reading,
		  const struct mount **ret, size_t most);

/* The one that is meant where none is named: the root, or the last one mounted. NULL with err. */
const struct mount *union_meant(const struct context *context, const struct reading *reading,
			       struct error *err);

/* The process that flag --of names, or the child. */
int union_subject(const struct context *context, const struct words *words, struct subject *ret,
		 struct error *err);

#define OF_FLAG \
	{ "--of", 0, "NAME", WORD_PID, .means = "of a container or process instead of the child" }
