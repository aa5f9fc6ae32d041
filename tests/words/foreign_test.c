/* The lines of other tools: done where they have one meaning here, and otherwise answered with the
 * line to type, with the arguments that were given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "words/foreign/foreign.h"
#include "words/language/command.h"
#include "words/language/words.h"

/* line: what is typed; stave: the line it becomes, or that the answer has; id: of the answer, NULL
 * where it is done. */
static const struct { const char *line, *stave, *id; } lines[] = {
	/* mount(8) and umount(8) */
	{ "mount", "mounts", NULL },
	{ "mount -t proc proc /proc", "mount proc /proc", NULL },
	{ "mount -t sysfs none /sys", "mount sysfs none /sys", NULL },
	{ "mount -ttmpfs -o size=1m,ro tmpfs /mnt", "mount tmpfs /mnt -o size=1m,ro", NULL },
	{ "mount --types=tmpfs tmpfs '/a b'", "mount tmpfs '/a b'", NULL },
	{ "mount --bind /a /b", "bindmount /a /b --norec", NULL },
	{ "mount -B /a /b", "bindmount /a /b --norec", NULL },
	{ "mount --rbind /a /b", "bindmount /a /b", NULL },
	{ "mount -o bind /a /b", "bindmount /a /b --norec", NULL },
	{ "mount -o bind,ro /a /b", "bindmount /a /b --norec --ro", NULL },
	{ "mount --bind -o nosuid /a /b",
	  "bindmount /a /b --norec; mount none /b -o remount,bind,nosuid", NULL },
	{ "mount -o remount,bind,ro /b", "mount none /b -o remount,bind,ro", NULL },
	{ "mount -o remount,ro /", "mount none / -o remount,ro", NULL },
	{ "mount --make-rprivate /", "propagation private /", NULL },
	{ "mount --make-private /mnt", "propagation private /mnt --norec", NULL },
	{ "mount --make-rslave /", "propagation slave /", NULL },
	{ "mount --bind --make-private /a /a", "bindmount /a /a --norec; propagation private /a --norec", NULL },
	{ "mount --move /a /b", "bindmount /a /b, then umount /a", "line.foreign" },
	{ "mount /dev/sda1 /mnt", "mount ext4 /dev/sda1 /mnt", "line.foreign" },
	{ "umount -f /mnt", "umount /mnt", NULL },
	{ "umount -R /mnt", "umount /mnt --lazy", "line.foreign" },
	/* namespaces */
	{ "unshare --pid --fork --mount-proc", "unshare pid mnt; mount proc /proc", NULL },
	{ "unshare -pf --mount-proc bash -l", "unshare pid mnt; mount proc /proc; run bash -l", NULL },
	{ "unshare -Ur", "unshare user", NULL },
	{ "unshare -Urm", "unshare user mnt", NULL },
	{ "unshare --uts --ipc", "unshare uts ipc", NULL },
	{ "unshare -T --boottime 86400", "unshare time --boottime 86400", NULL },
	{ "unshare -m -R /root sh", "unshare mnt; chroot /root; run sh", NULL },
	{ "unshare --uts=/run/uts", "without =FILE", "line.foreign" },
	{ "unshare CLONE_NEWUTS", "unshare uts", NULL },
	{ "unshare CLONE_NEWNS|CLONE_NEWPID", "unshare mnt pid", NULL },
	{ "unshare UTS", "unshare uts", NULL },
	{ "unshare uts,ipc", "unshare uts ipc", NULL },
	{ "setns 812 uts,ipc", "setns 812 uts ipc", NULL },
	{ "nsenter -t 812 -a ps -e", "exec 812 ps -e", NULL },
	{ "nsenter --target 812 --all", "exec -it 812 sh", NULL },
	{ "nsenter -t 812 -m -u", "setns 812 mnt uts", NULL },
	{ "nsenter -t 812 -n ip addr", "setns 812 net; run ip addr", "line.foreign" },
	{ "nsenter", "exec PID CMD", "line.foreign" },
	/* docker and its like */
	{ "docker run -it ubuntu bash", "container -i -t --image ubuntu -- bash", "line.foreign" },
	{ "docker run --rm -d --name web -m 64m --cpus 1.5 -v data:/d nginx",
	  "container -d --name web --memory 64m --cpus 1.5 -v data:/d --image nginx --run", "line.foreign" },
	{ "docker run --pid=host alpine", "container --without pid --image alpine --run", "line.foreign" },
	{ "podman run alpine ls -l", "container --image alpine -- ls -l", "line.foreign" },
	{ "docker exec -it web sh", "exec -i -t web sh", "line.foreign" },
	{ "docker ps -a", "jobs", "line.foreign" },
	{ "docker commit -m note web mine", "commit mine -m note --of web", "line.foreign" },
	{ "docker images", "image ls", "line.foreign" },
	{ "docker image inspect mine", "image inspect mine", "line.foreign" },
	{ "docker rmi mine", "image rm mine", "line.foreign" },
	{ "docker volume create data", "volume create data", "line.foreign" },
	{ "docker load -i x.tar", "image import x.tar", "line.foreign" },
	{ "docker stop web", "kill web", "line.foreign" },
	{ "podman pull alpine", "image import", "line.foreign" },
	{ "docker", "container", "line.foreign" },
	{ "container -it ubuntu bash", "container -i -t --image ubuntu -- bash", "line.foreign" },
	{ "container alpine:3.20 ls", "container --image alpine:3.20 -- ls", "line.foreign" },
	/* programs */
	{ "ip link set lo up", "net lo", NULL },
	{ "ip link set dev lo up", "net lo", NULL },
	{ "ip addr", "net show", NULL },
	{ "ip r show", "net show", NULL },
	{ "ip link set dev eth0 mtu 1400", "net mtu eth0 1400", NULL },
	{ "ip link set a master br0", "net join br0 a", NULL },
	{ "ip link add name a type veth peer name b", "net veth a b", NULL },
	{ "ip link add br0 type bridge", "net bridge br0", NULL },
	{ "ip link del a", "net rm a", NULL },
	{ "ip addr add 10.0.0.1/24 dev a", "net addr add 10.0.0.1/24 dev a", NULL },
	{ "ip route add default via 10.0.0.9", "net route add default via 10.0.0.9", NULL },
	{ "ip link add vx0 type vxlan id 7", "run ip link add vx0", "line.foreign" },
	{ "ip netns list", "run ip netns list", "line.foreign" },
	{ "ls -l /tmp", "run ls -l /tmp", "line.foreign" },
	{ "cat /etc/hosts", "run cat /etc/hosts", "line.foreign" },
	{ "mkdir /tmp/x | cat", "run sh -c 'mkdir /tmp/x | cat' in the child, !mkdir /tmp/x | cat on", "line.foreign" },
	{ "echo $HOME >f", "run sh -c 'echo $HOME >f' in the child, !echo $HOME >f on", "line.foreign" },
	{ "rm -r /x && ls", "run sh -c 'rm -r /x && ls' in the child, whose", "line.foreign" },
	{ "grep 'a|b' f", "run grep 'a|b' f in", "line.foreign" },
	{ "lsns", "ns; run lsns", "line.foreign" },
	{ "switch_root", "pivot DIR; run switch_root", "line.foreign" },
	{ "bash", "shell", "line.foreign" },
	{ "ps aux", "run ps aux", "line.foreign" },
	{ "ps -ef", "run ps -ef", "line.foreign" },
	{ "kill -9 812", "kill 812 9", NULL },
	{ "kill -s TERM %1", "kill %1 TERM", NULL },
	{ "export A=1", "env A=1", NULL },
	{ "unshare -m -w /tmp", "unshare mnt; cd /tmp", NULL },
	{ "chroot /root ls /", "chroot /root; run ls /", NULL },
	/* a group by hand */
	{ "mkdir /sys/fs/cgroup/cpu/container", "cgroup new container", "line.foreign" },
	{ "echo 20000 > /sys/fs/cgroup/cpu/container/cpu.cfs_quota_us", "cgroup set cpu.cfs_quota_us=20000", "line.foreign" },
	{ "echo 812 > /sys/fs/cgroup/cpu/container/tasks", "cgroup join /sys/fs/cgroup/cpu/container", "line.foreign" },
	/* help, prompts, what a shell reads */
	{ "mount --help", "help mount", NULL },
	{ "plan mount -t proc proc /proc", "plan mount proc /proc", NULL },
	{ "stave> unshare uts", "unshare uts", NULL },
	{ "stave [mnt pid uts] > hostname box", "hostname box", NULL },
	{ "stave [uts] > mount --bind /a /b", "bindmount /a /b --norec", NULL },
	{ "$ unshare -m", "unshare mnt", NULL },
	{ "root@box:~# unshare -m", "unshare mnt", NULL },
	{ "user@box:/tmp$ ls -l", "run ls -l in", "line.foreign" },
	{ "run ls | head", "run sh -c 'ls | head'", "line.pipe" },
	{ "run -e A=1 ls / > /tmp/x", "run -e A=1 sh -c 'ls / > /tmp/x'", "line.pipe" },
	{ "exec box ls && true", "exec box sh -c 'ls && true'", "line.pipe" },
	{ "run sleep 5 &", "spawn sleep 5", "line.pipe" },
	{ "unshare uts && hostname box", "unshare uts; hostname box", "line.pipe" },
	{ "mountinfo | grep proc", "mountinfo proc", "line.pipe" },
};

/* What a line is, in *line or err. */
static enum foreign_kind reading(const char *typed, struct arena *arena, struct text *line, struct error *err)
{
	struct statement *list;
	size_t count;

	assert_int_equal(words_split(typed, strlen(typed), arena, &list, &count, err), 0);
	assert_int_equal(count, 1);
	return foreign_read(&list[0], arena, line, err);
}

static void test_a_foreign_line_is_done_or_answered(void **state)
{
	(void)state;
	assert_true(COUNT(lines) >= 70);
	for (size_t i = 0; i < COUNT(lines); i++) {
		cleanup_arena struct arena arena = { 0 };
		cleanup_text struct text line = { 0 };
		struct error err = { 0 };
		enum foreign_kind kind = reading(lines[i].line, &arena, &line, &err);
		bool well = lines[i].id ? kind == FOREIGN_ANSWERED && strcmp(err.id, lines[i].id) == 0 &&
					  strstr(err.fix, lines[i].stave) :
					  kind == FOREIGN_DONE && strcmp(text_of(&line), lines[i].stave) == 0;
		if (!well)
			print_error("%s: %d, %s, %s: %s\n", lines[i].line, kind, text_of(&line), err.id, err.fix);
		assert_true(well);
	}
}

/* What a line becomes is one that the vocabulary takes. */
static void test_what_is_done_instead_is_a_line_of_the_vocabulary(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		cleanup_arena struct arena arena = { 0 };
		struct statement *list;
		struct words words;
		struct error err = { 0 };
		size_t count;
		if (lines[i].id)
			continue;
		words_split(lines[i].stave, strlen(lines[i].stave), &arena, &list, &count, &err);
		for (size_t n = 0; n < count; n++) {
			const struct command *command = command_find(&list[n].words[0], &err);
			if (!command || command_accept(command, list[n].words, list[n].count, &arena, &words, &err) < 0)
				print_error("%s: %s\n", lines[i].stave, err.what);
			assert_non_null(command);
			assert_string_equal(err.id, "");
		}
	}
}

static void is_ours(const char *typed, size_t length)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	size_t count;
	struct error err = { 0 };

	assert_int_equal(words_split(typed, length, &arena, &list, &count, &err), 0);
	for (size_t i = 0; i < count; i++) {
		cleanup_text struct text line = { 0 };
		enum foreign_kind kind = foreign_read(&list[i], &arena, &line, &err);
		if (kind != FOREIGN_NOT)
			print_error("%s: %s %s\n", list[i].text, text_of(&line), err.what);
		assert_int_equal(kind, FOREIGN_NOT);
	}
}

static void test_a_line_of_the_vocabulary_is_never_foreign(void **state)
{
	static const char *const ours[] = {
		"mount none /mnt -o remount,bind,ro", "mount overlay overlay /mnt -o lowerdir=/a:/b",
		"unshare user --map 0:1000:1", "unshare --boottime 1 time", "umount -l /mnt", "ps -w", "ps --inside",
		"run sh -c 'ls | head'", "run expr 1 '>' 2", "run ls --help", "kill %1 KILL", "chroot /root --keep-cwd",
		"container busybox ls", "container -- httpd -f -p 80", "container --image ubuntu:22.04 -- bash", "!ls | head", "! docker ps",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ours); i++)
		is_ours(ours[i], strlen(ours[i]));
	for (size_t i = 0; i < command_count; i++)
		for (const char *line = commands[i]->example; line && *line; line += strcspn(line, "\n") + (strchr(line, '\n') != NULL))
			is_ours(line, strcspn(line, "\n"));
}

/* What would change the host is no way out. */
static void test_no_answer_sends_what_changes_things_to_the_host(void **state)
{
	static const char *const harmful[] = { "rm -rf /", "chmod 777 /", "reboot", "apt install x", "kill -9 812" };

	(void)state;
	for (size_t i = 0; i < COUNT(harmful); i++) {
		cleanup_arena struct arena arena = { 0 };
		cleanup_text struct text line = { 0 };
		struct error err = { 0 };
		reading(harmful[i], &arena, &line, &err);
		assert_null(strchr(err.fix, '!'));
		assert_null(strchr(text_of(&line), '!'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_foreign_line_is_done_or_answered),
		cmocka_unit_test(test_what_is_done_instead_is_a_line_of_the_vocabulary),
		cmocka_unit_test(test_a_line_of_the_vocabulary_is_never_foreign),
		cmocka_unit_test(test_no_answer_sends_what_changes_things_to_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
