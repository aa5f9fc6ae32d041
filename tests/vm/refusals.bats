#!/usr/bin/env bats
# What cgroup v2 refuses: the level, the group or the process in the way is found and told, and what
# mends it.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
	need_root
	[ "$VM_CGROUP" = v2 ] || skip 'for cgroup v2'
	GROUP=/sys/fs/cgroup/made-$MARK
}

# Groups that a test has made, the deepest first.
remove() {
	local group tries
	for group; do
		for ((tries = 0; tries < 40; tries++)); do
			rmdir "$group" 2>/dev/null && break
			sleep 0.05
		done
	done
}

# as_owner GROUP COMMAND...: in a group, as a user to whom it is given
as_owner() {
	local group=$1
	shift
	chown 1000 "$group" "$group"/cgroup.{procs,threads,subtree_control}
	chown -R 1000 "$WORK"
	run --separate-stderr bash -c 'echo $$ >"$1/cgroup.procs"; shift
		exec setpriv --reuid 1000 --regid 1000 --clear-groups "$@"' - "$group" "$@" 3>&- 4>&-
}

@test "the level that does not hand a controller down is named" {
	mkdir -p "$GROUP/own"
	echo +pids >"$GROUP/cgroup.subtree_control"
	as_owner "$GROUP/own" "$STAVE" -k --json -c 'cgroup pids 20; cgroup memory 64M'
	remove "$GROUP/own" "$GROUP"
	holds '.[0].ok'
	holds --arg group "$GROUP" '.[-1].error | .cause == "cgroup.not-enabled" and (.why | startswith($group + " ")) and (.fix | contains("Delegate="))'
}

@test "the process that keeps a group from handing down is named" {
	mkdir -p "$GROUP/own"
	echo +pids >"$GROUP/cgroup.subtree_control"
	sleep 100 3>&- &
	local stranger=$!
	echo $stranger >"$GROUP/own/cgroup.procs"
	as_owner "$GROUP/own" "$STAVE" -k --json -c 'cgroup pids 20'
	kill $stranger
	wait $stranger || :
	remove "$GROUP/own" "$GROUP"
	holds --arg stranger "(pid $stranger)" '.[-1].error | .cause == "cgroup.has-processes" and (.why | contains($stranger))'
}

@test "a group that hands controllers down takes nobody" {
	mkdir -p "$GROUP/leaf"
	# Those that can be threaded, such as pids, alone forbid nothing.
	echo +memory >"$GROUP/cgroup.subtree_control"
	fails 1 -k --json -c "cgroup join $GROUP"
	holds --arg fix "cgroup join $GROUP/leaf" '.[-1].error | .cause == "cgroup.enables-controllers" and .fix == $fix'
	works -q -c "cgroup join $GROUP/leaf; run cat /proc/self/cgroup"
	says "/made-$MARK/leaf"
	remove "$GROUP/leaf" "$GROUP"
}

@test "a domain that is invalid is told with the group that made it so" {
	mkdir -p "$GROUP/a" "$GROUP/b"
	echo threaded >"$GROUP/a/cgroup.type"
	fails 1 -k --json -c "cgroup join $GROUP/b"
	holds --arg a "$GROUP/a " --arg b "$GROUP/b/cgroup.type" '.[-1].error | .cause == "cgroup.domain-invalid" and (.why | contains($a)) and (.fix | contains($b))'
	remove "$GROUP/a" "$GROUP/b" "$GROUP"
}

@test "the common ancestor that is not the user's is named" {
	mkdir -p "$GROUP/own" "$GROUP/other"
	chown 1000 "$GROUP/other" "$GROUP/other/cgroup.procs"
	as_owner "$GROUP/own" "$STAVE" -k --json -c "cgroup join $GROUP/other"
	remove "$GROUP/own" "$GROUP/other" "$GROUP"
	holds --arg group "$GROUP," '.[-1].error | .cause == "cgroup.common-ancestor" and (.why | contains($group))'
}

@test "a group outside of the cgroup namespace is none to go to" {
	mkdir -p "$GROUP/in" "$GROUP/out"
	run --separate-stderr bash -c 'echo $$ >"$1/in/cgroup.procs"
		exec unshare --cgroup "$2" -k --json -c "cgroup join $1/out"' - "$GROUP" "$STAVE" 3>&- 4>&-
	remove "$GROUP/in" "$GROUP/out" "$GROUP"
	holds '.[-1].error | .errno == "ENOENT" and .cause == "cgroup.outside-namespace"'
}

@test "the root of a cgroup namespace is limited from outside" {
	mkdir "$GROUP"
	mount -o remount,nsdelegate /sys/fs/cgroup
	run --separate-stderr stave -k --json -c "cgroup join $GROUP; unshare cgroup; trace --failed sh -c 'echo 5 >$GROUP/cgroup.max.depth'" 3>&- 4>&-
	remove "$GROUP"
	holds '[.[-1].trace.calls[] | select(.name == "write" and .errno == "EPERM")] | last | .cause == "cgroup.namespace-root"'
}

@test "a machine that has as many processes as it may have" {
	local most
	most=$(</proc/sys/kernel/threads-max)
	awk -F'[/ ]' '{ print $5 + 6 }' /proc/loadavg >/proc/sys/kernel/threads-max
	run --separate-stderr stave -k --json -c "unshare uts; $(printf 'spawn sleep 30; %.0s' {1..40})true" 3>&- 4>&-
	echo "$most" >/proc/sys/kernel/threads-max
	holds 'map(select(.ok | not)) | .[0].error | .errno == "EAGAIN" and .cause == "fork.pids-all"'
}

@test "who may trace whom is Yama's to say" {
	[ -e /proc/sys/kernel/yama/ptrace_scope ] || skip 'this kernel has no Yama'
	need_tool python3
	local scope
	scope=$(</proc/sys/kernel/yama/ptrace_scope)
	echo 2 >/proc/sys/kernel/yama/ptrace_scope
	run --separate-stderr stave -k --json -c "unshare uts; caps drop sys_ptrace; trace --failed python3 -c 'import ctypes,os;ctypes.CDLL(None).ptrace(16,os.getppid(),0,0)'" 3>&- 4>&-
	echo "$scope" >/proc/sys/kernel/yama/ptrace_scope
	holds '[.[-1].trace.calls[] | select(.name == "ptrace" and .errno == "EPERM")] | last | .cause == "trace.yama"'
}
