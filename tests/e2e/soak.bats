#!/usr/bin/env bats
# The soak scripts for a few seconds each; scripts/test --soak runs them in full.
load common

prepare() {
	need_userns
	need_tool busybox
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
}

soak() {
	run /usr/bin/python3 -B "$REPOSITORY/tests/soak/soak.py" "$STAVE" "$@" 3>&- 4>&-
	[ "$status" = 0 ] || complain "seed and kind: $*"
}

@test "random lines: none hangs, no descriptor and no memory stays" { soak lines --rounds 300 --seconds 30; }
@test "kill -9 of a random process at a random moment: the host is as it was" { soak kills --rounds 10 --seconds 30; }
@test "four shells on one store" { soak shells --rounds 16 --seconds 30; }

@test "kill -9 at a call on the store: nothing is lost, nothing is left" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	soak store --rounds 12 --seconds 30
}

@test "random lines of all of the grammar: no signal, no endless wait, each error with its id" {
	soak grammar --rounds 200 --seconds 60
}
@test "two shells on one image, and one that runs it" { soak pairs --rounds 9 --seconds 30; }
@test "ten sessions at once" { soak many --rounds 10 --seconds 30; }
@test "a step keeps little" { soak steps --rounds 4000 --seconds 60; }
@test "a full disk, one without inodes, one that is read-only" {
	need_root
	soak full
}
@test "a flood of output, deaf programs, a bomb: the shell answers and ends them" { soak bombs --rounds 1; }
@test "SIGSTOP of a process of a session: no wait without an end" { soak stops --rounds 2 --seconds 60; }
