#!/usr/bin/env bats
# What the child hands on to its programs beside its walls: folder, environment, umask; and what is
# told of a job.

load common

# What the child's programs printed, without what undo says.
printed() { # LINES
	run --separate-stderr stave -q -c "$1"
	[ "$status" = 0 ] || complain "$1: status $status"
	output=$(grep -Ev '^(undone|redone)|steps? stands?,|^ /proc' <<<"$output")
}

@test "cd moves the child, its programs start there, undo brings it back" {
	mkdir "$WORK/there"
	printed "cd $WORK/there; run pwd; undo; run pwd; redo; run pwd"
	[ "$output" = "$WORK/there"$'\n'"$WORK"$'\n'"$WORK/there" ]
	fails 1 -c "cd $WORK/absent"
}

@test "cd follows no link that leads out of the root" {
	need_root
	fails 1 -c 'unshare mnt; rootfs busybox /tmp/root; chroot /tmp/root --keep-cwd; mount proc /proc; cd /proc/1/cwd'
}

@test "env sets what programs get, --env of one run goes before it, undo takes it back" {
	printed 'env A=1 B=2; run -e B=3 sh -c "echo $A$B"; run sh -c "echo $A$B"; undo; run sh -c "echo x$A$B"'
	[ "$output" = $'13\n12\nx' ]
	printed 'env A=1; env -u A; env' 
	run ! grep -q '^A=' <<<"$output"
}

@test "env of the child is not that of a container's program" {
	need_userns
	printed 'env A=1; spawn --name box sleep 20; container -- sh -c "echo x$A"; exec box sh -c "echo x$A"'
	[ "$output" = $'x\nx' ]
}

@test "umask holds for what programs make, and undo takes it back" {
	printed 'run sh -c umask; umask 0; run sh -c umask; umask 077; run sh -c "umask; >made"; undo; undo; run sh -c umask'
	[ "$output" = $'0022\n0000\n0077\n0022' ]
	[ "$(stat -c %a made)" = 600 ]
	fails 1 -c 'umask 8'
}

@test "all of it is saved, and comes again from the file" {
	works -q -c "cd /tmp; env A=1; umask 027; save $WORK/s"
	run --separate-stderr stave -q -c "source $WORK/s; run sh -c 'pwd; echo \$A; umask'"
	[ "$output" = $'/tmp\n1\n0027' ]
}

@test "a job is named with its number outside and inside" {
	need_userns
	works -c "$(first)unshare mnt pid; mount proc /proc; spawn sleep 20; ps"
	[[ $output =~ '[1] '([0-9]+)', '([0-9]+)' inside' ]] || complain 'no [1] PID'
	local outside=${BASH_REMATCH[1]} inside=${BASH_REMATCH[2]}
	grep -Eq "$outside +$inside .*sleep" <<<"$output" || complain "ps has no $outside, $inside"
}

@test "mountstats has a line for each mount that mountinfo has" {
	works -q -c 'mountstats'
	[ "$(grep -c ' mounted on ' <<<"$output")" = "$(wc -l </proc/self/mountinfo)" ]
}

@test "commit says which files stay the container's" {
	need_userns
	works -c 'container; run sh -c "echo x >/kept"; commit mine'
	says '/etc/hostname'
}
