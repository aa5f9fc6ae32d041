#!/usr/bin/env bats
# burn and top: loads beside limits, on this machine's own control groups.
load common

prepare() {
	chmod 755 "$WORK"
}

# Whether a group with this limit can be had; skips with the program's own words where it cannot.
need_limit() { # WORD VALUE
	run --separate-stderr stave -q -c "cgroup $1 $2"
	[ "$status" = 0 ] || skip "this user may set no limit on $1 here"
}

# What burn cpu has measured, in hundredths of a percent.
measured() {
	local share
	share=$(sed -nE 's/^ +measured +([0-9]+)\.([0-9]) %.*/\1\20/p' <<<"$output")
	[ -n "$share" ] || complain 'nothing was measured'
	echo "$share"
}

# shares QUOTA BURN...: never more than the quota and 2 points; and 2 points less only where the
# quota was not what held it: a machine that is busy throttles it in fewer periods.
shares() {
	local quota=$1 share throttled periods
	shift
	works -q -c "cgroup cpu ${quota}0; $*"
	share=$(measured)
	[ "$share" -le $((quota * 1 + 200)) ] || complain "more than the quota: $share"
	read -r throttled periods < <(sed -nE 's/^ +throttled in ([0-9]+) of ([0-9]+) .*/\1 \2/p' <<<"$output")
	[ "$periods" -ge 10 ] || complain 'no periods were counted'
	[ "$share" -ge $((quota - 200)) ] || [ "$throttled" -lt $((periods - 1)) ] ||
		complain "throttled in every period, and yet less than the quota: $share"
}

@test "burn cpu measures second by second, and all of it" {
	works -q -c 'burn cpu 2'
	says -r '^ +1 s  [█░┃]+ +[0-9]+\.[0-9] %'
	says -r $'\n +2 s  '
	says -r $'\n +measured +[0-9]+\.[0-9] % of a CPU over (1\.[89]|2\.[0-9]) s'
	[ "$(measured)" -gt 0 ]
	[ "$(measured)" -le 10300 ]
}

@test "without a quota it says so" {
	works -q -c 'burn cpu 1'
	says -r 'quota +(none|[0-9.]+ %: [0-9]+ us in each)'
}

@test "a quota of 20 % gives 20 %" {
	need_limit cpu 20000
	shares 2000 burn cpu 2
	says 'quota     20 %: 20000 us in each 100000 us'
}

@test "a quota of 50 % gives 50 %" {
	need_limit cpu 50000
	shares 5000 burn cpu 2
}

@test "a quota of 150 % is shared by two workers" {
	need_limit cpu 150000
	[ "$(nproc)" -ge 2 ] || skip 'there is only one CPU'
	shares 15000 burn cpu 2 --workers 2
	says 'by 2 workers'
	says_not 'burn cpu -w 2'
	works -q -c 'cgroup cpu 150000; burn cpu 1'
	says 'burn cpu -w 2'
}

@test "beside other loads it says who had the CPUs" {
	local i pids=()
	# A session each: where the kernel groups processes by session, they were one load together.
	for ((i = 0; i < 3 * $(nproc); i++)); do
		setsid sh -c 'while :; do :; done' 3>&- 4>&- &
		pids+=($!)
	done
	run --separate-stderr stave -q -c 'burn cpu 2'
	kill "${pids[@]}"
	[ "$status" = 0 ]
	says -r $'\n +others +used [0-9]+\.[0-9] % meanwhile'
}

@test "the group's own count agrees with /proc/PID/stat" {
	need_limit cpu 20000
	works -q -c 'cgroup cpu 20000; burn cpu 2'
	local group
	group=$(tr '\n' ' ' <<<"$output" | sed -nE 's/.*all of +its +group +([0-9]+)\.([0-9]) %.*/\1\20/p')
	[ $((group - $(measured))) -le 150 ] && [ $((group - $(measured))) -ge -150 ] ||
		complain "group: $group"
}

@test "a load in a container with a root of its own needs no program there" {
	need_userns
	need_tool busybox
	works -q -c 'container; burn cpu 1; burn pids 3'
	says measured
	says 'forked    3 of 3'
}

# make bench measures it, with a goal of 1 %; a machine that is slow for the moment takes more.
@test "watching a load costs a few hundredths of a CPU at the most" {
	[ -z "${VM_KERNEL:-}" ] || skip 'the processor of a guest is emulated, and ten times slower'
	"$STAVE" -q -c 'burn cpu 5' >/dev/null 3>&- 4>&- &
	local pid=$! before after
	sleep 1
	before=$(awk '{print $14 + $15}' "/proc/$pid/stat")
	sleep 3
	after=$(awk '{print $14 + $15}' "/proc/$pid/stat")
	wait "$pid"
	[ $((after - before)) -le $((3 * $(getconf CLK_TCK) * 4 / 100)) ] ||
		complain "it took $((after - before)) ticks in 3 s"
}

@test "burn memory below the limit is let alone" {
	need_limit memory 64M
	works -q -c 'cgroup memory 64M; burn memory 16M'
	says 'touched   16.0 MiB of 16.0 MiB'
	says 'limit     64.0 MiB'
	says ' 0 killed'
}

@test "burn memory above the limit is killed by name, and nobody else is" {
	need_limit memory 64M
	fails 137 -q -c 'cgroup memory 64M; run true; burn memory 128M'
	says -r 'killed    stave-burn \(process [0-9]+\) at [3-6][0-9]\.[0-9] MiB of 128.0 MiB'
	says ' 1 killed'
	# Some kernels no longer keep v1's memory.failcnt.
	says -r 'limit hit [1-9][0-9]* times' || says 'does not count how often the limit is hit'
	works -q -k -c 'cgroup memory 64M; spawn sleep 60; burn memory 128M; run echo lives; jobs' || [ "$status" = 137 ]
	says $'\nlives'
	says -r '\[1\] +[0-9]+ +running'
}

@test "burn memory without a limit leaves the host its half" {
	fails 1 -c 'burn memory 900G'
	errs host.load
}

@test "fork N+1 is refused at pids N" {
	need_limit pids 20
	works -q -c 'cgroup pids 20; burn pids 40'
	# The child and the load's first process are among the twenty.
	says 'refused   fork 19 of 40: EAGAIN'
	says 'limit     20, by'
	says 'counted   20 processes'
	says 'forks refused: 1'
}

@test "fewer processes than the limit are let alone" {
	need_limit pids 20
	works -q -c 'cgroup pids 20; burn pids 10; burn pids 18'
	says 'forked    10 of 10'
	says 'forked    18 of 18'
	says_not EAGAIN
}

@test "a fork bomb is contained, and the shell goes on" {
	need_limit pids 30
	works -q -c 'cgroup pids 30; burn pids 1000; run echo lives'
	says 'refused   fork 29 of 1000: EAGAIN'
	says lives
}

@test "where no process can be forked at all, the limit is named" {
	need_limit pids 1
	fails 125 -c 'cgroup pids 1; burn cpu 1'
	complains EAGAIN
	complains pids.max
}

@test "in the background it is a job, and ends when its time is over" {
	works -q -c 'burn cpu 1 --background; jobs; run sleep 3; jobs'
	says -r '\[1\] +[0-9]+ +running'
	says -r '\[1\] .*ended with status 0'
}

@test "top shows the load first, and the child" {
	works -q -c 'burn cpu 30 -b; top'
	says -r '^ *PID +CPU % +SECONDS +MEMORY +STATE +COMMAND'
	says -r $'\n *[0-9]+ +[1-9][0-9]*\.[0-9] +[0-9.]+ +[0-9.]+ [KM]iB +running +stave-burn\n'
	says 'sleeping  stave-child'
}

@test "top shows the quota and the throttling" {
	need_limit cpu 20000
	works -q -c 'cgroup cpu 20000; burn cpu 30 -b; top'
	says -r 'CPU [0-9.]+ %, quota 20 %, throttled in [0-9]+ of [1-9][0-9]* periods'
}

@test "a frozen load's counter stands still, and goes on when thawed" {
	need_limit freeze ''
	works -q -c 'burn cpu 30 -b; cgroup freeze; top; cgroup thaw; top'
	says 'frozen: no counter changes'
	says -r ' 0\.0 +[0-9.]+ +[0-9.]+ [KM]iB +[a-z]+ +stave-burn'
	says -r ' [1-9][0-9]*\.[0-9] +[0-9.]+ +[0-9.]+ [KM]iB +[a-z]+ +stave-burn'
}

@test "top before there is a child says that there is none" {
	works -c top
	says 'no child yet'
}

@test "in JSON the result is the output, and there is no other line" {
	works --json -c 'burn cpu 1; top'
	[ "${#lines[@]}" = 2 ]
	holds '.[0].ops[0].call == "fork(); for (;;)" and (.[0].output | contains("measured"))'
	holds '.[1].output | contains("stave-child")'
}

@test "plan burn starts nothing" {
	works -c 'plan burn cpu 3 --workers 2; plan burn memory 16M; plan burn pids 7; ps'
	says 'for (;;) in 2 threads'
	says 'memset(mmap(NULL, 16777216, ...), 1, 16777216)'
	says 'for (n = 0; n < 7; n++) if (fork() == 0) pause()'
	says_not stave-burn
}

@test "bad values get one clear error and change nothing" {
	local words
	for words in 'cpu 0' 'cpu -1' 'cpu 20%%' 'cpu 1e9' 'cpu 3601' 'cpu 1 --workers 0' \
		'cpu 1 --workers x' 'memory' 'memory 0' 'memory -1' 'memory 1e9G' 'memory 64X' \
		'memory 64MM' 'memory M' 'memory 99999999999999999999' 'pids' 'pids 0' 'pids -1' \
		'pids 100001' 'pids 5000' 'pids 3 --workers 2' 'disk 1' ''; do
		fails 1 -c "burn $words"
		[ "$(grep -c '^stave:' <<<"$stderr")" = 1 ] || complain "not one error: $words"
		[ -z "$output" ] || complain "something was done: $words"
	done
}

@test "SIGINT ends a load and the script, status 130" {
	"$STAVE" -q -c 'burn cpu 60 --workers 2; burn cpu 60' >out 2>&1 3>&- 4>&- &
	local pid=$!
	sleep 1
	kill -INT "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ] || complain "ended with $status"
}

@test "a killed shell leaves no load behind" {
	local words pid
	for words in 'cpu 60' 'pids 150' 'memory 16M'; do
		"$STAVE" -q -c "burn $words" >/dev/null 2>&1 3>&- 4>&- &
		pid=$!
		sleep 0.7
		kill -9 "$pid"
		wait "$pid" || true
		host_unharmed
	done
}
