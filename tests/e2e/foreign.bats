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
	[[ "$(jq -rs '.[1].error.fix' <<<"$output")" == 'kill %1'* ]]
}

@test "what an answer leaves out of a line is named in it" {
	run --separate-stderr stave --json -c 'docker run --rm -p 80:80 --pull always --restart always nginx'
	local fix
	fix=$(jq -r .error.fix <<<"$output")
	[[ $fix == 'container -p 80:80 --image nginx --run;'*--pull*--restart* && $fix != *--rm* ]] || complain "$fix"
}

@test "sudo is answered with the line behind it" {
	run --separate-stderr stave --json -c 'sudo unshare uts'
	[ "$(jq -r .error.id <<<"$output")" = line.foreign ]
	[[ $(jq -r .error.fix <<<"$output") == 'unshare uts;'* ]]
}

@test "a missing argument is answered with a whole line, a missing type of namespace with all of them" {
	run --separate-stderr stave --json -k -c 'unshare; chroot; setns; mount proc; spawn'
	[ "$(jq -rs 'map(.error.id) | unique | join(" ")' <<<"$output")" = argument.missing ]
	[ "$(jq -rs 'map(select(.error.fix | contains("for example: "))) | length' <<<"$output")" = 5 ]
	jq -es '.[0].error.what | contains("mnt pid uts ipc net user cgroup time all")' <<<"$output"
}
