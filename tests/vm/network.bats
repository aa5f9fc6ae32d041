#!/usr/bin/env bats
# Networks under this kernel, the thinnest whole ways: a wire, a bridge in the router, address translation, a
# published port, a packet's journey, a bad line.
load ../e2e/common

prepare() {
	need_userns
	need_tool busybox
	below=''
	is_root || below='setns @router user; '
}

need_nft() {
	[ -x /usr/sbin/nft ] || need_tool nft
}

# a, which the router passes on to b: 10.1.0.2 and 10.2.0.2.
routed() {
	local child n=1
	for child in a b; do
		echo "child new $child; ${below:+@$child $below}@$child unshare net; @$child net veth eth0 $child --to router;"
		echo "@$child net addr add 10.$n.0.2/24 dev eth0; @$child net up eth0; @router net addr add 10.$n.0.1/24 dev $child; @router net up $child;"
		n=$((n + 1))
	done
	echo '@a net route add default via 10.1.0.1; @router net forward on; @router net nat b;'
}

@test "two children on the router's bridge reach each other" {
	works -q -c "child new a; ${below:+@a $below}@a unshare net; @a net veth eth0 a --to router; @a net addr add 10.7.0.2/24 dev eth0; @a net up eth0;
		@router net bridge br0; @router net addr add 10.7.0.1/24 dev br0; @router net up br0; @router net join br0 a; @router net up a;
		child new b; ${below:+@b $below}@b unshare net; @b net veth eth0 b --to router; @b net addr add 10.7.0.3/24 dev eth0; @b net up eth0;
		@router net join br0 b; @router net up b; @a run busybox ping -c 1 -W 5 10.7.0.3; @b run busybox ping -c 1 -W 5 10.7.0.1"
}

@test "a packet is followed by the router to b, translated there, and its answer back" {
	need_nft
	works --json -c "$(routed | tr '\n' ' ') @a net trace icmp 10.2.0.2 --json; @router net deny forward icmp; @a net trace icmp 10.2.0.2 --json; @router net forward off; @a net trace busybox ping -c 1 -W 1 10.2.0.2; true" || true
	local answered dropped
	answered=$(pick '[.[] | select(.line | startswith("net trace icmp"))][0].output')
	dropped=$(pick '[.[] | select(.line | startswith("net trace icmp"))][1].output')
	jq -e '.end == "answered" and ([.events[].namespace] | unique == ["a", "b", "router"]) and
		any(.events[]; .packet == "icmp 10.2.0.1 -> 10.2.0.2")' <<<"$answered"
	jq -e '.end == "rule" and .in == "router" and .chain == "forward" and .rule == 1' <<<"$dropped"
	holds '[.[] | select(.line | startswith("net trace busybox"))][0].trace | .end == "forward" and .in == "router"'
}

@test "a published port leads to who answers for it" {
	need_nft
	echo hello >index.html
	works --json -c "$(routed | tr '\n' ' ') @router net publish 8080:80 to 10.1.0.2; @a spawn busybox httpd -f -p 80 -h $PWD;
		@b run sh -c 'n=0; until busybox wget -q -O - http://10.2.0.1:8080/ || [ \$n = 50 ]; do sleep 0.1; n=\$((n + 1)); done'; @b net trace tcp 10.2.0.1:8080 --json"
	holds 'any(.[]; .output == "hello\n")'
	jq -e '.end == "answered" and any(.events[]; .namespace == "a" and (.packet | endswith("-> 10.1.0.2:80")))' <<<"$(pick '.[-1].output')"
}

@test "containers of a network, and a port of the host that leads to one" {
	works -q -c "container -d --name web --net bridge -- busybox httpd -f -h /etc; container --net bridge -- sh -c 'n=0; until wget -q -O - 172.17.0.2/passwd || [ \$n = 50 ]; do sleep 0.1; n=\$((n + 1)); done'"
	says root
	works -q -c "container -d -p 18080:80 -- busybox httpd -f -h /etc; !n=0; until busybox wget -q -O - http://127.0.0.1:18080/passwd || [ \$n = 50 ]; do sleep 0.1; n=\$((n + 1)); done"
	says root
}

@test "an ordinary user's router reaches the world through pasta" {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite: they have a world, at 203.0.113.5'
	need_user
	need_nft
	need_tool pasta
	echo fromworld >index.html
	busybox httpd -f -p 203.0.113.5:8080 -h "$PWD" 3>&- 4>&- &
	local server=$!
	run --separate-stderr stave -k --json -c 'net world
@router run sh -c "n=0; until busybox wget -q -O - http://203.0.113.5:8080/ || [ \$n = 50 ]; do sleep 0.1; n=\$((n + 1)); done"
undo 2
!pgrep -c "^pasta" || true'
	kill "$server"
	holds 'any(.[]; .output == "fromworld\n") and .[-1].output == "0\n"'
}

@test "interfaces that lie on others are made, and why one cannot be is known" {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite: not every kernel has them'
	local made="$(first)unshare net; net veth a b; net vlan v a 10; net ipvlan i b; net macvlan m v; net dummy d;"
	works --json -c "$made net --json"
	jq -e '[.. | .link_type? // empty] | contains(["vlan", "ipvlan", "macvlan", "dummy"])' <<<"$(pick '.[-1].output')"
	local line cause
	while IFS='|' read -r cause line; do
		fails 1 --json -c "$made $line"
		holds --arg cause "$cause" '.[-1].error.cause == $cause' || complain "$line"
	done <<'END'
net.vlan-there|net vlan w a 10
net.not-ethernet|net vlan w lo 10
net.not-ethernet|net ipvlan w lo
net.interface-down|net up v
net.value|net mtu v 9000
net.lower-busy|net macvlan w b
END
}

@test "a line is made bad: delayed, lossy, slow" {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite: not every kernel has netem'
	works --json -c "$(first)unshare net; net lo; net impair lo delay 100ms loss 1%; run busybox ping -c 1 -W 5 127.0.0.1; net --json; net impair lo off; net impair lo rate 1mbit; net --json; net impair lo off; net --json"
	local ms
	ms=$(pick '.[] | select(.line | startswith("run")).output' | sed -n 's/.*time=\([0-9]*\).*/\1/p')
	[ -z "$ms" ] || [ "$ms" -ge 200 ] || complain "$ms ms there and back"
	jq -e 'any(..; .delay_us? == 100000 and .loss > 0.009 and .loss < 0.011)' <<<"$(pick '[.[] | select(.line == "net --json")][0].output')"
	jq -e 'any(..; .rate? == 125000 and .kind == "tbf")' <<<"$(pick '[.[] | select(.line == "net --json")][1].output')"
	jq -e 'any(..; .delay_us? != null) | not' <<<"$(pick '[.[] | select(.line == "net --json")][2].output')"
	works -q -c "$(first)unshare net; net lo; net impair lo loss 100%; run sh -c 'busybox ping -c 1 -W 1 127.0.0.1 || echo lost'"
	says lost
}
