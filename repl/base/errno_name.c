#include "base/error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"

/* What strerror(3) says is here so that it is translated; the names are for a C library without
 * strerrorname_np(3): musl has no such call. */
#define ROW(code, text) { code, #code, text }
static const struct row {
	int code;
	const char *name, *text;
} rows[] = {
	ROW(EPERM, N_("Operation not permitted")),
	ROW(ENOENT, N_("No such file or directory")),
	ROW(ESRCH, N_("No such process")),
	ROW(EINTR, N_("Interrupted system call")),
	ROW(EIO, N_("Input/output error")),
	ROW(ENXIO, N_("No such device or address")),
	ROW(E2BIG, N_("Argument list too long")),
	ROW(ENOEXEC, N_("Exec format error")),
	ROW(EBADF, N_("Bad file descriptor")),
	ROW(ECHILD, N_("No child processes")),
	ROW(EAGAIN, N_("Resource temporarily unavailable")),
	ROW(ENOMEM, N_("Cannot allocate memory")),
	ROW(EACCES, N_("Permission denied")),
	ROW(EFAULT, N_("Bad address")),
	ROW(ENOTBLK, N_("Block device required")),
	ROW(EBUSY, N_("Device or resource busy")),
	ROW(EEXIST, N_("File exists")),
	ROW(EXDEV, N_("Invalid cross-device link")),
	ROW(ENODEV, N_("No such device")),
	ROW(ENOTDIR, N_("Not a directory")),
	ROW(EISDIR, N_("Is a directory")),
	ROW(EINVAL, N_("Invalid argument")),
	ROW(ENFILE, N_("Too many open files in system")),
	ROW(EMFILE, N_("Too many open files")),
	ROW(ENOTTY, N_("Inappropriate ioctl for device")),
	ROW(ETXTBSY, N_("Text file busy")),
	ROW(EFBIG, N_("File too large")),
	ROW(ENOSPC, N_("No space left on device")),
	ROW(ESPIPE, N_("Illegal seek")),
	ROW(EROFS, N_("Read-only file system")),
	ROW(EMLINK, N_("Too many links")),
	ROW(EPIPE, N_("Broken pipe")),
	ROW(EDOM, N_("Numerical argument out of domain")),
	ROW(ERANGE, N_("Numerical result out of range")),
	ROW(EDEADLK, N_("Resource deadlock avoided")),
	ROW(ENAMETOOLONG, N_("File name too long")),
	ROW(ENOLCK, N_("No locks available")),
	ROW(ENOSYS, N_("Function not implemented")),
	ROW(ENOTEMPTY, N_("Directory not empty")),
	ROW(ELOOP, N_("Too many levels of symbolic links")),
	ROW(ENODATA, N_("No data available")),
	ROW(EPROTO, N_("Protocol error")),
	ROW(EBADMSG, N_("Bad message")),
	ROW(EOVERFLOW, N_("Value too large for defined data type")),
	ROW(EILSEQ, N_("Invalid or incomplete multibyte or wide character")),
	ROW(EUSERS, N_("Too many users")),
	ROW(ENOTSOCK, N_("Socket operation on non-socket")),
	ROW(EMSGSIZE, N_("Message too long")),
	ROW(EOPNOTSUPP, N_("Operation not supported")),
	ROW(EAFNOSUPPORT, N_("Address family not supported by protocol")),
	ROW(EADDRINUSE, N_("Address already in use")),
	ROW(EADDRNOTAVAIL, N_("Cannot assign requested address")),
	ROW(ENETDOWN, N_("Network is down")),
	ROW(ENETUNREACH, N_("Network is unreachable")),
	ROW(EHOSTUNREACH, N_("No route to host")),
	ROW(ENOTCONN, N_("Transport endpoint is not connected")),
	ROW(ECONNRESET, N_("Connection reset by peer")),
	ROW(ENOBUFS, N_("No buffer space available")),
	ROW(ETIMEDOUT, N_("Connection timed out")),
	ROW(ECONNREFUSED, N_("Connection refused")),
	ROW(EALREADY, N_("Operation already in progress")),
	ROW(EINPROGRESS, N_("Operation now in progress")),
	ROW(ESTALE, N_("Stale file handle")),
	ROW(EUCLEAN, N_("Structure needs cleaning")),
	ROW(EDQUOT, N_("Disk quota exceeded")),
	ROW(ECANCELED, N_("Operation canceled")),
	ROW(ELIBBAD, N_("Accessing a corrupted shared library")),
	ROW(ENOKEY, N_("Required key not available")),
	ROW(EKEYEXPIRED, N_("Key has expired")),
	ROW(EKEYREVOKED, N_("Key has been revoked")),
	ROW(EBADFD, N_("File descriptor in bad state")),
	ROW(ENOMSG, N_("No message of desired type")),
};
#undef ROW

static const struct row *find(int code)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

const char *errno_name(int code)
{
#ifdef __GLIBC__
	/* Since glibc 2.32. */
	const char *name = code > 0 ? strerrorname_np(code) : NULL;
#else
	const struct row *row = find(code);
	const char *name = row ? row->name : NULL;
#endif
	return name ? name : "E?";
}

bool errno_may_pass(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS || code == EIO || code == EINTR ||
	       code == EAGAIN;
}

const char *errno_words(int code)
{
	const struct row *row = find(code);

	return row ? row->text : NULL;
}

const char *errno_text(int code)
{
	const struct row *row = find(code);

	return row ? _(row->text) : strerror(code);
}
