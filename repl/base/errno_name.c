#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "base/list.h"

#ifdef __GLIBC__

/* Since glibc 2.32. */
static const char *name_of(int code)
{
	return code > 0 ? strerrorname_np(code) : NULL;
}

#else

/* A C library without strerrorname_np(3): musl has no such call. */
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

static const char *name_of(int code)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return NULL;
}

#endif

const char *errno_name(int code)
{
	const char *name = name_of(code);

	return name ? name : "E?";
}
