#!/usr/bin/env bats
# rootfs: a root file system for the child to move into.
load common

prepare() {
	need_userns
	chmod 755 "$WORK"
}

need_union() {
	is_root || [ "$(printf '5.11\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 5.11 ] ||
		skip 'overlay in a user namespace needs Linux 5.11'
}

walls() {
	is_root && printf 'unshare mnt pid; ' || printf 'unshare user mnt pid; '
}

@test "a root file system that a mount of the child's hides is told as that" {
	need_tool busybox
	works -q -c "unshare user mnt; rootfs busybox $WORK/root"
	fails 1 -k --json -c "unshare user mnt; mount tmpfs $XDG_DATA_HOME; rootfs busybox $WORK/root; umount $XDG_DATA_HOME; rootfs busybox $WORK/root"
	holds '[.[] | select(.line | startswith("rootfs"))] | .[0].error.id == "path.absent" and (.[0].error.why | contains(env.XDG_DATA_HOME)) and .[1].ok'
}

@test "rootfs busybox AT is a root to pivot into" {
	need_tool busybox
	works -q -c "$(walls)rootfs busybox $WORK/root; mount proc $WORK/root/proc; pivot $WORK/root; run ps; run ls /"
	says -r '1 root'
	says bin
	says_not "$(basename "$WORK")"
	[ ! -e root ] || complain 'the folder is still there'
}

@test "its usual place is in the scratch folder" {
	need_union
	need_tool busybox
	works -c "$(walls)rootfs busybox"
	says -r "overlay $XDG_RUNTIME_DIR/stave/stave-[0-9]+/root "|| \
		says -r "$XDG_RUNTIME_DIR/stave/stave-[0-9]+/root"
}

@test "what is written to it stays out of the image" {
	need_union
	mkdir -p image/bin
	cp "$(command -v busybox)" image/bin/sh
	chmod -R a+rX image
	works -q -c "$(walls)rootfs image root; chroot root; run -w / sh -c 'echo x >/new; [ -s /new ] && echo written'"
	says written
	[ "$(ls image)" = bin ]
}

@test "a name with blanks, commas and colons is a layer too" {
	mkdir -p 'odd, na:me/here'
	works -q -c "$(walls)rootfs 'odd, na:me' root; run ls $WORK/root"
	says here
}

@test "undo takes it away, redo brings it back" {
	need_tool busybox
	works -q -k -c "$(walls)rootfs busybox $WORK/root; undo; run ls $WORK; redo; run ls $WORK/root"
	says proc
}

@test "it is refused where mounts are the host's, or where there is no image" {
	fails 1 -c 'rootfs busybox'
	errs host.shared
	complains 'unshare'
	fails 1 -c "$(walls)rootfs $WORK/missing"
	errs path.host
	fails 1 -c "$(walls)rootfs missing"
	errs image.absent
	touch file
	fails 1 -c "$(walls)rootfs $WORK/file"
	complains 'folder'
}

@test "after a pivot the host's images are out of sight" {
	need_tool busybox
	fails 1 -c "$(walls)rootfs busybox $WORK/root; pivot $WORK/root; rootfs busybox"
	errs path.absent
}

@test "without busybox the package is named" {
	is_root || skip 'only root can hide it'
	need_tool unshare
	# The machine's own is covered in a mount namespace of the test's.
	run --separate-stderr unshare --mount sh -c "
		for f in /bin/busybox /usr/bin/busybox /bin/busybox.static /usr/bin/busybox.static; do
			[ ! -e \$f ] || mount --bind /dev/null \$f
		done
		'$STAVE' -c 'container -- true'" 3>&- 4>&-
	[ "$status" = 125 ]
	complains 'apt install busybox-static'
	complains 'no static busybox'
}
