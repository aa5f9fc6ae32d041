#!/usr/bin/env bats
# container: a child that shares the shell's memory until it is its program; the two take turns.
load common

prepare() {
	need_tool busybox
	need_tool strace
	need_userns
	! is_sanitized || skip 'what the sanitizers keep of a process is not shared'
	chmod 755 "$WORK"
	stave -q -c 'container -- /bin/true'
}

# The clones of LINE that share memory and have who makes them wait, as COMMAND [FLAG...] runs it.
shared() { # LINE [FLAG...]
	run strace -f -qq -o calls -e trace=clone,clone3 "$STAVE" "${@:2}" -c "$1" 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
	sharing=$(grep -c 'CLONE_VM|CLONE_PIDFD|CLONE_VFORK|CLONE_PARENT' calls) || :
}

@test "a container of one process has no memory of its own before it is its program" {
	shared 'container -- /bin/true' -q
	[ "$sharing" = 1 ]
	shared 'container --user 0 --env A=B --read-only -- /bin/true' -q
	[ "$sharing" = 1 ]
	# The first alone.
	shared 'container -- /bin/true; container -- /bin/true; unshare user uts; container -- /bin/true' -q
	[ "$sharing" = 1 ]
	run "$STAVE" -q -c 'container -- /bin/echo here; container -- /bin/sh -c "exit 7"'
	[ "$status" = 7 ]
	[ "$output" = here ]
}

@test "one that is shown, or that others may see before, has memory of its own" {
	shared 'container -- /bin/true'
	[ "$sharing" = 0 ]
	shared 'container --init -- /bin/true' -q
	[ "$sharing" = 0 ]
	shared 'container -d -- /bin/true' -q
	[ "$sharing" = 0 ]
	shared 'unshare user mnt pid; run /bin/true' -q
	[ "$sharing" = 0 ]
}

@test "nobody who has no more than the child may look into memory that it shares" {
	if is_root; then
		shared 'container --user 1000 -- /bin/true' -q
		[ "$sharing" = 0 ]
		run strace -f -qq -o calls -e trace=prctl,capset,execve "$STAVE" -q -c 'container -- /bin/true' 3>&- 4>&-
		[ "$status" = 0 ]
		# Guarded before the child gives anything up, and the shell can be looked into afterwards.
		sed '/PR_CAPBSET_DROP\|capset(/,$d' calls | grep 'PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0'
		[ "$(grep PR_SET_DUMPABLE calls | tail -1 | grep -c SUID_DUMP_USER)" = 1 ]
	else
		shared 'container -- /bin/true' -q
		[ "$sharing" = 1 ]
	fi
}

@test "a call that fails, and a program that is not there, are told as ever" {
	fails 127 -q -c 'container -- /bin/absent'
	run strace -f -qq -o calls -e trace=sethostname -e inject=sethostname:error=EPERM "$STAVE" -q -c 'container -- /bin/true' 3>&- 4>&-
	[ "$status" = 125 ] || complain "ended with $status"
	run strace -f -qq -o calls -e trace=clone -e inject=clone:error=EPERM:when=2 "$STAVE" -q -c 'container -- /bin/echo here' 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
	[ "$output" = here ]
}

descendants() { # PID
	local pid
	for pid in $(pgrep -P "$1"); do
		echo "$pid"
		descendants "$pid"
	done
}

is_stopped() { # NAME: of the tracer's; sets child
	for child in $(descendants "$tracer"); do
		[ "$(cat "/proc/$child/comm")" != stave-child ] || ! grep -q '^State:	[tT]' "/proc/$child/status" || return 0
	done
	return 1
}

# Start one whose child is stopped amid its turn: tracer, shell, child, janitor.
hold() {
	strace -f -qq -o calls -e trace=sethostname -e inject=sethostname:signal=STOP "$STAVE" -q -c 'container -- /bin/true' >printed 2>&1 3>&- 4>&- &
	tracer=$!
	await is_stopped
	shell=$(sed -n 's/^PPid:\t//p' "/proc/$child/status")
	janitor=$(pgrep -P "$shell" | grep -vx "$child")
}

ends_with() { # STATUS
	local got=0
	timeout "$(deadline 15)" tail --pid="$tracer" -f /dev/null || complain 'it does not end'
	wait "$tracer" || got=$?
	[ "$got" = "$1" ] || complain "ended with $got: $(cat printed)"
}

@test "amid its turn the child stopped and let go on, it goes on" {
	hold
	kill -CONT "$child"
	ends_with 0
}

@test "amid its turn a signal to the shell ends both" {
	hold
	kill -INT "$shell"
	ends_with 130
	hold
	kill -TERM "$shell"
	ends_with 143
}

@test "amid its turn the child killed, the shell says so, and nothing is left" {
	hold
	kill -KILL "$child"
	ends_with 125
	grep -q 'is gone' printed
}

@test "amid its turn the shell killed, the child goes, and nothing is left" {
	hold
	kill -KILL "$shell"
	ends_with 137
}

@test "amid its turn who waits for the shell's end killed, the container is as ever" {
	hold
	kill -KILL "$janitor"
	kill -CONT "$child"
	ends_with 0
}

@test "a program that ignores every signal ends with the shell" {
	local signal status shell
	for signal in TERM HUP INT; do
		rm -f printed
		"$STAVE" -q -c 'container -- sh -c "trap \"\" HUP INT QUIT TERM USR1 USR2 TSTP; echo ready; while :; do sleep 0.2; done"' \
			>printed 2>said 3>&- 4>&- &
		shell=$!
		await grep -q ready printed
		kill -$signal $shell
		if [ $signal = INT ]; then # the first is the program's own
			await grep -q SIGINT said
			kill -INT $shell
		fi
		timeout "$(deadline 15)" tail --pid=$shell -f /dev/null || complain "it does not end by $signal"
		status=0
		wait $shell || status=$?
		case $signal:$status in TERM:143 | HUP:129 | INT:130 | INT:137) ;; *) complain "$signal: ended with $status" ;; esac
	done
}

no_groups_of() { # PID
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "stave-$1-*")" ]
}

@test "the shell killed as it makes the groups, who waits for its end takes them back, not the next start" {
	need_root
	local number
	for number in 2 3 4; do
		run strace -f -qq -o calls -e trace=mkdir -e "inject=mkdir:signal=KILL:when=$number" "$STAVE" -q -c 'container -- /bin/true' 3>&- 4>&-
		grep -q '/sys/fs/cgroup/.*/stave-' calls || continue
		[ "$status" = 137 ] || complain "ended with $status"
		await no_groups_of "$(sed -n '1s/ .*//p' calls)"
	done
}
