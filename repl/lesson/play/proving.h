/* The inside of proving. No files but prove.c and attack.c include this. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct host_state;
struct lesson;
struct lesson_lines;
struct proof;
struct stage;

struct proving {
	const struct stage *stage;
	const struct lesson *lesson;
	const struct host_state *host;
	bool written_only; /* no attacks but those that the author wrote */
	struct proof *proof;
	struct error *err;
};

/* Run lines, each of which has to end as it says. 0, or -1 with err. */
int prove_lines(struct proving *p, const struct lesson_lines *lines);

/* Try to reach task number, at whose beginning the child is, by what is not its way: none of it may
 * hold. The child is there again afterwards. 0, or -1 with err. */
int attack(struct proving *p, size_t number);
