/* What the session has made on the host, written down before it is made, so that it can be taken
 * back by whoever is left: the session itself, the janitor when the shell is killed, the next
 * start when everything was killed.
 *
 * A journal is a text file, a line a record, appended by one write(2) each:
 *   stave-journal 1 BOOT-ID PID START-TIME PID-NAMESPACE
 *   make NUMBER KIND DEVICE INODE PATH VALUE      (path and value with \xNN for odd bytes)
 *   gone NUMBER */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ops/undo/undo.h"

struct error;
struct text;
struct journal;

/* Begin a journal for this process at folder/name. */
struct journal *journal_new(const char *folder, const char *name, struct error *err);

/* Write a record; returns its number. Called before the thing is made (device and inode 0). */
int journal_make(struct journal *journal, const struct undo *undo, struct error *err);

/* It is made, and is known: undo has its device and inode. That goes into the file with the next record, or by
 * journal_flush() (journal may be NULL), which is called before anybody is waited for. */
void journal_made(struct journal *journal, int number, const struct undo *undo);
void journal_flush(struct journal *journal);

/* It is gone. unique: nothing that comes after it can be taken for it, as the inode of a control group is never given
 * again: that goes into the file with the next record, or not at all. */
void journal_gone(struct journal *journal, int number, bool unique);

/* The end: the file is removed and journal freed. keep: leave the file (things are left). */
void journal_free(struct journal *journal, bool keep);
const char *journal_path(const struct journal *journal);

/* A descriptor to read a journal by, which stays good when its name is gone; -1 with errno set. */
int journal_open(const char *path);

/* Take back what the journal at path records, newest first; parents[number] (may be NULL) are
 * descriptors held on the folders. opened: from journal_open() and closed here, or -1. What was done or
 * must stay is appended to told, a line each. The file is removed, but where something could not be
 * done it stays for the next start, with the records of that alone. Returns how many things were taken
 * back. */
size_t journal_recover(const char *path, int opened, const int *parents, size_t parent_count,
		       struct text *told);

/* Recover every journal in folder that nobody holds and whose process is gone: another boot, no such pid, or
 * a pid that now is another process (its start time differs). Of a session of another pid namespace
 * nobody's processes are ended: its control groups that have some stay, and are named. One that does not
 * say its namespace is recovered where no process of any namespace can be it; else it is left alone, and
 * named once. */
void journal_sweep(const char *folder, struct text *told);

/* Append the paths of what the sessions whose journals lie in folder have recorded and not taken back, but for the
 * one called name: a line each, as text_add_visible() has them. */
void journal_others(const char *folder, const char *name, struct text *ret);
