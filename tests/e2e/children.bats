#!/usr/bin/env bats
# Several children: made, switched to, addressed, ended; one story for all of them.
load common

prepare() {
	need_userns
	first="$(first)unshare uts; "
	other="child new b; @b $(first)unshare uts; "
}

# The host name that child NAME has, behind LINES.
name_of() { # NAME LINES
	works -q -c "$2; @$1 run uname -n"
	name=${lines[-1]}
}

@test "each child has namespaces of its own" {
	name_of main "${first}hostname one; ${other}@b hostname two"
	[ "$name" = one ]
	name_of b "${first}hostname one; ${other}@b hostname two"
	[ "$name" = two ]
	works --json -c "${first}child new b; @b status"
	holds '.[-1].child == "b" and (.[-1].ns.uts.own | not)'
	holds '.[-2].child == "b" and .[-2].ok and .[0].child == "main"'
}

@test "child switches, and lists which one lines are for" {
	works --json -c "${first}${other}child b; hostname two; child main; hostname one"
	holds '[.[] | select(.line == "hostname two").child] == ["b"]'
	holds '[.[] | select(.line == "hostname one").child] == ["main"]'
	works -c "child new b; child b; child"
	says -r '\* +b '
	fails 1 -c "child nobody"
	errs child.absent
	fails 1 -c "@nobody ns"
	errs child.absent
	fails 1 -c "child new b; @b"
	errs argument.missing
}

@test "a name is a child's alone" {
	for name in main new host router 12 -x 'a b' ''; do
		run --separate-stderr traced -c "child new '$name'"
		[ "$status" = 1 ]
	done
	fails 1 -c "child new b; child new b"
	errs name.used
	fails 1 -c "child rm main"
	errs child.current
	fails 1 -c "child rm b"
	errs child.absent
}

@test "undo takes back the last step of the story, whosever it is" {
	name_of b "${first}hostname one; ${other}@b hostname two; hostname three; undo 2"
	[ "$name" = "$(uname -n)" ]
	name_of main "${first}hostname one; ${other}@b hostname two; hostname three; undo 2"
	[ "$name" = one ]
	works --json -c "${first}child new b; undo; child; redo; child"
	holds '[.[] | select(.line == "child").output | contains(" b ")] == [false, true]'
}

@test "undo touches no child but the one of the step" {
	works --json -c "${first}${other}ns; @b unshare pid; undo; ns; @b status"
	holds '[.[] | select(.line == "ns").pid] | .[0] == .[1]'
	holds '.[-1].ns.uts.own and (.[-1].ns.pid.own | not)'
}

@test "a child that has ended comes back with undo" {
	works --json -c "${first}${other}@b hostname two; child rm b; child; undo; @b run uname -n"
	holds '.[-1].output == "two\n"'
	holds '[.[] | select(.line == "child").output | contains(" b ")] == [false]'
}

@test "the current child is another where undo takes it away" {
	works --json -c "child new b; child b; undo; ns"
	holds '.[-1].child == "main"'
}

@test "steps and save say whose each step is; one child's are as they were typed" {
	works -q -c "${first}save one"
	run ! grep '@\|main' one
	works -q -c "${first}${other}child b; hostname two; save two"
	grep -x '@main unshare uts' two
	grep -x 'child new b' two
	grep -x '@b hostname two' two
	works -q -c "source two; run uname -n"
	[ "${lines[-1]}" = two ]
	works -q -c "${first}${other}steps"
	says '@main unshare uts'
}

@test "reset leaves the first child alone" {
	works --json -c "${first}${other}child b; reset; child"
	holds '.[-1].child == "main" and (.[-1].output | contains(" b ") | not)'
}

@test "a child that dies leaves the others what they are" {
	run --separate-stderr stave --json -k <<-END
		${first}hostname one
		${other}child b
		spawn sh -c 'sleep 0.3; kill -9 \$PPID'
		!sleep 1
		ns
		ns
		child main
		run uname -n
		steps
		@b ns
	END
	holds '[.[] | select(.line == "ns") | .ok] == [false, true, true]'
	holds '[.[] | select(.line == "run uname -n").output] == ["one\n"]'
	holds '.[-1].ok and (.[-1].ns.uts.own | not)'
	holds '.[-2].output | contains("child new b") and contains("@b unshare uts   (undone)")'
}
