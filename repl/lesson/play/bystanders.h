/* The user's processes that a lesson shall leave alone: those that had run for a minute when it began. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct session;
struct text;

struct bystander {
	pid_t pid;
	int pidfd;
	char name[16]; /* /proc/PID/comm */
	bool ended;
};

struct bystanders {
	struct bystander *list;
	size_t count, room;
};

/* All processes of this process's user that have run for a minute, but for family and what descends from it: other
 * lessons are proven there. Of those that it cannot hold it keeps none. */
void bystanders_take(pid_t family, struct bystanders *ret);
void bystanders_done(struct bystanders *bystanders);

/* Note which have ended: before a line is run. */
void bystanders_look(struct bystanders *bystanders);

/* After a line that has a program send signals, which are not acted on at once: append those that have ended since the
 * last look. Nobody can tell who ended a process: so no other line is asked about, and none where the child
 * is in a pid namespace of its own, from which no signal leads out. Returns how many there are. */
size_t bystanders_ended(struct bystanders *bystanders, const struct session *session, const char *line,
			struct text *ret);
