#!/usr/bin/env bats
# net trace: the way of a packet, and why it ended where it did.
load common

OWN='unshare user net; net lo'

prepare() {
	need_userns
	[ -x /usr/sbin/nft ] || need_tool nft
	unshare -Urn nft 'add table inet t; add chain inet t c { type filter hook input priority -400; }; add rule inet t c meta nftrace set 1' 2>/dev/null ||
		skip 'this kernel lacks parts of nftables'
}

# How the packet ended, and what of the trace is true besides.
ends() { # KIND LINE [FILTER]
	works --json -c "$OWN; $2 --json; net --json"
	jq -e ".end == \"$1\" and (${3:-true})" <<<"$(pick '.[-2].output')" || complain "$2: not $1"
	jq -e '[.chains[] | select(.table == "stave-trace")] == []' <<<"$(pick '.[-1].output')" || complain 'the table is left'
}

@test "a packet that is answered passes the hooks" {
	ends answered 'net trace icmp 127.0.0.1' '[.events[].hook] | contains(["output", "postrouting", "prerouting", "input"])'
	ends answered 'net trace icmp ::1'
}

@test "a rule that drops it is named, with its number" {
	ends rule 'net allow in udp; net deny in icmp; net trace icmp 127.0.0.1' \
		'any(.events[]; .verdict == "drop" and .chain == "input" and .rule == 2 and .hook == "input")'
}

@test "nobody listens, no route, a link that is down, no answer to ARP" {
	ends refused 'net trace tcp 127.0.0.1:9'
	ends refused 'net trace udp 127.0.0.1:9'
	# That of UDP is told by an error, whether it comes back or not.
	ends refused 'net deny out icmp; net trace udp 127.0.0.1:9'
	ends route 'net trace icmp 10.0.0.2' '.events == []'
	ends neighbour 'net veth a b; net addr add 10.0.0.1/24 a; net up a; net up b; net trace icmp 10.0.0.2'
	ends neighbour 'net veth a b; net addr add 10.0.0.1/24 a; net up a; net up b; net route add default via 10.0.0.9; net trace tcp 10.9.9.9:80'
}

@test "a published port is seen to change the packet's address" {
	ends refused 'net publish 8080:9; net trace tcp 127.0.0.1:8080' \
		'any(.events[]; .packet | endswith(":8080")) and any(.events[]; .packet | endswith("-> 127.0.0.1:9"))'
}

@test "what is asked wrongly is refused, and the host's packets are not traced" {
	local line
	for line in 'net trace tcp 10.0.0.1' 'net trace icmp nobody' 'net trace tcp 10.0.0.1:0' 'net trace icmp' 'net trace all 61' 'net trace tcp fd00::1:80:'; do
		fails 1 --json -c "$OWN; $line"
		holds '.[-1].error.id | test("^(network[.](port|address)|argument[.].*)$")' || complain "$line"
	done
	fails 1 --json -c 'net trace icmp 127.0.0.1'
	holds '.[-1].error.id == "host.shared"'
	fails 1 --json -c 'net trace icmp 127.0.0.1 --on-host'
	holds '.[-1].error.id == "option.conflict"'
}

@test "a shell that is killed behind any step, while it traces, leaves nothing" {
	local line shell
	for line in 'net veth a b' 'net bridge br0' 'net forward on' 'net nat' 'net publish 8080:80' 'net deny in tcp' 'net impair lo rate 1mbit'; do
		rm -f ready
		printf '%s\n' 'unshare user net' 'net lo' "$line" '!touch ready' 'net trace all 30' >script
		"$STAVE" -q script >/dev/null 2>&1 3>&- 4>&- &
		shell=$!
		await [ -e ready ] || complain "$line"
		kill -9 $shell
		wait $shell || true
	done
}

@test "a trace that is interrupted takes its table away" {
	rm -f ready
	printf '%s\n' 'unshare user net' 'net lo' '!touch ready' 'net trace all 30' 'net --json' >script
	"$STAVE" -k --json script >out 2>/dev/null 3>&- 4>&- &
	local shell=$!
	await [ -e ready ]
	sleep 1
	kill -INT $shell
	wait $shell || true
	output=$(cat out)
	holds 'any(.[]; .line | startswith("net trace"))'
	[ "$(grep -c 'stave-trace' out)" = 0 ]
}

@test "a packet of another protocol that is dropped meanwhile is not where this one ended" {
	need_tool busybox
	ends neighbour "net veth a b; net addr add 10.0.0.1/24 a; net up a; net up b; net deny out icmp; spawn sh -c 'while sleep 0.2; do busybox ping -c 1 -W 1 10.0.0.2; done'; net trace tcp 10.0.0.2:80" \
		'all(.events[] | select(.part == "question"); .verdict != "drop")'
}

@test "where a rule has led the packet to another address, that neighbour is the one that is silent" {
	ends neighbour 'net veth a b; net addr add 10.0.0.1/24 a; net up a; net up b; net publish 8080:80 to 10.0.0.2; net trace tcp 10.0.0.1:8080' \
		'any(.events[]; .packet | endswith("-> 10.0.0.2:80"))'
}
