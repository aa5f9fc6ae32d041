#!/usr/bin/env bats
# The shell's contract: options, scripts, exit status, errors with their place, JSON, help.
load common

@test "--help and --version say so on standard output" {
	works --help
	says '125 Stave itself failed'
	works --version
	says -r '^stave [0-9.]+$'
	works -c version
	says -r '^stave [0-9.]+$'
}

@test "mistakes in the options end with 2, those in a command with 1" {
	fails 2 --nonsense
	fails 2 one.stave two.stave
	fails 2 -c 'version' one.stave
	fails 1 -c 'nonsense'
	fails 1 -c 'version surplus'
	fails 1 -c 'undo many'
	errs argument.number
	complains '     ^'
}

@test "a script comes from a file, from standard input, from -c" {
	printf '# a comment\n\n  version ; version # another\r\nsteps' >script.stave
	works script.stave
	[ "$(grep -c '^stave ' <<<"$output")" = 2 ]
	says 'no steps yet'
	run --separate-stderr stave <script.stave
	[ "$status" = 0 ] && says 'no steps yet'
	works -c 'version
steps'
	says 'no steps yet'
}

@test "a script shows its lines, a chain in -c does not" {
	echo 'steps  # none' >script.stave
	works script.stave
	[ "$output" = $'stave> steps\nno steps yet' ]
	works -q script.stave
	[ "$output" = 'no steps yet' ]
	works -c steps
	[ "$output" = 'no steps yet' ]
}

@test "a script that is not there" {
	fails 1 nowhere.stave
	complains 'nowhere.stave: ENOENT (No such file or directory)'
	fails 1 /
	complains 'EISDIR'
}

@test "a script stops at its first failure, or goes on with -k" {
	printf 'version\nkill 1 nonsense\nsteps\n' >script.stave
	fails 1 script.stave
	says_not 'no steps yet'
	errs argument.choice
	fails 1 -k script.stave
	says 'no steps yet'
	fails 1 -k -c 'kill 1 nonsense; steps'
	says 'no steps yet'
}

@test "the last program's status is the shell's" {
	[ -z "$(first)" ] || need_userns
	works -q -c 'run false; run true'
	run -7 --separate-stderr stave -q -c 'run sh -c "exit 7"'
	run -127 --separate-stderr stave -q -c 'run no-such-program'
	fails 126 -q -c 'run /etc/passwd'
	run -137 --separate-stderr stave -q -c 'run sh -c "kill -9 $$"'
	run -3 --separate-stderr stave -q -c '!exit 3'
}

@test "source runs a script, and nests no deeper than sixteen" {
	echo 'version' >inner.stave
	echo 'source inner.stave' >outer.stave
	works -c 'source outer.stave; steps'
	says 'stave 0.'
	echo 'source self.stave' >self.stave
	fails 1 -c 'source self.stave'
	complains 'nested 16 deep'
	fails 1 -c 'source nowhere.stave; version'
	says_not 'stave 0'
}

@test "what cannot be a line is refused, and nothing is run" {
	fails 1 -c "version; steps 'open"
	errs line.syntax
	says_not 'stave 0'
	printf 'version\0\n' >nul.stave
	fails 1 nul.stave
	errs script.kind
	printf 'version \033[31m\n' >escape.stave
	fails 1 escape.stave
	errs line.syntax
	[[ $stderr != *$'\033'* ]]
	head -c 10000000 /dev/zero | tr '\0' a >long.stave
	fails 1 long.stave
	errs line.long
	{
		head -c 70000 /dev/zero | tr '\0' a
		printf '\nversion\n'
	} >long.stave
	fails 1 -k long.stave
	says 'stave 0'
}

@test "a typo is answered, a prefix is enough when it is the only one" {
	fails 1 -c hlep
	complains 'help'
	works -c vers
	fails 1 -c re
	errs command.ambiguous
}

@test "-n performs nothing, and imagines the walls that the lines before would make" {
	works -n -c 'unshare user uts; hostname box; !touch made; run touch made'
	says 'unshare(CLONE_NEWUSER'
	says 'sethostname("box", 3)'
	[ ! -e made ]
	works -c 'plan hostname; plan version'
	says 'makes no calls'
}

@test "-q prints nothing but what commands print" {
	[ -z "$(first)" ] || need_userns
	works -q -c "$(first)unshare uts; hostname box; run hostname"
	[ "$output" = box ]
}

@test "!CMD runs on the host, and is marked" {
	works -c '!echo "a;  b" # not ours'
	says 'on the host: echo "a;  b"'
	says 'a;  b'
	works -q -c '!echo plain'
	[ "$output" = plain ]
}

@test "JSON is one object a command, failing ones too" {
	[ -z "$(first)" ] || need_userns
	run --separate-stderr stave -k --json -c "$(first)unshare uts; run echo hi; ns; nonsense
steps 'x"
	[ "$status" = 1 ]
	[ -z "$stderr" ]
	holds 'all(.[]; has("step") and has("line") and has("ok") and has("pid") and has("ops") and
		has("ns") and has("mountinfo") and has("error") and has("output") and has("status"))'
	holds '.[-1].error.what | test("quote")'
	holds 'map(select(.line == "run echo hi"))[0] | .output == "hi\n" and .status == 0'
	holds 'map(select(.line == "ns"))[0].output | test("uts")'
	holds 'map(select(.line == "unshare uts"))[0] | .ok and .step > 0 and .ns.uts.own and
		.ns.uts.changed and (.ops | length) == 1 and .ops[0].errno == null'
}

@test "JSON of a line that cannot be split" {
	fails 1 --json -c "steps 'x"
	holds 'length == 1 and .[0].ok == false and .[0].error.column == 7 and .[0].ns.uts.id > 0'
}

@test "every command has a page, and its example is there" {
	works -c help
	for word in $(stave -c help | sed -n 's/^  \([a-z!]*\) .*/\1/p'); do
		works -c "help $word"
		says -r '^usage: '
		says 'Example'
	done
}

@test "foreign bytes are never printed raw" {
	printf 'x' >"$(printf 'evil\033]0;x\007.stave')"
	fails 1 "$(printf 'evil\033]0;x\007.stave')"
	[[ $stderr != *$'\033'* && $stderr != *$'\007'* ]]
}

@test "what is written to nobody ends the script, and the session well" {
	{
		for _ in {1..2000}; do echo help; done
	} >long.stave
	stave long.stave 2>/dev/null | head -n 1 >first
	[ -s first ]
}

@test "closed descriptors are nobody's" {
	run stave -c version <&- 2>&-
	[ "$status" = 0 ]
	stave -c 'version' >&- || true
}

@test "a file with capabilities or the setuid bit is refused" {
	need_root
	cp "$STAVE" ./setuid
	chown 12345 ./setuid
	chmod 4755 ./setuid
	chmod 755 .
	run --separate-stderr setpriv --reuid 23456 --regid 23456 --clear-groups ./setuid -c version
	[ "$status" = 125 ]
	complains 'refuses to run setuid'
}

@test "limits keeps to the width of the screen" {
	works -q -c "$(first)unshare uts; limits"
	[ "$(wc -L <<<"$output")" -le 80 ] || complain 'too wide'
}

@test "set keeps to the width of the screen, and shows every option" {
	works -q -c set
	[ "$(wc -L <<<"$output")" -le 80 ] || complain 'too wide'
	[ "$(grep -c '^[a-z]' <<<"$output")" = 8 ] || complain 'not eight options'
}
