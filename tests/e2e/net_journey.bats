#!/usr/bin/env bats
# net trace across namespaces: a packet's way from a by main, which passes it on, to b; and ten faults of that
# network, each of which it names.
load common

prepare() {
	need_userns
	need_tool busybox
	[ -x /usr/sbin/nft ] || need_tool nft
	unshare -Urn nft 'add table inet t; add chain inet t c { type nat hook postrouting priority 100; }; add rule inet t c masquerade; add rule inet t c meta nftrace set 1' 2>/dev/null ||
		skip 'this kernel lacks parts of nftables'
	echo hello >index.html
	NET='unshare user mnt pid net; child new a; @a setns @main user mnt pid; @a unshare net;
child new b; @b setns @main user mnt pid; @b unshare net;
net veth x eth0 --to @a; net veth y eth0 --to @b; net addr add 10.1.0.1/24 x; net addr add 10.2.0.1/24 y;
@a net addr add 10.1.0.2/24 eth0; @b net addr add 10.2.0.2/24 eth0; net up x; net up y; @a net up eth0; @b net up eth0;
@a net lo; net lo; @a net route add default via 10.1.0.1; net forward on; net nat y; net publish 8080:80 to 10.1.0.2;'
	NET="$NET @a run busybox httpd -p 80 -h $PWD;"
}

# The journey that a line of the network with these faults tells, and what is true of it.
goes() { # FAULTS LINE FILTER...
	local faults=$1 line=$2 filter journey
	shift 2
	works --json -c "$(tr '\n' ' ' <<<"$NET") $faults $line"
	journey=$(pick '.[-1] | .trace // (.output | fromjson)')
	for filter; do
		jq -e "$filter" <<<"$journey" >/dev/null || complain "$line: $filter: $(jq -c "del(.events)" <<<"$journey") $journey"
	done
}

# The same of a program that fails.
follow() { # FAULTS LINE FILTER
	local journey
	fails 1 --json -c "$(tr '\n' ' ' <<<"$NET") $1 $2"
	journey=$(pick '.[-1].trace')
	jq -e "$3" <<<"$journey" >/dev/null || complain "$2: $3: $(jq -c "del(.events)" <<<"$journey")"
}

# A filter: it ended so, there; more is true besides.
ended() { # KIND PLACE [FILTER]
	echo ".end == \"$1\" and .in == \"$2\" and (${3:-true})"
}

PING='@a net trace icmp 10.2.0.2 --json;' GET='@b net trace tcp 10.2.0.1:8080 --json;'

@test "question and answer are followed through every namespace, with the addresses that masquerade makes" {
	goes '' "$PING" "$(ended answered a)" \
		'[.events[] | select(.part == "question") | .namespace] | unique == ["a", "b", "main"]' \
		'[.events[] | select(.part == "answer") | .namespace] | unique == ["a", "b", "main"]' \
		'[.events[] | select(.part == "question" and .table == "stave-trace") | "\(.namespace) \(.hook)"] | reduce .[] as $at ([]; if .[-1] == $at then . else . + [$at] end) == ["a output", "a postrouting", "main prerouting", "main forward", "main postrouting", "b prerouting", "b input"]' \
		'[.events[] | select(.namespace == "b").packet] | unique == ["icmp 10.2.0.1 -> 10.2.0.2", "icmp 10.2.0.2 -> 10.2.0.1"]' \
		'.events[-1].packet == "icmp 10.2.0.2 -> 10.1.0.2" and .events[-1].namespace == "a"' \
		'any(.events[]; .namespace == "main" and .chain == "postrouting" and .rule == 1 and .verdict == "accept")'
}

@test "a published port is followed to who answers for it" {
	goes '' "$GET" "$(ended answered b)" \
		'[.events[] | select(.part == "question" and .namespace == "a").packet | endswith("-> 10.1.0.2:80")] | length > 0 and all' \
		'.events[0].packet | endswith("-> 10.2.0.1:8080")' \
		'.events[-1].packet | startswith("tcp 10.2.0.1:8080 -> ")'
}

@test "the packets of a program are followed, and its output and status stay its own" {
	goes '' '@a net trace busybox ping -c 1 10.2.0.2;' "$(ended answered a)" \
		'[.events[] | select(.part == "question") | .namespace] | unique == ["a", "b", "main"]'
	holds '.[-1].output | contains("1 packets received")'
	goes '' '@b net trace busybox wget -q -O - http://10.2.0.1:8080/;' "$(ended answered b)"
	holds '.[-1].output == "hello\n"'
	fails 7 --json -c "$(tr '\n' ' ' <<<"$NET") @a net trace sh -c 'exit 7'"
	holds '.[-1].trace.end == "none"'
	works -q -c "$(tr '\n' ' ' <<<"$NET") @a net trace --json busybox ping -c 1 -q 10.2.0.2"
	[ "$(sed -n '/^{/,$p' <<<"$output" | jq -r .end)" = answered ]
	fails 127 -q -c 'unshare user net; net trace no-such-program'
	fails 125 --json -c 'net trace true'
	holds '.[-1].error.id == "host.shared"'
}

@test "no route" {
	local fault='@a net route del default via 10.1.0.1;'
	goes "$fault" "$PING" "$(ended route a '.events == [] and .of == "question" and .address == "10.2.0.2"')"
	goes "$fault" "$GET" "$(ended route a '.of == "answer" and .address == "10.2.0.2"')"
	follow "$fault" '@a net trace busybox ping -c 1 10.2.0.2;' "$(ended route a '.address == "10.2.0.2"')"
}

@test "no forwarding" {
	goes 'net forward off;' "$PING" "$(ended forward main '.of == "question"')"
	goes 'net forward off;' "$GET" "$(ended forward main)"
}

@test "no masquerade" {
	goes 'net nat y off;' "$PING" "$(ended route b '.of == "answer" and .address == "10.1.0.2"')"
	goes 'net nat y off;' "$GET" "$(ended answered b)"
}

@test "a wrong dnat" {
	goes 'net publish 8080:80 to 10.1.0.2 off; net publish 8080:80 to 10.1.0.3;' "$GET" \
		"$(ended neighbour main '.dev == "x" and .address == "10.1.0.3"')" 'any(.events[]; .packet | endswith("-> 10.1.0.3:80"))'
}

@test "a wrong prefix" {
	local fault='net addr del 10.1.0.1/24 x; net addr add 10.1.0.1/32 x;'
	goes "$fault" "$PING" "$(ended route main '.of == "answer" and .address == "10.1.0.2"')"
	goes "$fault" "$GET" "$(ended route main '.of == "question" and .address == "10.1.0.2"')"
}

@test "a link that is down" {
	goes 'net down y;' "$PING" "$(ended down main '.dev == "y"')"
	goes 'net down y;' "$GET" "$(ended down main '.dev == "y"')"
	goes '@a net down eth0;' "$PING" "$(ended route a '.dev == "eth0"')"
}

@test "an MTU that is too small for what comes" {
	local ping='@a net trace busybox ping -c 1 -W 1 -s 1400 10.2.0.2;'
	goes '' "$ping" "$(ended answered a)"
	follow '@b net mtu eth0 1000;' "$ping" "$(ended mtu b '.dev == "eth0"')"
	follow 'net mtu y 1000;' "$ping" "$(ended mtu main '.dev == "y"')"
}

@test "a neighbour that does not answer to ARP" {
	local fault="run ip link set x arp off;"
	need_tool ip
	goes "$fault" "$PING" "$(ended neighbour a '.dev == "eth0" and .address == "10.1.0.1"')"
	goes "$fault" "$GET" "$(ended neighbour main '.dev == "x"')"
}

@test "an address that its owner gave up, while others still know it by his hardware address" {
	local gone='@a run busybox ping -c 1 10.1.0.1; @a net addr del 10.1.0.2/24 eth0;'
	local ping='net trace icmp 10.1.0.2 --json;' stale='.dev == "x" and .address == "10.1.0.2" and any(.events[]; .namespace == "a")'
	goes "$gone" "$ping" "$(ended neighbour main "$stale")"
	goes "$gone @a net addr add 10.1.0.3/24 eth0;" "$ping" "$(ended neighbour main "$stale")"
	goes "$gone @a net forward on;" "$ping" "$(ended neighbour main "$stale")"
	goes "$gone" "$GET" "$(ended neighbour main "$stale")"
	# It is not so where the address is there, and what it does not do is pass packets on.
	goes '@a net route add 10.3.0.0/24 via 10.1.0.1; @a run busybox ping -c 1 10.1.0.1; net forward off;' '@a net trace icmp 10.3.0.9 --json;' "$(ended forward main)"
}

@test "a hardware address that is nobody's any more, a route that closes the way, an address that two have" {
	need_tool ip
	local known='@a run busybox ping -c 1 10.1.0.1;'
	goes "$known net mac x 02:00:00:00:00:77; @a run ip neigh replace 10.1.0.1 lladdr 02:00:00:00:00:78 dev eth0;" "$PING" \
		"$(ended neighbour a '.dev == "eth0" and .address == "10.1.0.1"')"
	goes 'run ip route add prohibit 10.2.0.2/32;' "$PING" "$(ended route main '.of == "question" and .type == "prohibit"')"
	goes '@a run ip route add blackhole 10.2.0.0/24;' "$PING" "$(ended route a '.type == "blackhole"')"
	goes '@b net route add default via 10.2.0.1; @b net addr add 10.1.0.2/24 eth0;' '@b net trace icmp 10.1.0.1 --json;' \
		"$(ended arrived a '.of == "answer" and .address == "10.1.0.2"')"
	goes "network create n; container -d --name one --net n -- sleep 100; container --net n; run true; @router net trace icmp 172.18.0.2; @router run ip neigh replace 172.18.0.2 lladdr 02:00:00:00:00:79 dev n;" \
		'@router net trace icmp 172.18.0.2 --json;' "$(ended silent router)"
}

@test "a rule, for the question and for the answer" {
	goes 'net deny forward tcp port 80 on y;' "$GET" "$(ended rule main '.chain == "forward" and .rule == 1 and .of == "question"')"
	goes 'net allow in udp; @a net deny out from 10.1.0.2 icmp;' "$PING" "$(ended rule a '.chain == "output"')"
	goes '@b net deny out icmp to 10.2.0.1;' "$PING" "$(ended rule b '.chain == "output" and .of == "answer"')"
}

@test "a port that is bound to loopback" {
	NET=${NET/-p 80/-p 127.0.0.1:80}
	goes '' "$GET" "$(ended refused a '.address == "10.1.0.2"')"
}

@test "a container is on the way, too, and every session's own router" {
	works --json -c "container -d --name web --net bridge -- busybox httpd -f; container -d --name other --net bridge -- sleep 100; @router net trace icmp 172.17.0.2 --json"
	jq -e '.end == "answered" and ([.events[].namespace] | unique == ["router", "web"])' <<<"$(pick '.[-1].output')"
}

# What stands in the bridge's way where the machine shows its packets to the hooks of inet as well.
FILTERED=/proc/sys/net/bridge/bridge-nf-call-iptables

# A filter: the way of a part, as "NAMESPACE HOOK" in its order.
way() { # PART
	echo "[.events[] | select(.part == \"$1\" and .table == \"stave-trace\") | \"\(.namespace) \(.hook)\"] | reduce .[] as \$at ([]; if .[-1] == \$at then . else . + [\$at] end)"
}

@test "the way through a bridge of the router is whole, between networks and within one" {
	local story='network create f; network create g; container -d --name web --net f -- busybox httpd -f -h /etc; @router net forward on;'
	local way journey
	goes_by() { # NETWORK LINE FILTER...
		local filter
		works --json -c "$story container --net $1; $2"
		journey=$(pick '.[-1].output')
		for filter in "${@:3}"; do
			jq -e "$filter" <<<"$journey" >/dev/null || complain "$2: $filter: $(jq -c "$way" <<<"$journey")"
		done
	}
	way=$(way question)
	goes_by g '@router net allow forward; net trace tcp 172.18.0.2:80 --json' '.end == "answered"' \
		"$way == [\"main output\", \"main postrouting\", \"router prerouting\", \"router forward\", \"router postrouting\", \"web prerouting\", \"web input\"]" \
		"$(way answer) == [\"web output\", \"web postrouting\", \"router prerouting\", \"router forward\", \"router postrouting\", \"main prerouting\", \"main input\"]"
	goes_by g 'net trace icmp 172.19.0.1 --json' "$way | .[-2:] == [\"router prerouting\", \"router input\"]"
	goes_by g '@router net deny forward tcp port 80; net trace tcp 172.18.0.2:80 --json' \
		"$(ended rule router '.chain == "forward" and .rule == 1 and .of == "question"')"
	goes_by g '@router net deny forward icmp from 172.18.0.0/16; @router net allow forward; net trace icmp 172.18.0.2 --json' \
		"$(ended rule router '.chain == "forward" and .of == "answer"')"
	goes_by f 'net trace tcp 172.18.0.2:80 --json' '.end == "answered"' "$way | .[-1] == \"web input\"" "$(way answer) | .[-1] == \"main input\""
	goes_by f '@router net down veth3; net trace tcp 172.18.0.2:80 --json' "$(ended down router '.dev == "veth3" and .address == "172.18.0.2"')"
	goes_by f '@router net rm veth3; net trace tcp 172.18.0.2:80 --json' "$(ended neighbour main '.dev == "eth0"')"
	[ "$(cat $FILTERED 2>/dev/null)" = 1 ] || return 0
	goes_by f 'net trace icmp 172.18.0.2 --json' "$way | .[2:5] == [\"router prerouting\", \"router forward\", \"router postrouting\"]"
	goes_by f '@router net forward off; net trace icmp 172.18.0.2; @router net down veth3; net trace icmp 172.18.0.2 --json' '.end == "silent" and .in == "router"'
	goes_by f '@router net deny forward icmp; net trace icmp 172.18.0.2 --json' "$(ended rule router '.chain == "forward"')"
}
