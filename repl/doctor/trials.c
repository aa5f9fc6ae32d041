/* THE table of trials. */
#include <linux/capability.h>
#include <sched.h>

#include "base/message.h"
#include "doctor/trial.h"
#include "snapshot/facts.h"

#define ROW(id, NAME, WHAT, ...) [TRIAL_##id] = { .name = NAME, .what = WHAT, __VA_ARGS__ }
#define NAMESPACE(id, NAME, WHAT, LINE, ...) \
	ROW(id, NAME, WHAT, .line = LINE, .ground = GROUND_USER, .after = TRIAL_USER, .cap = CAP_SYS_ADMIN, \
	    .ask = ask_unshare, .flag = __VA_ARGS__)
#define WORLD(id, NAME, WHAT, LINE, ...) \
	ROW(id, NAME, WHAT, .line = LINE, .ground = GROUND_WORLD, .cap = CAP_SYS_ADMIN, __VA_ARGS__)
#define NETWORK(id, NAME, WHAT, LINE, ...) \
	ROW(id, NAME, WHAT, .line = LINE, .ground = GROUND_NET, .cap = CAP_NET_ADMIN, .ask = ask_socket, __VA_ARGS__)
#define GROUP(id, NAME, LINE) \
	ROW(id, "cgroup " NAME, N_("limits: the controller of control groups"), .line = (LINE), .ground = GROUND_SEEN, \
	    .after = -1, .number = CONTROLLER_##id)

const struct trial trials[TRIALS] = {
	ROW(USER, "user", N_("a user namespace"), .line = "unshare user", .ground = GROUND_HERE, .after = -1,
	    .demanded = BY_USERS, .flag = CLONE_NEWUSER, .kernel = "CONFIG_USER_NS", .run = try_user,
		.ask = ask_unshare),
	NAMESPACE(MNT, "mnt", N_("a mount namespace"), "unshare mnt", CLONE_NEWNS, .demanded = BY_ALL,
		.run = try_mounts),
	NAMESPACE(PID, "pid", N_("a pid namespace"), "unshare pid", CLONE_NEWPID, .demanded = BY_ALL,
		.kernel = "CONFIG_PID_NS", .run = try_pid),
	NAMESPACE(UTS, "uts", N_("a uts namespace, and its host name"), "unshare uts; hostname box",
		CLONE_NEWUTS,
		  .demanded = BY_ALL, .kernel = "CONFIG_UTS_NS", .run = try_hostname),
	NAMESPACE(IPC, "ipc", N_("an ipc namespace"), "unshare ipc", CLONE_NEWIPC, .demanded = BY_ALL,
		.kernel = "CONFIG_IPC_NS", .run = try_namespace),
	NAMESPACE(NET, "net", N_("a network namespace"), "unshare net", CLONE_NEWNET, .demanded = BY_ALL,
		.kernel = "CONFIG_NET_NS", .run = try_namespace),
	NAMESPACE(CGROUP, "cgroup", N_("a cgroup namespace"), "unshare cgroup", CLONE_NEWCGROUP,
		.demanded = BY_ALL,
		  .kernel = "CONFIG_CGROUPS", .run = try_namespace),
	NAMESPACE(TIME, "time", N_("a time namespace"), "unshare time", 0x80 /* CLONE_NEWTIME */,
		.kernel = "CONFIG_TIME_NS", .run = try_namespace),
	ROW(IDMAP, "idmap", N_("a user namespace with a range of ids"), .line = "unshare user --map auto",
	    .ground = GROUND_HERE, .whose = USERS, .after = TRIAL_USER, .run = try_idmap),
	WORLD(TMPFS, "tmpfs", N_("a tmpfs"), "unshare mnt; mount tmpfs /tmp", .after = TRIAL_MNT,
		.demanded = BY_ALL,
	      .run = try_tmpfs, .ask = ask_mount),
	WORLD(PROC, "proc", N_("a proc of its own pid namespace"), "unshare mnt pid; mount proc /proc",
		.after = TRIAL_TMPFS,
	      .demanded = BY_ALL, .run = try_proc, .ask = ask_mount),
	WORLD(SYSFS, "sysfs", N_("a sysfs of its own network namespace"), "unshare mnt net; mount sysfs /sys -o ro",
	      .after = TRIAL_TMPFS, .run = try_sysfs, .ask = ask_mount),
	WORLD(DEVPTS, "devpts", N_("terminals of its own"), "unshare mnt; mount devpts /tmp",
		.after = TRIAL_TMPFS,
	      .demanded = BY_ALL, .run = try_devpts, .ask = ask_mount),
	WORLD(MQUEUE, "mqueue", N_("message queues of its own"), "unshare mnt ipc; mount mqueue /tmp",
		.after = TRIAL_TMPFS,
	      .demanded = BY_ALL, .kernel = "CONFIG_POSIX_MQUEUE", .run = try_mqueue, .ask = ask_mount),
	WORLD(OVERLAY, "overlay", N_("a union of layers"), "unshare mnt; mount tmpfs /tmp; union /bin /tmp/union",
	      .after = TRIAL_TMPFS, .demanded = BY_UNIONS, .kernel = "CONFIG_OVERLAY_FS", .module = "overlay", .run = try_overlay,
		.ask = ask_mount),
	WORLD(DEVICES, "devices", N_("device files: made, else bound"), NULL, .after = TRIAL_TMPFS,
		.demanded = BY_ALL,
	      .run = try_devices, .ask = ask_mount),
	WORLD(PIVOT, "pivot", N_("another root"), NULL, .after = TRIAL_TMPFS, .demanded = BY_ALL,
		.run = try_pivot,
	      .ask = ask_pivot),
	WORLD(IDMAPPED, "idmapped", N_("an idmapped mount"), NULL, .whose = ROOTS, .after = TRIAL_TMPFS, .run = try_idmapped),
	ROW(CAPABILITIES, "capabilities", N_("capabilities, given up"), .line = "caps docker",
		.ground = GROUND_USER,
	    .demanded = BY_ALL, .after = TRIAL_USER, .cap = CAP_SETPCAP, .run = try_capabilities),
	ROW(NO_NEW_PRIVS, "no_new_privs", N_("no_new_privs"), .line = "nonewprivs", .ground = GROUND_HERE,
	    .demanded = BY_ALL, .after = -1, .run = try_no_new_privs),
	ROW(SECCOMP, "seccomp", N_("a filter of system calls"), .line = "nonewprivs; seccomp docker",
		.ground = GROUND_HERE,
	    .demanded = BY_ALL, .after = -1, .kernel = "CONFIG_SECCOMP_FILTER", .run = try_seccomp),
	ROW(LANDLOCK, "landlock", N_("rules on folders"), .line = "landlock ro /", .ground = GROUND_HERE,
		.after = -1,
	    .kernel = "CONFIG_SECURITY_LANDLOCK", .run = try_landlock),
	ROW(KEYRING, "keyring", N_("a keyring of its own"), .line = "keyring", .ground = GROUND_HERE,
		.after = -1,
	    .kernel = "CONFIG_KEYS", .run = try_keyring, .ask = ask_keyctl),
	ROW(TRACE, "trace", N_("a traced program"), .line = "trace true", .ground = GROUND_HERE, .after = -1,
	    .run = try_trace, .ask = ask_ptrace),
	ROW(ARCHIVE, "archive", N_("the walls of the reader of archives, which takes images apart"), .ground = GROUND_HERE,
	    .after = -1, .flag = CLONE_NEWUSER, .run = try_archive, .ask = ask_archive),
	NETWORK(LO, "lo", N_("the loopback interface, up"), "unshare net; net lo", .after = TRIAL_NET,
		.demanded = BY_ALL, .run = try_lo),
	NETWORK(VETH, "veth", N_("a wire between two networks"), "unshare net; net veth a b",
		.after = TRIAL_NET, .kernel = "CONFIG_VETH", .module = "veth", .run = try_veth),
	NETWORK(BRIDGE, "bridge", N_("a switch"), "unshare net; net bridge b", .after = TRIAL_NET,
		.kernel = "CONFIG_BRIDGE", .module = "bridge", .run = try_bridge),
	NETWORK(NETEM, "netem", N_("delay and loss on a link"), "unshare net; net lo; net impair lo delay 10ms",
		.after = TRIAL_NET, .kernel = "CONFIG_NET_SCH_NETEM", .module = "sch_netem", .run = try_netem),
	NETWORK(NFT, "nft", N_("rules of nftables, and the program nft"), NULL, .after = TRIAL_NET,
		.kernel = "CONFIG_NF_TABLES", .module = "nf_tables", .run = try_nft),
	NETWORK(TUN, "tun", N_("an interface whose other end is a program"), "unshare net; net tun t",
		.after = TRIAL_NET, .kernel = "CONFIG_TUN", .module = "tun", .run = try_tun),
	NETWORK(OUTLET, "outlet", N_("an ordinary user's way out: pasta or slirp4netns"), NULL,
		.after = TRIAL_TUN,
		.whose = USERS, .run = try_outlet),
	GROUP(CPU, "cpu", "cgroup cpu 50%"),
	GROUP(MEMORY, "memory", "cgroup memory 64M"),
	GROUP(PIDS, "pids", "cgroup pids 100"),
	GROUP(CPUSET, "cpuset", NULL),
	GROUP(IO, "io", NULL),
	GROUP(FREEZER, "freezer", NULL),
};
