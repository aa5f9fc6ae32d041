#!/usr/bin/env bats
# Kernels that lack a system call: a filter around Stave answers it with ENOSYS. Each session goes as ever, or its first
# line that cannot says why: which call, and that a filter hides it, as this kernel has it.
load common

prepare() {
	need_userns
	need_tool busybox
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	lacks getpriority /bin/true 2>/dev/null || skip 'libseccomp.so.2 is not installed'
	! is_sanitized || skip 'sanitizers make calls of their own'
	chmod 755 "$WORK"
	mkdir -p A B/d C t source lines
	touch A/a B/b
	export XDG_DATA_HOME=$WORK/data
	works -q -c 'container -- /bin/true'
	tar -cf a.tar A B
	cat >lines/walk <<-END
		$(first)unshare mnt pid uts ipc net
		hostname box
		rootfs busybox $WORK/t
		mount proc $WORK/t/proc
		pivot $WORK/t
		caps drop all
		nonewprivs
		walls
		ns
		undo
	END
	cat >lines/union <<-END
		$(first)unshare mnt
		union A B C
		whiteout C/a
		opaque C/d
		layers
		diff
		undo
	END
	cat >lines/commit <<-END
		container
		run touch /made
		diff
		commit made -m text
		copyup /etc/group
		reset
		image history made
		image rm made
	END
	cat >lines/import <<-END
		image import a.tar one
		image verify
		image export one out.tar
		image import out.tar two
		image rm one
		image rm two
	END
	cat >lines/save <<-END
		$(first)unshare uts mnt
		hostname box
		mount tmpfs $WORK/t
		save saved
		reset
		source saved
		check hostname box
	END
	echo "container -v $WORK/source:/data --hostname box -- sh -c 'test -d /data && hostname'" >lines/container
	printf '%s\n' 'container -d --name cask -- sleep 60' 'exec cask true' ps >lines/exec
	printf '%s\n' "$(first)unshare uts" 'run true' >lines/run
}

lacks() { # CALLS PROGRAM [ARG...]
	/usr/bin/python3 -B "$HERE/lacking.py" "$@" 3>&- 4>&-
}

# Each session that does not need CALLS works without them; of those that do the first line that cannot has that cause.
without() { # CALLS [SESSION...]
	local calls=$1 session
	shift
	for session in container exec walk union commit import save run; do
		run --separate-stderr lacks "$calls" "$STAVE" --json -y "lines/$session"
		if [[ " $* " != *" $session "* ]]; then
			[ "$status" = 0 ] || complain "$session without $calls ended with $status: $(pick -c ".[-1].error")"
			holds 'all(.[]; .ok)'
			continue
		fi
		[ "$status" != 0 ] || complain "$session needs no $calls"
		holds '.[-1].error | (.id | test("^[a-z_]+\\.ENOSYS$")) and .errno == "ENOSYS" and .cause == "seccomp.outer"' || complain "$session without $calls"
	done
	rm -rf saved out.tar
	host_unharmed
}

# What is planned for an older kernel does without the call.
need_kernel() { # VERSION
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ] || skip "the kernel is older than Linux $1"
}

@test "Linux before 5.1 and 5.3: pidfd_send_signal(2), clone3(2)" { without pidfd_send_signal,clone3; }
@test "Linux before 5.6: openat2(2)" { without openat2; }
@test "Linux before 5.8 and 5.9: faccessat2(2), close_range(2)" { without faccessat2,close_range; }
@test "Linux before 5.11 and 6.6: epoll_pwait2(2), fchmodat2(2), pidfd_getfd(2)" { without epoll_pwait2,fchmodat2,pidfd_getfd; }
@test "Linux before 4.11: statx(2)" { without statx; }
@test "Linux before 5.13: landlock(7)" { without landlock_create_ruleset,landlock_add_rule,landlock_restrict_self; }
@test "all of these at once" { without pidfd_send_signal,clone3,openat2,faccessat2,close_range,epoll_pwait2,fchmodat2,statx,landlock_create_ruleset; }
@test "Linux before 5.3: pidfd_open(2)" { without pidfd_open run commit; }
@test "Linux before 5.2: open_tree(2) and move_mount(2)" { without open_tree,move_mount container exec commit; }
@test "Linux before 5.2: fsopen(2)" { without fsopen,fsconfig,fsmount,fspick; }
@test "Linux before 5.12: mount_setattr(2)" {
	need_kernel 5.12
	without mount_setattr container exec commit
}
@test "every kernel has it, and a filter hides it: capset(2), prlimit(2), seccomp(2)" {
	for call in capset prlimit64 seccomp; do
		run --separate-stderr lacks "$call" "$STAVE" --json -y lines/container
		[ "$status" = 125 ] || complain "$call: $status"
		holds '.[-1].error | .errno == "ENOSYS" and .cause == "seccomp.outer"' || complain "without $call"
	done
	host_unharmed
}

@test "Linux before 6.8: statmount(2), listmount(2)" { without statmount,listmount; }

@test "what every kernel has and asks no privilege for, answered with ENOSYS and EPERM: pipe2(2), eventfd2(2), socketpair(2)" {
	local call session answer wrong=''
	for answer in 38:ENOSYS 1:EPERM; do
		for call in pipe2 eventfd2 socketpair; do
			for session in container run; do
				ANSWER=${answer%:*} run --separate-stderr lacks "$call" "$STAVE" --json -y "lines/$session"
				[ "$status" != 0 ] && jq -e --arg errno "${answer#*:}" --arg call "$call(2)" -s '.[-1].error |
					.errno == $errno and .cause == "seccomp.outer" and (.why | contains($call)) and .fix != ""' <<<"$output" >told ||
					wrong+="$session without $call, ${answer#*:}: $status $(pick -c '.[-1].error')"$'\n'
			done
		done
	done
	[ -z "$wrong" ] || complain "$wrong"
	host_unharmed
}

@test "an archive reader that cannot be confined says by which call: capset(2), prctl(2)" {
	local call
	for call in capset prctl; do
		run --separate-stderr lacks "$call" "$STAVE" --json -y lines/import
		[ "$status" != 0 ] || complain "no $call: $status"
		holds '.[-1].error | .id == "reader.walls" and .errno == "ENOSYS" and .cause == "seccomp.outer"' || complain "without $call"
	done
	host_unharmed
}

@test "the call that failed is the one that is named: flock(2) of the runtime folder" {
	run --separate-stderr lacks flock "$STAVE" --json -c status
	[ "$status" = 125 ]
	holds '.[-1].error | .errno == "ENOSYS" and (.what | startswith("flock "))'
}
