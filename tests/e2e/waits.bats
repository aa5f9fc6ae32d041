#!/usr/bin/env bats
# No wait is without an end: an answer, a signal or a deadline ends each, and what it was is told.
load common

prepare() {
	need_userns
	own=$(is_root || printf 'user ')
}

# soon SECONDS STAVE-ARG...: like `run stave`, in at most so long.
soon() {
	local most
	most=$(deadline "$1")
	shift
	run --separate-stderr timeout -k 1 "$most" "$STAVE" "$@" 3>&- 4>&- </dev/null
	[ "$status" != 124 ] && [ "$status" != 137 ] || complain "no end within $most s"
}

# limited FLAG LIMIT LINE: the same, under a limit of its own
limited() {
	run --separate-stderr timeout -k 1 "$(deadline 20)" sh -c 'ulimit "$1" "$2"; exec "$3" -k -c "$4"' sh "$1" "$2" \
		"$STAVE" "$3" 3>&- 4>&- </dev/null
	[ "$status" != 124 ] && [ "$status" != 137 ] || complain "ulimit $1 $2: no end within its time"
}

# A shell that is told one line after the other, its answers in $WORK/out.
begin() {
	mkfifo lines
	: >out
	"$STAVE" --json -k "$@" <lines >out 2>err 3>&- 4>&- &
	shell=$!
	exec 5>lines
}
tell() {
	local before
	before=$(wc -l <out)
	echo "$1" >&5
	for ((tries = 0; tries < ${2:-250}; tries++)); do
		[ "$(wc -l <out)" -le "$before" ] || break
		sleep 0.02
	done
	output=$(tail -n +$((before + 1)) out) stderr=$(cat err)
	[ -n "$output" ] || complain "no answer to $1"
}
end() {
	exec 5>&-
	await has_ended "$shell"
}
is_there() { [ -n "$(child_called "$1")" ]; }
is_gone() { ! is_there "$1"; }
has_ended() { ! grep -qs '^State:	[^XZ]' "/proc/$1/status"; }
child_called() { # NAME
	host_state | sed -n "s/^process \([0-9]*\) $1\$/\1/p" | head -n 1
}

@test "a program that is older than the child's successor: its end is told" {
	soon 20 -k -c "spawn sleep 0.2; unshare $own mnt pid
	!sleep 0.5
	version; jobs"
	says 'ended with status 0'
	[ "$status" = 0 ]
	soon 20 -k -c "spawn sh -c 'exit 7'; unshare $own mnt time
	!sleep 0.3
	jobs"
	says 'ended with status 7'
}

@test "the janitor is killed while a container is in the background: the next words go on" {
	need_tool busybox
	begin
	tell 'container -d --name cask -- sleep 300'
	holds '.[0].ok' || skip 'no container here'
	kill -9 "$(child_called stave-janitor)"
	tell "unshare $own uts"
	tell jobs
	says 'ended with status 137'
	tell 'container -d --name cask -- sleep 300'
	holds '.[0].ok'
	end
}

@test "the janitor is stopped: the step fails, says so, and the next one works" {
	begin
	tell "unshare $own uts"
	holds '.[0].ok'
	kill -STOP "$(child_called stave-janitor)"
	tell reset 1000
	tell "unshare $own uts" 1000
	holds '.[0].ok'
	kill -STOP "$(child_called stave-janitor)"
	exec 5>&-
	for ((tries = 0; tries < 1000; tries++)); do
		! has_ended "$shell" || break
		sleep 0.02
	done
	has_ended "$shell"
}

@test "the janitor is stopped: what it takes with it when it is ended is not listed as running" {
	need_tool busybox
	begin
	tell 'container -d --name cask -- sleep 300'
	holds '.[0].ok' || skip 'no container here'
	kill -STOP "$(child_called stave-janitor)"
	tell 'container -- true' 1000
	tell jobs
	says 'ended with status 137'
	end
}

@test "the janitor is stopped when its program ends: its state is told as its own, and that the program is left a zombie" {
	need_root # others' containers are the shell's own processes
	local janitor
	begin
	tell 'container --userns -- true' 1000
	holds '.[0].ok' || skip 'no container with ids of its own here'
	janitor=$(child_called stave-janitor)
	echo 'container --userns -- sleep 2' >&5
	await pgrep -P "$janitor" -x sleep
	kill -STOP "$janitor"
	tell version 1000
	holds '.[0].error.errno == "ETIMEDOUT"'
	holds '.[0].error.why | test("\\('"$janitor"'\\) is stopped.*zombie")'
	end
}

@test "the child is stopped: the step fails by its deadline and says the child's state" {
	begin
	tell "unshare $own uts"
	kill -STOP "$(child_called stave-child)"
	tell 'hostname box' 600
	holds '.[0] | .ok == false and .error.errno == "ETIMEDOUT" and (.error.why | test("is stopped"))'
	tell reset
	end
}

@test "a signal ends a wait for a stopped child" {
	local begun=$SECONDS
	begin
	tell "unshare $own uts"
	kill -STOP "$(child_called stave-child)"
	echo 'hostname box' >&5
	sleep 0.3
	kill -TERM "$shell"
	await has_ended "$shell"
	wait "$shell" || [ $? = 143 ]
	[ $((SECONDS - begun)) -lt "$(deadline 5)" ]
}

# Each of them ends as by the signal, whatever it waits for.
@test "TERM, HUP and INT end a shell that waits to open a FIFO" {
	local signal
	mkfifo never
	for signal in TERM HUP INT; do
		for line in 'source never' 'image import never' 'save never' '--transcript'; do
			if [ "$line" = --transcript ]; then
				"$STAVE" --transcript never -c version >out 2>&1 3>&- 4>&- &
			else
				"$STAVE" -c "$line" >out 2>&1 3>&- 4>&- </dev/null &
			fi
			shell=$!
			sleep 0.3
			kill -$signal $shell 2>/dev/null || true # it may have refused the FIFO
			await has_ended "$shell" || complain "$line: $signal"
			status=0
			wait "$shell" || status=$?
			[ "$line" != 'source never' ] || [ "$status" -gt 128 ]
		done
	done
}

@test "TERM ends with 143, HUP with 129, INT with 130" {
	local expected status
	for expected in 143:TERM 129:HUP 130:INT; do
		"$STAVE" -c 'run sleep 60' >out 2>&1 3>&- 4>&- </dev/null &
		shell=$!
		await is_there sleep
		kill "-${expected#*:}" "$shell"
		status=0
		wait "$shell" || status=$?
		[ "$status" = "${expected%:*}" ] || complain "${expected#*:}: $status"
	done
}

# What stops its work by itself says so with the same status as what a signal ends.
@test "a word that a signal stops at its work ends with 128 and the signal's number, and the line with it" {
	local line expected
	export XDG_DATA_HOME=$WORK/data
	mkdir big
	truncate -s 300M big/zeros
	tar -C big -cf - . | gzip -1 >big.tgz
	works -q -c 'image import big.tgz big'
	for line in 'image import big.tgz other' 'image verify' \
		"container --image $PWD/big; commit other"; do
		for expected in 130:INT 143:TERM; do
			"$STAVE" -k -c "$line; !touch after" >out 2>&1 3>&- 4>&- </dev/null &
			shell=$!
			await pgrep -xP "$shell" stave-archive
			kill "-${expected#*:}" "$shell"
			status=0
			wait "$shell" || status=$?
			[ "$status" = "${expected%:*}" ] || complain "$line: ${expected#*:}: $status: $(<out)"
			[ ! -e after ] || complain "$line: it went on"
		done
	done
	works --json -c 'image verify'
	holds '.[0].output | test("other") | not'
}

@test "few descriptors: every word ends, with a reason or well" {
	local n
	for ((n = 4; n <= 32; n++)); do
		limited -n "$n" "unshare $own mnt uts; run true; spawn true; mounts; union a b c; ns; undo; status"
		[ "$status" -le 127 ] || complain "$n descriptors: status $status"
		run ! grep -E 'Bad message|EBADMSG' <<<"$output$stderr"
	done
}

@test "a program for which there is no descriptor is not left running" {
	local n
	for ((n = 12; n <= 32; n++)); do
		limited -n "$n" "unshare $own uts; spawn sleep 300; jobs"
		[ "$status" -le 127 ]
		[ -z "$(child_called sleep)" ] || complain "$n descriptors: a program stays"
	done
}

@test "a file limit of 0 is an error, no end by a signal, and leaves nothing to sweep" {
	limited -f 0 "bindmount a made; unshare $own mnt; bindmount a made"
	[ "$status" -le 127 ] || complain "status $status"
	[ -z "$(find "$XDG_RUNTIME_DIR" -name '*.journal')" ]
}

@test "an empty journal that nobody holds is swept" {
	mkdir -m 700 run/stave
	: >run/stave/stave-999999999.journal
	works -q -c version
	[ -z "$(find run -name '*.journal')" ]
}

@test "a FIFO in the store is no image, and no wait" {
	local store=$XDG_DATA_HOME/stave folder
	mkdir -p "$store"
	soon 20 -k -c 'image ls'
	for folder in "$store" "$store"/*/; do
		mkfifo "$folder/pipe"
	done
	soon 20 -k -c 'image ls; image inspect pipe; volume ls; image rm pipe; rootfs pipe t'
	for folder in "$store" "$store"/*/; do
		rm "$folder/pipe"
	done
}

@test "XDG_RUNTIME_DIR that is XDG_DATA_HOME" {
	need_tool busybox
	mkdir -m 700 both
	XDG_RUNTIME_DIR=$PWD/both XDG_DATA_HOME=$PWD/both soon 60 -k -c 'image ls; container -- true; image ls; volume ls'
	[ "$status" -le 127 ]
}

@test "a frozen keeper is thawed, and outlives nobody" {
	need_root
	begin
	tell 'cgroup freeze'
	holds '.[0].ok' || skip 'no freezer here'
	tell 'cgroup thaw'
	tell 'unshare pid'
	holds '.[0].ok'
	tell 'cgroup freeze'
	tell reset 1000
	holds '.[0].ok'
	tell 'unshare pid'
	tell 'cgroup freeze'
	kill -9 "$shell"
	exec 5>&-
	await is_gone 'stave-.*'
}

@test "what a background program prints is kept in a fixed size, and what is dropped is told" {
	soon 30 -k -c "spawn sh -c 'echo first; head -c 3000000 /dev/zero | tr \"\\\\0\" x; echo last'
	!sleep 1
	jobs 1"
	grep -q 'bytes before this are dropped' <<<"$output"
	grep -q 'last$' <<<"$output"
	[ "${#output}" -lt 1200000 ]
	run ! grep -q ^first <<<"$output"
	soon 30 -k -c "spawn echo hello
	!sleep 0.3
	jobs 1"
	grep -q ^hello <<<"$output"
	run ! grep -q dropped <<<"$output"
}

descriptors() { # PID
	find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l
}

# The kind: what is kept of something that has ended grows with how many have ended.
@test "jobs that have ended: so many are listed, and their output together has a limit" {
	local job
	begin
	tell "unshare $own uts"
	for ((job = 1; job <= 20; job++)); do
		tell 'spawn sh -c "head -c 1100000 /dev/zero | tr \\\\0 x"'
	done
	for ((job = 0; job < 100; job++)); do
		tell '!sleep 0.05'
		tell jobs
		run ! holds '.[0].output | test("running")' || break
	done
	tell jobs
	[ "$(grep -c 'memfd:output' "/proc/$shell/maps")" -le 16 ]
	tell 'jobs 1'
	holds '.[0] | .ok and (.output | test("^... its 1100000 bytes are dropped") and length < 200)'
	tell 'jobs 20'
	holds '.[0] | .ok and (.output | length > 1000000)'
	for ((job = 21; job <= 122; job++)); do
		tell 'spawn true'
	done
	tell '!sleep 0.3'
	tell jobs
	tell jobs
	holds '.[0].output | (test("22 jobs that ended before these")) and (split("\n") | length) == 102'
	tell 'jobs 22'
	holds '.[0].error.id == "job.absent"'
	tell 'jobs 122'
	holds '.[0].ok'
	end
}

# The kind: a job's descriptors were given back when its end was seen, not when its child was ended.
@test "jobs that end with their child, or that nobody lists, keep no descriptors" {
	local round before
	begin
	for round in 1 2 3 4 5 6; do
		tell "unshare $own uts"
		tell 'spawn sleep 300'
		tell 'spawn sleep 300'
		tell reset
		tell 'spawn true'
		tell '!sleep 0.05'
		if [ "$round" = 2 ]; then
			before=$(descriptors "$shell")
		fi
	done
	[ "$(descriptors "$shell")" -le "$before" ]
	end
}

@test "steps undone and jobs ended keep no descriptors, in the shell or the janitor" {
	local round before
	mkdir a
	begin
	tell "unshare $own mnt"
	for round in 1 2 3 4 5 6 7 8 9 10; do
		tell 'bindmount a made'
		tell undo
		tell 'spawn true'
		tell '!sleep 0.02'
		tell jobs
		if [ "$round" = 2 ]; then
			before="$(descriptors "$shell") $(descriptors "$(child_called stave-janitor)")"
		fi
	done
	[ "$(descriptors "$shell") $(descriptors "$(child_called stave-janitor)")" = "$before" ]
	end
}

# Programs that a stop signal holds, by their own doing or a child's that they wait for.
STOPS=('sh -c "kill -STOP \$\$; echo after"' "sh -c 'sh -c \"kill -STOP \\\$\\\$\"; echo after'" \
	"sh -c 'sleep 0.1 & kill -STOP \$!; wait; echo after'")

@test "a program that a stop signal holds becomes a job, and the script goes on" {
	local stop
	for stop in "${STOPS[@]}"; do
		soon 20 --json <<<'' -c "run $stop
			jobs
			fg
			jobs
			run $stop"
		holds '.[0] | .ok and .status == 148 and .job == 1'
		holds '.[1].output | test("stopped")'
		holds '.[3].output | test("status 0")'
		holds '.[-1].job == 2'
		[ "$status" = 148 ] || complain "ended with $status"
	done
	need_tool busybox
	soon 20 --json -c "container -- ${STOPS[1]}"
	holds '.[0] | .ok and .status == 148 and .job == 1'
	soon 20 -q -c "container -- sh -c 'kill -STOP 1; echo init'"
	says init
}

@test "one that is stopped for a moment is waited for, and one of the host's goes on" {
	cat >script <<-'END'
		run sh -c '(sleep 0.3; kill -CONT $$) & kill -STOP $$; echo after'
		!sh -c 'kill -STOP $$; echo after'; sh -c 'kill -STOP $$'; echo end
	END
	soon 20 --json -k script
	holds '.[0].status == 0 and .[0].output == "after\n" and (.[0] | has("job") | not)'
	holds '.[1].output == "after\nend\n"'
	soon 20 -q script
	says $'after\nafter\nend'
}

@test "a traced program that a stop signal holds is ended, which is said" {
	local stop
	for stop in "${STOPS[@]}"; do
		run --separate-stderr timeout "$(deadline 20)" "$STAVE" --json -c "trace $stop
			trace --calls kill,execve $stop" 3>&- 4>&- </dev/null
		holds '.[0] | .ok and .status == 137 and .trace.halted'
		holds '.[1] | .trace.halted and any(.trace.calls[]; .name == "kill")'
	done
}
