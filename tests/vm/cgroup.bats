#!/usr/bin/env bats
# Control groups on every kernel, under every layout: as root, as a user with a group of its own,
# as one without.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
	TOP=/sys/fs/cgroup
	GROUP=$TOP/made-$MARK
}

owns_groups() {
	is_root || [ -n "$VM_DELEGATE" ]
}

need_root_on_v2() {
	need_root
	[ "$VM_CGROUP" = v2 ] || skip 'for cgroup v2'
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

@test "all limits, on whatever version has them" {
	owns_groups || skip 'this user has no groups'
	local line='cgroup cpu 20000; cgroup weight 200; cgroup pids 20; cgroup cpuset 0'
	# From 6.12 on Debian's kernels have no memory controller for v1.
	! grep -q '^memory' /proc/cgroups || [ "$VM_CGROUP" = v2 ] || line+='; cgroup memory 64M'
	[ "$VM_CGROUP" != v2 ] || line+='; cgroup memory 64M --high 48M --oom-group'
	[ "$VM_KERNEL" = 5.10 ] || line+='; cgroup burst 10000'
	works -q -c "$line; cgroup show; cgroup freeze; cgroup thaw; run cat /proc/self/cgroup"
	says '20000 of each 100000 us'
	says -r '200 \(2048 shares\)|2048 shares \(weight 200\)'
	says -r 'processes +20 '
	says /stave-
}

@test "a fork bomb and a memory hog leave the shell alive" {
	owns_groups || skip 'this user has no groups'
	run timeout 100 "$STAVE" -q -k -c 'cgroup pids 20
		run sh -c "bomb() { bomb | bomb & }; bomb; sleep 1"
		cgroup kill
		run echo the child lives' 3>&- 4>&-
	says 'the child lives'
	[ "$VM_CGROUP" = v2 ] || return 0
	run timeout 100 "$STAVE" -q -k -c 'cgroup memory 32M
		burn memory 64M
		cgroup show
		run echo the child lives' 3>&- 4>&-
	says -r 'killed [1-9]'
	says 'the child lives'
}

@test "a frozen child says so at once, and goes with the shell" {
	owns_groups || skip 'this user has no groups'
	run stave -q -c 'cgroup freeze; undo; run echo undone; cgroup freeze; run true'
	says undone
	says 'is frozen'
}

@test "a user without a group is told the ways" {
	! owns_groups || skip 'this user has groups'
	fails 1 -c 'cgroup memory 64M'
	complains -r 'as root'
	[ "$VM_CGROUP" != v2 ] || complains 'systemd-run --user --scope -p Delegate=yes'
}

@test "the level that does not hand a controller down is named" {
	need_root_on_v2
	mkdir -p "$GROUP/own"
	echo +pids >"$GROUP/cgroup.subtree_control"
	as_owner "$GROUP/own" "$STAVE" -c 'cgroup pids 20; cgroup memory 64M'
	remove "$GROUP/own" "$GROUP"
	[ "$status" = 1 ]
	says 'reads back 20'
	complains "$GROUP has it and does not hand it down"
	complains -r 'Delegate=cpu cpuset io memory[[:space:]]+pids'
}

@test "the process that keeps a group from handing down is named" {
	need_root_on_v2
	mkdir -p "$GROUP/own"
	echo +pids >"$GROUP/cgroup.subtree_control"
	sleep 100 3>&- &
	local stranger=$!
	echo $stranger >"$GROUP/own/cgroup.procs"
	as_owner "$GROUP/own" "$STAVE" -c 'cgroup pids 20'
	kill $stranger
	wait $stranger || :
	remove "$GROUP/own" "$GROUP"
	[ "$status" = 1 ]
	complains "sleep (pid $stranger)"
	complains 'no internal processes'
}

@test "a group that hands controllers down takes nobody" {
	need_root_on_v2
	mkdir -p "$GROUP/leaf"
	# Those that can be threaded, such as pids, alone forbid nothing.
	echo +memory >"$GROUP/cgroup.subtree_control"
	fails 1 -c "cgroup join $GROUP"
	complains "hands memory down"
	complains "cgroup join $GROUP/leaf"
	works -q -c "cgroup join $GROUP/leaf; run cat /proc/self/cgroup"
	says "/made-$MARK/leaf"
	remove "$GROUP/leaf" "$GROUP"
}

@test "a domain that is invalid is told with the group that made it so" {
	need_root_on_v2
	mkdir -p "$GROUP/a" "$GROUP/b"
	echo threaded >"$GROUP/a/cgroup.type"
	fails 1 -c "cgroup join $GROUP/b"
	complains 'domain invalid'
	complains "$GROUP/a was made threaded"
	complains "echo threaded > $GROUP/b/cgroup.type"
	remove "$GROUP/a" "$GROUP/b" "$GROUP"
}

@test "the common ancestor that is not the user's is named" {
	need_root_on_v2
	mkdir -p "$GROUP/own" "$GROUP/other"
	chown 1000 "$GROUP/other" "$GROUP/other/cgroup.procs"
	as_owner "$GROUP/own" "$STAVE" -c "cgroup join $GROUP/other"
	remove "$GROUP/own" "$GROUP/other" "$GROUP"
	[ "$status" = 1 ]
	complains -r "over[[:space:]]+$GROUP, the[[:space:]]+groups'[[:space:]]+common[[:space:]]+ancestor"
	complains -r 'belongs[[:space:]]+to[[:space:]]+uid[[:space:]]+0'
}
