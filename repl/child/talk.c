#include "child/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

char *talk_room(void)
{
	static char room[WIRE_BYTES];

	return room;
}

void talk_bound(int socket, int ms)
{
	struct timeval time = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

int talk_send(int socket, struct header header, const struct packet *packet)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * WIRE_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec parts[] = { { &header, sizeof(header) }, { packet->bytes, packet->length } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (packet->fd_count > 0) {
		memset(&control, 0, sizeof(control));
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * packet->fd_count);
		struct cmsghdr *beside = &control.align; /* which CMSG_FIRSTHDR() is */
		beside->cmsg_level = SOL_SOCKET;
		beside->cmsg_type = SCM_RIGHTS;
		beside->cmsg_len = CMSG_LEN(sizeof(int) * packet->fd_count);
		memcpy(CMSG_DATA(beside), packet->fds, sizeof(int) * packet->fd_count);
	}
	ssize_t n;
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

static void take_beside(struct msghdr *message, struct packet *packet, pid_t *sender)
{
	struct ucred who;

	for (struct cmsghdr *beside = CMSG_FIRSTHDR(message); beside;
	     beside = CMSG_NXTHDR(message, beside)) {
		if (beside->cmsg_level != SOL_SOCKET)
			continue;
		if (beside->cmsg_type == SCM_RIGHTS) {
			size_t count = (beside->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(packet->fds, CMSG_DATA(beside), count * sizeof(int));
			packet->fd_count = count;
		} else if (beside->cmsg_type == SCM_CREDENTIALS && sender) {
			memcpy(&who, CMSG_DATA(beside), sizeof(who));
			*sender = who.pid;
		}
	}
}

int talk_receive(int socket, struct header *header, struct packet *packet, pid_t *sender)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * WIRE_FDS) + CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec parts[] = { { header, sizeof(*header) }, { packet->bytes, WIRE_BYTES } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	packet->fd_count = 0;
	if (sender)
		*sender = 0;
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -1;
	if (n == 0)
		return 0;
	take_beside(&message, packet, sender);
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)n < sizeof(*header)) {
		packet_close(packet);
		/* There is room for as many as are ever sent: what was cut found no number free. */
		errno = (message.msg_flags & MSG_CTRUNC) ? EMFILE : EBADMSG;
		return -1;
	}
	packet->length = (size_t)n - sizeof(*header);
	return 1;
}

int talk_fold(struct packet *packet)
{
	cleanup_fd int fd = memfd_create("ops", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (packet->fd_count == WIRE_FDS) {
		errno = E2BIG;
		return -1;
	}
	if (fd < 0 || write_fd(fd, packet->bytes, packet->length) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return -1;
	packet->length = 0;
	packet->fds[packet->fd_count++] = steal_fd(&fd);
	return 0;
}

int talk_unfold(struct packet *packet)
{
	cleanup_fd int fd = packet->fd_count ? packet->fds[--packet->fd_count] : -1;
	cleanup_text struct text text = { 0 };

	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0 || read_fd(fd, WIRE_LONG, &text) < 0)
		return -1;
	packet->length = text.len;
	packet->bytes = steal_ptr(&text.s);
	packet->is_long = true;
	return 0;
}

void packet_close(struct packet *packet)
{
	for (size_t i = 0; i < packet->fd_count; i++)
		close(packet->fds[i]);
	packet->fd_count = 0;
}
