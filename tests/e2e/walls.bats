#!/usr/bin/env bats
# Walls: namespaces made and joined, mounts, host name, loopback, id maps.
load common

prepare() {
	need_userns
}

# Whether the last step's namespaces that are the child's own are exactly these (in any order).
owns() {
	local expected
	expected=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
	[ "$(pick '.[-1].ns | to_entries[] | select(.value.own and (.key | endswith("children") | not)) | .key' |
		sort | tr '\n' ' ')" = "$expected" ] || complain "does not own exactly: $*"
}

@test "unshare, each type alone: that namespace is the child's own and no other" {
	local type
	for type in mnt uts ipc net cgroup pid time; do
		works --json -c "$(first)unshare $type"
		if is_root; then owns $type; else owns user $type; fi
		holds "all(.[]; .ok)"
		holds ".[-1].ns.$type.changed"
	done
	works --json -c 'unshare user'
	owns user
}

@test "a mount is not kept busy by what Stave made in it" {
	local walls
	walls="$(first)unshare mnt; mount tmpfs /mnt"
	works --json -c "$walls; mount tmpfs /mnt/inner; umount /mnt/inner; umount /mnt"
	holds 'all(.[]; .ok)'
	# What was made in it went with it, and the way back is a fresh child.
	works --json -c "$walls; mount tmpfs /mnt/a; umount /mnt/a; umount /mnt; undo; check mount /mnt present; undo 3; check mount /mnt absent"
	holds 'all(.[]; .ok)'
}

@test "unshare all" {
	works --json -c 'unshare all'
	holds '[.[-1].ns | to_entries[] | select(.key | test("pid|time") | not) | .value.own] | all'
	holds '.[-1].ns.pid.own and .[-1].ns.time.own'
}

@test "unshare takes long names, several at once, and user first" {
	works --json -c 'unshare network mount user'
	owns mnt net user
	holds '[.[0].ops[].call] | map(select(startswith("unshare"))) | .[0] == "unshare(CLONE_NEWUSER)"'
}

@test "unshare mnt makes all mounts private, and can be told not to" {
	works --json -c "$(first)unshare mnt"
	holds '.[-1].ops[-1].call == "mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL)"'
	works --json -c "$(first)unshare mnt --propagation unchanged"
	holds '[.[-1].ops[].op] == ["unshare"]'
	works --json -c "$(first)unshare mnt --propagation slave"
	holds '.[-1].ops[-1].call | contains("MS_SLAVE")'
}

# Mounted from the host's it would take nsdelegate off the host's own mount of it.
@test "cgroup2 is mounted from a cgroup namespace of the child's own only" {
	fails 1 -c "$(first)unshare mnt; mount cgroup2 /mnt"
	errs host.shared
	works -n -c "$(first)unshare mnt cgroup; mount cgroup2 /mnt"
	works -n -c 'container --without cgroup -- true'
	says_not cgroup2
	works -n -c 'container -- true'
	says cgroup2
}

@test "unshare pid: the child is PID 1, and its children count on" {
	works -q -c "$(first)unshare pid mnt; mount proc /proc; run /bin/sh -c 'echo \$\$'"
	[ "$output" = 2 ]
	works --json -c "$(first)unshare pid"
	holds '.[-1].ns.pid.own and .[-1].ns.pid_for_children.own'
	says 'fork'
}

@test "unshare time with an offset moves the clock since boot" {
	[ -e /proc/self/timens_offsets ] || skip 'no time namespaces in this kernel'
	works -q -c "$(first)unshare time --boottime 1000000; run cat /proc/uptime"
	[ "${output%%.*}" -gt 1000000 ]
}

@test "the same namespace can be left twice" {
	works --json -c "$(first)unshare uts; unshare uts"
	holds '.[-1].ns.uts.changed and .[-1].ns.uts.own'
	holds '.[-1].ns.uts.id != .[-2].ns.uts.id'
}

@test "an id map: the child is root inside, and says who it is outside" {
	works -q -c 'unshare user; run id -u'
	[ "$output" = 0 ]
	works -q -c 'unshare user; idmap'
	says -r "users +0 +$(id -u) +1"
	works -q -c "unshare user --map 5:$(id -u):1; run id -u"
	[ "$output" = 5 ]
}

@test "an id that is not one's own cannot be mapped without privilege" {
	need_user
	fails 1 -c 'unshare user --map 0:0:1'
	complains EPERM
	complains why:
}

@test "a user namespace within one: the ids outside are those of the outer one" {
	works -q -c 'unshare user --map 7:'"$(id -u)"':1; unshare user; run id -u; run cat /proc/self/uid_map
		unshare user --map 3:0:1; run id -u; undo; run id -u'
	[ "$(grep -v '^ /proc' <<<"$output")" = "0
         0          7          1
3
undone: unshare user --map 3:0:1
2 steps stand, 1 can be redone
0" ] || complain 'other ids'
	# Written from outside: the child needs no /proc of its own.
	works -q -c "unshare user mnt pid; rootfs busybox /mnt; pivot /mnt; unshare user; run id -u; idmap"
	says -r "^0
"
	says -r "users +0 +$(id -u) +1"
	works -c 'unshare user; unshare user'
	says 'uid_map", "0 0 1"); write('
	says -r 'around[[:space:]]+it'
}

@test "a user namespace within one: ids that are not there" {
	fails 1 -c 'unshare user; unshare user --map 0:1:1'
	errs idmap.range
	complains 'fix: idmap'
	fails 1 -c 'unshare user; unshare user --map 0:0:2'
	errs idmap.range
	fails 1 -c 'unshare user; unshare user --map auto'
	errs idmap.range
	is_root || return 0
	# Root has no number in a namespace that maps another's alone.
	fails 1 -c 'unshare user --map 0:1000:1; unshare user'
	errs idmap.range
}

@test "options of mount(8) that are no data of a file system: flags, other calls, comments" {
	need_userns
	local begin="$(first)unshare mnt; mount tmpfs /mnt;" options
	works --json -c "$begin mount tmpfs /mnt -o remount,bind,ro"
	holds '.[-1] | .ops[-1].call == "mount(\"tmpfs\", \"/mnt\", \"tmpfs\", MS_BIND|MS_REMOUNT|MS_RDONLY, NULL)"'
	works -q -c "$begin mount tmpfs /mnt -o remount,bind,ro; run grep ' /mnt ' /proc/self/mountinfo"
	says -r ' /mnt ro,.* rw[, ]?'
	works --json -c "$begin mount tmpfs /mnt -o nofail,x-of=mine,silent,dirsync,atime,size=1m"
	holds '.[-1].ops[-1].call | endswith("MS_DIRSYNC|MS_SILENT, \"size=1m\")")'
	for options in bind rbind,ro private rprivate slave shared runbindable remount,rbind remount,bind,size=1m; do
		fails 1 --json -c "$begin mount tmpfs /mnt -o $options"
		# mount -o bind is bindmount here, which looks for its source.
		holds '.[-1].error.id | IN("option.conflict", "path.absent")'
	done
}

@test "options of a mount without -o are no folder that is made for it" {
	local begin
	begin="$(first)unshare mnt;"
	fails 1 -c "$begin mount tmpfs $WORK size=64k"
	errs option.conflict
	[ ! -e size=64k ]
	mkdir here
	works -q -c "$begin mount tmpfs none ./a=b; run stat -f -c %T a=b"
	says tmpfs
	works -q -c "$begin mount tmpfs none here -o size=64k; run stat -f -c %b here"
	says -r '^16$'
}

@test "a host name of one's own" {
	works -q -c "$(first)unshare uts; hostname box; run uname -n; hostname"
	[ "$output" = $'box\nbox' ]
	works --json -c "$(first)unshare uts; hostname box"
	holds '.[-1].ops[0].call == "sethostname(\"box\", 3)"'
	[ "$(uname -n)" != box ]
}

@test "host names that are none" {
	fails 1 -c "$(first)unshare uts; hostname $(printf 'x%.0s' {1..65})"
	complains '64 bytes'
	fails 1 -c "$(first)unshare uts; hostname ''"
	works -q -c "$(first)unshare uts; hostname $(printf 'x%.0s' {1..64}); run uname -n"
	[ "$output" = "$(printf 'x%.0s' {1..64})" ]
}

@test "loopback comes up in a network of one's own" {
	works -q -c "$(first)unshare net; run cat /sys/class/net/lo/flags; net lo"
	works --json -c "$(first)unshare net; net lo"
	holds '.[-1].ops[-1].ok'
	need_tool ip
	works -q -c "$(first)unshare net; net lo; run ip -br addr show lo"
	says 127.0.0.1
	works -q -c "$(first)unshare net; run ip -br link"
	[ "$(wc -l <<<"$output")" = 1 ]
}

@test "mount and umount, seen in mountinfo and not on the host" {
	mkdir m
	works --json -c "$(first)unshare mnt; mount tmpfs $WORK/m -o size=1m,mode=700,nosuid; umount $WORK/m"
	holds '.[-2].mountinfo.added | length == 1 and (.[0] | contains("tmpfs") and contains("nosuid") and contains("size=1024k"))'
	holds '.[-2].mountinfo.removed == []'
	holds '.[-1].mountinfo.removed == .[-2].mountinfo.added'
	run ! grep -q "$WORK/m" /proc/self/mountinfo
}

@test "mounts with a source, flags by name, and a lazy umount" {
	mkdir m
	works --json -c "$(first)unshare mnt; mount tmpfs -o ro,nodev,noexec source $WORK/m; umount -l $WORK/m"
	holds '.[-2].mountinfo.added[0] | contains("ro,nodev,noexec") and endswith("source ro") or contains(" source ")'
	holds '.[-1].ops[0].call | contains("MNT_DETACH")'
}

@test "a file system that is none, and one that is not for users" {
	mkdir m
	fails 1 -c "$(first)unshare mnt; mount nosuchfs $WORK/m"
	complains ENODEV
	complains /proc/filesystems
	need_user
	fails 1 -c "$(first)unshare mnt; mount ext4 /dev/vda $WORK/m"
	complains -r 'E(PERM|ACCES|NOTBLK|NOENT)'
}

@test "names with blanks, colons, commas and newlines are mounted on and bound" {
	local name
	for name in 'a b' 'c:d,e' $'new\nline' 'back\slash' "quo'te\"" '-o'; do
		mkdir -p "$WORK/$name"
		touch "$WORK/$name/inside"
		mkdir -p target
		printf '%sunshare mnt; bindmount %s %s; run ls %s\n' "$(first)" \
			"\$'$(sed -z 's/\\/\\\\/g; s/\n/\\n/g; s/'"'"'/\\'"'"'/g' <<<"$WORK/$name" | head -c -2)'" \
			"$WORK/target" "$WORK/target" >script
		works -q script
		[ "$output" = inside ] || complain "$name"
	done
}

@test "bindmount: one inode on both sides, what lay below is hidden and unharmed" {
	mkdir test
	mkdir src
	echo theirs >src/file
	echo mine >test/hidden
	works -c "$(first)unshare mnt; bindmount $WORK/src $WORK/test; run ls $WORK/test"
	says -r ": [a-z ]+ \(device [0-9:]+ inode $(stat -c %i src)\)"
	says 'hidden'
	works -q -c "$(first)unshare mnt; bindmount $WORK/src $WORK/test; run cat $WORK/test/file; run stat -c %d:%i $WORK/src $WORK/test"
	[ "${lines[0]}" = theirs ]
	[ "${lines[1]}" = "${lines[2]}" ]
	[ "$(ls test)" = hidden ]
}

@test "bindmount makes its target, and takes it back" {
	mkdir src
	touch src/f file
	works -q -c "$(first)unshare mnt; bindmount $WORK/src $WORK/made; run ls $WORK/made"
	[ "$output" = f ]
	[ ! -e made ]
	works -q -c "$(first)unshare mnt; bindmount $WORK/file $WORK/made; run test -f $WORK/made"
	[ ! -e made ]
}

@test "bindmount --ro is read-only in truth" {
	mkdir src dst
	fails 1 -q -c "$(first)unshare mnt; bindmount $WORK/src $WORK/dst --ro; run touch $WORK/dst/x"
	others_complain 'Read-only file system'
	[ ! -e src/x ]
	works -q -c "$(first)unshare mnt; bindmount $WORK/src $WORK/dst; run touch $WORK/dst/x"
	[ -e src/x ]
}

@test "bindmount of what is not there" {
	fails 1 -c "$(first)unshare mnt; bindmount $WORK/nowhere $WORK/dst"
	complains "there is no $WORK/nowhere"
	[ ! -e dst ]
}

@test "propagation belongs to mounts, and the / of a chroot is none" {
	fails 1 -c "$(first)unshare mnt; propagation private $WORK"
	errs mount.EINVAL
	complains "bindmount $WORK"
	is_root || skip 'only root can'
	is_static || skip 'the program is linked to libraries that a chroot lacks'
	mkdir -p cage/proc cage/run
	cp "$STAVE" cage/stave
	STAVE_TRACE=errors run --separate-stderr unshare --mount sh -c \
		'mount --rbind /proc cage/proc && exec chroot cage /stave -c "unshare mnt"'
	[ "$status" = 1 ] || complain "ended with $status"
	take_ids
	errs mount.EINVAL
	complains chroot
}

@test "propagation: shared, slave, private, unbindable" {
	works --json -c "$(first)unshare mnt; propagation shared; propagation slave; propagation unbindable; propagation private"
	holds '[.[-4:][].ops[0].call | capture("MS_REC\\|(?<k>MS_[A-Z]+)").k] == ["MS_SHARED", "MS_SLAVE", "MS_UNBINDABLE", "MS_PRIVATE"]'
	holds '.[-4].mountinfo.added | all(contains("shared:"))'
}

@test "setns joins the namespaces of a living process, by its number" {
	unshare ${UID:+--user --map-root-user} --mount --uts sleep 30 3>&- &
	local pid=$!
	await sh -c "[ \$(readlink /proc/$pid/ns/uts) != $(readlink /proc/self/ns/uts) ]"
	works --json -c "setns $pid user uts mnt"
	[ "$(pick '.[-1].ns.uts.id')" = "$(readlink "/proc/$pid/ns/uts" | tr -dc 0-9)" ]
	[ "$(pick '.[-1].ns.mnt.id')" = "$(readlink "/proc/$pid/ns/mnt" | tr -dc 0-9)" ]
	works -c "setns $pid all; ns"
	says "with $pid"
	kill $pid
}

@test "setns joins a namespace by the file that it is mounted on, also when nobody is in it" {
	local type build='unshare mnt; mount tmpfs /mnt'
	is_root || build="unshare user mnt; mount tmpfs /mnt"
	for type in net uts ipc; do
		works --json -c "$build; unshare $type; bindmount /proc/self/ns/$type /mnt/n; unshare $type; setns /mnt/n $type; undo 2; redo 2; run readlink /proc/self/ns/$type; run stat -c '$type:[%i]' /mnt/n"
		holds '.[-1].output == .[-2].output'
		holds --arg type $type '[.[] | select(.line | startswith("unshare " + $type)) | .ns[$type].id] | unique | length > 1'
	done
	# In the child's root, as all paths.
	works --json -c "$build; unshare net; bindmount /proc/self/ns/net /mnt/n; unshare net; cd /mnt; run ln -s /mnt/n /mnt/l; setns ./l net; run stat -L -c %i l"
	holds '(.[-2].ns.net.id | tostring) == (.[-1].output | rtrimstr("\n"))'
	works --json -c "$build; unshare pid uts; mount proc /proc; bindmount /proc/self/ns/uts /mnt/n; setns /mnt/n all"
	fails 1 --json -c "$build; run ln -s /proc/1/ns/uts /mnt/l; setns /mnt/l uts"
	holds '.[-1].ops == []'
}

@test "setns: a process that is gone, one that may not be joined" {
	sleep 0 &
	wait $!
	fails 1 -c "setns $! uts"
	complains -r 'ESRCH|no such process|no process'
	need_user
	fails 1 -c 'setns 1 mnt'
	complains -r 'EACCES|EPERM'
}

@test "without privilege a namespace needs a user namespace first, and the error says so" {
	need_user
	fails 1 -c 'unshare uts'
	complains EPERM
	complains 'unshare user'
}

@test "a namespace that another was in first is joined, not the child's own, and so it stays" {
	local wall=uts
	is_root || wall='user uts'
	unshare ${UID:+--user --map-root-user} --uts sleep 30 3>&- &
	local pid=$!
	await sh -c "[ \$(readlink /proc/$pid/ns/uts) != $(readlink /proc/self/ns/uts) ]"
	works --json -c "$(first)unshare ipc; reset; setns $pid $wall"
	holds '.[-1].ns.uts.joined and .[-1].ns.uts.own and .[-1].walls.uts and (.[-1].ns.ipc.joined | not)'
	printf '%s\n' "setns $pid $wall" 'unshare ipc' 'undo' 'check ns uts own' >script
	works script
	says -r '\[ipc joined:(user,)?uts\] > undo'
	says -r '\[joined:(user,)?uts\] > check'
	works -q -c "setns $pid $wall; status"
	says -r 'joined +(user )?uts'
	kill $pid
	wait $pid 2>/dev/null || true
}
