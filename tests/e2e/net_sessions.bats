#!/usr/bin/env bats
# The sessions of docs/network.md as they stand there, what is said of a ping, and what a network costs in calls.
load common

prepare() {
	need_userns
	need_tool busybox
}

# A block of the page, by what stands in it. A server is waited for before the next line; an ordinary user's child
# is wired to the router from its user namespace.
session_with() { # STRING
	awk -v what="$1" '/^```/ { if (on && index(block, what)) { printf "%s", block; exit } on = !on && $0 == "```"; block = ""; next }
		on { block = block $0 "\n" }' "$REPOSITORY/docs/network.md" >block
	[ -s block ] || complain "no session with $1"
	sed -Ei 's/^container -d --name ([a-z]+) .*httpd.*/&\nexec \1 timeout '"$(deadline 10)"' sh -c "until wget -q -O - 127.0.0.1\/hostname; do sleep 0.1; done"/' block
	is_root || sed -i 's/^@a unshare net$/@a setns @router user\n&/' block
}

@test "the sessions of the page on networks can be typed as they stand" {
	[ -x /usr/sbin/nft ] || need_tool nft
	unshare -Urn nft 'add table inet t; add chain inet t c { type nat hook postrouting priority 100; }; add rule inet t c masquerade; add rule inet t c meta nftrace set 1' 2>/dev/null ||
		skip 'this kernel lacks parts of nftables'
	local what
	for what in 'spawn --name far' '@b setns @a user' '@pod container' '@router net join br0 a' 'exec web cat /etc/hosts' \
		'net allow forward established' 'net deny in icmp' 'fd00:a::1/64'; do
		session_with "$what"
		works -q -c "$(cat block)"
	done
}

@test "the page's session of a published port, and of packets that are followed" {
	[ -x /usr/sbin/nft ] || need_tool nft
	need_tool wget
	session_with 'network inspect bridge'
	local port
	port=$(free_port)
	sed -i "s/8080/$port/" block
	works -q -c "$(cat block)"
	[ "$(tail -n 1 <<<"$output")" = site ]
	session_with '@a net trace icmp'
	run --separate-stderr stave -k --json -c "$(cat block)"
	holds '[.[] | select(.line | startswith("net trace")) | .error] == [null, null, null]'
}

@test "of a ping that wants a raw socket it is said what lets it, and of no other" {
	need_tool busybox
	local line
	for line in 'container --net bridge -- ping -c 1 172.17.0.1' 'container --net bridge; run busybox ping -c 1 172.17.0.1'; do
		run stave -c "$line"
		grep -q -- '--cap-add net_raw' <<<"$output" || complain "not said: $line"
	done
	for line in 'container --net bridge --cap-add net_raw -- ping -c 1 172.17.0.1' 'container --net bridge --cap-add net_raw -- ping -c 1 -W 1 172.17.0.9' \
		'container --net bridge -- false'; do
		run stave -c "$line"
		run ! grep -q -- '--cap-add net_raw, ' <<<"$output"
	done
}

# What a container takes until its program begins, of a line behind the first for the network bridge.
calls_of() { # NET
	strace -f -qq -o "calls.$1" -e trace=clone,clone3,fork,vfork,socket,execve,sendmsg,sendto "$STAVE" -q -c "container -d --net bridge -- /bin/sleep 60
		container --net $1 -- /bin/true" 3>&- 4>&-
}

count_of() { # PATTERN NET
	awk '/execve\("\/bin\/sleep"/ { on = 1; next } /execve\("\/bin\/true"/ { exit } on' "calls.$2" | grep -cE "$1"
}

@test "a container in a network takes few processes, packets and sockets more than one without" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	stave -q -c 'container -- /bin/true'
	calls_of none
	calls_of bridge
	local without within more=0
	without=$(count_of ' (clone3?|v?fork)\(' none)
	within=$(count_of ' (clone3?|v?fork)\(' bridge)
	# Who owns both network namespaces makes the socket itself. Elsewhere a helper joins the router; and where the
	# container's user namespace lies below the router's, two more write its maps, and one begins its pid namespace.
	is_root || more=4
	[ "$without" -ge 1 ] && [ "$within" -le $((without + more)) ] || complain "$within processes, $without without"
	# Nobody waits for an answer more: the wire is made between two packets that go to the process anyway.
	without=$(count_of 'sendmsg\(' none)
	within=$(count_of 'sendmsg\(' bridge)
	! is_root || [ "$within" -le "$without" ] || complain "$within packets, $without without"
	within=$(count_of 'socket\(AF_NETLINK' bridge)
	[ "$within" -ge 2 ] && [ "$within" -le 5 ] || complain "$within sockets"
	# Two lists of what is there; the number of the bridge, the wire and its note; what is set inside.
	within=$(count_of 'sendto\(' bridge)
	[ "$within" -ge 5 ] && [ "$within" -le 9 ] || complain "$within messages"
}

# All calls of the first container of a session, and those of one kind.
first_of() { # NET
	strace -f -qq -o "first.$1" "$STAVE" -q -c "container --net $1 -- /bin/true" 3>&- 4>&-
	grep -vE '<\.\.\. |^[0-9]+ +(---|\+\+\+) ' "first.$1" >"begun.$1"
}

more_of() { # PATTERN
	echo $(($(grep -cE "$1" begun.bridge) - $(grep -cE "$1" begun.none)))
}

@test "the first container in a network takes few processes, packets and calls more than one without" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	stave -q -c 'container -- /bin/true'
	first_of none
	first_of bridge
	# The one without says nothing to its child, which shares the shell's memory; that in a network four packets, with one behind which it
	# becomes its program.
	# Root's router is the one process. An ordinary user's container is not the shell's own, so there are the janitor,
	# a helper in the router, two for the maps, and the first of its pid namespace.
	local processes=1 packets=8 calls=239
	is_root || processes=6 packets=23 calls=464
	[ "$(more_of ' (clone3?|v?fork)\(')" -le $processes ] || complain "$(more_of ' (clone3?|v?fork)\(') processes"
	[ "$(more_of 'sendmsg\(')" -le $packets ] || complain "$(more_of 'sendmsg\(') packets"
	[ "$(more_of .)" -le $calls ] || complain "$(more_of .) calls"
	! is_root || [ "$(more_of 'execve(at)?\(')" = 0 ] || complain "$(grep exec begun.bridge)"
	# The kernel removes the port with the router.
	[ "$(more_of 'nlmsg_type=(0x11|RTM_DELLINK)')" = 0 ] || complain "$(grep -E 0x11 begun.bridge)"
}

# With -q alone, as with no report, a router is the shell's own process at first, which only holds the network.
@test "the port of a container that has ended in the foreground is gone before the next line looks" {
	works -q -c 'container --net bridge -- true; network ls; container --net bridge -- ip -o -4 addr show eth0; @router net; network ls'
	[ "$(grep -c ' 172.17.0.0/16 .* 0$' <<<"$output")" = 2 ] || complain 'not two lists without a member'
	says '172.17.0.2/16'
	run ! grep -q ' veth' <<<"$output"
}

@test "a router that has only held networks goes on as another process when it is to do more, in the same network" {
	need_tool busybox
	works -q -c 'network create web; container -d --name one --net web -- sleep 77; @router run busybox ip -o -4 addr show dev web
		network ls; container --net web -- ip -o -4 addr show eth0; kill one KILL
		!while pgrep -f "^sleep 77$" >/dev/null; do sleep 0.1; done
		network ls; network rm web; network ls'
	says '172.18.0.1/16'
	says '172.18.0.3/16'
	[ "$(sed -n 's/^ web .* \([0-9]\)$/\1/p' <<<"$output" | tr '\n' ' ')" = '1 0 ' ] || complain 'not one member, then none'
	works -q -c 'network create web; @router run true; child; undo; child; redo; network ls'
	[ "$(grep -oE 'router +[0-9]+' <<<"$output" | uniq | wc -l)" = 1 ] || complain 'undo and redo are not done in place'
	says ' web '
}

@test "what a program leaves in the router ends with the shell, however that ends" {
	local line
	for line in 'network create web' 'container --net bridge -- /bin/true'; do
		stave -q -c "$line; @router run sh -c 'setsid sleep 100 >/dev/null 2>&1 & echo \$! >left'; !kill -0 \$(cat left) && touch lived; !kill -9 \$PPID" || true
		[ -e lived ]
		await has_ended "$(cat left)"
		rm lived
	done
}

has_ended() { # PID
	[ ! -e "/proc/$1" ]
}

@test "a killed shell leaves nothing of a router and a container that are its own processes" {
	need_root
	local shell router
	"$STAVE" -q -c "container --net bridge -v $PWD:/mnt -- sh -c 'touch /mnt/begun; sleep 100'" 3>&- 4>&- &
	shell=$!
	await test -e begun
	router=$(pgrep -P "$shell" -x stave-child)
	program=$(pgrep -P "$shell" -x "sh|sleep")
	kill -9 "$shell"
	await has_ended "$router"
	await has_ended "$program"
}

@test "what there is in the router is listed once for the line that makes a network, and once for its first container" {
	need_root
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	strace -f -qq -o first -e trace=sendto "$STAVE" -q -c 'container --net bridge -- /bin/true' 3>&- 4>&-
	[ "$(grep -cE 'nlmsg_type=(0x12|RTM_GETLINK).*(0x300|NLM_F_DUMP)' first)" = 2 ] || complain "$(grep nlmsg_type first)"
}
