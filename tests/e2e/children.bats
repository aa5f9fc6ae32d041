#!/usr/bin/env bats
# Several children: made, switched to, addressed, ended; one story for all of them.
load common

# What an ordinary user has to make or join first.
user() { is_root || echo 'user '; }

prepare() {
	need_userns
	first="$(first)unshare uts; "
	other="child new b; @b unshare $(user)uts; "
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
	for name in main new host 12 -x . .. .x 'a b' ''; do
		run --separate-stderr traced -c "child new '$name'"
		[ "$status" = 1 ]
	done
	fails 1 -c "child new b; child new b"
	errs name.used
	fails 1 -c "child rm main"
	errs child.current
	fails 1 -c "child rm b"
	errs child.absent
	fails 1 -c "@"
	errs argument.missing
	fails 1 -c "@ ns"
	errs argument.missing
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
	grep -x 'unshare uts' two
	run ! grep -x '@main unshare uts' two
	works -q -c "${first}${other}hostname one; child b; hostname two; undo; save two; redo; save two"
	grep -x 'child new b' two
	grep -x '@main hostname one' two
	grep -x '@b hostname two' two
	works -q -c "source two; run uname -n"
	[ "${lines[-1]}" = two ]
	works -q -c "${other}child b; child rm main; save three"
	works -q -c "source three; child"
	says_not main
	works -q -c "${first}${other}hostname one; steps"
	grep -q '@main hostname one' <<<"$output"
	[[ $output != *'@main unshare uts'* ]] || complain 'addressed before there were two'
}

@test "a transcript has the child's name of a line" {
	works -q --transcript out.json -c "${other}@b hostname two; child b; hostname three"
	jq -e '[.[] | select(.line | test("hostname")) | [.line, .child]] == [["@b hostname two", "b"], ["hostname three", "b"]]' out.json
	works -q --transcript out.md -c "${first}${other}@b hostname two; hostname one"
	grep -F '@b hostname two' out.md
	run ! grep -F '@main' out.md
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
	holds '.[-2].output | contains("child new b") and contains("(undone)")'
}

@test "setns joins another child's namespaces, and ns says with whom they are shared" {
	works --json -c "child new a; child new b; @a unshare $(user)net; @b setns @a $(user)net; @b ns"
	holds '.[-1].ns.net.joined and (.[-1].output | test("net.* a"))'
	fails 1 -c "child new a; setns @main uts"
	errs child.absent
	fails 1 -c "setns @nobody uts"
	errs child.absent
}

@test "setns joins several namespaces of another child at once" {
	works --json -c "child new a; child new b; @a unshare $(user)net ipc uts; $(is_root || echo '@b setns @a user; ')@b setns @a net ipc uts; @a hostname box; @b run uname -n; @b ns; @a ns"
	holds '.[-3].output == "box\n" and (.[-2].ns | [.net, .ipc, .uts] | all(.joined))'
	holds '[.[-1, -2].ns | [.net.id, .ipc.id, .uts.id, .mnt.id]] | .[0] == .[1]'
}

@test "a child that is built again takes those that joined it along, and no others" {
	works --json -c "child new a; child new b; child new c; @c unshare $(user)uts; @a unshare $(user)uts; @b setns @a $(user)uts; @b unshare mnt; @a hostname one; @a unshare ipc; @c ns; undo; @c ns; @b status; @a status"
	holds '[.[] | select(.child == "c" and .line == "ns").pid] | .[0] == .[1]'
	holds '.[-1].ns.uts.id == .[-2].ns.uts.id and .[-1].ns.uts.own and (.[-1].ns.ipc.own | not)'
	holds '.[-2].ns.mnt.own'
}

@test "a wire's end goes with the child that made it, and comes back" {
	works --json -c "child new a; child new b; @a unshare $(user)net; $(is_root || echo "@b setns @a user; ")@b unshare net; @a net veth x y --to @b; @b net addr add 10.7.0.2/24 dev y; undo 2; @b net; redo 2; @b net"
	holds '[.[] | select(.line == "net").output | contains("10.7.0.2")] == [false, true]'
}

@test "net names the child at the other end, also one with a pid namespace, whose keeper is there too" {
	works --json -c "unshare $(user)pid net; child new far; $(is_root || echo "@far setns @main user; ")@far unshare net; net veth x y --to @far; @far net"
	holds '.[-1].output | test("to x of [^0-9]*main")'
}

@test "containers share the namespaces of a pod, whose first process reaps" {
	works -q -c "child new pod; @pod container; container -d --name app --net container:pod --ipc container:pod --pid container:pod -- sh -c 'sleep 0.1 & exec sleep 100'; @pod run sleep 1; @pod run ps; exec app ps"
	says -r '1 .*stave-child'
	says_not -r 'Z|defunct'
	works --json -c "child new pod; @pod container; container -d --name app --net container:pod --pid container:pod -- sleep 100; ns app; @pod ns"
	holds '[.[-1, -2].output | capture("net\\*? +(?<id>[0-9]+)").id] | unique | length == 1'
	holds '[.[-1, -2].output | capture("ipc\\*? +(?<id>[0-9]+)").id] | unique | length == 2'
	holds '.[-1].output | contains("app")'
}

@test "what a container shares is reported as joined, and not as its own" {
	works -q -c 'container -d --name web -- sleep 100; container --net container:web --ipc container:web -- true'
	works --json -c "container -d --name web -- sleep 100; container --net container:web -- true; container --net container:web --pid container:web; ns"
	holds '[.[0, 1, 2, 3].ns | [to_entries[] | select(.value.joined and .key != "user").key]] == [[], ["net"], ["net", "pid"], ["net", "pid"]]'
}

@test "children, containers and jobs are named by one rule" {
	local name line
	for name in 12 %x @a@b 'a b' a/b a=b é new rm host -- "$(printf 'a%.0s' {1..64})"; do
		for line in "child new '$name'" "container -d --name '$name' -- true" "spawn --name '$name' true"; do
			[ "$line" != "child new '--'" ] || continue
			fails "$([[ $line == container* || $line == spawn* ]] && echo 125 || echo 1)" -n -c "$line"
			errs name.invalid
		done
	done
	fails 125 -n -c 'container -d --name router -- true'
	errs name.invalid
	works -n -c 'child new a.b_c-1; container -d --name a.b_c-2 -- true; spawn --name a.b_c-3 true'
}

@test "a dry run knows the children that there would be" {
	works -n -c "child new b; @b unshare uts; @b hostname box; child b; hostname two; child main; child rm b"
	fails 1 -n -c "child new b; @b unshare uts; hostname box"
	errs host.shared
	fails 1 -n -c "child new b; child rm b; child b"
	errs child.absent
}

@test "undo names the containers that end with the pod" {
	works --json -c "child new pod; @pod container; container -d --name app --pid container:pod -- sleep 100; undo"
	holds '.[-1].output | contains("(app)")'
}

@test "names of children and containers are of one kind" {
	run --separate-stderr traced -k <<-END
		child new pod
		@pod unshare $(user)uts
		container -d --name app -- sleep 100
		child new app
		container -d --name pod -- true
		@app ns
		container --net container:main -- true
		container --ipc container:pod -- true
		container --pid pod -- true
		exec pod true
		kill app KILL
	END
	take_ids
	[ "$ids" = ' name.used name.used child.absent child.absent host.shared option.choice ' ]
	works -q -c "child new b; @b unshare $(user)uts; jobs; kill b KILL"
	says -r '[0-9]+  child    b'
}

@test "nothing is left of several children, however the shell ends" {
	stave -c "child new a; child new b; @a unshare $(user)net; @b spawn sleep 100; @a spawn sleep 100; !kill -9 \$PPID" || true
	stave -c "child new a; @a spawn sleep 100; quit"
}

@test "a step that names its own child's process is done again by the new one" {
	works --json -c "child new a; @a unshare $(user)uts; @a setns @a uts; undo 3; redo 3"
	holds '.[-1].ok'
}

@test "random steps of several children agree with a replay" {
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	chmod 755 "$WORK"
	mkdir sessions && cd sessions
	# STAVE_SEEDS=100 plays more of them.
	run "$HERE/random_children.py" "$STAVE" 1 "${STAVE_SEEDS:-6}" 3>&- 4>&-
	[ "$status" = 0 ] || complain 'sessions disagree'
}

@test "what ends with a child that is removed is named" {
	need_root
	works --json -c "unshare uts; ns pin uts $WORK/pin; child new b; child b; child rm main"
	holds '.[-1].ok and (.[-1].note | contains("/pin"))'
	[ ! -e pin ]
}

@test "with -q children have their own numbers, too" {
	works -q -c 'child new a; child new b; child'
	[ "$(awk '$1 ~ /^[ab]$/ { print $2 }' <<<"$output" | sort -u | wc -l)" = 2 ]
}

@test "the way out of a line for another child is a line for that child, and cures it" {
	need_userns
	local line fix
	for line in 'hostname x' 'umount /nosuch' 'net up lo'; do
		run --separate-stderr stave --json -k -c "child new b; child main; @b $line; $line"
		holds '.[-2].error.fix == "@b " + .[-1].error.fix'
		fix=$(pick '.[-2].error.fix')
		run --separate-stderr stave --json -k -c "child new b; child main; $fix; @b $line"
		holds '.[-1].child == "b" and .[-2].ok and .[-1].error.id != "host.shared"'
	done
	# What a program's end proposes as well.
	for line in 'run ls /nosuch' 'run sh -c nosuch' 'run sh -c "kill -9 \$\$"' 'trace cat /nosuch/x'; do
		run --separate-stderr stave --json -k -c "child new b; child main; @b $line; why; $line; why"
		holds '(.[-3].output | contains("@b ")) and (.[-1].output | contains("@b ") | not)'
	done
	run --separate-stderr stave --json -k -c "child new b; child main; @b run ls /nosuch; why"
	holds '.[-1].output | contains("@b trace --failed ls /nosuch") and contains("line: @b run ls /nosuch")'
	# What is not a line for a child stays as it is.
	run --separate-stderr stave --json -k -c "child new b; child main; @b setns"
	holds '.[-1].error.fix | startswith("@") | not'
}

@test "what a program wrote in memory is named also where another child's step came right behind it" {
	local line="unshare $(user)mnt; mount tmpfs C;" i
	mkdir C
	for i in 1 2 3 4 5 6; do
		line+=" run sh -c 'echo x >C/f$i'; child new c$i; @c$i unshare $(user)uts;"
	done
	works --json -c "$line unshare ipc; undo"
	holds '.[-1].output | [scan("C/f[1-6]")] | length == 6'
}
