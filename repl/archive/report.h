/* What this program says to the shell: JSON objects, one a line, written to standard output.
 *
 *   {"progress": {"what": "unpacking", "layer": 3, "of": 20, "bytes": 4096, "total": 8192}}
 *   {"notes": {"owners": 12, "devices": 1, "left_out": ["dev/null"]}}   see below
 *   {"error": {"code": 2, "what": "...", "why": "...", "fix": "..."}}   the last line
 *   {"result": {...}}                         the last line of what went well
 *
 * Texts are printable. A line is written in one write(2), and but for a result is short enough for
 * a pipe to keep it in one piece. */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct error;

/* Why a layer in the store is not what the archive says, and how often. */
enum note {
	NOTE_OWNERS,     /* files of other users, whom only root can name: kept as an attribute */
	NOTE_DEVICES,    /* device nodes, which only root makes, and sockets: left out */
	NOTE_WHITEOUTS,  /* character devices 0:0, which would be deletions in a union: left out */
	NOTE_ATTRIBUTES, /* extended attributes that an archive must not set: left out */
	NOTE_TIMES,      /* times out of all range: moved into it */
	NOTES
};

enum { NOTES_NAMES = 8 /* so many are told by their names */ };

struct notes {
	uint64_t count[NOTES];
	char *left_out[NOTES_NAMES]; /* on the heap */
};

/* Once more. path: what is left out, or NULL. */
void notes_add(struct notes *notes, enum note note, const char *path);
void notes_done(struct notes *notes);


void report_progress(const char *what, unsigned layer, unsigned layers, uint64_t bytes,
		     uint64_t total);
void report_notes(const struct notes *notes);
void report_error(const struct error *err);

/* Takes result over. */
void report_result(json_t *result);
