# check: a question about the child's state, answered by what the kernel says.
load common

@test "it answers with what it saw, and its status says whether all holds" {
	need_userns
	works -q -c 'unshare user uts; hostname box; check ns uts own and hostname box and host unchanged'
	[ -z "$output" ] || complain 'quiet, but it speaks'
	works -c 'unshare user uts; hostname box; check ns uts own and hostname box'
	says -r $'✓ ns uts own +uts is uts:\\[[0-9]+\\], its own'
	says '✓ hostname box  the host name is box'
	fails 1 -c 'unshare user uts; check hostname box or ns pid own'
	says -r '✗ ns pid own +pid is pid:\[[0-9]+\], the host'"'"'s'
	complains 'check: does not hold: hostname box or ns pid own'
}

@test "before the first command it looks at what the child will be" {
	works -c 'check ns pid host and root host and not hostname nonsense-name'
	fails 1 -c 'check ns pid own'
}

@test "mounts: from where, of which type, with which rights" {
	need_userns
	works -q -c 'unshare user mnt pid; check mount /proc from host; mount proc /proc
		check mount /proc type proc and not mount /proc from host and pid inside 1
		mount tmpfs /mnt; run mkdir /mnt/a /mnt/b; bindmount /mnt/a /mnt/b --ro
		check mount /mnt/b from /mnt/a and mount /mnt/b ro and mount /mnt rw
		check file /mnt/a same as /mnt/b and not mount /mnt/b from /mnt
		umount /mnt/b; check mount /mnt/b absent and mount / propagation private'
}

@test "files: there, absent, a folder, with a text" {
	need_userns
	works -q -c 'unshare user mnt; mount tmpfs /mnt; run sh -c "echo hello >/mnt/f"
		check file /mnt/f present and file /mnt/g absent and file /mnt folder
		check file /mnt/f contains hello and not file /mnt/f contains bye'
}

@test "programs: what they print, how they end" {
	need_userns
	works -q -c 'unshare user; check run "id -u" prints 0 and uid inside 0
		check run "sh -c \"echo a; echo b\"" says b and run false fails and run true succeeds
		check run /nowhere/program fails and not run "echo ab" prints a'
	works -q -c "check uid outside $(id -u)"
}

@test "a program asked by a check is no step and leaves the story alone" {
	need_userns
	works -q -c 'unshare user mnt; mount tmpfs /mnt; check run "touch /mnt/x" succeeds; steps'
	[ "$output" = $'   1  unshare user mnt\n   2  mount tmpfs /mnt' ] || complain 'another story'
}

@test "in NAME asks of a job" {
	need_userns
	works -q -c 'unshare user uts; spawn --name box sleep 60
		check job box running and in box ns uts own and ns uts shared with box
		kill box; check not in nobody ns uts own and job nobody absent'
}

@test "capabilities and filters" {
	need_userns
	works -q -c 'unshare user; check cap sys_admin effective and cap CAP_CHOWN present
		check not nonewprivs and not cap sys_admin bounded and not cap chown ambient'
}

@test "the loopback interface" {
	need_userns
	works -q -c 'unshare user net; check net lo down; net lo; check net lo up'
}

@test "a mistake is pointed at, and nothing is asked" {
	fails 1 -c 'check ns pit own'
	complains $'  check ns pit own\n           ^'
	complains 'fix: one of: cgroup ipc mnt net pid time user uts'
	fails 1 -c 'check'
	complains 'EXPR is missing'
	fails 1 -c 'check ns pid own and (uid inside 0'
	complains 'the parenthesis is not closed'
}

@test "in JSON: ok, the findings, and why not" {
	works --json -c 'check ns pid host'
	holds '.[0].ok == true and (.[0].output | contains("ns pid host"))'
	run --separate-stderr stave --json -c 'check ns pid own'
	[ "$status" = 1 ] || complain 'status'
	holds '.[0].ok == false and (.[0].error.why | startswith("ns pid own: pid is pid:["))'
}

@test "a program that does not end is ended after ten seconds" {
	need_userns
	is_sanitized && skip 'once is enough'
	fails 1 -c 'check run "sleep 60" succeeds'
	says 'it ended with status 137'
}

@test "limits, by either version of cgroups" {
	works --json -q -c 'cgroup show'
	run --separate-stderr stave -q -c 'cgroup cpu 20%; cgroup memory 64M; cgroup pids 20'
	[ "$status" = 0 ] || skip "no group is this user's to make"
	works -q -c 'cgroup cpu 20%; cgroup memory 64M; cgroup pids 20
		check cgroup cpu 20% and cgroup cpu 0.2cpus and cgroup memory 64M and cgroup pids 20
		check cgroup cpu own and not cgroup cpu max and not cgroup memory 65M'
}
