#!/usr/bin/env bats
# What seccomp export writes for docker, in podman, crun and runc: what was learned works, the rest does not. The
# runtime loads the filter last where the program gets no new privileges, so that its own calls need not be in it.
load common
load podman

prepare() {
	need_root
	need_tool busybox
	need_tool jq
	export XDG_DATA_HOME=$WORK/data
	make_rootfs
	works -q -c "seccomp learn a -- busybox cat /etc/passwd; seccomp export a docker $WORK/a.json; seccomp export a oci $WORK/o.json"
}

@test "podman" {
	need_tool podman
	need_tool crun
	podman_runs -- /bin/true >made 2>&1 || skip "podman does not work here: $(tail -n 1 made)"
	podman_runs --security-opt no-new-privileges --security-opt "seccomp=$WORK/a.json" -- /bin/busybox cat /etc/passwd >out
	grep root: out
	run podman_runs --security-opt no-new-privileges --security-opt "seccomp=$WORK/a.json" -- /bin/busybox mkdir /tmp/made
	[ "$status" != 0 ]
	[ ! -e rootfs/tmp/made ]
}

# A bundle of the runtime specification with the filter, in which ARG... runs.
bundle() { # ARG...
	jq -n --slurpfile seccomp "$WORK/o.json" '{ociVersion: "1.0.2", root: {path: "rootfs"}, hostname: "box",
		process: {cwd: "/", args: $ARGS.positional, env: ["PATH=/bin"], user: {uid: 0, gid: 0}, noNewPrivileges: true},
		mounts: [{destination: "/proc", type: "proc", source: "proc"}],
		linux: {namespaces: [{type: "mount"}, {type: "pid"}, {type: "uts"}, {type: "ipc"}], seccomp: $seccomp[0]}}' \
		--args "$@" >config.json
}

runs() { # RUNTIME ARG...
	bundle "${@:2}"
	in_the_dark timeout 60 "$1" --root /run/runtime run "box-$$" 3>&- 4>&-
}

@test "crun and runc" {
	local runtime tried=''
	for runtime in crun runc; do
		command -v $runtime >/dev/null && runs $runtime /bin/busybox true >made 2>&1 || continue
		tried+=" $runtime"
		runs $runtime /bin/busybox cat /etc/passwd >out
		grep root: out
		run runs $runtime /bin/busybox mkdir /tmp/made
		[ "$status" != 0 ]
		[ ! -e rootfs/tmp/made ]
	done
	[ -n "$tried" ] || skip 'neither crun nor runc works here'
}
