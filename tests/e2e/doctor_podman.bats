#!/usr/bin/env bats
# doctor in podman's containers, by the flags with which people start them: what it says works, works, and what
# it says is refused fails.
load common
load doctor
load podman

prepare() {
	need_root
	need_tool podman
	need_tool crun
	need_tool busybox
	need_tool jq
	is_static || skip 'stave is not linked statically'
}

in_podman() { # OPTION...
	local place="podman run${*:+ $*}"
	options=("$@")
	make_rootfs
	bring rootfs /bin
	options+=(--env HOME=/tmp --env XDG_STATE_HOME=/tmp --workdir "$WORK")
	podman_runs "${options[@]}" -- /bin/true >made 2>&1 || skip "podman does not work here: $(tail -n 1 made)"
	within() {
		! [ -e judge.sh ] || cp judge.sh "rootfs$WORK"
		podman_runs "${options[@]}" -- "/bin/${1##*/}" "${@:2}"
	}
	agree "$place"
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
