#include "shell/tell/name.h"

#include "base/text.h"
#include "snapshot/snapshot.h"

void report_name(const struct reading *reading, const char *file, struct text *ret)
{
	size_t start = ret->len;

	text_addf(ret, " /proc/%d/%s", reading->pid, file);
	size_t used = ret->len - start;
	text_pad(ret, used < NAME_COLUMNS ? NAME_COLUMNS - used : 2);
}
