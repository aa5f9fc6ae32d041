#!/usr/bin/env bats
# container --like PID: the walls of a running process, read from /proc and built again. Of what unshare, bwrap, podman,
# crun, runc, chroot and other sessions make the rebuilt container reads equal, but for the list of like.bash.
load common
load like
load podman

prepare() {
	need_userns
}

@test "like: what unshare makes" {
	need_root
	begins unshare -m -u sleep 100
	rebuilds
	begins unshare -m -u -i -n -C --pid --fork sleep 100
	rebuilds
	begins unshare -n setpriv --no-new-privs --bounding-set -sys_admin,-net_raw sleep 100
	rebuilds 'mnt '
}

@test "like: what lies over /sys on the host too is stated, for the container has it not" {
	need_root
	cat >inside <<-END
		mount -t tmpfs over /sys/kernel
		unshare -m -u sleep 100 3>&- 4>&- >/dev/null 2>&1 &
		until [ "\$(cat /proc/\$!/comm)" = sleep ]; do sleep 0.02; done
		"$STAVE" --json -q -c "container -d --name twin --like \$! -- sleep 100; kill twin KILL" 3>&- 4>&-
		kill -KILL \$!
	END
	run --separate-stderr unshare -m bash inside
	holds '[.[0].like.not_rebuilt[] | select(.wall == "paths") | .why | contains("/sys/kernel")] | any'
}

@test "like: what unshare makes in a user namespace" {
	begins unshare -r -m sleep 100
	rebuilds 'pid '
	begins unshare -r -u -i -n --pid --fork --mount-proc sleep 100
	rebuilds
}

@test "like: what bwrap makes" {
	need_tool bwrap
	# An ordinary user's bwrap gives the user his own number inside; a container has root alone.
	local ids=()
	is_root || ids=('user uid' 'user gid')
	begins bwrap --die-with-parent --ro-bind / / --dev /dev --proc /proc --unshare-all --cap-drop ALL sleep 100
	rebuilds "${ids[@]}"
	begins bwrap --die-with-parent --bind / / --dev /dev --proc /proc --unshare-pid --unshare-ipc sleep 100
	rebuilds "${ids[@]}"
}

# Another session's container, made with these options.
of_another() { # OPTION...
	begins "$STAVE" -q -c "container $* -- sleep 100"
}

@test "like: what another session makes" {
	of_another
	rebuilds
	of_another --cap-add net_admin --cap-drop chown --read-only --userns
	rebuilds
	of_another --security-opt seccomp=unconfined --security-opt no-new-privileges=false
	rebuilds
	of_another --privileged
	rebuilds
	of_another --without uts --without ipc --net host
	rebuilds
}

@test "like: limits of another session's container" {
	need_root
	of_another --memory 64M --cpu 20% --pids 20
	rebuilds
}

@test "like: a root of its own that the host can see, and a chroot" {
	need_root
	need_tool bwrap
	works -q -c 'container -- true'
	local root
	root=$(echo "$XDG_DATA_HOME"/stave/busybox-*)
	# Its bounding set stays full, but with no_new_privs it can get nothing of that.
	begins bwrap --die-with-parent --ro-bind "$root" / --proc /proc --unshare-pid --cap-drop ALL /bin/sleep 100
	rebuilds 'capabilities bounding'
	pick '.[0].like.line' | grep -e "--image $root --read-only"
	begins chroot "$root" /bin/sleep 100
	rebuilds 'mnt '
	pick '.[0].like.line' | grep -e "--without root --image $root"
}

# Sets $target to the process of busybox whose argument is a time that nobody else sleeps.
starts() { # CMD...
	"$@" 3>&- 4>&- >said 2>&1 &
	begun=$!
	await find_sleeper || skip "it does not work here: $(tail -n 1 said)"
}
find_sleeper() {
	target=$(pgrep -fx "/bin/busybox sleep 9$$" | tail -n 1)
	[ -n "$target" ] && grep -qx 'busybox\|sleep' "/proc/$target/comm"
}

prepare_runtimes() {
	need_root
	need_tool busybox
	need_tool jq
	make_rootfs
}

@test "like: what podman makes" {
	prepare_runtimes
	need_tool podman
	need_tool crun
	local options
	for options in '' '--read-only --cap-drop chown' '--security-opt no-new-privileges'; do
		# shellcheck disable=SC2086 # words
		starts podman_runs $options -- /bin/busybox sleep 9$$
		rebuilds_runtimes 'rlimits processes' 'rlimits open files'
		wait $begun || true
	done
}

@test "like: what crun and runc make" {
	prepare_runtimes
	local runtime tried=''
	for runtime in crun runc; do
		command -v $runtime >/dev/null || continue
		tried+=$runtime
		rm -f config.json
		"$runtime" spec
		jq --arg sleep "9$$" '.root.path = "rootfs" | .process.terminal = false | .process.rlimits = [] |
			.process.args = ["/bin/busybox", "sleep", $sleep] | del(.linux.resources)' config.json >own.json
		mv own.json config.json
		starts in_the_dark "$runtime" --root /run/runtime run "$OWN_GROUP"
		rebuilds_runtimes
		wait $begun || true
	done
	[ -n "$tried" ] || skip 'neither crun nor runc is installed'
}

@test "like: what has no option is listed and not left out" {
	begins bash -c 'ulimit -n 77; echo 300 >/proc/self/oom_score_adj; exec unshare -r -m sleep 100'
	works --json -q -c "plan container --like $target"
	kill -KILL $target
	wait $begun || true
	holds '.[0].like | .pid == '"$target"' and (.not_rebuilt | map(.wall) | contains(["rlimits", "oom_score_adj", "keyring", "landlock"])) and
		(.not_rebuilt | map(select(.wall == "rlimits"))[0].why | contains("77"))'
}

@test "like: a filter of others has docker's in its place, and that is said" {
	of_another
	works --json -q -c "plan container --like $target"
	kill -KILL $target
	wait $begun || true
	holds '.[0].like.not_rebuilt | map(select(.wall == "seccomp")) | length == 1'
	holds '.[0].ops | map(select(.op == "seccomp")) | length == 1'
}

@test "like: what is typed counts instead of what was read" {
	of_another
	works --json -q -c "plan container --like $target --hostname mine --storage 8M --cap-drop chown"
	kill -KILL $target
	wait $begun || true
	holds '.[0].like.line | contains("--hostname mine") and contains("--storage 8M") and (contains("--hostname container") | not)'
	holds '.[0].like.line | (contains("--cap-add chown") | not) and contains("--cap-drop chown")'
}

@test "like: what cannot be rebuilt of whom is refused by its cause" {
	local child pid
	fails 1 -c 'container --like 4194304'
	errs 'system'
	complains ESRCH
	fails 1 -c "container --like $$"
	errs process.bare
	fails 1 -c 'container --like host'
	errs process.bare
	fails 1 -c 'container --like nobody'
	errs job.absent
	# What reaps nothing is the parent before its child ends.
	mkfifo end
	bash -c 'read -r <end & echo $! >pid; exec sleep 100' 3>&- &
	child=$!
	await grep -x sleep "/proc/$child/comm"
	pid=$(<pid)
	echo >end
	await grep '^State:.Z' "/proc/$pid/status"
	fails 1 -c "container --like $pid"
	complains ENOENT
	kill $child
}
