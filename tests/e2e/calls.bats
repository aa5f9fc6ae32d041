#!/usr/bin/env bats
# One call of each kind fails, wherever it is made, in three sessions that change from day to day, in turns of six
# seeds that have been run as root and as an ordinary user: tests/faults/run. --all there takes each call in turn.
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
	faults --seed $((1 + EPOCHSECONDS / 86400 % 6)) --seconds 8
}

@test "kill -9 at a call, in whichever process: nothing is left after the next start, files and store are whole" {
	faults --kill 40 --session container --session save
	faults --kill 73 --session import
}

@test "kill -9 of each process of a one-shot at a call, and of whoever clears up after it; SIGSTOP" {
	local first=$((1 + EPOCHSECONDS / 86400 % 37))
	faults --kill 37 --each --first $first --session oneshot --session groups
	faults --kill 181 --each --first $first --session bridge
	faults --kill 111 --then 2 --first $((first + 111)) --session groups
	faults --stop 200 --first $first --session oneshot
}

@test "SIGSTOP for good of each process of a session: the line ends by its deadline, with an id and a status; nothing is left" {
	local first=$((20 + EPOCHSECONDS / 86400 % 37))
	faults --stop 130 --first $first --session container --session walk
	[[ $output = *'stave-child (a deadline expired)'* ]] || complain 'no deadline expired'
}

@test "what is listed as wrong and is not wrong any more has to be taken out" {
	echo "$(is_root || echo 'user ')exec socketpair ENFILE: exec cask true: mountinfo" >known
	run ! /usr/bin/python3 -B "$REPOSITORY/tests/faults/run" "$faults" --session exec --kind socketpair --known known 3>&- 4>&-
	[[ $output = *'no longer wrong, take it out: exec socketpair ENFILE: exec cask true: mountinfo'* ]] || complain 'not found'
}

@test "a list of cases that cannot be is refused" {
	echo 'exec socketpair ENOMEM: exec cask true: mountinfo' >known
	run ! /usr/bin/python3 -B "$REPOSITORY/tests/faults/run" "$faults" --session exec --kind socketpair --known known 3>&- 4>&-
	[[ $output = *'known: no such case'* ]] || complain 'taken'
}

@test "a folder that the child makes after the talk with it has broken is taken back" {
	faults --session walk --kind poll --error ENOMEM $(printf -- '--number %d ' {10..16})
}

@test "whose the child is is not told from a socket that does not say who sends" {
	faults --session walk --kind setsockopt
}

@test "what could not be read is read again before the next line is planned" {
	faults --session undo --kind readlinkat $(printf -- '--number %d ' {31..40})
	faults --session net --kind readlinkat $(printf -- '--number %d ' {5..9})
}

@test "a janitor that cannot be asked for is not taken for one that was killed" {
	faults --session exec --kind poll --number 4 --number 5 --number 6 --error EINTR
}

@test "a container whose child cannot be looked at goes with the groups that were made for it" {
	faults --session commit --kind openat $(printf -- '--number %d ' {22..30}) --error EMFILE
}

@test "a count of which a part could not be read says so" {
	need_root
	faults --session cgroup --kind openat --error EMFILE $(printf -- '--number %d ' {290..330})
}

@test "a program that is not to be looked at is not, whichever link of it fails for another reason" {
	faults --session exec --kind readlinkat --error ENOMEM $(printf -- '--number %d ' {30..48})
}

@test "a one-shot whose child shares the shell's memory is interrupted, and takes its turns all the same" {
	faults --session oneshot --session groups --kind read --error EINTR
}

@test "a turn that cannot be given is not waited for" {
	local begun=$SECONDS
	faults --session oneshot --kind send
	[ $((SECONDS - begun)) -lt "$(deadline 30)" ]
}

@test "a child that cannot have /dev/null, or whose last message cannot be read, runs no program that is taken for a good one" {
	faults --session oneshot --session bridge --kind open --kind dup2
	faults --session bridge --kind recvmsg --error ENOMEM
}

@test "no status of a program stands for a start of Stave's, a router or a way back that failed" {
	faults --session groups --session bridge --kind eventfd --kind signalfd --kind clone --kind setns
}

@test "whoever ends for want of memory before a program begins, or before it has said all, is not taken for one that has" {
	faults --session container --kind calloc $(printf -- '--number %d ' {40..75})
	faults --session net --kind realloc
}

@test "a line of a session that runs among the host's files, as root, changes none" {
	need_root
	touch kept
	run /usr/bin/python3 -B - "$REPOSITORY/tests/faults" "$faults" "$PWD/kept" 3>&- 4>&- <<-'END'
		import os, sys
		sys.path.insert(0, sys.argv[1])
		from runner import Runner
		runner = Runner(sys.argv[2], f"{sys.argv[1]}/known")
		print(runner.run(["-q", "-k", "-c", f"run rm {sys.argv[3]}; run touch {runner.top}/place/own"]))
		print("written", os.listdir(f"{runner.top}/place").count("own"))
		runner.done()
		print("left", os.path.exists(runner.top))
	END
	[[ $output = *'written 1'*'left False'* ]] || complain 'the line was not played'
	[ -e kept ] || complain 'the file is gone'
}
