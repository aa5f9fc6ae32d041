#!/usr/bin/env bats
# One call of each kind fails, wherever it is made, in sessions that change from day to day, in turns of three:
# tests/faults/run, which prints the seed. --all there takes each call in turn.
load common

prepare() {
	need_userns
	need_tool busybox
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	! is_sanitized || skip 'sanitizers make calls of their own'
	! is_counted || skip 'sanitizers make calls of their own'
	faults=$(dirname "$STAVE")/tests/faults/stave
	[ -x "$faults" ] || faults=$(dirname "$STAVE")/build/tests/faults/stave
	[ -x "$faults" ] || complain "$faults is not built"
}

faults() {
	run /usr/bin/python3 -B "$REPOSITORY/tests/faults/run" "$faults" "$@" 3>&- 4>&-
	[ "$status" = 0 ] || complain "calls that fail: $*"
}

@test "one number of each kind of call fails: an answer or an error, nothing left" {
	# Sessions and seeds that have been run whole; one joins when what is wrong in it is mended or known.
	faults --seed $((1 + EPOCHSECONDS / 86400 % 3)) --seconds 25 --session lesson --session save --session volume --session exec --session undo
}

@test "a janitor that cannot be asked for is not taken for one that was killed" {
	faults --session exec --kind poll --number 4 --number 5 --number 6 --error EINTR
}

@test "a container whose child cannot be looked at goes with the groups that were made for it" {
	faults --session commit --kind openat $(printf -- '--number %d ' {22..30}) --error EMFILE
}
