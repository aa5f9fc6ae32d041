/* The inside of proving. No files but prove.c and attack.c include this. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct bystanders;
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
	struct bystanders *bystanders;
	bool written_only; /* no attacks but those that the author wrote */
	struct proof *proof;
	struct error *err;
};

/* Run lines, each of which has to end as it says. 0, or -1 with err. */
int prove_lines(struct proving *p, const struct lesson_lines *lines);

/* After a line of the lesson's was run, before which bystanders_look() was called: -1 with err, which names the place in
 * the file, where it has ended processes that were there before the lesson. */
int prove_left_alone(struct proving *p, const char *line, int number, int column);

/* Try to reach task number, at whose beginning the child is, by what is not its way: none of it may
 * hold. The child is there again afterwards. 0, or -1 with err. */
int attack(struct proving *p, size_t number);
