#!/usr/bin/env bats
# ns pin, ns unpin, and binding the files of namespaces: what keeps one without a process.
load common

# Root's pins are mounts of the host's, so the host of these is a mount namespace of its own. "STAVE_HOST
# LINE" runs a line of sh there.
on_a_host() { # LINES of sh, in which $STAVE is the program
	run --separate-stderr unshare -m --propagation private sh -c "
		mkdir -p $WORK/host && mount -t tmpfs host $WORK/host && cd $WORK/host
		STAVE=$STAVE; $1" 3>&- 4>&-
}

@test "a pinned namespace can be entered, and outlives the child; undo and quit take it back" {
	need_root
	on_a_host "
		\$STAVE -q -c 'unshare uts; hostname blue; ns pin uts $WORK/host/p; !nsenter --uts=$WORK/host/p hostname
			!grep -c nsfs /proc/self/mountinfo
			kill \$CHILD KILL
			' || :
		echo left: \$(ls) \$(grep -c nsfs /proc/self/mountinfo)
		\$STAVE -q -c 'unshare net; ns pin net $WORK/host/n; undo; !ls $WORK/host; ns pin network $WORK/host/n'
		echo left: \$(ls) \$(grep -c nsfs /proc/self/mountinfo)"
	says $'blue\n1\n'
	[ "$(grep -c '^left: 0$' <<<"$output")" = 2 ] || complain 'something is left'
}

@test "a killed shell's pins are taken back by the janitor" {
	need_root
	on_a_host "
		\$STAVE -q -c 'unshare uts; ns pin uts $WORK/host/p; !grep -c nsfs /proc/self/mountinfo
			!kill -9 \$PPID' || :
		for i in \$(seq 100); do [ -e p ] || break; sleep 0.05; done
		echo left: \$(ls) \$(grep -c nsfs /proc/self/mountinfo)"
	says $'1\n'
	says 'left: 0'
}

@test "unpin lets go of the session's own pins alone; its undo pins again" {
	need_root
	on_a_host "
		unshare --uts=$(touch "$WORK/other" && echo "$WORK/other") true
		STAVE_TRACE=errors \$STAVE -q --keep-going -c 'unshare uts; ns pin uts $WORK/host/p; ns unpin $WORK/host/p
			!ls $WORK/host | wc -l
			undo
			!ls $WORK/host
			ns unpin $WORK/other
			ns pin uts $WORK/host/p'
		grep -c nsfs /proc/self/mountinfo"
	take_ids
	says $'0\n'
	says $'\np\n'
	errs host.shared
	errs path.kind
	[ "$(tail -n 1 <<<"$output")" = 1 ] || complain "another's mount is gone"
}

@test "a mount namespace is pinned where the mount is private, and refused with the cause where a peer would get it" {
	need_root
	local tries
	# Linux 6.18 numbers namespaces for each CPU: the younger one may have the lower number.
	for tries in 1 2 3 4 5; do
		on_a_host "\$STAVE -q -c 'unshare mnt; ns pin mnt $WORK/host/p; !grep -o mnt:.4 /proc/self/mountinfo'"
		[[ $output != *mnt:* ]] || break
	done
	says 'mnt:[4'
	on_a_host "mount --make-shared .; unshare -m --propagation unchanged sleep 3 & sleep 0.3
		\$STAVE -q --json -c 'unshare mnt; ns pin mnt $WORK/host/p'; ls; kill \$!"
	holds '.[-1].error | .id == "mount.EINVAL" and (.why | contains("is shared"))'
}

@test "the host's own is not pinned; a user who may not mount on the host is told so, and leaves no file" {
	fails 1 -c "ns pin uts $WORK/p"
	errs host.shared
	fails 1 -c "$(first)unshare uts; ns pin uts p"
	errs path.relative
	fails 1 -c "$(first)unshare uts; ns pin all $WORK/p"
	errs argument.choice
	if ! is_root; then
		need_userns
		fails 1 -c "unshare user uts; ns pin uts $WORK/p"
		errs mount.EPERM
	fi
	[ ! -e p ]
}

@test "the file of a namespace can be bound in the child, by its own name for itself" {
	need_userns
	works --json -c "$(first)unshare mnt uts; mount tmpfs $WORK/run; bindmount /proc/self/ns/uts $WORK/run/u; mountinfo nsfs"
	holds '.[-1].output | contains("uts:[")'
	works --json -c "$(first)unshare mnt uts pid; mount tmpfs $WORK/run; mount proc /proc
		bindmount /proc/self/ns/net $WORK/run/n; bindmount /proc/1/ns/uts $WORK/run/u; mountinfo nsfs"
	holds '.[-1].output | contains("uts:[") and contains("net:[")'
	fails 1 -c "$(first)unshare mnt; mount tmpfs $WORK/run; bindmount /proc/self/ns/mnt $WORK/run/m"
	errs mount.EINVAL
	fails 1 -c "$(first)unshare mnt; bindmount /proc/self/ns/nothing $WORK/m"
	errs path.absent
}
