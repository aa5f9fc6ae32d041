#!/usr/bin/env bats
# The host's own network: lines with --on-host, and the router's way out. A network namespace plays the host and
# another one the world, so nothing of this machine's is changed; root makes them, for an ordinary user as well.
load common

prepare() {
	need_root
	need_tool ip
	need_tool nft
	need_tool busybox
}

# machine COMMAND...: in namespaces of its own, where all processes end with it. The host's address is
# 198.51.100.2, and its default route leads to the world, which answers at 203.0.113.5.
machine() {
	echo fromworld >index.html
	cat >machine.sh <<'END'
mount -t tmpfs none /run
ip link set lo up
unshare --net sleep 1000 &
export world=$!
until [ "$(readlink /proc/$world/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
ip link add up0 type veth peer name up1 netns $world
ip addr add 198.51.100.2/24 dev up0
ip link set up0 up
ip route add default via 198.51.100.1
nsenter --net=/proc/$world/ns/net sh -c 'ip addr add 198.51.100.1/24 dev up1; ip link set up1 up
	ip link set lo up; ip addr add 203.0.113.5/32 dev lo; busybox httpd -p 80 -h .'
# The kernel notes a while later that the other end is up.
until ip link show up0 | grep -q LOWER_UP && ! ip link show up0 | grep -q NO-CARRIER; do sleep 0.02; done
[ -e tun ] || { mknod tun c 10 200 && chmod 666 tun; }
[ ! -e /dev/net/tun ] || [ -n "${SHUT:-}" ] || mount --bind tun /dev/net/tun
# A machine on which neither program is installed.
hide() { [ ! -e "$1" ] || mount --bind /dev/null "$1"; }
for program in ${HIDDEN:-}; do hide "$program"; done
state() { ip -o -d link | sed 's/ state .*//; s/ qlen .*//'; ip -4 addr | grep inet; ip route; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward; }
"$@"
END
	unshare --net --mount --pid --fork --kill-child --mount-proc timeout "$(deadline 60)" bash -c '. ./machine.sh' machine "$@" 3>&- 4>&-
}

# The same of a session that an ordinary user starts.
user_session() { # LINES
	for_every_user
	mkdir -p user && chown 61234:61234 user && chmod 777 .
	HOME=$PWD/user XDG_STATE_HOME='' XDG_DATA_HOME='' XDG_RUNTIME_DIR='' machine \
		setpriv --reuid 61234 --regid 61234 --clear-groups "$STAVE" -k --json -c "$1"
}

on_host='net bridge br7 --on-host; net addr add 10.9.0.1/24 dev br7 --on-host; net up br7 --on-host
net veth v0 v1 --on-host; net join br7 v0 --on-host; net mtu up0 1400 --on-host
net route add 10.10.0.0/16 via 10.9.0.9 --on-host; net forward on --on-host; net nat --on-host
'

@test "what a line with --on-host makes is the host's, and goes with undo and with the session" {
	run machine bash -c '. <(grep ^state machine.sh); state >before
		"$0" --json -c "$1
!ip -br link >links
!nft list ruleset >rules
undo 9
!ip -br link >undone
redo 9
!ip -br link >redone" >out || exit
		state >after' "$STAVE" "$on_host"
	[ "$status" = 0 ] || complain "$output"
	grep -q '^br7 ' links && grep -q '^v1@v0 ' links && grep -q '"net nat"' rules
	run ! grep -qE '^(br7|v1@)' undone
	grep -q '^br7 ' redone
	diff before after
}

@test "what a session that is killed had made on the host is taken back" {
	run machine bash -c '. <(grep ^state machine.sh); state >before
		"$0" -q -c "$1
!touch there
run sleep 100" >out 2>&1 & pid=$!
		n=0; until [ -e there ] || [ $n = 500 ]; do sleep 0.02; n=$((n + 1)); done
		ip link show br7 && kill -9 $pid
		n=0; until [ "$(state)" = "$(cat before)" ] && [ ! -e "$XDG_RUNTIME_DIR/stave" ] || [ $n = 500 ]; do sleep 0.02; n=$((n + 1)); done
		state >after' "$STAVE" "$on_host"
	[ "$status" = 0 ] || complain "$output"
	diff before after
}

@test "an interface is known by its number: one that was renamed is taken back, another one of its name stays" {
	run machine bash -c '. <(grep ^state machine.sh); state >before
		"$0" -q -c "net bridge b1 --on-host
!ip link set b1 name b2; ip link add b1 type bridge
undo
!ip -br link >undone"; ip link del b1; state >after' "$STAVE"
	[ "$status" = 0 ] || complain "$output"
	grep -q '^b1 ' undone
	run ! grep -q '^b2 ' undone
	diff before after
}

@test "a start in another network namespace leaves the record of a change to one in its own" {
	run machine bash -c '. <(grep ^state machine.sh); state >before
		"$0" -q -c "$1
!touch there
run sleep 100" >out 2>&1 & pid=$!
		for n in {1..500}; do [ -e there ] || sleep 0.02; done
		kill -9 $(pgrep stave-janitor) $pid
		unshare --net "$0" -c version
		ip link show br7 || exit 3
		"$0" -c version
		state >after' "$STAVE" "$on_host"
	[ "$status" = 0 ] || complain "$status: $output"
	diff before after
}

@test "a way out whose program has ended is made again" {
	need_tool pasta
	[ -e /dev/net/tun ] || skip 'there is no /dev/net/tun'
	run user_session 'net world
!kill $(pgrep -f "^pasta ")
run sleep 1
net world
!for try in $(seq 50); do n=$(pgrep -fc "^pasta "); [ "$n" != 1 ] || break; sleep 0.1; done; echo "$n" >>pids'
	[ "$(cat pids)" = 1 ] || complain "$(cat pids) of them; $(jq -r .error.id <<<"$output")"
}

@test "what nothing would take back is refused on the host, and every change of an ordinary user" {
	local line
	for line in 'net rm up0' 'net down up0' 'net link set up0 down' 'net addr del 198.51.100.2/24 dev up0' \
		'net route del default' 'net nat off' 'net impair up0 off' 'net tun t0' 'net lo'; do
		run machine bash -c '. <(grep ^state machine.sh); state >before
			STAVE_TRACE=errors "$0" -c "$1 --on-host" 2>said; echo $?; state >after' "$STAVE" "$line"
		[ "$output" = 1 ] || complain "$line: $output"
		grep -q 'network\.host' said || complain "$line: $(cat said)"
		diff before after
	done
	run user_session 'net bridge br7 --on-host'
	[ "$(jq -r .error.id <<<"$output")" = network.host ]
}

@test "--to host needs --on-host, and the wire's end there goes with the child's" {
	fails 1 -c 'unshare net; net veth a x0 --to host'
	errs network.host
	run machine bash -c '. <(grep ^state machine.sh); state >before
		"$0" -q -c "unshare net; net veth a x0 --to host --on-host
!ip -br link >links
undo
!ip -br link >undone
redo"
		for n in {1..200}; do ! ip link show x0 2>/dev/null || sleep 0.02; done; state >after' "$STAVE"
	[ "$status" = 0 ] || complain "$output"
	grep -q '^x0@' links
	run ! grep -q '^x0@' undone
	diff before after
}

@test "root's router reaches the world through the host, with --on-host alone, and nothing of it stays" {
	fails 1 -c 'net world'
	errs network.host
	fails 125 -c 'container --net world -- true'
	errs network.world
	run machine bash -c '. <(grep ^state machine.sh); state >before
		"$0" -k --json -c "net world --on-host; @router run busybox wget -q -O - http://203.0.113.5/
container --net world -- wget -q -O - http://203.0.113.5/
!nft list ruleset >rules
undo 2
!nft list ruleset >undone
redo 2
net world --on-host" >out
		state >after' "$STAVE"
	[ "$(jq -s '[.[] | select(.output == "fromworld\n")] | length' out)" = 2 ] || complain "$output"
	[ "$(jq -rs '.[-1].error.id' out)" = name.used ]
	grep -q 'net world stave-' rules
	run ! grep -q . undone
	diff before after
}

@test "with a way out, networks of containers stay apart, and nobody gets to the link-local addresses of a cloud" {
	cat >lines <<'END'
network create one --subnet 172.30.0.0/24
network create two --subnet 172.31.0.0/24
container -d --name a --net one -- busybox httpd -f -h /etc
net world --on-host
container --net two -- sh -c 'nc -w 5 203.0.113.5 80 </dev/null && echo reached'
container --net one -- sh -c 'n=0; until nc -w 2 172.30.0.2 80 </dev/null && echo reached || [ $n = 50 ]; do n=$((n + 1)); sleep 0.1; done'
container --net two -- sh -c 'nc -w 2 172.30.0.2 80 </dev/null && echo reached'
container --net two -- sh -c 'nc -w 2 169.254.169.254 80 </dev/null && echo reached'
END
	run machine bash -c 'nsenter --net=/proc/$world/ns/net ip addr add 169.254.169.254/32 dev lo
		"$0" -k --json lines >out' "$STAVE"
	[ "$(jq -cs '[.[] | select(.line | startswith("container --net")) | .output | contains("reached")]' out)" = '[true,true,false,false]' ] ||
		complain "$(jq -c '{line, output, error}' out)"
}

# The probe, beside the copy of the program that an ordinary user starts.
probe_for_every_user() {
	cp "$(dirname "$STAVE")/stave-probe" "$WORK" && chmod 755 "$WORK/stave-probe"
}

# The results of its attempts at the host's address: behind the router's rules, and without them.
host_reached() {
	jq -cs '[.[] | select(.line | startswith("verify")).output | fromjson.result]'
}

@test "with a way out nobody behind the router gets to the host itself, until the rule is taken away" {
	local story="container --net world
verify --json host-address
@router run $(command -v nft) flush chain inet stave forward
verify --json host-address"
	run machine bash -c 'ip addr add 192.0.2.77/32 dev lo; exec "$0" -k --json -c "$1"' "$STAVE" "net world --on-host
@router net
$story"
	[ "$(host_reached <<<"$output")" = '["stopped","open"]' ] || complain root
	# Nor by an address that lo has.
	jq -es 'any(.[] | select(.line == "net"); .output | contains("192.0.2.77"))' <<<"$output" >/dev/null || complain lo
	need_tool slirp4netns
	[ -e /dev/net/tun ] || skip 'there is no /dev/net/tun'
	export HIDDEN=/usr/bin/pasta
	probe_for_every_user
	run user_session "$story"
	[ "$(host_reached <<<"$output")" = '["stopped","open"]' ] || complain "slirp4netns: $status"
}

@test "another machine that has the host's address is not taken for the host" {
	need_tool pasta
	[ -e /dev/net/tun ] || skip 'there is no /dev/net/tun'
	probe_for_every_user
	# pasta gives the router the host's own address.
	run user_session "container --net world
verify --json host-address
@router run $(command -v nft) flush chain inet stave forward
verify --json host-address"
	[ "$(host_reached <<<"$output")" = '["stopped","stopped"]' ] || complain pasta
}

through() { # PROGRAM
	need_tool "$1"
	[ -e /dev/net/tun ] || skip 'there is no /dev/net/tun'
	# What it forks of itself to begin with is there for a moment.
	cat >count <<-END
		for _ in {1..250}; do
			count=\$(pgrep -fc '^(/usr/bin/)?$1 ')
			[ "\$count" -gt 1 ] || break
			sleep 0.02
		done
		echo "\$count" >>pids
	END
	run user_session "container --net world -- sh -c 'cat /etc/resolv.conf; wget -q -O - http://203.0.113.5/'
!bash count
undo 2
!bash count
redo 2
!bash count"
	[ "$(jq -rs '[.[].output | select(contains("fromworld"))][0]' <<<"$output" | head -n 1)" = 'nameserver 10.0.2.3' ] || complain "$1"
	[ "$(paste -sd " " pids)" = "1 0 1" ] || complain "$(paste -sd " " pids)"
}

@test "an ordinary user's router reaches the world through pasta, and the program goes with the step" {
	through pasta
}

@test "an ordinary user's router reaches the world through slirp4netns where pasta is not installed" {
	export HIDDEN=/usr/bin/pasta
	through slirp4netns
}

@test "the way out ends with a session that is killed" {
	need_tool pasta
	[ -e /dev/net/tun ] || skip 'there is no /dev/net/tun'
	for_every_user
	mkdir -p user && chown 61234:61234 user
	HOME=$PWD/user XDG_STATE_HOME='' XDG_DATA_HOME='' XDG_RUNTIME_DIR='' run machine bash -c '
		chmod 777 .
		setpriv --reuid 61234 --regid 61234 --clear-groups "$0" -q -c "net world
!touch there
run sleep 100" >out 2>&1 & pid=$!
		for n in {1..500}; do [ -e there ] || sleep 0.02; done
		pgrep -f "^pasta " >/dev/null || exit 3
		kill -9 $pid
		for n in {1..500}; do pgrep -f "^(pasta|stave)" >/dev/null || exit 0; sleep 0.02; done
		exit 4' "$STAVE"
	[ "$status" = 0 ] || complain "$status: $output"
}

@test "without the program, or the right to its device, the error names it and nothing is made" {
	[ -e /dev/net/tun ] || skip 'there is no /dev/net/tun'
	local without
	for without in SHUT=1 "HIDDEN=/usr/bin/pasta /usr/bin/slirp4netns"; do
		export "$without"
		run user_session 'net world
child'
		[ "$(jq -rs '.[] | select(.line == "net world").error.id' <<<"$output")" = network.world ]
		[ "$(jq -s '[.[] | select(.line == "child").output | contains("router")] | any' <<<"$output")" = false ]
		unset SHUT HIDDEN
	done
}
