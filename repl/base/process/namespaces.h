/* The types of namespaces: symbol, the link in /proc/PID/ns, the manual's name, the CLONE_NEW* bit,
 * what it isolates. Their only list; a file that includes it defines NAMESPACE() first.
 * namespaces(7). */
NAMESPACE(CGROUP, "cgroup", "cgroup", CLONE_NEWCGROUP, "the root of the cgroup tree")
NAMESPACE(IPC, "ipc", "ipc", CLONE_NEWIPC, "System V IPC, POSIX message queues")
NAMESPACE(MNT, "mnt", "mount", CLONE_NEWNS, "the tree of mounts")
NAMESPACE(NET, "net", "network", CLONE_NEWNET, "interfaces, addresses, routes, ports")
NAMESPACE(PID, "pid", "pid", CLONE_NEWPID, "process IDs")
NAMESPACE(TIME, "time", "time", CLONE_NEWTIME, "boot and monotonic clocks")
NAMESPACE(USER, "user", "user", CLONE_NEWUSER, "user and group IDs, capabilities")
NAMESPACE(UTS, "uts", "uts", CLONE_NEWUTS, "host and domain name")
