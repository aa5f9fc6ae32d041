#include "words/topics/facts.h"

#include "base/message.h"
static const struct fact mount_flags[] = {
	{ "MS_BIND", "make another place show the same folder or file: no copy, and no new file system" },
	{ "MS_REC", "with MS_BIND or a propagation: all mounts below it, too" },
	{ "MS_REMOUNT", "change the flags of a mount that stands; with MS_BIND those of this place alone" },
	{ "MS_MOVE", "move a mount to another place in one step; not from below a shared one" },
	{ "MS_PRIVATE", "do not send mounts made below it, and receive none" },
	{ "MS_SHARED", "join a peer group: what is mounted below one member appears below all" },
	{ "MS_SLAVE", "receive mounts made in the peer group it was in, and send it none" },
	{ "MS_UNBINDABLE", "private, and no bind mount can copy it" },
	{ "MS_RDONLY", "nothing can be written by this mount; with MS_BIND it takes a second call" },
	{ "MS_NOSUID", "set-user-ID bits and file capabilities have no effect here" },
	{ "MS_NODEV", "device files cannot be opened here" },
	{ "MS_NOEXEC", "no program can be executed from here" },
	{ "MS_NOATIME", "reading does not change the time of the last access" },
	{ "MS_NODIRATIME", "the same, for folders alone" },
	{ "MS_RELATIME", "the access time changes once a day, or where it is older than the last change" },
	{ "MS_STRICTATIME", "each reading changes the access time" },
	{ "MS_SYNCHRONOUS", "writing waits for the disk" },
	{ "MS_DIRSYNC", "changes of folders wait for the disk" },
	{ "MS_LAZYTIME", "times are changed in memory, and written later" },
	{ "MS_NOSYMFOLLOW", "symbolic links are not followed here" },
	{ "MS_SILENT", "the kernel writes no messages about this mount" },
	{ "MNT_DETACH", "umount2: detach it from the tree now, and release it when nothing uses it "
			"any more" },
	{ "MNT_FORCE", "umount2: abort pending requests; only some file systems support it" },
	{ 0 }
};

/* As mountinfo and mount(8) spell them. */
static const struct fact mount_options[] = {
	{ "ro", "nothing can be written: by this mount, or, as a super option, to the file system; MS_RDONLY" },
	{ "rw", "the opposite of ro; a mount that is rw on a file system that is ro cannot be written to" },
	{ "nosuid", "set-user-ID bits and file capabilities have no effect here: MS_NOSUID" },
	{ "nodev", "device files cannot be opened here: MS_NODEV" },
	{ "noexec", "no program can be executed from here: MS_NOEXEC" },
	{ "noatime", "reading does not change the time of the last access: MS_NOATIME" },
	{ "nodiratime", "the same, for folders alone: MS_NODIRATIME" },
	{ "relatime", "the access time changes once a day, or where it is older than the last change: MS_RELATIME" },
	{ "nosymfollow", "symbolic links are not followed here: MS_NOSYMFOLLOW" },
	{ "idmapped", "the owners of its files have other ids here than on the disk: mount_setattr(2)" },
	{ "shared", "shared:N, the mount is in group N: what is mounted below one member appears below all" },
	{ "master", "master:N, the mount receives those made in group N and sends it none: a slave" },
	{ "propagate_from", "propagate_from:N, the nearest group above that this process can see" },
	{ "unbindable", "the mount is private, and no bind mount can copy it" },
	{ "private", "no optional field at all: the mount sends nothing and receives nothing" },
	{ 0 }
};

static const struct fact cgroup_files[] = {
	{ "cgroup.procs", "the processes of the group; writing a number moves that process in" },
	{ "cgroup.threads", "the same for single threads, in a threaded group" },
	{ "cgroup.controllers", "the controllers that this group may enable for its children" },
	{ "cgroup.subtree_control", "those that are enabled for its children: +cpu -io. A group "
				    "that enables any holds no processes itself, except the root" },
	{ "cgroup.events", "populated: whether a process is in it or below; frozen. poll(2) "
			   "reports changes" },
	{ "cgroup.freeze", "1 stops all processes in and below the group, 0 lets them continue" },
	{ "cgroup.kill", "1 kills all processes in and below the group, also those that are being "
			 "forked" },
	{ "cgroup.type", "domain, threaded, or why it is neither" },
	{ "cgroup.stat", "how many groups there are below it, dying ones among them" },
	{ "cgroup.max.depth", "how deep groups may be below it" },
	{ "cgroup.max.descendants", "how many groups may be below it" },
	{ "cpu.max", "\"QUOTA PERIOD\" in microseconds: so much CPU time in each period, then wait; max is no limit" },
	{ "cpu.max.burst", "how much unused quota may be saved up for later periods" },
	{ "cpu.weight", "1 to 10000: the share relative to siblings when the CPU is scarce; 100 at "
			"first" },
	{ "cpu.idle", "1: run only where nobody else wants to" },
	{ "cpu.stat", "CPU time used, and nr_throttled: periods in which the quota was used up" },
	{ "cpu.pressure", "how much of the time tasks waited for a CPU; memory.pressure and "
			  "io.pressure are the same for memory and disks" },
	{ "cpuset.cpus", "the CPUs that its processes may run on, as in 0-1,4" },
	{ "cpuset.mems", "the memory nodes that they may have memory of" },
	{ "cpuset.cpus.effective", "the CPUs that they may really run on, after what the groups above "
				   "allow" },
	{ "memory.max", "the hard limit: if memory beyond it cannot be reclaimed, the kernel kills "
			"a process" },
	{ "memory.high", "beyond this its processes are slowed down and have to reclaim; nothing is killed" },
	{ "memory.low", "memory that is reclaimed from it only if there is no other" },
	{ "memory.min", "memory that is never reclaimed from it" },
	{ "memory.current", "what the group and those below it use now, page cache included" },
	{ "memory.peak", "the most that it has used so far" },
	{ "memory.swap.max", "the limit on swap, in addition to memory.max" },
	{ "memory.swap.current", "the swap that it uses now" },
	{ "memory.oom.group", "1: if one is killed for memory, all are" },
	{ "memory.events", "how often each limit was reached; oom_kill: processes killed" },
	{ "memory.stat", "what the memory is used for: anon, file, kernel, ..." },
	{ "memory.reclaim", "writing a number reclaims that much memory" },
	{ "pids.max", "the most processes and threads; beyond it fork fails with EAGAIN" },
	{ "pids.current", "how many there are now" },
	{ "pids.events", "max: how often fork was refused" },
	{ "io.max", "for each disk, \"MAJ:MIN rbps=N wbps=N riops=N wiops=N\": the most in a second" },
	{ "io.weight", "the share of a disk relative to siblings" },
	{ "io.stat", "bytes and operations for each disk" },
	{ "tasks", "version 1: the threads of the group; writing a number moves that one in" },
	{ "cpu.cfs_quota_us", "version 1: microseconds of CPU time in each period; -1 is no limit" },
	{ "cpu.cfs_period_us", "version 1: the period, 100000 at first" },
	{ "cpu.shares", "version 1: the share relative to siblings; 1024 at first" },
	{ "cpuacct.usage", "version 1: CPU time used, in nanoseconds" },
	{ "memory.limit_in_bytes", "version 1: the most memory" },
	{ "memory.memsw.limit_in_bytes", "version 1: the most memory and swap together" },
	{ "memory.usage_in_bytes", "version 1: what is used now" },
	{ "memory.oom_control", N_("version 1: oom_kill_disable, under_oom") },
	{ "freezer.state", "version 1: FROZEN or THAWED" },
	{ "blkio.throttle.read_bps_device", "version 1: \"MAJ:MIN N\", bytes a second" },
	{ "devices.allow", "version 1: device files that may be opened; version 2 has a BPF program for that" },
	{ "notify_on_release", "version 1: 1 runs release_agent when the group becomes empty, on "
			       "the host: a way out for a process that may write it" },
	{ "release_agent", "version 1: the program for that, in the root of the tree" },
	{ 0 }
};

static const struct fact proc_files[] = {
	{ "ns", "/proc/PID/ns: a link for each namespace; equal numbers are one namespace" },
	{ "mountinfo", "/proc/PID/mountinfo: the mounts that the process sees, with propagation" },
	{ "mounts", "/proc/PID/mounts: the same without ids and propagation" },
	{ "status", "/proc/PID/status: ids, capabilities, NSpid, seccomp, state, in words" },
	{ "stat", "/proc/PID/stat: the same for programs, in one line" },
	{ "cgroup", "/proc/PID/cgroup: its group in each hierarchy, as its cgroup namespace shows it" },
	{ "uid_map", "/proc/PID/uid_map: INSIDE OUTSIDE COUNT, the user ids of its user namespace; written once" },
	{ "gid_map", "/proc/PID/gid_map: the same for groups; setgroups has to say deny first" },
	{ "setgroups", "/proc/PID/setgroups: deny forbids setgroups(2), with which a process could "
		       "drop a group that denies it something" },
	{ "root", "/proc/PID/root: its /, and a way into its mounts for a process that may ptrace "
		  "it" },
	{ "cwd", "/proc/PID/cwd: its working directory" },
	{ "exe", "/proc/PID/exe: the program, even if its file is gone" },
	{ "fd", "/proc/PID/fd: a link for each open descriptor" },
	{ "comm", "/proc/PID/comm: its name, 15 bytes, that it may change" },
	{ "cmdline", "/proc/PID/cmdline: its arguments, each ended by NUL" },
	{ "environ", "/proc/PID/environ: the environment that it began with" },
	{ "limits", "/proc/PID/limits: its resource limits, as of ulimit" },
	{ "oom_score_adj", "/proc/PID/oom_score_adj: when memory runs out, -1000 is never chosen, 1000 "
			   "first" },
	{ "timens_offsets", "/proc/PID/timens_offsets: how far the clocks of a time namespace are moved" },
	{ "attr/current", "/proc/PID/attr/current: its label, of AppArmor or SELinux" },
	{ "loginuid", "/proc/PID/loginuid: the user that logged in, for auditing" },
	{ "kcore", "/proc/kcore: the machine's memory; containers have it hidden" },
	{ "sysrq-trigger", "/proc/sysrq-trigger: commands to the kernel, reboot among them; containers have it "
			   "read-only" },
	{ "sys/kernel/hostname", "/proc/sys/kernel/hostname: of the uts namespace of the process "
				 "that opens it" },
	{ "filesystems", "/proc/filesystems: the types that mount(2) knows; nodev: without a disk" },
	{ "self", "/proc/self: the process that looks" },
	{ 0 }
};

const struct facts_of facts_tables[] = {
	{ "flag of a mount", "mount(2), umount2(2)", mount_flags },
	{ "mark of a mount in mountinfo", "proc(5), mount_namespaces(7)", mount_options },
	{ "file of a control group", "cgroups(7), admin-guide/cgroup-v2.rst, admin-guide/cgroup-v1", cgroup_files },
	{ N_("file of /proc"), "proc(5)", proc_files },
	{ 0 }
};

const struct fact facts_mountinfo[] = {
	{ "mount id", "of this mount, as long as it stands" },
	{ "parent id", "the mount that it is on" },
	{ "device", "MAJOR:MINOR, as st_dev of the files in it" },
	{ "root", "the folder of the file system that is seen here: / unless it is a bind mount" },
	{ "mount point", "where, below the process's root" },
	{ "options", "of the mount: this place alone" },
	{ "propagation", "shared:N, master:N, unbindable, none or several; nothing is private" },
	{ "-", "the end of those" },
	{ "type", "of the file system" },
	{ "source", "a device, or what the mounting program said" },
	{ "super options", "of the file system: all its places" },
	{ 0 }
};
