#!/usr/bin/env bats
# Control groups on every kernel, under every layout: as root, as a user with a group of its own,
# as one without.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
}

owns_groups() {
	is_root || [ -n "$VM_DELEGATE" ]
}

# From 6.12 on Debian's kernels have no cpuset and no memory controller for v1.
has_controller() {
	[ "$VM_CGROUP" = v2 ] || grep -q "^cgroup .*[ ,]$1[ ,]" /proc/mounts
}

@test "all limits, on whatever version has them" {
	owns_groups || skip 'this user has no groups'
	local line='cgroup cpu 20000; cgroup weight 200; cgroup pids 20'
	! has_controller cpuset || line+='; cgroup cpuset 0'
	! has_controller memory || [ "$VM_CGROUP" = v2 ] || line+='; cgroup memory 64M'
	[ "$VM_CGROUP" != v2 ] || line+='; cgroup memory 64M --high 48M --oom-group'
	[ "$VM_KERNEL" = 5.10 ] || line+='; cgroup burst 10000'
	works -q -c "$line; cgroup show; cgroup freeze; cgroup thaw; run cat /proc/self/cgroup"
	says '20000 of each 100000 us'
	says -r '200 \(2048 shares\)|2048 shares \(weight 200\)'
	says -r 'processes +20 '
	says /stave-
}

# The English ones are attacked in all ways, which takes too long here; these are compared with them.
@test "the lessons on control groups are proven on v2" {
	owns_groups && [ "$VM_CGROUP" = v2 ] || skip 'needs control groups on v2'
	works --check-lessons "$REPOSITORY"/lessons/zh/1[89]-*.md
	says -r '^2 proven, 0 not'
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
