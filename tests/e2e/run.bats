#!/usr/bin/env bats
# Programs in the child's world: run, spawn, jobs, kill, shell.
load common

@test "run searches PATH, passes its arguments as they are, and takes standard input with -i" {
	works -q -c "run printf '%s|' a 'b  c' '' '\$HOME' '*'"
	[ "$output" = 'a|b  c||$HOME|*|' ]
	run --separate-stderr bash -c "echo words | '$STAVE' -q -c 'run -i cat'"
	[ "$output" = words ]
}

@test "without -i a program's standard input is empty" {
	run --separate-stderr bash -c "echo words | '$STAVE' -q -c 'run cat'"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "a program that reads the script's own standard input gets what follows it" {
	run --separate-stderr stave -q < <(printf 'run -i head -n 1\nfor the program\nversion\n')
	says 'for the program'
}

@test "run -e, -w, -u" {
	works -q -c "run -e 'ONE=1' -e 'TWO=2 2' sh -c 'echo \$ONE,\$TWO'"
	[ "$output" = '1,2 2' ]
	mkdir place
	works -q -c "run -w $WORK/place pwd"
	[ "$output" = "$WORK/place" ]
	fails 127 -q -c "run -w $WORK/nowhere pwd"
	errs fork.ENOENT
	is_root || return 0
	works -q -c 'run -u 61234:61235 sh -c "id -u; id -g; id -G"'
	[ "$output" = $'61234\n61235\n61235' ]
	works -q -c 'run -u 61234 id -u; run id -u'
	[ "$output" = $'61234\n0' ]
}

@test "ids that are none are refused" {
	local id
	for id in '' -1 4294967295 4294967296 1: :1 1e3 ' 1' 1x 1:2:3 99999999999999999999; do
		run --separate-stderr stave -q -c "run -u '$id' id"
		[ "$status" != 0 ] || complain "taken: '$id'"
		[[ $stderr == 'stave: '* ]] || complain "no word on '$id'"
	done
}

@test "the environment of a program is a clean one" {
	SECRET=1 LD_PRELOAD='' run --separate-stderr stave -q -c 'run env'
	says PATH=
	says_not SECRET
	says_not STAVE
}

@test "a program has default signals, no descriptors and no terminal of ours" {
	works -q -c 'run sh -c "echo /proc/self/fd/*"'
	[ "$(wc -w <<<"$output")" -le 4 ]
	works -q -c "run sh -c 'grep -E ^Sig\(Ign\|Blk\) /proc/self/status | cut -f2 | sort -u'"
	[ "$output" = 0000000000000000 ]
	run --separate-stderr stave -q -c 'run sh -c "exec 3</dev/tty"'
	[ "$status" != 0 ]
}

@test "much output, both streams, closed early by the reader" {
	run --separate-stderr bash -c "timeout -k 1 $(deadline 10) '$STAVE' -q -c 'run yes' | head -c 1000000 | wc -c"
	[ "$output" = 1000000 ]
	run --separate-stderr timeout -k 1 "$(deadline 20)" "$STAVE" -q \
		-c 'run sh -c "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"' >out 2>err
	[ "$status" = 0 ]
}

@test "a grandchild that keeps the output open does not keep the command" {
	run --separate-stderr timeout -k 1 "$(deadline 10)" "$STAVE" -q -c 'run sh -c "sleep 8 & echo done"'
	[ "$status" = 0 ]
	[ "$output" = done ]
}

@test "fg of a job that has ended tells its end once, as of one that ends a moment later" {
	local line
	for line in fg 'fg 1'; do
		run --separate-stderr stave -q -c "spawn sh -c 'echo said; exit 3'; run sleep 0.5; $line"
		[ "$status" = 3 ] && [ "$output" = said ] || complain "$line"
	done
	fails 1 -k -q -c 'spawn sh -c "echo said; exit 3"; run sleep 0.5; fg; fg'
	[ "$output" = said ] || complain 'not once'
	errs job.absent
	fails 1 -k -q -c 'spawn true; run sleep 0.5; jobs; fg 1; bg 1'
	errs job.absent
}

@test "what a program leaves running ends with the shell" {
	works -q -c "run sh -c 'setsid sleep 300 & sleep 0.1'"
	works -q -c "run sh -c '(setsid sh -c \"trap : TERM HUP; sleep 300; sleep 300\" &) ; sleep 0.1'"
}

@test "run shows the call and what it is the same as" {
	works -c 'run true'
	says 'execvpe("true"'
	says 'ended with status 0'
	run --separate-stderr stave --json -c 'run sh -c "echo one; exit 4"'
	[ "$status" = 4 ]
	holds '.[-1].output == "one\n" and .[-1].status == 4'
}

@test "output not a text stays JSON" {
	run --separate-stderr stave --json -c "run printf 'a\\377\\033[31m\\000b'"
	holds '.[-1].output | type == "string" and startswith("a")'
	[[ $output != *$'\033'* ]]
}

@test "spawn, jobs, kill" {
	works -q -c 'spawn sleep 100; jobs; kill %1; run sleep 0.2; jobs'
	says -r '\[1\] +[0-9]+ +running +'
	says -r '\[1\] +[0-9]+ +(143|.*SIGTERM|.*ended|.*143)'
	works -q -c 'spawn sleep 100; spawn sleep 101; jobs'
	says -r '\[2\]'
	fails 127 -q -c 'spawn /nowhere/at/all'
	complains ENOENT
	works -q -c 'jobs'
	says 'no jobs'
}

@test "a job has the name that spawn gave it" {
	works -q -c 'spawn --name guest sleep 100; jobs; exec guest echo inside; kill guest KILL; run sleep 0.2; jobs'
	says -r '\[1\] +[0-9]+  running  guest'
	says inside
	says -r 'ended with status 137 +guest'
	fails 1 -c 'spawn --name guest true; run sleep 0.2; kill guest'
	errs job.absent
	local name
	for name in '' %1 12; do
		fails 125 -c "spawn --name '$name' sleep 100"
		errs name.invalid
	done
	fails 125 -c 'spawn --name guest sleep 100; spawn --name guest sleep 100'
	errs name.used
	works -q -c 'spawn --name guest true; run sleep 0.2; spawn --name guest sleep 100; exec guest echo inside'
	says inside
}

@test "kill takes names and numbers of signals, and refuses what is not of the child's world" {
	works -q -c 'spawn sleep 100; kill %1 STOP; kill %1 CONT; kill %1 SIGKILL; run sleep 0.2; jobs'
	says -r '137|SIGKILL'
	sleep 100 3>&- &
	fails 1 -c "kill $! KILL"
	errs host.process
	kill $! # it still lives
	fails 1 -c 'kill 1'
	fails 1 -c 'spawn sleep 100; kill 2 TERM'
	fails 1 -c 'kill %7'
	errs job.absent
}

@test "a fix changes nothing on the host: a number that is a job's, and not a process of the child's" {
	local free=$(($(cat /proc/sys/kernel/pid_max) - 1))
	fails 1 --json -k -c 'spawn sleep 100; kill 1'
	holds '.[-1].error | .id == "host.process" and (.fix | startswith("kill %1,"))'
	fails 1 --json -k -c 'kill 1'
	holds '.[-1].error | .id == "host.process" and (.fix | startswith("ps "))'
	[ ! -e "/proc/$free" ] || skip 'every number of a process is in use'
	fails 1 --json -c "kill $free"
	holds '.[-1].error | .id == "job.absent" and .errno == "ESRCH" and (.fix | startswith("ps "))'
}

@test "a job ends with the namespaces it lives in, and undo says so" {
	need_userns
	works -c "$(first)unshare pid; spawn sleep 100; undo"
	says -r 'job 1|what could not be restored|not repeated'
}

@test "shell: the best one there is, with a script on its input" {
	run --separate-stderr bash -c "echo 'echo from the shell' | timeout -k 1 $(deadline 10) '$STAVE' -q -c 'shell'"
	[ "$status" = 0 ]
	says "from the shell"
}

@test "a program in a pid namespace of its own whose init was killed" {
	need_userns
	run --separate-stderr timeout -k 1 "$(deadline 20)" "$STAVE" -k -q -c \
		"$(first)unshare pid mnt; mount proc /proc; run sh -c 'kill -9 1; echo survived'; run echo after"
	says survived # PID 1 takes no signal from inside
	says after
}

# The pid that the next process of the namespace gets is the one after ns_last_pid. proc_sys_kernel(5)
@test "exit status of a recycled pid: the orphan that had it before is not taken for the program" {
	stave -q -c "$(first)unshare pid mnt; mount proc /proc; run sh -c 'echo 1 >/proc/sys/kernel/ns_last_pid'" ||
		skip 'ns_last_pid cannot be written'
	cat >orphan <<-'END'
		echo $$ >orphans-pid
		while read -r line </proc/$PPID/comm && [ "$line" = sh ]; do sleep 0.01; done 2>/dev/null
		exit 7
	END
	works -q -c "$(first)unshare pid mnt; mount proc /proc
		run sh -c 'cd $WORK; sh orphan >/dev/null 2>&1 &'
		run sh -c 'until [ -s $WORK/orphans-pid ]; do sleep 0.01; done; while kill -0 \$(cat $WORK/orphans-pid); do sleep 0.01; done 2>/dev/null'
		run sh -c 'echo \$((\$(cat $WORK/orphans-pid) - 1)) >/proc/sys/kernel/ns_last_pid'
		run sh -c 'echo \$\$ >$WORK/programs-pid'"
	[ "$(cat orphans-pid)" = "$(cat programs-pid)" ]
}

@test "run -t of a program that reads nothing: the end of its input is not shown" {
	for round in 1 2 3 4 5; do
		run --separate-stderr stave -q < <(printf 'run -t true\nrun echo rest\n')
		[ "$output" = rest ]
	done
}

@test "run -t without -i leaves the rest of the script to the shell, with -i it reads it" {
	need_userns
	run --separate-stderr stave -q < <(printf 'run -t cat\nrun echo rest\n')
	[ "$status" = 0 ] || complain 'failed'
	says rest
	says_not 'run echo rest'
	run --separate-stderr stave -q < <(printf 'run -it cat\nrun echo rest\n')
	says 'run echo rest'
}

@test "what a program leaves unread of a script is the script's again" {
	for way in -i -it; do
		run --separate-stderr stave -q < <(printf 'run %s true\nversion\n' "$way")
		[ "$status" = 0 ] || complain 'failed'
		says -r 'stave [0-9.]+'
	done
	lines=$({ echo "run -i true"; yes version | head -3000; } | stave -q | grep -c '^stave [0-9]')
	[ "$lines" = 3000 ]
}

# How often the shell rested while it ran LINE.
rests() { # LINE
	run strace -qq -o calls -e trace=poll "$STAVE" -q -c "$1" 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
	rests=$(grep -c ', 1) *= 0 (Timeout)' calls) || true
}

@test "the shell rests between what a fast program writes, and nothing is lost or comes late; a slow one is read from at once" {
	local rests
	need_tool strace
	strace -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	rests 'run sh -c "i=0; while [ \$i -lt 30000 ]; do echo \$i; i=\$((i + 1)); done"'
	[ "$output" = "$(seq 0 29999)" ]
	# A shell that is not let run as often finds more each time, and need not rest.
	[ "$rests" -gt 0 ] || [ "$(wc -l <calls)" -lt 1000 ] || complain "$(wc -l <calls) calls"
	rests 'run sh -c "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo \$i; sleep 0.02; done"'
	[ "$output" = "$(seq 1 20)" ]
	[ "$rests" = 0 ]
	run "$STAVE" -q -c 'run sh -c "seq 1 30000; echo no >&2"'
	[ "$output" = "$(seq 1 30000; echo no)" ]
}

@test "a program that ends its child, or the janitor, fails by that" {
	local whom cause wrong=''
	while IFS='|' read -r whom cause; do
		run --separate-stderr stave -k --json -c "$(first)unshare uts
run sh -c 'kill -9 $whom; sleep 9'
why"
		jq -es --arg cause "$cause" '.[-2].error | .id == "child.gone" and .cause == $cause and .why != "" and .fix != ""' <<<"$output" >told ||
			wrong+="$whom: $(pick -c '.[-2].error')"$'\n'
	done <<-'END'
		$PPID|child.killed
		$(sed -n "s/^PPid:.//p" /proc/$PPID/status)|child.janitor-killed
	END
	[ -z "$wrong" ] || complain "$wrong"
}
