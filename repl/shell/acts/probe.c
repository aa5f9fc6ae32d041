#include "shell/acts/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/own.h"
#include "base/process/seal.h"
#include "ops/plan.h"
#include "words/language/words.h"

long probe_keyring(void)
{
	return sys_keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}

int probe_listen(char ret[16])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)) < 0 ||
	    listen(fd, 8) < 0 || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -1;
	size_t size = length - offsetof(struct sockaddr_un, sun_path);
	if (size < 2 || size > 16)
		return -1;
	memcpy(ret, address.sun_path + 1, size - 1);
	ret[size - 1] = '\0';
	return steal_fd(&fd);
}

/* On any port of the address, which is noted there. */
static int listen_at(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)address, length) < 0 || listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &length) < 0)
		return -1;
	return steal_fd(&fd);
}

int probe_listen_port(unsigned *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = listen_at(&address);

	*port = fd < 0 ? 0 : ntohs(address.sin_port);
	return fd;
}

/* The address that the host sends from to the world, by 192.0.2.1 (RFC 5737): connect(2) of UDP sends nothing. */
static bool address_of_host(struct sockaddr_in *ret)
{
	struct sockaddr_in world = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201) };
	socklen_t length = sizeof(world);
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&world, length) == 0 &&
	       getsockname(fd, (struct sockaddr *)ret, &length) == 0;
}

int probe_listen_host(char ret[PROBE_HOST])
{
	struct sockaddr_in address;
	char text[INET_ADDRSTRLEN];

	if (!address_of_host(&address))
		return -1;
	address.sin_port = 0;
	int fd = listen_at(&address);
	if (fd >= 0 && inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)))
		snprintf(ret, PROBE_HOST, "%s:%u", text, ntohs(address.sin_port));
	return fd;
}

static const char *link_of(struct plan *plan, const char *name, const char *path)
{
	char target[64];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	return arena_print(&plan->arena, "%s=%s", name, target);
}

/* What the probe gets to know about the host, to look for. */
static const char *const *environment(const struct probe *probe, struct plan *plan)
{
	const char **ret = arena_new(&plan->arena, 10 * sizeof(*ret));
	char exe[4096];
	struct stat st = { 0 };
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	stat(exe, &st);
	ret[0] = arena_print(&plan->arena, "PROBE_PID=%d", getpid());
	ret[1] = arena_print(&plan->arena, "PROBE_FILE=%llu:%llu:%s", (unsigned long long)st.st_dev,
			     (unsigned long long)st.st_ino, exe);
	ret[2] = link_of(plan, "PROBE_NS_IPC", "/proc/self/ns/ipc");
	ret[3] = link_of(plan, "PROBE_NS_UTS", "/proc/self/ns/uts");
	ret[4] = link_of(plan, "PROBE_NS_CGROUP", "/proc/self/ns/cgroup");
	size_t count = 5;
	if (probe->socket[0])
		ret[count++] = arena_print(&plan->arena, "PROBE_SOCKET=%s", probe->socket);
	if (probe->port)
		ret[count++] = arena_print(&plan->arena, "PROBE_PORT=%u", probe->port);
	if (probe->host[0])
		ret[count++] = arena_print(&plan->arena, "PROBE_ADDRESS=%s", probe->host);
	if (probe->keyring > 0)
		ret[count++] = arena_print(&plan->arena, "PROBE_KEYRING=%ld", probe->keyring);
	ret[count] = NULL;
	return ret;
}

int probe_plan(const struct probe *probe, struct plan *plan, struct error *err)
{
	const struct words *words = probe->words;
	const char **argv = arena_new(&plan->arena, (words->count + 2) * sizeof(*argv));
	char path[4200];

	if (!own_program("stave-probe", path, sizeof(path))) {
		fail_id(err, ERR_READER_MISSING, ENOENT, "verify: stave-probe is missing beside this program");
		return fail_fix(err, "make builds it; make install puts it below libexec/stave");
	}
	argv[0] = "stave-probe";
	for (size_t i = 0; i < words->count; i++)
		argv[i + 1] = arena_copy(&plan->arena, words->args[i].s);
	struct op *op = plan_add(plan, OP_spawn);
	op->spawn.argv = argv;
	op->spawn.envp = environment(probe, plan);
	op->spawn.program.path = arena_copy(&plan->arena, path);
	op->spawn.program.fd = seal_copy(path);
	if (op->spawn.program.fd < 0)
		return fail(err, errno, "verify: a sealed copy of %s", vis(path));
	plan->program = PROGRAM_PROBE;
	return 0;
}
