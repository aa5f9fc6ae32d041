# A running process, and what is rebuilt from it compared with it.
# shellcheck shell=bash disable=SC2154 # variables of bats' own

# Starts PROGRAM... in the background and sets $target to the process called sleep at or below it.
begins() {
	"$@" 3>&- 4>&- >/dev/null 2>&1 &
	begun=$!
	await sleeps_below $begun
	target=$(sleeps_below $begun)
}

sleeps_below() {
	local child
	if [ "$(cat /proc/"$1"/comm)" = sleep ]; then
		echo "$1"
		return
	fi
	for child in $(cat /proc/"$1"/task/*/children); do
		sleeps_below "$child" && return
	done
	return 1
}

# Builds a container like $target, and compares: what differs is exactly the list, a name a line, but for
# what no --like is about: another / with what is mounted there, how /sys/fs/cgroup is shown, the folder it
# is in, who is nobody on the host, and paths that the report names.
rebuilds() { # [WALL NAME]...
	local differs said
	works --json -q -c "container -d --name twin --like $target -- sleep 100; compare $target twin --json; kill twin KILL"
	said=$(pick '[.[0].like.not_rebuilt[] | select(.wall == "paths") | .why] | join(" ")')
	differs=$(jq -r '.output // empty' <<<"$output" | grep '^{' | jq -r --arg said "$said" '
		.differs[] | select(.wall != "paths" or (.name as $name | $said | contains($name) | not)) | .wall + " " + .name |
		select(test("^(root |mnt /|paths /sys/fs/cgroup|user [ug]id_map|user groups|process (cwd|umask))") | not)')
	kill -KILL $target
	wait $begun || true
	[ "$(sort <<<"$differs")" = "$(printf '%s\n' "$@" | sort)" ] || complain "not as stated: $differs"
}
