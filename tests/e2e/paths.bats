#!/usr/bin/env bats
# Paths that an image or a volume bends, and handles that could be left open: nothing outside of a
# container's root is reached. What must work stands beside what must not.
load common

prepare() {
	need_userns
	need_tool busybox
	chmod 755 "$WORK"
	mkdir -p victim/dev victim/pts
	echo HOSTMARK >victim/mark
	VICTIM_BEFORE=$(state_of victim)
}

# An ordinary user's root is a union only where user namespaces may mount overlay.
need_union() {
	is_root || [ "$(printf '5.11\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 5.11 ] ||
		skip 'overlay in a user namespace needs Linux 5.11'
}

state_of() { # FOLDER: names, modes, sizes and contents
	find "$1" -printf '%p %y %m %s\n' | sort
	find "$1" -type f -exec sha256sum {} +
}

victim_unharmed() {
	[ "$(state_of victim)" = "$VICTIM_BEFORE" ] || complain 'the victim is not as it was'
}

# An image with busybox in it and nothing else but NAME=TARGET links.
make_image() { # IMAGE [NAME=TARGET...]
	local image=$1 link
	shift
	rm -rf --one-file-system "${image:?}"
	mkdir -p "$image/bin"
	cp "$(command -v busybox)" "$image/bin/busybox"
	ln -s busybox "$image/bin/sh"
	for link; do
		mkdir -p "$image/$(dirname "${link%%=*}")"
		ln -s "${link#*=}" "$image/${link%%=*}"
	done
	chmod -R a+rX "$image"
}

@test "folders of an image that are links lead nowhere outside" {
	need_union
	local name target
	for name in proc sys dev etc tmp; do
		for target in "$WORK/victim" "../../../../../../..$WORK/victim" "/proc/1/root$WORK/victim"; do
			make_image image "$name=$target"
			run --separate-stderr stave -q -c 'container --image image -- /bin/busybox cat /mark'
			[ "$status" != 0 ] || complain "$name -> $target: the mark was found"
			says_not HOSTMARK
			victim_unharmed
		done
	done
}

@test "a link in the place of /proc or /dev is refused, with the reason; there is no /sys then" {
	need_union
	local name
	make_image image sys=/elsewhere
	mkdir image/elsewhere
	works -c 'container --image image -- /bin/busybox ls /elsewhere'
	says '/sys of the image is a symbolic link, and must be a folder'
	works -q -c 'container --image image -- /bin/busybox ls /elsewhere'
	[ -z "$output" ] || complain 'something was mounted there'
	for name in proc dev; do
		make_image image "$name=/elsewhere"
		mkdir image/elsewhere
		fails 125 -c 'container --image image -- /bin/busybox true'
		complains "/$name of the image is a symbolic link, and must be a folder"
	done
}

@test "a device of the image that is a link to a file of /proc is not what programs get" {
	need_union
	make_image image dev/null=/proc/sys/kernel/core_pattern dev/pts=/proc/sys
	local before
	before=$(cat /proc/sys/kernel/core_pattern)
	works -q -c 'container --image image -- /bin/sh -c "echo x >/dev/null; busybox ls -l /dev/null; echo x >/proc/sys/kernel/core_pattern || echo refused"'
	says -r '^crw'
	says refused
	[ "$(cat /proc/sys/kernel/core_pattern)" = "$before" ]
}

@test "a volume below a link of the image lies where the link leads inside" {
	need_union
	make_image image var/run=/run out="$WORK/victim" up=../../../../../victim
	mkdir -p image/run source
	echo content >source/file
	works -q -c "container --image image -v $WORK/source:/var/run/app -- /bin/busybox cat /run/app/file"
	says content
	local link
	for link in out up; do
		run --separate-stderr stave -q -c "container --image image -v $WORK/source:/$link/app -- /bin/busybox true"
		victim_unharmed
	done
	[ ! -e image/run/app ]
}

@test "a volume whose source lies below a folder that may only be passed" {
	need_union
	mkdir -p shut/source
	echo content >shut/source/file
	chmod 711 shut
	works -q -c "container -v $WORK/shut/source:/in -- cat /in/file"
	says content
	chmod 111 shut
	works -q -c "container -v $WORK/shut/source:/in -- cat /in/file"
	says content
	chmod 700 shut
}

@test "a volume does not take the place of what the kernel shows" {
	mkdir source
	local target
	for target in /proc /proc/sys /sys /sys/fs/cgroup /dev; do
		fails 125 -c "container -v $WORK/source:$target -- true"
		errs volume.form
	done
}

@test "a volume has its flags, and so have the mounts in it" {
	need_union
	[ "$(printf '5.12\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 5.12 ] ||
		skip 'mount_setattr(2) came with Linux 5.12'
	works -q -c "container -v $WORK/victim:/in:ro -- cat /proc/self/mountinfo"
	says -r ' /in ro,nosuid,nodev,'
	works -c "plan container -v $WORK/victim:/in:ro -- true"
	says -r 'open_tree\(AT_FDCWD, [^
]*
[^
]*mount_setattr\(mnt, "", AT_EMPTY_PATH\|AT_RECURSIVE, [^
]*MOUNT_ATTR_RDONLY\|MOUNT_ATTR_NOSUID\|MOUNT_ATTR_NODEV[^
]*
[^
]*move_mount\(mnt, "", openat2\(root, "/in", RESOLVE_IN_ROOT\)'
}

# Somebody swaps a folder of a shared volume for a link to / while containers start that mount in it:
# CVE-2021-30465, CVE-2024-45310. Bounded to a few seconds.
@test "a race for the target of a mount is never won" {
	need_union
	mkdir -p shared/flip/in other
	echo other >other/file
	ln -s "../../../../../../$WORK/victim" shared/flop
	python3 -c '
import ctypes, os, time
libc = ctypes.CDLL(None)
end = time.time() + 4
while time.time() < end:
    libc.syscall(316, -100, b"shared/flip", -100, b"shared/flop", 2)
' &
	local swapper=$! runs=0 hits=0
	while kill -0 "$swapper" 2>/dev/null; do
		runs=$((runs + 1))
		output=$(stave -q -c "container -v $WORK/shared:/s -v $WORK/other:/s/flip -- sh -c \"cat /s/flip/* /mark /victim/mark\"" 2>/dev/null) || true
		[[ $output != *HOSTMARK* ]] || hits=$((hits + 1))
	done
	wait "$swapper"
	[ "$runs" -gt 3 ] && [ "$hits" = 0 ] || complain "$hits of $runs"
	victim_unharmed
}

@test "where the kernel has no openat2 the walk does the same" {
	need_union
	need_tool strace
	make_image image var/run=/run out="$WORK/victim"
	mkdir -p image/run source
	echo content >source/file
	# No leak is looked for under ptrace(2).
	export ASAN_OPTIONS=detect_leaks=0
	strace -f -qq -o calls -e trace=openat2 -e inject=openat2:error=ENOSYS "$STAVE" -q -c "container --image image -v $WORK/source:/var/run/app -- /bin/busybox cat /run/app/file" 3>&- 4>&- >printed
	grep -q INJECTED calls || complain 'nothing was injected'
	[ "$(cat printed)" = content ]
	run strace -f -qq -o calls -e trace=openat2 -e inject=openat2:error=ENOSYS "$STAVE" -q -c "container --image image -v $WORK/source:/out/app -- /bin/busybox true" 3>&- 4>&-
	victim_unharmed
}

@test "a folder's name is never an option of the mount" {
	need_union
	make_image 'l:,upperdir=x\y'
	works -q -c "container --image '$WORK/l:,upperdir=x\\y' -- /bin/busybox echo fine"
	says fine
	[ ! -e x ]
}

@test "no descriptor and no working folder of the host's is open in a container" {
	exec 7<victim 8<victim/mark
	works -q -c 'container -- ls /proc/self/fd' 
	# 3 is ls's own, on the folder it lists
	[ "$output" = $'0\n1\n2\n3' ] || complain 'other descriptors'
	works -q -c 'container; run ls /proc/self/fd; run ls -l /proc/1/fd /proc/1/cwd /proc/1/root'
	says_not victim
	exec 7<&- 8<&-
}

@test "--workdir through a descriptor is refused, for container and exec" {
	exec 7<victim
	local n
	for n in 3 4 5 6 7 8; do
		run --separate-stderr stave -q -c "container -w /proc/self/fd/$n -- sh -c 'pwd; cat mark ../mark'"
		[ "$status" != 0 ] || complain "descriptor $n was a working folder"
		says_not HOSTMARK
	done
	run --separate-stderr stave -q -k -c "container -d --name box -- sleep 30; exec box -w /proc/self/fd/3 pwd; exec box -w /proc/self/fd/5 pwd; exec box -w /proc/self/fd/7 pwd"
	says_not /
	exec 7<&-
}

# The kernel's links lead the child to where the shell cannot follow, and take back what a line made.
@test "no folder is made behind a link of the kernel's, where it would stay" {
	local line here=$PWD user=
	[ "$(id -u)" = 0 ] || user='user '
	mkdir there
	for line in 'mount tmpfs /proc/self/cwd/x' 'mount tmpfs /proc/self/cwd/x/y' 'union /usr /proc/self/cwd/x' \
		'rootfs busybox /proc/self/cwd/x' 'union /usr /mnt --upper /proc/self/cwd/x'; do
		fails 1 -c "unshare ${user}mnt; cd $here/there; $line"
		errs system
		[ -z "$(ls there)" ] || complain "$line: $(ls there) stays"
	done
	stave -q -c "unshare ${user}mnt; cd $here/there; mount tmpfs /proc/self/cwd"
	[ -z "$(ls there)" ]
}

# Content, mode, owner, size, and when it was last changed.
program_now() {
	sha256sum "$STAVE" && stat -c '%a %u:%g %h %Y %Z %s' "$STAVE"
}

# What PID 1 runs is the shell's program, by a mount or a copy that no one can write to.
@test "the shell's program cannot be changed from a container, nor its environment be read" {
	local before init
	before=$(program_now)
	mkdir tools
	cat >tools/reach <<-'END'
		#!/bin/sh
		cat /proc/1/environ
		cmp -s /proc/1/exe /tools/stave && echo 'the program'
		echo x >>/proc/1/exe || echo refused
		chmod 4777 /proc/1/exe || echo refused
		echo end
	END
	cp "$STAVE" tools/stave
	chmod 755 tools tools/*
	for init in "; run /tools/reach" "--init -- /tools/reach"; do
		SECRET=of-the-host works -q -c "container -v $WORK/tools:/tools:ro $init"
		says_not of-the-host
		says 'the program'
		[ "$(grep -c '^refused' <<<"$output")" = 2 ] || complain 'the program could be changed'
		says end
	done
	[ "$(program_now)" = "$before" ] || complain 'the program is another'
}

# CVE-2019-5736: the program that is run is the one that runs it.
@test "a program of the image that leads back to the shell changes nothing of it" {
	need_union
	local before
	before=$(sha256sum "$STAVE")
	make_image image
	printf '#!/proc/self/exe\n!echo x\n' >image/bin/evil
	chmod 755 image/bin/evil
	run --separate-stderr stave -q -c 'container --image image -- /bin/evil'
	[ "$(sha256sum "$STAVE")" = "$before" ]
}

# CVE-2016-9962: who is in the container looks for the process that joins, with the right to trace, and
# is given a third of a second for it.
@test "the process that joins for exec is not to be traced before it is the program" {
	need_union
	need_tool strace
	mkdir seen
	chmod 777 seen
	export ASAN_OPTIONS=detect_leaks=0
	strace -f -qq -o calls -e trace=chdir -e inject=chdir:delay_enter=300000 "$STAVE" -q -c "container --userns --cap-add sys_ptrace --security-opt seccomp=unconfined -d --name box -v $WORK/seen:/seen -- sh -c 'while :; do for p in /proc/[0-9]*; do x=\$(readlink \$p/exe) && echo \$x; done; done >/seen/programs 2>/dev/null'; exec box sleep 0.3" 3>&- 4>&-
	grep -q INJECTED calls || grep -q DELAYED calls || complain 'nothing was held up'
	grep -q busybox seen/programs || complain 'nobody looked'
	! grep -vE '^/bin/(busybox|true|sh|sleep)$' seen/programs || complain 'something of the host was seen'
}

@test "what cannot be looked at is not said to be missing: a source behind a loop of links" {
	need_userns
	ln -s loop loop
	mkdir C
	run --separate-stderr stave --json -k -c "$(is_root || printf 'unshare user; ')unshare mnt; bindmount $WORK/loop/x $WORK/C; bindmount $WORK/nowhere $WORK/C"
	holds '.[-2].error.errno == "ELOOP"'
	holds '.[-1].error.errno == null and (.[-1].error.what | contains("nowhere"))'
}

@test "/proc/self of a proc of another pid namespace: it is not told what it points to, which nobody can read" {
	need_userns
	run --separate-stderr stave --json -c "$(first)unshare mnt pid; mount proc /proc; mount tmpfs /proc/self/cwd/x"
	holds '.[-1].error | .cause == "file.dangling-link" and .errno == "EEXIST" and (.why | test("link to ,") | not)'
}
