#!/usr/bin/env bats
# Each system call of a session fails in turn, wherever it is made: one clear error or none, no
# hang, no crash, and a host as it was.
load common

prepare() {
	need_userns
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	mkdir A B C src
	touch A/a B/b
	cat >script <<END
$(first)unshare uts mnt
hostname box
mount tmpfs $WORK/src
union $WORK/A $WORK/B $WORK/C
run true
undo
redo
END
}

# inject CALL ERRNO: fail the N-th call of every process, N going up until none was left to fail.
inject() {
	local n status
	for ((n = 1; n <= ${3:-12}; n++)); do
		status=0
		timeout -k 2 "$(deadline 30)" strace -f -qq -o log -e "trace=$1" -e "inject=$1:error=$2:when=$n" \
			"$STAVE" -q -k script >out 2>err </dev/null 3>&- 4>&- || status=$?
		grep -q INJECTED log || return 0
		! is_before_main || continue
		[[ $status -le 127 && $status != 124 ]] || complain_of "$1 $2 $n: status $status"
		[ $status = 0 ] || grep -q '^stave: ' err || grep -q 'write([12],.*INJECTED' log ||
			complain_of "$1 $2 $n: no error told"
		! grep -qE 'Sanitizer|runtime error' err || complain_of "$1 $2 $n"
		# What could not be taken back is taken back by the next start.
		stave -q -c version >again 2>&1 || complain_of "$1 $2 $n: no start after it"
		host_unharmed || complain_of "$1 $2 $n: host harmed"
	done
}

# Whether it was the loader or the sanitizer that could not start: LeakSanitizer does not work
# under strace, which ASAN_OPTIONS tells it unless it could not read them.
is_before_main() {
	grep -qE 'error while loading shared libraries|LeakSanitizer has encountered' err
}
export ASAN_OPTIONS=detect_leaks=0

complain_of() {
	printf '%s\n' "$1"
	sed 's/^/err: /' err
	tail -n 5 log
	return 1
}

# The same for a whole container and its limits.
inject_container() {
	need_tool busybox
	echo "container $(! is_root || echo '--cpu 20000 --pids 50') -v $WORK/src:/data -- /bin/true" >script
	stave -q script || skip 'no container here'
	HOST_BEFORE=$(host_state --before)
	inject "$@"
}

# With the calls wrapped instead of traced: all processes of a session count together (tests/faults/run --help).
wrapped() {
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	need_tool busybox
	[ -x "${STAVE%/*}/tests/faults/stave" ] || STAVE=$REPOSITORY/build/stave
	run timeout "$(deadline 120)" /usr/bin/python3 -B "$REPOSITORY/tests/faults/run" "${STAVE%/*}/tests/faults/stave" "$@" 3>&- 4>&-
	[ "$status" = 0 ] || complain "$*"
}

@test "wrapped: socketpair fails in each session" { wrapped --kind socketpair; }
@test "wrapped: what cannot be looked at is told so, and what was made goes" {
	wrapped --session container --kind eventfd --kind lstat --kind stat --kind readlinkat --kind fcntl
}
@test "wrapped: an import that fails leaves nothing and writes nothing of the reader's" {
	wrapped --session import --kind fcntl --kind fsync --kind posix_spawn_file_actions_adddup2
}

@test "container: mount fails" { inject_container mount EPERM 40; }
@test "container: pivot_root and umount fail" { inject_container pivot_root,umount2 EINVAL; }
@test "container: mkdir, symlink and mknod fail" { inject_container mkdir,mkdirat,symlink,mknod ENOSPC 30; }
@test "container: open fails" { inject_container open,openat EMFILE 40; }
@test "container: write fails" { inject_container write EACCES 20; }
@test "container: execve fails" { inject_container execve ENOEXEC 3; }
@test "container: unshare and sethostname fail" { inject_container unshare,sethostname EPERM; }
@test "container: a capability that is not taken out of the bounding set is an error, whatever the kernel says" {
	need_root
	echo 'container -- /bin/true' >script
	run strace -f -qq -o log -e trace=prctl -e inject=prctl:error=EINVAL:when=13 "$STAVE" -q script
	grep -q 'CAPBSET_DROP, CAP.*INJECTED' log || complain 'another call has failed'
	[ "$status" = 125 ] || complain 'the program was started'
}
@test "container: kill fails" { inject_container kill EPERM 2; }

@test "unshare fails" { inject unshare EPERM; inject unshare ENOSPC; }
@test "mount fails" { inject mount EPERM; inject mount EINVAL 3; inject mount ENOMEM 3; }
@test "umount fails" { inject umount2 EBUSY; }
@test "sethostname fails" { inject sethostname EPERM; }
@test "mkdir fails" { inject mkdir,mkdirat ENOSPC; inject mkdir,mkdirat EROFS 3; }
@test "clone fails" { inject clone3 EPERM; inject clone3 ENOSYS 2; inject clone,fork,vfork EAGAIN; }
@test "execve fails" { inject execve ENOEXEC 3; }
@test "socketpair fails" { inject socketpair EMFILE; }
@test "pipe fails" { inject pipe,pipe2 EMFILE; }
@test "sendmsg fails" { inject sendmsg ENOBUFS 6; }
@test "recvmsg fails" { inject recvmsg ENOMEM 6; }
@test "pidfd_open fails" { inject pidfd_open EMFILE; }
@test "prctl fails" { inject prctl EINVAL 8; }
@test "signalfd and eventfd fail" { inject signalfd4,eventfd2 EMFILE 4; }
@test "poll fails" { inject poll ENOMEM 4; }
@test "open fails" { inject open,openat EMFILE 14; inject openat ENOENT 14; }
@test "reading fails" { inject read,pread64 EIO 14; }
@test "writing fails" { inject write,writev ENOSPC 8; }
@test "fstat fails" { inject fstat,newfstatat,stat,lstat EACCES 8; }
@test "removing fails" { inject unlink,unlinkat,rmdir EBUSY 4; }
