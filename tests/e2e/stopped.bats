#!/usr/bin/env bats
# A process of Stave's that is stopped and never goes on: the wait for it ends by a deadline, and is told.
load common

prepare() {
	need_userns
	export XDG_DATA_HOME=$WORK/data
	mkdir big
	truncate -s 300M big/zeros
	tar -C big -cf - . | gzip -1 >big.tgz
}

# Both that read an archive, and the one that waits for them.
readers() {
	local pid
	for pid in $(pgrep -P "$1"); do
		[ "$(<"/proc/$pid/comm")" != stave-archive ] || echo "$pid"
		readers "$pid"
	done 2>/dev/null
}
reads() { [ "$(readers "$shell" | wc -l)" -ge 2 ]; }
has_ended() { ! grep -qs '^State:	[^XZ]' "/proc/$1/status"; }

@test "a traced program whose tracer is stopped is ended, and the session goes on" {
	local pid
	"$STAVE" --json -k -c "unshare $(is_root || echo user) uts; trace sleep 300; version" >out 2>err 3>&- 4>&- </dev/null &
	shell=$!
	await eval 'pgrep -P "$shell" -x stave-tracer'
	pid=$(pgrep -P "$shell" -x stave-tracer)
	sleep 0.3
	kill -STOP "$pid"
	timeout "$(deadline 30)" tail --pid "$shell" -f /dev/null || { kill -9 "$shell" "$pid"; complain 'no end'; }
	wait "$shell" || true
	output=$(<out)
	holds '.[1] | .ok == false and .error.id == "system" and .error.errno == "ETIMEDOUT"'
	holds '.[2].ok'
	[ ! -e "/proc/$pid" ] || has_ended "$pid"
}

# An import of which the first or the second reader is stopped, $pid: one that had ended before is begun again.
begin_stopped() { # WHICH
	local tries
	for ((tries = 0; tries < 20; tries++)); do
		"$STAVE" --json -c 'image import big.tgz big' >out 2>err 3>&- 4>&- </dev/null &
		shell=$!
		while ! reads && ! has_ended "$shell"; do :; done
		pid=$(readers "$shell" | sed -n "${1}p")
		[ -z "$pid" ] || kill -STOP "$pid" 2>/dev/null || true
		sleep 0.1
		! grep -qs '^State:	T' "/proc/$pid/status" || return 0
		wait "$shell" || true
		"$STAVE" -q -c 'image rm big' >out 2>&1 3>&- 4>&- || true
	done
	complain 'each import had ended before it was stopped'
}

@test "an import whose reader is stopped ends by itself, keeps nothing, and the next one works" {
	local at pid status
	for at in 1 2; do
		begin_stopped $at
		timeout "$(deadline 20)" tail --pid "$shell" -f /dev/null || { kill -9 "$shell" "$pid"; complain "no end: process $at"; }
		status=0
		wait "$shell" || status=$?
		output=$(<out)
		[ "$status" = 1 ]
		holds '.[0] | .ok == false and .error.id == "system" and .error.errno == "ETIMEDOUT"'
		[ ! -e "/proc/$pid" ] || has_ended "$pid"
	done
	truncate -s 1M big/zeros
	tar -C big -cf small.tar .
	works -q -c 'image import small.tar small; image verify'
}

# Of one attempt of verify the process that makes it is stopped, at a call.
attempt_stopped() { # CALL NAME WHEN
	run timeout "$(deadline 30)" strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=STOP:when=$3" \
		"$(dirname "$STAVE")/stave-probe" "$2" 3>&- 4>&-
	[ "$status" = 0 ] || complain "no end: $2"
	[[ ${lines[-1]} == "$2	broken	"*'did not end in 4 seconds' ]] || complain "$output"
}

@test "an attempt of verify that is stopped is ended, and leaves neither processes nor files" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	attempt_stopped clone forks 100
	[ -z "$(pgrep -g 0 -x stave-probe)" ] || complain "left running: $(pgrep -g 0 -x stave-probe)"
	! is_root || attempt_stopped fchmod setuid-file 1
	[ -z "$(find /tmp /var/tmp /root /home /dev / -maxdepth 1 -name '.stave-probe.*' 2>/dev/null)" ]
}

# Other doctors of this machine have theirs for a moment.
has_new_folders() {
	find /tmp /var/tmp /dev/shm /run -maxdepth 1 -name 'stave-doctor-*' 2>/dev/null | sort >now
	[ -n "$(comm -13 before now)" ]
}

@test "what doctor tries and is stopped is ended, and leaves neither processes nor folders" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	: >before
	has_new_folders || true
	mv now before
	run timeout "$(deadline 60)" strace -f -qq -o calls -e trace=execve -e inject=execve:signal=STOP \
		-P "$(realpath "$(dirname "$STAVE")/stave-archive")" "$STAVE" --json --doctor 3>&- 4>&-
	[ "$status" -le 1 ] || complain "status $status"
	grep -q SIGSTOP calls || skip 'the reader of archives is not tried here'
	await eval '! has_new_folders'
	[ -z "$(pgrep -g 0 -x stave-archive)" ]
}
