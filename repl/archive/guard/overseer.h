/* The first process in the new pid namespace. It reads no archive: it starts the processes that do, each
 * with the walls that fit its work, and hands the results on. When it ends, all of them end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* Reads what is hostile as JSON or as the archive around layers, without any capability, and puts
 * blobs into "blobs". Orders layers by overseer_unpack(), and reports the result. -1 with err. */
typedef int (*reader_work)(void *data, int overseer, struct error *err);

struct overseer {
	bool privileged; /* root of the machine itself */
	uint64_t limit;  /* bytes that a layer may unpack to */
	const char *const *below; /* the chain ids of the layers below all, the lowest first */
	size_t below_count;
	bool store;      /* these lie in /store, by these names, and so may others */
	bool known;      /* the file "known" names layers that need not be unpacked, if they are the lowest: a line
			  * "BLOB CHAIN" for each */
	reader_work reader;
	void *data;
};

/* Oversee the work of a reader; returns the exit status. */
int oversee(const struct overseer *overseer);

struct order;
struct outcome;

/* For the reader: have count layers unpacked, the lowest first. -1 with errno set; what went wrong
 * has been reported. */
int overseer_unpack(int overseer, const struct order *orders, unsigned count,
		    struct outcome *outcomes);
