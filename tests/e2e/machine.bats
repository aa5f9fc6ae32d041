#!/usr/bin/env bats
# ns --all: every namespace, whoever holds it; what could not be looked at is told from what is not there.
load common

# The shell holds descriptors of its child's namespaces; other sessions on this machine have their own. So
# what is told here is told of ids that the test has made.
sleeper() { # OPTION...: a process in new namespaces; its pid in $pid
	local before after
	before=$(readlink "/proc/$$/ns/uts")
	unshare "$@" sleep 100 3>&- 4>&- &
	pid=$!
	await moved "$pid" "$before"
}

moved() {
	after=$(readlink "/proc/$1/ns/uts") && [ "$after" != "$2" ]
}

id_of() { # PID TYPE
	local link
	link=$(readlink "/proc/$1/ns/$2")
	link=${link#*\[}
	echo "${link%]}"
}

finish() {
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null || true
}

space() { # ID FILTER: holds of the namespace with that id
	holds ".[0].namespaces | map(select(.id == $1)) | length == 1 and (.[0] | $2)"
}

@test "a namespace is held by the processes that are in it, and stands below the one that owns it" {
	need_userns
	sleeper -Uru
	works -q -c 'ns --all --json'
	space "$(id_of $pid uts)" ".processes == [$pid] and .owner == $(id_of $pid user) and .whose == null"
	space "$(id_of $pid user)" ".uid == $(id -u) and .around == $(id_of $$ user) and .processes == [$pid]"
	space "$(id_of $$ uts)" ".whose == \"host\" and (.processes | index($$)) != null"
	holds '.[0].processes > 1 and .[0].unseen.tables == 0'
	works -q -c 'ns --all'
	local id
	id=$(id_of $pid uts)
	says -r "uts $id +1 +$pid "
	finish
}

@test "a descriptor keeps a namespace without a process" {
	need_userns
	local id owner
	sleeper -Uru
	id=$(id_of $pid uts) owner=$(id_of $pid user)
	exec 9<"/proc/$pid/ns/uts"
	finish
	works -q -c 'ns --all --json'
	space "$id" ".processes == [] and (.descriptors | index({pid: $$, fd: 9})) != null and .owner == $owner"
	# The one that owns it is kept by that alone.
	space "$owner" '.processes == [] and .descriptors == [] and .mounts == [] and .owner_errno == null'
	works -q -c 'ns --all'
	says -r "uts $id +0 .*fd 9 .*$$"
	exec 9<&-
}

@test "a bind mount keeps one, as ip netns and unshare --net=FILE make it" {
	need_root
	touch netns
	run --separate-stderr unshare -m sh -ec "
		unshare --net=$WORK/netns true
		exec $STAVE -q -c 'ns --all --json; ns --all'" 3>&- 4>&-
	[ "$status" = 0 ] || complain 'failed'
	echo "$output" >all
	output=$(head -n 1 all)
	holds ".[0].namespaces | map(select(.mounts | map(.path) | index(\"$WORK/netns\"))) |
		length == 1 and (.[0] | .type == \"net\" and .processes == [] and .owner_errno == null)"
	output=$(cat all)
	says -r "net [0-9]+ +0 .*$WORK/netns"
}

@test "a thread that went its own way is found, and where the next child is born" {
	need_userns
	cat >thread.py <<-'END'
		import ctypes, sys, threading, time
		libc = ctypes.CDLL(None)
		if libc.unshare(0x10000000): sys.exit(9)
		def other():
		    libc.unshare(0x04000000)
		    print("ready", flush=True)
		    time.sleep(100)
		threading.Thread(target=other, daemon=True).start()
		time.sleep(100)
	END
	/usr/bin/python3 thread.py >ready 3>&- 4>&- &
	pid=$!
	await grep -q ready ready
	local tid uts
	for tid in /proc/"$pid"/task/*; do
		uts=$(readlink "$tid/ns/uts")
	done
	uts=${uts#*\[}
	works -q -c 'ns --all --json'
	space "${uts%]}" ".type == \"uts\" and .processes == [] and .threads == [{pid: $pid, tid: ${tid##*/}}]"
	finish
	unshare -Ur -T sleep 100 3>&- 4>&- &
	pid=$!
	await grep -q sleep "/proc/$pid/comm"
	works -q -c 'ns --all --json'
	space "$(id_of $pid time)" ".type == \"time\" and .processes == [$pid]"
	finish
}

@test "which are Stave's is told: its child's, and its containers'" {
	need_userns
	works -q -c "$(first)unshare uts; container -d --userns --name box -- sleep 100; ns --all --json; kill box KILL"
	output=${output%%$'\n'*}
	holds '.[0].namespaces | map(select(.whose == "child") | .type) | index("uts") != null'
	holds '.[0].namespaces | map(select(.whose == "container") | .type) | unique | contains(["mnt", "net", "pid", "user"])'
	holds '.[0].namespaces | map(select(.whose == "container") | .container) | unique == ["box"]'
}

@test "what could not be looked at is counted, and is not nothing" {
	need_user
	works -q -c 'ns --all --json'
	holds '.[0].unseen.processes > 0 and .[0].unseen.processes < .[0].processes'
}

@test "in a pid namespace of its own it sees no process outside, and says so; lsns sees the same" {
	need_userns
	need_tool lsns
	run --separate-stderr unshare -Urmpf --mount-proc sh -c "
		sleep 100 & unshare -Uru sleep 100 & unshare -mi sleep 100 &
		for i in \$(seq 200); do [ \$(ps -C sleep -o comm= | wc -l) = 3 ] && break; sleep 0.05; done
		lsns -rno NS | sort >$WORK/lsns; $STAVE -q -c 'ns --all --json'" 3>&- 4>&-
	holds '.[0].unseen.nested and .[0].unseen.processes == 0'
	[ "$(pick '.[0].namespaces[] | select(.processes != []) | .id' | sort)" = "$(cat lsns)" ] ||
		complain "lsns sees others: $(cat lsns)"
	holds '[.[0].namespaces[] | select(.type == "pid") | .around_errno] == ["EPERM"]'
}

@test "ns --all: its words" {
	fails 1 -c 'ns --all host'
	errs option.conflict
	fails 1 -c 'ns --json'
	errs option.conflict
	works -q -c 'ns --all'
	[ "$(awk 'length > 80' <<<"$output")" = '' ] || complain 'wider than 80 columns'
}
