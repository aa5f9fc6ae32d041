#!/usr/bin/env bats
# doctor in podman's containers, by the flags with which people start them: what it says works, works, and what
# it says is refused fails.
load common
load doctor

prepare() {
	need_root
	need_tool podman
	need_tool crun
	need_tool busybox
	need_tool jq
	is_static || skip 'stave is not linked statically'
}

# A root with busybox, the programs and nothing else.
make_rootfs() {
	mkdir -p rootfs/{bin,dev,proc,sys,tmp,etc,run} "rootfs$WORK"
	chmod 1777 rootfs/tmp
	chmod -R a+rwX "rootfs$WORK"
	cp "$(command -v busybox)" rootfs/bin
	bring rootfs /bin
	echo 'root:x:0:0:root:/tmp:/bin/sh' >rootfs/etc/passwd
	local applet
	for applet in sh sed tr true; do
		ln -s busybox rootfs/bin/$applet
	done
}

# Podman's containers are in a mount namespace that ends with them, and in no control group of their own; crun takes
# no host on which version 2 has controllers beside version 1.
podman_runs() { # OPTION... -- CMD...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c '
		mount -t tmpfs shm /dev/shm
		mount -t tmpfs run /run
		! grep -q " /sys/fs/cgroup/unified " /proc/mounts || umount /sys/fs/cgroup/unified
		exec podman "$@"' sh --root "$WORK/store" --runroot "$WORK/runroot" --cgroup-manager cgroupfs --runtime crun \
		run --rm --network none --cgroups=disabled --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
		--env HOME=/tmp --env XDG_STATE_HOME=/tmp --workdir "$WORK" "${options[@]}" --rootfs "$WORK/rootfs" "$@" 3>&- 4>&-
}

in_podman() { # OPTION...
	options=("$@")
	make_rootfs
	podman_runs "${options[@]}" -- /bin/true >made 2>&1 || skip "podman does not work here: $(tail -n 1 made)"
	within() {
		! [ -e judge.sh ] || cp judge.sh "rootfs$WORK"
		podman_runs "${options[@]}" -- "/bin/${1##*/}" "${@:2}"
	}
	agree
	holds '.[0].place == "podman"'
}

refused() { holds '.[0].container == false'; }

@test "no flags, root: the filter knows unshare(2) but not sethostname(2)" {
	in_podman
	refused
	forbidden user ''
	forbidden uts filter
	forbidden archive ''
}

@test "no flags, an ordinary user: the same" {
	in_podman --user 1000
	refused
	forbidden uts filter
}

@test "no filter, an ordinary user: parts of proc are covered" {
	in_podman --user 1000 --security-opt seccomp=unconfined
	refused
	forbidden user ''
	forbidden proc covered
	forbidden archive ''
}

@test "no filter and nothing covered, an ordinary user: a container works" {
	in_podman --user 1000 --security-opt seccomp=unconfined --security-opt unmask=ALL
	holds '.[0].container'
}

@test "the same as root: the capabilities are too few, and the reader of archives makes do" {
	in_podman --security-opt seccomp=unconfined --security-opt unmask=ALL
	forbidden archive ''
}

@test "SYS_ADMIN, root: net_admin is missing" {
	in_podman --cap-add SYS_ADMIN
	refused
	forbidden lo capability
}

@test "privileged: all that a container needs" {
	in_podman --privileged
	holds '.[0].container'
}
