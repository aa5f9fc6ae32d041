/* A policy of system calls as rules, and what becomes of a call under it. Numbers and names are
 * those of the architecture this program was built for: a filter lets no other in. */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops/privilege/calls.h"

/* How an argument is looked at: its lower 32 bits alone, which are all the kernel looks at in the
 * calls that are tested. (A filter that compared 64 let TIOCSTI with a bit above them pass.) */
enum test_kind { TEST_NEVER, TEST_BELOW, TEST_ABOVE, TEST_IS, TEST_BITS_CLEAR };

struct call_test {
	enum test_kind kind;
	uint32_t value;
};

/* A call: its name, and its number in the headers that this was built with, as text. */
struct call {
	const char *name, *number;
};

/* What a rule answers: 0 lets the call through, else it fails with this errno. */
struct call_rule {
	const struct call *calls; /* ended by one without a name */
	uint64_t needs;      /* holds only where one of these capabilities is kept; 0: always */
	uint64_t unless;     /* and where none of these is */
	int code;
	unsigned argument;   /* which is tested, from 0 */
	struct call_test tests[6]; /* the rule holds where one is true; ended by TEST_NEVER */
	const char *why;     /* in a few words */
};

/* Docker's default policy: the first rule that holds decides, what no rule speaks of fails with
 * EPERM, what is newer than all of them with ENOSYS. Ended by a rule without calls. */
extern const struct call_rule docker_rules[];

/* The number of a rule's call, -1 where this architecture has none of that name. A container asks for
 * all of them, and libseccomp would take longer than everything else that makes a filter. */
int call_of(const struct call *call);
