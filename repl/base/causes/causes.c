#include "base/causes/causes.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const struct cause_row rows[] = {
#define CAUSE(name, id, means) { id, means },
	CAUSES(CAUSE)
#undef CAUSE
};

const struct cause_row *cause_row(int i)
{
	return i >= 0 && i < CAUSE_COUNT ? &rows[i] : NULL;
}

int cause_called(const char *id)
{
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (strcmp(rows[i].id, id) == 0)
			return i;
	return -1;
}

int fail_cause(struct error *err, enum cause_id cause)
{
	snprintf(err->cause, sizeof(err->cause), "%s", rows[cause].id);
	return -1;
}
