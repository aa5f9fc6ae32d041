#!/usr/bin/env bats
# What container promises, under this kernel: nothing gets out, and each wall left out is missed.
load ../e2e/common

prepare() {
	need_userns
	need_tool busybox
	need_tool jq
}

@test "out of a container nothing gets" {
	works -q -c 'container; verify --json'
	holds 'map(select(.wall != "limits")) | all(.result == "stopped" or .result == "absent")'
	local forks
	forks=$(pick '.[] | select(.attempt == "forks") | .result')
	if stave -q -c 'cgroup pids 20' >/dev/null 2>&1; then
		[ "$forks" = stopped ] || complain 'nothing limits the processes'
	else
		[ "$forks" = unbuilt ] || complain 'who limits the processes?'
	fi
	if is_root; then
		works -q -c 'container --userns; verify'
	fi
}

@test "without a wall something does" {
	local option wall
	for option in seccomp=unconfined no-new-privileges=false systempaths=unconfined; do
		case $option in seccomp*) wall=seccomp ;; no*) wall=no_new_privs ;; *) wall=paths ;; esac
		run --separate-stderr stave -q -c "container --security-opt $option; verify --json"
		[ "$status" = 1 ] || complain "nothing without $option"
		holds --arg wall "$wall" 'any(.wall == $wall and (.result == "open" or .result == "unbuilt"))'
	done
	run --separate-stderr stave -q -c 'container --cap-add sys_admin; verify --json mount'
	[ "$status" = 1 ]
	run --separate-stderr stave -q -c 'container --without cgroup; verify --json host-cgroup'
	[ "$status" = 1 ]
}
