/* Concepts: what a process is parted from. */
#include "words/topics/concepts.h"

static const char *const namespaces_also[] = { "namespace", NULL };
static const char *const userns_also[] = { "user-namespace", "user-namespaces", NULL };
static const char *const pivot_also[] = { "pivot_root", NULL };

const struct concept concepts_isolation[] = {
	{
		.name = "namespaces", .also = namespaces_also,
		.summary = "several views of one kernel: what each type isolates, and how a "
			   "process gets there",
		.idea = "A namespace is one instance of something that all processes of a machine "
			"would otherwise share: the tree of mounts, process numbers, the host name, "
			"the network, queues, users, the root of the cgroup tree, boot and monotonic "
			"clocks. Each process is in one namespace of each of the eight types, and sees "
			"only what that one holds. Nothing is emulated: one kernel answers, depending "
			"on which process asks.\n\n"
			"A child inherits its parent's namespaces. unshare(2) puts the caller into a "
			"new one, clone(2) a new child, setns(2) joins one that exists. The pid and "
			"time namespaces are the exception: unshare moves only children made later. A "
			"namespace lives as long as a process, a descriptor or a mount refers to it. "
			"No call leaves one: the way back is setns(2), with a descriptor of the old "
			"one and the rights over it.",
		.drawing =
			"   process 1200                       process 1300\n"
			"     /proc/1200/ns/uts --> [uts A] <-- /proc/1300/ns/uts    shared\n"
			"     /proc/1200/ns/mnt --> [mnt A]     /proc/1300/ns/mnt --> [mnt B]\n"
			"     /proc/1200/ns/pid --> [pid A]     /proc/1300/ns/pid --> [pid B]\n",
		.words = "unshare, setns, ns, walls", .lesson = "01-what-a-container-is",
		.pages = "namespaces(7), unshare(2), setns(2), clone(2), ioctl_ns(2)",
	},
	{
		.name = "userns", .also = userns_also,
		.summary = "user namespaces: root inside, nobody outside",
		.idea = "In a user namespace, user and group numbers are its own. A map in "
			"/proc/PID/uid_map says which number outside stands for which inside: \"0 "
			"1000 1\" makes user 1000 of the outside root of the inside. The process "
			"that makes one has all capabilities in it, and these apply to what the "
			"namespace owns: mounts, network, host name of namespaces made within it. "
			"They give no rights over the rest of the machine. That is why unshare "
			"user needs no privilege, and why it opens the other types to "
			"everybody.\n\nA number without a row in the map is shown as 65534, "
			"nobody, and cannot be taken. A user may map only their own id; for more "
			"there are ranges in /etc/subuid, which newuidmap writes. gid_map requires "
			"setgroups to be denied first.",
		.drawing =
			"   outside                  uid_map            inside\n"
			"     1000 (you) ----------- 0 1000 1 --------->  0 (root)\n"
			"     100000..165535 ------- 1 100000 65536 --->  1..65536\n"
			"     0 (root) ------------- no row ----------->  65534 (nobody)\n",
		.words = "unshare user, idmap, rootless", .lesson = "06-users",
		.pages = "user_namespaces(7), newuidmap(1), subuid(5), credentials(7)",
	},
	{
		.name = "rootless",
		.summary = "a container without any privilege on the host",
		.idea = "An ordinary user may make a user namespace, and is root in it. With that, "
			"the other namespaces can be made, mounts among them, and a new root. No "
			"setuid program is needed, except newuidmap where more than one id is "
			"wanted.\n\nWhat stays out of reach: devices (mknod is refused), file "
			"systems that read a disk, ports below 1024 of the host, other users' "
			"files, and limits, unless a cgroup was delegated to the user. Overlay "
			"needs Linux 5.11, and for its marks the option userxattr. Files that root "
			"inside writes belong to the user outside. A system may forbid it: "
			"Debian's kernel.unprivileged_userns_clone, user.max_user_namespaces, or "
			"AppArmor's rule for userns.",
		.drawing =
			"   you, 1000                 needs root             needs nothing\n"
			"     unshare user            mknod                  unshare mnt pid net ...\n"
			"       `-- root inside       mount ext4             mount proc, tmpfs, overlay\n"
			"                             cgroup limits          pivot_root, caps, seccomp\n",
		.words = "unshare user, container, idmap, volume", .lesson = "06-users",
		.pages = "user_namespaces(7), newuidmap(1), cgroups(7)",
	},
	{
		.name = "init",
		.summary = "PID 1 of a pid namespace, and what it owes the others",
		.idea = "The first process of a pid namespace is number 1 in it. Orphans there become its "
			"children, so it has to wait(2) for them: a PID 1 that does not, as most "
			"programs do not, leaves zombies. When it ends, the kernel kills all others of "
			"the namespace by SIGKILL, and fork(2) fails there with ENOMEM ever after.\n\n"
			"Signals from within reach it only where it has a handler for them; from outside, "
			"SIGKILL and SIGSTOP always do. That is why \"docker stop\" waits ten "
			"seconds for a shell that is PID 1. An init such as tini, or container "
			"--init, takes the place of PID 1, forwards signals and reaps.",
		.drawing =
			"   host             pid namespace\n"
			"     4711 --------- 1  init       ends: all below get SIGKILL\n"
			"     4712 --------- |-- 2  sh\n"
			"     4713 --------- `-- 3  sleep  its parent ended: init reaps it\n",
		.words = "unshare pid, container --init, ps, kill", .lesson = "02-pid",
		.pages = "pid_namespaces(7), wait(2), kill(2)",
	},
	{
		.name = "pivot", .also = pivot_also,
		.summary = "another root for a whole mount namespace",
		.idea = "pivot_root(2) makes another mount the root of the caller's mount namespace, "
			"and puts the old root on a folder below it. When that is unmounted, nothing "
			"of the host's tree is left in the namespace: there is no way back up because "
			"there is no up. chroot(2) is weaker. It changes where names of one process "
			"begin, and leaves the mounts: a process that may chroot again gets out.\n\n"
			"The kernel asks for a mount point (a bind of the folder on itself makes it "
			"one), on another mount than the current root; the parents of both must not be "
			"shared. pivot_root(\".\", \".\") stacks the old root on the new one, so that "
			"no folder is needed for it. A mount namespace of its own comes first: "
			"otherwise the host's root would be replaced.",
		.drawing =
			"   before            after pivot_root        after umount\n"
			"     / (host)          / (new)                 / (new)\n"
			"     |-- home          |-- bin                 `-- bin\n"
			"     `-- new  [mount]  `-- old (host)\n"
			"         `-- bin           `-- home\n",
		.words = "pivot, chroot, rootfs, mounts", .lesson = "10-chroot-and-pivot",
		.pages = "pivot_root(2), chroot(2), mount_namespaces(7)",
	},
	{
		.name = "propagation",
		.summary = "whether a mount made here appears in a copy of the tree",
		.idea = "A new mount namespace begins with a copy of all mounts. Each mount's "
			"propagation says whether a mount made later on one side appears on the other. "
			"shared: it is in a peer group, and what is mounted below one member appears "
			"below all. private: it sends nothing and receives nothing. slave: it receives "
			"the group's mounts and sends none. unbindable: private, and no bind mount can "
			"copy it.\n\n"
			"systemd makes / shared, so mounts in a namespace made by the bare call appear "
			"on the host; where it belongs to another user namespace, its mounts begin as "
			"slaves. unshare(1), runc and unshare mnt here make all private, or slave, "
			"first. mountinfo shows it after the options: shared:N, master:N, or nothing. "
			"With MS_REC it is set for all mounts below, too.",
		.drawing =
			"     host /mnt  shared:7 <-----> child /mnt  shared:7     both ways\n"
			"     host /mnt  shared:7 ------> child /mnt  master:7     slave: one way\n"
			"     host /mnt  shared:7         child /mnt               private: none\n",
		.words = "propagation, unshare mnt --propagation, mounts --tree, mountinfo",
		.lesson = "04-mounts",
		.pages = "mount_namespaces(7), mount(2), proc(5), "
			 "sharedsubtree.rst in the kernel's documents",
	},
	{ 0 }
};
