/* Whatever the archive reader says, taken over by what it read or not, and whatever a name is,
 * nothing is read out of bounds and nothing unprintable comes out. The first byte says which of
 * them the rest is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/image.h"
#include "image/name.h"
#include "image/intake/reader.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Once more through what makes texts printable changes no more than backslashes. */
static void demand_printable(const char *s)
{
	for (const char *p = s; *p; p++)
		demand((unsigned char)*p >= ' ' && *p != 0x7f);
}

static void progress(void *data, const struct image_progress *progress)
{
	(void)data;
	demand(progress->what != NULL);
}

static void check_line(const char *line, size_t length)
{
	const struct image_watch watch = { .progress = progress, .fd = -1 };
	struct image_notes notes = { 0 };
	struct error err = { 0 };
	json_t *result = NULL;

	int got = reader_line(line, length, &watch, &notes, &result, &err);
	demand(got == 0 || got == 1);
	demand_printable(err.what);
	demand_printable(err.why);
	demand_printable(err.fix);
	demand(err.code >= 0);
	json_decref(result);
}

static void check_name(const char *name)
{
	struct arena arena = { 0 };
	struct error err;

	const char *full = image_name(name, &arena, &err);
	if (full) {
		const char *file = image_file(full, &arena);
		demand(!strchr(file, '/') && file[0] != '.' && strlen(file) <= 250);
		const char *again = image_name(full, &arena, &err);
		demand(again && strcmp(again, full) == 0);
	}
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = calloc(1, length + 1);

	demand(text != NULL);
	if (length > 1)
		memcpy(text, bytes + 1, length - 1);
	if (length && bytes[0] % 2)
		check_name(text);
	else
		check_line(text, length ? length - 1 : 0);
	free(text);
	return 0;
}
