#!/usr/bin/env bats
# cgroup weight, memory, pids, io, cpuset, ...: every controller, on whatever layout there is.
load common

# Skips where this user has no groups to make, or the machine lacks the controller.
need_limit() { # NAME COMMAND, the name as in /proc/cgroups
	awk -v name="$1" '$1 == name && $4 == 1 { found = 1 } END { exit !found }' /proc/cgroups ||
		skip "this kernel has no controller $1"
	is_root || stave -n -q -c "$2" >/dev/null 2>&1 || skip "no group of $1 is this user's to make"
}

# Whether the groups of a controller are on v2.
on_v2() {
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null
}

disk() {
	local number
	for number in /sys/block/*/dev; do
		[ ! -e "${number%/dev}/size" ] || [ "$(<"${number%/dev}/size")" = 0 ] || cat "$number"
	done | head -n 1
}

@test "a weight is shares by the kernel's conversion" {
	need_limit cpu 'cgroup weight 200'
	works -c 'cgroup weight 200; cgroup show'
	says -r 'cpu.shares 2048 on cgroup v1[[:space:]]+is[[:space:]]+cpu.weight 200 on v2'
	says -r 'reads back (200|2048)'
	says -r '200 \(2048 shares\)|2048 shares \(weight 200\)'
}

@test "a burst and idle, where the kernel has them" {
	need_limit cpu 'cgroup cpu 20%'
	if [ "$(printf '5.15\n%s' "$(uname -r)" | sort -V | head -n 1)" = 5.15 ]; then
		works -c 'cgroup cpu 20%; cgroup burst 10000; cgroup idle on'
		says 'reads back 10000'
		fails 1 -c 'cgroup idle on; cgroup weight 50'
		errs write.EINVAL
		fails 1 -c 'cgroup cpu 20%; cgroup burst 30000'
		errs write.EINVAL
	else
		fails 1 -c 'cgroup burst 10000'
		complains -r 'came with Linux 5\.14'
	fi
}

@test "a memory hog is killed alone" {
	need_limit memory 'cgroup memory 64M'
	local hog='run sh -c "x=0123456789; while :; do x=\$x\$x; done"'
	run stave -q -c "cgroup memory 64M; $hog"
	[ "$status" = 137 ]
	run stave -q -k -c "cgroup memory 64M; $hog
		cgroup show
		run echo the child lives"
	says -r 'killed [1-9]'
	says 'the child lives'
}

@test "memory takes high, swap and oom-group where the version has them" {
	need_limit memory 'cgroup memory 64M'
	if on_v2 memory; then
		works -c 'cgroup memory 64M --high 48M --swap 16M --oom-group; cgroup show'
		says 'memory.high'
		says 'reads back 50331648'
		says 'reads back 1'
	else
		fails 1 -c 'cgroup memory 64M --high 48M'
		complains 'memory.soft_limit_in_bytes'
		fails 1 -c 'cgroup memory 64M --oom-group'
		complains 'memory.oom.group'
		works -q -c 'cgroup memory 128M; cgroup memory 64M; cgroup memory 256M; cgroup show'
		says -r 'memory +256.0 MiB'
	fi
}

@test "a fork bomb stops at the limit, and the shell goes on" {
	need_limit pids 'cgroup pids 20'
	run timeout "$(deadline 60)" "$STAVE" -q -k -c 'cgroup pids 20
		run sh -c "bomb() { bomb | bomb & }; bomb; sleep 1"
		cgroup show
		cgroup kill
		run echo the child lives' 3>&- 4>&-
	says -r 'processes +20 +[0-9]+ +refused [1-9]'
	says 'the child lives'
}

@test "fork number N+1 is refused at pids N" {
	need_limit pids 'cgroup pids 10'
	# The child, its sh, and eight more.
	works -q -c 'cgroup pids 10; run sh -c "for i in 1 2 3 4 5 6 7 8; do sleep 30 & done; cgroup=ok; echo \$cgroup"; cgroup kill'
	says ok
	run stave -q -k -c 'cgroup pids 10; run sh -c "for i in 1 2 3 4 5 6 7 8 9; do sleep 30 & done; echo ok"; cgroup kill'
	says_not ok
}

@test "cpuset binds to CPUs that there are" {
	need_limit cpuset 'cgroup cpuset 0'
	works -q -c 'cgroup cpuset 0; run grep Cpus_allowed_list /proc/self/status'
	says -r 'Cpus_allowed_list:.0$'
	fails 1 -c 'cgroup cpuset 999'
	errs limit.value
	fails 1 -c 'cgroup cpuset 0 77'
	errs limit.value
	fails 1 --json -c 'cgroup cpuset a'
	holds '.[-1].error.id == "limit.list"'
}

@test "io takes a disk by number and by path" {
	need_limit blkio 'cgroup io weight=100'
	[ -n "$(disk)" ] || skip 'this machine has no disk'
	works -c "cgroup io $(disk) rbps=1M wiops=100; cgroup show"
	says 'reads back'
	says 1048576
	says -r 'bytes read/s +[0-9]+:[0-9]+ 1048576'
	says -r 'writes/s +[0-9]+:[0-9]+ 100'
	works -q -c "cgroup io $(disk) rbps=1M; cgroup io $(disk) rbps=max; cgroup show"
	says_not 1048576
	fails 1 --json -c 'cgroup io /dev/null rbps=1M'
	holds '.[-1].error.id == "limit.device"'
	fails 1 --json -c 'cgroup io 4095:7 rbps=1M'
	holds '.[-1].error.id == "limit.device"'
	fails 1 -c "cgroup io $(disk) rpbs=1M"
	complains 'rbps='
	fails 1 -c "cgroup io $(disk) rbps=0"
	errs limit.value
	fails 1 -c "cgroup io $(disk)"
	complains "no limit on the disk $(disk) is given"
	local path
	path=/dev/$(basename "$(readlink "/sys/dev/block/$(disk)")")
	[ -b "$path" ] || return 0
	works -q -c "cgroup io $path wiops=70; cgroup show"
	says -r "writes/s +$(disk) 70"
	fails 1 -c "cgroup io $(basename "$path") wiops=70"
	complains "did you mean $path?"
}

@test "a bad value is one clear error and changes nothing" {
	local line
	for line in 'memory -1' 'memory 0' 'memory 1e9G' 'memory 20%%' 'memory' 'pids 0' 'pids -1' 'pids x' \
		'weight 0' 'weight 10001' 'burst -1' 'idle maybe' 'cpuset -1' 'memory 64M 1 2' 'pids 20 30' \
		'freeze 1' 'pids 20 --high 1M' 'memory 64M --high -1' 'join' 'join relative' \
		'join /sys/fs/cgroup/no/such/group' 'tree nonsense' 'io rbps=1'; do
		fails 1 -c "cgroup $line"
		[ "$(grep -c '^stave: ' <<<"$stderr")" = 1 ] || complain "not one error for: $line"
	done
	fails 1 -c 'cgroup memroy 64M'
	complains 'memory'
	fails 1 -c 'cgroup tree memry'
	complains 'memory'
}

# mark COLUMN LINE: what is wrong in LINE begins at COLUMN of it.
mark() {
	local column
	fails 1 -c "$2"
	column=$(sed -n '3s/[^ ].*//p' <<<"$stderr")
	[ $((${#column} - 1)) = "$1" ] || complain "the mark is at $((${#column} - 1)): $2"
}

@test "the word that is wrong is the one that is marked" {
	mark 15 'cgroup memory -1'
	mark 26 'cgroup memory 64M --swap -1'
	mark 26 'cgroup memory 64M --high 1e9G'
	mark 16 'cgroup cpu 20% 5'
	mark 12 'cgroup cpu 20%%'
	mark 11 'cgroup io 4095:7 rbps=1M'
}

@test "who has no groups to make is told whose they are and the ways" {
	need_user
	! stave -n -q -c 'cgroup pids 20' 2>/dev/null || skip 'a group is delegated to this user'
	local line
	for line in 'pids 20' 'memory 64M' 'weight 50' 'freeze'; do
		fails 1 -c "cgroup $line"
		complains 'as root'
	done
	fails 1 -c 'cgroup join /'
	complains 'as root'
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		fails 1 -c 'cgroup cpu 20%'
		complains 'systemd-run --user --scope -p Delegate=yes'
		complains 'user@.service.d/delegate.conf'
	else
		! find_text stderr systemd-run >/dev/null || complain 'that is for cgroup v2'
	fi
}

@test "a container has its limits, says its group, and leaves none" {
	need_limit pids 'cgroup pids 20'
	need_tool busybox
	need_userns
	is_root || stave -n -q -c 'cgroup cpu 20%' >/dev/null 2>&1 || skip 'cpu is not delegated to this user'
	works -c 'set show full; container --cpu 20% --cpu-weight 50 --memory 64M --swap 8M --pids 20; limits'
	says -r '/cgroup +[a-z]*:? ?[^ ]* -> [^ ]*/stave-[0-9]+-0'
	says -r 'CPU time +20000 of each 100000 us \(20 % of a CPU\) +0\.[0-9]+ s '
	says -r 'processes +20 '
	says -r 'memory +64.0 MiB'
	says -r 'swap +(72.0|8.0) MiB'
	fails 125 --json -c 'container --memory 1e9G -- true'
	holds '.[-1].error.id == "limit.value"'
	fails 125 --json -c 'container --io nothing,rbps=1 -- true'
	holds '.[-1].error.id == "limit.device"'
}

@test "a limit that is set anew on a container is the container's" {
	need_limit pids 'cgroup pids 20'
	need_tool busybox
	need_userns
	works -q -c 'container --pids 20; cgroup pids 30; cgroup show; undo; cgroup show'
	says -r 'processes +30 .*processes +20 '
}

@test "exec joins the container's group" {
	need_limit pids 'cgroup pids 20'
	need_tool busybox
	need_userns
	works -q -c 'container -d --pids 20 --name box -- sleep 60; exec box cat /proc/self/cgroup; !sleep 0.1'
	# From inside, the group is the root of the cgroup namespace.
	says -r '(pids.*|0:):/$'
}

@test "limits shows groups and rlimits" {
	need_limit pids 'cgroup pids 20'
	works -q -c 'cgroup pids 20; limits; limits host'
	says -r 'processes +20 +1 +refused 0'
	says -r 'open files +[0-9]+'
	says 'pids.max'
	fails 1 -c 'limits 4194303'
}

@test "a group by hand: new makes an empty one, set writes its files, undo takes both back" {
	need_limit pids 'cgroup pids 50'
	works --json -c 'cgroup new box; cgroup pids 50; cgroup set pids.max=20; run cat /proc/self/cgroup'
	local made
	made=$(jq -rs '.[0].ops[] | select(.op == "mkdir") | .call' <<<"$output" | head -1)
	[[ $made == *-box\"* ]]
	[[ $(jq -rs '.[2].ops[-1].call' <<<"$output") == *'pids.max"), "20")' ]]
	fails 1 -c 'cgroup set pids.max'
	fails 1 -c 'cgroup pids 50; cgroup set pids.nosuch=1'
	fails 1 -c 'cgroup set ../pids.max=1'
	fails 1 -c 'cgroup set cgroup.procs=1'
	fails 1 -c 'cgroup new a/b'
}
