#include "ops/privilege/capability.h"

#include <ctype.h>
#include <linux/capability.h>

#include "base/text.h"
#include "ops/op.h"

#define NAME(cap) { #cap, CAPABILITY(cap) }

const struct flag capability_flags[] = {
	NAME(CAP_CHOWN), NAME(CAP_DAC_OVERRIDE), NAME(CAP_DAC_READ_SEARCH), NAME(CAP_FOWNER),
	NAME(CAP_FSETID), NAME(CAP_KILL), NAME(CAP_SETGID), NAME(CAP_SETUID), NAME(CAP_SETPCAP),
	NAME(CAP_LINUX_IMMUTABLE), NAME(CAP_NET_BIND_SERVICE), NAME(CAP_NET_BROADCAST),
	NAME(CAP_NET_ADMIN), NAME(CAP_NET_RAW), NAME(CAP_IPC_LOCK), NAME(CAP_IPC_OWNER),
	NAME(CAP_SYS_MODULE), NAME(CAP_SYS_RAWIO), NAME(CAP_SYS_CHROOT), NAME(CAP_SYS_PTRACE),
	NAME(CAP_SYS_PACCT), NAME(CAP_SYS_ADMIN), NAME(CAP_SYS_BOOT), NAME(CAP_SYS_NICE),
	NAME(CAP_SYS_RESOURCE), NAME(CAP_SYS_TIME), NAME(CAP_SYS_TTY_CONFIG), NAME(CAP_MKNOD),
	NAME(CAP_LEASE), NAME(CAP_AUDIT_WRITE), NAME(CAP_AUDIT_CONTROL), NAME(CAP_SETFCAP),
	NAME(CAP_MAC_OVERRIDE), NAME(CAP_MAC_ADMIN), NAME(CAP_SYSLOG), NAME(CAP_WAKE_ALARM),
	NAME(CAP_BLOCK_SUSPEND), NAME(CAP_AUDIT_READ), NAME(CAP_PERFMON), NAME(CAP_BPF),
	NAME(CAP_CHECKPOINT_RESTORE), { 0 }
};

const uint64_t capabilities_known = CAPABILITY(CAP_CHECKPOINT_RESTORE + 1) - 1;

void capability_say(uint64_t set, struct text *text)
{
	if (set & (set - 1))
		text_addf(text, "%#llx", (unsigned long long)set);
	else
		op_say_flags(capability_flags, set, text);
}

void capability_list(uint64_t set, const char *before, const char *between, struct text *text)
{
	const char *now = "";

	for (const struct flag *flag = capability_flags; flag->name; flag++) {
		if (!(set & flag->value))
			continue;
		text_addf(text, "%s%s", now, before);
		for (const char *p = flag->name + 4; *p; p++)
			text_addf(text, "%c", tolower((unsigned char)*p));
		now = between;
	}
}
