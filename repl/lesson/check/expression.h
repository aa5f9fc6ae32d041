/* The inside of an expression: what parse.c makes and check.c judges. No others include this. */
#pragma once

#include "lesson/check/predicates.h"

enum check_kind { CHECK_AND, CHECK_OR, CHECK_NOT, CHECK_IN, CHECK_TEST };

struct check {
	enum check_kind kind;
	const struct check *left, *right; /* right: of and, or */
	const char *whom;                 /* of in */
	const struct predicate *predicate;
	const char *const *words;         /* ended by NULL */
	const char *text;                 /* of a test, as written */
};
