#!/usr/bin/env bats
# Undo in networks: what a line changed in the router goes back in place, and containers there keep theirs.
load common

prepare() {
	need_userns
}

# What "net --json" says without what changes by itself: counters, numbers, addresses that the kernel gives.
PLAIN='def plain: fromjson | del(.neighbours, .listeners) | .routes |= sort_by(.dst) | .chains |= sort_by(.name) | .links |= sort_by(.ifname) |
	.rules |= (group_by(.chain) | map(map(.rule | gsub("packets [0-9]+ bytes [0-9]+"; "")))) |
	walk(if type == "object" then del(.ifindex, .operstate) elif type == "array" then map(select(tostring | test("^[^\\[]*fe80:") | not)) else . end) | tostring;'

# Each line is taken back in place: the network is what it was, redo makes it again, and a container that is connected there
# is still connected.
in_place() { # LINES-BEFORE LINE
	works --json -c "network create web; container -d --name a --net web -- sleep 100; ${1:+$1;} @router net --json; @router ns
		$2; @router net --json; undo; @router net --json; redo; @router net --json; undo; @router net --json; @router ns
		exec a cat /sys/class/net/eth0/carrier"
	holds "$PLAIN"'[.[] | select(.line == "net --json").output | plain] | .[0] == .[2] and .[1] == .[3] and .[0] == .[4] and .[0] != .[1]' || complain "$1: $2"
	holds '[.[] | select(.line == "ns").pid] | .[0] == .[1]' || complain "anew: $2"
	holds '.[-1].output == "1\n" and all(.[] | select(.line == "undo"); (.output // "") | contains("loses") | not)' || complain "cut off: $2"
}

@test "rules of the router are taken back in place, and come again where they were" {
	need_tool nft
	local line
	for line in nat 'publish 8080:80 to 172.18.0.2' 'deny forward from 10.1.0.0/16'; do
		in_place '' "@router net $line"
		in_place "@router net allow in tcp port 80; @router net allow forward" "@router net $line"
		in_place "@router net deny in icmp; @router net allow forward; @router net $line; @router net deny forward to 10.2.0.0/16; @router net nat lo" \
			"@router net $line off"
	done
}

@test "forwarding and what an interface of the router has are taken back in place" {
	in_place '' '@router net forward on'
	in_place '@router net forward on' '@router net forward off'
	in_place '@router net bridge br0' '@router net up br0'
	in_place '@router net veth x y' '@router net mtu x 1400'
	in_place '@router net veth x y' '@router net mac x 02:00:00:00:00:09'
	# One that has a hardware address of its own keeps it when a port comes.
	in_place '@router net bridge br0; @router net mac br0 02:00:00:00:00:08; @router net veth x y' '@router net join br0 x'
	in_place '@router net bridge br0; @router net mac br0 02:00:00:00:00:08; @router net mac web 02:00:00:00:00:07; @router net veth x y; @router net join web x' '@router net join br0 x'
}

@test "what a line took away comes back in place: an address, a route, a bad line, an interface with all it had" {
	local pair='@router net veth x y; @router net mac y 02:00:00:00:00:09; @router net mtu x 1300; @router net addr add 10.5.0.1/24 dev x
		@router net addr add fd00:5::1/64 dev x; @router net up x; @router net up y; @router net route add 10.6.0.0/16 via 10.5.0.2; @router net route add fd00:6::/64 via fd00:5::2'
	in_place "$pair" '@router net down x'
	in_place "$pair; @router net impair x rate 1mbit" '@router net impair x off'
	in_place "$pair" '@router net rm x'
	in_place "$pair" '@router net rm y'
	in_place "$pair" '@router net route del 10.6.0.0/16'
	in_place "$pair" '@router net addr del 10.5.0.1/24 dev x'
	in_place '' '@router net down web'
	in_place 'network create other; @router net veth x y; @router net join other x; @router net up x' '@router net rm other'
	in_place 'network create other; @router net addr add 10.9.9.1/24 dev other' 'network rm other'
}

# A wire x of a's, whose other end y is another child's: LINE takes it away, and both ends come back with all that they had,
# while neither child is built again; a container in the router's network stays connected.
wire_in_place() { # OTHER LINE
	local below='' both="@a net --json; @$1 net --json"
	is_root || below='setns @router user; '
	works --json -c "network create web; container -d --name c --net web -- sleep 100; child new a; ${below:+@a $below}@a unshare net; child new b; ${below:+@b $below}@b unshare net
		@a net veth x y --to @$1; @a net mac x 02:00:00:00:00:0a; @a net addr add 10.5.0.1/24 dev x; @a net addr add fd00:5::1/64 dev x; @a net up x; @a net route add 10.6.0.0/16 via 10.5.0.2
		@$1 net mtu y 1300; @$1 net addr add 10.5.0.2/24 dev y; @$1 net addr add fd00:5::2/64 dev y; @$1 net up y; @$1 net route add 10.8.0.0/16 via 10.5.0.1; @$1 net route add fd00:8::/64 via fd00:5::1
		@a ns; @$1 ns; $both; $2; $both; undo; $both; redo; $both; undo; $both; @a ns; @$1 ns; @a run busybox ping -c 1 -W 5 10.5.0.2; exec c cat /sys/class/net/eth0/carrier"
	# shellcheck disable=SC2016 # jq's variables
	holds "$PLAIN"'[.[] | select(.line == "net --json").output | plain] | [.[range(0; length; 2)]] as $a | [.[range(1; length; 2)]] as $b |
		[$a, $b] | all(.[0] == .[2] and .[1] == .[3] and .[0] == .[4] and .[0] != .[1])' || complain "$1: $2"
	holds '[.[] | select(.line == "ns").pid] | .[0] == .[2] and .[1] == .[3]' || complain "anew: $1: $2"
	holds '.[-1].output == "1\n" and all(.[] | select(.line == "undo"); (.output // "") | contains("loses") | not)' || complain "cut off: $1: $2"
}

@test "a wire into another network namespace that a line takes away comes back in place, from either end" {
	need_tool busybox
	wire_in_place router '@a net rm x'
	wire_in_place router '@router net rm y'
	wire_in_place b '@a net rm x'
	wire_in_place b '@b net rm y'
}

@test "a wire whose other end is a process's comes back in place, while it is there" {
	works --json -c "$(first)unshare net; spawn --name far unshare --net sleep 600; net veth x y --to far; net up x; ns; net --json; net rm x; undo; net --json; ns"
	holds "$PLAIN"'[.[] | select(.line == "net --json").output | plain] | .[0] == .[1]'
	holds '[.[] | select(.line == "ns").pid] | .[0] == .[1]'
}
