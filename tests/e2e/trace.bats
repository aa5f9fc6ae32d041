#!/usr/bin/env bats
# trace: a program's system calls, how each ended, and the wall that refused it.
load common

prepare() {
	need_userns
}

# The calls named NAME of the last trace: `calls NAME FILTER` is true when FILTER holds for one of them.
calls() { # NAME FILTER
	holds --arg name "$1" "[.[-1].trace.calls[] | select(.name == \$name) | $2] | any"
}

# A small container that has every wall, to trace in.
CONTAINER=container

@test "trace passes the program's output and status on, and begins with its execve" {
	works -q -c 'trace echo said'
	[ "${lines[0]}" = said ]
	fails 3 -q -c 'trace sh -c "exit 3"'
	fails 143 -q -c 'trace sh -c "kill -TERM \$\$"'
	works --json -c 'trace true'
	holds '.[-1].trace.calls[0] | .name == "execve" and .errno == null and .value == 0'
	holds '.[-1].trace | .dropped == 0 and .foreign == 0 and .filtered == false'
	holds '.[-1].trace.counts.execve == {"calls": 1, "failed": 0}'
}

@test "a program that is not there, one that cannot be run: docker's numbers, and the calls that say so" {
	fails 127 --json -c 'trace /nowhere/at-all'
	calls execve '.errno == "ENOENT" and (.call | startswith("execve(\"/nowhere/at-all\""))'
	fails 126 --json -c 'trace /etc/passwd'
	calls execve '.errno == "EACCES"'
}

@test "what could not begin says why, as with run" {
	local line
	for line in '-w /nosuch true' 'nosuchprogram' '/etc/passwd' "-w $WORK/file true" /tmp; do
		touch file
		run --separate-stderr stave --json -k -c "run $line; trace $line; trace --calls mount $line; version"
		output=$(head -n 3 <<<"$output")
		holds '([.[] | del(.error.column) | .error] | unique | length == 1) and all(.ok | not) and all(.error.why != "")'
		holds '[.[].status] | unique | length == 1'
	done
	need_userns
	run --separate-stderr stave --json -k -c 'unshare user; run -u 5 true; trace -u 5 true'
	holds '(.[1].error == .[2].error) and (.[2].error | .id == "fork.EINVAL" and .fix == "idmap shows the map")'
	run --separate-stderr stave --json -k -c 'run -w /nosuch true; version'
	holds '.[0].error.why | test("/nosuch") and (test("loader|interpreter") | not)'
}

@test "--failed keeps what failed, --calls what is named; counts have what was looked at" {
	works --json -c 'trace --failed sh -c "cat /nowhere; true"'
	holds '.[-1].trace.calls | length > 0 and all(.errno != null)'
	calls openat '.errno == "ENOENT" and (.call | contains("\"/nowhere\""))'
	works --json -c 'trace --calls getppid,file sh -c "true </dev/null"'
	holds '[.[-1].trace.calls[].name] | index("mmap") == null and index("brk") == null and index("openat") != null'
}

@test "a filter chooses the calls where the program may load one, and only there" {
	works --json -c "$(first)unshare uts; trace -c openat true"
	holds '.[-1].trace.filtered'
	holds '.[-1].trace.counts | keys == ["openat"]'
	# What is not in the set has no stop, execve(2) neither: there is nothing to be counted.
	works --json -c "$(first)unshare uts; trace -c mount sh -c '/bin/true; /bin/true'"
	holds '.[-1].trace | .filtered and .counts == {} and .calls == []'
	works --json -c "$(first)unshare uts; trace -c execve sh -c '/bin/true; /bin/true'"
	holds '.[-1].trace | .counts.execve.calls >= 2 and ([.calls[].name] | unique == ["execve"])'
	works --json -c "$(first)unshare uts; trace true"
	holds '.[-1].trace.filtered == false'
	works --json -c "$CONTAINER; trace -c openat true"
	holds '.[-1].trace.filtered == false'
	is_root || return 0
	works --json -c 'trace -u 61234 -c openat true'
	holds '.[-1].trace.filtered == false'
}

@test "an ordinary user's program loads the filter as well, and gains nothing by set-user-ID either way" {
	if is_root; then
		for_every_user
		works_as setpriv --reuid 61234 --regid 61234 --clear-groups
	else
		works_as
	fi
	need_userns
	# There root's rights over the namespace let a set-user-ID program gain.
	works --json -c 'unshare user; caps drop all; trace -c openat true'
	holds '.[-1].trace.filtered == false'
}

works_as() { # COMMAND...
	run --separate-stderr "$@" env HOME="$WORK" "$STAVE" --json -c 'trace -c openat grep NoNewPrivs /proc/self/status'
	holds '.[-1] | .ok and .trace.filtered and (.output | test("NoNewPrivs:\t1"))'
	run --separate-stderr "$@" env HOME="$WORK" "$STAVE" --json -c 'trace grep NoNewPrivs /proc/self/status'
	holds '.[-1] | .ok and .trace.filtered == false and (.output | test("NoNewPrivs:\t0"))'
}

@test "a filter that is refused: every call is a stop, and none goes by unseen" {
	is_sanitized && skip 'sanitizers make calls of their own'
	works -q -c "$(first)seccomp deny seccomp; run $STAVE --json -c 'trace -c openat cat /etc/hostname'"
	holds '.[-1].trace | .filtered == false and .counts.openat.calls > 0 and (.counts.close.calls > 0)'
	calls openat '.call | contains("/etc/hostname")'
}

@test "where a filter chooses, what comes before the program is no stop" {
	local stops
	works -q -c "$(first)unshare uts; trace -c mount grep ^voluntary /proc/self/status"
	stops=$(awk '/^voluntary/ { print $2 }' <<<"$output")
	[ "$stops" -gt 0 ] && [ "$stops" -le 25 ] || complain "$stops times it had to wait"
}

@test "with -q, where there is no child, the tracer starts the program: no child is made" {
	# Its parent's children are the program, the tracer, and who waits for the shell's end.
	works -q -c "trace -c mount sh -c 'cat /proc/\$PPID/comm; wc -w </proc/\$PPID/task/\$PPID/children'"
	[ "${lines[*]:0:2}" = 'stave 3' ]
	works -q -c "version; trace sh -c 'cat /proc/\$PPID/comm'"
	[ "${lines[1]}" = stave ]
	# One that stands goes on, and its walls count.
	works -q -c "$(first)unshare uts; trace -c mount sh -c 'cat /proc/\$PPID/comm'; run sh -c 'cat /proc/\$PPID/comm'"
	says stave-child
	works -q -c "trace -c mount sh -c 'cat /proc/\$PPID/comm'; run sh -c 'cat /proc/\$PPID/comm'"
	[ "${lines[0]}" = stave ] && [ "${lines[-1]}" = stave-child ]
}

# The kernel shares out processors by sessions: of two, program and tracer would wait for each other behind all others.
@test "a program and the tracer that starts it are of one session: the shell's where that has no terminal" {
	# Who waits for the shell's end has a session of its own, and a moment later a name by which it is told.
	cat >look <<'END'
children=/proc/$PPID/task/$PPID/children
session() { set -- $(cat "/proc/$1/stat"); echo "$6"; }
for try in $(seq 250); do
	for child in $(cat $children); do cat /proc/$child/comm; done | grep -q janitor && break
	sleep 0.02
done
echo $PPID
session $$
for child in $(cat $children); do grep -q janitor /proc/$child/comm || session $child; done
END
	run setsid -w "$STAVE" -q -c "trace -c mount sh $WORK/look"
	[ "$(sort -u <<<"${lines[*]:0:4}" | tr ' ' '\n' | sort -u | wc -l)" = 1 ] || complain "$output"
	need_tool script
	run script -qec "$STAVE -q -c \"trace -c mount sh -c 'exec cat /proc/self/stat'\"" /dev/null
	# No terminal, and no leader.
	read -r _ _ _ _ group session terminal _ <<<"${lines[0]}"
	[ "$group" != "$session" ] && [ "$terminal" = 0 ] || complain "$output"
}

@test "a signal of the terminal's stops no traced program that has none, as with run; one that has a handler hears it" {
	local word
	for word in run trace 'trace -c mount'; do
		run setsid -w "$STAVE" -q -c "$word sh -c 'kill -TSTP \$\$; trap \"echo heard\" TTIN; kill -TTIN \$\$; echo on'"
		[ "$status" = 0 ] && [ "${lines[0]}" = heard ] && [ "${lines[1]}" = on ] || complain "$word: $output"
	done
}

@test "with -q, where there is no child, the shell makes few calls to have a program traced" {
	is_sanitized && skip 'sanitizers make calls of their own'
	need_tool strace
	strace -o calls "$STAVE" -q -c 'trace -c mount true' >/dev/null
	[ "$(wc -l <calls)" -le 180 ] || complain "$(wc -l <calls) calls"
}

# What a program has from who starts it.
world() { # WORD
	"$STAVE" -q -c "$1 -i sh $PWD/look; version" <<<typed | sed '/^stave /q' | grep -v '^ '
	"$STAVE" -q -c "$1 sh $PWD/look; version" <<<typed | sed '/^stave /q' | grep -v '^ '
}

@test "a program that is traced begins in the same world as one that is run" {
	local signals
	cat >look <<-'END'
		grep -E '^(Umask|Groups|Uid|Gid|Sig[^Q]|Shd|Cap|Cpus|Mems)' /proc/self/status
		cat /proc/self/limits /proc/self/cgroup /proc/self/oom_score_adj
		ls -l /proc/self/fd | sed -n 's/.* \([0-9]* -> [a-z]*\).*/\1/p'
		readlink /proc/self/ns/*
		pwd
		env
		cat
	END
	for signals in 'INT QUIT' 'HUP PIPE CHLD USR1'; do
		trap '' $signals
		world run >as-run
		world 'trace -c mount' >as-traced
		trap - $signals
		grep -q '^typed$' as-run
		[ "$(wc -l <as-run)" -gt 30 ]
		diff as-run as-traced
	done
}

# Its status, and the ids of what it said into $ids.
ends() { # LINE
	status=0
	stderr=$(traced -q -c "$1" 2>&1 >/dev/null) || status=$?
	take_ids
}

@test "with -q, what could not begin ends as with run, and why is the same" {
	local line word as_run
	touch file
	for line in '-w /nosuch true' nosuchprogram /etc/passwd "-w $WORK/file true" /tmp; do
		ends "run $line"
		[ "$status" -ge 125 ]
		as_run=$status$ids
		for word in trace 'trace -c mount'; do
			ends "$word $line"
			[ "$status$ids" = "$as_run" ] || complain "$word $line: $status$ids, not $as_run"
		done
	done
}

@test "with -q, where ptrace(2) is refused it is said, and nobody is left" {
	is_sanitized && skip 'sanitizers make calls of their own'
	works -k -q -c "$(first)seccomp deny ptrace; run sh -c '$STAVE -q -k -c \"trace echo ran; run cat /proc/\$\$/task/\$\$/children\"; true'"
	[[ $output != *ran* ]] || complain 'it ran'
	[[ $stderr = *PTRACE_SEIZE* ]]
}

# The causes that the last trace tells of files that are not there.
causes() {
	jq -sc '[.[-1].trace.calls[] | select(.name == "openat" and .errno == "ENOENT" and (.call | test("/etc/hostname|/nowhere"))) | .cause]' <<<"$output"
}

@test "who changes its root is looked at again, also where a filter chooses the calls" {
	local all
	need_tool busybox
	mkdir -p root
	cp "$(command -v busybox)" root/busybox
	local line="sh -c 'cat /nowhere; exec busybox chroot $WORK/root /busybox sh -c \"/busybox cat /etc/hostname; /busybox cat /nowhere\"'"
	run --separate-stderr stave --json -k -c "$(first)unshare mnt; trace $line"
	all=$(causes)
	[ "$(jq length <<<"$all")" = 3 ] || complain "$all"
	run --separate-stderr stave --json -k -c "$(first)unshare mnt; trace -c openat $line"
	holds '.[-1].trace | .filtered and (.counts | keys == ["openat"])'
	[ "$(causes)" = "$all" ] || complain "$(causes), not $all"
	[ "$(jq -c 'unique | length' <<<"$all")" -gt 1 ] || complain "$all"
}

@test "the group file has the calls that strace has in its own" {
	local call
	need_tool strace
	works --json -c "trace -c file sh -c 'ln -s nowhere link; ls -l link; stat -f . >/dev/null'"
	rm link
	env -i "PATH=$PATH" strace -f -o named -e trace=%file sh -c 'ln -s nowhere link; ls -l link; stat -f . >/dev/null'
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' named | sort -u >theirs
	[ "$(wc -l <theirs)" -gt 4 ]
	for call in $(cat theirs); do
		holds --arg name "$call" '.[-1].trace.counts[$name].calls > 0'
	done
}

@test "descendants are followed, threads and all, and signals reach the program" {
	works --json -c 'trace sh -c "sh -c \"cat /nowhere\" & wait; true"'
	holds '[.[-1].trace.calls[].pid] | unique | length >= 3'
	calls openat '.call | contains("/nowhere")'
	works -q -c 'trace -c getppid sh -c "trap \"echo heard\" USR1; kill -USR1 \$\$; echo on"'
	says heard
	says on
}

@test "what the program leaves running ends with it" {
	works -q -c 'trace sh -c "sleep 62 & echo \$!"'
	await eval "! kill -0 ${lines[0]}"
}

@test "seccomp: its own filter's answer is the proof" {
	works --json -c "$CONTAINER; trace --failed sh -c 'mount -t tmpfs none /tmp; true'"
	calls mount '.errno == "EPERM" and .wall == "seccomp" and (.why | contains("EPERM"))'
}

@test "capabilities: the set that lacks it; user: the namespace in which it does not count" {
	works --json -c "$(first)unshare uts; caps drop sys_admin; trace --failed sh -c 'hostname x; true'"
	calls sethostname '.errno == "EPERM" and .wall == "capabilities"'
	works --json -c "unshare user; trace --failed sh -c 'dmesg -c; true'"
	holds '[.[-1].trace.calls[] | select(.name == "syslog" and .errno == "EPERM")] | length > 0 and all(.wall == "user")'
}

@test "mnt: a read-only mount; root: a path of the host's; pid: a number of the host's" {
	works --json -c "$CONTAINER; trace --failed sh -c 'echo a >/proc/sys/kernel/hostname; cat $REPOSITORY/Makefile; kill -0 999999; true'"
	calls openat '.errno == "EROFS" and .wall == "mnt"'
	calls openat '.errno == "ENOENT" and .wall == "root"'
	calls kill '.errno == "ESRCH" and .wall == "pid"'
}

@test "net: no route" {
	works --json -c "$CONTAINER; trace --failed sh -c 'nc -w 1 192.0.2.1 80; true'"
	holds '[.[-1].trace.calls[] | select(.errno == "ENETUNREACH")] | length > 0 and all(.wall == "net")'
}

@test "no wall is blamed for what is no wall's" {
	works --json -c "trace --failed sh -c 'cat $WORK/nowhere; cat $WORK; kill -0 999999; true'"
	holds '[.[-1].trace.calls[] | .wall] | all(. == null)'
	works --json -c "$CONTAINER; trace --failed sh -c 'cat /nowhere/at/all; true'"
	calls openat '.errno == "ENOENT" and .wall == null'
}

@test "names and arguments of the program's are made visible" {
	works -q -c $'trace --failed sh -c "cat \'/no\\\\033[31mwhere\'; true"'
	[[ $output != *$'\033'* ]] || complain 'an escape came through'
	works -q -c "trace sh -c 'printf \"\\033[0m\"; cat \"\$(printf \"/x\\033y\")\"; true' "
	says -r '"/x\\(x1b|033|e)y"'
}

@test "wrong words: a call that is none, a group that is none, nothing to run" {
	fails 125 -q -c 'trace --calls opennat true'
	errs seccomp.unknown
	fails 125 -q -c 'trace --calls , true'
	errs seccomp.unknown
	fails 125 -q -c 'trace --calls "" true'
	errs seccomp.unknown
	fails 1 -q -c 'trace'
	errs argument.missing
}

@test "Ctrl-C ends the program, and nothing of the tracer is left" {
	"$STAVE" -q -c 'trace sleep 60' >out 2>&1 3>&- 4>&- &
	local shell=$!
	await pgrep -P "$shell" -x sleep
	local tracer
	tracer=$(pgrep -P "$shell" -f stave-tracer)
	kill -INT "$shell"
	wait "$shell" || true
	await eval "! kill -0 $tracer"
}

@test "the shell killed, the tracer killed: the program ends" {
	local victim shell tracer
	for victim in shell tracer; do
		"$STAVE" -q -c 'trace sh -c "echo $$; exec sleep 61"' >out 2>&1 3>&- 4>&- &
		shell=$!
		await pgrep -P "$shell" -f stave-tracer
		await grep -q . out
		tracer=$(pgrep -P "$shell" -f stave-tracer)
		kill -9 "${!victim}"
		wait "$shell" || true
		await eval "! kill -0 $tracer"
	done
}

@test "the shell killed while it traces: its runtime folder goes, too" {
	"$STAVE" -q -c 'trace sleep 62' 3>&- 4>&- &
	local shell=$!
	await pgrep -P "$shell" -x sleep
	[ -d "$XDG_RUNTIME_DIR/stave" ]
	kill -9 "$shell"
	wait "$shell" || true
	await eval '[ ! -e "$XDG_RUNTIME_DIR/stave" ]'
}

@test "a great many calls: what is kept is bounded, all are counted" {
	works --json -c 'trace dd if=/dev/zero of=/dev/null bs=1 count=20000'
	holds '.[-1].trace | (.calls | length) <= 16384 and .dropped > 0'
	holds '.[-1].trace.counts.read.calls >= 20000'
}

@test "the host is another's to trace: the shell's own calls are not shown" {
	works --json -c 'trace -c prctl,setsid,close_range true'
	holds '[.[-1].trace.calls[].name] | index("close_range") == null and index("setsid") == null'
}

@test "a call that does not return is shown and counted" {
	works --json -c 'trace -c exit_group true'
	holds '.[-1].trace.calls[-1] | .name == "exit_group" and .errno == null and .value == null'
	holds '.[-1].trace.counts.exit_group.calls == 1'
	fails 137 --json -c 'trace -c kill sh -c "kill -9 \$\$"'
	holds '.[-1].trace.calls[-1] | .name == "kill" and .value == null'
}

@test "no capability is blamed where a traced program traces" {
	need_tool python3
	works --json -c "trace -c ptrace python3 -c 'import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)'"
	calls ptrace '.errno == "EPERM" and .wall == null'
}

@test "Landlock is named where its rules refuse the call, and not where modes do" {
	"$STAVE" -q -c 'landlock' >/dev/null 2>&1 || skip 'no Landlock here'
	mkdir in out
	echo x >out/file
	chmod 777 . in out
	chmod 666 out/file
	run --separate-stderr stave --json -k -c "landlock ro / rw $PWD/in /dev
		trace --failed --calls openat,mkdir,mkdirat sh -c 'echo x >$PWD/out/file; cat $PWD/out/file; mkdir $PWD/in/a; mkdir $PWD/out/a'"
	holds '[.[-1].trace.calls[] | select(.errno == "EACCES") | .wall] | length >= 1 and all(. == "landlock")'
	holds '[.[-1].trace.calls[] | select(.errno == "EACCES") | .why] | all(test("/in") )'
	holds '[.[-1].trace.calls[] | select(.call | test("/in/a"))] == []'
	is_root || return 0
	echo x >out/secret
	chmod 600 out/secret
	run --separate-stderr stave --json -k -c "landlock rw /dev ro /usr /bin /lib /etc
		trace --failed -u 5 --calls openat cat $PWD/out/secret"
	holds 'all(.[-1].trace.calls[]; .wall != "landlock" or (.call | test("secret") | not))'
}

@test "the limit on processes is named where the group counts the refusal" {
	"$STAVE" -q -c "cgroup pids 30" >/dev/null 2>&1 || skip "no limit on processes here"
	run --separate-stderr stave --json -k -c "cgroup pids 3
		trace --failed --calls clone,clone3,fork,vfork sh -c '(sleep 1; true) & (sleep 1; true) & (sleep 1; true) & wait'"
	holds '[.[-1].trace.calls[] | select(.errno == "EAGAIN")] | length >= 1 and all(.wall == "limits" and (.why | test("pids.events")))'
	run --separate-stderr stave --json -k -c "trace --failed --calls clone,clone3,fork,vfork sh -c 'true & wait'"
	holds 'all(.[-1].trace.calls[]?; .wall != "limits")'
}
