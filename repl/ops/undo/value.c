/* Undo kinds: values of the kernel's. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "ops/undo/undo.h"

static int take_write(const struct undo *undo, struct error *err)
{
	if (write_control(AT_FDCWD, undo->path, undo->value) == 0 || errno == ENOENT)
		return 0;
	return fail(err, errno, "write %s to %s", vis(undo->value), vis(undo->path));
}

static int take_hostname(const struct undo *undo, struct error *err)
{
	if (sethostname(undo->value, strlen(undo->value)) == 0)
		return 0;
	return fail(err, errno, "sethostname(%s)", vis(undo->value));
}

const struct undo_info undo_write = {
	.shared = true, .take = take_write,
};

const struct undo_info undo_hostname = {
	.take = take_hostname,
};
