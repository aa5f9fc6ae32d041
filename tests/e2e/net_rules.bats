#!/usr/bin/env bats
# net: forwarding, rules of nftables, bad lines, and what net tells of a whole network namespace.
load common

OWN='unshare user net'

prepare() {
	need_userns
}

fails_with() { # ID LINE
	fails 1 --json -c "$OWN; $2"
	holds ".[-1].error.id == \"$1\"" || complain "$2"
}

# What is refused before any call needs no namespace: a dry run.
refused() { # ID LINE
	fails 1 -n --json -c "$OWN; $2"
	holds ".[-1].error.id == \"$1\"" || complain "$2"
}

# What net --json says last, and what a program in there said, by jq.
network() {
	jq -e "$1" <<<"$(pick '.[-1].output')" >/dev/null || complain "not true of the network: $1"
}

need_nft() {
	[ -x /usr/sbin/nft ] || need_tool nft
}

# A kernel that lacks what rules are made of says so; then a test of them is about another kernel.
need_rules() {
	need_nft
	unshare -Urn nft 'add table inet t; add chain inet t c { type nat hook prerouting priority -100; }; add rule inet t c fib daddr type local tcp dport 1 counter redirect to :2' 2>/dev/null ||
		skip 'this kernel lacks parts of nftables'
}

@test "the command that a removed rule is told with takes it away, in each of its chains" {
	need_rules
	local line command
	for line in 'net nat' 'net nat eth0' 'net publish 8080:80' 'net publish 53:5353/udp to 10.9.0.2' 'net allow forward established' \
		'net deny in from 10.0.0.0/8 tcp port 22' 'net deny out icmp'; do
		works --json -c "$OWN; $line; $line off"
		command=$(pick '.[-1].same_as.command')
		[ -n "$command" ] && [ "$command" != null ] || complain "none: $line"
		printf '%s\n' "$command" >remove
		works --json -c "$OWN; $line; net allow in established; run sh -e remove; net --json"
		network '[.rules[].rule | contains("net allow in established")] == [true]'
	done
}

@test "forwarding is switched on and off in the namespace alone, and undone" {
	local before
	before=$(cat /proc/sys/net/ipv4/ip_forward)
	works --json -c "$OWN; net forward on; net --json"
	network '.forward.ipv4'
	holds '.[1].note | contains("+ forwarding of IPv4")'
	works --json -c "$OWN; net forward on; run cat /proc/sys/net/ipv4/ip_forward; net forward off; net --json"
	holds '.[2].output == "1\n"'
	network '.forward.ipv4 == false'
	works --json -c "$OWN; net forward on; undo; net --json"
	network '.forward.ipv4 == false'
	refused argument.choice 'net forward maybe'
	[ "$before" = "$(cat /proc/sys/net/ipv4/ip_forward)" ]
}

@test "forwarding is set also where the child has no /proc of its own" {
	works --json -c "$OWN; unshare mnt; mount tmpfs /proc; net forward on; net --json"
	network '.forward.ipv4'
}

@test "link set is up and down" {
	works --json -c "$OWN; net veth a b; net link set a up; net --json"
	network '.links[] | select(.ifname == "a") | .up'
	works --json -c "$OWN; net veth a b; net up a; net link set a down; net --json"
	network '.links[] | select(.ifname == "a") | .up == false'
}

@test "a tun interface is made once, or what is missing is named" {
	if [ ! -w /dev/net/tun ]; then
		fails 1 --json -c "$OWN; net tun t0"
		holds '.[-1].error.errno == "EACCES" or .[-1].error.errno == "ENOENT"'
		return
	fi
	works --json -c "$OWN; net tun t0; net --json"
	network '.links[] | select(.ifname == "t0") | .link_type == "tun"'
	fails_with TUNSETIFF.EEXIST 'net tun t0; net tun t0'
	refused network.name 'net tun a/b'
}

@test "a kind of interface or qdisc that the kernel lacks is named with its option" {
	local line option
	for line in 'net dummy d' 'net ipvlan v lo' 'net impair lo delay 1ms'; do
		run --separate-stderr stave --json -c "$OWN; net lo; $line"
		holds '.[-1].ok or (.[-1].error.why | contains("CONFIG_"))' || complain "$line"
	done
}

@test "a rate holds what leaves back, twice is refused, off takes it away" {
	works --json -c "$OWN; net veth a b; net impair a rate 1mbit; net --json"
	network '.links[] | select(.ifname == "a") | .impaired == [{kind: "tbf", delay_us: 0, loss: 0.0, rate: 125000}]'
	works --json -c "$OWN; net veth a b; net impair a rate 1mbit; net impair a off; net --json"
	network '.links[] | select(.ifname == "a") | .impaired == []'
	works --json -c "$OWN; net veth a b; net impair a rate 1mbit; undo; net --json"
	network '.links[] | select(.ifname == "a") | .impaired == []'
	fails_with RTM_NEWQDISC.EEXIST 'net impair lo rate 1mbit; net impair lo rate 1mbit'
	fails_with RTM_NEWQDISC.ESRCH 'net impair lo off'
	fails_with RTM_NEWQDISC.ENODEV 'net impair nosuch rate 1mbit'
	refused argument.number 'net impair lo rate 1'
	refused argument.number 'net impair lo delay 100'
	refused argument.number 'net impair lo loss 101%'
	refused argument.number 'net impair lo loss 0x5%'
	refused argument.choice 'net impair lo fast 5'
	refused argument.missing 'net impair lo rate'
	refused argument.many 'net impair lo rate 1mbit rate 2mbit'
}

@test "a rate is what tc says it is" {
	need_tool tc
	works --json -c "$OWN; net veth a b; net impair a rate 1mbit; run tc -j qdisc show dev a"
	jq -e '.[0] | .kind == "tbf" and .options.rate == 125000' <<<"$(pick '.[-1].output')"
}

@test "delay and loss are what tc says they are, with a rate below" {
	need_tool tc
	unshare -Urn tc qdisc add dev lo root netem delay 1ms 2>/dev/null || skip 'this kernel has no netem'
	works --json -c "$OWN; net veth a b; net impair a delay 100ms loss 5% rate 1mbit; net --json"
	network '.links[] | select(.ifname == "a") | .impaired[0].delay_us == 100000 and (.impaired[0].loss * 100 | round) == 5 and .impaired[1].kind == "tbf"'
	works --json -c "$OWN; net veth a b; net impair a delay 100ms loss 5%; run tc -j qdisc show dev a"
	jq -e '.[0] | .kind == "netem" and .options.delay.delay == 0.1' <<<"$(pick '.[-1].output')"
}

@test "a published port leads to the other one, and is taken back" {
	need_rules
	need_tool busybox
	cat >script <<-'END'
		unshare user net
		net lo
		spawn --name far busybox nc -ll -p 80 -e echo heard
		net publish 8080:80
		run busybox nc -w 5 127.0.0.1 8080
		net --json
	END
	works --json script
	holds '.[4].output == "heard\n"'
	network '[.rules[].rule | select(contains("dport 8080"))] | length == 2'
	works --json -c "$OWN; net publish 8080:80; net publish 8080:80 off; net --json"
	network '.rules == [] and .chains == []'
	works --json -c "$OWN; net publish 8080:80; undo; net --json"
	network '.rules == []'
}

@test "a rule with two long prefixes of IPv6 is made, found again and taken back" {
	need_rules
	local long='net deny forward established tcp port 65535 from fd00:1111:2222:3333:4444:5555:6666:7771/128 to fd00:1111:2222:3333:4444:5555:6666:777'
	works --json -c "$OWN; ${long}1/128 on fifteen-bytes-x; ${long}2/128 on fifteen-bytes-x; ${long}1 on fifteen-bytes-x off; net --json"
	network '[.rules[].rule | select(contains("7772"))] | length == 1'
	network '.rules | length == 1'
	fails_with nft.EEXIST "${long}1; ${long}1/128"
}

@test "IPv6: neighbours, a route through a router, masquerade, a filter and a published port" {
	need_rules
	need_tool busybox
	[ -e /proc/sys/net/ipv6 ] || skip 'this kernel has no IPv6'
	cat >script <<-'END'
		child new a
		@a setns @main user
		@a unshare net
		child new b
		@b setns @main user
		@b unshare net
		net veth x eth0 --to @a
		net veth y eth0 --to @b
		net addr add fd00:a::1/64 x
		net addr add fd00:b::1/64 y
		@a net addr add fd00:a::2/64 eth0
		@b net addr add fd00:b::2/64 eth0
		net up x
		net up y
		@a net up eth0
		@b net up eth0
		@a net route add default via fd00:a::1
		net forward on
		net nat y
		net publish 8080:80 to fd00:a::2
		@a spawn busybox nc -ll -p 80 -e echo heard
		@a run sh -c 'n=0; until busybox ping -6 -c 1 -W 1 fd00:b::2 || [ $n = 100 ]; do sleep 0.2; n=$((n + 1)); done'
		@b run sh -c 'n=0; until busybox nc -w 5 fd00:b::1 8080 || [ $n = 100 ]; do sleep 0.2; n=$((n + 1)); done'
		net deny forward from fd00:a::/64 icmp
		@a net trace icmp fd00:b::2
		net deny forward from fd00:a::/64 icmp off
		@a net route del default via fd00:a::1
		@a net addr del fd00:a::2/64 eth0
		@a net --json
	END
	sed -i "1i $(is_root && echo 'unshare net' || echo 'unshare user net')" script
	! is_root || sed -i '/setns/d' script
	works --json script
	holds '[.[] | select(.line | contains("ping")).output | contains("1 packets received")] == [true]'
	holds '[.[] | select(.line | contains("nc -w")).output | contains("heard")] == [true]'
	holds '[.[] | select(.line | startswith("net trace")).output | test("fd00:a::2 -> fd00:b::2[^$]* 1 of forward +drop")] == [true]'
	network '[.links[].addr_info[].local | select(startswith("fd00"))] == [] and [.routes[] | select(.dst == "default")] == []'
}

@test "rules are what nft shows, with their handles" {
	need_rules
	works --json -c "$OWN; net publish 53:5353/udp to 10.0.0.2; net publish 81:80 to fd00::2; net nat; net nat lo; net deny in tcp port 22 from 10.0.0.0/8 on lo; net allow forward established; net deny out icmp; net --json; run nft -j list ruleset"
	local ours
	ours=$(pick '.[-2].output' | jq -c '[.rules[] | [.family, .table, .chain, .handle]] | sort')
	[ "$ours" = "$(pick '.[-1].output' | jq -c '[.nftables[] | select(.rule) | .rule | [.family, .table, .chain, .handle]] | sort')" ]
	[ "$(jq length <<<"$ours")" = 9 ]
}

@test "a rule of a protocol is made where no file names the protocols" {
	need_rules
	run --separate-stderr unshare -Urm bash -c '
		[ ! -e /etc/protocols ] || mount --bind /dev/null /etc/protocols || exit 77
		exec "$0" --json -c "unshare user net; net deny in icmp; net deny in tcp; net deny in udp; net --json"' "$STAVE" 3>&- 4>&-
	[ "$status" != 77 ] || skip 'nothing can be mounted here'
	[ "$status" = 0 ] || complain "ended with $status"
	holds 'all(.ok)'
}

@test "a rule that is refused leaves the others as they were" {
	need_rules
	fails_with nft.EEXIST 'net publish 80:81; net publish 80:82'
	fails_with nft.EEXIST 'net deny in; net deny in'
	fails_with nft.ESRCH 'net nat off'
	fails_with nft.ESRCH 'net nat; net nat lo off'
	run --separate-stderr stave -k --json -c "$OWN; net publish 80:81; net publish 80:82; net --json"
	network '.rules | length == 2'
}

@test "off takes away the rule of the whole line, whatever the order of its words" {
	need_rules
	fails_with nft.ESRCH 'net publish 80:81; net publish 80:82 off'
	fails_with nft.ESRCH 'net publish 80:81; net publish 80:81/udp off'
	fails_with nft.ESRCH 'net publish 80:81 to 10.0.0.2; net publish 80:81 to 10.0.0.3 off'
	fails_with nft.EEXIST 'net publish 80:81 to 10.0.0.2; net publish 80:81'
	fails_with nft.ESRCH 'net deny in tcp port 22; net deny in udp port 22 off'
	fails_with nft.ESRCH 'net deny in tcp port 22 from 10.0.0.1; net deny in tcp port 22 off'
	fails_with nft.EEXIST 'net deny in tcp port 22 from 10.0.0.1; net deny in from 10.0.0.1 tcp port 22'
	works --json -c "$OWN; net publish 80:81; net publish 80:81/udp to fd00::2; net deny in established on lo from 10.0.0.1 tcp port 22
		net publish 80:81/tcp off; net publish 80:81/udp to fd00:0::2 off; net deny in tcp port 22 on lo from 10.0.0.1 established off; net --json"
	network '.rules == []'
}

@test "wrong ports, addresses and words of a rule are refused before any call" {
	for line in 80 80:0 0:80 70000:80 80:65536 80:80/sctp 80:80/ a:b 080:80 80:80:80; do
		refused network.port "net publish $line"
	done
	refused network.address 'net publish 80:80 to nobody'
	refused network.address 'net publish 80:80 to 10.0.0.0/8'
	refused argument.missing 'net publish 80:80 to'
	refused argument.choice 'net publish 80:80 at 10.0.0.1'
	refused network.address 'net deny in from 10.0.0.1/8'
	refused network.address 'net deny in from 10.0.0.1 to fd00::1'
	refused argument.missing 'net deny in port 80'
	refused argument.missing 'net deny off'
	refused argument.many 'net deny in tcp tcp'
	refused argument.choice 'net deny sideways'
	refused argument.choice 'net deny in maybe'
	refused network.name "net nat 'a\"b'"
	refused network.name "net deny in on 'a;b'"
	refused argument.many 'net nat lo lo'
}

@test "a port that somebody listens on is not published" {
	need_tool busybox
	cat >script <<-'END'
		unshare user net
		net lo
		spawn --name far busybox nc -ll -p 99 -e true
		!sleep 0.5
		net publish 99:80
	END
	fails 1 --json script
	holds '.[-1].error.id == "network.port"'
}

@test "without nft its package is named, and nothing is made" {
	need_nft
	works --json -c "$OWN; net nat; net --json"
	run --separate-stderr unshare -Urm bash -c '
		for nft in /usr/sbin/nft /sbin/nft /usr/local/sbin/nft /usr/bin/nft /bin/nft $(command -v nft); do
			[ ! -e $nft ] || mount --bind /dev/null $nft || exit 77
		done
		exec "$0" -k --json -c "unshare net; net nat; net --json"' "$STAVE"
	[ "$status" != 77 ] || skip 'nothing can be mounted here'
	holds '.[1].error.id == "nft.ENOENT" and (.[1].error.fix | contains("nftables"))'
	network '.rules == [] and .chains == []'
}

@test "nothing is changed while the network namespace is the host's" {
	local line
	for line in 'net forward on' 'net nat' 'net publish 8080:80' 'net deny in' 'net tun t0' 'net impair lo rate 1mbit' 'net link set lo up'; do
		fails 1 --json -c "$line"
		holds '.[-1].error.id == "host.shared"' || complain "$line"
	done
}

@test "net tells the other end, neighbours, and who listens" {
	need_tool busybox
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
		spawn busybox nc -ll -p 4711 -e true
		!sleep 0.3
		net --json
	END
	works --json script
	network '.links[] | select(.ifname == "a") | .peer | .ifname == "b" and .pid > 0 and (.host | not)'
	network '.neighbours | any(.dst == "10.7.0.2" and .dev == "a" and (.lladdr | length) == 17)'
	network '.listeners | any(.port == 4711 and .protocol == "tcp" and .command == "busybox" and .pid > 0)'
}

@test "net --json is what ip -j says of links, addresses, routes and neighbours" {
	need_tool ip
	works --json -c "$OWN; net lo; net bridge br0; net veth a b; net join br0 a; net addr add 10.0.0.1/24 dev br0; net addr add fd00::1/64 dev b; net up br0; net up a; net up b; net mtu b 1400; net route add 10.9.0.0/16 via 10.0.0.9; run ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0; net --json; run ip -j addr; run ip -j -4 route; run ip -j neigh"
	local ours theirs
	ours=$(pick '.[-4].output' | jq -c '[.links[] | {ifname, mtu, master, link, address, addr: [.addr_info[] | select(.local | startswith("fe80") | not) | [.family, .local, .prefixlen]] | sort}]')
	theirs=$(pick '.[-3].output' | jq -c '[.[] | {ifname, mtu, master, link, address, addr: [.addr_info[] | select(.local | startswith("fe80") | not) | [.family, .local, .prefixlen]] | sort}]')
	[ "$ours" = "$theirs" ] || complain "$ours"$'\n'"$theirs"
	ours=$(pick '.[-4].output' | jq -c '[.routes[] | select(.family == "inet") | {dst, gateway, dev}] | sort')
	theirs=$(pick '.[-2].output' | jq -c '[.[] | {dst, gateway, dev}] | sort')
	[ "$ours" = "$theirs" ] || complain "$ours"$'\n'"$theirs"
	ours=$(pick '.[-4].output' | jq -c '[.neighbours[] | {dst, dev, lladdr, state}] | sort')
	theirs=$(pick '.[-1].output' | jq -c '[.[] | {dst, dev, lladdr, state}] | sort')
	[ "$ours" = "$theirs" ] || complain "$ours"$'\n'"$theirs"
}

@test "the drawing and a packet's journey name the child where there are several" {
	works -q -c "child new b; @b $OWN; @b net --draw"
	grep -q '^ .* child b ─' <<<"$output"
	works -q -c "child new b; @b $OWN; @b net lo; @b net trace icmp 127.0.0.1"
	grep -q ' b .*output' <<<"$output"
}

# A row of the drawing, between its box's sides.
drawn() { # REGULAR-EXPRESSION
	grep -qE "│ $1" <<<"$output" || complain "not drawn: $1"
}

@test "the drawing has a box for each network of the session, with the ends of one wire on one line of signs" {
	need_tool busybox
	works -q -c "network create shop; container -d --name web --net shop -- sleep 100; net --draw"
	for title in 'the child router' web 'the host'; do
		[ "$(grep -c "┌─ $title ─" <<<"$output")" = 1 ] || complain "no box, or several: $title"
	done
	drawn '└─ veth[0-9]+ +veth +├─┐'
	drawn 'eth0 +[0-9.]+/16 veth +├─┘'
	drawn 'all else by [0-9.]+, out of eth0'
	# Of two children in one network there is one box.
	works -q -c "$OWN; child new b; @b setns @main user net; net veth a b; net --draw"
	[ "$(grep -c '┌─' <<<"$output")" = 1 ]
	grep -q '┌─ the child main, the child b ─' <<<"$output"
}

@test "the drawing has the ports of the host that lead to a container, also to one that is a child" {
	need_tool busybox
	local port
	port=$(free_port)
	works -q -c "container -d --name web -p 127.0.0.1:$port:80 -p $port:53/udp -- sleep 100; net --draw"
	drawn "127\.0\.0\.1:$port->80/tcp"
	drawn "0\.0\.0\.0:$port->53/udp"
	works -q -c "child new b; @b container -p 127.0.0.1:$port:80; net --draw"
	drawn "127\.0\.0\.1:$port->80/tcp"
}

@test "the drawing keeps to 80 columns, with as many wires as there is room for" {
	local line="$OWN; net bridge br0" i
	for ((i = 0; i < 30; i++)); do line+="; net veth a$i b$i; net join br0 a$i"; done
	works -q -c "$line; net --draw"
	[ "$(wc -L <<<"$output")" -le 80 ]
	says '├─ a0'
	LC_ALL=C works -q -c "$OWN; net bridge br0; net veth a b; net join br0 a; net --draw"
	[ "$(LC_ALL=C tr -d '[:print:]\n' <<<"$output" | wc -c)" = 0 ]
}

# The kind: what was asked before makes conntrack take the same question for a part of its connection.
@test "each echo of a check is a connection of its own" {
	need_rules
	works -c "$OWN; net lo; net allow in established
check net answers icmp 127.0.0.1
net deny in icmp
check not net answers icmp 127.0.0.1"
}

@test "words that are wrong for any network are told as that, also where it is still the host's" {
	local line id wrong=''
	while IFS='|' read -r line id; do
		run --separate-stderr stave --json -c "unshare $(is_root || echo user) uts; net $line"
		[ "$(pick -r '.[-1].error.id')" = "$id" ] || wrong+="$line: $(pick -r '.[-1].error.id') "
	done <<-END
		publish x|network.port
		publish 0:80|network.port
		publish 8080:80 to x|network.address
		impair lo delay=x|argument.choice
		allow x|argument.choice
		mtu lo 1|argument.number
		addr add x lo|network.address
		route add default via x|network.address
		publish 8080:80|host.shared
		addr add 10.9.0.1/24 lo|host.shared
		up lo|host.shared
		rm nosuch|host.shared
	END
	[ -z "$wrong" ] || complain "$wrong"
}
