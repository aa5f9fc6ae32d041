#!/usr/bin/env bats
# why: the last line that failed, and what ended a program.
load common

prepare() {
	need_userns
}

@test "why tells the last failure's cause and id, whatever came after it" {
	works -q -k -c 'why' # nothing has failed yet
	fails 1 -c 'why --seconds garbage'
	errs option.number
	fails 1 -k --json -c 'setns 999999999 mnt; hostname; why'
	local id fix
	id=$(pick '.[0].error.id') fix=$(pick '.[0].error.fix')
	holds ".[-1].output | contains(\"setns 999999999 mnt\") and contains(\"explain $id\")"
	[ -z "$fix" ] || holds ".[-1].output | contains(\"${fix%% *}\")"
}

@test "the OOM killer is named by the group that counts its kills, and only where it was it" {
	need_root
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip 'there is no memory controller here'
	works -k --json -c 'container --memory 24M -- dd if=/dev/zero of=/dev/null bs=600M count=1
why'
	holds '.[0].oom | .kills >= 1 and .bound == 25165824 and (.group | contains("stave"))'
	holds '.[1].output | contains("oom_kill")'
	# Twice in the child's own group: the first kill is not taken for the second's.
	fails 137 -k --json -c 'unshare mnt; cgroup memory 24M; run dd if=/dev/zero of=/dev/null bs=600M count=1
run sh -c "kill -9 \$\$"
run dd if=/dev/zero of=/dev/null bs=600M count=1'
	holds '[.[] | select(.line | startswith("run")) | has("oom")] == [true, false, true]'
	holds '[.[] | select(has("oom")).oom.kills] == [1, 2]'
}

@test "a program that ended by itself, by a signal, and in a shell that found none" {
	works -k --json -c "$(first)unshare uts; run sh -c 'exit 3'; why"
	holds '.[-1].output | contains("trace --failed sh -c")'
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -SEGV \$\$'; why"
	holds '.[-1].output | contains("SIGSEGV")'
	works -k --json -c "$(first)unshare uts; run sh -c nosuchprogram; why"
	holds '.[-1].output | contains("trace --failed --calls execve")'
}

# What why says then.
told() { pick '.[-1].output | gsub("\n *"; " ")'; }

@test "126, 127: a shell's, and another program's" {
	works -k --json -c "$(first)unshare uts; run sh -c nosuchprogram; why"
	[[ "$(told)" = *'a shell in it'*'--calls execve'* ]]
	works -k --json -c "$(first)unshare uts; run sh -c /; why"
	[[ "$(told)" = *'a shell in it'*'126'* ]]
	need_tool python3
	works -k --json -c "$(first)unshare uts; run python3 -c 'import os; os._exit(127)'; why"
	[[ "$(told)" != *'a shell in it'* && "$(told)" = *'openat,execve'* ]]
}

@test "137, 153, 159: what can have sent the signal" {
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -9 \$\$'; why"
	[[ "$(told)" = *'not known'*'cgroup memory'* ]]
	works -k --json -c "$(first)unshare uts; run sh -c 'ulimit -f 1; dd if=/dev/zero of=$WORK/big bs=1M count=1'; why"
	[[ "$(told)" = *SIGXFSZ*'has no such limit'* ]]
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -SYS \$\$'; nonewprivs; seccomp docker; run sh -c 'kill -SYS \$\$'; why"
	[[ "$(told)" = *"docker's default"* ]]
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -SYS \$\$'; why"
	[[ "$(told)" = *"none of these lines"* ]]
}

@test "of a traced program the call that failed is told, and not what its status means" {
	works -k --json -c "$(first)unshare uts; trace --failed sh -c 'ulimit -n 3; cat /etc/passwd'; why"
	[[ "$(told)" = *'EMFILE; RLIMIT_NOFILE'* && "$(told)" != *'a shell in it'* ]]
	works -k --json -c "$(first)unshare uts; trace --failed sh -c 'ulimit -n 3; cat /etc/passwd; kill -9 \$\$'; why"
	[[ "$(told)" = *SIGKILL* && "$(told)" != *EMFILE* ]]
}

@test "a riddle keeps its cause" {
	export STAVE_LESSONS=$REPOSITORY/lessons
	fails 1 -k --json -c "lesson ten-broken-sandboxes
mount nosuch /nosuch
why"
	holds '.[-1].error.id == "lesson.locked" or (.[-1].output | contains("explain") | not)'
}
