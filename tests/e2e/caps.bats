#!/usr/bin/env bats
# caps and nonewprivs: the five sets and the bit, told and changed, as root and as an ordinary user.
# What changed is always asked of the kernel: /proc/self/status of a program that the child runs.
load common

prepare() {
	need_userns
}

# The five sets as the child's programs have them.
sets='run grep -E ^Cap /proc/self/status'

# The value of a field of status in what was printed, the last one.
field() {
	grep -a "^$1:" <<<"$output" | tail -1 | cut -f 2
}

@test "capabilities are counted against what the kernel has" {
	all=$(($(</proc/sys/kernel/cap_last_cap) + 1))
	for line in 'status' 'unshare user; status' 'container; status'; do
		works -q -c "$line"
		grep -q "of $all in effect" <<<"$output"
	done
}

@test "a new user namespace gives all capabilities, and caps says over what" {
	works -c 'unshare user; caps'
	says 'over processes and ids of its user namespace'
	says 'over nothing: its network namespace is the host'
	says 'only from the initial user namespace, with few exceptions'
	says -r 'net_raw +ep-b-'
}

@test "drop takes from all sets, the bounding set first" {
	works -c "unshare user; caps drop net_raw CAP_MKNOD; $sets"
	says 'prctl(PR_CAPBSET_DROP, each of CAP_NET_RAW|CAP_MKNOD)'
	local set
	for set in CapPrm CapEff CapBnd; do
		[ $((0x$(field $set) & (1 << 13 | 1 << 27))) = 0 ] || complain "$set: $(field $set)"
		[ $((0x$(field $set) & 1)) = 1 ] || complain "$set: $(field $set)"
	done
	says '-net_raw -mknod'
}

@test "keep leaves those named, docker its fourteen" {
	works -q -c "unshare user; caps keep chown kill; $sets"
	[ "$(field CapEff) $(field CapBnd)" = '0000000000000021 0000000000000021' ] || complain sets
	works -q -c "unshare user; caps docker; $sets"
	[ "$(field CapEff) $(field CapBnd)" = '00000000a80425fb 00000000a80425fb' ] || complain sets
}

@test "what changed is told by name, for every set" {
	works -c 'set show full; unshare user; caps drop kill; caps drop chown --set effective; caps ambient setuid'
	says -r 'CapPrm [0-9a-f]{16} -> [0-9a-f]{16}
[^
]*CapEff 000001ffffffffff -> 000001ffffffffdf
[^
]*CapBnd 000001ffffffffff -> 000001ffffffffdf
[^
]*CapPrm CapEff CapBnd: -kill
'
	says -r 'CapEff 000001ffffffffdf -> 000001ffffffffde
[^
]*CapEff: -chown
'
	says -r 'CapInh 0+ -> 0+80
[^
]*CapAmb 0+ -> 0+80
[^
]*CapInh CapAmb: [+]setuid'
	# The bounding set was full before: it is no part of what is gained.
	! is_root || return 0
	works -c 'unshare user'
	says -r "CapPrm CapEff: [+][0-9]+, now all"
}

@test "dropped from the effective set alone, execve gives it back to root" {
	works -c "unshare user; caps drop chown --set effective; $sets"
	says '-chown'
	[ $((0x$(field CapEff) & 1)) = 1 ] || complain 'root got none back'
	says 'execve(2) left the program effective 0x1ffffffffff +chown'
	works -q -c 'unshare user; caps drop chown --set effective; caps add chown; caps'
	says -r 'chown +ep-b-'
}

@test "ambient ones stay with a program that is not root's" {
	need_root
	works -q -c 'unshare user --map 0:0:2000; caps ambient net_raw; run -u 1000 grep -E ^Cap /proc/self/status'
	[ "$(field CapEff)" = 0000000000000000 ] || complain 'setuid keeps none'
	says_not 'left the program'
	works -c 'unshare user --map 0:0:2000; run -u 1000 true'
	says 'setresuid(2) and execve(2) left the program effective 0 -41, permitted 0 -41'
	works -q -c 'unshare user; caps ambient net_raw; run grep -E ^Cap /proc/self/status'
	[ "$(field CapAmb) $(field CapInh)" = '0000000000002000 0000000000002000' ] || complain sets
}

@test "what spawn starts has the walls that run's program has, and the report says so" {
	local fields="sh -c \"grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status; mkdir $WORK/made || :; sleep 60\""
	works -c "unshare user; caps drop kill chown --set effective; nonewprivs; seccomp deny mkdir
		run ${fields/; sleep 60/}"
	local by_run
	by_run=$(grep -aE '^(Cap|NoNew|Seccomp:)' <<<"$output")
	[ "$(field NoNewPrivs) $(field Seccomp)" = '1 2' ] || complain 'run'
	others_complain 'Operation not permitted'
	says -r 'execve\(2\) left the program effective 0x[0-9a-f]+ [+]chown [+]kill'
	local report=${BASH_REMATCH[0]}
	works -c "unshare user; caps drop kill chown --set effective; nonewprivs; seccomp deny mkdir
		spawn $fields; run sleep 0.5; jobs 1"
	[ "$(grep -aE '^(Cap|NoNew|Seccomp:)' <<<"$output")" = "$by_run" ] || complain 'spawn'
	others_say 'Operation not permitted'
	says "$report"
	[ ! -e made ]
}

@test "undo gives them back, redo takes them again" {
	works -q -c "unshare user; caps keep chown; undo; $sets"
	[ "$(field CapEff)" != 0000000000000001 ] || complain 'not taken back'
	works -q -c "unshare user; caps keep chown; undo; redo; $sets"
	[ "$(field CapEff)" = 0000000000000001 ] || complain 'not made again'
}

@test "nonewprivs: shown, and the programs have it" {
	works -c 'nonewprivs; run grep NoNewPrivs /proc/self/status; nonewprivs'
	says 'prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)'
	says 'NoNewPrivs 0 -> 1'
	[ "$(field NoNewPrivs)" = 1 ] || complain 'no bit'
	says 'no_new_privs is on already'
}

@test "what cannot be said gets a reason, and changes nothing" {
	fails 1 -c 'unshare user; caps drop chwn'
	errs capability.unknown
	complains 'chown'
	fails 1 -c 'caps drop'
	errs argument.missing
	fails 1 -c 'caps drpo chown'
	complains 'drop'
	fails 1 -c 'unshare user; caps drop chown; caps add chown'
	errs capability.absent
	fails 1 -c 'unshare user; caps drop chown --set nosuch'
	complains 'effective, permitted, inheritable, bounding'
	fails 1 -c 'unshare user; caps add chown --set bounding'
	errs option.conflict
}

@test "an ordinary user is told what lowering the bounding set takes" {
	need_user
	fails 1 -c 'caps drop chown'
	complains 'it needs CAP_SETPCAP'
	complains 'unshare user'
}

@test "--json has the sets before and after" {
	works --json -c 'unshare user; caps keep chown; nonewprivs; seccomp deny mkdir'
	holds '.[1].privileges | .effective == "0000000000000001" and .bounding == "0000000000000001" and .changed'
	holds '.[2].privileges | .no_new_privs and .changed and .seccomp == 0'
	holds '.[3].privileges | .seccomp == 2 and .changed'
	holds '.[1].privileges | (.before.bounding | endswith("ffffffff")) and .before.seccomp == 0'
	holds '.[1].privileges | .gained == {} and (.lost | keys) == ["bounding", "effective", "permitted"]'
	holds '.[1].privileges.lost.bounding | index("kill") and (index("chown") | not)'
	holds '.[2].privileges | .before.no_new_privs == false and .lost == {} and .gained == {}'
	holds '.[3].privileges.before | .seccomp == 0 and .no_new_privs'
	works --json -c 'unshare user; caps ambient kill; caps'
	holds '.[1].privileges.gained == {inheritable: ["kill"], ambient: ["kill"]}'
	holds '.[2].privileges | .changed == false and .before == null and .lost == {} and .gained == {}'
}

# A world with programs of its own, and what a program in it has.
world='unshare user mnt pid; rootfs busybox /mnt; mount proc /mnt/proc; pivot /mnt; run cp /bin/busybox /tmp/grep'

@test "noroot: user 0 is a user like others to execve" {
	works -q -c "$world; securebits noroot; $sets"
	[ "$(field CapEff) $(field CapPrm)" = '0000000000000000 0000000000000000' ] || complain sets
	[ "$(field CapBnd)" != 0000000000000000 ] || complain bounding
	works -q -c "$world; securebits noroot; securebits none; $sets"
	[ "$(field CapEff)" != 0000000000000000 ] || complain 'not given back'
	fails 1 -c 'unshare user; securebits noroot --lock; securebits none'
	errs prctl.EPERM
	fails 1 -c 'unshare user; securebits --lock'
	errs option.conflict
	fails 1 -c 'unshare user; securebits nosuch'
	works -q -c 'securebits'
	# What is shown is what the child itself answers.
	works --json -c 'securebits; unshare user; securebits keep_caps no_setuid_fixup noroot; securebits; securebits noroot --lock; securebits'
	holds '[.[0, 3].output | split("\n")[] | select(test("^ [a-z_]+ +set")) | split(" ")[1]] == ["none", "noroot", "no_setuid_fixup", "keep_caps"]'
	holds '.[-1].output | test("noroot +set, ")'
}

@test "a file gives what it has, in its three forms, and is asked for it" {
	works -q -c "$world; securebits noroot; filecaps /tmp/grep kill; run /tmp/grep CapEff /proc/self/status"
	[ "$(field CapEff)" = 0000000000000020 ] || complain effective
	works -q -c "$world; securebits noroot; filecaps /tmp/grep kill --no-effective; run /tmp/grep -E CapEff\|CapPrm /proc/self/status"
	[ "$(field CapEff) $(field CapPrm)" = '0000000000000000 0000000000000020' ] || complain permitted
	works -q -c "$world; securebits noroot; filecaps /tmp/grep kill --inheritable; run /tmp/grep CapEff /proc/self/status
		caps add kill --set inheritable; run /tmp/grep CapPrm /proc/self/status"
	[ "$(field CapEff) $(field CapPrm)" = '0000000000000000 0000000000000020' ] || complain inheritable
	works -q -c "$world; check file /tmp/grep caps only none; filecaps /tmp/grep kill chown; filecaps /tmp/grep
		check file /tmp/grep caps only kill chown and not file /tmp/grep caps only kill
		filecaps /tmp/grep --remove; check file /tmp/grep caps only none; filecaps /tmp/grep"
	says ' /tmp/grep cap_chown,cap_kill=ep'
	fails 1 -c "$world; filecaps /tmp/grep kill --remove"
	errs option.conflict
	fails 1 -c "$world; filecaps /tmp kill"
	errs path.kind
}

# The kind: an attribute outlives the session, on whatever mount the host's file is seen.
@test "no file of the host's gets capabilities" {
	cp /bin/true mine
	fails 1 -c "unshare user mnt; filecaps $PWD/mine kill"
	errs host.shared
	fails 1 -c "unshare user mnt; mount tmpfs /mnt; run touch /mnt/there; bindmount $PWD/mine /mnt/there; filecaps /mnt/there kill"
	errs host.shared
	fails 1 -c "filecaps $PWD/mine kill"
	errs host.shared
	fails 1 -c "unshare user mnt; chroot $PWD; filecaps /mine kill"
	errs host.shared
	[ -z "$(getcap mine 2>/dev/null)" ]
}
