/* Which mounts of a table the last step added, changed or took away. */
#pragma once

#include "snapshot/snapshot.h"
#include "words/language/command.h"

enum mark { MARK_NONE, MARK_NEW, MARK_CHANGED, MARK_GONE };

/* One mark for each mount of the table, and the mounts that are gone. */
struct marks {
	enum mark *of;
	const struct mount **gone;
	size_t gone_count;
};

/* The marks of reading's table; none where it is not that of the last step. */
void marks_find(const struct context *context, const struct reading *reading,
		struct marks *ret);
void marks_done(struct marks *marks);

/* "+", "~", "-" or " ", in its colour. */
void mark_add(const struct context *context, enum mark mark, struct text *ret);

/* The line below a screen that says what the marks mean, where it shows any. */
void mark_legend(bool any, struct text *ret);
