/* The kernel's names that no table of the program's own has: flags of mounts, files of control groups
 * and of /proc, each with what it is, in a sentence without its end. */
#pragma once

struct fact {
	const char *name, *means;
};

/* A kind of them. said: what one is called in a heading; pages: where the manual has them. */
struct facts_of {
	const char *said, *pages;
	const struct fact *list; /* ended by { 0 } */
};
extern const struct facts_of facts_tables[]; /* ended by { 0 } */

/* The fields of a line of mountinfo, in their order: proc_pid_mountinfo(5). */
extern const struct fact facts_mountinfo[];
