#!/usr/bin/env bats
# Another root: chroot and pivot, and what stays reachable.
load common

prepare() {
	need_userns
	need_tool busybox
	mkdir -p root/bin root/proc root/old
	cp "$(command -v busybox)" root/bin/busybox
	ln -s busybox root/bin/sh
	touch root/here
	root/bin/busybox true || skip 'busybox is not statically linked'
	box=$WORK/root
	first="$(first)unshare mnt; "
}

@test "chroot: / is the folder" {
	works -q -c "$(first)chroot $box; run /bin/busybox ls /"
	says here
	says_not usr
}

@test "chroot alone keeps nobody in: a second chroot reaches the host, and status says so" {
	works -c "$(first)chroot $box; status"
	says -r 'root +'
	says -r 'missing .*(mnt|root)'
}

@test "chroot with the working folder left outside: it walks up and is in the host's root again" {
	mkdir root/hole
	works -q -c "$(first)chroot $box; chroot /hole --keep-cwd; chroot ../../../../../../../..; run ls /; status"
	says -r '(^|.)usr'
	says -r "root +the host's"
}

# Where the last step of LINE leaves its "/": the walls root and chroot, and what a check says of it.
stands() { # LINE ROOT CHROOT
	works --json -c "$1"
	[ "$(pick '.[-1].walls | "\(.root) \(.chroot)"')" = "$2 $3" ] || complain "$1: not $2 $3"
	# A mountinfo that is the same does not make the roots the same.
	local which
	for which in pivoted:$2 chrooted:$3; do
		[ "${which#*:}" = true ] && works -q -c "$1; check root ${which%:*}" ||
			fails 1 -q -c "$1; check root ${which%:*}"
	done
}

@test "another root, every way there is: a pivot is one wall, a chroot another" {
	stands "${first}mount tmpfs /mnt" false false
	stands "$(first)chroot $box" false true
	stands "${first}chroot $box" false true
	stands "${first}mount tmpfs /mnt; chroot /mnt" false true
	stands "${first}bindmount / /mnt; chroot /mnt" false true
	stands "${first}pivot $box" true false
	stands "${first}pivot $box; chroot /bin" true true
	stands "${first}pivot $box; undo" false false
}

@test "another root: the prompt and what is still missing tell a pivot from a chroot" {
	printf '%s\n' "${first}mount tmpfs /mnt" 'chroot /mnt' undo 'pivot /mnt' 'ns' >script
	works script
	says -r '\[[a-z ]*mnt[a-z ]* chroot\] > undo'
	says -r '\[[a-z ]*mnt[a-z ]* pivot\] > ns'
	works -c "${first}chroot $box; status"
	says -r 'missing [^:]*a +root +of +its +own'
	works -c "${first}pivot $box; status"
	[[ ! $output =~ missing\ [^:]*a\ +root\ +of\ +its\ +own ]] || complain 'the pivot is no wall'
}

@test "pivot: the old root is gone from the tree of mounts" {
	works --json -c "${first}pivot $box; run /bin/busybox ls /"
	holds '.[-1].output | contains("here") and (contains("usr") | not)'
	holds '.[-2].ops | map(.op) | index("pivot_root") != null'
	holds '.[-2].mountinfo.total <= 3'
}

@test "pivot --keep-old leaves it to look at" {
	works -q -c "${first}pivot $box /old; run /bin/busybox ls /old"
	says_not here
	says -r '(^|.)usr'
}

@test "pivot makes its preconditions true by itself, and says each" {
	works -n -c "${first}pivot $box"
	says MS_BIND
	says 'pivot_root('
	says MNT_DETACH
}

@test "a program that needs a loader which is not in the new root" {
	cp /bin/ls root/bin/ls
	head -c 4 /bin/ls | grep -q ELF || skip 'ls is no ELF program'
	root/bin/busybox readelf -h /bin/ls >/dev/null 2>&1 || true
	fails 127 -c "$(first)chroot $box; run /bin/ls"
	complains -r 'interpreter|loader'
}

@test "a root that is missing or a file" {
	fails 1 -c "$(first)chroot $WORK/nowhere"
	complains ENOENT
	fails 1 -c "${first}pivot $WORK/nowhere"
	errs path.absent
	fails 1 -c "$(first)chroot $box/here"
	complains ENOTDIR
	fails 1 -c "${first}pivot $box/here"
}

@test "commands go on in the new root: paths are the child's" {
	works -q -c "${first}pivot $box; mount tmpfs /proc; run /bin/busybox touch /proc/mark; run /bin/busybox ls /proc"
	[ "$output" = mark ]
	works -q -c "${first}pivot $box; tree /"
	says here
	[ ! -e /proc/mark ]
}

@test "a folder of the host's appears in a child that has pivoted" {
	mkdir gift root/gift
	touch gift/inside
	if ! is_root; then
		fails 1 -q -c "${first}pivot $box; bindmount --from-host $WORK/gift /gift"
		complains EPERM
		return
	fi
	works -q -c "${first}pivot $box; bindmount --from-host $WORK/gift /gift; run /bin/busybox ls /gift"
	[ "$output" = inside ]
	# Read-only means it also by this way.
	fails 1 -q -c "${first}pivot $box; bindmount --from-host $WORK/gift /gift --ro; run /bin/busybox touch /gift/new"
	[ ! -e gift/new ]
}

@test "setns still works after a pivot" {
	unshare ${UID:+--user --map-root-user} --uts sleep 30 3>&- &
	local pid=$!
	await sh -c "[ \$(readlink /proc/$pid/ns/uts) != $(readlink /proc/self/ns/uts) ]"
	if is_root; then
		works --json -c "${first}pivot $box; setns $pid uts"
		[ "$(pick '.[-1].ns.uts.id')" = "$(readlink "/proc/$pid/ns/uts" | tr -dc 0-9)" ]
	else
		fails 1 --json -c "${first}pivot $box; setns $pid uts"
		holds '.[-1].error.errno == "EPERM"'
	fi
	kill $pid
}

@test "undo of a pivot and of a chroot" {
	works -q -c "${first}pivot $box; undo; run ls /"
	says usr
	works -q -c "$(first)chroot $box; undo; run ls /"
	says usr
}

@test "walls fits a window of 80 by 24, and draws a container, a chroot and the host" {
	need_tool busybox
	works -q -c 'container; walls'
	[ "${#lines[@]}" -le 23 ] || complain "${#lines[@]} lines"
	[ "$(awk '{ if (length > most) most = length } END { print most + 0 }' <<<"$output")" -le 80 ]
	for wall in mnt pid uts ipc net cgroup root no_new_privs seccomp paths; do
		says -r "(^|.) $wall +[^#]+ ## "
	done
	works -q -c "$(first)chroot $box; walls"
	says -r ' chroot +/.* ~~ +/ '
	says -r ' root +[^ ]+ +== '
	works -q -c 'walls host'
	[ "$(grep -c '[^ ]  ##  ' <<<"$output")" = 0 ] || complain 'the host is parted from itself'
}

# The kind: what the kernel has in its cache it refuses to tell while somebody mounts (EAGAIN), and "not root
# pivoted" held then.
@test "the root of a namespace is seen while others mount" {
	need_userns
	need_tool python3
	local number churns=()
	for number in 1 2; do
		mkdir "here$number"
		unshare --user --map-root-user --mount python3 - "$PWD/here$number" "$WORK/begun$number" 3>&- 4>&- <<-'CHURN' &
			import ctypes, os, sys, time
			libc = ctypes.CDLL(None)
			os.chdir(sys.argv[1])
			end = time.time() + 20
			while time.time() < end:
			    for _ in range(100):
			        libc.mount(b'.', b'.', None, 4096, None)
			        libc.umount2(os.fsencode(sys.argv[1]), 2)
			    open(sys.argv[2], 'w').close()
		CHURN
		churns+=($!)
	done
	until [ -e begun1 ] && [ -e begun2 ]; do sleep 0.05; done
	{
		echo 'unshare user mnt pid; rootfs busybox /mnt; mount proc /mnt/proc; pivot /mnt'
		echo 'bindmount / /srv; chroot /srv'
		for number in {1..300}; do
			echo 'mount tmpfs /mnt; check root pivoted and root chrooted'
			echo 'umount /mnt; check not root host'
		done
	} >steps.stave
	run --separate-stderr stave -q steps.stave
	kill "${churns[@]}"
	[ "$status" = 0 ] || complain 'not seen'
}
