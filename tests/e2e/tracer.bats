#!/usr/bin/env bats
# A hostile tracer in a container, tests/e2e/tracer.c: what it sees of processes of Stave's on their way in. Each of their
# calls that matter is held up, so that there is time to look.
load common

prepare() {
	need_userns
	need_tool busybox
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	TRACER=$(dirname "$STAVE")/tests/e2e/tracer
	[ -x "$TRACER" ] || TRACER=$(dirname "$STAVE")/build/tests/e2e/tracer
	[ -x "$TRACER" ] || skip 'tests/e2e/tracer was not built'
	mkdir tools
	cp "$TRACER" tools/tracer
	chmod 755 tools tools/tracer
	# No leak is looked for under ptrace(2).
	export ASAN_OPTIONS=detect_leaks=0
}

# held OPTIONS LINE: a container of these options that looks around while the line is run; what it saw is in seen.
held() {
	SECRET=of-the-host strace -f -qq -o calls -e trace=chdir,setns,capset,seccomp \
		-e inject=chdir,setns,capset,seccomp:delay_enter=60000 "$STAVE" -q -k -c "container $1 -d --name box --cap-add sys_ptrace --security-opt seccomp=unconfined -v $WORK/tools:/tools:ro -- /tools/tracer 20 of-the-host; run sleep 0.2; $2; run touch $WORK/tools/end; run sleep 0.3; jobs 1" 3>&- 4>&- >seen
	grep -qE 'INJECTED|DELAYED' calls || complain 'nothing was held up'
	grep -q '^end$' seen || complain "$(cat seen)"
}

@test "who may trace in a container's user namespace sees nothing of who joins, until it is its program" {
	held --userns 'exec box sleep 2'
	grep -q ' sleep$' seen || complain 'nobody looked'
	run grep -vE '^[0-9]+ [a-z]+ sleep$|^end$' seen
	[ "$status" = 1 ] || complain "$output"
}

@test "who may trace all that it sees meets nobody who joins with more capabilities, nor with the shell's memory" {
	need_root
	held '' 'exec box sleep 2'
	grep -q ' sleep$' seen || complain 'nobody looked'
	run grep -E ' (caps|secret) ' seen
	[ "$status" = 1 ] || complain "$output"
}

@test "a container that is being made is seen by nobody in another one" {
	held "$(is_root || echo --userns)" 'container -- sleep 1'
	[ "$(cat seen)" = end ] || complain "$(cat seen)"
}
