#!/usr/bin/env bats
# What ends by itself in networks: processes of ports and of the way out, interfaces that a program removes.
load common

prepare() {
	need_userns
}

@test "a port that this session has published is said to be, and one that is asked for twice on a line" {
	local port
	port=$(free_port)
	fails 125 --json -c "container -d --name web -p $port:80 -- sleep 100; container -p 127.0.0.1:$port:81 -- true"
	holds '.[-1].error | .id == "port.used" and (.why | contains("web"))'
	fails 125 --json -c "child new b; @b container -p $port:80; container -p $port:81 -- true"
	holds '.[-1].error | .id == "port.used" and (.why | contains("child b"))'
	for line in "-p $port:80 -p $port:81" "-p 127.0.0.1:$port:80 -p $port:80"; do
		fails 125 --json -c "container $line -- true"
		holds '.[-1].error | .id == "port.used" and .column > 15'
	done
	works -q -c "container -p $port:80 -p $port:80/udp -p 127.0.0.1:$((port + 1)):80 -p 127.0.0.2:$((port + 1)):80 -- true"
}

@test "a value that is wrong in any network is refused with its own cause, before anything is made" {
	local value
	for value in 99999:1=99999 80:0=0 8080:80/xyz=xyz 80=colon nosuch:8080:80=address; do
		fails 125 --json -c "container -p ${value%=*} -- true"
		holds "length == 1 and (.[0].error | .id == \"network.port\" and .column > 10 and (.why | contains(\"${value#*=}\")))"
	done
	for value in "--dns garbage" "--add-host db"; do
		fails 125 --json -c "container --net bridge $value -- true"
		holds 'length == 1 and .[0].error.id == "network.address"'
	done
	fails 1 --json -c "network create ../x"
	holds 'length == 1 and .[0].error.id == "network.name"'
}

@test "a port whose process was killed is free, and undo works then" {
	local port kill="!kill -9 \$(ps -o pid= -o args= --ppid \$PPID | awk '/stave-f[o]rw/ { print \$1 }'); sleep 0.2"
	port=$(free_port)
	works -q -c "container -p $port:80
		$kill
		child new b; @b container -p $port:80 -- echo free; undo; undo; container -p $port:80 -- echo again"
	[ "$(grep -xE 'free|again' <<<"$output")" = $'free\nagain' ]
}

@test "a wire that went with the network namespace of its other end is undone in place" {
	works --json -c "unshare user net; net veth a b
		spawn --name far unshare --net sleep 100; net veth x y --to far; run sh -c 'echo \$PPID'
		kill far KILL; run timeout $(deadline 5) sh -c 'while grep -q x: /proc/self/net/dev; do sleep 0.02; done'
		undo; run sh -c 'echo \$PPID'"
	holds '[.[] | select(.line | startswith("undo") or contains("PPID"))] | length == 3 and .[1].error == null and .[0].output == .[2].output'
}

@test "a port of the bridge that a program removes is in the network no more: its address and name are free" {
	works --json -c "network create back; container -d --name a --net back -- sleep 100
		container -d --name b --net back --cap-add net_admin -- sleep 100
		exec b busybox ip link del eth0
		network ls; exec a cat /etc/hosts; container --net back -- ip -o -4 addr show dev eth0"
	holds '[.[] | select(.line == "network ls").output | test("back .* 1\n")] == [true]'
	holds '[.[] | select(.line == "exec a cat /etc/hosts").output | test("172.18.0.3")] == [false]'
	holds '.[-1].output | contains("172.18.0.3/16")'
}
