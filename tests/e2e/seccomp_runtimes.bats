#!/usr/bin/env bats
# What seccomp export writes for docker, in podman, crun and runc: what was learned works, the rest does not. Where the
# program may get new privileges the runtime loads the filter some calls before it starts the program, else last.
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
	local options
	for options in '' '--security-opt no-new-privileges'; do
		# shellcheck disable=SC2086 # one word or two
		podman_runs $options --security-opt "seccomp=$WORK/a.json" -- /bin/busybox cat /etc/passwd >out
		grep root: out
		# shellcheck disable=SC2086
		run podman_runs $options --security-opt "seccomp=$WORK/a.json" -- /bin/busybox mkdir /tmp/made
		[ "$status" != 0 ]
		[ ! -e rootfs/tmp/made ]
	done
}

# A bundle of the runtime specification with the filter, in which ARG... runs.
bundle() { # NO_NEW_PRIVILEGES ARG...
	jq -n --argjson nonew "$1" --slurpfile seccomp "$WORK/o.json" '{ociVersion: "1.0.2", root: {path: "rootfs"}, hostname: "box",
		process: {cwd: "/", args: $ARGS.positional, env: ["PATH=/bin"], user: {uid: 0, gid: 0}, noNewPrivileges: $nonew},
		mounts: [{destination: "/proc", type: "proc", source: "proc"}],
		linux: {namespaces: [{type: "mount"}, {type: "pid"}, {type: "uts"}, {type: "ipc"}], seccomp: $seccomp[0]}}' \
		--args "${@:2}" >config.json
}

runs() { # RUNTIME NO_NEW_PRIVILEGES ARG...
	bundle "${@:2}"
	in_the_dark timeout 60 "$1" --root /run/runtime run "$OWN_GROUP" 3>&- 4>&-
}

@test "crun and runc" {
	local runtime nonew tried=''
	for runtime in crun runc; do
		command -v $runtime >/dev/null && runs $runtime true /bin/busybox cat /etc/passwd >made 2>&1 || continue
		tried+=" $runtime"
		for nonew in true false; do
			runs $runtime $nonew /bin/busybox cat /etc/passwd >out
			grep root: out
			run runs $runtime $nonew /bin/busybox mkdir /tmp/made
			[ "$status" != 0 ]
			[ ! -e rootfs/tmp/made ]
		done
	done
	[ -n "$tried" ] || skip 'neither crun nor runc works here'
}
