#!/usr/bin/env bats
# What people type who know other tools.

load common

@test "the line of another tool does what it means, and the story has Stave's own" {
	stave -c "$(first)unshare --uts --mount; mount -t tmpfs tmpfs /mnt; run grep -c ' /mnt ' /proc/self/mountinfo; save $BATS_TEST_TMPDIR/s"
	grep -qx 'unshare uts mnt' "$BATS_TEST_TMPDIR/s"
	grep -qx 'mount tmpfs /mnt' "$BATS_TEST_TMPDIR/s"
}

@test "a line with more than one meaning is refused, and a script ends there" {
	run --separate-stderr stave --json -c 'ls /; hostname'
	[ "$status" = 1 ]
	[ "$(jq -rs '[.[].error.id] | join(" ")' <<<"$output")" = line.foreign ]
}

@test "a pipe is refused before anything runs" {
	run --separate-stderr stave --json -c 'run touch made | cat'
	[ "$status" = 1 ]
	[ "$(jq -r .error.id <<<"$output")" = line.pipe ]
	[ ! -e made ]
}

@test "a job's number as a process is answered with the job, and nothing that changes the host" {
	run --separate-stderr stave --json -k -c 'spawn sleep 20; kill 1'
	[ "$(jq -rs '.[1].error.fix' <<<"$output")" = 'kill %1, if job 1 is meant' ]
}
