#!/usr/bin/env bats
# container --userns: which ids the container gets, from whom nobody else has them, and what its files
# are on the host.
load common

prepare() {
	need_userns
	need_tool busybox
}

# with_ranges LINE...: what follows has these lines in /etc/subuid and /etc/subgid, in a namespace of
# mounts of its own.
with_ranges() {
	printf '%s\n' "$@" >ranges
	cat >in-ranges <<-'END'
		#!/bin/sh
		for file in subuid subgid; do mount --bind ranges /etc/$file || exit 98; done
		exec "$@"
	END
	chmod 755 in-ranges
	[ -e /etc/subuid ] && [ -e /etc/subgid ] || skip 'the system has no /etc/subuid'
}

# in_ranges ARG...: the program with them
in_ranges() {
	run --separate-stderr timeout "$(deadline 60)" unshare --mount ./in-ranges "$STAVE" "$@" 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
}

# first_id MAP: the first id outside
first_id() { awk '$1 == 0 { print $2; exit }' <<<"$1"; }

MAP='container --userns -- cat /proc/self/uid_map'

@test "a range: root's own in subuid is taken, but for what another line has too" {
	need_root
	with_ranges root:1000000:65536
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 1000000 ]
	with_ranges root:1000000:65536 ann:1065535:1
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" -gt 1065536 ] || complain 'an id of another is taken'
	# A name in place of the number, and lines that are none.
	with_ranges : root: 'root:1000000' 0:2000000:65536 'ann:1e9:5'
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 2000000 ]
}

@test "a range: what a line without a password has is somebody's" {
	need_root
	{ cat /etc/passwd && echo 'someone::1879048192:1::/:/bin/sh'; } >passwd
	{ cat /etc/group && echo 'some::1879113728:'; } >group
	: >ranges
	cat >in-names <<-'END'
		#!/bin/sh
		mount --bind passwd /etc/passwd && mount --bind group /etc/group || exit 98
		exec "$@"
	END
	chmod 755 in-names
	run --separate-stderr unshare --mount ./in-names "$STAVE" -q -c "container --userns -- cat /proc/self/uid_map" 3>&- 4>&-
	[ "$status" = 0 ]
	[ "$(first_id "$output")" -gt 1879113728 ] || complain 'somebody has it'
}

@test "a range: a file of a hundred thousand lines is read" {
	need_root
	seq 100000 | sed 's/.*/user&:&000:1000/' >lines
	echo root:3000000000:65536 >>lines
	with_ranges "$(cat lines)"
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 3000000000 ]
}

@test "a range: two shells that look at the same moment do not choose one, and a killed one's is free again" {
	need_root
	with_ranges root:1000000:131072
	# It has planned a container, and not made it yet.
	mkfifo planned go
	unshare --mount ./in-ranges "$STAVE" -q -c 'plan container --userns -- true
!echo >planned; read line <go' >plan 3>&- 4>&- &
	local other=$!
	read -r _ <planned
	grep -q '0 1000000 65536' plan || complain 'it has planned something else'
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 1065536 ] || complain 'the same, or another than is free'
	kill -9 "$other"
	echo >go
	wait "$other" || true
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 1000000 ] || complain 'not free again'
}

@test "volumes: each that keeps the host's ids is named" {
	need_root
	mkdir one two
	run --separate-stderr stave -c "container --userns -v $PWD/one:/1 -v $PWD/two:/2 -- true"
	[ "$status" = 0 ]
	output=$(tr -s ' \n' ' ' <<<"$output")
	says -r "keep the host's ids: [^ ]*/one, [^ ]*/two"
}
