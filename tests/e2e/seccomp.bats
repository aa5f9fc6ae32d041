#!/usr/bin/env bats
# seccomp: filters on the child and its programs. What a filter does is asked of the kernel.
load common

prepare() {
	need_userns
}

# What a program of the child's gets from one system call: PROGRAM prints the errno's name.
call() { # NUMBER ARGUMENTS
	need_tool python3
	cat >call.py <<-'END'
		import ctypes, errno, sys
		libc = ctypes.CDLL(None, use_errno=True)
		got = libc.syscall(*[ctypes.c_long(int(a, 0)) for a in sys.argv[1:]])
		print('passed' if got >= 0 else errno.errorcode[ctypes.get_errno()])
	END
	echo "run python3 $PWD/call.py $*"
}

need_x86() {
	[ "$(uname -m)" = x86_64 ] || skip 'the numbers are those of x86-64'
}

@test "deny: the call fails, in the child and its programs, and undo brings it back" {
	works -c 'unshare user; seccomp deny mkdir mkdirat; run -- sh -c "mkdir new || true"'
	says 'seccomp(SECCOMP_SET_MODE_FILTER, 0, {len='
	says 'Seccomp 0 -> 2'
	complains -r 'not permitted'
	[ ! -e new ]
	works -q -c "unshare user; seccomp deny mkdir mkdirat; undo; run mkdir $PWD/new"
	[ -d new ]
}

@test "an ordinary user gets no_new_privs first, without which no filter is let in" {
	need_user
	works -c 'seccomp deny mkdir'
	says 'prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)'
}

@test "docker's policy: terminals, namespaces, families, newer calls" {
	need_x86
	# ioctl TIOCSTI, also with a bit above the 32 that the kernel looks at; TIOCLINUX; keyctl;
	# unshare; clone with CLONE_NEWUSER; clone3; AF_ALG; AF_VSOCK; a call of the future; getppid.
	works -q -c "unshare user; caps docker; seccomp docker;
		$(call 16 0 0x5412 0); $(call 16 0 0x100005412 0); $(call 16 0 0x541c 0);
		$(call 250 0 0 0); $(call 272 0x10000000); $(call 56 0x10000011 0 0 0 0);
		$(call 435 0 0); $(call 41 38 5 0); $(call 41 40 1 0); $(call 999); $(call 110)"
	[ "$output" = "$(printf '%s\n' EPERM EPERM EPERM EPERM EPERM EPERM ENOSYS EPERM EPERM ENOSYS passed)" ] ||
		complain 'other answers'
}

@test "docker's policy gives a child nothing for capabilities that it has not and cannot get any more" {
	local drop=
	need_tool unshare
	# Who lacks sys_admin gets no_new_privs with the filter, so that the bounding set is no way to have it.
	is_root && drop='caps drop sys_admin; '
	fails 1 -k --json -c "${drop}seccomp audit docker -- unshare -U true; seccomp docker; run unshare -U true"
	holds '[.[] | select(.line | startswith("seccomp audit"))][0].trace | .sys_admin == false and ([.refused[].call] | contains(["unshare"]))'
	holds '.[-1].status != 0'
}

@test "docker's policy lets pass what the capabilities are there for" {
	need_x86
	works -q -c "unshare user mnt; seccomp docker; $(call 272 0x20000)"
	[ "$output" = passed ] || complain 'unshare with sys_admin'
}

@test "a call of another architecture ends the process" {
	need_x86
	need_tool python3
	# push %rbx; mov $20, %eax (getpid of i386); int $0x80; pop %rbx; ret
	cat >other.py <<-'END'
		import ctypes, mmap
		page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
		page.write(bytes.fromhex('53b814000000cd805bc3'))
		print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))() > 0)
	END
	works -q -c "run python3 $PWD/other.py"
	[ "$output" = True ] || skip 'the kernel has no i386 calls'
	# 128 + SIGSYS
	fails 159 -c "unshare user; seccomp docker; run python3 $PWD/other.py"
}

@test "show tells which rule meets a call, and what the child's filters say" {
	works -c 'unshare user; caps docker; seccomp show mount socket ioctl keyctl'
	says 'would pass with sys_admin'
	says 'is below 38, or is 39, or is above 40'
	says 'argument 2 is 0x5412, or is 0x541c'
	says 'no rule lets it pass'
	works -c 'unshare user; seccomp deny mkdir; seccomp show mkdir; seccomp'
	says "the child's deny mkdir: EPERM"
	says 'loaded: deny mkdir'
}

@test "off says why not, and what to do" {
	fails 1 -c 'seccomp off'
	errs seccomp.stays
	complains 'undo'
}

@test "what would cut the child off is refused, with the call by which it would" {
	local call
	for call in recvmsg sendmsg poll read exit_group; do
		fails 1 -c "unshare user; seccomp deny $call"
		complains "the child itself needs $call"
	done
}

@test "a wrong name gets a near one" {
	fails 1 -c 'seccomp deny opnat'
	complains 'openat'
	fails 1 -c 'seccomp deny nosuchcallatall'
	errs seccomp.unknown
	fails 1 -c 'seccomp deny'
	errs argument.missing
	fails 1 -c 'seccomp dockr'
	complains 'docker'
}

@test "clone3 is ENOSYS behind docker's filter: a child all the same, and its programs" {
	local drop=
	! is_root || drop='caps drop all; '
	works -q -c "${drop}nonewprivs; seccomp docker; run $STAVE -q -c 'run echo inside'"
	says inside
}

@test "the child goes on behind a filter that refuses a call which it can do without" {
	local call
	for call in waitid clock_gettime; do
		works -q -c "$(first)seccomp deny $call; run echo said; run echo again"
		[ "$output" = $'said\nagain' ]
	done
}
