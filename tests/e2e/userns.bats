#!/usr/bin/env bats
# container --userns: which ids the container gets, from whom nobody else has them, and what its files
# are on the host.
load common

prepare() {
	need_userns
	need_tool busybox
}

# with_ranges LINE...: what follows has these lines in /etc/subuid and /etc/subgid, in a namespace of
# mounts of its own.
with_ranges() {
	printf '%s\n' "$@" >ranges
	cat >in-ranges <<-'END'
		#!/bin/sh
		for file in subuid subgid; do mount --bind ranges /etc/$file || exit 98; done
		exec "$@"
	END
	chmod 755 in-ranges
	[ -e /etc/subuid ] && [ -e /etc/subgid ] || skip 'the system has no /etc/subuid'
}

# in_ranges ARG...: the program with them
in_ranges() {
	run --separate-stderr timeout "$(deadline 60)" unshare --mount ./in-ranges "$STAVE" "$@" 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
}

# first_id MAP: the first id outside
first_id() { awk '$1 == 0 { print $2; exit }' <<<"$1"; }

MAP='container --userns -- cat /proc/self/uid_map'

@test "a range: root's own in subuid is taken, but for what another line has too" {
	need_root
	with_ranges root:1000000:65536
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 1000000 ]
	with_ranges root:1000000:65536 ann:1065535:1
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" -gt 1065536 ] || complain 'an id of another is taken'
	# A name in place of the number, and lines that are none.
	with_ranges : root: 'root:1000000' 0:2000000:65536 'ann:1e9:5'
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 2000000 ]
}

# The kind: what needs a writable /run. without_run HOW [COMMAND]: the program where /run is covered by HOW.
without_run() {
	cat >no-run <<-END
		#!/bin/sh
		mount -t tmpfs tmpfs /dev/shm && mount -t tmpfs -o $1 tmpfs /run && ${2:-:} || exit 98
		exec "$STAVE" -q -c 'container --userns -d -- sleep 100; container --userns -- cat /proc/self/uid_map; run ls /dev/shm'
	END
	run --separate-stderr unshare --mount sh no-run 3>&- 4>&-
}

@test "where /run is read-only ids are claimed elsewhere; another user's file there is told" {
	need_root
	without_run ro
	[ "$status" = 0 ] || complain "ended with $status"
	says -r '^ +0 +[1-9][0-9]* +65536'
	says stave-ids
	without_run ro 'setpriv --reuid 61234 --clear-groups touch /dev/shm/stave-ids'
	[ "$status" != 0 ] || complain 'a file of another'
	complains '/dev/shm/stave-ids'
	without_run rw
	[ "$status" = 0 ] || complain "ended with $status"
	says_not stave-ids
}

@test "a range: what a line without a password has is somebody's" {
	need_root
	{ cat /etc/passwd && echo 'someone::1879048192:1::/:/bin/sh'; } >passwd
	{ cat /etc/group && echo 'some::1879113728:'; } >group
	: >ranges
	cat >in-names <<-'END'
		#!/bin/sh
		mount --bind passwd /etc/passwd && mount --bind group /etc/group || exit 98
		exec "$@"
	END
	chmod 755 in-names
	run --separate-stderr unshare --mount ./in-names "$STAVE" -q -c "container --userns -- cat /proc/self/uid_map" 3>&- 4>&-
	[ "$status" = 0 ]
	[ "$(first_id "$output")" -gt 1879113728 ] || complain 'somebody has it'
}

@test "a range: a file of a hundred thousand lines is read" {
	need_root
	seq 100000 | sed 's/.*/user&:&000:1000/' >lines
	echo root:1500000000:65536 >>lines
	with_ranges "$(cat lines)"
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 1500000000 ] || complain "it is not root's own"
}

@test "a range: two shells that look at the same moment do not choose one, and a killed one's is free again" {
	need_root
	with_ranges root:1000000:131072
	# It has planned a container, and not made it yet.
	mkfifo planned go
	unshare --mount ./in-ranges "$STAVE" -q -c 'plan container --userns -- true
!echo >planned; read line <go' >plan 3>&- 4>&- &
	local other=$!
	read -r _ <planned
	grep -q '0 1000000 65536' plan || complain 'it has planned something else'
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 1065536 ] || complain 'the same, or another than is free'
	kill -9 "$other"
	echo >go
	wait "$other" || true
	in_ranges -q -c "$MAP"
	[ "$(first_id "$output")" = 1000000 ] || complain 'not free again'
}

@test "a range: a process that ends as its map is opened has none" {
	need_root
	need_tool strace
	! is_sanitized || skip 'sanitizers make calls of their own'
	sleep 60 3>&- 4>&- &
	local ends=$!
	run --separate-stderr strace -f -o calls -P "/proc/$ends/gid_map" -e inject=openat:error=EINVAL "$STAVE" -q -c 'container --userns -- true' 3>&- 4>&-
	kill $ends
	grep -q INJECTED calls
	[ "$status" = 0 ] || complain "$stderr"
}

@test "volumes: each that keeps the host's ids is named" {
	need_root
	mkdir one two
	run --separate-stderr stave -c "container --userns -v $PWD/one:/1 -v $PWD/two:/2 -- true"
	[ "$status" = 0 ]
	output=$(tr -s ' \n' ' ' <<<"$output")
	says -r "keep the host's ids: [^ ]*/one, [^ ]*/two"
}

# on_store KIND SCRIPT: the script, run where the store lies on a file system of that kind, which has no
# idmapped mounts. $1 is the program.
on_store() {
	cat >on-store <<-'END'
		case $1 in
		overlay)
			mkdir -p low store && mount -t tmpfs t low && mkdir low/low low/up low/work &&
				mount -t overlay -o lowerdir=low/low,upperdir=low/up,workdir=low/work o store ;;
		ramfs) mkdir -p store && mount -t ramfs r store && chmod 700 store ;;
		esac || exit 99
		export XDG_DATA_HOME=$PWD/store
		set -- "$2"
	END
	printf '%s\n' "$2" >>on-store
	run --separate-stderr timeout 100 unshare --mount sh ./on-store "$1" "$STAVE" 3>&- 4>&-
	[ "$status" != 99 ] || skip "no $1 can be mounted here"
	[ "$status" = 0 ] || complain "ended with $status"
}

# A layer with owners, a setuid file, two names of one file, a capability; another that deletes.
two_layers() {
	mkdir -p lower/bin lower/a lower/gone
	cp /bin/busybox lower/bin/busybox
	ln lower/bin/busybox lower/bin/sh
	touch lower/a/f lower/a/deleted lower/gone/f
	chown 1000:1001 lower/a/f
	chmod 4755 lower/a/f
	tar -C lower -cf lower.tar .
}

@test "layers without idmapped mounts: a copy has the owners, modes and names, and belongs to nobody on the host" {
	need_root
	two_layers
	on_store overlay '
		"$1" -q -c "image import lower.tar web" >/dev/null || exit 1
		"$1" -q -c "container --userns --image web -- /bin/sh -c \"busybox stat -c %u:%g:%a:%h / /a/f /bin/sh; >/a/g; busybox chown 7 /a/f && busybox stat -c %u /a/g /a/f\"" || exit 1
		find store/stave/copies -mindepth 2 -printf "%U %p\n" | awk "\$1 < 65536 { bad++ } END { print bad + 0 }"
		stat -c %a store/stave/copies'
	[ "$output" = $'0:0:755:1\n1000:1001:4755:1\n0:0:755:2\n0\n7\n0\n700' ] || complain 'not as it was'
}

@test "layers without idmapped mounts: deletions are deletions in the copy" {
	need_root
	two_layers
	on_store ramfs '
		"$1" -q -c "image import lower.tar web" >/dev/null || exit 1
		"$1" -q -c "container --image web
run -- /bin/busybox rm -r /a/deleted /gone
commit web2" >/dev/null || exit 1
		"$1" -q -c "container --userns --image web2 -- /bin/busybox find /a /gone" || true'
	[ "$output" = $'/a\n/a/f' ] || complain 'something is there again'
}

@test "copies of layers: made once, listed, counted, and removed with their image" {
	need_root
	two_layers
	on_store overlay '
		"$1" -q -c "image import lower.tar web" >/dev/null || exit 1
		for i in 1 2; do
			"$1" -q -c "container --userns --image web -- /bin/busybox true" || exit 1
			ls -i store/stave/copies | sort -k 2 | head -1
		done
		"$1" -q -c "image ls" | grep -c "copies\|copy"
		# What a killed shell leaves is nobodys.
		mkdir -p store/stave/scratch/killed/copy
		"$1" -q -c "image rm web" >/dev/null || exit 1
		ls store/stave/copies store/stave/scratch'
	# Another session may have had the first range of ids meanwhile.
	[ "${lines[2]}" = 1 ]
	[ "$(printf '%s\n' "${lines[@]:3}")" = $'store/stave/copies:\nstore/stave/scratch:' ] ||
		complain 'something is left'
}

@test "copies of layers: one that is interrupted leaves nothing that is taken for a copy" {
	need_root
	two_layers
	head -c 300M /dev/zero | tr '\0' x >lower/big
	tar -C lower -cf lower.tar .
	on_store overlay '
		"$1" -q -c "image import lower.tar web" >/dev/null || exit 1
		"$1" -q -c "container --userns --image web -- /bin/busybox true" &
		until [ -n "$(find store/stave/scratch -name big -size +0 2>/dev/null)" ]; do kill -0 $! || exit 2; done
		kill -KILL $!
		wait $!
		ls store/stave/copies
		"$1" -q -c "container --userns --image web -- /bin/busybox stat -c %s /big" || exit 1
		ls store/stave/scratch'
	[ "$output" = 314572800 ] || complain 'not whole, or something is left'
}

@test "volumes of a store without idmapped mounts: a fresh one is the container's own, another is named" {
	need_root
	on_store overlay '
		"$1" -q -c "volume create old" >/dev/null || exit 1
		"$1" -c "container --userns -v fresh:/f -v old:/o -- sh -c \"echo 1 >/f/x; stat -c %u /f/x; echo 1 >/o/x || echo refused\"" || exit 1
		stat -c %u store/stave/volumes/fresh/_data/x store/stave/volumes/old/_data'
	local ids=("${lines[@]: -2}")
	output=$(tr -s ' \n' ' ' <<<"$output")
	says "keep the host's ids: old."
	says refused
	[ "${ids[0]}" -ge 65536 ]
	[ "${ids[1]}" = 0 ]
}

# marked DIR...: in a container with FLAGS a setuid file and one with a capability are made in each.
marked() {
	cat >mark.py <<-'END'
		import os, sys
		for folder in sys.argv[1:]:
		    for name in "setuid", "capable":
		        open(folder + "/" + name, "w").close()
		        os.chmod(folder + "/" + name, 0o755)
		    os.chmod(folder + "/setuid", 0o6755)
		    # Version 2: effective and permitted CAP_SYS_ADMIN.
		    os.setxattr(folder + "/capable", "security.capability",
		                bytes.fromhex("0100000200002000000000000000000000000000"))
	END
	cp mark.py open/mark.py
	run --separate-stderr stave -q -c "container $FLAGS -v $PWD/open:/v -v data:/data -v /usr:/usr:ro \
		-v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro -- /usr/bin/python3 /v/mark.py $*"
	[ "$status" = 0 ] || complain "ended with $status"
}

# told FILE: its owner, mode, and the root for whom its capability holds (- without one, 0 the host's)
told() {
	python3 -c 'import os, struct, sys
st = os.stat(sys.argv[1])
try:
    cap = os.getxattr(sys.argv[1], "security.capability")
    root = struct.unpack("<I", cap[20:24])[0] if len(cap) == 24 else 0
except OSError:
    root = "-"
print(st.st_uid, oct(st.st_mode & 0o7777), root)' "$1"
}

need_loader() {
	need_tool python3
	[ -e /usr/lib64/ld-linux-x86-64.so.2 ] || skip 'python3 has its loader elsewhere'
}

@test "made on a folder of the host's: neither a setuid file nor a capability is of the host's root" {
	need_root
	need_loader
	mkdir -m 1777 open
	FLAGS=--userns marked /v
	read -r owner mode _ <<<"$(told open/setuid)"
	[ "$owner" -ge 65536 ] && [ "$mode" = 0o6755 ] || complain "$owner $mode"
	read -r owner _ root <<<"$(told open/capable)"
	[ "$owner" -ge 65536 ] && [ "$root" -ge 65536 ] || complain "$owner, for $root"
	# Without, they are: what verify's row host-root says.
	rm open/setuid open/capable
	FLAGS='' marked /v
	[ "$(told open/setuid)" = '0 0o6755 -' ]
	[ "$(told open/capable)" = '0 0o755 0' ]
}

@test "made on a volume of the store: its owners are those in there, and nobody but root comes to it" {
	need_root
	need_loader
	mkdir -m 1777 open
	chmod 755 "$WORK" "$BATS_FILE_TMPDIR"
	FLAGS=--userns marked /data
	[ "$(told "$XDG_DATA_HOME/stave/volumes/data/_data/setuid")" = '0 0o6755 -' ]
	run ! setpriv --reuid=61234 --regid=61234 --clear-groups stat "$XDG_DATA_HOME/stave/volumes/data/_data/setuid"
	[[ $output == *'Permission denied'* ]]
	works -q -c "container --userns -v data:/d -- sh -c 'grep \" /d \" /proc/mounts'"
	says nosuid
}

@test "made by an ordinary user's container: the setuid file is the user's, and so is the capability" {
	need_user
	need_loader
	mkdir open
	FLAGS='' marked /v
	[ "$(told open/setuid)" = "$(id -u) 0o6755 -" ]
	[ "$(told open/capable)" = "$(id -u) 0o755 $(id -u)" ]
}

@test "volumes: what a container mounts in one is not on the host, also where the host shares its mounts" {
	need_root
	mkdir -p -m 1777 open
	mkdir open/sub
	cat >line <<-END
		container -d --name box --userns --cap-add sys_admin --security-opt seccomp=unconfined -v $PWD/open:/v -- sh -c "mount -t tmpfs inner /v/sub; echo \\$? >/v/made; sleep 60"
		!for i in \$(seq 100); do [ -s open/made ] && break; sleep 0.05; done; cat open/made; grep -c open/sub /proc/self/mountinfo
	END
	run --separate-stderr timeout 60 unshare --mount sh -c "mount --make-rshared / && exec '$STAVE' -q line" 3>&- 4>&-
	[ "$output" = $'0\n0' ] || complain 'the host has it'
}
