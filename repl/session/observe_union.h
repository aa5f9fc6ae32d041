/* What a step does in a union's layers. No other room includes it. */
#pragma once

struct reading;
struct session;
struct text;

/* The entry that the writable layer has for path, a name in a union of reading's: "whiteout: character device
 * 0:0". A line, without a newline. */
void observe_entry(const struct session *session, const struct reading *reading, const char *path,
		   struct text *ret);

/* Which layer gives path, its inode there and as the union shows it, and what the writable layer's
 * copy takes up. */
void observe_origin(const struct session *session, const struct reading *reading, const char *path,
		    const char *when, struct text *ret);

/* An entry made to be looked at: path is the child's own. */
void observe_form(const struct reading *reading, const char *path, struct text *ret);
