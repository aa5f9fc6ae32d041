/* Where an errno of a call has one meaning alone, the errno is the proof: its row of the ops' table says what
 * it means, and here is which cause that is. */
#include <errno.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "doctor/doctor.h"
#include "ops/op.h"

static const struct { enum op_kind kind; int code; enum cause_id cause; } told[] = {
	{ OP_addr, EEXIST, CAUSE_NET_ADDRESS_THERE }, { OP_addr, ENODEV, CAUSE_NET_NO_LINK },
	{ OP_addr, EADDRNOTAVAIL, CAUSE_NET_NO_ADDRESS }, { OP_addr, EACCES, CAUSE_NET_NO_IPV6 },
	{ OP_addr, EOPNOTSUPP, CAUSE_NET_NO_IPV6 }, { OP_route, EOPNOTSUPP, CAUSE_NET_NO_IPV6 },
	{ OP_link_set, EXFULL, CAUSE_NET_BRIDGE_FULL },
	{ OP_ifup, ENODEV, CAUSE_NET_NO_LINK }, { OP_link_set, ENODEV, CAUSE_NET_NO_LINK },
	{ OP_link_set, ELOOP, CAUSE_NET_BRIDGE_BRIDGE }, { OP_link_set, EOPNOTSUPP, CAUSE_NET_CANNOT },
	{ OP_link_set, EINVAL, CAUSE_NET_VALUE }, { OP_link_set, EBUSY, CAUSE_NET_LOWER_BUSY }, { OP_link_del, ENODEV, CAUSE_NET_NO_LINK },
	{ OP_link_del, EOPNOTSUPP, CAUSE_NET_KEPT }, { OP_link_add, EEXIST, CAUSE_NET_NAME_USED },
	{ OP_link_add, ENODEV, CAUSE_NET_NO_LOWER }, { OP_link_add, EBUSY, CAUSE_NET_LOWER_BUSY },
	{ OP_link_add, EOPNOTSUPP, CAUSE_NET_TYPE }, { OP_wire, ENODEV, CAUSE_NET_NO_LINK },
	{ OP_wire, EEXIST, CAUSE_NET_NAME_USED }, { OP_wire, EOPNOTSUPP, CAUSE_NET_TYPE },
	{ OP_route, EEXIST, CAUSE_NET_ROUTE_THERE }, { OP_route, ENODEV, CAUSE_NET_NO_LINK },
	{ OP_route, ENETUNREACH, CAUSE_NET_GATEWAY }, { OP_route, EHOSTUNREACH, CAUSE_NET_GATEWAY },
	{ OP_route, ENETDOWN, CAUSE_NET_DOWN }, { OP_route, ESRCH, CAUSE_NET_NO_ROUTE },
	{ OP_route, EACCES, CAUSE_NET_NO_IPV6 },
	{ OP_qdisc, ENODEV, CAUSE_NET_NO_LINK }, { OP_qdisc, EEXIST, CAUSE_NET_IMPAIRED }, { OP_qdisc, ESRCH, CAUSE_NET_NOT_IMPAIRED },
	{ OP_tun, ENOENT, CAUSE_NET_NO_TUN }, { OP_tun, ENXIO, CAUSE_NET_TUN_DRIVER }, { OP_tun, ENODEV, CAUSE_NET_TUN_DRIVER },
	{ OP_tun, EACCES, CAUSE_NET_TUN_CLOSED }, { OP_tun, EBUSY, CAUSE_NET_NAME_USED }, { OP_tun, EEXIST, CAUSE_NET_NAME_USED },
	{ OP_nft, ENOENT, CAUSE_NET_NO_NFT }, { OP_nft, ESRCH, CAUSE_NET_NO_RULE }, { OP_nft, EEXIST, CAUSE_NET_RULE_THERE },
	{ OP_forward, EADDRINUSE, CAUSE_NET_PORT_USED }, { OP_forward, EACCES, CAUSE_NET_PORT_RESERVED },
	{ OP_forward, EADDRNOTAVAIL, CAUSE_NET_NO_ADDRESS },
	{ OP_timens, ERANGE, CAUSE_TIME_RANGE },
	{ OP_landlock_create, ENOSYS, CAUSE_LANDLOCK_KERNEL }, { OP_landlock_create, EOPNOTSUPP, CAUSE_LANDLOCK_OFF },
	{ OP_landlock_restrict, E2BIG, CAUSE_LANDLOCK_MANY }, { OP_landlock_add, ENOENT, CAUSE_FILE_MISSING },
	{ OP_seccomp, ENOMEM, CAUSE_SECCOMP_LARGE }, { OP_seccomp, ENOSYS, CAUSE_SECCOMP_KERNEL },
	{ OP_keyring, EDQUOT, CAUSE_KEYRING_QUOTA }, { OP_keyring_id, ENOSYS, CAUSE_KEYRING_KERNEL },
	{ OP_setresuid, EINVAL, CAUSE_EXEC_ID }, { OP_setresgid, EINVAL, CAUSE_EXEC_ID },
	{ OP_cgroup_rmdir, ENOENT, CAUSE_CGROUP_GONE }, { OP_vacate, EBUSY, CAUSE_CGROUP_MEMBERS },
	{ OP_file_caps, ENOENT, CAUSE_FILE_MISSING },
	{ OP_unpin, EINVAL, CAUSE_UMOUNT_NOTHING }, { OP_pin, EEXIST, CAUSE_FILE_EXISTS }, { OP_pin, EROFS, CAUSE_FILE_READ_ONLY },
};

void cause_by_errno(const struct failure *at, struct error *err)
{
	for (size_t i = 0; i < COUNT(told); i++)
		if (told[i].kind == at->op->kind && told[i].code == at->outcome->code && !err->cause[0])
			fail_cause(err, told[i].cause);
	/* What brings the device depends on the place, and on whether this kernel loads modules. */
	if (at->op->kind == OP_tun && at->outcome->code == ENOENT)
		doctor_fix("device", "/dev/net/tun", err->fix, sizeof(err->fix));
}
