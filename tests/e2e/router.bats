#!/usr/bin/env bats
# The router: a child that plays the host, made when a line needs it; wires, bridges, undo.
load common

prepare() {
	need_userns
	# An ordinary user wires only what is in the router's user namespace, or below it.
	below="setns @router user; "
	! is_root || below=''
}

# Two children on the router's bridge: 10.7.0.2 and 10.7.0.3; the router is 10.7.0.1.
bridged() {
	local child n=2
	for child in a b; do
		echo "child new $child; ${below:+@$child $below}@$child unshare net; @$child net veth eth0 $child --to router;"
		echo "@$child net addr add 10.7.0.$n/24 dev eth0; @$child net up eth0;"
		n=$((n + 1))
	done
	echo "@router net bridge br0; @router net addr add 10.7.0.1/24 dev br0; @router net up br0;"
	echo "@router net join br0 a; @router net join br0 b; @router net up a; @router net up b;"
}

@test "the router is made when a line needs it, as a step of its own" {
	works --json -c "${below}unshare net; net veth eth0 --to router; child; @router net; net"
	holds '[.[] | select(.line == "child new router")] | length == 1 and .[0].ok and .[0].child == "router" and .[0].ns.net.own'
	holds '[.[] | select(.line == "child").output | contains(" router ")] == [true]'
	holds '.[-1].output | contains("to eth0 of the child router")'
	holds '.[-2].output | contains("to eth0 of the child main")'
	works --json -c '@router net bridge br0; @router status'
	holds '.[0].line == "child new router" and .[0].ok'
	is_root || holds '.[0].ns.user.own'
	! is_root || holds '.[0].ns.user.own | not'
}

@test "the ways out that are named lead to a wire to the router, for a child of another name as well" {
	local to line story='' tries
	for to in '' '@b '; do
		line="${to}net veth eth0 --to router"
		story=${to:+child new b; }
		for tries in 1 2 3; do
			run --separate-stderr stave --json -c "$story$line"
			[ "$status" != 0 ] || break
			story+="$(pick '.[-1].error.fix'); "
		done
		[ "$status" = 0 ] || complain "$story$line"
	done
}

@test "children on the router's bridge reach each other and the router, the host none of them" {
	need_tool busybox
	local before
	before=$(cut -d: -f1 /proc/net/dev)
	works -q -c "$(bridged) @a run busybox ping -c 1 -W 5 10.7.0.3; @b run busybox ping -c 1 -W 5 10.7.0.1; @router run busybox ping -c 1 -W 5 10.7.0.2; !cut -d: -f1 /proc/net/dev >links"
	[ "$before" = "$(cat links)" ]
	echo hello >index.html
	works -q -c "$(bridged) @a spawn busybox httpd -f -p 80 -h $PWD; @b run sh -c 'n=0; until busybox wget -qO- http://10.7.0.2/index.html || [ \$n = 50 ]; do sleep 0.1; n=\$((n + 1)); done'"
	says hello
}

@test "undo takes the router back, and redo brings it again with what depends on it" {
	works --json -c "${below}unshare net; net veth eth0 --to router; net; undo; net; @router net; redo; net; @router net"
	holds '[.[] | select(.line == "net" and .child == "main").output | contains("eth0")] == [true, false, true]'
	works --json -c "@router net bridge br0; undo 2; child; redo 2; @router net"
	holds '[.[] | select(.line == "child").output | contains("router")] == [false]'
	holds '.[-1].output | contains("br0")'
	works --json -c "@router net bridge br0; child rm router; child; undo; @router net"
	holds '[.[] | select(.line == "child").output | contains("router")] == [false]'
	holds '.[-1].output | contains("br0")'
}

@test "a line that fails takes the router with it that was made for it" {
	fails 1 -k --json -c '@router net bridge a/b; child'
	holds 'any(.[]; .error.id == "network.name")'
	holds '.[-1].output | contains("router") | not'
	fails 1 -k --json -c "net veth eth0 --to router; child"
	holds 'any(.[]; .error.id == "host.shared")'
	holds '.[-1].output | contains("router") | not'
	fails 1 -k --json -c "${below}unshare net; net veth eth0 --to router; net veth eth0 --to router; net"
	holds 'any(.[]; .error.id == "RTM_NEWLINK.EEXIST")'
	holds '[.[-1].output | scan("eth0  veth")] | length == 1'
}

@test "child router switches to it, and no container takes its place" {
	works --json -c 'child router; net bridge br0; child'
	holds '.[0].line == "child new router" and .[-2].child == "router" and (.[-1].output | contains("router"))'
	fails 1 --json -c '@router net bridge br0; @router container'
	holds '.[-1].error.id == "child.current"'
	works -c '@router container -- true'
}

@test "a child whose user namespace is beside the router's is refused, with the way to wire it" {
	! is_root || skip 'only an ordinary user cannot'
	fails 1 --json -c 'unshare user net; net veth eth0 --to router'
	holds '.[-1].error.id == "RTM_NEWLINK.EPERM"'
	holds '.[-1].error.fix | contains("setns @router user")'
	works -c 'setns @router user; unshare user net; net veth eth0 --to router'
}

@test "a dry run knows the router that there would be, and makes none" {
	works -n --json -c "${below:+unshare user; }unshare net; net veth eth0 --to router; @router net bridge br0; @router net up br0"
	holds '[.[] | select(.line == "child new router")] | length == 1 and (.[0].ops | length > 0)'
}

@test "a session that is saved plays again with its router" {
	works -q -c "${below}unshare net; net veth eth0 --to router; @router net bridge br0; save story"
	[ "$(grep -c '^child new router$' story)" = 1 ]
	works --json story
	holds '[.[] | select(.line == "child new router")] | length == 1'
}

@test "nothing is left of the router, however the shell ends" {
	local lines
	lines=$(bridged)
	stave -q -c "$lines quit"
	stave -q -c "$lines @a spawn sleep 100; !kill -9 \$PPID" || true
}

@test "a child that has ended has no end of a wire left, and what went with it is named" {
	local wire="child new b; @b setns @a user; @b unshare net; @a net veth x y --to @b; child rm b;"
	works --json -c "child new a; @a unshare user net; $wire $wire $wire $wire @a net --json"
	holds '[.[] | select(.line == "child rm b").note | contains("interface x of the child a")] == [true, true, true, true]'
	holds '[.[-1].output | fromjson.links[].ifname] == ["lo"]'
	works --json -c 'container --net bridge; child new b; child b; child rm router; @main net --json'
	holds '[.[-1].output | fromjson.links[].ifname] == ["lo"]'
}

@test "a line that fails leaves what redo can bring back, also where steps were made for it first" {
	local line
	for line in 'container --net bridge --ip 172.17.0.1 -- true' '@router net bridge a/b' 'net veth e r/r --to router'; do
		run stave -k --json -c "$(first)unshare uts net; hostname box; undo; $line; redo; hostname"
		holds '[.[] | select(.line == "redo").ok] == [true]'
		holds '.[-1].output | contains("box")'
	done
}
