#!/usr/bin/env bats
# cgroup: limits on the child, on whatever version of cgroups the machine has.
load common

need_cpu() {
	[ -e /sys/fs/cgroup/cpu ] || grep -qw cpu /sys/fs/cgroup/cgroup.controllers 2>/dev/null ||
		skip 'this machine has no cpu controller'
	is_root || stave -n -q -c 'cgroup cpu 20%' >/dev/null 2>&1 || skip "no group of cpu is this user's to make"
}

@test "cgroup cpu writes the quota and reads it back" {
	need_cpu
	works -c 'cgroup cpu 20000'
	says -r '20000( 100000)?"'
	says 'reads back 20000'
	says 'cpu.cfs_quota_us'
	says 'cpu.max'
	says '20 % of one CPU'
	says -r '/proc/[0-9]+/cgroup'
}

@test "a percentage, cpus and a period are worked out" {
	need_cpu
	works -c 'cgroup cpu 12.5%'
	says 12500
	works -c 'cgroup cpu 1.5cpus 50000'
	says 75000
	says 50000
	works -c 'cgroup cpu max'
	says 'all the CPU time'
	works -c 'cgroup cpu -1'
}

@test "a busy loop is held to its share, one that ran before too" {
	need_cpu
	works -q -c 'spawn sh -c "while :; do :; done"; cgroup cpu 20000
		!sleep 1
		cgroup show'
	says -r 'throttled ([5-9]|[1-9][0-9]) of [0-9]+'
}

@test "programs started later are in the group" {
	need_cpu
	works -q -c 'cgroup cpu 50%; run cat /proc/self/cgroup'
	says /stave-
}

@test "cgroup show tells the group, its values and both names" {
	need_cpu
	works -q -c 'cgroup cpu 30%; cgroup show'
	says 'a group of its own'
	says 30000
	says -r 'cpu\.(max|cfs_quota_us)'
	works -q -c 'cgroup show'
	says "the shell's own group"
}

@test "cgroup rm leaves the group and removes it" {
	need_cpu
	works -q -c 'cgroup cpu 30%; spawn sleep 30; cgroup rm; cgroup show; run cat /proc/self/cgroup'
	says "the shell's own group"
	# A delegated shell may have stepped aside, into one that is called stave-PID-shell.
	says_not -r 'stave-[0-9]+([^-0-9]|$)'
	fails 1 -c 'cgroup rm'
	errs cgroup.none
}

@test "undo takes the group away, redo makes it again" {
	need_cpu
	works -q -c 'cgroup cpu 30%; undo
		!ls -d /sys/fs/cgroup/*/stave-* /sys/fs/cgroup/stave-* 2>/dev/null || echo none
		redo; cgroup show'
	says none
	says 30000
}

@test "the group is gone after quit, and when the shell is killed" {
	need_cpu
	works -q -c 'cgroup cpu 30%'
	"$STAVE" -q -c 'cgroup cpu 30%; run sleep 345' 3>&- 4>&- &
	local pid=$!
	await pgrep -xf 'sleep 345'
	kill -9 "$pid"
	wait "$pid" || [ $? = 137 ]
}

@test "a value that is none is one clear error, and nothing is made" {
	need_cpu
	local value
	for value in 0 20%% abc 1e3 99999999999999999999 -5 '""' 5 0.5% 1.2345cpus % cpus; do
		fails 1 --json -c "cgroup cpu $value"
		holds '.[-1].error.id == "limit.value"' || complain "$value"
		fails 1 -c "cgroup cpu $value"
		errs limit.value
	done
	fails 1 -c 'cgroup cpu 20% 5'
	complains '1000 to 1000000'
	fails 1 -c 'cgroup cpu 20% 1000001'
	fails 1 -c 'cgroup cpu 20% x'
	fails 1 -c 'cgroup cpu 1 2 3'
	fails 1 -c 'cgroup cpu'
	errs argument.missing
	fails 1 -c 'cgroup bogus'
	errs argument.choice
	fails 1 -c 'cgroup show more'
}

@test "who has no group to divide is told the ways" {
	need_user
	if [ -w "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cgroup.procs" ]; then
		skip 'a group is delegated to this user'
	fi
	fails 1 -c 'cgroup cpu 20%'
	complains 'as root'
}

@test "no cgroup file system is mounted: each word says that, not that the kernel lacks a controller" {
	need_root
	local line
	for line in 'cgroup pids 20' 'cgroup freeze' 'cgroup show' 'cgroup stat' 'cgroup tree' 'cgroup tree cpu' \
		'cgroup join /x' 'container --pids 5 -- true'; do
		run --separate-stderr timeout "$(deadline 60)" unshare --mount sh -c \
			'umount -R /sys/fs/cgroup 2>/dev/null; ! grep -q " - cgroup" /proc/self/mountinfo || exit 98; exec "$1" --json -c "$2"' \
			sh "$STAVE" "$line" 3>&- 4>&-
		[ "$status" != 98 ] || skip 'cgroups are mounted elsewhere too'
		[ "$status" != 0 ] || complain "$line ended well"
		holds '.[-1].error.id == "cgroup.unmounted"'
	done
}
