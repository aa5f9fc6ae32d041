/* Every cause that Stave can prove by looking at the state has a stable id: --json shows it as error.cause,
 * `explain ID` and the page of errors tell it from here. An error's id says which call failed and how, its
 * cause why. An id that was released keeps its meaning; new ones are added.
 *
 * A row: the name in C, the id, the state in which it is the cause. When it can be one at all, its premise,
 * stands in advice/premise.c. */
#pragma once

#include <sys/types.h>

#define CAUSES(CAUSE) \
	CAUSE(CAPS_GIVEN_UP, "caps.given-up", "The capability that the call needs is not in the bounding set any more.") \
	CAUSE(CAPS_MISSING, "caps.missing", "The child is in the host's user namespace and lacks the capability there.") \
	CAUSE(CAPS_DROPPED, "caps.dropped", "The child had the capability, and a step took it out of the effective set.") \
	CAUSE(SECCOMP_OUTER, "seccomp.outer", "A seccomp filter around the shell, which is not Stave's, refuses the call.") \
	CAUSE(SECCOMP_OWN, "seccomp.own", "A seccomp filter that a step has loaded refuses the call.") \
	\
	CAUSE(LSM_USERNS, "lsm.apparmor-userns", "AppArmor has taken the capabilities of the user namespace away.") \
	CAUSE(LSM_APPARMOR, "lsm.apparmor", "The child has the capability, and an AppArmor profile confines it.") \
	CAUSE(LSM_EXEC, "lsm.exec", "The profile of a security module does not let Stave execute its own program by a descriptor.") \
	CAUSE(LSM_SELINUX, "lsm.selinux", "The child has the capability, and an SELinux context confines it.") \
	CAUSE(SETNS_NOT_OWNER, "setns.not-owner", "The caller has no capabilities in the user namespace to be joined.") \
	CAUSE(USERNS_FORBIDDEN, "userns.forbidden", "A setting of the machine forbids user namespaces.") \
	CAUSE(USERNS_CHROOT, "userns.root-of-chroot", "The caller is in a chroot, and whoever is may make no user namespace.") \
	CAUSE(NS_OWNER, "ns.foreign-owner", "The namespace belongs to another user namespace than the child's.") \
	CAUSE(USERNS_UNMAPPED, "userns.unmapped", "The caller's own ids have no mapping in its user namespace.") \
	CAUSE(NS_DEPTH, "ns.depth", "Namespaces of this type can be nested no deeper.") \
	CAUSE(NS_UNKNOWN, "ns.type-unknown", "The kernel has no namespaces of this type.") \
	CAUSE(FORK_NO_INIT, "fork.init-gone", "The pid namespace for children has lost its first process.") \
	CAUSE(FORK_PIDS_MAX, "fork.pids-max", "A control group has as many processes as its pids.max allows.") \
	CAUSE(FORK_ULIMIT, "fork.ulimit", "The user has as many processes as RLIMIT_NPROC allows.") \
	CAUSE(NS_LIMIT, "ns.limit", "As many namespaces of this type exist as a limit of /proc/sys/user allows.") \
	\
	CAUSE(MOUNT_TYPE, "mount.type-unknown", "The kernel has no file system of this name.") \
	CAUSE(MOUNT_NO_DEVICE, "mount.no-block-device", "The file system reads a block device, and the source is none.") \
	CAUSE(MOUNT_EMPTY, "mount.device-empty", "The block device holds no bytes: a loop device without a file, or a drive without a medium.") \
	CAUSE(MOUNT_MISSING, "mount.missing", "The source or the target does not exist in the child's root.") \
	CAUSE(MOUNT_KIND, "mount.not-a-folder", "The target is a file.") \
	CAUSE(MOUNT_NO_REMOUNT, "mount.no-mount-to-change", "The target of a remount is not a mount point.") \
	CAUSE(MOUNT_HOSTS, "mount.host-has-it", "The host has the file system mounted, too, and what changes it changes it there.") \
	CAUSE(MOUNT_LOCKED_FLAGS, "mount.locked-flags", "A flag of the mount was set in a more privileged mount namespace and is locked.") \
	CAUSE(MOUNT_OPTIONS_LONG, "mount.options-long", "The options are longer than the page that mount(2) reads of them.") \
	CAUSE(MOUNT_MANY, "mount.too-many", "The mount namespace has as many mounts as fs.mount-max allows.") \
	CAUSE(MOUNT_WRITTEN, "mount.open-for-writing", "Files of the file system are open for writing.") \
	CAUSE(MOUNT_HIERARCHY, "mount.hierarchy", "A hierarchy of cgroup v1 is mounted with all of its controllers, and the options name others.") \
	CAUSE(MOUNT_TWICE, "mount.there-already", "The same file system is mounted at this place already.") \
	CAUSE(NS_SHARED, "ns.shared-with-host", "The child still shares the namespace with the host, which would be changed.") \
	CAUSE(MOUNT_OPTION, "mount.option-unknown", "The file system does not know an option; the kernel names it.") \
	CAUSE(MOUNT_VALUE, "mount.option-value", "The file system does not take an option's value; the kernel names it.") \
	CAUSE(MOUNT_SAYS, "mount.kernel-says", "The kernel says why in words of its own.") \
	CAUSE(MOUNT_ID, "mount.option-id-unmapped", "An option names a user or group that the user namespace has no number for.") \
	CAUSE(BIND_UNBINDABLE, "bind.unbindable", "The source is on a mount that is unbindable.") \
	CAUSE(BIND_UNCOVERS, "bind.uncovers", "A bind without the mounts below would uncover what they hide.") \
	CAUSE(MOUNT_NAMESPACE, "mount.namespace-not-own", "The file system shows a namespace that the child's user namespace does not own.") \
	CAUSE(MOUNT_COVERED, "mount.parts-covered", "Parts of the proc or sysfs that is seen are covered, and a fresh one would reveal them.") \
	CAUSE(MOUNT_NONE_SEEN, "mount.none-seen", "The mount namespace has no proc or sysfs any more that a fresh one could be compared with.") \
	CAUSE(MOUNT_INITIAL, "mount.initial-userns", "The file system may be mounted from the initial user namespace alone.") \
	CAUSE(MOUNT_OTHERS, "mount.other-owner", "The file system was mounted in another user namespace, which alone may change it.") \
	CAUSE(OVERLAY_OLD, "overlay.kernel-old", "The kernel is older than overlay in user namespaces.") \
	CAUSE(OVERLAY_UPPER_OVERLAY, "overlay.upper-on-overlay", "The writable layer is on an overlay.") \
	CAUSE(OVERLAY_NO_LOWER, "overlay.no-lower", "The options name no layer.") \
	CAUSE(OVERLAY_NO_WORK, "overlay.no-work", "The options name a writable layer and no work folder.") \
	CAUSE(OVERLAY_ONE_LOWER, "overlay.one-lower", "One layer is named, and no writable one.") \
	CAUSE(OVERLAY_MANY, "overlay.too-many", "More layers are named than overlay takes.") \
	CAUSE(OVERLAY_COLON, "overlay.colon", "The name of a folder has a colon, which separates layers.") \
	CAUSE(OVERLAY_COMMA, "overlay.comma", "The name of a folder has a comma, which separates options.") \
	CAUSE(OVERLAY_MISSING, "overlay.folder-missing", "A folder that the options name does not exist.") \
	CAUSE(OVERLAY_NO_FOLDER, "overlay.not-a-folder", "What an option names is not a folder.") \
	CAUSE(OVERLAY_NESTED, "overlay.work-inside-upper", "The work folder and the writable layer lie in each other.") \
	CAUSE(OVERLAY_UPPER_UNABLE, "overlay.upper-unable", "The writable layer is on a file system that cannot keep what overlay writes.") \
	CAUSE(OVERLAY_UPPER_RO, "overlay.upper-read-only", "The writable layer is on a read-only mount.") \
	CAUSE(OVERLAY_TWICE, "overlay.lower-twice", "Two of the layers are one folder.") \
	CAUSE(OVERLAY_LOWER_UPPER, "overlay.lower-is-upper", "A layer is the writable layer, or the work folder.") \
	CAUSE(OVERLAY_INSIDE, "overlay.nested", "A layer lies in another.") \
	CAUSE(OVERLAY_WORK_ELSEWHERE, "overlay.work-elsewhere", "The work folder and the writable layer are on different mounts.") \
	\
	CAUSE(UMOUNT_NOTHING, "umount.nothing-mounted", "Nothing is mounted at the path.") \
	CAUSE(UMOUNT_LOCKED, "umount.locked", "The mount was copied from a more privileged mount namespace and is locked.") \
	CAUSE(UMOUNT_ROOT, "umount.root", "The mount is the root of the process.") \
	CAUSE(UMOUNT_MOUNTS, "umount.mounts-below", "Another mount is mounted on it.") \
	CAUSE(UMOUNT_USED, "umount.in-use", "A process has its working directory, its root or a file on it.") \
	CAUSE(PROPAGATION_NO_MOUNT, "propagation.no-mount-point", "The path is not a mount point, and only mounts have a propagation type.") \
	CAUSE(PROPAGATION_CHROOT, "propagation.chroot", "/ is a folder inside a mount, because of a chroot.") \
	CAUSE(PIVOT_ROOT_NO_MOUNT, "pivot.root-no-mount", "The current root is a folder inside a mount, because of a chroot.") \
	CAUSE(PIVOT_NO_MOUNT, "pivot.new-root-no-mount", "The new root is not a mount point.") \
	CAUSE(PIVOT_SHARED, "pivot.parent-shared", "The parent mount of the new root is shared.") \
	CAUSE(PIVOT_OLD_OUTSIDE, "pivot.old-outside", "The place for the old root is not below the new one.") \
	CAUSE(PIVOT_OLD_SHARED, "pivot.old-shared", "The place for the old root is on a shared mount.") \
	CAUSE(PIVOT_SAME, "pivot.same-mount", "The new root, or the place for the old one, is on the current root's own mount.") \
	CAUSE(PIVOT_MISSING, "pivot.missing", "The new root, or the place for the old one, does not exist.") \
	CAUSE(PIVOT_NO_FOLDER, "pivot.not-a-folder", "The new root, or the place for the old one, is not a folder.") \
	CAUSE(PIVOT_INITRAMFS, "pivot.initramfs", "The current root is the initramfs, which cannot be moved.") \
	CAUSE(PIN_SHARED, "pin.shared", "The place to bind at is on a shared mount, and a mount namespace is never copied to its peers.") \
	CAUSE(BIND_MNTNS_ITSELF, "bind.mntns-in-itself", "A mount namespace would be bound in itself or in a younger one.") \
	\
	CAUSE(EXEC_ID, "exec.id-unmapped", "The user or group id to run as has no mapping in the user namespace.") \
	CAUSE(EXEC_WORKDIR_MISSING, "exec.workdir-missing", "The folder to start in does not exist in the child's root.") \
	CAUSE(EXEC_WORKDIR_KIND, "exec.workdir-no-folder", "What lies at the path to start in is not a folder.") \
	CAUSE(EXEC_PATH, "exec.not-in-path", "No folder in PATH has a program of this name.") \
	CAUSE(EXEC_MISSING, "exec.missing", "There is no file at this path in the child's root.") \
	CAUSE(EXEC_LANDLOCK, "exec.landlock", "No rule of the child's Landlock allows the program to be executed.") \
	CAUSE(EXEC_FOLDER, "exec.folder", "The path is a folder's.") \
	CAUSE(EXEC_NO_X, "exec.no-x-bit", "The file has no x bit.") \
	\
	CAUSE(EXEC_NOEXEC, "exec.noexec", "The file is on a mount that is noexec.") \
	CAUSE(EXEC_EMPTY, "exec.empty", "The file is empty.") \
	CAUSE(EXEC_NO_FORMAT, "exec.no-format", "The file is no ELF file, and has no first line with #!.") \
	CAUSE(EXEC_MACHINE, "exec.architecture", "The program is for another architecture.") \
	CAUSE(EXEC_DAMAGED, "exec.damaged", "The file begins as a program does, and the rest is damaged.") \
	CAUSE(EXEC_NO_INTERPRETER, "exec.interpreter-missing", "The script is there; the interpreter that its first line names is not.") \
	CAUSE(EXEC_LINE_EMPTY, "exec.interpreter-unnamed", "The file begins with #!, and no interpreter follows in that line.") \
	CAUSE(EXEC_LINE_LONG, "exec.interpreter-long", "The line behind #! is longer than what the kernel reads of a file to find its format.") \
	CAUSE(EXEC_CARRIAGE, "exec.carriage-return", "The first line of the script ends in CR LF, and the CR counts as a part of the interpreter's name.") \
	CAUSE(EXEC_DEPTH, "exec.interpreter-depth", "The interpreters of the script are scripts themselves, more than the kernel follows.") \
	CAUSE(EXEC_NO_LOADER, "exec.loader-missing", "The program is there; the loader that it names is not.") \
	CAUSE(EXEC_LONG, "exec.arguments-long", "The arguments and the environment are too long.") \
	CAUSE(EXEC_WRITTEN, "exec.being-written", "A process has the program's file open for writing.") \
	\
	CAUSE(SETNS_CLOSED, "setns.closed", "The process is in a user namespace around the shell's, where its CAP_SYS_PTRACE does not count.") \
	CAUSE(SETNS_USER, "setns.other-user", "The process belongs to another user, and the shell lacks CAP_SYS_PTRACE.") \
	CAUSE(SETNS_MORE, "setns.more-capabilities", "The process has capabilities that the shell lacks.") \
	CAUSE(SETNS_NOT_BELOW, "setns.userns-not-below", "The user namespace is not below the child's.") \
	CAUSE(SETNS_FOREIGN, "setns.foreign-owner", "The child has no capabilities over the user namespace that owns the target.") \
	CAUSE(SETNS_NO_CAPS, "setns.no-capabilities", "The child is an ordinary user's in the host's user namespace.") \
	CAUSE(SETNS_PID, "setns.pid-not-below", "The pid namespace is not below the child's own.") \
	\
	CAUSE(IDMAP_EXECUTE, "idmap.tool-not-for-all", "The user may not execute newuidmap(1) or newgidmap(1).") \
	CAUSE(IDMAP_NO_NEW_PRIVS, "idmap.no-new-privs", "no_new_privs is set, so that newuidmap(1) gains no privilege.") \
	CAUSE(IDMAP_NOSUID, "idmap.nosuid", "newuidmap(1) lies on a mount that is nosuid.") \
	CAUSE(IDMAP_UNPRIVILEGED, "idmap.tool-unprivileged", "newuidmap(1) has neither setuid bit nor file capabilities.") \
	CAUSE(IDMAP_UNNAMED, "idmap.user-unnamed", "The user has no line in /etc/passwd.") \
	CAUSE(IDMAP_UNREADABLE, "idmap.ranges-unreadable", "The file of ranges cannot be read.") \
	CAUSE(IDMAP_OVERLAP, "idmap.overlap", "Two lines of the map have an id in common.") \
	CAUSE(IDMAP_INVALID, "idmap.id-invalid", "A line of the map reaches beyond the highest id that there is.") \
	CAUSE(IDMAP_ONCE, "idmap.written-already", "The map has been written, and the kernel takes one once.") \
	CAUSE(IDMAP_NOT_GIVEN, "idmap.range-not-given", "No line of /etc/subuid or /etc/subgid gives the user these ids.") \
	\
	CAUSE(CGROUP_NO_CONTROLLER, "cgroup.no-controller", "The kernel lacks the controller.") \
	CAUSE(CGROUP_GAP, "cgroup.not-enabled", "A group above has the controller and does not enable it for groups below.") \
	CAUSE(CGROUP_UNKNOWN, "cgroup.unknown-controller", "No controller has this name.") \
	CAUSE(CGROUP_GONE, "cgroup.gone", "The group does not exist any more.") \
	CAUSE(CGROUP_NO_FILE, "cgroup.no-file", "The kernel has no such file.") \
	CAUSE(CGROUP_NO_NUMBER, "cgroup.not-a-pid", "What was written is not the number of a process.") \
	CAUSE(CGROUP_NO_PROCESS, "cgroup.no-process", "There is no process with this number.") \
	CAUSE(CGROUP_MEMBERS, "cgroup.has-processes", "The group has processes.") \
	CAUSE(CGROUP_ENABLES, "cgroup.enables-controllers", "The group enables controllers for groups below, so it takes no processes.") \
	CAUSE(CGROUP_BELOW, "cgroup.has-groups", "There are groups below it.") \
	CAUSE(CGROUP_MEMORY_USED, "cgroup.memory-in-use", "The group uses more memory than the limit would allow.") \
	CAUSE(CGROUP_INVALID, "cgroup.domain-invalid", "A group beside it was made threaded.") \
	CAUSE(CGROUP_THREADED, "cgroup.threaded", "The group is threaded, and takes threads of its domain alone.") \
	CAUSE(CGROUP_CPUSET, "cgroup.cpuset-empty", "The cpuset of the group has no CPU or no memory node.") \
	CAUSE(CGROUP_IDLE, "cgroup.idle", "The group is idle, and an idle group has no weight.") \
	CAUSE(CGROUP_VALUE, "cgroup.no-value", "The file takes a number, and another word was written to it.") \
	CAUSE(CGROUP_BURST, "cgroup.burst-above-quota", "The burst is more than the quota.") \
	CAUSE(CGROUP_RANGE, "cgroup.out-of-range", "The file takes other numbers than the one that was written to it.") \
	CAUSE(CGROUP_ABOVE, "cgroup.above-parent", "On cgroup v1 no group gets more than the one above.") \
	CAUSE(CGROUP_NO_DISK, "cgroup.no-disk", "There is no disk of this number.") \
	CAUSE(CGROUP_MAX, "cgroup.max-groups", "A group above allows no more groups below it.") \
	CAUSE(CGROUP_ANCESTOR, "cgroup.common-ancestor", "The common ancestor of both groups is another user's.") \
	CAUSE(CGROUP_NOT_DELEGATED, "cgroup.not-delegated", "The group belongs to another user.") \
	CAUSE(CGROUP_OUTSIDE, "cgroup.outside-namespace", "The two groups are not in one cgroup namespace.") \
	CAUSE(CGROUP_NS_ROOT, "cgroup.namespace-root", "The group is the root of the cgroup namespace.") \
	\
	CAUSE(NET_NO_LINK, "net.no-interface", "The network namespace has no interface of this name.") \
	CAUSE(NET_NAME_USED, "net.name-used", "The network namespace has an interface of this name already.") \
	CAUSE(NET_NO_LOWER, "net.no-lower-interface", "There is no interface of the name of the one below.") \
	CAUSE(NET_LOWER_BUSY, "net.lower-busy", "The interface below is used in another way.") \
	CAUSE(NET_TYPE, "net.type-unknown", "The kernel has no interfaces of this type.") \
	CAUSE(NET_KEPT, "net.made-by-kernel", "The kernel made the interface with the namespace, and removes it only with that.") \
	CAUSE(NET_CANNOT, "net.type-cannot", "An interface of this type cannot do that.") \
	CAUSE(NET_VALUE, "net.value", "The interface does not take the value.") \
	CAUSE(NET_BRIDGE_BRIDGE, "net.bridge-in-bridge", "A bridge cannot be part of a bridge.") \
	CAUSE(NET_ADDRESS_THERE, "net.address-there", "The interface has this address already.") \
	CAUSE(NET_NO_ADDRESS, "net.no-such-address", "No interface asked for has this address.") \
	CAUSE(NET_NO_IPV6, "net.ipv6-off", "IPv6 is switched off there.") \
	CAUSE(NET_ROUTE_THERE, "net.route-there", "There is a route to the same network already.") \
	CAUSE(NET_NO_ROUTE, "net.no-such-route", "There is no such route.") \
	CAUSE(NET_GATEWAY, "net.gateway-unreachable", "No interface that is up has an address in the network of the gateway.") \
	CAUSE(NET_DOWN, "net.interface-down", "The interface is down.") \
	CAUSE(NET_IMPAIRED, "net.impaired-already", "The interface is impaired already.") \
	CAUSE(NET_NOT_IMPAIRED, "net.not-impaired", "The interface is not impaired.") \
	CAUSE(NET_NO_TUN, "net.no-tun-device", "There is no /dev/net/tun.") \
	CAUSE(NET_TUN_CLOSED, "net.tun-closed", "The user may not open /dev/net/tun.") \
	CAUSE(NET_NO_NFT, "net.nft-missing", "The program nft(8) is not installed.") \
	CAUSE(NET_RULE_THERE, "net.rule-there", "A rule for the same is there already.") \
	CAUSE(NET_NO_RULE, "net.no-such-rule", "There is no such rule.") \
	CAUSE(NET_PORT_USED, "net.port-used", "A process listens on this port of the host already.") \
	CAUSE(NET_PORT_RESERVED, "net.port-reserved", "The port is below net.ipv4.ip_unprivileged_port_start.") \
	CAUSE(NET_NOT_ETHERNET, "net.not-ethernet", "The interface is no Ethernet interface, which the other one takes alone.") \
	CAUSE(NET_NO_BRIDGE, "net.not-a-bridge", "The interface that another one is to be a port of is no bridge.") \
	CAUSE(NET_BRIDGE_FULL, "net.bridge-full", "The bridge has as many ports as the kernel lets one have.") \
	CAUSE(NET_LOOP, "net.loop", "The interface lies on the bridge of which it would be a port.") \
	CAUSE(NET_VLAN_THERE, "net.vlan-there", "The interface below carries a VLAN of this number already.") \
	CAUSE(NET_MAC_USED, "net.mac-used", "Another interface on the same one has this hardware address.") \
	CAUSE(NET_NO_HOST, "net.address-no-host", "The address stands for a group or for nobody, and no interface can have it.") \
	CAUSE(NET_MTU_IPV6, "net.mtu-below-ipv6", "The interface takes packets shorter than IPv6 asks for.") \
	CAUSE(NET_NO_NEIGHBOUR, "net.gateway-no-neighbour", "The gateway's address is not one that a neighbour can have.") \
	CAUSE(NET_GATEWAY_WIRE, "net.gateway-without-interface", "The gateway has a link-local address, and no interface is named.") \
	CAUSE(TIME_RANGE, "time.out-of-range", "The clock would be below zero.") \
	CAUSE(LANDLOCK_MOUNTS, "landlock.mounts", "Landlock lets no process that it restricts change what is mounted.") \
	CAUSE(LANDLOCK_KERNEL, "landlock.kernel", "The kernel has no Landlock.") \
	CAUSE(LANDLOCK_OFF, "landlock.off", "The kernel has Landlock, and was started without it.") \
	CAUSE(LANDLOCK_MANY, "landlock.too-many", "The process has as many rulesets as it may have.") \
	CAUSE(SECCOMP_LARGE, "seccomp.too-large", "All filters of the process together have too many instructions.") \
	CAUSE(SECCOMP_KERNEL, "seccomp.kernel", "The kernel has no seccomp filters.") \
	CAUSE(KEYRING_QUOTA, "keyring.quota", "The user may have no more keys.") \
	CAUSE(KEYRING_KERNEL, "keyring.kernel", "The kernel has no keyrings.") \
	CAUSE(CGROUP_READ_ONLY, "cgroup.read-only", "The cgroup file system is mounted read-only.") \
	CAUSE(FILE_READ_ONLY, "file.read-only", "The path is on a mount that is read-only.") \
	CAUSE(FILE_MISSING, "file.missing", "Nothing lies at the path, or at a folder on the way.") \
	CAUSE(FILE_NO_FOLDER, "file.not-a-folder", "What has to be a folder is none.") \
	CAUSE(FILE_FOLDER, "file.a-folder", "What has to be a file is a folder.") \
	CAUSE(FILE_FIXED, "file.fixed-names", "The file system shows what the kernel has, and nobody makes or removes a name in it.") \
	CAUSE(SYSCTL_ROOT, "sysctl.root-alone", "The setting is one that root of the initial user namespace alone may change.") \
	CAUSE(SYSCTL_NAMESPACE, "sysctl.namespace", "The setting is of a namespace that the user namespace of the process does not own.") \
	CAUSE(SYSCTL_READ_ONLY, "sysctl.read-only", "The setting is one that the kernel lets nobody change.") \
	CAUSE(FILE_NO_TERMINAL, "file.no-terminal", "/dev/tty is the terminal of the session, which has none.") \
	CAUSE(TTY_NO_STUFFING, "terminal.no-tiocsti", "dev.tty.legacy_tiocsti is 0: nobody puts input into a terminal without CAP_SYS_ADMIN.") \
	CAUSE(NS_SCOPE, "ns.out-of-scope", "The namespace that is asked for lies outside of the process's own.") \
	CAUSE(CHILD_KILLED, "child.killed", "A signal has ended the child.") \
	CAUSE(CHILD_JANITOR, "child.janitor-killed", "The janitor, parent of the child, was killed, and the child with it.") \
	CAUSE(FILE_DANGLING, "file.dangling-link", "A symbolic link on the way leads to what does not exist.") \
	CAUSE(FILE_EXISTS, "file.exists", "Something lies at the path already.") \
	CAUSE(FILE_DENIED, "file.denied", "The mode and owner of a file or folder forbid it to the user.") \
	CAUSE(FILE_FULL, "file.full", "The file system has no free block.") \
	CAUSE(FILE_NO_INODES, "file.no-inodes", "The file system has no free inode, and free blocks.") \
	CAUSE(FILE_MAGIC, "file.magic-link", "A link on the way leads to an open file and not to a path, and only the kernel can follow it.") \
	CAUSE(FILE_LINKS, "file.links", "More symbolic links lie on the way than the kernel follows.") \
	CAUSE(FILE_NAME_LONG, "file.name-long", "A name in the path is longer than the kernel takes.") \
	CAUSE(FILE_NO_DEVICES, "file.nodev", "The path is on a mount on which devices cannot be opened.") \
	CAUSE(FILE_MASKED, "file.masked", "A container's mask lies over what the kernel has at the path.") \
	CAUSE(FILE_EXECUTED, "file.executed", "A process executes the file, which nobody may write to meanwhile.") \
	CAUSE(FILE_TWO_MOUNTS, "file.two-mounts", "The two names are on different mounts.") \
	CAUSE(OVERLAY_REDIRECT, "overlay.folder-below", "A folder of a layer below is renamed, and the overlay has no redirect_dir.") \
	CAUSE(CAPS_INITIAL, "caps.initial-userns", "The kernel asks for the capability in the initial user namespace, and the process has it in another.") \
	CAUSE(CAPS_PERMITTED, "caps.beyond-permitted", "capset(2) asks for what is not in the permitted set, and no call adds to that.") \
	CAUSE(CAPS_EFFECTIVE, "caps.beyond-own-permitted", "capset(2) would make effective what it does not permit.") \
	CAUSE(CAPS_INHERITABLE, "caps.not-inheritable", "capset(2) would make inheritable what the process does not have, or what its bounding set lacks.") \
	CAUSE(CAPS_ANOTHERS, "caps.anothers", "capset(2) is about another process, and each sets its own alone.") \
	CAUSE(CAPS_AMBIENT, "caps.not-ambient", "What is to be ambient is not both permitted and inheritable, or a secure bit forbids it.") \
	CAUSE(CAPS_LACKS, "caps.lacks", "The effective set of the process lacks the capability.") \
	CAUSE(USERNS_SETGROUPS, "userns.setgroups-denied", "/proc/PID/setgroups of the user namespace says deny.") \
	CAUSE(LIMIT_NOFILE, "limit.nofile", "The process has as many files open as RLIMIT_NOFILE allows.") \
	CAUSE(LIMIT_FSIZE, "limit.fsize", "The file would become longer than RLIMIT_FSIZE allows.") \
	CAUSE(LIMIT_AS, "limit.as", "The process would have more address space than RLIMIT_AS allows.") \
	CAUSE(LIMIT_DATA, "limit.data", "The process would have more data than RLIMIT_DATA allows.") \
	CAUSE(LIMIT_MEMLOCK, "limit.memlock", "The process would lock more memory than RLIMIT_MEMLOCK allows.") \
	CAUSE(LIMIT_NPROC, "limit.nproc", "The user has as many processes as RLIMIT_NPROC of the process allows.") \
	CAUSE(LANDLOCK_RULES, "landlock.rules", "No rule of the child's Landlock allows it.") \
	CAUSE(NET_UNREACHABLE, "net.unreachable", "The network namespace has no route to the address.") \
	CAUSE(NET_LISTENER, "net.listener-elsewhere", "What listens in the host's network namespace is not reached from the child's.") \
	CAUSE(PID_ELSEWHERE, "pid.not-in-namespace", "The pid namespace has no process of this number.") \
	CAUSE(PROCESS_ABSENT, "process.absent", "There is no process with this number.") \
	CAUSE(PROCESS_OUTSIDE, "process.outside", "The process is outside of the child's user namespace, and what belongs to it takes a capability there.") \
	CAUSE(PROCESS_HIDDEN, "process.hidden", "/proc is mounted so that it hides the process.") \
	CAUSE(FORK_PIDS_ALL, "fork.pids-all", "The machine has as many processes and threads as it may have.") \
	CAUSE(UMOUNT_DEVICE, "umount.backs-device", "A file on the mount backs a loop device.") \
	CAUSE(FILE_MOUNT_POINT, "file.mount-point", "Something is mounted at the path.") \
	CAUSE(OVERLAY_NO_UPPER, "overlay.no-upper", "The overlay has no writable layer.") \
	CAUSE(OVERLAY_MOUNTED_RO, "overlay.mounted-read-only", "The kernel could not write to the work folder, and mounted the overlay read-only.") \
	CAUSE(FILE_PATH_LONG, "file.path-long", "The path is longer than the kernel takes, and none of its names is.") \
	CAUSE(FILE_SYSTEM_RO, "file.file-system-read-only", "The file system itself is read-only, on each of its mounts.") \
	CAUSE(PIVOT_ROOT_SHARED, "pivot.root-parent-shared", "The parent mount of the current root is shared.") \
	CAUSE(PIVOT_LOCKED, "pivot.locked", "The new root was copied from a more privileged mount namespace, and is locked to its place.") \
	CAUSE(SETNS_LSM, "setns.security-module", "The shell has CAP_SYS_PTRACE in the first user namespace, and a security module refuses it.") \
	CAUSE(EXEC_X_OTHERS, "exec.x-for-others", "The mode lets others execute the file, and not this user.") \
	CAUSE(MOUNT_DEVICE_RO, "mount.device-read-only", "The block device is read-only, and the mount would write to it.") \
	CAUSE(EXEC_ARGUMENT, "exec.argument-long", "One argument is longer than the kernel takes.") \
	CAUSE(CGROUP_ON_V1, "cgroup.controller-on-v1", "A cgroup v1 hierarchy has the controller.") \
	CAUSE(CGROUP_ON_V2, "cgroup.controller-on-v2", "No cgroup v1 hierarchy has the controller, and cgroup v2 is not mounted.") \
	CAUSE(CGROUP_DISABLED, "cgroup.controller-disabled", "The kernel has the controller, and was started without it.") \
	CAUSE(CGROUP_DEPTH, "cgroup.max-depth", "A group above allows no groups so deep.") \
	CAUSE(NET_TUN_DRIVER, "net.no-tun-driver", "/dev/net/tun is there and has no driver.") \
	CAUSE(NET_MULTICAST, "net.address-multicast", "The address is one of a group, and no interface can have it.") \
	CAUSE(SETNS_ZOMBIE, "setns.zombie", "The process has ended, and its parent has not collected its status.") \
	CAUSE(NS_PENDING, "ns.not-entered", "No process has entered the namespace for children yet, and a second one cannot be made before.") \
	CAUSE(FUSE_OTHER, "fuse.not-allowed", "The FUSE file system lets in the user alone who has mounted it.") \
	CAUSE(FUSE_NO_DEVICE, "fuse.no-device", "The program asks for /dev/fuse, which the child's /dev does not have.") \
	CAUSE(FUSE_NO_TOOL, "fuse.no-fusermount", "The program asks fusermount3(1) to mount for it, which the child's root does not have.") \
	CAUSE(FUSE_OPTIONS, "fuse.options-missing", "The options lack one of those without which FUSE mounts nothing: fd=, rootmode=, user_id=, group_id=.") \
	CAUSE(FUSE_FD, "fuse.no-descriptor", "The option fd= names no open /dev/fuse of the process that mounts.") \
	CAUSE(FUSE_GONE, "fuse.server-gone", "The program that serves the FUSE file system has ended.") \
	CAUSE(FILE_STALE, "file.stale", "What the handle named has been removed by somebody else.") \
	CAUSE(FILE_DAMAGED, "file.damaged", "The structures of the file system are damaged.") \
	CAUSE(FILE_QUOTA, "file.quota", "The user, the group or the project has as much as its quota on the file system allows.") \
	CAUSE(FILE_NO_READER, "file.no-reader", "No process has the pipe open for reading.") \
	CAUSE(FILE_SOCKET, "file.socket", "It is a socket, which is connected to and not opened.") \
	CAUSE(FILE_OWNER, "file.not-owner", "The owner of the file alone may do this, or who has CAP_FOWNER over it.") \
	CAUSE(FILE_STICKY, "file.sticky", "In a folder with the sticky bit a name is removed by the owner of the file or of the folder.") \
	CAUSE(FILE_IMMUTABLE, "file.immutable", "The file has the attribute i or a of chattr(1), which holds for everybody.") \
	CAUSE(FILE_NO_DRIVER, "file.no-driver", "The device node has numbers of which the kernel has no driver.") \
	CAUSE(TRACE_TRACED, "trace.traced", "The process has a tracer already, and one is the most.") \
	CAUSE(TRACE_YAMA, "trace.yama", "Yama (kernel.yama.ptrace_scope) forbids to trace it.") \
	CAUSE(XATTR_TRUSTED, "xattr.trusted", "Attributes trusted.* need CAP_SYS_ADMIN in the initial user namespace.") \
	CAUSE(XATTR_OWNER, "xattr.not-owner", "Attributes user.* are set by the owner of the file.")

enum cause_id {
#define CAUSE(name, id, means) CAUSE_##name,
	CAUSES(CAUSE)
#undef CAUSE
	CAUSE_COUNT
};

struct error;

/* One row of the table; NULL from CAUSE_COUNT on. */
struct cause_row { const char *id, *means; };
const struct cause_row *cause_row(int i);

/* The number of the cause with this id; -1 when none has it. */
int cause_called(const char *id);

/* The cause of a failure: its own; of a refusal before any call, whose id says which state is in the way
 * (path.absent), that id; "" where neither tells why. */
const char *error_cause(const struct error *err);

/* Give a failure its cause. Returns -1, as fail_why() does. */
int fail_cause(struct error *err, enum cause_id cause);

/* A process that /proc does not have: ESRCH, and whether it is hidden there. Returns -1. proc(5), hidepid. */
int fail_process(struct error *err, pid_t pid);

/* stat(2) of the path failed: code, and what fail_path() adds. Returns -1. */
int fail_stat(struct error *err, int code, const char *path);

/* The same of an errno that is about the path alone, whatever the call: ELOOP, ENAMETOOLONG; of another code err stays.
 * Returns -1. path_resolution(7). */
int fail_path(struct error *err, int code, const char *path);

/* What an errno says of a file or its file system, whatever the call: ESTALE, EUCLEAN, EDQUOT; NULL for others. */
struct file_state { int code; enum cause_id cause; const char *why, *fix; };
const struct file_state *file_state(int code);
