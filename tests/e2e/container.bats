#!/usr/bin/env bats
# container: the whole chain, as root and as an ordinary user.
load common

prepare() {
	need_tool busybox
	need_userns
	mkdir shared
	chmod 755 "$WORK"
}

# An ordinary user's root is a union only where user namespaces may mount overlay.
need_union() {
	is_root || [ "$(printf '5.11\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 5.11 ] ||
		skip 'overlay in a user namespace needs Linux 5.11'
}

# inside [FLAG...] -- CMD: what CMD prints in a container
inside() {
	works -q -c "container $*"
}

@test "the program is PID 1 and sees no process but its own" {
	inside -- ps
	says -r '1 root +ps$'
	[ "${#lines[@]}" = 2 ] || complain 'more than one process'
}

@test "mnt, pid, uts, ipc, net and cgroup are its own, time is the host's" {
	inside -- ls -l /proc/self/ns
	local type
	for type in mnt pid uts ipc net cgroup; do
		says "$type:["
		says_not "$(readlink "/proc/self/ns/$type")"
	done
	says "$(readlink /proc/self/ns/time)"
}

@test "an ordinary user is root inside, by a user namespace" {
	need_user
	inside -- sh -c '"id -u; cat /proc/self/uid_map"'
	says -r "^0
 +0 +$(id -u) +1$"
}

@test "the exit status is the program's own" {
	fails 7 -c 'container -- /bin/sh -c "exit 7"'
	fails 127 -c 'container -- /no/such/program'
	fails 126 -c 'container -- /etc/passwd'
	fails 143 -c 'container --init -- sh -c "kill -TERM \$\$"'
}

@test "what is written stays in the container" {
	need_union
	inside -- sh -c '"touch /here /etc/here; rmdir /mnt; mkdir /mnt; ls /here"'
	says /here
	inside -- ls / /etc
	says_not here
	[ -z "$(find "$XDG_DATA_HOME" -name here)" ] || complain 'the image has changed'
}

@test "device nodes work, /dev/null for writing too" {
	inside -- sh -c '"echo x >/dev/null && head -c 4 /dev/zero | wc -c && ls /dev && dd if=/dev/zero of=/dev/full count=1 2>/dev/null || echo full is full; test -w /dev/shm && echo shm"'
	says 4
	says 'full is full'
	says shm
	local name
	for name in fd full mqueue null ptmx pts random stderr stdin stdout tty urandom zero; do
		says "$name"
	done
}

@test "hosts, hostname and resolv.conf come from a layer of their own" {
	inside --hostname box -- cat /etc/hostname /etc/hosts /etc/resolv.conf
	says -r '^box'
	says '127.0.1.1	box'
	says 'no network'
	[ ! -s "$(echo "$XDG_DATA_HOME"/stave/busybox-*/etc/hosts)" ] || complain 'the image has it'
}

@test "the host's mounts are gone with the old root" {
	touch in-the-work-folder
	inside -- sh -c "\"ls $WORK; cut -d' ' -f5 /proc/self/mountinfo | sort\"" || true
	says_not in-the-work-folder
	works -q -c "container -- cut '-d ' -f5 /proc/self/mountinfo"
	says -r '^/
/proc
/dev'
}

@test "the name is the host name and the way for exec" {
	inside --name box -- hostname
	says box
}

@test "a host name that is too long is refused" {
	fails 125 -c "container --hostname $(printf '%065d' 0) -- true"
	complains '1 to 64 bytes, not 65'
}

@test "without a network there is lo, and it is up" {
	inside -- ip addr
	says '127.0.0.1/8'
	says_not eth0
}

@test "--net host shares the network, other values are refused" {
	inside --net host -- readlink /proc/self/ns/net
	says "$(readlink /proc/self/ns/net)"
	fails 125 --json -c 'container --net nosuch -- true'
	holds '.[-1].error.id == "option.choice"'
}

@test "--net host shows the host's /sys, read-only" {
	need_union # the kernels with it can make a whole tree of mounts read-only, or nearly
	inside --net host -- sh -c '"ls /sys/class/net; touch /sys/x || echo refused"'
	says lo
	says refused
}

@test "-v SRC:DST is the host's folder, both ways" {
	need_union
	echo theirs >shared/a
	inside -v "$WORK/shared:/in/deep" -- sh -c '"cat /in/deep/a; echo ours >/in/deep/b"'
	says theirs
	[ "$(cat shared/b)" = ours ]
}

@test "-v SRC:DST:ro cannot be written to" {
	need_union
	inside -v "$WORK/shared:/in:ro" -- sh -c '"touch /in/x || echo refused"'
	says refused
	[ ! -e shared/x ]
}

@test "-v DST is a fresh folder, gone afterwards" {
	need_union
	inside -v /fresh -v /etc/more -- sh -c '"ls -A /fresh | wc -l; touch /fresh/x /etc/more/y; ls /fresh /etc/more"'
	says -r '^0'
	says x
	says y
}

@test "a volume can be a file" {
	need_union
	echo content >file
	inside -v "$WORK/file:/etc/motd:ro" -- cat /etc/motd
	says content
	fails 125 -c "container -v $WORK/file:/tmp -- true"
	errs path.kind
}

@test "a volume's path may have blanks and colons" {
	need_union
	mkdir 'shared/a b' shared/c:d
	touch 'shared/a b/blank' shared/c:d/colon
	works -q -c "container -v '$WORK/shared/a b:/with blank' -v '$WORK/shared/c\\:d:/x' -- ls '/with blank' /x"
	says blank
	says colon
}

@test "a volume that cannot be is refused, and nothing is made" {
	need_union
	fails 125 -c "container -v $WORK/missing:/in -- true"
	complains "there is no $WORK/missing on the host"
	[ ! -e missing ]
	fails 125 -c "container -v ./shared:/in -- true"
	errs volume.form
	fails 125 -c "container -v $WORK/shared:in -- true"
	fails 125 -c "container -v $WORK/shared:/in:ro:rw:x -- true"
	errs volume.form
	fails 125 -c "container -v $WORK/shared:/ -- true"
	fails 125 -c "container -v $WORK/shared:/a/../.. -- true"
	fails 125 -c "container -v $WORK/shared:/in -v /in/deeper -- true"
	errs path.absent
	[ -z "$(ls shared)" ]
}

@test "a link in the image leads no volume out of it" {
	mkdir -p image/bin image/proc image/dev image/sys outside
	cp "$(command -v busybox)" image/bin
	ln -s "$WORK/outside" image/out
	chmod -R a+rX image
	fails 125 -c "container --image $WORK/image -v /out/x -- busybox true"
	# Without a union nothing could be made there anyway.
	errs mkdir.ENOENT
	[ -z "$(ls outside)" ]
}

@test "--image DIR is a root, and stays as it is" {
	need_union
	mkdir -p image/bin
	cp "$(command -v busybox)" image/bin
	chmod -R a+rX image
	inside --image image -- busybox sh -c '"busybox touch /new; busybox ls /"'
	says new
	says proc
	[ "$(ls image)" = bin ]
	fails 125 -c 'container --image missing -- true'
	errs image.absent
}

@test "an empty image has no program" {
	need_union
	mkdir empty
	fails 127 -c 'container --image empty -- sh'
	[ -z "$(ls empty)" ]
}

@test "--env, --workdir and a clean environment" {
	need_union
	SECRET=x works -q -c 'container -e A=1 -w /made/here -- sh -c "pwd; env"'
	says /made/here
	says A=1
	says PATH=
	says_not SECRET
}

@test "--user needs a map for the number" {
	if is_root; then
		inside --user 1000:1001 -- id
		says 'uid=1000 gid=1001'
	else
		fails 125 -c 'container --user 1000000 -- id'
		complains 'its user namespace maps only 0'
	fi
}

@test "--read-only has no writable layer" {
	need_union
	inside --read-only -v /data -- sh -c '"touch /x || echo refused; touch /data/y && echo volumes are writable"'
	says refused
	says 'volumes are writable'
}

@test "--userns takes root's capabilities over the host away" {
	need_root
	inside --userns -- sh -c '"cat /proc/self/uid_map; mknod /tmp/n c 1 3 || echo no node"'
	says_not 4294967295
	says 'no node'
}

@test "--userns: a setuid file on a folder of the host's is nobody's, ids inside are 0" {
	need_root
	mkdir -m 1777 open
	inside --userns -v "$PWD/open:/v" -- sh -c '"id -u; cp /bin/busybox /v/s && chmod 4755 /v/s; stat -c %u /v/s /bin"'
	[ "$output" = $'0\n0\n0' ] || complain 'not root inside'
	local owner
	owner=$(stat -c %u open/s)
	[ "$owner" -ge 65536 ] || complain "the host's $owner"
	[ "$(grep -c ":$owner:" /etc/passwd)" = 0 ]
}

@test "--userns: a read-only folder and a volume of the store have their owners" {
	need_root
	mkdir -m 700 secret
	echo mine >secret/f
	inside --userns -v "$PWD/secret:/v:ro" -v /data -- sh -c '"stat -c %u /v/f; cat /v/f; touch /data/x; stat -c %u /data/x"'
	[ "$output" = $'0\nmine\n0' ]
}

@test "--userns: an image whose file system has no idmapped mounts is refused, and named" {
	need_root
	need_tool unshare
	mkdir -p low/bin tmp union
	run --separate-stderr unshare -m sh -c "mount -t tmpfs t tmp && mkdir tmp/u tmp/w &&
		mount -t overlay -o lowerdir=low,upperdir=tmp/u,workdir=tmp/w o union &&
		'$STAVE' --json -c 'container --userns --image $PWD/union -- /bin/true'"
	says '"idmap.mount"'
	[ "$status" != 0 ]
}

@test "--userns: two containers at once have different ids" {
	need_root
	works -q -c 'container --userns -d --name one -- sleep 60
container --userns -- cat /proc/self/uid_map
exec one -- cat /proc/self/uid_map
exec one -- id -u'
	[ "$(sort -u <<<"$output" | grep -c 65536)" = 2 ]
	[ "${lines[2]}" = 0 ]
}

@test "--init reaps orphans" {
	inside --init -- sh -c '"(sleep 0.1 &); for i in $(seq 100); do ps -o comm | grep -qx sleep || break; sleep 0.05; done; ps -o pid,stat,comm"'
	says -r '1 SN? +stave'
	says_not Z
}

@test "-i passes standard input on, and its end" {
	run --separate-stderr stave -q -c 'container -i -- wc -c' <<<'hello'
	[ "$output" = 6 ] || complain 'not 6 bytes'
}

@test "-t gives a terminal in the container's own devpts" {
	inside -t -- tty
	says /dev/pts/0
}

@test "without CMD it becomes the child, and undo brings the host back" {
	works -q -c 'container --hostname box; run hostname; run ps; undo; run readlink /proc/self/ns/mnt; redo; run hostname'
	says -r "^box
PID .*$(readlink /proc/self/ns/mnt | sed 's/[][]/\\&/g').*
box$"
}

@test "-d is a job, which exec finds by its name" {
	works -q -c 'container -d --name box -- sleep 30; exec box hostname; jobs'
	says box
	says running
}

@test "a name that is in use is refused, and free again afterwards" {
	need_union
	fails 125 -q -c 'container -d --name box -- sleep 100; container -d --name box -- sleep 100'
	errs name.used
	fails 1 -q -c 'container --name box; container --name box'
	errs name.used
	works -q -c 'container -d --name box -- sleep 100; kill box KILL; !sleep 0.3
		container -d --name box -- sleep 100; exec box hostname'
	says box
}

@test "kill tells of a signal that PID 1 of a container has no handler for" {
	need_union
	local dropped='it is PID 1 of its pid namespace and has no handler for'
	works -q -c 'container -d -- sleep 100; kill %1; kill %1 0; kill %1 CONT; kill %1 STOP; jobs'
	[ "$(grep -c "$dropped" <<<"$output")" = 1 ]
	says "   $dropped SIGTERM, so the
   kernel drops it: pid_namespaces(7)"
	says '   kill %1 KILL ends it'
	says -r '\[1\] +[0-9]+  (running|stopped)'
	works -q -c "container -d --name a.b -- sleep 100; kill a.b 40; kill a.b KILL; run sleep 0.2; jobs"
	[ "$(grep -c "$dropped" <<<"$output")" = 1 ]
	says "$dropped signal 40,"
	says "kill a.b KILL ends it"
	says 'ended with status 137'
}

@test "kill tells of no signal that the program has a handler for, nor of one to a process that is no PID 1" {
	need_union
	works -q -c "container -d -v $WORK:/w -- sh -c 'trap : TERM; >/w/ready; while :; do sleep 1; done'
		!for i in \$(seq 100); do test -e ready && break; sleep 0.05; done
		kill %1; kill %1 HUP"
	[ -e ready ]
	[ "$(grep -c 'PID 1' <<<"$output")" = 1 ]
	says 'no handler for SIGHUP,'
	works -q -c 'container -d --init -- sleep 100; spawn sleep 100; kill %1; kill %2'
	says_not 'PID 1'
}

@test "flags that do not go together are refused" {
	fails 125 -c 'container -d'
	complains 'needs a CMD'
	fails 125 -c 'container -d -t -- sh'
	errs option.conflict
	fails 125 -c 'container -i'
	fails 1 -c 'container --nosuch'
	fails 1 -c 'container --name a --name b'
}

@test "a limit is a control group, gone afterwards" {
	need_root
	works -q -k -c 'container -d --name box --cpu 30% -- sleep 30; !cat /sys/fs/cgroup/stave-*/cpu.max /sys/fs/cgroup/cpu*/stave-*/cpu.cfs_quota_us 2>/dev/null || true'
	says 30000
	fails 125 -c 'container --cpu 0 -- true'
	fails 125 -c 'container --memory 5 -- true'
	fails 125 -c 'container --pids none -- true'
}

# Whether this user can make control groups here.
can_limit() {
	stave -q -c 'cgroup pids 20; cgroup memory 64M; cgroup cpu 50%' >/dev/null 2>&1
}

@test "a container has limits that nobody asked for, and flags change or lift each" {
	if ! can_limit; then
		works -c 'container -- true'
		says -r 'It[[:space:]]+has[[:space:]]+no[[:space:]]+limit[[:space:]]+on[[:space:]].*pids'
		says_not 'mkdir("/sys/fs/cgroup'
		works -q -c 'container --pids max --memory max --cpu max -- true'
		return
	fi
	works -q -c 'container; check cgroup pids 256 and cgroup memory 512M and cgroup cpu 100%'
	works -q -c 'container --pids 20; check cgroup pids 20 and cgroup memory 512M and cgroup cpu 100%'
	works -q -c 'container --memory 64M; check cgroup pids 256 and cgroup memory 64M and cgroup cpu 100%'
	works -q -c 'container --cpu 50%; check cgroup pids 256 and cgroup memory 512M and cgroup cpu 50%'
	# As docker says them.
	works -q -c 'container --pids-limit 20 -m 64M --cpus 0.5; check cgroup pids 20 and cgroup memory 64M and cgroup cpu 50%'
	fails 125 -c 'container --cpus 1 --cpu 20% -- true'
	errs option.twice
	works -n -c 'container --pids max -- true'
	says_not pids.max
	says 536870912
	works -n -c 'container --memory max -- true'
	says_not -r 'memory\.(max|limit)'
	works -n -c 'container --cpu max -- true'
	says_not -r 'cpu\.(max|cfs)'
	works -n -c 'container --privileged -- true; container --without limits -- true'
	says_not 'mkdir("/sys/fs/cgroup'
	works -n -c 'container --privileged --pids 20 -- true'
	says pids.max
	says_not -r 'memory\.(max|limit)'
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		works -c 'container -- cat /proc/self/cgroup'
		says 'cgroup.max.descendants"), "100")'
		says $'\n0::/\n'
	fi
}

@test "where no group can be made a container has no limit, and says so; to ask for one fails" {
	need_root
	# shellcheck disable=SC2016 # for the inner shell
	local no_groups='awk '\''$3 ~ /^cgroup/ { print $2 }'\'' /proc/mounts | while read -r at; do
		mount -o remount,bind,ro "$at"; done && exec "$@"'
	run --separate-stderr unshare --mount sh -c "$no_groups" - "$STAVE" -c 'set show full; container -- true' 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
	says -r 'It[[:space:]]+has[[:space:]]+no[[:space:]]+limit[[:space:]]+on[[:space:]]+cpu,[[:space:]]+memory,[[:space:]]+pids:'
	says -r 'cannot[[:space:]]+make[[:space:]]+a[[:space:]]+group[[:space:]]+in'
	says remount,rw
	run --separate-stderr unshare --mount sh -c "$no_groups" - "$STAVE" -c 'container --pids 20 -- true' 3>&- 4>&-
	[ "$status" = 125 ] || complain "ended with $status, not 125"
	complains 'cannot make a group in'
	complains 'remount,rw'
	run --separate-stderr unshare --mount sh -c 'umount -Rl /sys/fs/cgroup && exec "$@"' - \
		"$STAVE" -c 'container -- true' 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status without cgroupfs"
	says -r 'no[[:space:]]+limit[[:space:]]+on[[:space:]]+cpu,[[:space:]]+memory,[[:space:]]+pids:'
}

@test "pids holds a fork bomb" {
	need_root
	run --separate-stderr stave -q -c \
		'container --pids 5 --init -- sh -c "for i in 1 2 3 4 5 6; do sleep 9 & done"'
	complains 'fork'
}

@test "an ordinary user without a delegated group is told the ways" {
	need_user
	if [ -w "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cgroup.procs" ]; then
		skip 'a group is delegated to this user'
	fi
	fails 125 -c 'container --cpu 20% -- true'
	complains 'as root'
}

@test "a dry run and plan make nothing, and show the links in order" {
	need_union
	works -c 'plan container -- true'
	local call
	for call in clone3 MS_PRIVATE overlay '"proc"' devpts sysfs pivot_root MNT_DETACH \
		sethostname SIOCSIFFLAGS execvpe; do
		[[ $output =~ "$call"(.*) ]] || complain "not in its place: $call"
		output=${BASH_REMATCH[1]}
	done
}

@test "a report has every call, then the namespaces and mounts of the container" {
	works -c 'set show full; container --hostname box -- true'
	says 'pivot_root(".", ".")'
	says 'same as: docker run --rm --network none --hostname box '
	works -c 'container --hostname box -- true'
	says -r 'own: .*mnt.*pid'
	holds_json_of_a_container
}

holds_json_of_a_container() {
	works --json -c 'container -- echo hello'
	holds '.[0] | .ok and .ns.mnt.own and .output == "hello\n" and (.ops | map(.ok) | all)'
}

@test "the image is made once, two at a time" {
	export XDG_DATA_HOME=$WORK/data
	stave -q -c 'container -- true' &
	stave -q -c 'container -- true' &
	wait -n && wait -n
	[ "$(ls "$WORK/data/stave")" = "$(basename "$(echo "$WORK"/data/stave/busybox-*)")" ]
	[ -z "$(find "$WORK/data/stave" -maxdepth 1 -name '.*.new')" ]
}

@test "a half-made image of a start that was killed is made anew" {
	export XDG_DATA_HOME=$WORK/data
	mkdir -p -m 700 data/stave/.busybox.new/bin/odd
	inside -- echo made
	says made
	[ ! -e data/stave/.busybox.new ]
}

@test "a store that others may write to is refused" {
	export XDG_DATA_HOME=$WORK/data
	mkdir -p data/stave
	chmod 777 data/stave
	fails 125 -c 'container -- true'
	errs store.place
}

@test "the shell killed, the container goes" {
	"$STAVE" -q -c "container -- sleep $MARK" 3>&- 4>&- &
	local pid=$!
	await pgrep -xf "sleep $MARK"
	kill -9 "$pid"
	wait "$pid" || [ $? = 137 ]
}

# A call that another process came between takes two lines; signals and ends are no calls.
# Count the calls of LINE, which "calls" lists, by way of a command: none, or what makes it another host.
count_calls() { # LINE [COMMAND...]
	local line=$1
	shift
	run "$@" strace -f -qq -o calls "$STAVE" -q -c "$line" 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
	[ "$(cut -d' ' -f1 calls | sort -u | wc -l)" -le 3 ] || complain 'too many processes'
	# How often a wait goes on tells how busy the machine is.
	count=$(grep -vc -e 'resumed>' -e ' +++ ' -e ' --- ' -e ' poll(' -e ' futex(' -e ' rt_sigpending(' -e ' waitid(' calls)
}

takes_at_most() { # COUNT LINE
	local count
	count_calls "$2"
	[ "$count" -le "$1" ] || complain "$count system calls"
}

need_counts() {
	need_union
	need_tool strace
	! is_sanitized || skip 'sanitizers make calls of their own'
	! is_counted || skip 'the counters of make coverage make calls of their own'
}

@test "it takes few system calls, over few processes" {
	need_counts
	stave -q -c 'container -- /bin/true'
	# An ordinary user has three maps to be written and the host's device nodes to be bound.
	# No process runs the program again; what is to run is looked at, in ten. That /proc is this process's takes
	# eight to be made sure of, once a session. Two more than were measured: signals that end a call.
	local maps=0
	is_root || maps=33
	# One asks for leftovers in the store. Three keep root's memory to itself while the child shares it.
	takes_at_most $((223 + maps)) 'container --privileged -- /bin/true'
	[ "$(grep -c mountinfo calls)" = 0 ]
	# Thirty of these take as many capabilities out of the bounding set.
	# Three of these lower limits, four read and write the score of the OOM killer.
	takes_at_most $((301 + maps)) 'container --without limits -- /bin/true'
	# A group takes 13 to be made, noted, entered and removed, and three for each limit in it; cgroup v1
	# has three hierarchies. Where they are is looked at once, two calls for each and for the freezer, one for each
	# other that might lie in such a place, and what is made on the host is noted in a file.
	takes_at_most $((386 + maps)) 'container -- /bin/true'
	# The child reads what it is to be, and its program, where the shell has them; the janitor hears of nothing.
	[ "$(grep -c 'recvmsg(' calls)" = 0 ]
	[ "$(grep -c 'exec[a-z]*(' calls)" = 2 ]
}

@test "where no descriptor of the shell can be had, the child is the janitor's" {
	need_counts
	run strace -f -qq -o calls -e trace=execveat,pidfd_open -e inject=pidfd_open:error=ENOSYS \
		"$STAVE" -q -c 'container -- /bin/sh -c "exit 7"' 3>&- 4>&-
	[ "$status" = 7 ]
	grep -q stave-janitor calls
}

# What a container of /bin/true touches for the first time or copies, in all processes until the last has ended.
@test "it touches few pages" {
	need_counts
	need_tool python3
	cat >faults.py <<-'END'
		import resource, struct, subprocess, sys
		with open(sys.argv[1], "rb") as program:
		    if struct.unpack("<H", program.read(18)[16:])[0] != 2:
		        sys.exit(77)
		def faults():
		    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
		    subprocess.run(sys.argv[1:], check=True, stdin=subprocess.DEVNULL)
		    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before
		print(min(faults() for _ in range(3)))
	END
	stave -q -c 'container -- /bin/true'
	run python3 faults.py "$STAVE" -q -c 'container -- /bin/true'
	[ "$status" != 77 ] || skip 'the program is not linked to a fixed address'
	[ "$status" = 0 ] || complain 'no container'
	# Three processes that share their memory; their program relocates no table.
	[ "$output" -le 165 ] || complain "$output page faults"
}

# The kernel maps 16 pages of a file around each that is touched: what is executed lies together.
@test "its shell takes at most 2 MiB of memory" {
	need_counts
	readelf -SW "$STAVE" | grep -q ' \.text\.first ' || skip 'the linker took no order: see scripts/order'
	local shell most
	mkfifo end
	stave -q -c 'container -- /bin/true'
	"$STAVE" -q -c 'container -i -- /bin/cat' <end >said 3>&- 4>&- &
	shell=$!
	exec {writing}>end
	echo here >&$writing
	await grep -q here said
	most=$(sed -nE 's/^VmHWM:\s+([0-9]+) kB/\1/p' "/proc/$shell/status")
	exec {writing}>&-
	wait $shell
	[ "$most" -le 2048 ] || complain "$most KiB"
}

@test "a volume and limits that are asked for take a few calls more" {
	need_counts
	local count plain
	mkdir given
	stave -q -c 'container -- /bin/true'
	count_calls 'container -- /bin/true'
	plain=$count
	# One sees what is given and what lies in its place, the other mounts it.
	count_calls "container -v $PWD/given:/given -- /bin/true"
	[ "$count" -le $((plain + 12)) ] || complain "$count system calls, and $plain without a volume"
	stave -q -c 'cgroup pids 10' 2>/dev/null || skip 'no group can be made here'
	# Other values, and nothing besides.
	local asked
	for asked in '--cpus 0.5' '--memory 64M --pids-limit 100' '--memory 64M --cpu 50% --pids-limit 100'; do
		count_calls "container $asked -- /bin/true"
		[ "$count" -le $((plain + 2)) ] || complain "$asked: $count system calls, and $plain without limits asked for"
	done
}

groups_made() { # LINE
	"$STAVE" --json -n -c "$1" | jq -s '[.[].ops[]?.call | select(test("^mkdir\\(\".*/stave-[0-9]+-[0-9]+\""))] | length'
}

# cgroup v1 counts the time of the CPU in a hierarchy of its own, and the group there costs as much as one that limits.
@test "what a limited container uses of the CPU is counted where it stays and can be looked at" {
	need_union
	stave -q -c 'cgroup cpu 50%' 2>/dev/null || skip 'no group can be made here'
	local stays
	works -q -c 'container --cpus 0.5; cgroup stat'
	grep -qE 'cpuacct\.usage|cpu\.stat usage_usec' <<<"$output"
	stays=$(groups_made 'container --cpus 0.5')
	[ "$stays" -gt 0 ]
	[ "$(groups_made 'container --cpus 0.5 -d -- sleep 30')" = "$stays" ]
	[ "$(groups_made 'container --cpus 0.5 -- sleep 30')" = "$(groups_made 'container -- sleep 30')" ]
}

@test "its calls do not grow with the mounts of the host" {
	need_root
	need_counts
	# Each of these binds shows twice as many mounts as the one before.
	local count few many='mount -t tmpfs many "$1" && for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		mkdir "$1/$i" && mount --rbind "$1" "$1/$i"; done && shift && exec "$@"'
	mkdir many
	stave -q -c 'container -- /bin/true'
	count_calls 'container -- /bin/true' unshare --mount
	few=$count
	count_calls 'container -- /bin/true' unshare --mount sh -c "$many" - "$PWD/many"
	[ "$count" -le $((few + 3)) ] || complain "$count system calls, and $few with few mounts"
	[ "$(grep -c mountinfo calls)" = 0 ]
}

@test "its calls grow little with the sessions that are open: who holds a journal is not read" {
	need_counts
	need_tool python3
	stave -q -c 'cgroup pids 10' 2>/dev/null || skip 'only what makes something on the host has a journal'
	stave -q -c 'container -- /bin/true'
	local count plain
	count_calls 'container -- /bin/true'
	plain=$count
	# Each of them has a container, and is held open by the command's own end.
	cat >beside.py <<-'END'
		import subprocess, sys
		shells = [subprocess.Popen([sys.argv[1], "-q"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
		          for _ in range(int(sys.argv[2]))]
		for shell in shells:
		    shell.stdin.write("container\nrun echo here\n")
		    shell.stdin.flush()
		ready = [shell.stdout.readline() == "here\n" for shell in shells]
		status = subprocess.call(sys.argv[3:])
		for shell in shells:
		    shell.stdin.close()
		sys.exit(max([status, not all(ready)] + [shell.wait() for shell in shells]))
	END
	count_calls 'container -- /bin/true' timeout "$(deadline 120)" python3 beside.py "$STAVE" 50
	[ "$(grep -c 'journal", O_RDONLY' calls)" -ge 50 ]
	[ "$count" -le $((plain + 50 * 4)) ] || complain "$count system calls, and $plain alone"
}

# The folder in which the dry run makes the first group of a container.
first_group() { # COMMAND...
	run --separate-stderr "$@" "$STAVE" --json -n -c 'container -- true' 3>&- 4>&-
	pick '[.[].ops[]?.call | capture("^mkdir\\(\"(?<folder>.*)/stave-[0-9]+-[0-9]+\"")][0].folder // ""'
}

@test "groups are found where another mount covers their usual place" {
	need_root
	local usual cover='mount --bind "$1" elsewhere && mount -t tmpfs none "$1" && shift && exec "$@"'
	usual=$(first_group env)
	[ -n "$usual" ] || skip 'no group can be made here'
	mkdir elsewhere
	[ "$(first_group unshare --mount sh -c "$cover" - "$usual")" = "$PWD/elsewhere" ]
}

@test "a hierarchy at the place of another one is not taken for it" {
	need_root
	[ -e /sys/fs/cgroup/cpu/cpu.shares ] && [ -e /sys/fs/cgroup/memory/memory.failcnt ] || skip 'cgroup v1'
	mkdir elsewhere
	[ "$(first_group unshare --mount sh -c 'mount --bind /sys/fs/cgroup/cpu elsewhere &&
		mount --bind /sys/fs/cgroup/memory /sys/fs/cgroup/cpu && exec "$@"' -)" = "$PWD/elsewhere" ]
}

@test "a full writable layer is ENOSPC inside, and nothing else: --storage, and half of the memory" {
	need_tool busybox
	works -q -c 'container --storage 4M -- sh -c "dd if=/dev/zero of=/full bs=1M count=8; echo status $?; rm /full; echo new >/after && cat /after"'
	says 'status 1'
	says new
	others_complain 'No space left on device'
	works -q -c 'container --storage 4M -- sh -c "i=0; while [ \$i -lt 3000 ] && echo >/\$i; do i=\$((i + 1)); done; [ \$i -lt 3000 ] && echo full"'
	says full
	works --json -c 'container --storage 4M -- true'
	holds 'any(.[].ops[]?; .call | contains("size=4194304"))'
	works --json -n -c 'container -- true'
	if pick '.[].ops[]?.call' | grep -q 536870912; then
		holds 'any(.[].ops[]?; .call | contains("size=268435456"))'
	fi
	fails 125 -q -c 'container --storage 4X -- true'
	fails 125 -q -c 'container --storage 1 -- true'
}

@test "without control groups a user namespace counts its own processes: RLIMIT_NPROC" {
	need_user
	need_userns
	! stave -q -c 'cgroup pids 10' 2>/dev/null || skip 'control groups can be made'
	printf '%s\n' 5.14 "$(uname -r)" | sort -CV || skip 'since Linux 5.14'
	works -q -c 'container -- sh -c "ulimit -u; ulimit -u 100000 || echo fixed"'
	says 256
	says fixed
	works -q -c 'container --pids max -- sh -c "ulimit -u"'
	says_not 256
}

@test "docker's numbers for no limit are none" {
	works --json -n -c 'container --cpus 0 --memory 0 --pids-limit -1 -- true; container --cpus max --memory max --pids max -- true; container --pids-limit 0 --cpus 0.0 -m 0 -- true'
	holds '[.[].ops | map(.call | gsub("stave-[0-9]+-[0-9]+"; ""))] | unique | length == 1'
	for line in '--cpus -1' '--cpus x' '--pids-limit -2' '--memory -1'; do
		fails 125 -n -c "container $line -- true"
		errs limit.value
	done
}
