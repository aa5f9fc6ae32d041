/* No record of the kernel's tracing, in which processes choose their names, is read out of bounds; what comes out of it
 * is printable and of the size that it has. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "session/testimony/testimony.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_text(const char *s, size_t size)
{
	if (!memchr(s, '\0', size))
		abort();
	for (; *s; s++)
		if ((unsigned char)*s < ' ')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct testified testified = { 0 };
	struct refusals refusals = { 0 };

	text_addn(&testified.asked, (const char *)bytes, length);
	text_addn(&testified.killed, (const char *)bytes, length);
	refusals_parse(&testified, &refusals);
	for (size_t i = 0; i < refusals.count; i++) {
		const struct refusal *one = &refusals.list[i];
		check_text(one->program, sizeof(one->program));
		check_text(one->function, sizeof(one->function));
		check_text(one->call, sizeof(one->call));
		if (!one->count)
			abort();
	}
	for (size_t i = 0; i < refusals.killed_count; i++) {
		check_text(refusals.killed[i].sender, sizeof(refusals.killed[i].sender));
		check_text(refusals.killed[i].target, sizeof(refusals.killed[i].target));
	}
	refusals_done(&refusals);
	testified_done(&testified);
	return 0;
}
