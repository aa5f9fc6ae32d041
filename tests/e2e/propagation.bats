#!/usr/bin/env bats
# The kind: where / is shared, as systemd makes it, a mount of the child's appears on the host, and stayed
# there. Each test has a mount namespace of its own for a host, made shared inside.
load common

prepare() {
	need_root
	mkdir A C r
	touch A/a
}

# on_shared SCRIPT: run it where / is shared; $STAVE is the program
on_shared() {
	run --separate-stderr unshare --mount --propagation shared bash -c "$1" 3>&- 4>&-
}

# The mounts below the test's folder that the "host" has.
LEFT='grep -c " $PWD/" /proc/self/mountinfo'

@test "what the host sees is told and goes at the end: bind, tmpfs, union and its scratch, masks, rootfs" {
	local line propagation
	for propagation in unchanged shared; do
		for line in "bindmount $WORK/A $WORK/C" "mount tmpfs $WORK/C" "union $WORK/A $WORK/C" \
			"mask $WORK/A" "readonly $WORK/A" "rootfs $WORK/A $WORK/r"; do
			on_shared "'$STAVE' --json -c 'unshare mnt --propagation $propagation; $line'; $LEFT"
			holds 'all(.[:-1][]; .ok)' || complain "$line"
			holds '.[1].note | contains("the host sees")' || complain "$line"
			holds '.[-1] == 0' || complain "$line"
		done
	done
}

@test "nobody but the child sees mounts of private and of slave propagation" {
	local propagation
	for propagation in private slave; do
		on_shared "'$STAVE' --json -c 'unshare mnt --propagation $propagation; bindmount $WORK/A $WORK/C
			!$LEFT'"
		holds '.[1].note | (contains("the host sees") | not)'
		holds '.[2].output == "0\n"'
	done
}

@test "undo takes what the host sees with it, in place and by replay" {
	on_shared "'$STAVE' --json -c 'unshare mnt --propagation unchanged; bindmount $WORK/A $WORK/C
		!$LEFT
		undo
		!$LEFT
		redo; unshare uts
		undo 2
		!$LEFT'"
	holds '[.[] | select(.line | startswith("!"))] | map(.output) == ["1\n", "0\n", "0\n"]'
}

@test "kill -9 of the shell: its janitor takes what the host sees with it" {
	on_shared "mkfifo lines answers
		'$STAVE' --json <lines >answers & pid=\$!
		exec 5>lines 7<answers
		echo 'unshare mnt --propagation unchanged; bindmount $WORK/A $WORK/C; mount tmpfs $WORK/r' >&5
		for i in 1 2 3; do read -t 10 -r answer <&7; done
		$LEFT; kill -9 \$pid; wait \$pid
		for i in {1..100}; do [ \$($LEFT) = 0 ] && break; sleep 0.05; done
		$LEFT"
	holds '. == [2, 0]'
}

@test "umount that would reach the host is refused; of what the session has mounted it is not" {
	on_shared "mount -t tmpfs none r; touch r/theirs
		'$STAVE' --json -k -c 'unshare mnt --propagation unchanged; umount $WORK/r
		bindmount $WORK/A $WORK/C; umount $WORK/C'; ls r"
	[ "$(tail -n 1 <<<"$output")" = theirs ]
	output=$(head -n -1 <<<"$output")
	holds 'map(.ok) == [true, false, true, true]'
}

# on_watched USER ARG...: the program, by this user, where / is shared; its end, and whether the kernel told
# that the table of mounts out there changed meanwhile: proc_pid_mounts(5)
on_watched() {
	run --separate-stderr timeout "$(deadline 120)" unshare --mount --propagation shared python3 -c '
import select, subprocess, sys
with open("/proc/self/mountinfo") as table:
    before = table.read()
    told = select.poll()
    told.register(table, select.POLLPRI)
    told.poll(0)
    status = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
    table.seek(0)
    print(status, "changed" if told.poll(0) or table.read() != before else "unchanged")
' setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}" 3>&- 4>&-
}

@test "a lesson that needs propagation has a world of its own: the host's table of mounts never changes" {
	need_tool python3
	local uid
	# The watch sees what it is for.
	on_watched 0 mount -t tmpfs none r
	[ "$output" = '0 changed' ]
	cp -r "$REPOSITORY/lessons" . && for_every_user && chmod -R a+rX lessons .
	for uid in 0 61234; do
		chown -R "$uid" home run state config
		XDG_DATA_HOME=$WORK/home/data on_watched "$uid" ./stave-here --check-lessons lessons/en/04-mounts.md lessons/zh/04-mounts.md
		[ "$output" = '0 unchanged' ] || complain "user $uid: $output"
		[[ $stderr = *'2 proven, 0 not, 0 skipped'* ]]
	done
}

@test "a lesson's line that would have the host as a peer is refused: unchanged and shared, also behind a reset" {
	need_tool python3
	local propagation
	for propagation in unchanged shared; do
		sed -e "s/^unshare user uts\$/unshare mnt; reset; unshare mnt --propagation $propagation/" \
			-e "s|^ns\$|mount tmpfs $WORK/r|" "$REPOSITORY/lessons/template.md" >mine.md
		grep -q "^unshare mnt; reset" mine.md
		grep -q "^mount tmpfs" mine.md
		on_watched 0 "$STAVE" --check-lessons mine.md
		[ "$output" = '1 unchanged' ] || complain "$propagation: $output"
		[[ $stderr = *'mount namespace of the'* ]]
	done
}
