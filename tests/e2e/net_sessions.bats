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

@test "what there is in the router is listed once for the line that makes a network, and once for its first container" {
	need_root
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	strace -f -qq -o first -e trace=sendto "$STAVE" -q -c 'container --net bridge -- /bin/true' 3>&- 4>&-
	[ "$(grep -cE 'nlmsg_type=(0x12|RTM_GETLINK).*(0x300|NLM_F_DUMP)' first)" = 2 ] || complain "$(grep nlmsg_type first)"
}
