#!/usr/bin/env bats
# What has to work on every kernel and under every cgroup layout, or to say why it cannot.
# tests/vm/suite sets VM_KERNEL, VM_CGROUP, VM_DELEGATE and VM_USERNS to what was asked for.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
}

# An overlay in a user namespace came with Linux 5.11.
has_overlay() {
	is_root || [ "$VM_KERNEL" != 5.10 ]
}

@test "the kernel and the cgroups are what was asked for" {
	[[ $(uname -r) == "$VM_KERNEL".* ]]
	case $VM_CGROUP in
	v2) [ -e /sys/fs/cgroup/cgroup.controllers ] ;;
	hybrid) [ -e /sys/fs/cgroup/unified/cgroup.controllers ] && [ -d /sys/fs/cgroup/cpu ] ;;
	v1) [ ! -e /sys/fs/cgroup/unified ] && [ -d /sys/fs/cgroup/cpu ] ;;
	esac
}

@test "every namespace can be the child's own" {
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	works --json -c "$(first)unshare mnt pid uts ipc net cgroup time"
	holds '.[-1].ns | [.mnt, .pid, .uts, .ipc, .net, .cgroup] | all(.own)'
}

@test "without user namespaces, the limit is named" {
	[ -z "$VM_USERNS" ] || skip 'this guest has user namespaces'
	fails 1 -c 'unshare user'
	complains max_user_namespaces
}

@test "a bind mount, and its undoing" {
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	mkdir a b
	touch a/seen
	works -q -c "$(first)unshare mnt; bindmount $PWD/a $PWD/b; run ls b; undo; run ls b"
	[ "$(grep -cx seen <<<"$output")" = 1 ]
}

@test "a union, or since when there is one" {
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	mkdir a b c
	touch a/a b/b
	if has_overlay; then
		works -q -c "$(first)unshare mnt; union $PWD/a $PWD/b $PWD/c; run ls c"
		[ "$output" = $'a\nb' ]
	else
		fails 1 -q -c "$(first)unshare mnt; union $PWD/a $PWD/b $PWD/c"
		complains 'Linux 5.11'
	fi
}

@test "a container runs its program as process 1 on a root of its own" {
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	works -q -c "container --hostname cask -- sh -c 'echo \$\$; hostname; ls /; exit 0'"
	[[ $output == 1$'\n'cask$'\n'* ]]
	says_not learner
}

@test "a container's status is its program's" {
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	fails 7 -c 'container -- sh -c "exit 7"'
}

@test "cpu time is limited where the groups are ours, and otherwise said not to be" {
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	if is_root || [ -n "$VM_DELEGATE" ]; then
		works -c 'cgroup cpu 20000'
		says 20000
	else
		fails 1 -c 'cgroup cpu 20000'
		complains cgroup
	fi
}
