#!/usr/bin/env bats
# Screens that draw: what a sign says is what the kernel says.

load common

prepare() {
	need_userns
}

# sign NAME: the sign before the last row of $output whose mount point ends with NAME.
sign() {
	grep -v 'its own,' <<<"$output" | grep -E "(─ |/)$1( |\$)" | tail -1 | cut -c2
}

@test "mounts --tree marks what is the child's own, what the host shares and what is hidden" {
	mkdir a
	works -q -c "$(first)unshare mnt; mount tmpfs $WORK/a; mount tmpfs $WORK/a/b; mount tmpfs $WORK/a; mounts --tree"
	# The second tmpfs lies over the first and all that is below that.
	[ "$(sign b)" = . ] || complain 'not hidden'
	[ "$(sign a)" = '#' ] || complain 'not its own'
}

@test "mounts --tree: without a mount namespace of its own every mount is the host's too" {
	works -q -c "$(first)unshare uts; mounts --tree"
	[ "$(sign proc)" = = ] || complain 'its own, in the mount namespace of the host'
}

@test "mounts --tree: a mount whose peer is on the host is shared with it" {
	need_root
	mkdir peers
	# What is the host of this stave is a mount namespace of the test's.
	run unshare --mount sh -c 'mount -t tmpfs peers peers && mount --make-shared peers &&
		exec "$0" -q -c "unshare mnt --propagation unchanged; mounts --tree"' "$STAVE" 3>&- 4>&-
	[ "$(sign peers)" = = ] || complain 'not shared'
	[ "$(sign proc)" = '#' ] || complain 'private, and not its own'
}

@test "walls --compact has the walls of --json, by whether they stand" {
	works -q -c "$(first)unshare uts ipc; walls --compact"
	grep -qE '^ ##.* uts ipc' <<<"$output" || complain 'not standing'
	grep -qE '^ ==.* net ' <<<"$output" || complain 'not missing'
	[ "$(grep -c . <<<"$output")" -le 10 ] || complain 'more than a few rows'
}

@test "cgroup tree marks the child's group, and what its cgroup namespace hides" {
	need_root
	works -q -c 'container; cgroup tree pids'
	[ "$(grep -- '<- the child' <<<"$output" | cut -c1)" = '#' ] || complain 'not its own'
	[ "$(sed -n 2p <<<"$output" | cut -c1)" = . ] || complain 'the top is not hidden'
	works -q -c 'cgroup tree pids'
	run grep -c '^[.#+]' <<<"$output"
	[ "$output" = 0 ] || complain 'a sign without a child'
}

@test "a chroot unmounts nothing: what it hides is not told as removed" {
	works --json -c "$(first)unshare mnt; mount tmpfs $WORK; chroot $WORK; mounts"
	holds '.[-2].mountinfo | .removed == [] or (.removed | length) == (.added | length)'
	holds '.[-2].mountinfo.hidden | length > 3'
	holds '.[-1].output | test("^- "; "m") | not'
	works --json -c "$(first)unshare mnt; mount tmpfs $WORK; umount $WORK"
	holds '.[-1].mountinfo | (.removed | length) == 1 and .hidden == []'
}
