#!/usr/bin/env bats
# Limits of an ordinary user's on cgroup v2, in a part of the tree that is delegated to him: see
# tests/delegate.
load common

prepare() {
	[ -n "${DELEGATED-}" ] || skip 'no control group is delegated to this user'
	need_tool busybox
	BOX=$DELEGATED/box-$MARK-own
	mkdir "$BOX"
	STAVE=$UNBOXED
}

# Run a command as the first process of the group, in place of a subshell.
in_box() {
	# shellcheck disable=SC2016 # for the inner shell
	exec sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$BOX" "$@" 3>&- 4>&-
}

boxed() { # ARG...: stave with these
	run --separate-stderr in_box "$STAVE" "$@"
}

# Whether the group is as it was: no controllers handed down, nobody in it, no group below.
box_is_clean() {
	[ -z "$(cat "$BOX/cgroup.subtree_control" "$BOX/cgroup.procs")" ] &&
		[ -z "$(find "$BOX" -mindepth 1 -type d)" ]
}

@test "delegated: the shell makes room and takes everything back" {
	boxed -c 'cgroup cpu 20%; run cat /proc/self/cgroup; undo; run cat /proc/self/cgroup'
	[ "$status" = 0 ] || complain "ended with $status"
	says '"+cpu"'
	says 'reads back 20000 100000'
	says -r 'own/stave-[0-9]+
'
	await box_is_clean
}

@test "delegated: that the shell steps aside is no change of the host" {
	boxed -q -c 'cgroup pids 20; check cgroup pids 20 and host unchanged'
	[ "$status" = 0 ] || complain "ended with $status"
	await box_is_clean
}

@test "delegated: a container has its limits, as it sees itself" {
	boxed -q -c 'container --cpu 20% --memory 64M --pids 20 -- sh -c "cd /sys/fs/cgroup; cat cpu.max memory.max pids.max"'
	[ "$output" = '20000 100000
67108864
20' ] || complain 'other limits'
	await box_is_clean
}

@test "delegated: a container has limits that nobody asked for, unless others would be moved for them" {
	boxed -q -c 'container -- sh -c "cd /sys/fs/cgroup; cat cpu.max memory.max pids.max cgroup.max.descendants"'
	[ "$output" = '100000 100000
536870912
256
100' ] || complain 'other limits'
	await box_is_clean
	in_box sleep 300 &
	local other=$!
	await grep -qx "$other" "$BOX/cgroup.procs"
	boxed -c 'container -- true'
	grep -qx "$other" "$BOX/cgroup.procs"
	kill "$other"
	[ "$status" = 0 ] || complain "ended with $status"
	says -r 'no[[:space:]]+limit[[:space:]]+on[[:space:]]+cpu,[[:space:]]+memory(,[[:space:]]+pids)?:'
	says -r 'that[[:space:]]+are[[:space:]]+not[[:space:]]+Stave'
	await box_is_clean
}

@test "delegated: what several groups stand on goes with the last of them" {
	boxed -q -k -c 'container -d --name a --cpu 30% -- sleep 300; cgroup cpu 25%; container -d --name b --pids 7 -- sleep 300
		kill %1
		!sleep 0.5
		jobs; run cat /proc/self/cgroup; cgroup show; exec b cat /sys/fs/cgroup/pids.max; undo; exec b cat /sys/fs/cgroup/pids.max; redo; cgroup show'
	[ "$status" = 0 ] || complain "ended with $status"
	[ "$(grep -c '25000 of each 100000 us' <<<"$output")" = 2 ] || complain 'the limit was lost'
	[ "$(grep -cx 7 <<<"$output")" = 2 ] || complain 'the limit of the job was lost'
	await box_is_clean
}

@test "delegated: who else is in the group is named, and left alone" {
	in_box sleep 300 &
	local pid=$!
	await grep -q sleep "/proc/$pid/comm"
	boxed -q -c 'cgroup cpu 20%'
	[ "$status" = 1 ]
	complains 'in the way: sleep'
	complains 'systemd-run'
	grep -qx "$pid" "$BOX/cgroup.procs"
	kill "$pid"
	wait "$pid" || true
	await box_is_clean
}

@test "delegated: nothing is left when the shell is killed" {
	in_box "$STAVE" -q -c "cgroup cpu 20%; container --pids 9 -- sleep $MARK" &
	await pgrep -xf "sleep $MARK"
	kill -9 "$(sed -n 1p "$BOX"/stave-*-shell/cgroup.procs)"
	await box_is_clean
}

@test "a program in the sandbox cannot end the shell by its control group" {
	cat >end <<-END
		#!/bin/sh
		mkdir $WORK/once 2>/dev/null && exit 1
		mount -t cgroup2 x /mnt
		echo 1 >/mnt/cgroup.kill
		exit 1
	END
	chmod 755 end
	run --separate-stderr stave -k --json -c "unshare user mnt cgroup; run $WORK/end
why --try
hostname"
	# Where cgroup2 is mounted with nsdelegate, the file takes nothing from inside.
	holds '(.[-2].error.id | IN("try.recurs", "try.stays")) and .[-1].ok'
}
