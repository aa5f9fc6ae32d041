/* Reading a catalog of messages. It is read as text, in the form that translators edit and gettext's tools
 * write (PO), so that no machine has to have those tools to build or install a translation. */
#pragma once

#include "base/message.h"

struct arena;
struct error;

/* Read the file at path; what ret holds lies in arena. Entries that are fuzzy, obsolete, of a context,
 * or without a translation are passed over. -1 with err (ERR_CATALOG), the line named, for what is not
 * a PO file in UTF-8, and for a translation that printf(3) could not take for its message
 * (base/message/format.h) or that has control characters. ENOENT where there is no such file. */
int catalog_read(const char *path, struct arena *arena, struct messages *ret, struct error *err);
