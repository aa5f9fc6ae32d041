#!/usr/bin/env bats
# Whatever is killed behind whichever step of a session with networks: when the session has ended nothing of it is left.
load common

prepare() {
	need_userns
	need_tool busybox
	need_tool pgrep
}

# A session's steps, each with more to lose: a network, a container with a port, a child with a wire, rules, a container
# that is a child, a wire that goes and comes back.
steps() { # PORT
	local below=''
	is_root || below='@a setns @router user; '
	cat <<-END
		network create web
		container -d --name one --net web -p $1:80 -- busybox httpd -f -h /etc
		child new a; ${below}@a unshare net; @a net veth eth0 a --to router; @a net addr add 10.7.0.2/24 dev eth0; @a net up eth0
		@router net addr add 10.7.0.1/24 dev a; @router net up a; @router net forward on
		child new c; @c container --net bridge -p $(($1 + 1)):80; @c spawn sleep 100
		@router net rm a; undo
	END
}

# How sh(1), a child of the shell's, finds whom to kill; its own line has the names too, but for the brackets.
# shellcheck disable=SC2016 # for that sh(1)
victim() {
	case $1 in
	shell) echo '$PPID' ;;
	janitor) echo '$(pgrep -P $PPID -f stave-j[a]nitor)' ;;
	router) echo '$(pgrep -P $(pgrep -P $PPID -f stave-j[a]nitor) | head -n 1)' ;;
	forwarder) echo '$(pgrep -P $PPID -f stave-f[o]rw)' ;;
	latest) echo '$(pgrep -P $(pgrep -P $PPID -f stave-j[a]nitor) | tail -n 1)' ;;
	esac
}

# Who is left alone ends a moment after the shell.
is_free() { # PORT
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}

killed_behind() { # STEP VICTIM PORT
	steps "$3" | head -n "$1" >script
	echo "!kill -9 $(victim "$2")" >>script
	echo 'network ls; @router net; jobs; undo' >>script
	stave -k -q script >said 2>&1 || true
	is_free "$3" || complain "port $3 is open: $2 behind step $1"
	is_free $(($3 + 1)) || complain "port $(($3 + 1)) is open: $2 behind step $1"
	host_unharmed || complain "$2 behind step $1"
}

@test "the shell, its janitor, the router, a container or the process of a port is killed behind any step" {
	local port step who
	port=$(free_port)
	for step in 1 2 3 4 5 6; do
		for who in shell janitor router latest forwarder; do
			killed_behind $step $who "$port"
		done
	done
	# The steps themselves are good, and the victims were found.
	works -q -c "$(steps "$port"; echo "!test -n \"$(victim janitor)\" -a -n \"$(victim router)\" -a -n \"$(victim forwarder)\"")"
}
