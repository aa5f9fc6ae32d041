/* No catalog of messages is read out of bounds, and what passes can be printed in the place of its message: the formats
 * that a translation may have are those of the English. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message/catalog.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(struct messages *messages)
{
	size_t count = 0;

	for (size_t i = 0; i < messages->room; i++) {
		const struct translation *one = &messages->slots[i];
		if (!one->english)
			continue;
		count++;
		demand(one->forms[0] && messages_slot(messages, one->english) == one);
		for (size_t form = 0; form < 2 && one->forms[form]; form++)
			for (const char *s = one->forms[form]; *s; s++)
				demand((unsigned char)*s >= ' ' || strchr("\n\t", *s) || strchr(one->english, *s));
	}
	demand(count == messages->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_fd int fd = memfd_create("catalog", MFD_CLOEXEC);
	struct messages messages = { 0 };
	struct error err = { 0 };
	char path[40];

	demand(fd >= 0 && write_fd(fd, (const char *)bytes, length) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (catalog_read(path, &arena, &messages, &err) == 0)
		check(&messages);
	else
		demand(err.what[0] && err.id[0]);
	return 0;
}
