#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"

static void say(char *to, size_t size, const char *format, va_list args)
{
	vsnprintf(to, size, format, args);
}

int fail(struct error *err, int code, const char *format, ...)
{
	va_list args;

	*err = (struct error){ .code = code };
	va_start(args, format);
	say(err->what, sizeof(err->what), format, args);
	va_end(args);
	return -1;
}

int fail_wrap(struct error *err, const char *format, ...)
{
	char inner[sizeof(err->what)];
	va_list args;

	memcpy(inner, err->what, sizeof(inner));
	va_start(args, format);
	say(err->what, sizeof(err->what), format, args);
	va_end(args);
	size_t used = strlen(err->what);
	snprintf(err->what + used, sizeof(err->what) - used, ": %s", inner);
	return -1;
}

int fail_why(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(err->why, sizeof(err->why), format, args);
	va_end(args);
	return -1;
}

int fail_fix(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(err->fix, sizeof(err->fix), format, args);
	va_end(args);
	return -1;
}

/* strerrorname_np(3) is glibc's alone; musl has no such call. */
#define NAME(e) { e, #e }
static const struct {
	int code;
	const char *name;
} names[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG),
	NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES),
	NAME(EFAULT), NAME(ENOTBLK), NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV),
	NAME(ENOTDIR), NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
	NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS), NAME(EMLINK),
	NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK), NAME(ENAMETOOLONG), NAME(ENOLCK),
	NAME(ENOSYS), NAME(ENOTEMPTY), NAME(ELOOP), NAME(ENODATA), NAME(EPROTO), NAME(EBADMSG),
	NAME(EOVERFLOW), NAME(EILSEQ), NAME(EUSERS), NAME(ENOTSOCK), NAME(EMSGSIZE),
	NAME(EOPNOTSUPP), NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(ENETDOWN), NAME(ENETUNREACH),
	NAME(ECONNRESET), NAME(ENOBUFS), NAME(ETIMEDOUT), NAME(ECONNREFUSED), NAME(EALREADY),
	NAME(ESTALE), NAME(EDQUOT), NAME(ECANCELED), NAME(ELIBBAD), NAME(ENOKEY),
	NAME(EBADFD), NAME(ENOMSG),
};
#undef NAME

const char *errno_name(int code)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "E?";
}

void out_of_memory(void)
{
	static const char words[] = "stave: out of memory\n";

	/* write(2) and _exit(2), because stdio may want memory of its own. */
	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		_exit(125);
	_exit(125);
}
