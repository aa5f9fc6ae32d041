/* The looking commands: whole screens of a child that is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/list.h"
#include "base/process/title.h"
#include "base/text.h"
#include "base/show/table.h"
#include "snapshot/facts.h"
#include "snapshot/reading.h"
#include "words/language/command.h"
#include "words/language/words.h"

/* No process has this number: it is the highest that Linux knows, and pid_max lies below it. */
enum { CHILD = 4194303 };

struct world {
	struct facts facts;
	struct reading host, child;
	struct difference last;
	struct mounts *before;
	struct context context;
};

static const char host_mounts[] =
	"20 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
	"21 20 0:2 / /proc rw - proc proc rw\n";

static const char child_mounts[] =
	"50 1 0:40 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"
	"51 50 0:2 / /proc rw,nosuid master:4 - proc proc rw\n"
	"52 50 254:0 /home /te\\040st ro,relatime shared:3 - ext4 /dev/vda rw\n"
	"53 52 0:41 / /te\\040st/deep rw - tmpfs x\033y rw,size=4k\n"
	"54 51 0:42 / /proc rw - tmpfs over rw\n";

static void fill(struct reading *reading, pid_t pid, uint64_t ns, const char *mounts)
{
	static pid_t inside[] = { CHILD, 17 }, alone[] = { 4711 };

	*reading = (struct reading){ .pid = pid, .parent = 1, .root = "/", .cwd = "/",
				     .uid_map = "0 0 4294967295\n", .gid_map = "0 0 4294967295\n",
				     .setgroups = "allow\n", .levels = 1, .inside = pid == CHILD ? inside : alone,
				     .state = 'S', .cap_effective = 0xff, .cap_bounding = 0xff };
	for (int link = 0; link < NS_LINKS; link++)
		reading->ns[link].id = ns + (uint64_t)(link < NS_TYPES ? link :
			link == NS_PID_FOR_CHILDREN ? NS_PID : NS_TIME);
	reading->mounts = mounts_parse(mounts, NULL);
}

static int begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return -1;
	world->facts.cgroups_known = true;
	world->facts.initial_userns = true;
	world->facts.capabilities = 41;
	fill(&world->host, getpid(), 100, host_mounts);
	strcpy(world->host.comm, "stave");
	fill(&world->child, CHILD, 100, child_mounts);
	strcpy(world->child.comm, "a\033b");
	world->host.slash = world->host.top = (struct folder){ 21, 2, 254, 0 };
	world->child.slash = world->child.top = (struct folder){ 50, 2, 0, 40 };
	world->child.ns[NS_MNT].id = 7;
	world->child.ns[NS_UTS].id = 8;
	world->child.levels = 2;
	world->context = (struct context){ .facts = &world->facts, .host = &world->host,
					   .child = &world->child, .pid = CHILD, .rows = 24,
					   .columns = 80, .utf8 = true };
	*state = world;
	return 0;
}

static int end(void **state)
{
	struct world *world = *state;

	difference_done(&world->last);
	mounts_free(world->before);
	mounts_free(world->host.mounts);
	mounts_free(world->child.mounts);
	free(world);
	return 0;
}

/* Runs a line of words parted by blanks; what it prints, or how it fails. */
static void run(const struct world *world, const char *line, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };
	struct word list[8] = { { 0 } };
	struct error err = { 0 };
	struct words words;
	size_t count = 0;

	for (const char *p = line; *p && count < 8; p += p[0] == ' ') {
		size_t length = strcspn(p, " ");
		list[count++] = (struct word){ arena_copyn(&arena, p, length), (int)(p - line) + 1 };
		p += length;
	}
	const struct command *command = command_find(&list[0], &err);
	assert_non_null(command);
	if (command_accept(command, list, count, &arena, &words, &err) < 0 ||
	    command->look(&world->context, &words, ret, &err) < 0) {
		text_clear(ret);
		text_addf(ret, "%d: %s (%s)", err.column, err.what, errno_name(err.code));
	}
}

/* Whether a plan is made of line; the errno of its refusal, 0 for none. */
static int refusal(const struct world *world, const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct plan plan = { 0 };
	struct error err = { 0 };
	struct words words;
	size_t count;

	assert_int_equal(words_split(line, strlen(line), &arena, &list, &count, &err), 0);
	const struct command *command = command_find(&list->words[0], &err);
	assert_non_null(command);
	assert_int_equal(command_accept(command, list->words, list->count, &arena, &words, &err), 0);
	command->build(&world->context, &words, &plan, &err);
	plan_done(&plan);
	return err.code;
}

static void shows(const struct world *world, const char *line, const char *expected)
{
	cleanup_text struct text found = { 0 };

	run(world, line, &found);
	assert_string_equal(text_of(&found), expected);
}

/* No line but those of mountinfo is wider than the terminal, and no control byte comes out. */
static void fits(const struct world *world, const char *line, size_t columns)
{
	cleanup_text struct text found = { 0 };

	run(world, line, &found);
	for (char *p = found.s; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	for (char *p = strtok(found.s, "\n"); p; p = strtok(NULL, "\n"))
		assert_true(text_columns(p) <= columns);
}

static void test_ns(void **state)
{
	struct world *world = *state;
	struct difference last = { .ns = { [NS_UTS] = true } };

	world->child.ns[NS_NET].id = 0;
	world->child.ns[NS_NET].code = EACCES;
	world->child.ns[NS_PID_FOR_CHILDREN].id = 0;
	world->child.ns[NS_PID_FOR_CHILDREN].code = ENOENT;
	world->child.ns[NS_TIME_FOR_CHILDREN].id = 9;
	world->context.last = &last;
	shows(world, "ns",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      " TYPE     ID  WHOSE       ISOLATES\n"
	      " cgroup  100  the host's  the root of the cgroup tree\n"
	      " ipc     101  the host's  System V IPC, POSIX message queues\n"
	      " mnt       7  own         the tree of mounts\n"
	      " net       -  EACCES      interfaces, addresses, routes, ports\n"
	      " pid     104  the host's  process IDs\n"
	      " time    105  the host's  boot and monotonic clocks\n"
	      " user    106  the host's  user and group IDs, capabilities\n"
	      " uts*      8  own         host and domain name\n"
	      "\n"
	      " pid_for_children   -  new and empty: its next child will be process 1 there\n"
	      " time_for_children  9  another: its next child will be in it\n"
	      " * changed by the last step\n");
}

static void test_ns_of_others(void **state)
{
	struct world *world = *state;

	shows(world, "ns 4194302", "4: process 4194302 (ESRCH)");
	shows(world, "ns 0", "4: ns: 0 is not a process number (E?)");
	shows(world, "ns 1x", "4: ns: 1x is not a process number (E?)");
	shows(world, "ns 1 2", "6: ns: one argument too many: 2 (E?)");
	fits(world, "ns host", 80);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	siginfo_t info;
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	char line[32], expected[64];
	snprintf(line, sizeof(line), "ns %d", pid);
	snprintf(expected, sizeof(expected), "0: read /proc/%d/ns/mnt (ENOENT)", pid);
	shows(world, line, expected);
	waitpid(pid, NULL, 0);
}

static void test_mountinfo(void **state)
{
	struct world *world = *state;

	shows(world, "mountinfo",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      "   50 1 0:40 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"
	      "   51 50 0:2 / /proc rw,nosuid master:4 - proc proc rw\n"
	      "   52 50 254:0 /home /te\\040st ro,relatime shared:3 - ext4 /dev/vda rw\n"
	      "   53 52 0:41 / /te\\040st/deep rw - tmpfs x\\x1by rw,size=4k\n"
	      "   54 51 0:42 / /proc rw - tmpfs over rw\n"
	      " 5 mounts\n");
	shows(world, "mountinfo /te*p",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      "   53 52 0:41 / /te\\040st/deep rw - tmpfs x\\x1by rw,size=4k\n"
	      " 5 mounts, 1 with /te*p\n");
	shows(world, "mountinfo nothing",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n 5 mounts, 0 with nothing\n");
}

/* The child's table, with one that was added, one changed, one taken away. */
static void change(struct world *world)
{
	struct reading before = world->child;

	world->before = mounts_parse(
		"50 1 0:40 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"
		"51 50 0:2 / /proc rw,nosuid - proc proc rw\n"
		"52 50 254:0 /home /te\\040st ro,relatime shared:3 - ext4 /dev/vda rw\n"
		"54 51 0:42 / /proc rw - tmpfs over rw\n"
		"60 50 0:50 / /gone rw - tmpfs gone rw\n", NULL);
	before.mounts = world->before;
	difference_find(&before, &world->child, &world->last);
	world->context.last = &world->last;
}

static void test_marks(void **state)
{
	struct world *world = *state;

	change(world);
	shows(world, "mountinfo",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      " - 60 50 0:50 / /gone rw - tmpfs gone rw\n"
	      "   50 1 0:40 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"
	      " ~ 51 50 0:2 / /proc rw,nosuid master:4 - proc proc rw\n"
	      "   52 50 254:0 /home /te\\040st ro,relatime shared:3 - ext4 /dev/vda rw\n"
	      " + 53 52 0:41 / /te\\040st/deep rw - tmpfs x\\x1by rw,size=4k\n"
	      "   54 51 0:42 / /proc rw - tmpfs over rw\n"
	      " 5 mounts\n"
	      " by the last step: + added, ~ changed, - removed\n");
	/* What is not shown needs no legend. */
	shows(world, "mountinfo over",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      "   50 1 0:40 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"
	      "   54 51 0:42 / /proc rw - tmpfs over rw\n"
	      " 5 mounts, 2 with over\n");
}

static void test_mounts(void **state)
{
	struct world *world = *state;

	shows(world, "mounts",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      "  MOUNT POINT  TYPE     SOURCE           PROPAGATION, OPTIONS\n"
	      "  /            overlay  overlay          private rw,relatime\n"
	      "  /proc        proc     proc             slave rw,nosuid\n"
	      "  /te st       ext4     /dev/vda[/home]  shared ro,relatime\n"
	      "  /te st/deep  tmpfs    x\\x1by           private rw\n"
	      "  /proc        tmpfs    over             private rw\n");
	change(world);
	shows(world, "mounts --tree",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      "  MOUNT POINT  TYPE     SOURCE           PROPAGATION, OPTIONS\n"
	      " #/            overlay  overlay          private rw,relatime\n"
	      "~.├─ proc      proc     proc             slave rw,nosuid\n"
	      " #│  └─ /proc  tmpfs    over             private rw\n"
	      " #└─ te st     ext4     /dev/vda[/home]  shared ro,relatime\n"
	      "+#   └─ deep   tmpfs    x\\x1by           private rw\n"
	      "- /gone  tmpfs\n"
	      " # its own, = shared with the host, . hidden by another mount\n"
	      " by the last step: + added, ~ changed, - removed\n");
}

static void test_deep_stack(void **state)
{
	struct world *world = *state;
	cleanup_text struct text text = { 0 };

	text_add(&text, "1 0 0:1 / / rw - tmpfs t rw\n");
	for (int i = 2; i <= 3000; i++)
		text_addf(&text, "%d %d 0:%d / /a rw - tmpfs t rw\n", i, i - 1, i);
	mounts_free(world->child.mounts);
	world->child.mounts = mounts_parse(text_of(&text), NULL);
	fits(world, "mounts --tree", 100);
}

static void test_unreadable_table(void **state)
{
	struct world *world = *state;

	mounts_free(world->child.mounts);
	world->child.mounts = NULL;
	shows(world, "mountinfo", "0: read /proc/4194303/mountinfo (EACCES)");
	shows(world, "mounts", "0: read /proc/4194303/mountinfo (EACCES)");
}

static void test_idmap(void **state)
{
	struct world *world = *state;

	shows(world, "idmap",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      "         INSIDE           OUTSIDE               COUNT\n"
	      " users   0 to 4294967294  0 to 4294967294  4294967295\n"
	      " groups  0 to 4294967294  0 to 4294967294  4294967295\n"
	      " It runs as user 0, group 0, as seen from outside.\n"
	      " The user namespace is the host's: a number inside is the same number outside.\n");
	world->child.ns[NS_USER].id = 9;
	world->child.uid_map = "         0       1000          1\n         1     100000      65536\n";
	world->child.gid_map = "";
	world->child.setgroups = "deny\n";
	world->child.uid[1] = 1000;
	shows(world, "idmap",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      "         INSIDE      OUTSIDE           COUNT\n"
	      " users   0           1000                  1\n"
	      "         1 to 65536  100000 to 165535  65536\n"
	      " groups  none yet    -                     0\n"
	      " It runs as user 1000, group 0, as seen from outside.\n"
	      " Ids without a mapping are shown as 65534, and no file can be created with them.\n"
	      " setgroups is denied: no process inside can drop a group to get around a rule\n"
	      " that excludes the group.\n");
}

static void test_status(void **state)
{
	struct world *world = *state;

	strcpy(world->child.hostname, "box\r");
	world->child.ns[NS_USER].id = 9;
	world->child.uid_map = "0 1000 1\n1 100000 9\n";
	world->child.cap_effective = 0xf;
	world->child.no_new_privs = 1;
	shows(world, "status",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      " own           mnt user uts\n"
	      " the host's    cgroup ipc net pid time\n"
	      " root          its own: a union (overlay) of 1 read-only layer\n"
	      " hostname      box\\x0d\n"
	      " cpu           no cgroup controller here\n"
	      " memory        no cgroup controller here\n"
	      " processes     no cgroup controller here\n"
	      " user          runs as 0 outside; 0 inside is 1000 outside, 1 of them, and\n"
	      "               more: idmap\n"
	      " group         runs as 0 outside; every number inside is the same outside\n"
	      " capabilities  4 of 41 in effect, 8 at most (bounding set), 0 ambient; they\n"
	      "               apply only to what its user namespace owns\n"
	      " filters       no_new_privs on, seccomp off\n"
	      " Not confined yet:  missing pid, ipc, net, cgroup, limits, a seccomp filter,\n"
	      "                    masked and read-only paths\n");
	fits(world, "status host", 80);
}

static void test_walls(void **state)
{
	struct world *world = *state;

	strcpy(world->host.hostname, "vm");
	strcpy(world->child.hostname, "世界世界世界世界\r");
	world->child.ns[NS_NET].id = 3;
	world->child.ns[NS_NET].joined = true;
	world->child.ns[NS_TIME].id = 0;
	world->child.ns[NS_TIME].code = EACCES;
	world->child.cap_permitted = 1 << 21;
	world->child.no_new_privs = 1;
	world->child.root = "/a\033b";
	world->child.slash.inode = 77;
	shows(world, "walls",
	      " process 4194303 (a\\x1bb), the child, 17 inside\n"
	      " WALL          CHILD               HOST\n"
	      " mnt           5 mounts        ##  2 mounts\n"
	      " pid           process 17      ==  process 4711  unshare pid\n"
	      " uts           世界世界世...   ##  vm\n"
	      " ipc           101             ==  101           unshare ipc\n"
	      " net           3               ::  103           joined\n"
	      " cgroup        100             ==  100           unshare cgroup\n"
	      " user          user 0          ==  user 0        unshare user\n"
	      " time          ?               ??  105           not looked at\n"
	      " root          union, 1 layer  ##  ext4\n"
	      " chroot        /a\\x1bb         ~~  /             a curtain\n"
	      " cpu           no controller   ??\n"
	      " memory        no controller   ??\n"
	      " processes     no controller   ??\n"
	      " capabilities  8 in effect     ==  8 in effect   caps docker\n"
	      " no_new_privs  set             ##  not set\n"
	      " seccomp       off             ==  off           seccomp docker\n"
	      " paths         /proc/sys       ==  /proc/sys     readonly\n"
	      " ## stands, :: joined: shared with another process, ~~ hides, but can be walked\n"
	      " around, == the host's own\n"
	      " Not shown by /proc: keyring, landlock, handles.\n");
	fits(world, "walls", 80);
	fits(world, "walls host", 80);
}

static void test_before_the_first_child(void **state)
{
	struct world *world = *state;
	cleanup_text struct text found = { 0 };

	world->context.child = &world->host;
	world->context.pid = 0;
	run(world, "idmap", &found);
	assert_non_null(strstr(text_of(&found), "There is no child yet"));
	assert_non_null(strstr(text_of(&found), ", this shell, on the host\n"));
	shows(world, "ps",
	      " There is no child yet, so nothing runs in its world. The first step starts it:\n"
	      " unshare uts\n");
}

static void test_ps(void **state)
{
	struct world *world = *state;
	cleanup_text struct text found = { 0 };
	char row[64];

	/* This process and what it forked stand for the child and its programs. */
	world->child.pid = world->context.pid = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	run(world, "ps", &found);
	/* The columns behind are as wide as the numbers in them. */
	assert_non_null(strstr(text_of(&found), "OUTSIDE  INSIDE  PARENT "));
	snprintf(row, sizeof(row), "%d", pid);
	assert_non_null(strstr(text_of(&found), row));
	assert_non_null(strstr(text_of(&found), "looking_test"));
	assert_non_null(strstr(text_of(&found), "the pid namespace is the"));
	text_clear(&found);
	run(world, "ps --host", &found);
	assert_non_null(strstr(text_of(&found), " 2 of the "));
	text_clear(&found);
	run(world, "ps --inside", &found);
	assert_non_null(strstr(text_of(&found), "The child sees all that the host sees"));
	fits(world, "ps", 80);
	fits(world, "ps --inside", 80);
	shows(world, "ps --inside --host",
	      "1: ps: --inside and --host exclude each other (E?)");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_tree(void **state)
{
	struct world *world = *state;
	char folder[] = "/tmp/stave-test-XXXXXX", line[64], path[64], expected[200];

	world->child.pid = world->context.pid = getpid();
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/.wh.\033x", folder);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(line, sizeof(line), "tree %s", folder);
	snprintf(expected, sizeof(expected),
		 " %s/\n └─ .wh.\\x1bx  whiteout as aufs and archives write it: hides \\x1bx\n",
		 folder);
	shows(world, line, expected);
	unlink(path);
	rmdir(folder);
	snprintf(expected, sizeof(expected), "6: open %s (ENOENT)", folder);
	shows(world, line, expected);
	shows(world, "tree --depth 0 /",
	      "1: --depth takes a number from 1 to 64, not 0 (E?)");
}

static void table_is(struct table *table, size_t width, const char *expected)
{
	cleanup_text struct text found = { 0 };

	table_print(table, false, 1, width, &found);
	assert_string_equal(text_of(&found), expected);
}

static void test_table(void **state)
{
	static const size_t most[] = { 3 };
	struct table table = { .columns = 2, .right = 1 };

	(void)state;
	table_is(&table, 80, "");
	table_add(&table, "1");
	table_add(&table, "é");
	table_add(&table, "100");
	table_add(&table, "%s", "");
	table_is(&table, 80, "   1  é\n 100\n");
	table = (struct table){ .columns = 2 };
	table_add(&table, "k");
	table_add(&table, "one, two,three-and-four 漢字漢字漢字");
	table_is(&table, 24, " k  one, two,\n    three-and-four 漢字\n    漢字漢字\n");
	table.cut = true;
	table_add(&table, "k");
	table_add(&table, "one, two,three-and-four");
	table_is(&table, 24, " k  one, two,...\n");
	table = (struct table){ .columns = 2, .most = most };
	table_add(&table, "long one");
	table_add(&table, "x");
	table_add(&table, "abc");
	table_add(&table, "y");
	table_is(&table, 80, " long one\n      x\n abc  y\n");
}

/* Read as a table without mounts it would lead to plans that do harm; NULL has crashed them. */
static void test_mounts_that_could_not_be_read_are_no_missing_mounts(void **state)
{
	static const char *const depend[] = { "union /a /b /c", "whiteout /c/x", "pivot /a",
					      "rootfs busybox" };
	static const char *const others[] = { "mount tmpfs /t", "umount /t", "copyup /c/x",
					      "propagation private", "bindmount /a /b" };
	static const char *const looks[] = { "mountinfo", "mounts", "status", "layers", "diff",
					     "tree /", "ns" };
	struct world *world = *state;

	mounts_free(world->child.mounts);
	world->child.mounts = NULL;
	world->child.mounts_code = EMFILE;
	for (size_t i = 0; i < COUNT(depend); i++)
		assert_int_equal(refusal(world, depend[i]), EMFILE);
	for (size_t i = 0; i < COUNT(others); i++)
		refusal(world, others[i]);
	for (size_t i = 0; i < COUNT(looks); i++) {
		cleanup_text struct text text = { 0 };
		run(world, looks[i], &text);
	}
	assert_null(mounts_find(NULL, "/"));
	struct difference difference;
	difference_find(&world->child, &world->host, &difference);
	assert_int_equal(difference.mount_count, 0);
	difference_done(&difference);
}

/* Whose it is decides the options of overlay, and whether the host would be changed. */
static void test_a_namespace_that_could_not_be_read_is_not_the_hosts(void **state)
{
	static const char *const depend[] = { "union /a /b /c", "whiteout /c/x", "rootfs busybox" };
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(depend); i++)
		for (size_t link = 0; link < 2; link++) {
			enum ns_link unread = link ? NS_USER : NS_MNT;
			uint64_t id = world->child.ns[unread].id;
			world->child.ns[unread].id = 0;
			world->child.ns[unread].code = ENOMEM;
			assert_int_equal(refusal(world, depend[i]), ENOMEM);
			world->child.ns[unread].id = id;
			world->child.ns[unread].code = 0;
		}
}

int main(int argc, char **argv)
{
#define LOOK(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		LOOK(test_ns),
		LOOK(test_ns_of_others),
		LOOK(test_mountinfo),
		LOOK(test_marks),
		LOOK(test_mounts),
		LOOK(test_deep_stack),
		LOOK(test_unreadable_table),
		LOOK(test_idmap),
		LOOK(test_status),
		LOOK(test_walls),
		LOOK(test_before_the_first_child),
		LOOK(test_ps),
		LOOK(test_tree),
		cmocka_unit_test(test_table),
		LOOK(test_mounts_that_could_not_be_read_are_no_missing_mounts),
		LOOK(test_a_namespace_that_could_not_be_read_is_not_the_hosts),
	};

	/* ps shows the command line, as far as the row is wide: it begins with the folder of the build. */
	title_open(argc, argv);
	title_set("looking_test");
	return cmocka_run_group_tests_name("commands: looking", tests, NULL, NULL);
}
