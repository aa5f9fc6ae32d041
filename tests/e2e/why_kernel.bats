#!/usr/bin/env bats
# why --kernel: which capability the kernel refused, over which user namespace, from which of its functions.
load common

prepare() {
	need_userns
}

# tracefs at $WORK/tracing of a mount namespace that ends with COMMAND.
with_tracefs() { # COMMAND...
	mkdir -p "$WORK/tracing"
	unshare -m sh -c 'mount -t tracefs tracefs "$0" && cd "$0" && "$@"' "$WORK/tracing" "$@"
}
need_testimony() {
	need_root
	with_tracefs true || skip 'this kernel has no tracefs, or this is no root of the whole machine'
	with_tracefs test -e events/capability/cap_capable || with_tracefs test -e kprobe_events ||
		skip 'this kernel has neither the tracepoint cap_capable nor probes'
}

# What must be as before: the instances there are, but for those of tests that run beside this one, whose shells live;
# and whether the machine is traced.
tracing() {
	with_tracefs sh -c 'for name in $(ls instances); do pid=${name#stave-}; [ -d "/proc/${pid%-kill}" ] || echo "$name"; done
		cat tracing_on set_event set_event_pid current_tracer'
}
has_instance() { with_tracefs test -e "instances/stave-$1"; }
has_none() { ! has_instance "$1" && ! has_instance "$1-kill"; }

found() { pick '.[-1].output | fromjson'; }
rows() { found | jq -c '.refused[] | [.program, .capability, .over, .call]'; }

@test "a refusal is told with the capability, the namespace, the function and the call" {
	need_testimony
	local before
	before=$(tracing)
	works -k --json -c 'unshare uts; caps drop sys_chroot; run chroot / true
why --kernel --json'
	[ "$(rows)" = '["chroot","sys_chroot","host","chroot"]' ]
	[ "$(found | jq -c '[.status, .recurs, .cut]')" = '[125,true,false]' ]
	[[ "$(found | jq -r '.refused[0].function')" = *chroot* ]]
	works -k --json -c 'unshare uts; caps drop sys_chroot; run chroot / true
why --kernel'
	holds '.[-1].output | contains("caps drop sys_chroot")'
	[ "$(tracing)" = "$before" ]
}

@test "where these lines have built no wall, none is said to forbid it" {
	need_testimony
	works -k --json -c 'run false
why --kernel
unshare uts
run false
why --kernel'
	holds '[.[] | select(.line == "why --kernel") | .output | contains("why --try")] == [false, true]'
}

@test "over the host's user namespace, and over the child's own" {
	need_testimony
	works -k --json -c 'unshare user uts; run mount -t tmpfs none /mnt
why --kernel --json'
	[ "$(rows)" = '["mount","sys_admin","host","mount"]' ]
	[ "$(found | jq -r '.refused[0].function')" = path_mount ]
	works -k --json -c 'unshare user mnt; caps drop sys_chroot; run chroot / true
why --kernel --json'
	[ "$(rows)" = '["chroot","sys_chroot","own","chroot"]' ]
}

@test "the last row is the refusal that came last" {
	need_testimony
	works -k --json -c 'unshare uts; caps drop sys_chroot sys_admin; run sh -c "mount -t tmpfs none /mnt; chroot / true; exit 3"
why --kernel --json'
	[ "$(rows | tail -n 1)" = '["chroot","sys_chroot","host","chroot"]' ]
	rows | grep -q '^\["mount","sys_admin"'
}

@test "what a filter refuses is no capability" {
	need_testimony
	works -k --json -c 'unshare uts; caps docker; nonewprivs; seccomp docker; run unshare --user true
why --kernel --json'
	[ "$(found | jq -c '[.refused, .filtered.call, .filtered.errno, .filtered.filter]')" = \
		'[[],"unshare","EPERM","docker'"'"'s default"]' ]
}

@test "who sent a SIGKILL, where one of the program's own processes did" {
	need_testimony
	works -k --json -c 'unshare uts; run sh -c "kill -9 \$\$"
why --kernel --json'
	[ "$(found | jq -c '.killed[-1] | [.sender, .target, .itself, .kernel]')" = '["sh","sh",true,false]' ]
	works -k --json -c 'unshare uts; run timeout -s KILL 0.2 sleep 60
why --kernel --json'
	[ "$(found | jq -c '[.killed[] | select(.target == "sleep")][-1] | [.sender, .itself, .kernel]')" = '["timeout",false,false]' ]
	works -k --json -c 'unshare uts; run sh -c "exit 137"
why --kernel --json'
	[ "$(found | jq -c '.killed')" = '[]' ]
}

@test "who sent a SIGKILL from outside of the child" {
	need_testimony
	# Whoever is called so is killed, on the host and in the sandbox.
	local seconds=77.$MARK killer
	cat >watchdog <<-'END'
		#!/bin/bash
		while sleep 0.1; do pkill -9 -f "^sleep $1\$"; done
	END
	chmod +x watchdog
	./watchdog "$seconds" 3>&- 4>&- &
	killer=$!
	works -k --json -c "unshare uts; run sleep $seconds
why --kernel --json"
	kill "$killer"
	wait "$killer" || true
	[ "$(found | jq -c '.killed[-1] | [.sender, .target, .how, .call, .outside, .kernel]')" = '["pkill","sleep","call","kill",true,false]' ]
	[ "$(found | jq '.killed[-1].pid > 1')" = true ]
	works -k --json -c "unshare uts; run sh -c 'kill -9 \$\$'
why --kernel --json"
	[ "$(found | jq -c '.killed[-1].outside')" = false ]
}

@test "who sent another signal, and for what the kernel did" {
	need_testimony
	need_tool python3
	local program told
	works -k --json -c 'unshare uts; run sh -c "kill -TERM \$\$"
why
why --kernel --json'
	holds '.[-2].output | contains("why --kernel")'
	[ "$(found | jq -c '.killed[-1] | [.signal, .sender, .target, .how, .itself, .kernel]')" = '["SIGTERM","sh","sh","call",true,false]' ]
	while IFS='|' read -r program told; do
		works -k --json -c "unshare uts; run $program
why --kernel --json"
		[ "$(found | jq -c '.killed[-1] | [.signal, .how, .call, .kernel]')" = "$told" ] || complain "$program"
	done <<'END'
python3 -c 'import ctypes;ctypes.string_at(0)'|["SIGSEGV","fault",null,true]
sh -c 'kill -SEGV $$'|["SIGSEGV","call","kill",false]
python3 -c 'import os,signal;signal.signal(13,signal.SIG_DFL);r,w=os.pipe();os.close(r);os.write(w,b"x")'|["SIGPIPE","meanwhile","write",true]
python3 -c 'import signal;signal.alarm(1);signal.pause()'|["SIGALRM","timer",null,true]
python3 -c 'import resource,signal;resource.setrlimit(resource.RLIMIT_CPU,(1,9));exec("while 1: pass")'|["SIGXCPU","rlimit_cpu",null,true]
python3 -c 'import os,ctypes,signal,time;os.fork() and (time.sleep(0.5),os._exit(143)) or (ctypes.CDLL(None).prctl(1,15),time.sleep(60))'|["SIGTERM","parent",null,true]
END
	works -k --json -c "unshare uts; run sh -c 'exit 143'
why --kernel --json"
	[ "$(found | jq -c '.killed')" = '[]' ]
}

@test "a sender from outside of the child, and one that is killed, may be called as they like" {
	need_testimony
	need_tool python3
	local name=named-$MARK killer
	cat >victim <<-'END'
		import time
		open("/proc/self/comm", "w").write("q\n => do_exit")
		time.sleep(60)
	END
	cat >watchdog <<-'END'
		import os, signal, sys, time
		open("/proc/self/comm", "w").write("\x1b[31m\n => oom")
		while True:
		    for pid in filter(str.isdigit, os.listdir("/proc")):
		        try:
		            if int(pid) != os.getpid() and sys.argv[1] in open("/proc/%s/cmdline" % pid).read().split("\0"):
		                os.kill(int(pid), signal.SIGTERM)
		        except OSError:
		            pass
		    time.sleep(0.1)
	END
	python3 watchdog "$name" 3>&- 4>&- &
	killer=$!
	works -k --json -c "unshare uts; run python3 $WORK/victim $name
why --kernel --json"
	kill "$killer"
	wait "$killer" || true
	[ "$(found | jq -c '.killed[-1] | [.signal, .how, .call, .outside, .kernel]')" = '["SIGTERM","call","kill",true,false]' ]
	[ "$(found | jq ".killed[-1].pid == $killer")" = true ]
	[ "$(found | jq '.killed[-1] | .sender + .target | explode | all(. >= 32)')" = true ]
}

@test "why the kernel sent SIGKILL without a call" {
	need_testimony
	works -k --json -c "unshare uts; run sh -c 'ulimit -t 1; while :; do :; done'
why --kernel --json"
	[ "$(found | jq -c '.killed[-1] | [.target, .how, .kernel]')" = '["sh","rlimit_cpu",true]' ]
	works -k --json -c "unshare uts; run sh -c 'unshare --pid --fork --kill-child sh -c \"sleep 60 & exit\"; exit 137'
why --kernel --json"
	[ "$(found | jq -c '[.killed[] | select(.how == "init")][0] | [.sender, .kernel, .outside]')" = '["sh",true,false]' ]
}

@test "limits of control groups are the sandbox's, too" {
	need_testimony
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip 'there is no memory controller here'
	works -k --json -c 'cgroup memory 24M; run dd if=/dev/zero of=/dev/null bs=600M count=1
why --kernel --json'
	[ "$(found | jq -c '[.status, .recurs, .killed[-1].how]')" = '[137,true,"oom"]' ]
}

@test "the time is bounded, and the instance is gone afterwards" {
	need_testimony
	local before
	before=$(tracing)
	run --separate-stderr stave -k --json -c "unshare uts; run sh -c 'mkdir $WORK/once && exit 1; sleep 1000'
why --kernel --seconds 1"
	holds '.[-1].error.id == "stopped"'
	[ "$(tracing)" = "$before" ]
}

@test "more than there is room for: what is missing is told" {
	need_testimony
	need_tool python3
	works -k --json -c 'unshare uts; caps drop sys_chroot; run python3 -c "import os
for i in range(40000):
  try: os.chroot(chr(47))
  except PermissionError: pass
os._exit(3)"
why --kernel --json --seconds 600'
	[ "$(found | jq -c '[.cut, .status, .refused[-1].capability]')" = '[true,3,"sys_chroot"]' ]
}

# A shell that is asking the kernel, for long.
begin() { # FIRST-LINE
	"$STAVE" -k -c "$1
run sh -c 'mkdir $WORK/once && exit 1; sleep 1000'
why --kernel --seconds 60" >/dev/null 2>&1 3>&- 4>&- &
	shell=$!
	await has_instance "$shell"
}

@test "a shell that is killed meanwhile: its janitor removes the instance" {
	need_testimony
	begin 'unshare uts'
	kill -9 "$shell"
	wait "$shell" || true
	await has_none "$shell"
}

@test "a shell and a janitor that are killed meanwhile: the next start removes the instance" {
	need_testimony
	local janitor
	begin 'unshare uts'
	janitor=$(pgrep -P "$shell" -f stave-janitor)
	kill -STOP "$janitor"
	kill -9 "$shell"
	wait "$shell" || true
	kill -9 "$janitor"
	await pgrep_ended "$janitor"
	has_instance "$shell"
	works -c version
	await has_none "$shell"
}
pgrep_ended() { ! grep -qs '^State:	[^XZ]' "/proc/$1/status"; }

@test "an instance that has the name already is not touched" {
	need_testimony
	local made
	mkfifo lines
	"$STAVE" -k --json <lines >out 2>err 3>&- 4>&- &
	shell=$!
	exec 5>lines
	made=instances/stave-$shell
	with_tracefs mkdir "$made"
	printf '%s\n' 'unshare uts; run false' 'why --kernel' >&5
	exec 5>&-
	wait "$shell" || true
	with_tracefs rmdir "$made"
	output=$(<out)
	holds '.[-1].error | .id == "kernel.tracefs" and .errno == "EEXIST"'
}

@test "who may not is told so" {
	if is_root; then
		need_testimony
		run --separate-stderr unshare --pid --fork --mount-proc "$STAVE" -k --json -c 'unshare uts; run false
why --kernel' 3>&- 4>&-
	else
		run --separate-stderr stave -k --json -c 'unshare user uts; run false
why --kernel'
	fi
	holds '.[-1].error.id == "kernel.root"'
	fails 1 -c 'why --kernel'
	errs try.nothing
}
