#!/usr/bin/env bats
# caps learn: the fewest capabilities that a program needs, found by taking them away.
load common

prepare() {
	need_userns
}

found() { pick '.[-1].output | fromjson'; }

@test "the fewest are found, and each is proven" {
	local program expected wrong=''
	while IFS='|' read -r program expected; do
		run --separate-stderr stave -k --json -c "caps learn --json --seconds 60 -- $program"
		[ "$(found | jq -c .capabilities)" = "$expected" ] &&
			[ "$(found | jq '(.capabilities | length) == ([.without[] | select(. != 0)] | length)')" = true ] ||
			wrong+="$program: $(pick -c '.[-1] | .output, .error')"$'\n'
	done <<'END'
true|[]
chroot / true|["sys_chroot"]
sh -c "chroot / true && chroot / true"|["sys_chroot"]
sh -c "mkdir /tmp/x && chown 0:0 /tmp/x && exec chroot / true"|["sys_chroot"]
unshare --uts true|["sys_admin"]
unshare --uts chroot / true|["sys_chroot","sys_admin"]
END
	[ -z "$wrong" ] || complain "$wrong"
}

@test "a child that control groups limit is limited in the sandbox" {
	need_root
	works -k --json -c 'cgroup pids 20; caps learn --json --seconds 60 -- chroot / true'
	[ "$(found | jq -c .capabilities)" = '["sys_chroot"]' ]
	# More than the limit lets begin.
	run --separate-stderr stave -k --json -c 'cgroup pids 5; caps learn --json --seconds 60 -- sh -c "for i in 1 2 3 4 5 6 7 8; do sleep 1 & done"'
	holds '.[-1].error.id == "try.stays"'
}

@test "where the kernel can be listened to, they are searched for among those that it was asked about" {
	need_root
	listens || skip 'the kernel cannot be listened to here'
	works -k --json -c 'caps learn --json --seconds 60 -- unshare --uts chroot / true'
	[ "$(found | jq '[.asked, .capabilities] | (.[0] | length < 10) and (.[1] - .[0] == [])')" = true ]
	await heard_by_the_living
}

# Other instances are of tests that run beside this one, whose shells live, or have just ended.
heard_by_the_living() {
	local name
	for name in /sys/kernel/tracing/instances/stave-*; do
		name=${name##*/stave-} && name=${name%-kill}
		[ "$name" = '*' ] || [ -d "/proc/$name" ] || return
	done
}

# Whether the kernel's testimony can be had, as why --kernel has it.
listens() {
	run --separate-stderr stave -q -k -c 'unshare uts; caps drop sys_chroot; run chroot / true; why --kernel --json'
	[ -n "$output" ] && jq -e '.refused | length > 0' <<<"$output" >/dev/null
}

# None is asked for by who reads its own sets, so that the others have to be tried.
@test "one that was not asked about is found all the same" {
	local line='caps learn --json --seconds 60 -- sh -c "grep -q ^CapEff:.*[13579bdf]$ /proc/self/status"'
	works -k --json -c "$line"
	[ "$(found | jq -c .capabilities)" = '["chown"]' ]
}

@test "a container with what was learned runs the program, and with one fewer it does not" {
	local options capability
	works -k --json -c 'caps learn --json --seconds 60 -- unshare --uts chroot / true'
	options=$(found | jq -r .options)
	works -q -c "container $options -- unshare -u chroot / true"
	for capability in $(found | jq -r '.capabilities[]'); do
		run --separate-stderr stave -q -k -c "container ${options/ --cap-add $capability/} -- unshare -u chroot / true"
		[ "$status" != 0 ] || complain "without $capability it runs"
	done
}

@test "in the child as it stands" {
	works -k --json -c 'unshare user mnt; caps drop kill
caps learn --json -- mount -t tmpfs none /mnt'
	[ "$(found | jq -c .capabilities)" = '["sys_admin"]' ]
	fails 1 -k -c 'unshare user; caps drop sys_chroot; caps learn -- chroot / true'
	errs try.stays
	complains 'run CMD'
}

@test "what cannot be told is said" {
	fails 1 -c 'caps learn -- false'
	errs try.stays
	fails 1 -c 'caps learn --seconds 0 -- true'
	errs option.number
	fails 1 -c 'unshare user; caps drop all; caps learn -- true'
	errs capability.absent
	fails 1 -c 'caps learn --seconds 1 -- sleep 100'
	errs try.stays
}

@test "nothing of it reaches the host" {
	mkdir folder
	works -q -c "$(first)unshare mnt; caps learn --seconds 60 -- sh -c 'echo x >$WORK/folder/x'"
	[ ! -e folder/x ]
	works -q -c 'plan caps learn -- true'
}

@test "a program that is not there is told as that" {
	fails 1 --json -c "unshare user; caps learn -- nosuchprogram"
	holds '.[-1].error | .id == "try.stays" and (.why | contains("ENOENT"))'
}
