#!/usr/bin/env bats
# Networks of containers: bridges in the router, addresses, names, ports of the host.
load common

prepare() {
	need_userns
}

# A web server in the background that says TEXT: container ARG... .
server() { # TEXT ARG...
	local text=$1
	shift
	echo "container -d $* -- sh -c 'echo $text >/tmp/index.html; exec busybox httpd -f -p 80 -h /tmp'"
}

# A line of sh(1) that gets URL as soon as somebody answers.
fetch() { # URL
	echo "n=0; until wget -q -O - http://$1/index.html || [ \$n = 50 ]; do sleep 0.1; n=\$((n + 1)); done"
}

@test "containers in the network bridge reach each other, and have addresses of its pool" {
	works -q -c "$(server one --net bridge); container --net bridge -- sh -c '$(fetch 172.17.0.2)'; container --net bridge -- ip -o addr show dev eth0; container --net bridge -- ip route"
	says one
	says '172.17.0.3/16'
	grep -q '^default via 172.17.0.1 dev eth0' <<<"$output"
	works --json -c "$(server one --net bridge --name web --ip 172.17.9.9); network inspect bridge; network ls"
	inspected=$(jq -r 'select(.line == "network inspect bridge").output' <<<"$output")
	jq -e '.[0].IPAM.Config[0] == {Subnet: "172.17.0.0/16", Gateway: "172.17.0.1"}' <<<"$inspected"
	jq -e '[.[0].Containers[]] == [{Name: "web", IPv4Address: "172.17.9.9/16"}]' <<<"$inspected"
	holds '[.[] | select(.line == "child new router" or .line == "network create bridge").ok] == [true, true]'
}

@test "the default is no network, and a container without one has lo alone" {
	works --json -c 'container -- ip link; child'
	holds '.[0].output | contains("eth0") | not'
	holds '.[-1].output | contains("router") | not'
}

@test "network create, ls, inspect and rm are a bridge's, which undo takes back" {
	works --json -c 'network create web --subnet 10.9.8.0/24 --gateway 10.9.8.7; network ls; @router net; undo; network ls; redo; network rm web; network ls'
	holds '[.[] | select(.line == "network ls").output | contains("10.9.8.0/24")] == [true, false, false]'
	holds '[.[] | select(.line == "net").output | contains("10.9.8.7/24")] == [true]'
	works -q -c "network create web; $(server two --net web); container --net web -- sh -c '$(fetch 172.18.0.2)'; container --net bridge -- sh -c 'timeout 2 wget -q -O - http://172.18.0.2/index.html || echo none'"
	[ "${lines[*]}" = 'two none' ]
}

@test "a network that undo takes back leaves the others and their containers what they are" {
	works -q -c "$(server one --net bridge); network create other; undo; container --net bridge -- sh -c '$(fetch 172.17.0.2)'"
	says one
	works -q -c "$(server one --net bridge); container --net bridge --cap-add sys_admin; hostname two; undo 2; container --net bridge -- sh -c '$(fetch 172.17.0.2)'"
	says one
}

@test "an address and a route of the router are taken back in place, and its containers keep their networks" {
	works --json -c "network create web; container -d --name a --net web -- sleep 100; @router net addr add 10.9.0.1/24 dev web
		@router net route add 10.8.0.0/16 via 10.9.0.2; undo; @router net --json; redo; undo 2; @router net --json; exec a cat /sys/class/net/eth0/carrier
		redo 2; @router net --json; @router ns"
	holds '[.[] | select(.line | startswith("undo")).output | contains("loses")] == [false, false]'
	holds '[.[] | select(.line == "net --json").output | contains("10.8.0.0/16"), contains("10.9.0.1")] == [false, true, false, false, true, true]'
	holds '[.[] | select(.line | startswith("exec")).output] == ["1\n"] and .[0].pid == .[-1].pid'
}

@test "that a container loses its network with the router is named" {
	works --json -c 'container -d --name a --net bridge -- sleep 100; @router unshare uts; undo; child rm router'
	holds '[.[] | select(.line == "undo").output | contains("(a) loses its network")] == [true]'
	works --json -c 'container -d --name a --net bridge -- sleep 100; child rm router; network ls'
	holds '[.[] | select(.line == "child rm router").note | contains("(a) loses its network")] == [true]'
}

@test "the address of a container that has ended is free at once" {
	works -q -c 'container --net bridge -- ip -o -4 addr show dev eth0; container --net bridge -- ip -o -4 addr show dev eth0; network ls'
	[ "$(grep -c '172\.17\.0\.2/16' <<<"$output")" = 2 ]
	says -r 'bridge .* 0$'
	works -q -c 'container --net bridge --cap-add sys_admin; hostname a; undo 2; redo 2; run ip -o -4 addr show dev eth0'
	says '172.17.0.2/16'
}

@test "a container's hosts and resolv.conf have what was asked for" {
	works -q -c 'container --net bridge --name web --add-host db:10.0.0.9 --dns 10.0.0.53 -- cat /etc/hosts /etc/resolv.conf'
	grep -x $'172.17.0.2\tweb' <<<"$output"
	grep -x $'10.0.0.9\tdb' <<<"$output"
	says 'nameserver 10.0.0.53'
}

@test "where there is no name server resolv.conf has none, in a network, in another's and in none" {
	works --json -c 'container -d --name web --net bridge -- sleep 100; container --net container:web -- cat /etc/resolv.conf
		container --net bridge -- cat /etc/resolv.conf; container -- cat /etc/resolv.conf'
	holds '[.[-3:][].output | test("^nameserver"), test("^# no network")] == [false, false, false, false, false, true]'
}

@test "a container finds by name those that were in its network before it" {
	works -q -c "network create back; $(server named --net back --name db); container --net back -- sh -c '$(fetch db)'"
	says named
	works -q -c "$(server named --net bridge --name db); container --net bridge -- cat /etc/hosts"
	says_not db
}

# The names in the hosts of container NAME, with addresses, in one line: NAME is the first to be named.
names() { # NAME
	echo "exec $1 sh -c 'echo \$(tail -n +3 /etc/hosts)'"
}

@test "the names of those that join a network later are known to the first, and forgotten when they end" {
	works -q -c "network create back; container -d --name a --net back -- sleep 100
		$(names a)
		$(server second --net back --name b)
		$(names a); $(names b)
		exec a sh -c '$(fetch b)'
		exec a stat -c %i /etc/hosts
		container -d --name c --net back -- sleep 100
		exec a stat -c %i /etc/hosts
		kill c KILL
		!sleep 0.3
		$(names a)"
	[ "${lines[0]}" = '172.18.0.2 a' ]
	[ "${lines[1]}" = '172.18.0.2 a 172.18.0.3 b' ]
	[ "${lines[2]}" = '172.18.0.3 b 172.18.0.2 a' ]
	[ "${lines[3]}" = second ]
	[ "${lines[4]}" = "${lines[5]}" ]
	[ "${lines[-1]}" = '172.18.0.2 a 172.18.0.3 b' ]
}

@test "who gets the address of one that has ended is found at once by those who knew that one" {
	works -q -c "network create back; container -d --name a --net back -- sleep 100
		$(server one --net back --name b); exec a sh -c '$(fetch b)'
		kill b KILL
		!sleep 0.3
		$(server two --net back --name c); exec a sh -c '$(fetch 172.18.0.3) & sleep 3; kill \$! 2>/dev/null; true'"
	[ "${lines[0]}" = one ]
	[ "${lines[-1]}" = two ]
}

@test "in a network a container may send echo requests without the capability, for every id that it has" {
	local python=/usr/bin/python3 story who ways=('')
	! is_root || ways+=('--user=1000:1000')
	case $(uname -r) in
	5.[0-9].* | 5.10.*) is_root || skip 'overlay in a user namespace came with Linux 5.11' ;;
	*) ! is_root || ways+=('--userns') ;;
	esac
	[ -x $python ] && [ -e /lib64 ] || skip 'there is no python3 in /usr'
	cat >ping.py <<-'END'
		import socket
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
		s.settimeout(5)
		s.sendto(b"\x08\x00\x00\x00\x00\x00\x00\x01", ("a", 0))
		print("answer", s.recv(100)[0])
	END
	story='network create back; container -d --name a --net back -- sleep 100'
	for who in "${ways[@]}"; do
		works -q -c "$story; container --net back $who -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v $PWD/ping.py:/ping.py:ro -- $python /ping.py"
		[ "$output" = 'answer 0' ] || complain "$who"
	done
	works -q -c "$story; container --net back -- cat /proc/sys/net/ipv4/ping_group_range"
	says -r "^0[[:space:]]+$(is_root && echo 2147483647 || echo 0)\$"
}

@test "the names in a network follow undo, redo, a failing line and child rm" {
	works -k -q -c "network create back; container -d --name a --net back -- sleep 100
		child new b; @b container --name web --net back
		$(names a)
		undo; $(names a)
		redo; $(names a)
		container --name x --net back -- nosuch
		$(names a)
		@b run cat /etc/hosts
		child rm b; $(names a)" || true
	mapfile -t told < <(grep -x '172.18.0.2 a.*' <<<"$output")
	[ "${told[*]/#/|}" = '|172.18.0.2 a 172.18.0.3 web |172.18.0.2 a |172.18.0.2 a 172.18.0.3 web |172.18.0.2 a 172.18.0.3 web |172.18.0.2 a' ]
}

@test "the names of others go with the network, by undo or with the router, and with a port that is removed" {
	local member='container -d --net back -- sleep 100' story
	told_by() { # LINES
		works -q -c "$1"
		mapfile -t told < <(grep '^172\.18\.' <<<"$output")
	}
	story="network create back; ${member/-d/-d --name a}; ${member/-d/-d --name b}; ${member/-d/-d --name c};"
	told_by "$story undo; $(names a); $(names b); $(names c); redo; ${member/-d/-d --name n}; $(names a); $(names n)"
	[ "${told[*]/#/|}" = '|172.18.0.2 a |172.18.0.3 b |172.18.0.4 c |172.18.0.2 a |172.18.0.2 n' ]
	told_by "$story child rm router; $(names a); network create back; ${member/-d/-d --name n}; $(names b); $(names n)"
	[ "${told[*]/#/|}" = '|172.18.0.2 a |172.18.0.3 b |172.18.0.2 n' ]
	told_by "$story @router net rm veth2; $(names a); $(names b); ${member/-d/-d --name n}; $(names n); $(names c)"
	[ "${told[*]/#/|}" = '|172.18.0.2 a |172.18.0.3 b 172.18.0.4 c |172.18.0.2 n 172.18.0.3 b 172.18.0.4 c |172.18.0.4 c 172.18.0.3 b 172.18.0.2 n' ]
	told_by "$story child new x; @x container --name d --net back --cap-add net_admin; $(names a); @x net rm eth0; $(names a); undo; $(names a)"
	[ "${told[*]/#/|}" = '|172.18.0.2 a 172.18.0.3 b 172.18.0.4 c 172.18.0.5 d |172.18.0.2 a 172.18.0.3 b 172.18.0.4 c |172.18.0.2 a 172.18.0.3 b 172.18.0.4 c 172.18.0.5 d' ]
}

@test "a name is known in its own network alone, and hosts is the container's to write where its root is" {
	works -q -c "network create one; network create two; container -d --name a --net one -- sleep 100
		container -d --name b --net two -- sleep 100; container -d --hostname c --net one -- sleep 100
		container -d --net one -- sleep 100; $(names a); $(names b)
		exec a sh -c 'echo 10.0.0.1 own >>/etc/hosts; cat /etc/hosts'
		container --read-only --net one -- sh -c 'echo x >>/etc/hosts || echo refused'"
	[ "${lines[0]}" = '172.18.0.2 a 172.18.0.3 c' ]
	[ "${lines[1]}" = '172.19.0.2 b' ]
	says '10.0.0.1 own'
	[ "${lines[-1]}" = refused ]
}

@test "undo of a network that a container in the background is in names it, and leaves nothing of its port" {
	local port
	port=$(free_port)
	works --json -c "network create other; container -d --name o --net other -- sleep 100; network create web
		$(server one --net web --name a -p "$port:80")
		undo; exec a ip link; exec o ip link; network ls; @router net --json
		!bash -c '(exec 5<>/dev/tcp/127.0.0.1/$port) 2>/dev/null && echo open || echo closed'"
	holds '[.[] | select(.line == "undo").output | contains("(a) loses its network"), contains("(o)")] == [true, false]'
	holds '[.[] | select(.line | test("^exec . ip link")).output | contains("eth0")] == [false, true]'
	holds '.[-1].output == "closed\n"'
	holds '[.[] | select(.line == "net --json").output | fromjson.links[] | select(.ifname | startswith("veth"))] | length == 1'
}

@test "a port of the host's is free when the router ends, by child rm or by a signal" {
	local port
	port=$(free_port)
	works -q -c "container -d -p $port:80 -- sleep 100; container -d -p $port:80/udp -- sleep 100; child rm router
		container -p $port:80 -p $port:80/udp -- echo free"
	says free
	forwarders='ps -o stat= -o args= --ppid $PPID | grep -v ^Z | grep -c stave-f[o]rwarder || true'
	works -q -c "container -d -p $port:80 -- sleep 100; container -d -p $port:80/udp -- sleep 100; !$forwarders
		!kill -9 \$(pgrep -P \$PPID,\$(pgrep -P \$PPID -f stave-j[a]nitor) -x stave-child | head -n 1)
		!n=0; until [ \"\$($forwarders)\" = 0 ] || [ \$n = 100 ]; do sleep 0.1; n=\$((n + 1)); done; $forwarders"
	[ "${lines[*]}" = '2 0' ]
}

@test "a port of the host's leads to the container, by loopback too, and is free when that ends" {
	need_tool busybox
	local port
	port=$(free_port)
	works -q -c "$(server published -p "$port:80" --name web)
		!$(fetch "127.0.0.1:$port" | sed 's/wget/busybox wget/')
		kill web KILL
		!sleep 0.2
		container -p $port:80 -- echo again"
	[ "${lines[0]}" = published ]
	[ "${lines[-1]}" = again ]
	works -q -c "container -p 127.0.0.1:$port:53/udp -- true"
	stave -q -c "$(server published -p "$port:80")
		!kill -9 \$PPID" || true
	works -q -c "container -p $port:80 -- echo free"
	says free
}

@test "a child that is a container gives its port back with undo" {
	local port
	port=$(free_port)
	works -q -c "container -p $port:80; undo; container -p $port:80 -- echo free; redo; run ip -o -4 addr show dev eth0"
	says free
	says 172.17.0.2/16
}

@test "what cannot be is refused, and nothing is changed" {
	local port at subnet
	port=$(free_port)
	refused() { # ID LINE
		fails 1 -k --json -c "$2; child; steps"
		holds "any(.[]; .error.id == \"$1\")" || complain "$2"
		holds '.[-2].output | contains("router") | not' || complain "$2"
	}
	refused option.choice 'container --net nosuch -- true'
	refused network.address 'container --net bridge --ip 10.1.2.3 -- true'
	refused network.address 'container --net bridge --ip x -- true'
	refused network.taken 'container --net bridge --ip 172.17.0.1 -- true'
	refused option.conflict 'container --ip 10.1.2.3 -- true'
	refused option.conflict 'container --net none -p 8080:80 -- true'
	refused network.port 'container -p 80 -- true'
	refused network.port 'container -p 0:80 -- true'
	refused network.port 'container -p 80:65536 -- true'
	refused network.port 'container -p 80:80/sctp -- true'
	refused network.address 'container --net bridge --ip fd00::9 -- true'
	refused network.address 'network create a --subnet fd00::/64'
	for at in '[::1]' ::1 :: '[::]' fd00::1; do
		refused network.port "container -p $at:8080:80 -- true"
	done
	for subnet in 127.0.0.0/8 127.9.0.0/16 0.0.0.0/8 224.1.0.0/16 240.0.0.0/8 255.255.255.0/24 172.0.0.0/7 10.9.9.8/31 \
		169.254.0.0/16 169.254.169.0/24 169.0.0.0/8; do
		refused network.address "network create a --subnet $subnet"
	done
	refused network.address 'container --add-host x -- true'
	refused network.address 'container --dns x -- true'
	refused network.name 'network create a/b'
	refused name.invalid 'network create host'
	refused name.invalid 'network create router'
	refused network.address 'network create a --subnet 10.0.0.1/24'
	refused network.address 'network create a --subnet 10.0.0.0/24 --gateway 10.0.1.1'
	refused network.absent 'network rm nosuch'
	refused network.absent 'network inspect nosuch'
	fails 125 -q -c "$(server one -p "$port:80"); container -p $port:80 -- true"
	errs port.used
}

@test "a name or subnet that another network has, a full one and one in use are refused" {
	fails 1 -k --json -c 'network create a --subnet 10.0.0.0/30; network create a; network create b --subnet 10.0.0.0/8; container -d --net a -- sleep 100; container --net a -- true; network rm a; network ls'
	holds '[.[] | .error.id // empty] == ["name.used", "network.taken", "network.taken", "network.taken"]'
	holds '.[-1].output | contains("10.0.0.0/30")'
}

@test "an address that was given by hand is nobody else's" {
	local below='@b setns @router user;' line
	! is_root || below=''
	line="network create web --subnet 10.9.9.0/28; @router net addr add 10.9.9.2/28 dev web; child new b; $below @b unshare net
		@b net veth eth0 bb --to router; @b net addr add 10.9.9.3/28 dev eth0"
	works -q -c "$line; container --net web -- ip -o -4 addr show dev eth0"
	says ' 10.9.9.4/28 '
	fails 125 -k --json -c "$line; container --net web --ip 10.9.9.2 -- true; container --net web --ip 10.9.9.3 -- true"
	holds '[.[] | .error.id // empty] == ["network.taken", "network.taken"]'
}

@test "where all subnets of the pool are in use a network has to name one" {
	local line='' i
	for ((i = 0; i < 30; i++)); do line+="network create n$i; "; done
	fails 1 -k --json -c "${line}network create one; network ls; network create one --subnet 10.0.0.0/24"
	holds '[.[] | .error.id // empty] == ["network.taken"] and .[-1].ok'
	holds '.[-2].output | contains("172.31.0.0/16") and contains("192.168.240.0/20") and (contains("one") | not)'
}

@test "a bridge that containers are connected to is not removed, by network or net" {
	fails 1 -k --json -c 'network create web; container -d --name x --net web -- sleep 100; @router net rm web; network rm web; network ls'
	holds '[.[] | .error.id // empty] == ["network.taken", "network.taken"]'
	holds '.[-1].output | contains("web")'
}

@test "the router does not leave the namespaces that the others are wired to" {
	local own=net
	is_root || own=user
	fails 1 -k --json -c "network create web; container -d --name x --net web -- sleep 100; child new b; @b unshare user net
		@router unshare net; @router unshare all; @router unshare user; @router setns @b net; @router setns @b all
		@router unshare uts; network ls; exec x cat /sys/class/net/eth0/carrier"
	holds '[.[] | .error.id // empty] == ["child.current", "child.current", "child.current", "child.current", "child.current"]'
	holds '[.[] | select(.line == "network ls").output | test("web .* 1\n")] == [true]'
	holds "[.[] | select(.line | startswith(\"child new router\")).ns.$own.id] == [.[] | select(.line == \"unshare uts\").ns.$own.id]"
}

@test "where the router has died every line for a network says so, and child rm makes room for another" {
	local kill="!kill -9 \$(pgrep -P \$(pgrep -P \$PPID -f stave-j[a]nitor) | head -n 1)"
	fails 1 -k --json -c "network create web
		$kill; sleep 0.2
		container --net web -- true; container --net bridge -- true; network create two; network ls; child; child rm router; container --net bridge -- echo new"
	holds '[.[] | select(.line == "child").output | test("router +[0-9]+ +process")] == [false]'
	holds '[.[] | .error.id // empty] == ["child.gone", "child.gone", "child.gone", "child.gone"]'
	holds '.[-1].ok and (.[-1].output | startswith("new"))'
	fails 1 -k --json -c "network create web
		$kill; sleep 0.2
		@router net; child; redo 2; network ls"
	holds '[.[] | select(.line == "child").output | contains("router")] == [false]'
	holds '.[-1].output | contains("web")'
}

@test "net keeps to 80 columns, with addresses of IPv6 and long names; a folded step tells the address and the port" {
	local port
	port=$(free_port)
	works -q -c "network create web; container -d --name a-name-of-some-length --net web -- sleep 100
		@router net addr add fd00:1111:2222:3333:4444:5555:6666:7771/64 web; @router net"
	[ "$(awk 'length($0) > 80' <<<"$output")" = '' ] || complain 'too wide'
	says a-name-of-some-length
	works -c "container --net bridge -p 127.0.0.1:$port:80 -- true"
	says -r " network .* eth0 has 172\.17\.0\.2/16, 127\.0\.0\.1:$port->80"
}

@test "networks are apart although the router forwards, until a rule lets packets pass, each way" {
	local story fetch='sh -c "timeout 2 wget -q -O - 172.18.0.2/index.html || echo none"'
	need_tool nft
	story="network create a; network create b; $(server reached --net a); container --net a -- sh -c '$(fetch 172.18.0.2)'; @router net forward on;"
	works -q -c "$story container --net b -- $fetch; @router net allow forward from 172.19.0.0/16 to 172.18.0.0/16; container --net b -- $fetch
		@router net allow forward established; container --net b -- $fetch; undo; container --net b -- $fetch; container --net a -- $fetch"
	[ "$(grep -xE 'reached|none' <<<"$output" | tr '\n' ' ')" = 'reached none none reached none reached ' ]
}

@test "an address that a container of a network has is given to no interface by hand" {
	fails 1 -k --json -c 'network create a; container -d --name web --net a -- sleep 100; @router net addr add 172.18.0.2/16 dev a
		@router net addr add 172.18.0.9/16 dev a; @router net --json'
	holds '[.[] | .error.id // empty] == ["network.taken"]'
	holds '.[-1].output | contains("172.18.0.9") and (contains("\"172.18.0.2\"") | not)'
}

@test "a published port is said in docker's words with a network, without which docker publishes none" {
	works --json -c 'container -p 18090:80 -- true'
	holds '[.[] | .same_as.command // empty | select(startswith("docker run"))] | length == 1 and (.[0] | contains("--network bridge") and contains("-p 18090:80") and (contains("--network none") | not))'
}

@test "docker's lines for networks are understood" {
	fails 1 --json -c 'docker network create web'
	holds '.[-1].error.fix == "network create web"'
	fails 1 --json -c 'docker run --network web -p 8080:80 --ip 172.18.0.9 busybox true'
	holds '.[-1].error.fix | startswith("container --net web -p 8080:80 --ip 172.18.0.9 --image busybox -- true")'
}

@test "nothing is left of containers with networks and ports, however the shell ends" {
	local port lines
	port=$(free_port)
	lines="network create web; $(server one --net web -p "$port:80"); container --net bridge --cap-add sys_admin;"
	stave -q -c "$lines quit"
	stave -q -c "$lines !kill -9 \$PPID" || true
}

@test "an ordinary user's container in a network has a user namespace of its own, below the router's" {
	need_user
	works --json -c 'container -d --name web --net bridge -- sleep 100; container -d --name db --net bridge -- sleep 100
@router ns; ns --all --json'
	holds '[.[] | select(.line | startswith("container")).ns.user.own] == [true, true]'
	holds '[.[] | select(.line | startswith("container")).ns.user.id] | .[0] != .[1]'
	holds '(map(select(.line == "child new router"))[0].ns.user.id) as $router |
		[.[-1].output | fromjson.namespaces[] | select(.type == "user" and .owner == $router)] | length == 2'
}
