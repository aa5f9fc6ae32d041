#!/usr/bin/env bats
# net: interfaces, addresses and routes of the child's network namespace.
load common

OWN='unshare user net'

prepare() {
	need_userns
}

# The ids of the errors of the lines, the last of which is looked at.
fails_with() { # ID LINE
	fails 1 --json -c "$OWN; $2"
	holds ".[-1].error.id == \"$1\"" || complain "$2"
}

# What is refused before any call needs no namespace: a dry run.
refused() { # ID LINE
	fails 1 -n --json -c "$OWN; $2"
	holds ".[-1].error.id == \"$1\"" || complain "$2"
}

@test "a bridge, a wire, an address: what the kernel has is told, and the host has none of it" {
	local before
	before=$(cut -d: -f1 /proc/net/dev)
	works --json -c "$OWN; net lo; net bridge br0; net veth a b; net join br0 a; net addr add 10.0.0.1/24 dev br0; net up br0; net up a; net up b"
	holds '.[1].note | contains("+ link lo: up") and contains("+ address 127.0.0.1/8 on lo")'
	holds '.[2].note | contains("+ link br0: bridge, down")'
	holds '.[3].note | contains("to a") and contains("to b")'
	holds '.[4].note | contains("port of br0")'
	holds '.[5].note == "+ address 10.0.0.1/24 on br0"'
	holds '.[6].note | contains("+ route to 10.0.0.0/24 dev br0")'
	[ "$before" = "$(cut -d: -f1 /proc/net/dev)" ]
}

@test "net shows what ip shows" {
	need_tool ip
	works -q -c "$OWN; net veth a b; net addr add 10.0.0.1/24 a; net addr add fd00::1/64 dev b; net up a; net up b; net route add default via 10.0.0.9; net route add 10.9.0.0/16 dev b; run ip -j addr; run ip -j route; net"
	local shown=$output
	for text in 10.0.0.1/24 fd00::1/64 'to b' 'to a' default 10.0.0.9 10.9.0.0/16; do
		says "$text"
	done
	output=$(grep '^\[' <<<"$shown" | head -n 1)
	jq -e 'map(select(.ifname == "a")) | .[0].addr_info[0] | .local == "10.0.0.1" and .prefixlen == 24' <<<"$output"
	output=$(grep '^\[' <<<"$shown" | tail -n 1)
	jq -e 'any(.[]; .dst == "default" and .gateway == "10.0.0.9") and any(.[]; .dst == "10.9.0.0/16" and .dev == "b")' <<<"$output"
}

@test "undo takes the last step back: the interface is gone, those before stay" {
	works --json -c "$OWN; net bridge one; net bridge two; undo; net bridge two; net rm one"
	holds '.[-1].ok and (.[-1].note | startswith("- link one"))'
	works -q -c "$OWN; net bridge one; net bridge two; undo; run cat /proc/net/dev"
	says 'one:'
	says_not 'two:'
}

@test "a name, an address, a network that is none is refused before any call" {
	refused network.name 'net bridge a/b'
	refused network.name 'net bridge sixteen-bytes-aa'
	refused network.name 'net veth a .'
	refused argument.missing 'net veth a'
	refused argument.number 'net vlan v lo 4095'
	refused argument.number 'net mtu lo 67'
	refused argument.invalid 'net mac lo 02:00:00:00:00:0'
	for address in 10.0.0.1/33 10.1/8 10.0.0.1/ 10.0.0.1/024 10.0.0.256/8 fd00::1/129 fe80::1%lo/64 ''; do
		refused network.address "net addr add '$address' dev lo"
	done
	refused network.address 'net addr add 0.0.0.0/0 dev lo'
	refused network.address 'net addr add 0.0.0.0 dev lo'
	refused network.address 'net route add 10.8.1.1/16 dev lo'
	refused network.address 'net route add 10.8.0.0/16 via 10.0.0.1/8'
	refused argument.missing 'net route add default'
	refused argument.missing 'net route add default via'
	refused argument.choice 'net route add default by 10.0.0.1'
	# What a word is decides what has to follow it.
	refused argument.choice 'net link show'
	refused argument.choice 'net addr flush lo'
	refused argument.choice 'net route flush'
}

@test "what the kernel refuses has its errno and its own words, and changes nothing" {
	fails_with RTM_NEWLINK.EEXIST 'net bridge b; net bridge b'
	fails_with RTM_SETLINK.ENODEV 'net up nosuch'
	fails_with RTM_SETLINK.ENODEV 'net join nosuch lo'
	fails_with RTM_SETLINK.ELOOP 'net bridge a; net bridge b; net join a b'
	fails_with RTM_SETLINK.ELOOP 'net bridge a; net join a a'
	# Without its ports it has no hardware address, which the kernel sees first.
	fails_with RTM_SETLINK.EINVAL 'net bridge a; net veth x y; net join a x; net rm x; net bridge b; net join b a'
	holds '.[-1].error.cause == "net.bridge-in-bridge"'
	fails_with RTM_SETLINK.EOPNOTSUPP 'net veth a b; net join a a'
	fails_with RTM_SETLINK.EADDRNOTAVAIL 'net bridge b; net mac b 01:00:00:00:00:01'
	fails_with RTM_DELLINK.EOPNOTSUPP 'net rm lo'
	fails_with RTM_NEWADDR.EEXIST 'net addr add 10.0.0.1/24 lo; net addr add 10.0.0.1/24 lo'
	fails_with RTM_NEWADDR.EADDRNOTAVAIL 'net addr del 10.0.0.1/24 lo'
	fails_with RTM_NEWROUTE.ENETUNREACH 'net route add default via 10.0.0.1'
	holds '.[-1].error | tostring | contains("Nexthop has invalid gateway")'
	fails_with RTM_NEWROUTE.ESRCH 'net lo; net route del default'
}

@test "while the network namespace is the host's nothing is changed in it" {
	local line
	for line in 'net bridge b' 'net up lo' 'net rm lo' 'net addr add 10.9.9.9/24 lo'; do
		fails 1 --json -c "$line"
		holds '.[-1].error.id == "host.shared"' || complain "$line"
	done
}

@test "a wire to another namespace: what is sent into one end comes out of the other" {
	need_tool busybox
	need_tool unshare
	cat >script <<-'END'
		unshare user mnt net
		spawn --name far unshare --net sleep 60
		!sleep 0.5
		net veth a b --to far
		net addr add 10.7.0.1/24 dev a
		net up a
		exec far busybox ip addr add 10.7.0.2/24 dev b
		exec far busybox ip link set b up
		run busybox ping -c 1 -W 5 10.7.0.2
		net
		net show far
	END
	works -q script
	others_say '1 packets received'
	says -r 'to b of process [0-9]+'
	says 10.7.0.2/24
}

@test "a wire's end is not put into the host's network, a process without one, or nobody's" {
	fails_with network.host "net veth a b --to $$"
	fails_with job.absent 'net veth a b --to nosuch'
	fails_with network.host 'child new far; net veth a b --to @far'
	holds '.[-1].error.fix | contains("@far unshare net")'
	fails_with child.absent 'child new far; @far unshare user net; child rm far; net veth a b --to @far'
	holds '.[-1].error.fix | contains("child new far")'
	fails_with job.absent 'spawn --name far unshare --net sleep 600; kill far KILL; run sleep 0.3; net veth a b --to far'
	fails 1 --json -c "$OWN; net veth a b --to 2147483646"
	holds '.[-1].error.errno == "ESRCH"'
}

@test "both ends in one namespace need two names, also where --to names it; what cannot be the other end has a way out" {
	fails_with network.name 'net veth p --to @main'
	works --json -c "$OWN; net veth p q --to @main; net"
	holds '.[-1].output | contains("to q") and contains("to p")'
	fails_with system 'net veth p --to 4194300'
	holds '.[-1].error | .cause == "process.absent" and .fix'
	[ "$(id -u)" != 0 ] || return 0
	for line in 'net veth p --to 1' 'net show 1'; do
		fails 1 --json -c "$OWN; $line"
		holds '.[-1].error | .why and .fix' || complain "$line"
	done
}

@test "an interface is connected as soon as its wire is" {
	works --json -c "$OWN; child new b; @b setns @main user; @b unshare net; net veth x y --to @b; net up x; @b net up y; @b net"
	holds '.[-1].output | contains("no carrier") | not'
	works --json -c "$OWN; net veth x y; net up x; net"
	holds '.[-1].output | contains("no carrier")'
}

@test "a name with control characters is shown as what it is" {
	works -q -c "$OWN; net bridge \$'\\x1b[31mx'; net"
	says '\x1b[31mx'
	[[ $output != *$'\e[31mx'* ]]
}

@test "300 interfaces are made, shown and gone" {
	local line="$OWN" i
	for ((i = 0; i < 300; i++)); do line+="; net bridge b$i"; done
	works -q -c "$line; net"
	says b299
}

@test "a name in which the kernel would put a number is refused" {
	fails 1 -q -c 'unshare user net; net bridge br%d'
	errs network.name
}

@test "the same by ip names the namespace of the other end, and ip takes it" {
	need_root
	need_tool ip
	works --json -c 'unshare net; spawn --name other unshare -n sleep 20; run sleep 0.5; net veth x y --to other'
	holds '.[-1].ok and (.[-1].same_as.command | test("peer name y netns /proc/[0-9]+/ns/net$"))'
	unshare -n sh -c "unshare -n sleep 20 & sleep 0.5; ip link add name x type veth peer name y netns /proc/\$!/ns/net &&
		nsenter -t \$! -n ip link show y; status=\$?; kill \$!; exit \$status" 3>&- 4>&-
}

@test "net stat has the counters of the child's own network" {
	need_tool busybox
	works --json -c "$OWN; net lo; run busybox ping -c 3 -W 5 127.0.0.1; net stat; run cat /proc/self/net/dev"
	local received sent
	read -r received sent < <(pick '.[-1].output' | awk '$1 == "lo:" { print $3, $11 }')
	[ "$received" -ge 6 ] && [ "$sent" -ge 6 ]
	holds ".[-2].output | test(\"lo +[0-9]+ bytes, $received packets +[0-9]+ bytes, $sent packets\")"
	works --json -c "net stat; $OWN; net stat"
	holds '[.[] | select(.line == "net stat").output | split("\n")[0]] | .[0] != .[1]'
}
