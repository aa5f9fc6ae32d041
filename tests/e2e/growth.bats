#!/usr/bin/env bats
# What grows with a session and what does not: calls and memory are counted, no time is measured.
load common

prepare() {
	need_userns
	mkdir m
}

# How many readings of the script's session read the whole mount table.
whole() { # ARG...
	STAVE_TRACE=read run --separate-stderr stave "$@" script.stave
	[ "$status" = 0 ] || complain "ended with $status, not 0"
	grep -c 'mounts read$' <<<"$stderr" || true
}

mounts() { # COUNT
	echo "$(first)unshare mnt uts"
	for ((i = 0; i < $1; i++)); do
		echo "mount tmpfs $WORK/m"
	done
}

@test "a step that mounts something reads only what is new" {
	mounts 2 >script.stave
	few=$(whole)
	grep -q 'mounts read on$' <<<"$(STAVE_TRACE=read "$STAVE" script.stave 2>&1)" ||
		skip 'the kernel does not count the mounts of a namespace (Linux 6.12)'
	mounts 60 >script.stave
	[ "$(whole)" -le "$((few + 1))" ]
	[ "$(whole -q)" -le "$((few + 1))" ]
}

@test "of steps that are taken back together the table is read once more, at the end; what stands then is what stood" {
	local few
	mounts 60 >script.stave
	whole >/dev/null
	grep -q 'mounts read on$' <<<"$stderr" || skip 'the kernel does not count the mounts of a namespace (Linux 6.12)'
	few=$(whole)
	echo 'undo 50' >>script.stave
	# The rows move to more room now and then, and are then not known to be the same.
	[ "$(whole)" -le "$((few + 9))" ] || complain "the table was read $(whole) times"
	[ "$(whole -q)" -le "$((few + 9))" ]
	{ echo 'run wc -l /proc/self/mountinfo'; mounts 1 | tail -n 1; echo 'run wc -l /proc/self/mountinfo'; } >>script.stave
	works --json script.stave
	holds 'map(select(.line | startswith("run wc")) | .output | split(" ")[0] | tonumber) as $mounts |
		$mounts[1] == $mounts[0] + 1 and .[-2].mountinfo.total == $mounts[1]'
}

@test "an undo looks for files that it takes away in what the step mounted, not in all that is mounted" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	local count folders=()
	mkdir -p n{0..40}
	for count in 5 40; do
		awk -v n=0 '/^mount/ { sub(/\/m$/, "/n" n++) } { print }' <(mounts "$count") >script.stave
		echo undo >>script.stave
		run strace -f -qq -e trace=getdents64 -o log "$STAVE" script.stave
		[ "$status" = 0 ] || complain "ended with $status, not 0"
		folders+=("$(grep -c getdents64 log)")
	done
	[ "${folders[1]}" -le "$((folders[0] + 4))" ] || complain "${folders[*]} folders were read"
}

@test "a quiet step reads no more than one that is shown" {
	{ mounts 1 && for ((i = 0; i < 40; i++)); do echo "hostname h$i"; done; } >script.stave
	shown=$(whole)
	[ "$(whole -q)" -le "$shown" ]
}

@test "what was read on is what the kernel lists" {
	cat >script.stave <<-END
		$(first)unshare mnt
		mount tmpfs $WORK/m
		bindmount $WORK/m $WORK/home
		mount tmpfs $WORK/m
		umount $WORK/m
		mount tmpfs $WORK/home
		mount tmpfs $WORK/m
		run cat /proc/self/mountinfo
	END
	works --json script.stave
	holds '(.[-1].output | split("\n") | map(select(. != ""))) as $lines |
		($lines | length) == .[-2].mountinfo.total and $lines[-1] == .[-2].mountinfo.added[0]'
}

# The most memory, in KiB, that the shell has had when all lines of FILE are done.
peak() { # FILE
	python3 - "$STAVE" "$1" "$(deadline 60)" <<-'END'
		import os, subprocess, sys, time
		shell = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
		shell.stdin.write(open(sys.argv[2], "rb").read() + b"run touch done\n")
		shell.stdin.flush()
		end = time.monotonic() + float(sys.argv[3])
		while not os.path.exists("done") and shell.poll() is None and time.monotonic() < end:
		    time.sleep(0.05)
		done = os.path.exists("done")
		peak = [line.split()[1] for line in open(f"/proc/{shell.pid}/status") if line.startswith("VmHWM")]
		shell.stdin.close()
		print(peak[0] if shell.wait() == 0 and done else -1)
	END
	rm -f done
}

hostnames() { # COUNT
	echo "$(first)unshare uts"
	for ((i = 0; i < $1; i++)); do
		echo "hostname h$i"
	done
}

@test "a step keeps less than 2 KiB" {
	command -v python3 >/dev/null || skip 'python3 is not installed'
	! nm "$STAVE" 2>/dev/null | grep -q __asan_init || skip 'sanitizers keep what is freed'
	hostnames 100 >few.stave
	hostnames 2100 >many.stave
	few=$(peak few.stave) many=$(peak many.stave)
	[ "$few" -gt 0 ]
	[ "$many" -gt 0 ]
	[ "$((many - few))" -lt "$((2000 * 2))" ]
}

@test "a step that mounts something keeps no table of all mounts" {
	command -v python3 >/dev/null || skip 'python3 is not installed'
	! nm "$STAVE" 2>/dev/null | grep -q __asan_init || skip 'sanitizers keep what is freed'
	mounts 2 >script.stave
	grep -q 'mounts read on$' <<<"$(STAVE_TRACE=read "$STAVE" script.stave 2>&1)" ||
		skip 'the kernel does not count the mounts of a namespace (Linux 6.12)'
	mounts 20 >few.stave
	mounts 420 >many.stave
	few=$(peak few.stave) many=$(peak many.stave)
	[ "$few" -gt 0 ]
	[ "$many" -gt 0 ]
	[ "$((many - few))" -lt "$((400 * 12))" ]
}
