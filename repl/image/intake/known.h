/* Folders that commit has packed: which layer each became, and how it looked. The store has a record of each,
 * known/DEVICE-INODE, a JSON object:
 *   version   1
 *   layer     "sha256:HEX" of the blob
 *   looks     "sha256:HEX", as the archive reader says it: archive/layer/looks.h
 *   check     "sha256:HEX" of these and of the record's name
 * It only says what need not be packed again: one that is missing, damaged or of no use costs time and nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct known {
	char layer[65], looks[65]; /* the digits alone */
};

/* Whether the folder (O_PATH will do) lies where each change of a file moves its ctime: on a file system of the
 * kernel's own that keeps it. */
bool known_shows(int folder);

/* The record of the folder into ret. store is the store's folder. 0; -1 where there is none that can be believed. */
int known_read(int store, int folder, struct known *ret);

/* Under the store's lock: write it down. Where that fails there is none. */
void known_write(int store, int folder, const struct known *known);

/* Under the store's lock: remove records that are damaged, and those whose blob is gone. How many. */
size_t known_sweep(int store);
