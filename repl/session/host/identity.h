/* Which process a session is. A pid says that only together with the start of the machine and the pid
 * namespace it is of: in another namespace the same number is somebody else's, pid_namespaces(7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct identity {
	char boot[40];      /* boot_id of random(4) */
	uint64_t namespace; /* inode of the pid namespace; 0: not known */
	pid_t pid;
	uint64_t start;     /* of proc_pid_stat(5); seen otherwise from another time namespace */
};

/* That of this process. */
void identity_own(struct identity *ret);

/* What this process can see of it. ELSEWHERE: it is of this boot and another pid namespace, where its
 * number says nothing here. UNKNOWN: it may be. One whose namespace is not known is gone where all
 * processes of the machine are seen and none can be it. */
enum standing { STANDING_LIVES, STANDING_GONE, STANDING_ELSEWHERE, STANDING_UNKNOWN };
enum standing identity_standing(const struct identity *identity);

enum { IDENTITY_NAME = 32 };

/* What the session of this process calls what it makes: "stave-4711". The number is the pid in the first
 * pid namespace; elsewhere the namespace's number stands before it, so that two sessions in two
 * namespaces never have one name. */
void identity_name(char ret[IDENTITY_NAME]);

/* The other way round: which process of which namespace has this name's number; *end: what follows it.
 * False where it is none, or is of another namespace than this process's own. */
bool identity_of_name(const char *name, pid_t *pid, const char **end);
