#!/usr/bin/env bats
# What an AppArmor profile around Stave refuses, and that the fix which is told mends it.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
	need_root
	need_tool apparmor_parser
	[ -d /sys/kernel/security/apparmor ] || mount -t securityfs securityfs /sys/kernel/security
	[ -d /sys/kernel/security/apparmor ] || skip 'this kernel has no AppArmor'
}

# A profile for the program under test, with LINES of its own, and the capabilities that it lets through.
confine() { # LINES [CAPABILITIES]
	cat >"$WORK/profile" <<END
profile stave-test $(realpath "$STAVE") flags=(attach_disconnected) {
  ${2-capability,} network, mount, umount, pivot_root, ptrace, signal, unix,
  /** rwlkm,
  /{usr/,}{bin,sbin}/** ix,
  $1
}
END
	apparmor_parser -r -K "$WORK/profile"
}
teardown() { [ ! -e "$WORK/profile" ] || apparmor_parser -R "$WORK/profile"; }

@test "the program may not be executed by a descriptor: the lines that the profile lacks are told" {
	local needed
	confine ''
	fails 1 -k --json -c 'unshare uts'
	holds '.[-1].error | .cause == "lsm.exec" and .errno == "EACCES"'
	needed=$(pick '.[-1].error.fix' | grep -oE '/[^ ]* rix,' | tr '\n' ' ')
	confine "$needed"
	works -k --json -c 'unshare uts; hostname inside'
	confine "$needed" ''
	fails 1 -k --json -c 'unshare uts'
	holds '.[-1].error | .cause == "lsm.apparmor" and .errno == "EPERM"'
}
