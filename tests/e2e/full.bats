#!/usr/bin/env bats
# What the shell's own files lie on is full, has no inodes left, or is read-only: the error has that as its
# cause, and a way out.
load common

# A tmpfs with these options in a mount namespace of its own; then the commands of $2; what the last line of Stave's says.
on_tmpfs() {
	local user=''

	is_root || need_userns
	is_root || user='--user --map-root-user'
	mkdir -p "$WORK/there"
	export STAVE XDG_DATA_HOME=$WORK/there/data
	# shellcheck disable=SC2086 # none, or two words
	run --separate-stderr timeout "$(deadline 60)" unshare $user --mount sh -c "mount -t tmpfs -o $1 there '$WORK/there' && cd '$WORK/there' && $2"
}

# The cause, and whether there is a way out.
told() { jq -r '"\(.error.cause) \(.error.fix | length > 0)"' <<<"${lines[-1]}"; }

prepare() {
	mkdir -p tree
	dd if=/dev/zero of=tree/file bs=1k count=256 2>/dev/null
	tar -C tree -cf tree.tar .
}

@test "a full store" {
	on_tmpfs size=128k "cat /dev/zero >fill; \$STAVE -q --json -c 'image import $WORK/tree.tar one'"
	[ "$status" -eq 1 ]
	[ "$(told)" = 'file.full true' ]
}

@test "a store without inodes" {
	on_tmpfs size=1m,nr_inodes=2 "touch one && \$STAVE -q --json -c 'image import $WORK/tree.tar one'"
	[ "$status" -eq 1 ]
	[ "$(told)" = 'file.no-inodes true' ]
}

@test "a store on a read-only file system" {
	on_tmpfs ro "\$STAVE -q --json -c 'image import $WORK/tree.tar one'"
	[ "$status" -eq 1 ]
	jq -e '.error.fix | length > 0' <<<"${lines[-1]}"
	on_tmpfs size=1m "\$STAVE -q -c 'image import $WORK/tree.tar one' && mount -o remount,bind,ro '$WORK/there' && \$STAVE -q --json -c 'image import $WORK/tree.tar two'"
	[ "$status" -eq 1 ]
	[ "$(told)" = 'file.read-only true' ]
}

@test "the default root where the store is full" {
	need_tool busybox
	on_tmpfs size=128k "cat /dev/zero >fill; \$STAVE -q --json -c 'container -- true'"
	[ "$status" -eq 125 ]
	[ "$(told)" = 'file.full true' ]
}

@test "a transcript where there is no room" {
	on_tmpfs size=4k "head -c 4096 /dev/zero >fill; \$STAVE --json --transcript '$WORK/there/x.json' -c 'status'"
	[ "$status" -eq 125 ]
	jq -e '.error.fix | length > 0' <<<"${lines[-1]}"
}

@test "no descriptor is left" {
	# Those that the test's own shell has open do not count.
	local most
	for most in 4 5 6 7 8; do
		run --separate-stderr bash -c "exec 3>&- 4>&- 5>&-; ulimit -n $most; exec \"\$STAVE\" -q --json -c 'container -- true'"
		[ "$status" -eq 125 ]
		echo "$most: ${lines[-1]: -300}"
		[ "$(told)" = 'limit.nofile true' ]
	done
}
