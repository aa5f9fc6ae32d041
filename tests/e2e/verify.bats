#!/usr/bin/env bats
# verify: attempts to break out, as root and as an ordinary user.
load common

prepare() {
	need_userns
	need_tool jq
	[ -x "$(dirname "$STAVE")/stave-probe" ] || skip 'stave-probe was not built'
}

# result NAME: what came of an attempt, of the last --json
result() {
	pick ".[] | select(.attempt == \"$1\") | .result"
}

@test "behind verify the shell reads on" {
	need_userns
	mkfifo lines
	stave -k -q <lines >said 2>&1 &
	exec 5>lines
	printf '%s\n' "$(first)unshare uts" 'verify kill' '!touch tried' >&5
	await test -e tried
	echo 'run echo after' >&5
	exec 5>&-
	wait $! || true
	grep -qx after said
}

@test "a name that is none: who asks is shown where all are, and no list is cut" {
	fails 1 --json -c 'verify nosuch'
	holds '.[-1].error | .id == "argument.choice" and (.what | contains("help verify") and length < 200)'
	works -q -c 'help verify'
	says -r 'forks, files'
}

@test "in a child that has no wall nothing but the host's own stops an attempt" {
	fails 1 -q -c 'verify --json'
	errs verify.open
	[ "$(result kill)" = unbuilt ]
	[ "$(result host-socket)" = unbuilt ]
	[ "$(result host-file)" = unbuilt ]
	[ "$(result cwd)" = stopped ]
	holds 'map(.result) | all(. != "broken")'
	holds 'map(select(.result == "unbuilt")) | all(.stands == false and .build != null)'
	holds 'map(select(.result == "stopped" and .errno == null)) | all(.detail != "")'
}

@test "each wall that is built stops what it is there for" {
	run --separate-stderr stave -q -c "$(first)unshare uts ipc net; verify --json host-uts host-ipc host-socket kill"
	[ "$(result host-uts)" = stopped ]
	[ "$(result host-ipc)" = stopped ]
	[ "$(result host-socket)" = stopped ]
	[ "$(result kill)" = unbuilt ]
	run --separate-stderr stave -q -c "$(first)unshare mnt pid; mount proc /proc; verify --json kill ptrace peek"
	holds 'length == 3 and all(.result == "stopped" and .errno == "ESRCH")'
	[ "$status" = 0 ]
}

@test "a chroot is climbed out of, a pivot is not" {
	need_tool busybox
	run --separate-stderr stave -q -c "$(first)unshare mnt; rootfs busybox /mnt; bindmount /proc /mnt/proc; chroot /mnt; verify --json chroot"
	[ "$(result chroot)" = unbuilt ]
	run --separate-stderr stave -q -c "$(first)unshare mnt; rootfs busybox /mnt; bindmount /proc /mnt/proc; pivot /mnt; verify --json chroot host-file"
	holds 'length == 2 and all(.result == "stopped")'
}

@test "the table fits 80 columns, says what to build, and the status" {
	run --separate-stderr stave -q -c 'verify'
	[ "$status" = 1 ]
	says 'this wall is not built yet: unshare net'
	complains 'fix: '
	[ -z "$(awk 'length($0) > 80' <<<"$output")" ] || complain 'too wide'
	# exe may come upon a shell that another test has just begun: nothing hides it from this child.
	[ -z "$(grep ' OPEN ' <<<"$output" | grep -v '^  exe ')" ] || complain 'something is open'
	says -r '
[0-9]+ stopped, [01] open, [0-9]+ not built, [0-9]+ with nothing here to try$'
}

@test "one attempt by name, an unknown name" {
	works -q -c 'verify cwd'
	says -r '^handles: [^
]*
  cwd +stopped +[^
]*
1 stopped, 0 open, 0 not built, 0 '
	fails 1 -q -c 'verify mouth'
	complains 'mount'
}

@test "a dry run starts nothing, and no step joins the story" {
	works -n -c 'verify'
	says 'would be started'
	run --separate-stderr stave -q -c 'verify cwd; steps'
	says 'no steps yet'
}

@test "the probe leaves no file, and what it is is not written to" {
	local before
	before=$(sha256sum "$STAVE" "$(dirname "$STAVE")/stave-probe")
	stave -q -c 'verify' >/dev/null 2>&1 || true
	[ "$before" = "$(sha256sum "$STAVE" "$(dirname "$STAVE")/stave-probe")" ]
	[ -z "$(find /tmp /var/tmp /dev -maxdepth 1 -name '.stave-probe.*' 2>/dev/null)" ]
}

@test "the probe names each attempt once, and knows no other" {
	run --separate-stderr "$(dirname "$STAVE")/stave-probe" no-such-attempt
	[ "$status" = 2 ]
	complains no-such-attempt
	run "$(dirname "$STAVE")/stave-probe" cwd descriptors
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == '#'$'\t''effective='* ]]
	[[ ${lines[1]} == cwd$'\t'stopped$'\t'* ]]
}

# through WALL FLAG...: what gets through where a container is built without one of its walls
through() {
	local wall=$1
	shift
	run --separate-stderr stave -q -c "container $*; verify --json"
	[ "$status" = 1 ] || complain "nothing got through without $wall"
	holds --arg wall "$wall" 'map(select((.result == "open" or .result == "unbuilt") and (.wall | IN("limits", "user") | not))) |
		length > 0 and all(.wall == $wall)' || complain "not only $wall"
}

@test "out of a container nothing gets, whoever starts it" {
	need_tool busybox
	works -q -c 'container; verify --json'
	holds 'map(select(.wall | IN("limits", "user") | not)) | length > 60 and
		all(.result == "stopped" or .result == "absent")'
	if is_root; then
		works -q -c 'container --userns; verify'
	fi
}

@test "root's number: the default container of root has it, which verify names; with --userns it is stopped" {
	need_tool busybox
	works -q -c 'container; verify --json host-root'
	if is_root; then
		holds 'length == 1 and (.[0] | .wall == "user" and .result == "unbuilt" and .stands == false)'
		works -q -c 'container --userns; verify --json host-root'
		works -q -c 'container --userns --privileged; verify --json host-root'
	fi
	holds 'length == 1 and (.[0] | .wall == "user" and .result == "stopped" and .stands)'
}

@test "what is run as the container's own program gets out no more than what verify runs" {
	need_tool busybox
	cp "$(dirname "$STAVE")/stave-probe" probe
	chmod 755 "$WORK" probe
	works -q -c "container -v $WORK:/mnt:ro -- /mnt/probe"
	says_not $'\tbroken\t'
	! grep $'\topen\t' <<<"$output" | grep -vE '^(forks|host-root)' || complain 'something is open'
}

# Mutations: with each wall left out in turn at least one attempt gets through, and only because of
# that wall. So no row of the table is there for nothing.
@test "without a wall something gets through: the filter, the flag, the masks" {
	need_tool busybox
	through seccomp --security-opt seccomp=unconfined
	through no_new_privs --security-opt no-new-privileges=false
	through paths --security-opt systempaths=unconfined
}

# The network's: what its own namespace stops, and what the rights that a container lacks do.
@test "the host's sockets, ports, names and addresses are out of reach, until the network is the host's" {
	need_tool busybox
	works -q -c 'container; verify --json host-socket host-names host-port host-address metadata'
	holds 'length == 5 and all(.wall == "net" and (.result == "stopped" or .result == "absent"))'
	run --separate-stderr stave -q -c "$(first)unshare mnt; verify --json host-socket host-names host-port host-address"
	holds 'map(select(.result != "absent")) | length >= 3 and all(.result == "unbuilt" and .stands == false)'
}

@test "by the router no way leads to the host or the cloud, and no right to the wire of others" {
	need_tool busybox
	works -q -c 'container --net bridge; verify --json host-socket host-names host-port host-address metadata promiscuous take-address raw-socket packet-socket'
	holds 'length == 9 and all(.result == "stopped" or .result == "absent")'
	# Whoever has the address in the router answers.
	run --separate-stderr stave -q -c 'container --net bridge; @router net addr add 169.254.169.254/32 dev lo; verify --json metadata'
	[ "$(result metadata)" = open ] || complain "$(result metadata)"
	run --separate-stderr stave -q -c 'container --net bridge --cap-add net_admin; verify --json promiscuous take-address raw-socket packet-socket'
	holds '[.[] | select(.result == "open" or .result == "unbuilt").attempt] | sort == ["promiscuous", "take-address"]'
	run --separate-stderr stave -q -c 'container --net bridge --cap-add net_raw; verify --json promiscuous take-address raw-socket packet-socket'
	holds '[.[] | select(.result == "open" or .result == "unbuilt").attempt] | sort == ["packet-socket", "raw-socket"]'
}

@test "the error counts in the table's own words" {
	fails 1 -c 'verify cwd mount chroot kill'
	errs verify.open
	table=$(grep -oE '[0-9]+ open, [0-9]+ not built' <<<"$output")
	grep -qF "$table" <<<"$stderr"
}

@test "without a wall something gets through: capabilities" {
	need_tool busybox
	run --separate-stderr stave -q -c 'container --cap-add sys_admin; verify --json'
	[ "$status" = 1 ] || complain 'nothing got through'
	[ "$(result mount)" = unbuilt ]
	[ "$(result chroot)" = stopped ]
	[ "$(result kill)" = stopped ]
}

@test "without a wall something gets through: namespaces and the root" {
	need_tool busybox
	through net --net host
	through ipc --without ipc
	through uts --without uts
	through cgroup --without cgroup
	[ "$(result host-cgroup)" = unbuilt ]
	# In the topmost group of the host there is nothing to learn.
	! grep -q ':/.' /proc/self/cgroup || [ "$(result cgroup-name)" = unbuilt ]
	through root --without root
	is_root || return 0
	# Who sees the host's processes reaches their programs, too.
	run --separate-stderr stave -q -c 'container --without pid; verify --json'
	[ "$(result kill)" = unbuilt ]
	[ "$(result peek)" != absent ]
}

@test "without a wall something gets through: the sealed copy of the shell" {
	need_tool busybox
	local unsealed
	unsealed=$(dirname "$STAVE")/tests/e2e/unsealed
	[ -d "$unsealed" ] || unsealed=$(dirname "$STAVE")/build/tests/e2e/unsealed
	[ -x "$unsealed/stave" ] || skip 'tests/e2e/unsealed was not built'
	# A file of one's own: what belongs to root nobody else can write to anyway.
	cp -r "$unsealed" unsealed
	local before STAVE=$WORK/unsealed/stave
	before=$(sha256sum unsealed/*)
	through handles
	[ "$(pick 'map(select(.result == "open") | .attempt) | join(" ")')" = exe ]
	[[ $(pick '.[] | select(.attempt == "exe") | .detail') == /proc/1/exe* ]]
	[ "$before" = "$(sha256sum unsealed/*)" ]
}

@test "the limit on processes: with it no fork bomb goes off, without it one does" {
	need_tool busybox
	if ! stave -q -c 'cgroup pids 256' >/dev/null 2>&1; then
		works -q -c 'container; verify --json forks'
		# Since Linux 5.14 a user namespace counts its own processes.
		is_root || [ "$(result forks)" = stopped ] || complain 'RLIMIT_NPROC does not stop it'
		works -q -c 'container --without limits; verify --json forks'
		[ "$(result forks)" = unbuilt ] || complain 'something else stops it'
		return
	fi
	works -q -c 'container; verify --json forks'
	holds '.[0].result == "stopped" and .[0].errno == "EAGAIN" and .[0].stands'
	works -q -c 'container --pids max; verify --json forks'
	[ "$(result forks)" = unbuilt ] || complain 'something else stops it'
	holds '.[0].stands == false'
	works -q -c 'container --without limits; verify forks'
	says '0 stopped, 0 open, 1 not built, 0 '
	fails 1 -q -c 'verify keyring forks'
	says '0 stopped, 0 open, 2 not built, 0 '
	errs verify.open
	works -q -c 'container --without limits; verify --json forks'
	[ "$(result forks)" = unbuilt ] || complain 'something else stops it'
}

# Whether one's own CAP_SYS_RESOURCE can be given to a container: root may lack it.
may_lift() {
	is_root && (((0x$(awk '/^CapEff:/ { print $2 }' /proc/self/status) >> 24) & 1))
}

@test "rlimits: with them files run out, and nobody raises them; without, one or the other gets through" {
	need_tool busybox
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt 5100 ] || skip 'the host allows fewer files'
	works -q -c 'container; verify --json files hard-limit'
	holds 'length == 2 and all(.result == "stopped")'
	works -q -c 'container --without limits; verify --json files'
	[ "$(result files)" = unbuilt ] || complain 'something else stops it'
}

@test "the OOM score: it cannot be lowered" {
	need_tool busybox
	works -q -c 'container; verify --json oom-score'
	[ "$(result oom-score)" = stopped ]
}

@test "limits and the OOM score are root's to lift where it keeps CAP_SYS_RESOURCE" {
	need_tool busybox
	may_lift || skip 'only root with CAP_SYS_RESOURCE can'
	fails 1 -q -c 'container --cap-add sys_resource; verify --json hard-limit oom-score'
	holds 'length == 2 and all(.result == "open")'
}

# with_session ARG...: Stave in a session that has a keyring, as a login gives it.
with_session() {
	run --separate-stderr python3 -c 'import ctypes, os, sys
number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
if ctypes.CDLL(None).syscall(number, 1, None) < 0:
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])' "$STAVE" "$@" 3>&- 4>&-
	[ "$status" != 77 ] || skip 'the kernel has no keyrings'
}

@test "the session's keyring: two walls, and only without both something gets through" {
	need_tool busybox
	need_tool python3
	local open='--security-opt seccomp=unconfined'
	with_session -q -k -c 'verify --json session-keyring; keyring; verify --json session-keyring'
	[ "$(result session-keyring)" = $'unbuilt\nstopped' ] || complain 'not as it should be by hand'
	with_session -q -c 'container; verify --json session-keyring'
	holds '.[0].result == "stopped" and .[0].errno == "EPERM"'
	with_session -q -c 'container --without keyring; verify --json session-keyring'
	[ "$(result session-keyring)" = stopped ] || complain 'the filter does not stop it'
	with_session -q -c "container $open; verify --json session-keyring"
	holds '.[0].result == "stopped" and .[0].errno == null'
	with_session -q -c "container $open --without keyring; verify --json session-keyring"
	[ "$(result session-keyring)" = unbuilt ] || complain 'something else stops it'
}

@test "who joins a container by exec has a keyring of its own, and where keyctl is denied nobody fails" {
	need_tool busybox
	works --json -c 'container -d --name box -- sleep 60; exec box true'
	holds '.[-1].ops | map(.op) | index("keyctl") != null'
	# As inside of another container, whose filter forbids the call.
	works -q -c "seccomp deny keyctl; run -e HOME=$HOME -e XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR \
		-e XDG_DATA_HOME=$XDG_DATA_HOME $STAVE -c 'set show full; container -- true'"
	says_not KEYCTL_JOIN
	says -r 'no[[:space:]]+keyring[[:space:]]+of[[:space:]]+its[[:space:]]+own'
}

@test "a wall that cannot be left out is named" {
	need_tool busybox
	fails 125 -c 'container --without moat -- true'
	complains 'pid, uts, ipc, cgroup, root, limits, keyring'
}
