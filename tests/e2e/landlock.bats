#!/usr/bin/env bats
# landlock: rules on folders, without root, without mounts.
load common

prepare() {
	if ! stave -q -c landlock >/dev/null 2>why; then
		grep -qE 'ENOSYS|EOPNOTSUPP' why || complain "$(cat why)"
		skip 'the kernel has no Landlock'
	fi
	mkdir open shut
	echo text >open/file
	echo text >shut/file
}

# Programs of the host's, and what they are linked to.
system='ro /usr /bin /lib /lib64 /etc'
[ -e /lib64 ] || system='ro /usr /bin /lib /etc'

@test "landlock tells its version, and what each brings" {
	works -c landlock
	says -r "this kernel has Landlock's ABI [0-9]+"
	says '+ ABI 1, Linux 5.13'
}

@test "ro is to be read, rw to be written to, the rest is shut" {
	works -c "set show full; landlock $system ro $PWD/open; run cat $PWD/open/file; run -- sh -c 'cat $PWD/shut/file || true'
		run -- sh -c 'echo more >>$PWD/open/file || true'"
	says 'landlock_restrict_self(ruleset, 0)'
	says text$'\n'
	others_complain -r 'shut/file: Permission denied'
	[ "$(cat open/file)" = text ] || complain 'written to'
	works -q -c "landlock $system rw $PWD/open; run -- sh -c 'echo more >>$PWD/open/file; mkdir $PWD/open/new'"
	[ -d open/new ] && [ "$(wc -l <open/file)" = 2 ] || complain 'not written to'
}

@test "a second set of rules takes away more, undo gives all back" {
	works -q -c "landlock $system rw $PWD; landlock ro / ; run -- sh -c 'touch $PWD/new 2>/dev/null || echo refused'"
	[ "$output" = refused ] || complain 'not refused'
	works -q -c "landlock $system; undo; run cat $PWD/shut/file"
	says text
}

@test "exec into a child behind rules is behind them, too" {
	works -q -c 'container --name mine; landlock ro / rw /tmp; exec mine sh -c "touch /tmp/yes && echo made; touch /root/no 2>/dev/null || echo refused"'
	[ "$output" = $'made\nrefused' ] || complain 'other rules'
}

@test "an ordinary user gets no_new_privs first" {
	need_user
	works -c 'landlock ro /'
	says 'prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)'
}

@test "what is no rule is refused, with its word" {
	fails 1 -c 'landlock /usr'
	errs argument.missing
	fails 1 -c 'landlock ro'
	errs argument.missing
	fails 1 -c 'landlock ro /nosuch'
	errs path.absent
}
