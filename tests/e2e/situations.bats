#!/usr/bin/env bats
# The table in `situations`: what fails in which state, and the cause and the way out that are told. Each row
# asserts ids and the kernel's errno, never a sentence.
load common

ROWS=$HERE/situations
LONG=$(printf '%0300d' 0)
LAYERS=$(seq -s : 502)
DISK=$(lsblk -dnpo NAME -e 1,7,11,253 2>/dev/null | head -n 1)
LONG_PATH=$(printf '%099d/' {1..50})

prepare() {
	need_userns
}

# The rows of a table whose names begin so, without the blanks around their columns. Not by a loop of the shell's: bats
# has a trap before each of its commands.
table() { # FILE [BEGIN]
	sed -E '/^#/d; s/[[:blank:]]*\|[[:blank:]]*/|/g; s/^[[:blank:]]+//; s/[[:blank:]]+$//' "$1" | grep "^${2-}"
}

# memory's version of control groups, as the shell sees them: 1, 2 or 0
memory_version() {
	if grep -qsw memory /sys/fs/cgroup/cgroup.controllers; then echo 2
	elif [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then echo 1
	else echo 0
	fi
}

# Whether a row for WHO is to be run by whoever runs this, here.
is_for() { # WHO
	local need
	case $1 in
	root* | dropped*) is_root || return 1 ;;
	user*) ! is_root || return 1 ;;
	esac
	for need in ${1//+/ }; do
		case $need in
		root | user | both | dropped | unmapped) ;;
		v1) [ "$(memory_version)" = 1 ] || return 1 ;;
		v2) [ "$(memory_version)" = 2 ] || return 1 ;;
		loop) losetup -f >"$WORK/loop" 2>&1 || return 1 ;;
		fuse) [ -r /dev/fuse ] && [ -w /dev/fuse ] && grep -qw fuse /proc/filesystems || return 1 ;;
		ext4) grep -qw ext4 /proc/filesystems || return 1 ;;
		closed) ! readlink /proc/1/ns/mnt >"$WORK/closed" 2>&1 || return 1 ;;
		vlan) [ -d /sys/module/8021q ] || modinfo 8021q >"$WORK/vlan" 2>&1 || return 1 ;;
		novlan) [ ! -d /sys/module/8021q ] && ! modinfo 8021q >"$WORK/vlan" 2>&1 || return 1 ;;
		netem) modinfo sch_netem >"$WORK/netem" 2>&1 && command -v tc >"$WORK/netem" || return 1 ;;
		reserved) [ "$(</proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || return 1 ;;
		tmpfsquota) unshare -m mount -t tmpfs -o usrquota none "$WORK" 2>"$WORK/quota" || return 1 ;;
		disk) [ -n "$DISK" ] || return 1 ;;
		restricted) [ -e /dev/kmsg ] && [ "$(</proc/sys/kernel/dmesg_restrict)" = 1 ] || return 1 ;;
		tiocsti) [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>"$WORK/tiocsti" || echo 1)" = 1 ] || return 1 ;;
		notiocsti) [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>"$WORK/tiocsti" || echo 1)" = 0 ] || return 1 ;;
		devmem) [ -e /dev/mem ] || return 1 ;;
		landlock) stave -q -c landlock >"$WORK/landlock" 2>&1 || return 1 ;;
		hybrid) [ -e /sys/fs/cgroup/unified/cgroup.procs ] && [ -d /sys/fs/cgroup/pids ] || return 1 ;;
		'<'*) ! printf '%s\n' "${need#<}" "$(uname -r)" | sort -CV || return 1 ;;
		[1-9]*) printf '%s\n' "$need" "$(uname -r)" | sort -CV || return 1 ;;
		*) command -v "$need" >/dev/null || return 1 ;;
		esac
	done
}

repeated() { # TIMES LINE
	local all
	all=$(printf "$2; %.0s" $(seq "$1"))
	echo "${all%; }"
}

# A process that has ended, and whose parent does not wait for it.
begin_zombie() {
	sh -c 'sleep 0.2 & echo $! >"$1"; exec sleep 60' - "$WORK/zombie" 3>&- 4>&- &
	holder=$!
	await is_zombie
}
is_zombie() { grep -qs '^State:	Z' "/proc/$(<"$WORK/zombie")/status"; }

# With the row's folder, and for who this is.
filled() { # LINES
	local lines=$1
	[[ $lines != *%Y* ]] || lines=${lines//%Y/$(printf '%%D/a/%0180d ' {1..30})}
	lines=${lines//%D/$folder}
	lines=${lines//%P/$$}
	lines=${lines//%G//sys/fs/cgroup/$OWN_GROUP}
	lines=${lines//%V/$OWN_GROUP}
	lines=${lines//%I/$EUID}
	lines=${lines//%L/$LONG}
	lines=${lines//%M/$LONG_PATH}
	lines=${lines//%E/$HERE}
	lines=${lines//%O/$LAYERS}
	lines=${lines//%K/$DISK}
	[[ $lines != *%Z* ]] || lines=${lines//%Z/$(<"$WORK/zombie")}
	while [[ $lines =~ %x([0-9]+)\ ([^;$'\n']*) ]]; do
		lines=${lines/"${BASH_REMATCH[0]}"/$(repeated "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}")}
	done
	lines=${lines//;;/$'\n'}
	echo "${lines//%U/$(first)}"
}

# told FILTER [JQ-OPTION...]: of what a row's lines printed: how its state came to be, how its last line ended, and
# whether that is as FILTER, which sees all three, has it.
told() {
	local filter=$1
	shift
	stave -k --json -c "$(filled "$(<"$WORK/row")")" 2>/dev/null | jq -cs "$@" '
		(if any(.[:-1][]; .ok | not) then "a line of the state failed" else null end) as $state |
		.[-1] | {ok, $state, error: (.error // {} | {errno, cause, why: (if .errno == null and .why == "" then .what else .why end), fix})} |
		. + {right: ('"$filter"')}'
}

judge() { # STATE LINE ERRNO CAUSE FIX CURE
	local told holder=
	new_folder
	[[ $2 != *%Z* ]] || begin_zombie
	printf '%s\n' "$1" "$2" >"$WORK/row"
	told=$(told '.state == null and (.error | (.errno // "-") == $code and .cause == $cause and .why != "" and (.fix | contains($fix)))' \
		--arg code "$3" --arg cause "$4" --arg fix "$(filled "$5")")
	[ -z "$holder" ] || kill "$holder"
	[[ $told == *'"right":true'* ]] || { echo "$told"; return 1; }
	[ -n "$6" ] || return 0
	new_folder
	if [ "$6" = = ]; then
		printf '%s\n' "$1" "$2" "$5" >"$WORK/row"
	else
		printf '%s\n' "$1" "$2" "${6//%F/$5}" "$2" >"$WORK/row"
	fi
	told=$(told .ok)
	[[ $told == *'"right":true'* ]] || { echo "not cured by $6: $told"; return 1; }
}

new_folder() {
	remove_groups
	folder=$(mktemp -d "$WORK/row.XXXXXX")
	chmod 755 "$folder"
	mkdir "$folder"/{a,b,c}
	printf '#!/bin/sh\n' >"$folder/f"
}

# Those that rows have made. Processes that ended a moment ago are in them for a moment more.
remove_groups() {
	local group
	for group in /sys/fs/cgroup/{,*/}"$OWN_GROUP"; do
		[ ! -d "$group" ] || await removed "$group"
	done
}

removed() { # GROUP: it and the groups below it
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || [ ! -d "$1" ]
}

# All rows whose names begin with SUBJECT/; those that fail are told in the end.
rows() { # SUBJECT
	local name who state line code cause fix cure told failed='' count=0
	while IFS='|' read -r name who state line code cause fix cure; do
		is_for "$who" || continue
		count=$((count + 1))
		told=$(judge "$state" "$line" "$code" "$cause" "$fix" "$cure") || failed+="$name: $told"$'\n'
	done < <(table "$ROWS" "$1/")
	remove_groups
	if [ -n "$failed" ]; then
		printf 'not as the table says:\n%s' "$failed"
		return 1
	fi
	[ $count -gt 0 ] || skip 'no row of these is for this user and machine'
}

# The last call of the program with this name and errno, and what why says then: see the table in `refusals`.
judge_call() { # STATE PROGRAM CALL ERRNO WALL CAUSE FIX
	local told
	new_folder
	printf '%s\n' "$1" "trace --failed $2" why >"$WORK/row"
	told=$(stave -k --json -c "$(filled "$(<"$WORK/row")")" 2>/dev/null | jq -cs --arg call "$3" --arg code "$4" '
		(if any(.[:-2][]; .ok | not) then "a line of the state failed" else null end) as $state |
		([.[-2].trace.calls[]? | select(.name == $call and .errno == $code)] | last) as $found |
		{$state, call: ($found | {wall, cause, why}), told: (.[-1].output | gsub("\n *"; " "))}')
	jq -e --arg wall "$5" --arg cause "$6" --arg fix "$(filled "$7")" '.state == null and (.call.wall // "-") == $wall and
		(.call.cause // "-") == $cause and (.call.why != "" or $cause == "-") and (.told | contains($fix))' <<<"$told" >"$WORK/row" || {
		echo "$told"
		return 1
	}
}

@test "calls of programs" {
	local name who state program call code wall cause fix told failed='' count=0
	while IFS='|' read -r name who state program call code wall cause fix; do
		is_for "$who" || continue
		count=$((count + 1))
		told=$(judge_call "$state" "$program" "$call" "$code" "$wall" "$cause" "$fix") || failed+="$name: $told"$'\n'
	done < <(table "$HERE/refusals")
	remove_groups
	[ -z "$failed" ] || complain "not as the table says: $failed"
	[ $count -gt 20 ]
}

@test "unshare" { rows unshare; }
@test "time" { rows time; }
@test "mounts" { rows mount; }
@test "binds" { rows bind; }
@test "umount" { rows umount; }
@test "propagation" { rows propagation; }
@test "overlays" { rows overlay; }
@test "pivot" { rows pivot; }
@test "files and folders" { rows file; }
@test "programs" { rows exec; }
@test "host names" { rows hostname; }
@test "networks" { rows net; }
@test "control groups" { rows cgroup; }
@test "filters" { rows seccomp; }
@test "Landlock" { rows landlock; }
@test "joining namespaces" { rows setns; }
@test "capabilities" { rows caps; }
@test "maps of ids" { rows idmap; }

# Nobody can read a filter of another's: what it refuses is tried.
@test "a filter around the shell is named where it refuses, and not where it lets pass" {
	local call line cause
	while IFS='|' read -r call line cause; do
		run --separate-stderr stave -k --json -c "$(first)nonewprivs; seccomp deny $call; run -- $STAVE -k --json -c \"$line\""
		jq -es --arg cause "$cause" '[.[] | .output // empty | split("\n")[] | fromjson? // empty] | .[-1].error.cause == $cause' \
			<<<"$output" >/dev/null || complain "$call: $(pick '[.[].output // empty | split("\n")[] | fromjson? // empty] | .[-1].error')"
	done <<'END'
mount|unshare user mnt|seccomp.outer
unshare|unshare user|seccomp.outer
sethostname|unshare user uts; hostname x|seccomp.outer
keyctl|keyring|seccomp.outer
acct|unshare user; caps drop sys_admin; unshare uts|caps.given-up
END
}
# What a shell finds that is started in another place: see the table in `places`.
@test "what the place around the shell lacks is told" {
	local name who place line code cause fix options wrong='' count=0
	while IFS='|' read -r name who place line code cause fix; do
		is_for "$who" || continue
		count=$((count + 1))
		new_folder
		options=-m
		case $who in
		unmapped*) options=-U ;;
		user* | both*) is_root && [[ $who == both* ]] || options=-rm ;;
		esac
		run --separate-stderr unshare $options sh -c "cd $folder; $(filled "$place")$(dropping "$who")"'; exec "$@"' - "$STAVE" -k --json -c "$(filled "$line")" 3>&-
		jq -es --arg code "$code" --arg cause "$cause" --arg fix "$(filled "$fix")" '.[-1].error | (.errno // "-") == $code and .cause == $cause and
			.why != "" and (.fix | contains($fix))' <<<"$output" >"$WORK/row" || wrong+="$name: $(pick -c '.[-1].error') $stderr"$'\n'
	done < <(table "$HERE/places")
	remove_groups
	[ -z "$wrong" ] || complain "not as the table says: $wrong"
	[ $count -gt 5 ]
}

# For a row that root prepares, and an ordinary user meets.
dropping() { # WHO
	[[ $1 == dropped* ]] || return 0
	chmod 755 "$WORK"
	mkdir "$folder"/{home,run}
	chmod 700 "$folder/run"
	chown 61235:61235 "$folder"/{home,run}
	echo "; export HOME=$folder/home XDG_RUNTIME_DIR=$folder/run; unset XDG_DATA_HOME XDG_STATE_HOME;" \
		'set -- setpriv --reuid 61235 --regid 61235 --clear-groups $as "$@"'
}

@test "a chroot around the shell that is a mount itself" {
	need_root
	local root=$WORK/chroot
	mkdir "$root"
	run -1 timeout 60 unshare -m sh -c 'mount --rbind / "$1" && exec chroot "$1" "$2" --json -c "unshare user"' - "$root" "$STAVE"
	jq -e '.error | .errno == "EPERM" and .cause == "userns.root-of-chroot" and (.fix | contains("outside"))' <<<"$output"
	run -0 timeout 60 unshare -m sh -c 'mount --rbind / "$1" && exec chroot "$1" "$2" --doctor --json' - "$root" "$STAVE"
	jq -e '[.trials[] | select(.name == "user") | .forbidder] == ["chroot"]' <<<"$output"
}

@test "a FUSE file system is mounted by the program that serves it, as is told where its options are missing" {
	need_tool python3
	is_for fuse || skip 'no FUSE here'
	run --separate-stderr stave -k --json -c "unshare user mnt; mount fuse $WORK; spawn python3 $HERE/fuse.py $WORK 0
run sh -c 'for i in 1 2 3 4 5 6 7 8 9; do grep -q \" $WORK fuse\" /proc/self/mounts && exit; sleep 0.3; done; exit 1'"
	holds --arg folder "$WORK" '.[1].error.fix | contains("run SERVER \($folder)") and contains("fusermount3")'
	holds '.[-1].status == 0'
}

@test "where the driver of tun is there and its node is not, the way out makes the node" {
	need_root
	[ -e /sys/class/misc/tun ] && [ -d /dev/net ] || skip 'no driver of tun here'
	run -1 timeout 60 unshare -m sh -c 'mount -t tmpfs none /dev/net && exec "$1" --json -c "unshare net; net tun t0"' - "$STAVE"
	jq -e '.error | select(.) | .cause == "net.no-tun-device" and (.fix | contains("mknod /dev/net/tun c 10 200"))' <<<"$output"
}

@test "a filter that does not fit any more" {
	{
		echo 'unshare user uts'
		echo nonewprivs
		for _ in {1..600}; do echo 'seccomp docker'; done
	} >many
	run --separate-stderr stave -k --json many
	holds 'map(select(.ok | not)) | .[0].error | .errno == "ENOMEM" and .cause == "seccomp.too-large"'
	holds 'map(select(.ok)) | length > 100'
}

@test "a group below which there are others" {
	need_root
	[ "$(memory_version)" = 1 ] || skip 'for cgroup v1'
	run --separate-stderr stave -k --json -c "cgroup pids 9; run sh -c 'sed -n s/.*:pids://p /proc/self/cgroup >$WORK/group; mkdir /sys/fs/cgroup/pids\$(cat $WORK/group)/below'; cgroup rm"
	holds '.[-1].error | .errno == "EBUSY" and .cause == "cgroup.has-groups" and (.why | contains("/below"))'
}

@test "what would change the host" { rows host; }
@test "what is refused before a call" { rows refused; }

@test "each subject of the table is run, and each cause it names is one" {
	local subject id known
	known=$("$STAVE" --describe | jq -r '(.causes + .errors)[].id')
	for subject in $(grep -v '^#' "$ROWS" | sed 's#/.*##' | sort -u); do
		grep -q "{ rows $subject; }" "$BATS_TEST_FILENAME"
	done
	for id in $(awk -F' *[|] *' '!/^#/ { print $6 }' "$ROWS" "$HERE/places" | sort -u) $(awk -F' *[|] *' '!/^#/ && $8 != "-" { print $8 }' "$HERE/refusals"); do
		grep -qx "$id" <<<"$known" || complain "no such cause: $id"
	done
}

@test "the modules among which one keeps a process are named, or nothing is said of them" {
	need_root
	is_for closed || skip 'every process may be looked into here'
	local place
	for place in true 'mount -t tmpfs none /sys/kernel/security' 'mount -t securityfs none /sys/kernel/security'; do
		run timeout 60 unshare -m sh -c "$place || exec echo '{}'; exec "'"$1" --json -c "setns 1 mnt"' - "$STAVE"
		jq -es '.[-1] | .error == null or (.error | .cause == "setns.security-module" and (.why | contains("?") | not))' <<<"$output" >told || complain "$place: $output"
	done
}

@test "a folder that lets in a supplementary group is not the one that refuses" {
	need_root
	need_tool setpriv
	mkdir -p closed/open/in
	chown 1000:1000 closed
	chown 1000:4242 closed/open
	chmod 700 closed
	chmod 710 closed/open
	run --separate-stderr setpriv --groups 4242 "$STAVE" --json -k -c "unshare mnt; caps drop dac_override dac_read_search; chroot $WORK/closed/open/in" 3>&- 4>&-
	holds '.[-1].error | .cause == "file.denied" and (.why | contains("/closed,"))'
}

@test "a call that the attributes of a file or of its folder forbid to everybody is told" {
	need_root
	need_tool chattr
	local name flag program call row wrong=''
	mkdir d
	touch f d/x
	for row in 'f:+i:rm -f f:unlinkat' 'f:+i:chmod 600 f:fchmodat' 'f:+a::openat' 'd:+a:rm -f d/x:unlinkat'; do
		IFS=: read -r name flag program call <<<"$row"
		[ "$call" != openat ] || program="sh -c ': >f'"
		chattr "$flag" "$name" 2>/dev/null || skip 'the file system has no attributes'
		run --separate-stderr stave -k --json -c "unshare uts; trace --failed $program"
		chattr -i -a "$name"
		holds --arg call "$call" '[.[-1].trace.calls[] | select(.name == $call and .errno == "EPERM")] | last | .cause == "file.immutable"' || wrong+="$row "
	done
	[ -z "$wrong" ] || complain "$wrong"
}
