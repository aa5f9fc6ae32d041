#!/usr/bin/env bats
# why: the last line that failed, and what ended a program.
load common

prepare() {
	need_userns
}

@test "why tells the last failure's cause and id, whatever came after it" {
	works -q -k -c 'why' # nothing has failed yet
	# A line of why's own that fails is none of those, the first neither.
	run --separate-stderr stave -k --json -c 'why; why --try; why --seconds garbage; why'
	holds '(.[1:3] | all(.ok | not)) and .[0].output == .[3].output'
	fails 1 -c 'why --seconds garbage'
	errs option.number
	fails 1 -k --json -c 'setns 999999999 mnt; hostname; why'
	local id fix
	id=$(pick '.[0].error.id') fix=$(pick '.[0].error.fix')
	holds ".[-1].output | contains(\"setns 999999999 mnt\") and contains(\"explain $id\")"
	[ -z "$fix" ] || holds ".[-1].output | contains(\"${fix%% *}\")"
}

@test "why tells of every line that failed before it came to a child, whatever its word" {
	local typed='' line word
	for word in $(stave --describe | jq -r '.words[].name'); do
		[ "$word" = why ] || typed+="$word --nosuch"$'\nwhy\n'
	done
	while read -r line; do
		typed+="$line"$'\nwhy\n'
	done <<'END'
lesson nosuch
lesson ./nosuch.md
lesson quit
next
back
hint
solution
again
check
check ns pid own
image rm nosuch
image import nosuch
container --image nosuch -- true
volume rm nosuch
network rm nosuch
net foo
source nosuch
save /nosuch/x
child rm nosuch
seccomp export nosuch oci /nosuch/f
landlock ro /nosuch
kill %7
fg 7
undo 7
explain nosuch
set nosuch
docker ps -z
@nosuch ns
@
nosuchword
hostname 'a
END
	run --separate-stderr stave -k --json <<<"$typed"
	# How many have failed, and of which of these the line after it did not tell the id that it failed with.
	run -0 jq -cs '. as $all | [range(length - 1) | select($all[.].line != "why" and ($all[.].ok | not)) |
		{line: $all[.].line, id: ($all[.].error | if .cause == "" then .id else .cause end), told: $all[. + 1].output}] |
		length, map(.id as $id | select(.told | contains("explain \($id)\n") | not))' <<<"$output"
	[ "${lines[0]}" -gt 110 ] && [ "${lines[1]}" = '[]' ] || complain "$output"
}

@test "the OOM killer is named by the group that counts its kills, and only where it was it" {
	need_root
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip 'there is no memory controller here'
	works -k --json -c 'container --memory 24M -- dd if=/dev/zero of=/dev/null bs=600M count=1
why'
	holds '.[0].oom | .kills >= 1 and .bound == 25165824 and (.group | contains("stave"))'
	holds '.[1].output | contains("oom_kill")'
	# Twice in the child's own group: the first kill is not taken for the second's.
	fails 137 -k --json -c 'unshare mnt; cgroup memory 24M; run dd if=/dev/zero of=/dev/null bs=600M count=1
run sh -c "kill -9 \$\$"
run dd if=/dev/zero of=/dev/null bs=600M count=1'
	holds '[.[] | select(.line | startswith("run")) | has("oom")] == [true, false, true]'
	holds '[.[] | select(has("oom")).oom.kills] == [1, 2]'
}

@test "a program that ended by itself, by a signal, and in a shell that found none" {
	works -k --json -c "$(first)unshare uts; run sh -c 'exit 3'; why"
	holds '.[-1].output | contains("trace --failed sh -c")'
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -SEGV \$\$'; why"
	holds '.[-1].output | contains("SIGSEGV")'
	works -k --json -c "$(first)unshare uts; run sh -c nosuchprogram; why"
	holds '.[-1].output | contains("trace --failed --calls file")'
}

@test "the calls of a program are shown as who, where and with what it ran, and where exec ran it" {
	need_root
	works -k --json -c "unshare uts; run -u 5:6 -w /tmp -e 'A=b c' sh -c 'exit 3'; why"
	holds ".[-1].output | gsub(\"\\n *\"; \" \") | contains(\"trace --failed -u 5:6 -w /tmp -e 'A=b c' sh -c 'exit 3'\")"
	# The same words, typed, make the same failure: another user would not fail.
	fails 7 -q -c "unshare uts; trace --failed -u 5:6 -w /tmp -e 'A=b c' sh -c 'test \$(id -u) = 5 && test \$PWD = /tmp && test \"\$A\" = \"b c\" && exit 7'"
	works -k --json -c "container -d --name web -- sleep 60; exec -u 5 web sh -c 'exit 3'; why"
	holds '.[-1].output | gsub("\n *"; " ") | contains("setns web all; trace --failed -u 5 sh -c")'
	works --json -c "container -d --name web -- sleep 60; setns web all; trace --failed -u 5 sh -c 'id -u; hostname'"
	holds '.[-1].output | startswith("5\nweb\n")'
}

@test "an error that is a cause itself is not said to have none" {
	fails 1 -k --json -c 'volume rm nosuch
why'
	holds '.[0].error.cause == "volume.absent" and (.[-1].output | contains("why:") | not)'
}

@test "a container's first process that RLIMIT_NPROC refuses" {
	need_user
	need_userns
	works -q -c 'container -- true'
	run --separate-stderr bash -c 'ulimit -u 1; exec "$STAVE" -q --json -c "container -- true"'
	[ "$status" -eq 125 ]
	[ "$(jq -r .error.cause <<<"${lines[-1]}")" = fork.ulimit ]
}

# What why says then.
told() { pick '.[-1].output | gsub("\n *"; " ")'; }

@test "126, 127: a shell's, and another program's" {
	works -k --json -c "$(first)unshare uts; run sh -c nosuchprogram; why"
	[[ "$(told)" = *'a shell in it'*'trace --failed --calls file sh -c nosuchprogram '* ]]
	# What is to be typed shows where it was looked for.
	works -k --json -c "$(first)unshare uts; trace --failed --calls file sh -c nosuchprogram; why"
	holds '[.[-2].trace.calls[] | select(.errno == "ENOENT")] | length > 0'
	holds '[.[-1].output | scan("trace --failed")] | length == 1'
	works -k --json -c "$(first)unshare uts; run sh -c /; why"
	[[ "$(told)" = *'a shell in it'*'126'* ]] || complain "$(told)"
	need_tool python3
	works -k --json -c "$(first)unshare uts; run python3 -c 'import os; os._exit(127)'; why"
	[[ "$(told)" != *'a shell in it'* && "$(told)" = *'trace --failed python3'* ]] || complain "$(told)"
}

@test "127: of a program that starts a shell, and of one whose loader lacks a library" {
	need_tool python3
	# No list of names says who does that: mount(8) does, for a type that has a program.
	works -k --json -c "$(first)unshare uts; run python3 -c 'import os; os.execlp(\"sh\", \"sh\", \"-c\", \"nosuchprogram\")'; why"
	[[ "$(told)" = *'a shell in it'*'--calls file '* ]] || complain "$(told)"
	need_tool gcc
	echo 'int f(void) { return 0; }' >f.c
	gcc -shared -fPIC -o libnone.so f.c
	echo 'int f(void); int main(void) { return f(); }' >m.c
	gcc -o m m.c -L. -lnone
	rm libnone.so
	works -k --json -c "$(first)unshare uts; run $WORK/m; why"
	[[ "$(told)" != *'a shell in it'* && "$(told)" = *'--calls openat '* ]] || complain "$(told)"
}

@test "126, 127: a program that starts others, and has ended itself so" {
	local program
	for program in 'exit 127' 'exit 126'; do
		works -k --json -c "$(first)unshare uts; run sh -c '$program'; why"
		[[ "$(told)" != *'a shell in it'* && "$(told)" = *"trace --failed sh -c '$program'"* ]]
	done
	need_tool setpriv
	works -k --json -c "unshare user; run setpriv --groups 5 true; why"
	holds '.[-2].status == 127'
	[[ "$(told)" != *'a shell in it'* ]]
}

@test "127: of a container's program it is told to look in a container" {
	works -k --json -c "container -- sh -c nosuchprogram; why"
	[[ "$(told)" = *'a shell in it'*'same container line'*'trace --failed --calls file sh -c nosuchprogram'* ]]
}

@test "of a path that the program names by what it printed is told what is seen there afterwards, and of no other" {
	local program
	mkdir d
	works -k --json -c "unshare user mnt pid; mount proc /proc; run mkdir /proc/x; why"
	[[ "$(told)" = *"/proc/x now: /proc "*'trace --failed mkdir'* ]] || complain "$(told)"
	# As another's tools print it, and where there are two lines.
	if command -v busybox >programs; then
		works -k --json -c "unshare user mnt pid; mount proc /proc; run busybox mkdir /proc/x; why"
		[[ "$(told)" = *"/proc/x now: /proc "* ]]
	fi
	# Of what it could not create nobody is told that it is not there.
	for program in 'ln -s a' 'cp /etc/passwd' 'tee'; do
		works -k --json -c "unshare user mnt pid; mount proc /proc; run $program /proc/x; why"
		[[ "$(told)" = *"/proc/x now: /proc "* ]]
	done
	works -k --json -c "$(first)unshare uts; run find $WORK/nosuch; why"
	[[ "$(told)" = *"$WORK/nosuch now: "* ]]
	works -k --json -c "$(first)unshare uts; run cat $WORK/first $WORK/nosuch; why"
	[[ "$(told)" = *"$WORK/nosuch now: "*"$WORK/nosuch"* && "$(told)" != *"$WORK/first now"* ]] || complain "$(told)"
	works -k --json -c "$(first)unshare mnt; bindmount $WORK $WORK --ro; run touch $WORK/x; why"
	[[ "$(told)" = *"$WORK/x now: "*"mount none $WORK -o remount"* ]] || complain "$(told)"
	# What is there by then, two names, a name of no place, words of another program than the one that ended, another child than it was in.
	for program in "cat $WORK/later; run touch $WORK/later" "mv $WORK/d $WORK/nosuch/x" 'cat nosuch' \
		"sh -c 'cat $WORK/nosuch'" "cat $WORK/nosuch; reset; unshare user"; do
		works -k --json -c "$(first)unshare uts; run $program; why"
		[[ "$(told)" = *'ended itself'* && "$(told)" != *' now: '* ]] || complain "$program: $(told)"
	done
}

@test "137, 153, 159: what can have sent the signal" {
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -9 \$\$'; why"
	[[ "$(told)" = *'not known'*'cgroup memory'* ]] || complain "$(told)"
	works -k --json -c "$(first)unshare uts; run sh -c 'ulimit -f 1; dd if=/dev/zero of=$WORK/big bs=1M count=1'; why"
	[[ "$(told)" = *SIGXFSZ*'has no such limit'* ]] || complain "$(told)"
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -SYS \$\$'; nonewprivs; seccomp docker; run sh -c 'kill -SYS \$\$'; why"
	[[ "$(told)" = *"docker's default"* ]] || complain "$(told)"
	works -k --json -c "$(first)unshare uts; run sh -c 'kill -SYS \$\$'; why"
	[[ "$(told)" = *"none of these lines"* ]] || complain "$(told)"
}

@test "a status of 128 + N is a signal where wait(2) says so, and the program's own word elsewhere" {
	local code to
	for code in 137 139 153 159; do
		fails "$code" --json -c "run sh -c 'exit $code'"
		holds '.[-1] | has("signal") | not'
		works -k --json -c "run sh -c 'exit $code'; why"
		[[ "$(told)" = *"ended itself with status $code"* ]] || complain "$(told)"
		works -k --json -c "$(first)unshare uts; spawn sh -c 'exit $code'; fg; why"
		[[ "$(told)" = *"ended itself with status $code"* ]] || complain "$(told)"
	done
	fails 139 --json -c "container -- sh -c 'exit 139'"
	holds '.[-1] | has("signal") | not'
	for to in KILL SEGV XFSZ SYS; do
		run --separate-stderr stave --json -c "$(first)unshare pid; run sh -c 'kill -$to \$\$'"
		holds --arg to "SIG$to" '.[-1].signal == $to'
		works -k --json -c "$(first)unshare uts; spawn sh -c 'kill -$to \$\$'; fg; why"
		[[ "$(told)" != *"ended itself"* ]] || complain "$(told)"
	done
	# The kernel sends this one, and so does whoever may.
	works -k --json -c "run sh -c 'kill -SEGV \$\$'; why"
	[[ "$(told)" = *'kill(2) sends SIGSEGV'* ]] || complain "$(told)"
}

@test "SIGKILL that this session sent to a job is known" {
	works -k --json -c "$(first)unshare uts; spawn sleep 60; kill %1 KILL; run sleep 0.5; jobs"
	[[ "$(told)" = *137*'SIGKILL: kill'* ]] || complain "$(told)"
	run --separate-stderr stave -k --json -c "$(first)unshare uts; spawn sleep 60; kill %1 KILL; run sleep 0.1; jobs; fg 1"
	holds '.[-1].error | .id == "job.absent" and (.why | contains("SIGKILL"))'
	# Another signal, and none of this session's.
	works -k --json -c "$(first)unshare uts; spawn sleep 60; kill %1 TERM; run sleep 0.5; jobs"
	[[ "$(told)" = *143* && "$(told)" != *SIGKILL* ]] || complain "$(told)"
	run --separate-stderr stave -k --json -c "$(first)unshare uts; spawn sh -c 'sleep 0.3; kill -9 \$\$'; fg; why"
	[[ "$(told)" = *SIGKILL* && "$(told)" != *'SIGKILL: kill'* ]] || complain "$(told)"
	run --separate-stderr stave -k --json -c "$(first)unshare uts; spawn sh -c 'sleep 0.3; exit 3'; fg; why --try"
	holds '.[-1].error.id == "try.nothing"'
	is_root || return 0
	works -k --json -c 'cgroup pids 50; spawn sleep 60; cgroup kill; run sleep 0.3; jobs'
	[[ "$(told)" = *137*'cgroup kill'* ]] || complain "$(told)"
}

@test "the OOM killer of a job, of a program that exec put beside another, and of a program's child alone" {
	need_root
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip 'there is no memory controller here'
	run --separate-stderr stave -k --json -c 'cgroup memory 24M; spawn dd if=/dev/zero of=/dev/null bs=600M count=1; fg; why'
	[[ "$(told)" = *137*oom_kill* ]] || complain "$(told)"
	fails 137 -k --json -c 'container -d --name box --memory 24M -- sleep 60; exec box dd if=/dev/zero of=/dev/null bs=600M count=1'
	holds '.[-1].oom.kills >= 1'
	# What the group has counted for a child of the program before is not this one's.
	fails 137 -k --json -c 'unshare mnt; cgroup memory 24M; run sh -c "dd if=/dev/zero of=/dev/null bs=600M count=1; exit 3"
run sh -c "kill -9 \$\$"'
	holds '[.[-2:][] | has("oom")] == [false, false]'
}

@test "the end of the CPU time that RLIMIT_CPU gives is told by what the program had used" {
	need_tool prlimit
	local give='unshare user uts; run sh -c "prlimit --cpu=1:2 --pid \$PPID"'
	# Of two seconds the first ends with SIGXCPU, where the program lets it.
	fails 152 -k --json -c "$give; run sh -c 'while :; do :; done'"
	holds '.[-1].killed_by == "cpu limit"'
	fails 137 -k --json -c "$give; run sh -c 'trap : XCPU; while :; do :; done'"
	holds '.[-1].killed_by == "cpu limit"'
	fails 137 -k --json -c "$give; run sh -c 'kill -9 \$\$'"
	holds '.[-1] | has("killed_by") | not'
	run --separate-stderr stave -k --json -c "$give; spawn sh -c 'trap : XCPU; while :; do :; done'; run sh -c 'sleep 8'; jobs"
	[[ "$(pick '.[-1].output')" = *RLIMIT_CPU* ]]
}

@test "the same of a program that Stave starts itself, a container's or an exec's, and of one that has set the limit" {
	limited() { # OPTIONS LINES
		run --separate-stderr sh -c "ulimit $1; exec \"\$0\" -k --json -c \"\$1\"" "$STAVE" "$2" 3>&- 4>&-
	}
	limited '-t 1' "container -- sh -c 'while :; do :; done'; why"
	holds '.[0] | .status == 137 and .killed_by == "cpu limit"'
	[[ "$(pick '.[1].output')" = *'ulimit -H -t'* ]]
	limited '-t 2' "unshare user uts; spawn sleep 30; exec %1 sh -c 'while :; do :; done'"
	holds '.[-1] | .status == 137 and .killed_by == "cpu limit"'
	limited '-c 0' "container -- sh -c 'ulimit -t 1; while :; do :; done'; why"
	holds '.[0] | .status == 137 and .killed_by == "cpu limit"'
	[[ "$(pick '.[1].output')" != *'ulimit -H -t'* ]]
	limited '-t 9' "container -- sh -c 'kill -9 1; sh -c \"kill -9 \\\$\\\$\"; exit 137'; container -d --name box -- sleep 60; kill box KILL; jobs"
	holds 'map(select(has("killed_by"))) == []'
	# The first process of a pid namespace hears no SIGXCPU: another one.
	limited '-S -t 1' "container -- sh -c 'sh -c \"while :; do :; done\"; exit \$?'; why"
	holds '.[0].status == 152'
	[[ "$(pick '.[1].output')" = *RLIMIT_CPU* ]]
}

@test "with the first process of a container all end that exec has put beside it" {
	fails 137 -k --json -c "container -d --name box -- sh -c 'until [ -e /begun ]; do sleep 0.1; done'; exec box sh -c '>/begun; exec sleep 60'"
	holds '.[-1].killed_by == "init"'
	fails 137 -k --json -c "container -d --name box -- sleep 60; exec box sh -c 'kill -9 \$\$'"
	holds '.[-1] | has("killed_by") | not'
}

@test "of a traced program the call that failed is told, and not what its status means" {
	works -k --json -c "$(first)unshare uts; trace --failed sh -c 'ulimit -n 3; cat /etc/passwd'; why"
	[[ "$(told)" = *'EMFILE; RLIMIT_NOFILE'* && "$(told)" != *'a shell in it'* ]] || complain "$(told)"
	works -k --json -c "$(first)unshare uts; trace --failed sh -c 'ulimit -n 3; cat /etc/passwd; kill -9 \$\$'; why"
	[[ "$(told)" = *SIGKILL* && "$(told)" != *EMFILE* ]] || complain "$(told)"
}

@test "a riddle keeps its cause" {
	export STAVE_LESSONS=$REPOSITORY/lessons
	fails 1 -k --json -c "lesson ten-broken-sandboxes
mount nosuch /nosuch
why"
	holds '.[-1].error.id == "lesson.locked" or (.[-1].output | contains("explain") | not)'
	# What a lesson says until then does not take the failure's place, and after that it is a line like others.
	fails 1 -k --json -c "lesson ten-broken-sandboxes
mount nosuch /nosuch
explain EPERM
check
lesson quit
why
lesson quit
why"
	holds '[.[2, 3].error.id | startswith("lesson.")] == [true, true] and (.[-3].output | contains("mount nosuch /nosuch"))'
	holds '.[-1].output | contains("explain lesson.none\n")'
}

@test "the setting that forbids user namespaces is set back by the line that is told" {
	need_userns
	local fix
	run unshare -U -r sh -c "echo 0 >/proc/sys/user/max_user_namespaces && '$STAVE' --json -k -c 'unshare user; version'"
	fix=$(jq -rs '.[0].error.fix' <<<"$output")
	[[ $fix == '!sysctl -w '* ]] || complain "$output"
	run unshare -U -r sh -c "echo 0 >/proc/sys/user/max_user_namespaces && printf '%s\n' '$fix' 'unshare user' | '$STAVE' -q -y"
	[ "$status" = 0 ] || complain "$output"
}

@test "what an option of a container's line has mounted read-only is told by that option" {
	local where
	mkdir there
	for where in "-v $WORK/there:/d:ro -- touch /d/x" "-v $WORK/there:/d:ro -- sh -c 'echo >/d/x'"; do
		works -k --json -c "container $where; why"
		[[ "$(told)" = *"-v $WORK/there:/d:ro in the line"*"fix: the same line with -v $WORK/there:/d"* ]] || complain "$(told)"
	done
	works -k --json -c "container --read-only -- touch /x; why"
	[[ "$(told)" = *"--read-only in the line"* ]] || complain "$(told)"
	run --separate-stderr stave -k --json -c "container -v $WORK/there:/d:ro -- touch /d/x; why --try"
	holds --arg with "the same line with -v $WORK/there:/d" '.[-1].error | .id == "try.stays" and .fix == $with'
	works -q -c "container -v $WORK/there:/d -- touch /d/x"
	# Another mount than the option's.
	works -k --json -c "container -v $WORK/there:/d:ro -- touch /sys/x; why"
	[[ "$(told)" != *"in the line itself"* ]] || complain "$(told)"
}
