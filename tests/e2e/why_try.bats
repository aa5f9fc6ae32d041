#!/usr/bin/env bats
# why --try: the walls that a program fails by are found in a sandbox, from which nothing reaches the host.
load common

prepare() {
	need_userns
}

# The object that why --try printed as the last line's output.
found() { pick '.[-1].output | fromjson'; }

@test "that the folders at the top are an ordinary user's own in the sandbox is told" {
	need_user
	fails 1 -k --json -c 'unshare user; run touch /etc/stave-none
why --try'
	holds '.[-1].error | .id == "try.recurs" and (.why | contains("/etc"))'
	fails 1 -k --json -c 'container -v /etc:/mnt -- touch /mnt/stave-none
why --try'
	holds '.[-1].error | .id == "try.recurs" and (.why | contains("/etc"))'
}

@test "a program that does not end without walls is told to do so" {
	fails 1 -k --json -c "$(first)unshare uts; nonewprivs; run sh -c 'grep -q NoNewPrivs:.1 /proc/self/status && exit 3; while :; do sleep 1; done'
why --try"
	holds '.[-1].error | .id == "try.stays" and .why != "" and .fix != ""'
}

@test "a call by which no program fails is not told as what stays" {
	need_tool python3
	cat >close.py <<-'END'
	import os
	try:
	    os.mkdir("/")
	except OSError:
	    pass
	try:
	    os.close(999)
	except OSError:
	    raise SystemExit(3)
	END
	fails 1 -k --json -c "$(first)unshare uts; run python3 $PWD/close.py
why --try"
	holds '.[-1].error | .id == "try.stays" and (.why | contains("mkdir") and (contains("close") | not))'
}

@test "planted culprits are found exactly" {
	local whom options program culprits line name wrong=''
	name=$(is_root && echo root || echo user)
	while IFS='|' read -r options program culprits; do
		case $options in
		'#'* | '') continue ;;
		root:* | user:*) whom=${options%%:*} options=${options#*:} ;;
		*) whom=$name ;;
		esac
		[ "$whom" = "$name" ] || continue
		run --separate-stderr stave -k --json -c "container $options -- $program
why --try --json --seconds 60"
		line=$(jq -rs '.[-1] | if .ok then .output | fromjson | .culprits | sort | join(", ") else .error.id + ": " + .error.what + " " + .error.why end' <<<"$output")
		culprits=$(tr -s ' ' <<<"${culprits# }" | sed 's/, /\n/g' | sort | paste -sd, | sed 's/,/, /g')
		[ "$line" = "$culprits" ] || wrong+="$options -- $program: $line, not $culprits"$'\n'
	done <"$REPOSITORY/tests/e2e/culprits.txt"
	[ -z "$wrong" ] || complain "$wrong"
}

@test "the call that fails by them is told, with its errno" {
	local options program call errno wrong=''
	while IFS='|' read -r program call errno; do
		run --separate-stderr stave -k --json -c "container -- $program
why --try --json --seconds 60"
		[ "$(found | jq -r '"\(.call) \(.errno)"')" = "$call $errno" ] || wrong+="$program: $(pick -c '.[-1] | .output, .error')"$'\n'
	done <<'END'
mount -t tmpfs none /mnt|mount|EPERM
unshare -U true|unshare|EPERM
sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'|openat|EROFS
hostname other|sethostname|EPERM
END
	[ -z "$wrong" ] || complain "$wrong"
}

@test "no wall is blamed for a file system that has no room, whichever of them it came with" {
	local options program cause wrong=''
	mkdir m
	while IFS='^' read -r options program cause; do
		run --separate-stderr stave -k --json -c "$(first)unshare mnt; mount tmpfs $WORK/m -o $options,mode=0777; run $program
why --try --json"
		[ "$(found | jq -c '[.culprits, .cause, .errno]')" = "[[],\"$cause\",\"ENOSPC\"]" ] ||
			wrong+="$program: $(pick -c '.[-1] | .output, .error')"$'\n'
	done <<-END
		size=64k^sh -c 'head -c 100000 /dev/zero >$WORK/m/x'^file.full
		size=64k^sh -c 'cat /dev/zero | head -c 100000 >$WORK/m/x'^file.full
		nr_inodes=1^mkdir $WORK/m/x^file.no-inodes
	END
	[ -z "$wrong" ] || complain "$wrong"
	run --separate-stderr stave -k --json -c "container --storage 1m -- sh -c 'head -c 2000000 /dev/zero >/x'
why --try --json"
	[ "$(found | jq -c '[.culprits, .cause, .errno]')" = '[[],"file.full","ENOSPC"]' ]
	# What is refused as well is a wall's.
	run --separate-stderr stave -k --json -c "$(first)unshare mnt uts; mount tmpfs $WORK/m -o size=64k,mode=0777; caps drop sys_chroot
run sh -c 'head -c 100000 /dev/zero >$WORK/m/x; chroot / true'
why --try --json"
	[ "$(found | jq -c '[.culprits, .cause, .call]')" = '[["capability sys_chroot"],null,"chroot"]' ]
}

@test "what no wall is in the way of is told with its cause, where that is the kernel's own tree" {
	local program cause wrong=''
	while IFS='|' read -r program cause; do
		run --separate-stderr stave -k --json -c "$(first)unshare uts; run $program
why --try"
		[ "$(pick -r '.[-1].error | "\(.id) \(.cause)"')" = "try.stays $cause" ] || wrong+="$program: $(pick -c '.[-1] | .output, .error')"$'\n'
	done <<-END
		mkdir /proc/x|file.fixed-names
		sh -c ': >>/proc/sys/kernel/random/boot_id'|sysctl.read-only
	END
	[ -z "$wrong" ] || complain "$wrong"
}

@test "of a traced program the same call has to fail with the same errno" {
	works -k --json -c "$(first)unshare uts; caps drop sys_chroot; trace chroot / true
why --try --json"
	[ "$(found | jq -c '[.culprits, .call, .errno]')" = '[["capability sys_chroot"],"chroot","EPERM"]' ]
	run --separate-stderr stave -k --json -c "$(first)unshare uts; caps drop sys_chroot
trace sh -c 'mkdir $WORK/once && chroot / true; exit 1'
why --try"
	holds '.[-1].error.id == "try.recurs"'
}

@test "what a program of a child fails by is the line that built it" {
	works -k --json -c "$(first)unshare uts; caps drop sys_chroot; run chroot / true
why --try --json"
	[ "$(found | jq -c .culprits)" = '["capability sys_chroot"]' ]
	works -k --json -c "$(first)unshare uts; caps drop sys_chroot; run chroot / true
why --try"
	holds '.[-1].output | contains("caps drop sys_chroot")'
}

@test "an ordinary user's program writes in the sandbox where the user does, also below a folder of somebody else's" {
	need_user
	below=$(mktemp -d /var/tmp/stave-e2e-XXXXXX)
	echo kept >"$below/f"
	cd "$below"
	run --separate-stderr stave -k --json -c 'unshare user; caps drop sys_chroot; run sh -c "echo more >>f && chroot / true"
why --try --json'
	cd "$WORK"
	wc -l <"$below/f" >lines
	rm -r "$below"
	[ "$(found | jq -c .culprits)" = '["capability sys_chroot"]' ]
	[ "$(cat lines)" = 2 ]
}

@test "an ordinary user's volume is written to in the sandbox also where the working folder and HOME are elsewhere" {
	need_user
	[ -w /run/lock ] && [ ! -O /run/lock ] || skip 'no folder of somebody else is below another and may be written to'
	below=$(mktemp -d /run/lock/stave-e2e-XXXXXX)
	mkdir "$below/data"
	run --separate-stderr stave -k --json -c "container -v $below/data:/d -- sh -c 'echo more >/d/f && unshare -U true'
why --try --json"
	cp "$below/data/f" data
	rm -r "$below"
	[ "$(found | jq -c '.culprits | length > 0')" = true ]
	[ "$(cat data)" = more ]
}

@test "of a program that ends its whole sandbox it is not told that the lines before it fail" {
	fails 1 -k --json -c "unshare user uts; run sh -c 'test -e $WORK/go && kill -9 -1; echo its words >&2; exit 3'
!touch $WORK/go
why --try"
	holds '.[-1].error | .id == "try.recurs" and (.what | contains("its words") | not) and (.what | contains("before") | not)'
}

# Ends with 1; does harm where its first run, which is the host's, has been before it: in a sandbox.
write_harm() {
	cat >harm <<-END
		#!/bin/sh
		folder=$WORK/folder
		[ -d \$folder ] || folder=/f
		mkdir \$folder/ran 2>/dev/null && exit 1
		rm -rf \$folder/*
		echo harmed >\$folder/harmed
		hostname harmed
		mount -t tmpfs harmed /mnt
		echo harmed >/etc/stave-harmed
		echo harmed >/tmp/stave-harmed
		echo 1 >/proc/sys/vm/drop_caches
		ip link add harmed type dummy
		kill -9 -1
		exit 1
	END
	chmod 755 harm
	mkdir folder
	echo kept >folder/file
}

@test "nothing that a program does in the sandbox reaches the host" {
	local before
	write_harm
	before=$(ls -l /etc /tmp | grep -v stave-e2e)
	run --separate-stderr stave -k --json -c "$(first)unshare uts; run $WORK/harm
why --try --seconds 20"
	holds '.[-1] | .line | startswith("why")'
	holds '.[-1] | .ok or (.error.id | IN("try.stays", "try.recurs"))'
	[ "$(cat folder/file)" = kept ]
	[ "$(ls folder)" = $'file\nran' ]
	rmdir folder/ran
	run --separate-stderr stave -k --json -c "container -v $WORK/folder:/f -v $WORK/harm:/harm -- /harm
why --try --seconds 20"
	holds '.[-1] | .line | startswith("why")'
	holds '.[-1] | .ok or (.error.id | IN("try.stays", "try.recurs"))'
	[ "$(cat folder/file)" = kept ]
	[ "$(ls folder)" = $'file\nran' ]
	[ ! -e /etc/stave-harmed ] && [ ! -e /tmp/stave-harmed ]
}

@test "a volume below /dev/shm is in the sandbox, and what is written there does not reach the host" {
	[ "$(stat -fc %T /dev/shm)" = tmpfs ] || skip '/dev/shm is no tmpfs here'
	shm=$(mktemp -d /dev/shm/stave-e2e.XXXXXX)
	echo 1 >"$shm/seen"
	run --separate-stderr stave -k --json -c "container -v $shm:/f -- sh -c 'cat /f/seen && echo 1 >>/f/count && mount -t tmpfs x /mnt'
why --try --json"
	local found count
	found=$(found | jq -c .culprits) count=$(wc -l <"$shm/count")
	rm -rf "$shm"
	[ "$found" = '["capability sys_admin"]' ] || complain "$output"
	[ "$count" = 1 ]
}

@test "a failure that does not come back, and one that stays without walls" {
	run --separate-stderr stave -k --json -c "$(first)unshare uts; run sh -c 'exit 3'
why --try"
	holds '.[-1].error.id == "try.stays"'
	# The folder is the host's, and the replay finds what the first run has left there.
	run --separate-stderr stave -k --json -c "$(first)unshare uts; run sh -c 'mkdir $WORK/once && exit 3'
why --try"
	holds '.[-1].error.id == "try.recurs"'
	fails 1 -c 'why --try'
	errs try.nothing
	fails 1 -c 'why --try --seconds 0'
	errs option.number
}

@test "where another failure comes behind, the walls of the one that came are told, and the other one" {
	local program culprits call wrong=''
	while IFS='|' read -r program culprits call; do
		run --separate-stderr stave -k --json -c "container -- $program
why --try --json --seconds 60"
		[ "$(found | jq -r '"\(.culprits | join(", "))|\(.call) \(.errno) \(.then.status)"')" = "$culprits|$call" ] ||
			wrong+="$program: $(pick -c '.[-1] | .output, .error')"$'\n'
	done <<'END'
ping -c 1 -W 1 8.8.8.8|capability net_raw|socket EPERM 1
sh -c 'echo x >/proc/sys/kernel/hostname'|read-only paths|openat EROFS 1
sh -c 'hostname x && exit 3'|capability sys_admin|sethostname EPERM 3
END
	[ -z "$wrong" ] || complain "$wrong"
	# An end that is another one each time proves nothing.
	run --separate-stderr stave -k --json -c "container -- sh -c 'hostname x 2>&1; cat /proc/uptime /proc/sys/kernel/random/uuid >&2; exit 3'
why --try --json --seconds 60"
	holds '.[-1].error.id == "try.stays"'
}

@test "what fails without any wall, too, is told with its call" {
	run --separate-stderr stave -k --json -c "container -- wget -q -O - http://127.0.0.1:81/
why --try"
	holds '.[-1].error | .id == "try.stays" and (.why | contains("connect(") and contains("ECONNREFUSED"))'
	# A namespace of processes that reboot(2) ends is a replay that does not end well, and no more.
	run --separate-stderr stave -k --json -c "container -- reboot -f
why --try"
	holds '.[-1].error.id == "try.stays"'
}

@test "a line of why that fails is not what why explains next" {
	run --separate-stderr stave -k --json -c "$(first)unshare uts; run sh -c 'exit 3'
why --tyr
why --try --seconds 0
why --kernel --try
why --try
why --try
why"
	holds '.[-6:-3] | all(.error != null)'
	holds '.[-3:-1] | map(.error.id) == ["try.stays", "try.stays"]'
	holds '.[-1] | .error == null and (.output | contains("exit 3"))'
	fails 1 -k --json -c 'cd /nosuch; why --try'
	holds '.[-1].error | .id == "try.nothing" and (.why | contains("cd /nosuch"))'
}

@test "what to type leaves out the option that built a wall, where no other one takes it away" {
	works -k --json -c "container --cap-drop sys_chroot --read-only -- sh -c 'chroot / true && touch /x'
why --try"
	holds '.[-1].output | contains("--cap-add sys_chroot") and contains("--read-only")'
	works -k --json -c "container --read-only -- touch /x
why --try"
	holds '.[-1].output | contains("--read-only")'
}

@test "a file that the host alone has is told, where the program ends well with it as a volume" {
	local line
	printf '#!/bin/sh\nexit 0\n' >only
	printf '#!/bin/bash\nexit 0\n' >needs
	chmod 755 only needs
	for line in "sh -c $WORK/only" "cat $WORK/only"; do
		run --separate-stderr stave -k --json -c "container -- $line
why --try --json"
		[ "$(found | jq -r .volume)" = "$WORK/only" ] || complain "$line: $output"
		works -c "container -v $WORK/only:$WORK/only:ro -- $line"
	done
	for line in only needs; do
		run -127 --separate-stderr stave --json -c "container -- $WORK/$line"
		holds '.[-1].error.cause == "exec.missing"'
		[ "$(pick --arg v "-v $WORK/$line:$WORK/$line:ro" '.[-1].error.fix | contains($v)')" = "$([ "$line" = needs ] && echo false || echo true)" ] ||
			complain "$line: $output"
	done
	works -c "container -v $WORK/only:$WORK/only:ro -- $WORK/only"
	for line in "sh -c $WORK/needs" "mount -t tmpfs x /mnt"; do
		run --separate-stderr stave -k --json -c "container -- $line
why --try --json"
		[ "$(found | jq -c '[.volume, (.culprits | length)]')" = '[null,1]' ] || complain "$line: $output"
	done
}

@test "what asks for a terminal or a network is told so" {
	run stave -k --json -c "container -- sh -c 'exec 3</dev/tty'
why --try"
	holds '.[-1].error | .id == "try.terminal" and (.fix | contains("-t"))'
	run stave -k --json -c "container --cap-add net_raw -- ping -c 1 -W 1 8.8.8.8
why --try"
	holds '.[-1].error | .id == "try.outside" and (.why | contains("ENETUNREACH"))'
}

@test "lines that have built no wall are told so, with the call that fails" {
	fails 1 -k --json -c "run rmdir $WORK
why --try"
	holds '.[-1].error | .id == "try.stays" and (.why | contains("rmdir(") and contains("ENOTEMPTY")) and .fix != ""'
}

@test "of a call that stays without walls the cause is told, where the kernel asks in the initial user namespace" {
	run stave -k --json -c "container -- mknod /n b 1 1
why --try"
	holds '.[-1].error | .id == "try.stays" and (.why | contains("mknodat(") and contains("initial user namespace"))'
}

@test "without its pid namespace a program finds the proc around it, and no empty folder" {
	run stave -k --json -c "container -- sh -c ': >/proc/nosuch'
why --try"
	holds '.[-1].error.id == "try.stays"'
}

@test "where the program ends well without the walls no other end is told" {
	works -k --json -c "container -- umount /proc/sys
why --try --json"
	[ "$(found | jq -c '[.culprits, .then]')" = '[["capability sys_admin"],null]' ]
}

@test "a program that does not fail each time proves nothing" {
	local now
	read -r now _ </proc/uptime
	now=${now/./}
	# It fails for 0.9 s, in which it is run twice or three times.
	run stave -k --json -c "container -- sh -c 'sleep 0.3; read up _ </proc/uptime; [ \${up%.*}\${up#*.} -gt $((now + 90)) ]'
why --try --seconds 60"
	holds '.[-1].error.id | IN("try.recurs", "try.nothing")'
}

@test "too little time is told as that" {
	run stave -k --json -c "container -- sh -c 'sleep 1; hostname x'
why --try --seconds 1"
	holds '.[-1].error | .id == "try.recurs" and (.fix | contains("--seconds"))'
}

@test "what waits is ended in time" {
	run --separate-stderr stave -k --json -c "$(first)unshare uts; run sh -c 'mkdir $WORK/once && exit 1; sleep 1000'
why --try --seconds 2"
	holds '.[-1].error.id == "try.recurs"'
}

@test "a shell that is killed leaves no sandbox" {
	local shell
	"$STAVE" -k -c "$(first)unshare uts; run sh -c 'mkdir $WORK/once && exit 1; sleep 1000'
why --try --seconds 60" >/dev/null 2>&1 3>&- 4>&- &
	shell=$!
	await pgrep -P "$shell" -f stave-try
	kill -9 "$shell"
	wait "$shell" || true
	# That nothing is left is what every test ends with.
}

@test "a limit of a child's control group is the line that set it, and groups are gone afterwards" {
	need_root
	run --separate-stderr stave -k --json -c "cgroup pids 2; run sh -c 'sleep 0.1 & sleep 0.1 & wait'
why --try --json
why --try
cgroup show"
	[ "$(pick '.[-3].output | fromjson | .culprits')" = "$(jq -n '["limit pids"]')" ]
	holds '.[-3].output | fromjson | (.tried | contains(["limit pids"])) and .not_tried == []'
	holds '.[-2].output | contains("cgroup pids 2")'
	# That the session's own group is as it was: it still has its limit.
	holds '.[-1].output | contains("2")'
}

groups_of() { find /sys/fs/cgroup -path "*/stave-*$1-try*" -name "${2:-*}" | grep .; }

@test "a shell that is killed leaves no control group of a sandbox" {
	need_root
	local shell
	mkdir folder
	"$STAVE" -k -c "container --pids 20 -v $WORK/folder:/f -- sh -c 'mkdir /f/once && exit 1; sleep 1000'
why --try --seconds 60" >/dev/null 2>&1 3>&- 4>&- &
	shell=$!
	await groups_of "$shell" 'stave-*-0'
	kill -9 "$shell"
	wait "$shell" || true
	await eval "! groups_of $shell"
}

@test "where no control group can be made their limits are named as not tried, and why" {
	need_root
	local folder=/sys/fs/cgroup/pids
	[ -d $folder ] || folder=/sys/fs/cgroup
	cat >lines <<-END
		container --pids 3 -- hostname x
		!mount -o remount,bind,ro $folder
		why --try --json --seconds 60
		why --try --seconds 60
		container --without limits -- hostname x
		why --try --json --seconds 60
	END
	run --separate-stderr unshare -m "$STAVE" -k --json lines 3>&- 4>&-
	[ "$(pick '[.[].output // empty | select(startswith("{")) | fromjson][0] | .culprits, (.not_tried | contains(["limit pids"]))' | jq -sc .)" = '[["capability sys_admin"],true]' ]
	holds '[.[].output // empty | select(contains("EROFS"))] | length == 1'
}

@test "what the sandbox has not got is told, not tried" {
	run stave -k --json -c "container -p 18080:80 -- sh -c 'exit 1'
why --try"
	holds '.[-1].error.id == "try.outside"'
}

@test "a limit of processes that the sandbox does not set is no matter of control groups" {
	need_user
	works -k --json -c 'container -- sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward"
why --try --json
why --try'
	[ "$(pick '.[-2].output | fromjson | .not_tried' | jq -c .)" = '["limit nproc"]' ] || return 0 # pids.max is there instead
	holds '.[-1].output | contains("limit nproc") and (contains("control groups") | not)'
}
