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

# THE stated list: what a rebuilt container may differ by from what it is like, "WALL NAME" by regular expressions;
# docs/why.md has it in words. To it comes what the report itself names as not rebuilt, and what a test names.
STATED='^(root |mnt /|paths /sys/fs/cgroup|user [ug]id_map|user groups|process (cwd|umask))'
# What runtimes cover as well, each in its way.
STATED_OF_RUNTIMES='^paths /proc/(interrupts|keys|timer_list)$'

# Builds a container like $target, and sets $differs to what differs, but for the stated list and paths that the report
# names: "WALL NAME", a line each. A path that both cover, each with its flags, is covered.
compares() { # [PATTERN]
	local said compared
	works --json -q -c "container -d --name twin --like $target -- sleep 100; compare $target twin --json; kill twin KILL"
	kill -KILL $target
	said=$(pick '[.[0].like.not_rebuilt[] | select(.wall == "paths" or $all != "") | .why] | join(" ")' --arg all "${1-}")
	compared=$(jq -r '.output // empty' <<<"$output" | grep '^{')
	jq -e '.same | length > 0' <<<"$compared" >/dev/null || complain 'nothing was compared'
	differs=$(jq -r --arg said "$said" --arg stated "$STATED" --arg also "${1:-^$}" '.differs[] |
		select(.wall != "paths" or (.name as $name | $said | contains($name) | not)) |
		select($also == "^$" or .wall != "paths" or .a == null or .b == null or (.a | split(" ")[0]) != (.b | split(" ")[0])) |
		.wall + " " + .name | select(test($stated) or test($also) | not)' <<<"$compared")
}

# What differs beside the stated list is exactly this.
rebuilds() { # [WALL NAME]...
	compares
	wait $begun || true
	[ "$(sort <<<"$differs")" = "$(printf '%s\n' "$@" | sort)" ] || complain "not as stated: $differs"
}

# The same of what a runtime made: it may be less, by its version.
rebuilds_runtimes() { # [WALL NAME]...
	compares "$STATED_OF_RUNTIMES"
	differs=$(grep -vxF "$(printf '%s\n' "$@" -)" <<<"$differs" || true)
	[ -z "$differs" ] || complain "not as stated: $differs"
}
