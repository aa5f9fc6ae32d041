#include "ops/program/listened.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/list.h"
#include "base/syscalls.h"
#include "ops/privilege/filters.h"

enum { HIGH = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0 : 4, LOW = 4 - HIGH };

#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(at))
#define ARGUMENT(i, half) LOAD(offsetof(struct seccomp_data, args) + (i) * sizeof(uint64_t) + (half))
#define IS(value, passed) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, (passed))

static int load(int gate, const struct msghdr *message)
{
	uint64_t at = (uint64_t)(uintptr_t)message;
	struct sock_filter list[] = {
		LOAD(offsetof(struct seccomp_data, arch)), IS(filter_architecture(), 11),
		LOAD(offsetof(struct seccomp_data, nr)), IS(SYS_sendmsg, 9),
		ARGUMENT(0, LOW), IS(gate, 7),
		ARGUMENT(1, LOW), IS(at, 5),
		ARGUMENT(1, HIGH), IS(at >> 32, 3),
		ARGUMENT(2, LOW), IS(MSG_NOSIGNAL, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog program = { .len = COUNT(list), .filter = list };

	return sys_seccomp_listener(&program);
}

int program_listen(int gate)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = "" };
	int code = 0;
	struct iovec told = { &code, sizeof(code) };
	struct msghdr message = { .msg_iov = &told, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	prctl(PR_SET_NAME, LISTENED_NAME);
	int fd = load(gate, &message);
	if (fd < 0) {
		code = errno;
		message.msg_control = NULL;
		message.msg_controllen = 0;
	}
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	sys_sendmsg(gate, &message, MSG_NOSIGNAL);
	return fd < 0 ? -1 : 0;
}
