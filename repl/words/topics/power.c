/* Concepts: what a process may do and use, and how the kernel says no. */
#include "words/topics/concepts.h"

static const char *const capabilities_also[] = { "capability", NULL };
static const char *const cgroups_also[] = { "control-groups", NULL };
static const char *const sections_also[] = { "(1)", "(3)", "(5)", "(7)", "(8)", "sections", NULL };

const struct concept concepts_power[] = {
	{
		.name = "capabilities", .also = capabilities_also,
		.summary = "root's power in 41 pieces",
		.idea = "The kernel does not ask whether a process is root but whether it has the "
			"capability that a call needs: net_admin for routes, sys_chroot for "
			"chroot, sys_admin for most of what a container is made of. A process has "
			"five sets of them. effective is what the kernel checks; permitted is what "
			"may be made effective; bounding is the most that execve(2) can give; "
			"inheritable passes execve where the program's file allows it, ambient "
			"with any program that is not privileged.\n\nA capability applies in a "
			"user namespace: to what that one owns. To give one up for good, drop it "
			"from the bounding set, then from the others: execve would give it back to "
			"uid 0. no_new_privs keeps execve from giving anything. docker leaves 14, "
			"Stave's container 11.",
		.drawing =
			"     bounding      the most that execve(2) can give; dropped for good\n"
			"     permitted     what may be made effective; capset(2) drops, never adds\n"
			"     effective     what the kernel asks for when a call needs one\n"
			"     inheritable   passes execve where the file's own allow it\n"
			"     ambient       passes execve of any program that is not privileged\n",
		.words = "caps, nonewprivs, container --cap-add --cap-drop, status",
		.lesson = "15-capabilities",
		.pages = "capabilities(7), capset(2), prctl(2), user_namespaces(7)",
	},
	{
		.name = "cgroups", .also = cgroups_also,
		.summary = "control groups: what a set of processes may use, and has used",
		.idea = "A control group is a folder in a file system of the kernel's, and its files "
			"are the knobs: a number written to memory.max limits all processes of the "
			"group together. A process is put in by writing its PID to cgroup.procs, and "
			"its children are born there. A controller counts and limits one thing: cpu, "
			"memory, pids, io, cpuset.\n\n"
			"Version 2 has one tree with all controllers; a group's cgroup.subtree_control "
			"lists those enabled for its children, and a group that enables any holds no "
			"processes itself, except the root. Version 1 has a tree for each controller, "
			"or for some together. A limit throttles (cpu.max), makes fork fail with "
			"EAGAIN (pids.max), or reclaims and at last kills (memory.max). A cgroup "
			"namespace limits nothing: it hides the path.",
		.drawing =
			"     /sys/fs/cgroup                cgroup.subtree_control: cpu memory pids\n"
			"     |-- system.slice\n"
			"     `-- stave-4711                cpu.max: 20000 100000   20 % of one CPU\n"
			"         `-- box  [procs 812 815]  memory.max: 64M         pids.max: 32\n",
		.words = "cgroup, limits, burn, top, container --cpu --memory --pids",
		.lesson = "08-cpu",
		.pages = "cgroups(7), cgroup_namespaces(7), admin-guide/cgroup-v2.rst",
	},
	{
		.name = "errno",
		.summary = "how a system call says why it failed",
		.idea = "A system call that fails returns -1 and leaves a number in errno; the "
			"number has a name, and the manual page of the call says under ERRORS what "
			"it means there. The same name means different things in different calls: "
			"EINVAL of pivot_root is \"not a mount point, or shared\", EINVAL of mount "
			"may be any option. EPERM means a missing right; EACCES a mode or path "
			"that denies access; ENOENT a name that does not exist; EBUSY one that is "
			"in use.\n\nNot every mistake is reported: a limit written wrong is "
			"EINVAL, but MS_BIND with MS_RDONLY in one call succeeds and is writable. "
			"Stave reads the state back after each step for that reason. explain EBUSY "
			"lists what it means for each primitive.",
		.drawing =
			"     mount(\"a\", \"/b\", ...) = -1        the call, and that it failed\n"
			"       errno = 16  EBUSY              why, in one number\n"
			"       mount(2), ERRORS               what that number means in this call\n",
		.words = "explain, calls", .lesson = "00-the-shell",
		.pages = "errno(3), intro(2), strerror(3)",
	},
	{
		.name = "(2)", .also = sections_also,
		.summary = "the number behind a name: the section of the manual",
		.idea = "mount(2) is a page of the manual in section 2. One name can have several: "
			"mount(2) is the system call, mount(8) the program that makes it. The number "
			"says which kind of thing is meant, and \"man 2 mount\" shows that page.\n\n"
			"Pages of section 2 are the contract between programs and the kernel: what a "
			"call takes, what it returns, and under ERRORS each way in which it fails. "
			"Section 7 explains ideas that are larger than one call, namespaces(7) and "
			"capabilities(7) above all; section 5 describes files, those in /proc among "
			"them. Stave names a page beside each call, to be read next to it.",
		.drawing =
			"     (1) programs       man 1 unshare     (5) files        man 5 subuid\n"
			"     (2) system calls   man 2 unshare     (7) ideas        man 7 namespaces\n"
			"     (3) C functions    man 3 errno       (8) for root     man 8 mount\n",
		.words = "plan, calls", .lesson = "00-the-shell",
		.pages = "man-pages(7), man(1), intro(2)",
	},
	{ 0 }
};
