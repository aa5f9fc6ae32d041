#include "archive/talk.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

int talk_pair(int ret[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret) < 0)
		return fail(err, errno, "socketpair");
	return 0;
}

int talk_send(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int talk_receive(int fd, void *bytes, size_t size)
{
	char *at = bytes;

	while (size) {
		ssize_t n = recv(fd, at, size, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EPIPE;
			return -1;
		}
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* One byte with the descriptor: a stream socket carries none alone. unix(7). */
union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int talk_ask_opaque(int fd, int folder)
{
	char byte = 'o';
	struct iovec part = { &byte, 1 };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int code;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(folder));
	memcpy(CMSG_DATA(header), &folder, sizeof(folder));
	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0 || talk_receive(fd, &code, sizeof(code)) < 0)
		return -1;
	errno = code;
	return code ? -1 : 0;
}

int talk_tell_digest(int fd, const char diff_id[HEX])
{
	char message[1 + HEX] = "d";

	memcpy(message + 1, diff_id, HEX);
	return talk_send(fd, message, sizeof(message));
}

/* Whoever asks may have been taken over by what it read: it gets a mark on a folder that it has, and
 * nothing else. */
static int mark(int folder)
{
	struct stat st;

	if (fstat(folder, &st) < 0)
		return errno;
	if (!S_ISDIR(st.st_mode))
		return ENOTDIR;
	return fsetxattr(folder, "trusted.overlay.opaque", "y", 1, 0) < 0 ? errno : 0;
}

int talk_answer(int fd, char diff_id[HEX])
{
	char byte = '\0';
	struct iovec part = { &byte, 1 };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	ssize_t n;

	while ((n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	if (n <= 0)
		return (int)n;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	cleanup_fd int folder = -1;
	if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(folder)))
		memcpy(&folder, CMSG_DATA(header), sizeof(folder));
	if (byte == 'd') {
		if (talk_receive(fd, diff_id, HEX) < 0)
			return -1;
		diff_id[HEX - 1] = '\0';
		errno = EPROTO;
		return hex_valid(diff_id) ? 1 : -1;
	}
	int code = mark(folder);
	return talk_send(fd, &code, sizeof(code)) < 0 ? -1 : 1;
}
