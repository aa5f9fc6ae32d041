/* Parts of plans: capabilities, and the table of what each allows. */
#include "words/plans/privilege/caps.h"

#include <ctype.h>
#include <linux/capability.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"

const struct capability capabilities[CAPABILITIES] = {
	[CAP_CHOWN] = { "chown", OVER_FILES, "give any file another owner or group" },
	[CAP_DAC_OVERRIDE] = { "dac_override", OVER_FILES, "read, write and enter whatever a mode forbids" },
	[CAP_DAC_READ_SEARCH] = { "dac_read_search", OVER_FILES, "read every file, enter every folder" },
	[CAP_FOWNER] = { "fowner", OVER_FILES, "do with any file what its owner may: chmod, ..." },
	[CAP_FSETID] = { "fsetid", OVER_FILES, "keep setuid and setgid bits when a file is written to" },
	[CAP_KILL] = { "kill", OVER_PROCESSES, "send signals to processes of other users" },
	[CAP_SETGID] = { "setgid", OVER_PROCESSES, "become any group, set the list of groups" },
	[CAP_SETUID] = { "setuid", OVER_PROCESSES, "become any user" },
	[CAP_SETPCAP] = { "setpcap", OVER_PROCESSES, "lower the bounding set, raise inheritable ones" },
	[CAP_LINUX_IMMUTABLE] = { "linux_immutable", OVER_MACHINE, "set and clear chattr +i and +a" },
	[CAP_NET_BIND_SERVICE] = { "net_bind_service", OVER_NETWORK, "listen on ports below 1024" },
	[CAP_NET_BROADCAST] = { "net_broadcast", OVER_NETWORK, "nothing: no code asks for it" },
	[CAP_NET_ADMIN] = { "net_admin", OVER_NETWORK, "interfaces, addresses, routes, firewall" },
	[CAP_NET_RAW] = { "net_raw", OVER_NETWORK, "raw and packet sockets: forge and listen to packets" },
	[CAP_IPC_LOCK] = { "ipc_lock", OVER_MACHINE, "lock memory beyond the limit" },
	[CAP_IPC_OWNER] = { "ipc_owner", OVER_NAMESPACES, "use System V queues and memory of other users" },
	[CAP_SYS_MODULE] = { "sys_module", OVER_MACHINE, "load code into the kernel" },
	[CAP_SYS_RAWIO] = { "sys_rawio", OVER_MACHINE, "I/O ports, /dev/mem, raw commands to disks" },
	[CAP_SYS_CHROOT] = { "sys_chroot", OVER_PROCESSES, "chroot; join a mount namespace" },
	[CAP_SYS_PTRACE] = { "sys_ptrace", OVER_PROCESSES, "trace any process, read its memory" },
	[CAP_SYS_PACCT] = { "sys_pacct", OVER_MACHINE, N_("process accounting") },
	[CAP_SYS_ADMIN] = { "sys_admin", OVER_NAMESPACES, "mount, new namespaces, host name, and a hundred more" },
	[CAP_SYS_BOOT] = { "sys_boot", OVER_NAMESPACES, "reboot: the machine, or the pid namespace" },
	[CAP_SYS_NICE] = { "sys_nice", OVER_PROCESSES, "set how others' processes are scheduled" },
	[CAP_SYS_RESOURCE] = { "sys_resource", OVER_MACHINE, "go beyond hard limits, quotas, reserved space" },
	[CAP_SYS_TIME] = { "sys_time", OVER_MACHINE, "set the clock" },
	[CAP_SYS_TTY_CONFIG] = { "sys_tty_config", OVER_MACHINE, "hang up and configure terminals" },
	[CAP_MKNOD] = { "mknod", OVER_MACHINE, "make device nodes" },
	[CAP_LEASE] = { "lease", OVER_MACHINE, "take leases on files of others" },
	[CAP_AUDIT_WRITE] = { "audit_write", OVER_MACHINE, "write to the audit log" },
	[CAP_AUDIT_CONTROL] = { "audit_control", OVER_MACHINE, "set the rules of the audit log" },
	[CAP_SETFCAP] = { "setfcap", OVER_FILES, "give capabilities to files" },
	[CAP_MAC_OVERRIDE] = { "mac_override", OVER_MACHINE, "bypass Smack's rules" },
	[CAP_MAC_ADMIN] = { "mac_admin", OVER_MACHINE, "set the rules of Smack, SELinux, AppArmor" },
	[CAP_SYSLOG] = { "syslog", OVER_MACHINE, "read and clear the kernel's log" },
	[CAP_WAKE_ALARM] = { "wake_alarm", OVER_MACHINE, "set timers that wake the machine" },
	[CAP_BLOCK_SUSPEND] = { "block_suspend", OVER_MACHINE, "keep the machine awake" },
	[CAP_AUDIT_READ] = { "audit_read", OVER_MACHINE, "listen to the audit log" },
	[CAP_PERFMON] = { "perfmon", OVER_MACHINE, "measure with perf_event_open" },
	[CAP_BPF] = { "bpf", OVER_MACHINE, N_("load BPF programs") },
	[CAP_CHECKPOINT_RESTORE] = { "checkpoint_restore", OVER_PROCESSES, "choose pids, read map_files: for CRIU" },
};

#define BIT(name) CAPABILITY(CAP_##name)

const uint64_t capabilities_container =
	BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FSETID) | BIT(FOWNER) | BIT(SETGID) | BIT(SETUID) |
	BIT(SETFCAP) | BIT(SETPCAP) | BIT(NET_BIND_SERVICE) | BIT(SYS_CHROOT) | BIT(KILL);

const uint64_t capabilities_docker =
	BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FSETID) | BIT(FOWNER) | BIT(SETGID) | BIT(SETUID) |
	BIT(SETFCAP) | BIT(SETPCAP) | BIT(NET_BIND_SERVICE) | BIT(SYS_CHROOT) | BIT(KILL) |
	BIT(MKNOD) | BIT(NET_RAW) | BIT(AUDIT_WRITE);

static int fail_unknown(const char *command, const char *word, const char *name, int column,
			struct error *err)
{
	const char *near = NULL;
	size_t least = strlen(name) > 4 ? 2 : 1;

	for (size_t i = 0; i < CAPABILITIES; i++) {
		size_t far = text_distance(capabilities[i].name, name, least);
		if (far <= least && (!near || far < least)) {
			near = capabilities[i].name;
			least = far;
		}
	}
	fail_id(err, ERR_CAPABILITY_UNKNOWN, 0, "%s: there is no capability %s", command, vis(word));
	err->column = column;
	if (near)
		return fail_fix(err, "did you mean %s?", near);
	return fail_fix(err, "caps lists them all, with what each allows");
}

int parse_capability(const char *command, const char *word, int column, uint64_t *ret,
		     struct error *err)
{
	char name[24];
	size_t length = 0;
	const char *p = strncasecmp(word, "cap_", 4) == 0 ? word + 4 : word;

	for (; p[length] && length + 1 < sizeof(name); length++)
		name[length] = (char)tolower((unsigned char)p[length]);
	name[length] = '\0';
	if (!p[length] && strcmp(name, "all") == 0) {
		*ret = capabilities_known;
		return 0;
	}
	for (size_t i = 0; !p[length] && i < CAPABILITIES; i++)
		if (strcmp(capabilities[i].name, name) == 0) {
			*ret = CAPABILITY(i);
			return 0;
		}
	return fail_unknown(command, word, name, column, err);
}

void plan_drop_bounding(struct plan *plan, uint64_t set)
{
	plan_add(plan, OP_capbset_drop)->capbset_drop.set = set;
}

void plan_capset(struct plan *plan, uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct op *op = plan_add(plan, OP_capset);

	op->capset.effective = effective;
	op->capset.permitted = permitted;
	op->capset.inheritable = inheritable;
}
