# Podman without a registry, without control groups and without traces: for tests that stand in its containers.
# shellcheck shell=bash

# The root file system is $WORK/rootfs. The containers are in a mount namespace that ends with them, and in no control
# group of their own; crun takes no host on which version 2 has controllers beside version 1.
podman_runs() { # OPTION... -- CMD...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	in_the_dark podman --root "$WORK/store" --runroot "$WORK/runroot" --cgroup-manager cgroupfs --runtime crun \
		run --rm --network none --cgroups=disabled --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
		"${options[@]}" --rootfs "$WORK/rootfs" "$@" 3>&- 4>&-
}

# CMD in a mount namespace with fresh folders for what runtimes leave.
in_the_dark() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c '
		mount -t tmpfs shm /dev/shm
		mount -t tmpfs run /run
		! grep -q " /sys/fs/cgroup/unified " /proc/mounts || umount /sys/fs/cgroup/unified
		exec "$@"' sh "$@"
}

# A root with busybox alone.
make_rootfs() {
	mkdir -p rootfs/{bin,dev,proc,sys,tmp,etc,run} "rootfs$WORK"
	chmod 1777 rootfs/tmp
	chmod -R a+rwX "rootfs$WORK"
	cp "$(command -v busybox)" rootfs/bin
	echo 'root:x:0:0:root:/tmp:/bin/sh' >rootfs/etc/passwd
	local applet
	for applet in sh sed sleep tr true; do
		ln -s busybox rootfs/bin/$applet
	done
}
