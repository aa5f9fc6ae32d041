#!/usr/bin/env bats
# The walls of privilege that a container stands behind: as root, as root with a user namespace,
# and as an ordinary user. What stands is asked of the kernel, from inside.
load common

prepare() {
	need_userns
}

# As one word of a shell within Stave's quotes.
look='grep -E "^(Cap|NoNew|Seccomp:|Groups)" /proc/self/status'

# What a container has: FLAGS...
inside() {
	works -q -c "container $* -- sh -c '$look'"
}

field() { # NAME: its last value in what was printed
	grep -a "^$1:" <<<"$output" | tail -1 | cut -f 2
}

# VALUE of CapInh CapPrm CapEff CapBnd CapAmb.
has_caps() {
	local sets
	sets="$(field CapInh) $(field CapPrm) $(field CapEff) $(field CapBnd) $(field CapAmb)"
	[ "$sets" = "0000000000000000 $1 $1 $1 0000000000000000" ] || complain "capabilities: $sets"
}

# The ways a container is made here.
ways() {
	if is_root; then
		printf '%s\n' '' --userns
	else
		echo ''
	fi
}

@test "a container has eleven capabilities, no_new_privs and a filter" {
	local way
	while read -r way; do
		inside "$way"
		has_caps 00000000800405fb
		[ "$(field NoNewPrivs) $(field Seccomp)" = '1 2' ] || complain "walls of container $way"
	done < <(ways)
}

# own_limits FLAGS...: of the program of a container.
own_limits() {
	works -q -c "container $* -- sh -c 'ulimit -Sn; ulimit -Hn; ulimit -Hc; cat /proc/self/oom_score_adj /proc/sys/user/max_user_namespaces'"
}

@test "a container may open little, leaves no core, goes first, and has no user namespace below its own" {
	local way most here
	here="$(ulimit -Sn) $(ulimit -Hn) $(ulimit -Hc) $(cat /proc/self/oom_score_adj)"
	most=$(cat /proc/sys/user/max_user_namespaces)
	while read -r way; do
		own_limits "$way"
		[[ "${lines[*]:0:4}" = '1024 4096 0 500' ]] || complain "limits of container $way"
		# Without a user namespace of its own it is the host's, which is left alone.
		if is_root && [ -z "$way" ]; then
			[ "${lines[4]}" = "$most" ] || complain "max_user_namespaces"
		else
			[ "${lines[4]}" = 0 ] || complain "max_user_namespaces, container $way"
		fi
		own_limits "$way" --without limits
		[ "${lines[*]:0:4}" = "$here" ] || complain 'limits all the same'
		own_limits "$way" --privileged
		[ "${lines[*]:0:4}" = "$here" ] || complain 'limits with --privileged'
		[ "${lines[4]}" -gt 0 ] || complain 'user namespaces with --privileged'
	done < <(ways)
	[ "$(cat /proc/sys/user/max_user_namespaces)" = "$most" ] || complain 'the host has another limit'
}

@test "limits that are lower than a container's stay" {
	ulimit -n 512
	local way
	while read -r way; do
		run --separate-stderr sh -c 'echo 600 >/proc/self/oom_score_adj; exec "$@"' - "$STAVE" -c 			"set show full; container $way -- sh -c 'ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj'" 3>&- 4>&-
		[ "$status" = 0 ] || complain "failed with $way"
		says $'\n512\n512\n600'
		says 'it is 600 already'
		says -r '512 and 512,[[:space:]]+because'
	done < <(ways)
}

@test "a user namespace in one of a container's own takes more than a filter less" {
	local nested='container --userns --security-opt seccomp=unconfined'
	fails 1 -q -c "$nested -- unshare -U true"
	others_complain 'No space left on device'
	works -q -c "$nested --without limits -- unshare -U true"
}

@test "who joins by exec has the limits of who is in there" {
	local look='ulimit -Sn; ulimit -Hn; ulimit -Hc; cat /proc/self/oom_score_adj'
	works -q -c "container -d --name box -- sleep 60; exec box sh -c '$look'"
	[ "${lines[*]}" = '1024 4096 0 500' ] || complain 'limits of exec'
	mkdir told
	works -q -c "container -d --name box -v $WORK/told:/mnt -- sh -c 'ulimit -n 64; touch /mnt/now; sleep 60'
		!until [ -e told/now ]; do sleep 0.05; done
		exec box sh -c '$look'"
	[ "${lines[*]}" = '64 64 0 500' ] || complain 'limits of exec'
}

@test "the groups of who started it do not come along" {
	need_root
	run --separate-stderr setpriv --groups 4,5,6 "$STAVE" -q -c "container -- grep Groups /proc/self/status" 3>&- 4>&-
	[ "${output//[[:space:]]/}" = Groups: ] || complain 'groups'
}

@test "the walls come in the only right order, each a call of its own" {
	local calls
	works -n -c 'container --user 0 -- true'
	calls=$(grep -oE 'pivot_root|"/proc/sys", "/proc/sys"|KEYCTL_JOIN|PR_CAPBSET_DROP|setgroups\(|setresgid|setresuid|capset|PR_SET_NO_NEW_PRIVS|seccomp|execvpe' <<<"$output" | uniq)
	is_root && local groups=$'\nsetgroups('
	[ "$calls" = "pivot_root
\"/proc/sys\", \"/proc/sys\"
KEYCTL_JOIN
PR_CAPBSET_DROP${groups-}
setresgid
setresuid
capset
PR_SET_NO_NEW_PRIVS
seccomp
execvpe" ] || complain "the order: $calls"
}

@test "--cap-add and --cap-drop, by any spelling, and all" {
	inside --userns --cap-add net_raw --cap-drop CAP_CHOWN --cap-drop kill
	has_caps 00000000800425da
	inside --userns --cap-drop ALL
	has_caps 0000000000000000
	inside --userns --cap-drop all --cap-add Cap_Chown
	has_caps 0000000000000001
	inside --userns --cap-add all --cap-drop chown
	has_caps 000001fffffffffe
}

@test "the filter follows the capabilities" {
	works -q -c 'container --userns --cap-add sys_admin -- sh -c "mount -t tmpfs t /tmp && echo mounted"'
	[ "$output" = mounted ] || complain 'no mount with sys_admin'
	fails 1 -q -c 'container --userns -- mount -t tmpfs t /tmp'
}

@test "--security-opt takes one wall away, --privileged all of them" {
	inside --security-opt no-new-privileges=false
	[ "$(field NoNewPrivs) $(field Seccomp)" = '0 2' ] || complain 'no_new_privs'
	inside --security-opt seccomp=unconfined
	[ "$(field NoNewPrivs) $(field Seccomp)" = '1 0' ] || complain seccomp
	works -q -c 'container --security-opt systempaths=unconfined -- sh -c "wc -c </proc/interrupts"'
	[ "$output" -gt 0 ] || complain 'masked all the same'
	inside --userns --privileged
	[ "$(field NoNewPrivs) $(field Seccomp) $(field CapEff)" = '0 0 000001ffffffffff' ] ||
		complain privileged
}

@test "--user: ids first, and another than root has no capability left" {
	need_root
	works -c 'set show full; container --user 1000:2000 -- sh -c "id -u; id -g; grep -E ^Cap /proc/self/status"'
	says 'setresgid(2000, 2000, 2000)'
	says 'setresuid(1000, 1000, 1000)'
	says $'\n1000\n2000\n'
	[ "$(field CapEff) $(field CapPrm)" = '0000000000000000 0000000000000000' ] || complain caps
	[ "$(field CapBnd)" = 00000000800405fb ] || complain bounding
}

@test "paths that show the host are empty, those that set it read-only" {
	local way
	while read -r way; do
		works -q -c "container $way -- sh -c 'cat /proc/interrupts /proc/timer_list /proc/keys | wc -c; ls /sys/firmware | wc -l; for f in /proc/sys/kernel/core_pattern /proc/irq/default_smp_affinity; do if [ -e \$f ]; then (echo 1 >\$f) 2>/dev/null && echo written; fi; done; true'"
		[ "${output//[[:space:]]/ }" = '0 0' ] || complain "not hidden: container $way"
	done < <(ways)
}

@test "without CMD the child lives behind the walls, and so do its programs" {
	works -c "container; run sh -c '$look'; caps; undo; run sh -c '$look'"
	says 'In none of the sets (30)'
	output=${output%%undone*}
	has_caps 00000000800405fb
	[ "$(field NoNewPrivs) $(field Seccomp)" = '1 2' ] || complain walls
	works -q -c "container; undo; run sh -c '$look'"
	[ "$(field Seccomp)" = 0 ] || complain 'not taken back'
}

@test "a call that the container gave up the right to says so, and how to keep it" {
	fails 1 -c 'container; hostname other'
	errs sethostname.EPERM
	complains -r '--cap-add[[:space:]]+sys_admin'
	works -q -c 'container --cap-add sys_admin; hostname other; run hostname'
	[ "$output" = other ] || complain 'no host name'
}

@test "a wall that cannot be put up ends the container before its program" {
	need_tool strace
	stave -q -c 'container -- true'
	# LeakSanitizer fails under ptrace, and takes the exit status with it.
	local call error ASAN_OPTIONS=detect_leaks=0
	export ASAN_OPTIONS
	for call in capset:EPERM seccomp:EINVAL mount_setattr:EINVAL; do
		error=${call#*:}
		# The shell makes none of these calls itself.
		run --separate-stderr strace -f -qq -o log -e trace="${call%:*}" \
			-e inject="${call%:*}:error=$error" "$STAVE" -q -c 'container -- echo alive' 3>&- 4>&-
		grep -q INJECTED log || continue # an older kernel's way to the same wall
		[ "$status" = 125 ] || complain "$call: ended with $status"
		[ -z "$output" ] || complain "$call: it ran"
		complains "$error"
	done
}

@test "what cannot be asked for is refused, and nothing is made" {
	fails 125 -c 'container --cap-add nosuch -- true'
	errs capability.unknown
	fails 125 -c 'container --cap-drop net_rw -- true'
	complains 'net_raw'
	fails 125 -c 'container --security-opt seccomp=profile.json -- true'
	errs profile.absent
	fails 125 -c 'container --security-opt apparmor -- true'
	complains 'seccomp=unconfined'
}

@test "mask and readonly by hand: shown, named where absent, refused on the host" {
	works -c "$(first)unshare mnt; mask /proc/interrupts; run wc -c /proc/interrupts"
	says 'move_mount(open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE|AT_SYMLINK_NOFOLLOW), "", AT_FDCWD, "/proc/interrupts"'
	says '0 /proc/interrupts'
	works -c "$(first)unshare mnt; mask; readonly"
	says 'Not here, so skipped: /proc/'
	says 'mount("/proc/sys", "/proc/sys", NULL, MS_BIND|MS_REC, NULL)'
	fails 1 -c 'mask'
	errs host.shared
	fails 1 -c "$(first)unshare mnt; mask /nosuch"
	errs path.absent
}

@test "readonly reaches the mounts below" {
	mkdir -p tree/below
	works -q -c "$(first)unshare mnt; mount tmpfs $PWD/tree/below; readonly $PWD/tree
		run sh -c 'touch $PWD/tree/a $PWD/tree/below/b 2>/dev/null; ls $PWD/tree/below $PWD/tree'"
	says_not b$'\n'
	[ ! -e tree/a ]
}

@test "a link is not masked in the place of what it leads to" {
	mkdir folder
	touch file
	ln -s file link
	ln -s folder way
	fails 1 -c "$(first)unshare mnt; mask $PWD/link"
	complains ELOOP
	fails 1 -c "$(first)unshare mnt; mask $PWD/way"
	errs mount.ENOTDIR
}

@test "a /dev/null that is none masks nothing: the step fails" {
	mkdir -p root/dev root/proc
	echo bad >root/dev/null
	fails 1 -c "$(first)unshare mnt pid; chroot $PWD/root; mount proc /proc; mask /proc/interrupts"
	errs move_mount.ENXIO
}

@test "without a /dev/null a file is not masked: the error says so, and its way out works" {
	mkdir -p root/dev root/proc
	run --separate-stderr stave -k --json <<<"$(first)unshare mnt pid
bindmount $PWD/root $PWD/root
mount proc $PWD/root/proc
pivot $PWD/root
mask /proc/interrupts
undo
bindmount /dev $PWD/root/dev
pivot $PWD/root
mask /proc/interrupts"
	holds '[.[] | select(.line == "mask /proc/interrupts") | .ok] == [false, true]'
	holds '[.[] | select(.ok | not)] | length == 1 and
		(.[0].error | .id == "move_mount.ENOENT" and (.why | test("/dev/null")) and (.fix | test("bindmount")))'
}

# ---- exec ----

@test "exec has the walls of the container, whatever those are" {
	local flags
	for flags in '' --userns '--cap-drop all' '--userns --cap-add sys_admin' \
		'--security-opt no-new-privileges=false' '--userns --privileged' '--user 0:0'; do
		works -q -c "container -d --name box $flags -- sleep 60
			exec box grep -E ^(Cap|NoNew|Seccomp:|Uid|Gid|Groups) /proc/1/status
			exec box grep -E ^(Cap|NoNew|Seccomp:|Uid|Gid|Groups) /proc/self/status"
		[ "${#lines[@]}" -ge 20 ] || complain "two statuses: $flags"
		local half=$((${#lines[@]} / 2))
		diff <(printf '%s\n' "${lines[@]:0:half}") <(printf '%s\n' "${lines[@]:half}") ||
			complain "not the same with $flags"
	done
}

@test "exec is the container's user, until it is told another" {
	need_root
	works -q -c 'container -d --name box --user 1000:2000 -- sleep 60
		exec box sh -c "id -u; id -g"; exec -u 7 box id -u; exec -u 0 box grep CapEff /proc/self/status'
	[ "${lines[*]:0:3}" = '1000 2000 7' ] || complain ids
	# Root's in there, but with what the container was given, which is nothing for user 1000.
	says -r 'CapEff:.0000000000000000'
}

@test "exec into somebody else's process gives up what /proc says that one did" {
	need_root
	unshare --mount setpriv --bounding-set=-all,+chown,+setpcap --inh-caps=-all \
		--no-new-privs sleep 61 &
	local pid=$!
	await grep -q sleep "/proc/$pid/comm"
	run --separate-stderr stave -c "set show full; exec $pid grep -E ^(Cap|NoNew) /proc/self/status"
	kill "$pid"
	says 'prctl(PR_CAPBSET_DROP, each but CAP_CHOWN|CAP_SETPCAP)'
	has_caps 0000000000000101
	[ "$(field NoNewPrivs)" = 1 ] || complain no_new_privs
}

@test "setns alone brings none of the walls, and says so" {
	need_root
	works -c 'container -d --name box -- sleep 60; setns box uts'
	says -r 'not[[:space:]]+confined[[:space:]]+as'
	says -r 'no[[:space:]]+seccomp[[:space:]]+filter'
}
