/* The mount table of the host, to show that a step left it as it was: kept open and asked with
 * poll(2), so that only the first look, and one after a change, reads it. proc_pid_mounts(5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct host_table;

/* What the table was at one moment. */
struct host_look {
	bool known;
	size_t mounts;
	unsigned version; /* another one for another text */
};

/* Look at the shell's own mountinfo. *table is NULL before the first look, and freed with
 * host_table_free(). Not known where the table cannot be read. */
struct host_look host_table_look(struct host_table **table);

void host_table_free(struct host_table *table);
