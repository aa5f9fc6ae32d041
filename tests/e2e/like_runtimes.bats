#!/usr/bin/env bats
# container --like PID of what podman, crun and runc run: the rebuilt container reads equal, but for a stated list.
load common
load like
load podman

prepare() {
	need_root
	need_tool busybox
	need_tool jq
	make_rootfs
}

# What differs in each: with what flags a path is covered, that /proc/interrupts is as well, and what the report names.
rebuilds_but() { # [WALL NAME]...
	works --json -q -c "container -d --name twin --like $target -- sleep 100; compare $target twin --json; kill twin KILL"
	kill -KILL $target
	local said
	said=$(pick '[.[0].like.not_rebuilt[] | .why] | join(" ")')
	output=$(jq -r '.output // empty' <<<"$output" | grep '^{')
	holds --arg said "$said" --argjson but "$(printf '%s\n' "$@" | jq -Rn '[inputs]')" '[.[0].differs[] | . as $one |
		select(.wall != "paths" or (.name | test("^/sys/fs/cgroup") | not)) |
		select(.wall != "paths" or (.a == null) or (.b == null) or (.a | split(" ")[0]) != (.b | split(" ")[0])) |
		select(.wall != "paths" or (.name | IN("/proc/interrupts", "/proc/keys", "/proc/timer_list") | not)) |
		select(.wall != "paths" or (.name as $name | $said | contains($name) | not)) |
		select(.wall + " " + .name | test("^(root |mnt /|user [ug]id_map|user groups|process (cwd|umask))") | not) |
		.wall + " " + .name] - $but == []'
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

@test "podman" {
	need_tool podman
	need_tool crun
	local options
	for options in '' '--read-only --cap-drop chown' '--security-opt no-new-privileges'; do
		# shellcheck disable=SC2086 # words
		starts podman_runs $options -- /bin/busybox sleep 9$$
		rebuilds_but 'rlimits processes' 'rlimits open files'
		wait $begun || true
	done
}

@test "crun and runc" {
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
		rebuilds_but
		wait $begun || true
	done
	[ -n "$tried" ] || skip 'neither crun nor runc is installed'
}
