#!/usr/bin/env bats
# cgroup freeze, thaw, kill, join, rm, stat, tree.
load common

prepare() {
	is_root || stave -n -q -c 'cgroup freeze' >/dev/null 2>&1 || skip 'no groups are this user'\''s to make'
}

@test "a frozen load stands still, and goes on" {
	works -q -c 'spawn sh -c "while :; do echo >>count; done"
		!sleep 0.3
		cgroup freeze
		!wc -l <count >a; sleep 0.3; wc -l <count >b
		cgroup thaw
		!sleep 0.3; wc -l <count >c'
	cmp a b
	[ "$(<c)" -gt "$(<b)" ]
}

@test "commands for a frozen child say so at once" {
	run timeout "$(deadline 4)" "$STAVE" -q -c 'cgroup freeze; run true' 3>&- 4>&-
	[ "$status" = 125 ]
	says 'is frozen'
	says 'cgroup thaw'
}

@test "a frozen child can be looked at, undone, reset and left" {
	run timeout "$(deadline 20)" "$STAVE" -q -c 'cgroup freeze; ps; mountinfo; cgroup show; undo; run echo undone
		cgroup freeze; reset; run echo reset; cgroup freeze; quit' 3>&- 4>&-
	[ "$status" = 0 ]
	says undone
	says reset
	says -r 'frozen +on'
}

@test "the shell that is killed leaves no frozen child" {
	"$STAVE" -q -c 'spawn sleep 300; cgroup freeze; !echo $$ >asleep; mv asleep frozen; exec sleep 30' 3>&- 4>&- &
	local pid=$!
	await test -e frozen
	kill -9 "$pid"
	wait "$pid" || [ $? = 137 ]
	kill "$(cat frozen)"
}

@test "kill ends what is in the group, the child lives and stays in it" {
	works -q -c 'cgroup freeze; cgroup thaw; spawn sleep 300; cgroup kill; run cat /proc/self/cgroup; jobs'
	says /stave-
	says 'status 137'
	fails 1 -c 'cgroup kill'
	errs cgroup.none
}

@test "thaw without a group, rm of it, and the way back" {
	fails 1 -c 'cgroup thaw'
	errs cgroup.none
	works -q -c 'cgroup freeze; cgroup thaw; cgroup rm; run cat /proc/self/cgroup'
	says_not stave-
	[ "$output" = "$(cat /proc/self/cgroup)" ] || [[ $output == *-shell* ]] || ! is_root ||
		complain 'not where it came from'
}

@test "join puts the child into a group that is there" {
	need_root
	local top=/sys/fs/cgroup/pids
	[ -d $top ] || top=/sys/fs/cgroup
	mkdir "$top/$OWN_GROUP"
	works -q -c "cgroup join $top/$OWN_GROUP; run cat /proc/self/cgroup; cgroup show; undo; run cat /proc/self/cgroup" ||
		{ rmdir "$top/$OWN_GROUP"; return 1; }
	says "/$OWN_GROUP"
	says 'a group that it has joined'
	rmdir "$top/$OWN_GROUP"
	fails 1 -c "cgroup join $top/$OWN_GROUP"
	errs cgroup.absent
}

@test "stat tells the counters in words" {
	works -q -c 'cgroup stat'
	says -r 'no cgroup of its own|memory in use|CPU time used|processes and threads'
	works -q -c 'cgroup pids 20; cgroup stat'
	says -r '[0-9]+ +processes and threads'
	says -r '0 +forks refused +pids.events'
}

@test "tree shows groups, limits and processes, odd names made visible" {
	need_root
	local top=/sys/fs/cgroup/pids name=$OWN_GROUP$'-odd\033[31m'
	[ -d $top ] || top=/sys/fs/cgroup
	mkdir "$top/$name"
	run stave -q -c 'cgroup pids 20; cgroup tree pids'
	rmdir "$top/$name"
	[ "$status" = 0 ]
	says "$OWN_GROUP-odd\\x1b[31m"
	says_not $'\033'
	says '<- the child'
	says 'processes: 20'
	says -r 'stave-child\([0-9]+\)'
}

@test "tree names a controller as its version of control groups does: io is blkio on v1" {
	need_root
	[ -d /sys/fs/cgroup/blkio ] || skip 'no blkio controller of cgroup v1 here'
	works -q -c 'cgroup tree blkio'
	says -r '^v1:.* blkio'
	says_not -r '^v1:.* io( |$)'
	works -q -c 'cgroup tree io'
	says -r '^v1:.* blkio'
}

@test "tree fills a screen of 80 columns" {
	need_root
	COLUMNS=80 works -q -c 'cgroup cpu 20%; cgroup weight 200; cgroup pids 20; cgroup tree cpu'
	says -r $'stave-[0-9]+  <- the child\n.* CPU weight: '
	[ -z "$(grep -E '.{81}' <<<"$output")" ] || complain 'a line is longer'
}

@test "an empty group of a killed session, of which no journal tells, goes with the next" {
	need_root
	local top=/sys/fs/cgroup/pids name pid
	[ -d $top ] || top=/sys/fs/cgroup
	pid=$(sh -c 'echo $$')
	for name in "stave-$pid" "stave-$pid-3" "stave-$pid-4" "stave-$pid-shell" "stave-$pid-odd" "stave-$$"; do
		mkdir "$top/$name"
	done
	flock -s "$top/stave-$pid-4" sleep 60 3>&- 4>&- &
	local holder=$!
	await pgrep -P $holder
	works -q -c 'cgroup pids 20'
	# Another session may have been faster; who removes one says so.
	[ -z "$stderr" ] || complains 'left by a killed session'
	[ ! -e "$top/stave-$pid" ] && [ ! -e "$top/stave-$pid-3" ] && [ ! -e "$top/stave-$pid-shell" ]
	kill "$(pgrep -P $holder)"
	wait $holder || :
	# Those that are held, and those that are not a dead session's.
	rmdir "$top/stave-$pid-4" "$top/stave-$pid-odd" "$top/stave-$$"
}

# proc_cgroups(5) lists no named hierarchy: what a process is told of its own groups does.
no_groups_of_stavetest() { [ -z "$(find named -mindepth 1 -type d)" ]; }
no_stavetest() {
	! grep -q name=stave$BATS_SUITE_TEST_NUMBER$MARK /proc/self/cgroup || {
		# It could not go while the group was dying: mounted and unmounted once more, it does.
		mount -t cgroup -o none,name=stave$BATS_SUITE_TEST_NUMBER$MARK none named && umount named
		[ -z "$(grep name=stave$BATS_SUITE_TEST_NUMBER$MARK /proc/self/cgroup)" ]
	}
}

@test "a v1 hierarchy with a name and no controllers: its groups can be joined, and left by undo" {
	need_root
	mkdir named
	mount -t cgroup -o none,name=stave$BATS_SUITE_TEST_NUMBER$MARK none named 2>/dev/null || skip 'no cgroup v1 here'
	local group=$PWD/named/group joined again absent look="run grep $BATS_SUITE_TEST_NUMBER$MARK /proc/self/cgroup"
	mkdir "$group"
	joined=$("$STAVE" -q -c "cgroup join $group; $look; undo; $look" 2>&1) || :
	again=$("$STAVE" --json -c "cgroup join $group; cgroup join $group" 2>/dev/null) || :
	absent=$("$STAVE" --json -c "cgroup join $group/nosuch" 2>/dev/null | tail -n 1) || :
	# The kernel lets go of a group a moment after rmdir(2), and keeps a hierarchy that still has one.
	rmdir "$group"
	await no_groups_of_stavetest
	umount named
	await no_stavetest
	[ "$(cut -d: -f3 <<<"$joined" | grep '^/')" = $'/group\n/' ] || complain "$joined"
	jq -e '.error.id == "cgroup.absent"' <<<"$absent"
	output=$again
	holds '.[-2].ok and (.[-1].error.id == "cgroup.same")'
}
