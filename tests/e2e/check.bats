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
	errs check.false
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
		kill box; check job nobody absent'
}

@test "of whom is not there neither a thing nor its contrary holds" {
	local check
	for check in 'in nobody ns uts own' 'not in nobody ns uts own' 'in nobody not ns uts own' \
		'ns uts shared with nobody' 'not ns uts shared with nobody'; do
		fails 1 -q -c "check $check"
		errs check.false
	done
	works -q -c 'check not in 1 pid inside 2'
}

@test "a file gives no capabilities where files have no attributes" {
	works -q -c 'check file /proc/version caps only none and not file /proc/version caps only net_raw'
}

@test "capabilities and filters" {
	need_userns
	works -q -c 'unshare user; check cap sys_admin effective and cap CAP_CHOWN present
		check not nonewprivs and not cap sys_admin bounded and not cap chown ambient'
}

@test "the root that is the host's, of a namespace, and of a process are three" {
	need_userns
	works -q -c 'check root host and not root pivoted and not root chrooted and not no mount from host
		unshare user mnt pid; rootfs busybox /mnt; mount proc /mnt/proc; check proc /mnt/proc own
		chroot /mnt --keep-cwd; check root chrooted and not root pivoted and cwd outside and not root host'
	works -q -c 'unshare user mnt pid; rootfs busybox /mnt; mount proc /mnt/proc; pivot /mnt --keep-old
		check root pivoted and not root chrooted and mount /oldroot from host / and cwd inside
		check not no mount from host
		umount -l /oldroot; check no mount from host and proc /proc own'
}

@test "what hides the old root does not pass for its being gone" {
	need_userns
	local hide
	for hide in 'chroot /bin' 'mount tmpfs /oldroot' 'run mount --move /oldroot /srv'; do
		run --separate-stderr stave -q -c "unshare user mnt pid; rootfs busybox /mnt
			mount proc /mnt/proc; pivot /mnt --keep-old; $hide; check no mount from host"
		[ "$status" = 1 ] || complain "$hide"
	done
}

@test "a part of proc, and a proc of another pid namespace, are not the child's own" {
	need_userns
	works -q -c 'unshare user mnt pid; bindmount /proc/sys /proc; check mount /proc type proc
		check not proc /proc own and mount /proc shows /sys'
	works -q -c 'unshare user mnt pid; mount proc /proc; check proc /proc own; unshare pid
		check not proc /proc own'
}

@test "whose namespace it is" {
	need_userns
	works -q -c 'unshare user uts; check ns uts owned by own user and not ns net owned by own user'
	is_root || return 0
	works -q -c 'unshare uts; check ns uts own and not ns uts owned by own user'
}

@test "the capabilities, each set, and no others" {
	need_userns
	works -q -c 'unshare user; check caps only all; caps docker; check caps only docker
		check not caps only docker -net_raw; caps drop net_raw; check caps only docker -net_raw
		caps keep chown; caps ambient chown; check caps only chown and caps ambient only chown'
	works -q -c 'unshare user; caps drop all; check caps only none and caps bounding only none'
	works -q -c 'unshare user; caps drop chown --set permitted; check not caps only all -chown'
}

@test "what a filter answers: its bytes are run" {
	need_userns
	works -q -c 'unshare user; check call unshare allowed and seccomp off and not seccomp docker
		caps docker; seccomp docker; check seccomp docker and call unshare denied and call clone3 denied
		check call clone denied as docker and call clone allowed as docker
		check not call clone denied and not call clone allowed'
	# A filter for another child allows more than docker's would.
	works -q -c 'unshare user; seccomp docker; check seccomp docker; caps docker; check not seccomp docker'
	works -q -c 'unshare user; seccomp deny unshare; check call unshare denied and not seccomp docker
		check call clone allowed and not call clone denied as docker'
}

@test "files: of which kind, whose, with what alone; folders with nothing else" {
	need_userns
	works -q -c 'unshare user mnt; mount tmpfs /mnt; run sh -c "echo hello >/mnt/f; ln -s f /mnt/l"
		run sh -c "mkfifo /mnt/p; mkdir /mnt/d; cp /bin/sh /mnt/x"
		check file /mnt/f regular and file /mnt/l link and file /mnt/p pipe and file /mnt/x executable
		check not file /mnt/f executable and file /mnt/f is hello and not file /mnt/f is hell
		check file /mnt/f owner 0:0 and dir /mnt/d empty and dir /mnt holds exactly d f l p x
		check not dir /mnt holds exactly d f l p and not dir /mnt holds exactly d f l p x y
		check mount /mnt shows / and mount /mnt option rw and not mount /mnt option noexec'
}

@test "the session keyring: the one that it began with, or one that it has joined" {
	stave -q -c keyring >/dev/null 2>&1 || skip 'keyctl(2) is forbidden here'
	works -q -c 'check keyring host and not keyring own; unshare user; check keyring host; keyring; check keyring own and not keyring host'
	fails 1 -q -c 'keyring; spawn --name it sleep 9; check in it keyring own'
}

@test "clocks, to the second; forwarding" {
	need_userns
	[ -e /proc/self/ns/time ] || skip 'the kernel has no time namespaces'
	works -q -c 'unshare user time --monotonic 864000
		check clock monotonic 864000 and not clock boottime 864000 and clock boottime 0'
	works -q -c 'unshare user net; check net forward off
		run sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward"; check net forward on'
}

@test "what is asked under not has the mark of success when it fails, and no other" {
	works -c 'check not ns pid own'
	says '✓ not ns pid own'
	fails 1 -c 'check not ns pid host'
	says '✗ not ns pid host'
}

@test "the loopback interface" {
	need_userns
	works -q -c 'unshare user net; check net lo down; net lo; check net lo up'
}

@test "a mistake is pointed at, and nothing is asked" {
	fails 1 -c 'check ns pit own'
	complains $'  check ns pit own\n           ^'
	errs check.syntax
	fails 1 -c 'check'
	errs argument.missing
	fails 1 -c 'check ns pid own and (uid inside 0'
	errs check.syntax
}

@test "in JSON: ok, the findings, and why not" {
	works --json -c 'check ns pid host'
	holds '.[0].ok == true and (.[0].output | contains("ns pid host"))'
	run --separate-stderr stave --json -c 'check ns pid own'
	[ "$status" = 1 ] || complain 'status'
	holds '.[0].ok == false and (.[0].error.why | startswith("ns pid own: pid is pid:["))'
}

@test "a program that does not end is ended after ten seconds, or more on a busy machine" {
	need_userns
	is_sanitized && skip 'once is enough'
	fails 1 -c 'check run "sleep 1000" succeeds'
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

@test "interfaces, addresses, routes and neighbours of several children" {
	need_userns
	works -q -c 'unshare user net; child new far; @far setns @main user; @far unshare net
		net veth x y --to @far; net mtu x 1400; net addr add 10.0.0.1/24 x; net up x
		check net link x present and net link x up and net link x mtu 1400 and not net link x mtu 1500
		check net link z absent and not net link z up and not net link z down and not net link x down
		check in far (net link y down and net addr y none and not net addr y only 10.0.0.2/24)
		check net link x to y of far and in far net link y to x of main and not net link x to y of main
		check not net link x to z of far and not net link lo to lo of main and not net link x to y of nobody
		@far net addr add 10.0.0.2/24 y; @far net up y; @far net bridge br0
		check net addr x only 10.0.0.1/24 and not net addr x only 10.0.0.1/25 and not net addr z none
		check not net addr x only 10.0.0.1/24 10.0.0.3/24 and not in far net addr y none
		@far net addr add 10.0.0.3/24 y
		check in far (net addr y only 10.0.0.3/24 10.0.0.2/24 and not net addr y only 10.0.0.2/24)
		check in far (not net link y port of br0 and not net link br0 port of br0)
		check net neighbour 10.0.0.2 unknown and not net neighbour 10.0.0.2 known and net answers icmp 10.0.0.2
		check net neighbour 10.0.0.2 known and not net neighbour 10.0.0.2 permanent
		check not net answers icmp 10.0.0.9 and not net answers icmp 10.9.0.1 and not net answers tcp 10.0.0.2:80
		net route add default via 10.0.0.2; net route add 10.9.0.0/16 via 10.0.0.3
		check net route default via 10.0.0.2 and not net route default via 10.0.0.3 and not net route default absent
		check net route 10.9.0.0/16 via 10.0.0.3 and net route 10.8.0.0/16 absent
		check net route 10.0.0.0/24 dev x and not net route 10.0.0.0/24 via 10.0.0.2 and not net route 10.0.0.0/24 dev lo'
	works -q -c 'unshare user net; net bridge br0; net veth x y; net join br0 x
		check net link x port of br0 and net link x to y of main and not net link y port of br0'
	fails 1 -c 'unshare user; check net answers icmp 127.0.0.1'
	says "host's"
	fails 1 -c 'check net answers icmp nobody'
	errs network.address
}

@test "a listener answers, and rules are counted and read" {
	need_userns
	need_tool busybox
	[ -x /usr/sbin/nft ] || need_tool nft
	unshare -Urn nft 'add table inet t; add chain inet t c { type nat hook prerouting priority -100; }; add rule inet t c fib daddr type local tcp dport 1 counter redirect to :2' 2>/dev/null ||
		skip 'this kernel lacks parts of nftables'
	works -q -c 'unshare user net; net lo; check net rules 0 and net rule dport absent and not net rules 1
		spawn busybox nc -ll -p 80 -e true; !sleep 0.5
		check net answers tcp 127.0.0.1:80 and not net answers tcp 127.0.0.1:8080
		net publish 8080:80
		check net rules 2 and net rule "dport 8080" present and not net rule "dport 8080" absent
		check net answers tcp 127.0.0.1:8080
		net deny in tcp port 80; check not net answers tcp 127.0.0.1:80'
}
