#!/usr/bin/env bats
# exec: a new process in everything that another one is in.
load common

prepare() {
	need_tool busybox
	need_userns
}

BOX='container -d --name box --hostname box -- sleep 30'

@test "exec is in the namespaces of the container" {
	works -q -c "$BOX; exec box ls -l /proc/1/ns /proc/self/ns"
	local type
	for type in mnt pid uts ipc net cgroup user; do
		[ "$(grep -o "$type:\[[0-9]*\]" <<<"$output" | sort -u | wc -l)" = 1 ] ||
			complain "$type differs"
	done
}

@test "exec sees its files, host name and processes, and is root" {
	works -q -c "$BOX; exec box sh -c 'touch /mark; hostname; id -u; ps'; exec box ls /mark"
	says -r '^box
0
.*sleep 30'
	says /mark
}

@test "exec by number, and of a process of somebody else's making" {
	unshare --user --map-root-user --mount --uts sh -c 'hostname other; exec sleep 30' 3>&- 4>&- &
	local pid=$!
	await grep -q sleep "/proc/$pid/comm"
	works -q -c "exec $pid hostname"
	says other
	kill "$pid"
}

@test "exec gives the exit status, a folder, variables, a terminal" {
	fails 3 -c "$BOX; exec box sh -c 'exit 3'"
	fails 127 -c "$BOX; exec box /no/such"
	works -q -c "$BOX; exec box -w /tmp -e A=b sh -c 'pwd; echo \$A'; exec -t box tty"
	says /tmp
	says b
	says /dev/pts/
}

@test "exec into the shell's own child, after pivot" {
	works -q -c 'container --name mine --hostname mine; exec mine hostname'
	says mine
}

has_root() {
	[ "$(readlink "/proc/$1/root")" = "$2" ]
}

@test "exec follows a chroot" {
	is_root || skip 'needs a chroot of a process on the host'
	mkdir -p root/bin
	cp "$(command -v busybox)" root/bin/busybox
	touch root/in-here
	chroot root /bin/busybox sleep 30 3>&- 4>&- &
	local pid=$!
	await has_root "$pid" "$WORK/root"
	works -q -c "exec $pid busybox ls /"
	says in-here
	kill "$pid"
}

@test "exec is in the control groups of the container" {
	need_root
	works -q -k -c 'container -d --name box --cpu 50% -- sleep 30; exec box sh -c "sleep 1 & true"; spawn true; exec box true'
	works -q -k -c 'container -d --name box --cpu 50% -- sleep 30; exec box cat /proc/1/cgroup /proc/self/cgroup'
	[ "$(sort <<<"$output" | uniq -c | awk '$1 % 2' | wc -l)" = 0 ] || complain 'other groups'
}

@test "a target that is not there is said to be none" {
	fails 125 -c 'exec nobody true'
	errs job.absent
	fails 125 -c 'exec 4194304 true'
	fails 1 -c 'exec 0 true'
	fails 1 -c 'exec 1'
	errs argument.missing
}

@test "a foreign process is refused to an ordinary user" {
	need_user
	fails 125 -c 'exec 1 true'
	complains 'root'
}

# bwrap's kind: what owns the mounts is one user namespace, and the program is in a second one below it.
@test "nested user namespaces: the one that owns the mounts is joined first, the program's own last" {
	need_userns
	unshare --user --map-root-user --mount --pid --fork --uts -- sh -c \
		'hostname nested; echo mark >/proc/self/comm; exec unshare --user --map-user=5 --map-group=5 sleep 60' &
	local outer=$! target
	await pgrep -P "$outer"
	target=$(pgrep -P "$outer")
	await grep -q sleep "/proc/$target/comm"
	[ "$(readlink "/proc/$target/ns/user")" != "$(readlink "/proc/$outer/ns/user")" ]
	works -q -c "exec $target -- sh -c 'hostname; readlink /proc/self/ns/mnt; readlink /proc/self/ns/user; cat /proc/self/uid_map'"
	local expected
	expected="nested
$(readlink "/proc/$target/ns/mnt")
$(readlink "/proc/$target/ns/user")"
	kill -9 "$target" "$outer"
	wait "$outer" || true
	says "$expected"
}

@test "a user namespace over mounts that are the shell's: there is no other to join first" {
	need_userns
	works -q -c "$(first)unshare user uts; hostname inner; spawn --name job sleep 30; exec job uname -n"
	[ "$output" = inner ]
}

@test "exec into what bubblewrap has built: its namespaces, its root, and the host name it gave" {
	need_tool bwrap
	need_userns
	mkfifo told
	# As flatpak calls it: a second user namespace inside the one that owns the mounts.
	bwrap --unshare-all --hostname wrapped --uid 5 --gid 5 --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp \
		--dir /tmp/inside --die-with-parent --info-fd 9 sleep 60 9>told 3>&- 4>&- &
	local outer=$! init target
	init=$(jq -r '."child-pid"' <told) || skip 'bubblewrap cannot build its sandbox here'
	# That one is bubblewrap itself, pid 1 in there.
	await pgrep -P "$init" -x sleep
	target=$(pgrep -P "$init" -x sleep)
	run --separate-stderr stave -q -c "exec $target -- sh -c 'uname -n; ls -d /tmp/inside; readlink /proc/self/ns/mnt /proc/self/ns/user /proc/self/ns/pid'"
	local expected
	expected="wrapped
/tmp/inside
$(readlink "/proc/$target/ns/mnt" "/proc/$target/ns/user" "/proc/$target/ns/pid")"
	kill -9 "$target" "$outer"
	wait "$outer" || :
	[ "$status" = 0 ] || complain "ended with $status"
	[ "$output" = "$expected" ] || complain "not $expected"
}

@test "a name of another session is none of this one, and the way to its process is told" {
	for line in 'exec box true' 'kill box'; do
		run --separate-stderr stave --json -c "$line"
		holds '.[-1].error | .id == "job.absent" and (.fix | contains("!ps -ef"))'
	done
}
