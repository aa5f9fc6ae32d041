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
