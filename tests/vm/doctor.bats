#!/usr/bin/env bats
# doctor in the guests of tests/vm/suite: what it says works, works, and what it says is refused fails.
load ../e2e/common
load ../e2e/doctor

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
	need_tool jq
	cp "$(dirname "${UNBOXED:-$STAVE}")/stave-archive" "$WORK"
	for_every_user
	GUEST="Linux $VM_KERNEL, cgroup $VM_CGROUP${VM_DELEGATE:+, delegated}"
}

@test "as the guest is" {
	agree "$GUEST$([ -n "$VM_USERNS" ] || echo ", max_user_namespaces=0")"
	[ -n "$VM_USERNS" ] || forbidden user limit
}

# Ubuntu's way to forbid user namespaces: one is made, and the next call fails. Its profile cannot be loaded here, but
# one that gives no capability does the same.
@test "behind an AppArmor profile without capabilities, an ordinary user" {
	need_root
	need_tool apparmor_parser
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip 'this kernel has no AppArmor'
	mount -t securityfs security /sys/kernel/security
	echo "profile no-capabilities $STAVE flags=(attach_disconnected) {
		file, network, mount, umount, pivot_root, ptrace, signal, unix, dbus, }" >profile
	apparmor_parser --add --skip-cache profile
	chown -R 1000 "$WORK"
	within() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
	agree "$GUEST, AppArmor, uid 1000" || loaded=failed
	apparmor_parser --remove profile
	umount /sys/kernel/security
	[ -z "${loaded-}" ]
	forbidden user profile
	holds '.[0].container == false'
}
