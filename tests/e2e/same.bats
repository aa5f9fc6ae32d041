#!/usr/bin/env bats
# "Same as" is true: the commands that are printed, run in a world of their own, leave a program the
# same as the line of Stave's does, or what differs is said beside them.

load common

prepare() {
	cat >read <<-'END'
		exec 2>&1
		hostname
		grep -E '^(Uid|Gid|Cap|NoNewPrivs|Seccomp:|Umask)' /proc/self/status
		cat /proc/self/uid_map /proc/self/gid_map /proc/self/timens_offsets
		sed 's/^[0-9]* [0-9]* [0-9]*:[0-9]* //; s/\(shared\|master\):[0-9]*/\1/g; s/,uuid=on$//; s/stave-[0-9]*/stave-N/g' /proc/self/mountinfo
		for type in cgroup ipc mnt net pid time user uts; do
			[ "$(readlink /proc/self/ns/$type)" = "$(sed -n "s/^$type //p" "$HOST_NS")" ]; echo "$type $?"
		done
		cat /proc/self/net/if_inet6 /proc/self/net/route
		pwd
		echo "A=$A"
		ls -A there
		for file in $KNOBS; do
			path=$(sed -n "s/^[0-9]*:[a-z,]*\b$controller\b[a-z,]*:\(.*\)/\1/p" /proc/self/cgroup)
			cat "/sys/fs/cgroup/$controller$path/$file"
		done
	END
	local type
	for type in cgroup ipc mnt net pid time user uts; do
		echo "$type $(readlink /proc/self/ns/$type)"
	done >host-ns
	umask 022
	ROOTLESS=$(is_root || printf 'unshare --user --map-root-user ')
}

# The commands around one another: what starts a program starts a shell with the rest.
nested() { # COMMAND...
	local command=$1
	[ $# -gt 0 ] || { printf 'sh %q/read' "$WORK"; return; }
	shift
	case ${command##*&& } in
	unshare\ * | nsenter\ * | setpriv\ * | chroot\ *) printf '%s sh -c %q' "$command" "$(nested "$@")" ;;
	capsh\ *) printf '%s -- -c %q' "$command" "$(nested "$@")" ;;
	*) printf '%s && %s' "$command" "$(nested "$@")" ;;
	esac
}

clean_environment() {
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
		HOST_NS="$WORK/host-ns" KNOBS="${KNOBS-}" controller="${controller-}" "$@"
}

# The line of Stave's, and what a program reads after it.
run_ours() { # LINES
	stave --json -c "$1; run -e HOST_NS=$WORK/host-ns -e KNOBS='${KNOBS-}' -e controller='${controller-}' sh $WORK/read"
}

# What the printed commands leave, and what Stave does: equal, or the line says what is missing.
same() { # SETUP LINE
	local tries
	# What others mount on the host meanwhile is in one of the worlds and not in the other.
	for tries in 1 2 3; do
		! compare "$@" || return 0
	done
	complain "$2 is not the same: $(diff <(echo "$ours") <(echo "$theirs"))"
}

compare() { # SETUP LINE
	local commands=() without
	run --separate-stderr run_ours "$1${1:+; }$2"
	[ "$status" = 0 ] || complain "$2: status $status"
	mapfile -t commands < <(jq -r '.same_as.command // empty' <<<"$output" | head -n -1)
	[ "${#commands[@]}" = "$(jq -s 'length - 1' <<<"$output")" ] || complain "$2: a line without a command"
	ours=$(jq -rs '.[-1].output' <<<"$output" | grep -v '^ended')
	without=$(jq -rs '[.[:-1][].same_as.without // empty] | join(" ")' <<<"$output")
	theirs=$(clean_environment sh -c "$(nested "${commands[@]}")")
	[ "$ours" = "$theirs" ] || [ -n "$without" ] || return 1
	if [ "$ours" = "$theirs" ] && [ -n "$without" ]; then
		complain "$2: the same, although it is said to be without $without"
	fi
}

@test "what differs is found, and what is missing" {
	need_userns
	ours=$(run_ours "$(first)unshare mnt uts" | jq -rs '.[-1].output')
	[[ $ours == *NoNewPrivs* && $ours == *'uts 1'* && $ours == *$'\n/ / '* && $ours == *A=* ]] || complain "$ours"
	[ "$ours" != "$(clean_environment sh -c "$(nested "${ROOTLESS}unshare --mount")")" ]
	[ "$ours" = "$(clean_environment sh -c "$(nested "${ROOTLESS}unshare --mount --uts")")" ]
}

@test "the commands of namespaces" {
	need_userns
	same "$(first)" 'unshare uts'
	same "$(first)" 'unshare mnt'
	same "$(first)" 'unshare pid'
	same "$(first)unshare pid mnt" 'mount proc /proc'
	same '' 'unshare user'
	same '' 'unshare user mnt uts ipc net cgroup'
	same "$(first)" 'unshare mnt --propagation slave'
	same "$(first)" 'unshare time --boottime 86400 --monotonic 100'
	same "$(first)unshare uts" 'hostname box'
	[ -z "$(command -v ip)" ] || same "$(first)unshare net" 'net lo'
}

@test "the commands of mounts" {
	need_userns
	mkdir a "b c"
	local mnt
	mnt="$(first)unshare mnt"
	same "$mnt" "mount tmpfs $WORK/a -o size=1m,mode=0755,nosuid"
	same "$mnt" "mount tmpfs '$WORK/b c' -o ro"
	same "$mnt" "bindmount /etc $WORK/a"
	same "$mnt" "bindmount /etc $WORK/a --norec"
	same "$mnt" "bindmount /etc $WORK/a --norec --ro"
	same "$mnt; mount tmpfs $WORK/a" "umount $WORK/a"
	same "$mnt" 'propagation slave /'
	same "$mnt" 'propagation shared / --norec'
	same "$mnt; mount tmpfs $WORK/a" "mount none $WORK/a -o remount,bind,ro"
	same "$mnt" "cd $WORK/a"
	same "$mnt" 'env A=1'
	same "$mnt" 'umask 027'
}

@test "the commands of maps of ids" {
	need_userns
	same '' "unshare user --map 0:$(id -u):1"
	same '' "unshare user uts --map 7:$(id -u):1"
	! is_root || same '' 'unshare user --map 0:1000:5'
}

# A user with a range in /etc/subuid, in a mount namespace of its own.
@test "the command of the map of a range" {
	need_root
	need_tool newuidmap
	[ -e /etc/subuid ] || skip 'the system has no /etc/subuid'
	echo 'root:100000:65536' >subuid
	cat >ranged <<-END
		mount --bind subuid /etc/subuid && mount --bind subuid /etc/subgid
		"$STAVE" --json -c 'unshare user --map auto; run cat /proc/self/uid_map' >ours
		"$STAVE" --json -c 'unshare user --map 0:100000:3; run cat /proc/self/uid_map' >part
		\$(jq -r '.same_as.command // empty' ours | head -n 1) cat /proc/self/uid_map >theirs
		\$(jq -r '.same_as.command // empty' part | head -n 1) cat /proc/self/uid_map >theirs-part
	END
	unshare --mount sh ./ranged
	[ "$(jq -r 'select(.step == 0).output' part)" = "$(cat theirs-part)" ]
	[ "$(jq -r 'select(.step == 1).same_as.without' part)" = null ]
	[ "$(jq -r 'select(.step == 1).same_as.without' ours)" = 'the last id of the range' ]
	[ "$(jq -r 'select(.step == 0).output' ours)" = "$(sed 's/65535$/65536/' theirs)" ]
}

# A process with namespaces of its own: its number is in $there until left_alone.
somebody() { # OPTIONS...
	unshare "$@" --fork --kill-child sleep 600 3>&- &
	around=$!
	until there=$(pgrep -P "$around" sleep); do sleep 0.05; done
}

left_alone() {
	kill -9 "$there"
	wait "$around" || true
}

@test "the commands that join namespaces" {
	need_userns
	somebody $(is_root || echo --user --map-root-user) --uts --mount --ipc --net --cgroup
	ROOTLESS='' # the target's user namespace gives the rights
	local user
	user=$(is_root || echo 'user ')
	same '' "setns $there ${user}uts"
	same '' "setns $there ${user}mnt"
	same '' "setns $there ${user}ipc net cgroup"
	same '' "setns $there all"
	left_alone
	somebody $(is_root || echo --user --map-root-user) --pid --mount-proc
	same '' "setns $there ${user}pid"
	same '' "setns $there all"
	left_alone
}

@test "the command of a program in another process's namespaces" {
	need_userns
	mkdir a
	cd a
	somebody $(is_root || echo --user --map-root-user) --uts --mount --pid --mount-proc
	cd ..
	local line command options="-e HOST_NS=$WORK/host-ns"
	for line in "exec $options $there sh $WORK/read" "exec $options -e A=x -w /etc $there sh $WORK/read"; do
		run --separate-stderr stave --json -c "$line"
		[ "$status" = 0 ] || complain "$line"
		[ "$(jq -r .same_as.without <<<"$output")" = null ] || complain "$line: without"
		command=$(jq -r .same_as.command <<<"$output")
		[ "$(jq -r .output <<<"$output")" = "$(clean_environment sh -c "$command")" ] || complain "$line: $command"
	done
	left_alone
}

@test "the commands of masks" {
	need_userns
	same "$(first)unshare mnt pid; mount proc /proc" 'mask /proc/keys /proc/timer_list /proc/acpi'
	same "$(first)unshare mnt pid; mount proc /proc" 'readonly /proc/sys'
}

@test "the commands of roots" {
	need_root
	need_tool busybox
	mkdir there
	mkdir lower upper
	echo 1 >lower/one
	same 'unshare mnt' "union $WORK/lower /etc/ssl $WORK/there --ro"
	same 'unshare mnt' "union $WORK/lower $WORK/there --upper $WORK/upper"
	# Stave's own scratch folder is made anew by them, on the host.
	same 'unshare mnt' "union $WORK/lower $WORK/there"
	same 'unshare mnt' "rootfs busybox $WORK/there"
	rm -r "$WORK/run/stave"
}

@test "the commands of deletions" {
	need_root
	mkdir there lower lower/d
	touch lower/one lower/d/two
	local line
	for line in "whiteout $WORK/there/one" "opaque $WORK/there/d" "copyup $WORK/there/one"; do
		same "unshare mnt; union $WORK/lower $WORK/there" "$line"
	done
	rm -r "$WORK/run/stave"
}

# A root of the test's own, in which a folder can be made that is not the host's: the lines that lay it at there.
small_root() {
	local folder lines="bindmount $WORK/root $WORK/there"
	mkdir -p "root$WORK" root/proc root/usr
	for folder in /bin /lib /lib64 /sbin; do
		if [ -h $folder ]; then
			cp -P $folder root/
		elif [ -d $folder ]; then
			mkdir -p "root$folder"
			lines+="; bindmount $folder $WORK/there$folder"
		fi
	done
	echo "$lines; bindmount /usr $WORK/there/usr; bindmount /proc $WORK/there/proc; bindmount $WORK $WORK/there$WORK"
}

@test "the commands of another root" {
	need_userns
	mkdir there
	local bound
	bound="$(first)unshare mnt; bindmount / $WORK/there"
	same "$bound" "chroot $WORK/there"
	same "$bound" "pivot $WORK/there"
	same "$(first)unshare mnt; $(small_root)" "pivot $WORK/there --keep-old"
	same "$bound" "pivot $WORK/there /mnt"
	is_root || return 0 # the others' trees are not an ordinary user's to copy
	same "$(first)unshare mnt" "bindmount /etc $WORK/there --from-host"
	same "$(first)unshare mnt" "bindmount /etc $WORK/there --from-host --ro"
	same "$bound; pivot $WORK/there" "bindmount /etc /mnt --from-host"
}

@test "the commands of capabilities" {
	need_root
	same '' 'caps drop chown net_raw'
	same '' 'caps keep chown kill setpcap'
	same '' 'caps docker'
	same '' 'caps ambient net_raw'
	same 'caps drop chown --set effective' 'caps add chown --set effective'
	same '' 'nonewprivs'
}

session_groups() { find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -name 'stave-[0-9]*' | sort; }

@test "the commands of a control group" {
	need_root
	grep -q '^cpu[[:space:]].*1$' /proc/cgroups && [ -d /sys/fs/cgroup/cpu ] || skip 'no cpu controller of cgroup v1 here'
	local before pid
	before=$(session_groups)
	controller=cpu KNOBS='cpu.cfs_quota_us cpu.cfs_period_us' same '' 'cgroup cpu 20000 50000'
	controller=cpu KNOBS=cpu.shares same '' 'cgroup set cpu.shares=512'
	# What the scripts have made: of sessions that began since, and have ended. Others run meanwhile.
	comm -13 <(echo "$before") <(session_groups) | while read -r group; do
		pid=${group##*/stave-}
		# Another test's may go at any moment.
		[ -n "$(cat "$group/cgroup.procs" 2>/dev/null)" ] || [ -e "/proc/${pid%%-*}" ] ||
			rmdir "$group" 2>/dev/null || [ ! -e "$group" ]
	done
}

@test "a program's line has its user, its folder and its environment" {
	need_root
	mkdir a
	chmod 755 . a read
	run --separate-stderr stave --json -c "run -w $WORK/a -e A=x -u 7:8 sh -c 'pwd; echo \$A; id -u; id -g'"
	[ "$(jq -r .output <<<"$output")" = "$(clean_environment sh -c "$(jq -r .same_as.command <<<"$output")")" ]
}

@test "what no command does is said, and these are all" {
	need_userns
	local lines=('seccomp docker' 'burn cpu 1') line
	for line in "${lines[@]}"; do
		run --separate-stderr stave --json -n -c "$line"
		holds '.[0].same_as | .command == null or (.without | contains("seccomp(2)"))'
	done
}

@test "a container's line has its limits, its capabilities and what is left out" {
	need_userns
	local line
	line=$(stave --json -n -c 'container --without pid --without uts --cap-add mknod --cap-drop kill -- ls -l' | jq -r .same_as.command)
	[[ $line == 'docker run '*' --pid=host --uts=host '*' --cap-drop kill '*' busybox ls -l' ]] || complain "$line"
	[[ $line != *'cap-drop mknod'* && $line == *'--security-opt no-new-privileges'* ]] || complain "$line"
	! is_root || [[ $line == *'--memory 536870912 '*'--pids-limit 256 '* ]] || complain "$line"
	[[ $(stave --json -n -c 'container --without root -- ls' | jq -r .same_as.without) == *root* ]]
}

# podman takes docker's options, and its init writes the config that a runtime is given, even where the
# runtime itself may not do all of it. In mounts of its own: images, and what podman runs by.
config_of() { # COMMAND-LINE-OF-DOCKER
	mkdir -p image/{bin,tmp,proc,sys,dev,etc}
	cp "$(command -v busybox)" image/bin/busybox
	ln -sf busybox image/bin/sh
	cat >through-podman <<-'END'
		mount -t tmpfs tmpfs /var/lib/containers && mount -t tmpfs tmpfs /run || exit
		podman() { command podman --storage-driver vfs --cgroup-manager cgroupfs "$@"; }
		tar -C image -c . | podman import - busybox >&2
		eval "podman create --name box --cgroup-parent /$2 ${1#docker run --rm}" >&2
		podman init box >&2
		cat /var/lib/containers/storage/vfs-containers/*/userdata/config.json
		podman rm --force box >&2
	END
	unshare --mount bash ./through-podman "$1" "$OWN_GROUP"
	for _ in {1..50}; do
		cat /sys/fs/cgroup/*/$OWN_GROUP/*/cgroup.procs 2>/dev/null | sort -u | xargs -r kill -9 || true
		rmdir /sys/fs/cgroup/*/$OWN_GROUP/* /sys/fs/cgroup/*/$OWN_GROUP 2>/dev/null || true
		[ -n "$(find /sys/fs/cgroup -maxdepth 2 -name "$OWN_GROUP")" ] || break
		sleep 0.1
	done
}

@test "docker's line makes of podman the container that Stave's line makes" {
	need_root
	need_tool podman
	need_tool busybox
	mkdir data
	local options="--hostname box -v $WORK/data:/data:ro --user 5:6 --workdir /tmp --env A=1"
	run --separate-stderr stave --json -c "container $options -- sh -c '
		cat /proc/self/status; cat /proc/self/oom_score_adj; ulimit -n; ulimit -Hn; ulimit -c; pwd; echo \$A; id -u; id -g; hostname'"
	[ "$status" = 0 ] || complain 'no container'
	local ours=$output read config
	read=$(jq -r .output <<<"$ours")
	config=$(config_of "$(jq -r .same_as.command <<<"$ours")" 2>podman.log) || complain "$(cat podman.log)"
	jq -e . <<<"$config" >/dev/null || complain "$(cat podman.log)"
	says_so() { jq -e "$1" <<<"$config" >/dev/null || complain "podman: not $1: $(jq -c "${2:-.}" <<<"$config")"; }
	# Who it is, where, in what environment.
	[ "$(tail -n 9 <<<"$read" | paste -sd' ')" = '500 1024 4096 0 /tmp 1 5 6 box' ]
	says_so '.process | .user.uid == 5 and .user.gid == 6 and .cwd == "/tmp" and .noNewPrivileges and .oomScoreAdj == 500' .process
	says_so '.process.env | index("A=1")' .process.env
	says_so '.hostname == "box"'
	says_so '.process.rlimits | any(.type == "RLIMIT_NOFILE" and .soft == 1024 and .hard == 4096) and any(.type == "RLIMIT_CORE" and .hard == 0)' .process.rlimits
	# What it may do: the names of the bounding set, as capsh has them.
	local bounding
	bounding=$(sed -n 's/^CapBnd:[[:space:]]*//p' <<<"$read")
	[ "$(jq -r '.process.capabilities.bounding[]' <<<"$config" | tr A-Z a-z | sort | paste -sd,)" = \
		"$(capsh --decode="$bounding" | sed 's/.*=//' | tr , '\n' | sort | paste -sd,)" ]
	# Its namespaces: the same are its own.
	[ "$(jq -r '.linux.namespaces[].type' <<<"$config" | sed 's/network/net/; s/mount/mnt/' | sort | paste -sd' ')" = \
		"$(jq -r '.ns | to_entries[] | select(.value.own) | .key' <<<"$ours" | grep -v for_children | sort | paste -sd' ')" ]
	# Its limits, as they are written into its groups.
	says_so '.linux.resources | .memory.limit == 536870912 and .cpu.quota == 100000 and .pids.limit == 256' .linux.resources
	[[ $(jq -r '.ops[].call' <<<"$ours") == *'"536870912'* ]]
	# And the volume is read-only.
	says_so '.mounts | any(.destination == "/data" and (.options | index("ro")))' .mounts
}

@test "the manual page is that of what the line is about, and Debian 12 has it" {
	need_userns
	page() { stave --json -n -c "$1" | jq -rs '.[-1].same_as.man'; }
	[ "$(page 'unshare user pid')" = 'unshare(2)' ]
	[ "$(page 'container -- ls')" = 'clone(2)' ]
	[ "$(page "unshare user mnt; mount tmpfs $WORK/fresh")" = 'mount(2)' ]
	[ "$(page 'cd /')" = 'chdir(2)' ]
	need_tool man
	local page
	for page in $(stave --describe | jq -r '.. | .man? // empty' | sort -u); do
		man -w "${page#*(}" "${page%(*}" >/dev/null 2>&1 || man -w "$(tr -d '()' <<<"${page#*(}")" "${page%(*}" >/dev/null || complain "no page $page"
	done
}

@test "no book of Stave's stands among the calls" {
	need_userns
	works -c "$(first)unshare mnt; union /etc /usr $WORK/u; calls"
	says_not 'sendmsg'
	works --json -c "$(first)unshare mnt; union /etc /usr $WORK/u"
	[[ $(jq -rs '.[-1].ops[].call' <<<"$output") == *sendmsg* ]]
}
