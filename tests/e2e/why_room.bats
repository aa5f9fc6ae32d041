#!/usr/bin/env bats
# why, of a program whose container has no room left to write to.
load common

prepare() {
	need_userns
}

# What why says then.
told() { pick '.[-1].output | gsub("\n *"; " ")'; }

@test "a writable layer that is full is told with its size, and the way out that is typed works" {
	local full='dd if=/dev/zero of=/full bs=1M count=8'
	works -k --json -c "container --storage 4M -- $full
why"
	holds '.[0] | .status == 1 and .storage.size == 4194304 and .storage.left == 0'
	[[ "$(told)" = *'4.0 MiB'*'container --storage 64M'* ]]
	works -q -c "container --storage 64M -- $full"
	# Names use it up too.
	works -k --json -c "container --storage 4M -- sh -c 'i=0; while echo >/\$i; do i=\$((i + 1)); done; exit 4'
why"
	holds '.[0].storage | .inodes_left == 0 and .left > 0'
	[[ "$(told)" = *inodes*'container --storage 64M'* ]]
	# In a container that is the child; of a traced program by the call.
	run --separate-stderr stave -k --json -c "container --storage 4M
run $full
why
trace --failed $full
run rm /full
run sh -c 'exit 3'
why"
	holds '(.[1].storage.left == 0) and (.[2].output | contains("container --storage 64M"))'
	holds '.[3].trace.calls[-1] | .errno == "ENOSPC" and .cause == "file.full" and (.why | contains("4.0 MiB"))'
	holds '(.[5] | has("storage") | not) and (.[6].output | contains("--storage") | not)'
	# One that ended well, and one that failed with room left.
	works -k --json -c "container --storage 4M -- sh -c '$full; true'
container --storage 4M -- sh -c '$full; rm /full; exit 3'
why"
	holds '[.[] | has("storage")] == [true, false, false]'
	[[ "$(told)" != *'--storage 64M'* ]]
}
