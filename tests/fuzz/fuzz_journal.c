/* No journal, however odd, is read out of bounds, and what is to be taken back from it is whole. It
 * is not taken back: the linker puts __wrap_undo_perform() in place of undo_perform(). */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "ops/undo/undo.h"
#include "session/host/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int __wrap_undo_perform(const struct undo *undo, struct error *err);

static size_t asked;

int __wrap_undo_perform(const struct undo *undo, struct error *err)
{
	if (undo->kind == UNDO_NONE || !undo->path || !undo->value)
		abort();
	asked++;
	return *undo->path ? 0 : fail(err, EBUSY, "rmdir");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	cleanup_text struct text told = { 0 };
	int fd = memfd_create("journal", MFD_CLOEXEC);

	if (fd < 0 || write_fd(fd, (const char *)bytes, length) < 0)
		abort();
	asked = 0;
	/* What failed for good is settled; so nothing is taken back twice. */
	if (journal_recover("/nowhere/journal", fd, NULL, 0, &told) > asked)
		abort();
	return 0;
}
