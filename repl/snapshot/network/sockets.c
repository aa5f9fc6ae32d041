/* Listening sockets of a network namespace, as /proc/PID/net/tcp and its like list them, and which
 * processes have them open. proc_pid_net(5). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/text.h"
#include "snapshot/network/network.h"

/* st of a TCP socket in TCP_LISTEN, and of a UDP socket that is not connected. */
enum { LISTENS = 0x0a, UNCONNECTED = 0x07, TABLE_BYTES = 16 << 20 };

/* "0100007F": words of 32 bits, each in the machine's order. */
static bool read_hex(const char *s, size_t digits, struct address *ret)
{
	*ret = (struct address){ .family = digits == 8 ? AF_INET : AF_INET6, .size = digits / 2,
				 .prefix = (unsigned)digits * 4 };
	for (size_t i = 0; i < digits / 8; i++) {
		uint32_t word;
		if (sscanf(s + i * 8, "%8x", &word) != 1)
			return false;
		memcpy(ret->bytes + i * 4, &word, sizeof(word));
	}
	return digits == 8 || digits == 32;
}

/* "  0: 0100007F:1F90 00000000:0000 0A ... INODE ..." */
static void add_line(const char *line, bool udp, struct network *ret)
{
	char local[40], remote[40];
	struct listener one = { .udp = udp, .comm = "" };
	unsigned port, far, state;
	unsigned long long inode;

	if (sscanf(line, " %*u: %39[0-9A-F]:%x %39[0-9A-F]:%x %x %*s %*s %*s %*u %*u %llu", local, &port,
		   remote, &far, &state, &inode) != 6)
		return;
	if (state != (udp ? UNCONNECTED : LISTENS) || !read_hex(local, strlen(local), &one.address))
		return;
	one.port = (uint16_t)port;
	one.inode = inode;
	LIST_ROOM(ret->listeners, ret->listener_count, ret->listener_room);
	ret->listeners[ret->listener_count++] = one;
}

void network_parse_listeners(const char *table, bool udp, struct network *network)
{
	for (const char *line = table; *line; line += strcspn(line, "\n"), line += *line == '\n')
		add_line(line, udp, network);
}

static int add_table(pid_t pid, const char *name, bool udp, struct network *ret, struct error *err)
{
	cleanup_text struct text table = { 0 };
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, name);
	if (read_file(AT_FDCWD, path, TABLE_BYTES, &table) < 0) {
		/* A kernel without IPv6 has no such file. */
		if (errno == ENOENT && strchr(name, '6'))
			return 0;
		return fail(err, errno, "read %s", path);
	}
	network_parse_listeners(text_of(&table), udp, ret);
	return 0;
}

static struct listener *of_inode(struct network *network, uint64_t inode)
{
	for (size_t i = 0; i < network->listener_count; i++)
		if (network->listeners[i].inode == inode)
			return &network->listeners[i];
	return NULL;
}

/* Whose descriptors are the sockets: the first process found of each. */
static void look_at(int proc, const char *name, struct network *network)
{
	char path[300], link[64];
	unsigned long long inode;

	snprintf(path, sizeof(path), "%s/fd", name);
	int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	for (struct dirent *entry; list && (entry = readdir(list));) {
		ssize_t n = readlinkat(fd, entry->d_name, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		struct listener *one = sscanf(link, "socket:[%llu]", &inode) == 1 ? of_inode(network, inode) : NULL;
		struct process_stat stat;
		if (!one || one->pid || process_stat_read(proc, name, &stat) < 0)
			continue;
		one->pid = stat.pid;
		one->comm = arena_copy(&network->arena, stat.comm);
	}
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
}

/* Look at every process in the same network namespace. */
static void find_owners(pid_t pid, struct network *network)
{
	struct stat net, other;
	char path[300];
	int proc = proc_root(), fd = proc >= 0 ? openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

	snprintf(path, sizeof(path), "%d/ns/net", pid);
	bool known = list && fstatat(fd, path, &net, 0) == 0;
	for (struct dirent *entry; known && (entry = readdir(list));) {
		snprintf(path, sizeof(path), "%s/ns/net", entry->d_name);
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && fstatat(fd, path, &other, 0) == 0 &&
		    other.st_ino == net.st_ino && other.st_dev == net.st_dev)
			look_at(fd, entry->d_name, network);
	}
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
}

int network_find_listeners(pid_t pid, struct network *network, struct error *err)
{
	if (add_table(pid, "tcp", false, network, err) < 0 || add_table(pid, "tcp6", false, network, err) < 0 ||
	    add_table(pid, "udp", true, network, err) < 0 || add_table(pid, "udp6", true, network, err) < 0)
		return -1;
	if (network->listener_count)
		find_owners(pid, network);
	return 0;
}
