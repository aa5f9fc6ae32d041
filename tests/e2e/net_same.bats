#!/usr/bin/env bats
# After each line, whatever it changed, "net --json" says what ip -j, tc -j and nft -j say of that network.
load common

prepare() {
	need_userns
	need_tool ip
	need_tool tc
	[ -x /usr/sbin/nft ] || need_tool nft
}

# What net --json has, and the others have, in one form. When the kernel gives an address of fe80:: by itself is its own affair.
# shellcheck disable=SC2016 # jq's variables
FORMS='def lasting: select((.local // .dst) | startswith("fe80:") | not);
	def ours: fromjson | {
		links: [.links[] | {ifindex, ifname, mtu, operstate, up, kind: .link_type, mac: .address, master, link, far: .peer.ifindex,
			addresses: [.addr_info[] | lasting | [.family, .local, .prefixlen]] | sort}] | sort,
		routes: [.routes[] | lasting | {dst, gateway, dev, metric}] | sort,
		neighbours: [.neighbours[] | lasting | {dst, dev, lladdr, state}] | sort,
		impaired: [.links[] | .ifname as $dev | .impaired[] | {dev: $dev, kind, rate}] | sort,
		chains: [.chains[]? | {family, table, name, type, hook, policy}] | sort,
		rules: [.rules[]? | [.family, .table, .chain, .handle]] | sort,
		forward: [.forward.ipv4, .forward.ipv6] };
	def empty_or: if . == "" then [] else fromjson end;
	def routes: [.[] | lasting | {dst, gateway, dev, metric: (.metric // 0)}];
	def theirs: (.[5] | empty_or | .nftables // []) as $nft | {
		links: [.[0] | fromjson[] | {ifindex, ifname, mtu, operstate, up: (.flags | index("UP") != null),
			kind: (.linkinfo.info_kind // (if .link_type == "loopback" then "loopback" else "" end)), mac: .address, master,
			link: (if .link_netnsid then null else .link end), far: (if .link_netnsid then .link_index else null end),
			addresses: [.addr_info[] | lasting | [.family, .local, .prefixlen]] | sort}] | sort,
		routes: ((.[1] | empty_or | routes) + (.[2] | empty_or | routes)) | sort,
		neighbours: [.[3] | empty_or[] | lasting | {dst, dev, lladdr, state}] | sort,
		impaired: [.[4] | empty_or[] | select(.kind == "tbf" or .kind == "netem") | {dev, kind, rate: (.options.rate // 0)}] | sort,
		chains: [$nft[] | .chain // empty | {family, table, name, type, hook, policy}] | sort,
		rules: [$nft[] | .rule // empty | [.family, .table, .chain, .handle]] | sort,
		forward: (.[6] | split("\n") | [.[0] == "1", .[1] == "1"]) };'

# Each LINE, then what both say: of the child that WHOSE addresses, "" for the one that there is; SAID: another one in the
# same network, where the first has no such programs.
compare() { # WHOSE SAID LINE...
	local whose=$1 said=${2:-$1} line script=''
	shift 2
	for line in "$@"; do
		[ "$line" != "${*: -1}" ] || line+='; !sleep 1.2'
		script+="$line
${whose}net --json
${said}run ip -j -d addr
${said}run ip -j -4 route
${said}run ip -j -6 route
${said}run ip -j neigh
${said}run tc -j qdisc
${said}run nft -j list ruleset
${said}run cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
"
	done
	works --json -c "$script"
	output=$(jq -c 'select(.line | test("^(net --json|run (ip -j|tc -j|nft -j|cat /proc/sys).*)$")) | .output // ""' <<<"$output")
	[ "$(wc -l <<<"$output")" = $((8 * $#)) ] || { echo "$(wc -l <<<"$output") looks at $# lines"; return 1; }
	# The kernel tells an operstate up to a second later.
	jq -r -s --argjson last $(($# - 1)) "$FORMS"'[range(0; length; 8) as $i | .[$i:$i + 8]] | to_entries[] | .key as $n |
		[(.value[0] | ours), (.value[1:] | theirs)] | if $n < $last then .[].links[].operstate = null else . end | .[0] as $ours | .[1] as $theirs |
		$ours | keys[] | select($ours[.] != $theirs[.]) | "after line \($n + 1): \(.): \($ours[.]) is not \($theirs[.])"' <<<"$output" >different
	output=''
	[ ! -s different ] || complain "$(cat different)"
}

@test "links, addresses, routes, neighbours, forwarding, rules and rates, line by line and back again" {
	compare '' '' "$(first)unshare net" 'net lo' 'net bridge br0' 'net veth a b' 'net join br0 a' 'net mac br0 02:00:00:00:00:01' 'net up br0' 'net up a' \
		'net addr add 10.0.0.1/24 dev br0' 'net addr add 10.0.0.7/32 dev br0' 'net mtu b 1400' 'net up b' 'net addr add fd00::1/64 dev b' \
		'net route add 10.9.0.0/16 via 10.0.0.9' 'net route add default via 10.0.0.8' 'net route add fd00:9::/64 via fd00::9' 'net route add default via fd00::8' \
		'run ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0' 'net macvlan m b' 'net link set m up' 'net forward on' 'net nat' 'net nat br0' \
		'net publish 8080:80 to 10.0.0.2' 'net deny in tcp port 22 from 10.0.0.0/8 on lo' 'net allow forward established' 'net deny out icmp' \
		'net impair b rate 1mbit' 'net down b' 'undo' 'net rm b' 'undo' 'net impair b off' 'undo' 'net addr del 10.0.0.7/32 dev br0' 'undo' \
		'net route del 10.9.0.0/16' 'undo' 'net deny out icmp off' 'undo' 'net forward off' 'undo' 'undo 3' 'redo 2' 'net rm br0'
}

@test "a wire to another child, the router with a network, and a container in it" {
	local below='' user=''
	is_root || { below='setns @router user; '; user='user '; }
	compare '@a ' '' "child new a; ${below:+@a $below}@a unshare net" "child new b; ${below:+@b $below}@b unshare net" '@a net veth x y --to @b' \
		'@a net addr add 10.5.0.1/24 dev x; @a net up x' '@b net up y' '@b net rm y' 'undo' '@a net veth eth0 a0 --to router' '@router net rm a0' 'undo'
	compare '@router ' '' 'network create back' 'network create front --subnet 10.44.0.0/24' 'container -d --name web --net back -- sleep 100' \
		'container -d --name db --net front -- sleep 100' '@router net forward on' '@router net allow forward from 172.18.0.0/16 to 10.44.0.0/24' \
		'kill web KILL; !sleep 0.3' 'network rm back' 'undo'
	compare '@c ' '@o ' "child new c; @c container --net bridge; child new o; @o setns @c ${user}net"
}
