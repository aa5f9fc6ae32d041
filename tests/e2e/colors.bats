#!/usr/bin/env bats
# Colour: from the 16 of the terminal, one meaning each, and never the only sign.

load common

prepare() {
	need_userns
}

screens() {
	local setup="$(first)unshare mnt uts ipc; mount tmpfs $WORK; hostname box"
	printf '%s\n' "$setup" "$setup; ns" "$setup; walls" "$setup; walls --compact" "$setup; status" \
		"$setup; mounts --tree" "$setup; mountinfo" "$setup; undo" "$setup; caps" "$setup; steps"
}

# What is written, without what changes from run to run.
written() {
	sed -E 's/[0-9]+/N/g' | tr -s ' ─'
}

@test "without its colours every screen says the same" {
	local line
	while read -r line; do
		works -k -c "set color on; $line"
		local colored=$output
		[[ $colored == *$'\033['* ]] || complain "no colour: $line"
		works -k -c "set color off; $line"
		diff <(sed 's/\x1b\[[0-9;]*m//g' <<<"$colored" | written) <(written <<<"$output") ||
			complain "differs: $line"
	done < <(screens)
}

@test "colours are the terminal's own sixteen, which its theme makes readable" {
	local line
	while read -r line; do
		works -k -c "set color on; $line"
		grep -oP '\x1b\[\K[0-9;]*m' <<<"$output" | sort -u >used
		run ! grep -vxE '(0|1|2|31|32|33|35|36)m' used
	done < <(screens)
}

@test "added is not own, and missing is not failed: each has a colour of its own" {
	works -c "set color on; $(first)unshare mnt; mount tmpfs $WORK; walls"
	grep -qP '^ +\x1b\[32m\+\x1b' <<<"$output" || complain 'added is not green'
	grep -qP '\x1b\[36m##\x1b' <<<"$output" || complain 'what stands is not cyan'
	works -c "set color on; $(first)unshare mnt; mount tmpfs $WORK; umount $WORK"
	grep -qP '^ +\x1b\[35m-\x1b' <<<"$output" || complain 'removed is not magenta'
	fails 1 -c "set color on; mount tmpfs $WORK"
	grep -qP '^\x1b\[31mstave:' <<<"$stderr" || complain 'an error is not red'
}
