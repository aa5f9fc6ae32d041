#!/usr/bin/env bats
# seccomp learn, audit, export: what a program calls, as a filter. What a filter does is asked of the kernel.
load common

prepare() {
	need_userns
	export XDG_DATA_HOME=$WORK/data
}

# A child in which a listener may be had: an ordinary user needs a user namespace of its own.
inside() {
	is_root || printf 'unshare user; '
}

# The applets of busybox that are learned, with what they are given.
applets() {
	cat >"$WORK/text" <<<$'b 2\na 1'
	cat <<-END
		ls $WORK
		cat $WORK/text
		head $WORK/text
		tail $WORK/text
		sort $WORK/text
		uniq $WORK/text
		wc $WORK/text
		cut -c1 $WORK/text
		grep a $WORK/text
		sed s/a/c/ $WORK/text
		awk {print} $WORK/text
		md5sum $WORK/text
		sha256sum $WORK/text
		od $WORK/text
		hexdump $WORK/text
		rev $WORK/text
		tac $WORK/text
		nl $WORK/text
		fold $WORK/text
		expand $WORK/text
		stat $WORK/text
		du $WORK/text
		basename $WORK/text
		dirname $WORK/text
		echo said
		printf said
		seq 3
		expr 1 + 2
		true
		uname
		id
	END
}

@test "thirty applets run behind the filter that was learned of each, and a call outside of it fails" {
	need_tool busybox
	local line name count=0
	while read -r line; do
		busybox --list | grep -qx "${line%% *}" || continue
		name=of-${line%% *} count=$((count + 1))
		cat >>script <<-END
			seccomp learn $name -- busybox $line
			seccomp $name
			run busybox $line
			run busybox mkdir made
			undo
		END
	done < <(applets)
	[ "$count" -ge 30 ]
	run --separate-stderr stave --json -k -c "$(inside)
$(cat script)"
	holds --argjson count "$count" '[.[] | select(.trace.profile)] | length == $count and all(.status == 0)'
	holds --argjson count "$count" '[.[] | select(.command == "run" or (.line // "" | startswith("run")))] |
		[.[] | select(.line | test("mkdir") | not)] | length == $count and all(.status == 0)'
	[ ! -e made ]
}

@test "the names are those that strace sees" {
	need_tool strace
	need_tool busybox
	strace -o /dev/null true 2>/dev/null || skip 'ptrace(2) is forbidden here'
	local line
	while read -r line; do
		# shellcheck disable=SC2086
		env -i PATH="$PATH" HOME=/ TERM=dumb strace -f -o seen busybox $line >out 2>&1 || true
		works --json -c "seccomp learn --fresh one -- busybox $line"
		sed -En 's/^([0-9]+ +)?([a-z_0-9]+)\(.*/\2/p' seen | sort -u >theirs
		pick '.[-1].trace.seen | to_entries[0].value | keys[]' | sort -u >ours
		diff theirs ours || complain "$line"
	done < <(applets | head -n 10)
}

@test "a profile grows over runs, begins again with --fresh, stays for the next session, and goes" {
	works --json -c "$(inside)seccomp learn mine -- true; seccomp learn mine -- ls /"
	holds '[.[] | select(.trace) | .trace] | .[0].runs == 1 and .[1].runs == 2 and .[1].calls > .[0].calls and
		.[1].added == .[1].calls - .[0].calls'
	works --json -c "$(inside)seccomp learn mine -- true"
	holds '.[-1].trace | .runs == 3 and .added == 0'
	[ "$(stat -c %a data/stave/seccomp/mine.json)" = 600 ]
	works -c seccomp
	says -r 'mine +[0-9]+ +3'
	works --json -c "$(inside)seccomp learn --fresh mine -- true"
	holds '.[-1].trace | .runs == 1'
	works -c 'seccomp rm mine'
	fails 1 -c 'seccomp rm mine'
	errs profile.absent
	fails 1 -c 'seccomp mine'
	errs profile.absent
}

@test "names: one rule, and the subcommands keep theirs" {
	local name
	for name in ../x a/b -- docker show 7; do
		fails 125 -c "seccomp learn $name -- true" || fails 1 -c "seccomp learn -- $name -- true"
	done
	[ ! -e data/stave/seccomp ]
}

@test "what is not a profile is refused, and a damaged one can be removed" {
	mkdir -p -m 700 data/stave/seccomp
	local text
	for text in '' '{' '[]' '{"runs": 1}' '{"runs": -1, "calls": {}}' '{"runs": 1, "calls": {"x86_64": [9999]}}' \
		'{"runs": 1, "calls": {"nosuch": ["read"]}}' '{"runs": 1, "calls": {"x86_64": [{}]}}'; do
		printf '%s' "$text" >data/stave/seccomp/bad.json
		fails 1 -c 'unshare user; seccomp bad'
		errs profile.form
		fails 125 -c "unshare user; seccomp learn bad -- touch $WORK/ran"
		errs profile.form
		[ ! -e "$WORK/ran" ]
	done
	works -c 'unshare user; seccomp learn --fresh bad -- true; seccomp learn bad -- true'
	works -c 'seccomp; seccomp rm bad'
	mkfifo data/stave/seccomp/pipe.json
	fails 1 -c 'seccomp pipe'
}

@test "a program that forks, has threads, ends by a signal, is stopped, cannot begin" {
	works --json -c "$(inside)seccomp learn a -- sh -c 'ls / >/dev/null; (true); true | cat'"
	holds '.[-1].trace.seen[] | has("execve") and (has("wait4") or has("waitid"))'
	fails 143 --json -c "$(inside)seccomp learn b -- sh -c 'kill -TERM \$\$'"
	holds '.[-1].trace.profile == "b"'
	fails 3 -q -c "$(inside)seccomp learn c -- sh -c 'exit 3'"
	fails 127 --json -c "$(inside)seccomp learn d -- /nowhere/at-all"
	holds '.[-1].ok == false and .[-1].trace == null'
	[ ! -e data/stave/seccomp/d.json ]
	need_tool python3
	works --json -c "$(inside)seccomp learn t -- python3 -c 'import threading; t = threading.Thread(target=print); t.start(); t.join()'"
	holds '.[-1].trace.seen[] | has("clone3") or has("clone")'
}

@test "what it leaves running ends with it, also what ignores TERM" {
	works -q -c "$(inside)seccomp learn a -- sh -c 'trap \"\" TERM; sleep 301 & echo \$! >pid'"
	run ! kill -0 "$(cat pid)"
}

@test "the shell killed: nobody is left" {
	"$STAVE" -q -c "$(inside)seccomp learn a -- sh -c '(while :; do :; done) & sleep 302 & echo \$! >pid; wait'" 3>&- 4>&- &
	local shell=$!
	await test -s pid
	kill -9 "$shell"
	await is_gone "$(cat pid)"
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }

@test "a filter of the child's own is asked first, and what it refuses is seen" {
	works --json -c "unshare user; seccomp deny mkdir; seccomp learn a -- sh -c 'mkdir made; true'"
	holds '.[-1].trace | .by == "ptrace" and (.seen[] | has("mkdir"))'
	[ ! -e made ]
}

@test "a listener serves a program that traces another, and sees the same calls" {
	works --json -c "unshare user; seccomp learn a -- ls /; seccomp learn --listener b -- ls /"
	holds '[.[] | select(.trace) | .trace] | .[0].by == "ptrace" and .[1].by == "listener" and .[0].seen == .[1].seen'
	works --json -c "unshare user; seccomp deny mkdir; seccomp learn --listener a -- true"
	holds '.[-1].trace.by == "ptrace"'
	need_tool strace
	works --json -c "unshare user; seccomp learn --listener b -- strace -o seen true"
	holds '.[-1].trace.seen[] | has("ptrace") and has("exit_group")'
	grep -q execve seen
}

@test "a listener that is killed with its shell leaves nobody, nor what the program leaves running" {
	works -q -c "unshare user; seccomp learn --listener a -- sh -c 'trap \"\" TERM; sleep 301 & echo \$! >pid'"
	run ! kill -0 "$(cat pid)"
	rm pid
	"$STAVE" -q -c "unshare user; seccomp learn --listener a -- sh -c '(while :; do :; done) & sleep 302 & echo \$! >pid; wait'" 3>&- 4>&- &
	local shell=$! listener
	await test -s pid
	listener=$(pgrep -P "$shell" -f stave-listener)
	kill -9 "$shell"
	await is_gone "$listener"
	await is_gone "$(cat pid)"
}

@test "audit refuses nothing, and names exactly what the filter then does" {
	need_tool unshare
	works --json -c "unshare user; caps docker; seccomp audit docker -- unshare -U true"
	holds '.[-1].trace | .policy == "docker" and (.refused | map(.call) == ["unshare"]) and .refused[0].errno == "EPERM" and .sys_admin == false'
	# Who has the capability is let through, and told so.
	works --json -c "unshare user; seccomp audit docker -- unshare -U true"
	holds '.[-1].trace | .refused == [] and .sys_admin'
	works --json -c "$(inside)seccomp learn a -- true; seccomp audit a -- mkdir made"
	holds '.[-1].trace.refused | map(.call) | index("mkdir") != null and index("execve") == null'
	[ -d made ]
	works --json -c "$(inside)seccomp learn a -- mkdir made2; seccomp audit a -- mkdir made3"
	holds '.[-1].trace.refused == []'
	fails 125 -c 'seccomp audit nosuch -- true'
	errs profile.absent
}

@test "a container behind a profile: what was learned works, the rest does not" {
	need_tool busybox
	works --json -c "$(inside)seccomp learn a -- busybox echo said; container --security-opt seccomp=a busybox echo said"
	holds '.[-1] | .status == 0 and ([.ops[] | select(.op == "seccomp")] | length == 1)'
	run --separate-stderr stave -q -c 'container --security-opt seccomp=a busybox mkdir /tmp/made'
	[ "$status" != 0 ]
	fails 125 -c 'container --security-opt seccomp=nosuch true'
	errs profile.absent
	fails 125 -c 'container --security-opt seccomp=./a.json true'
	fails 125 -c 'container --security-opt seccomp= true'
}

@test "export: the kernel's own form does in bwrap what it does here" {
	need_tool bwrap
	bwrap --ro-bind / / true 2>/dev/null || skip 'bwrap does not work here'
	works -c "$(inside)seccomp learn a -- ls /; seccomp export a bpf $PWD/a.bpf"
	bwrap --bind / / --seccomp 9 ls / 9<a.bpf >out
	grep -x usr out
	run bwrap --bind / / --seccomp 9 mkdir "$PWD/made" 9<a.bpf
	[ "$status" != 0 ]
	[ ! -e made ]
}

@test "export for docker, and loaded again: the filter has the same answers" {
	local name
	works -k --json -c "seccomp learn a -- busybox ls /; seccomp export a docker $PWD/a.json"
	works -k --json -c "container --security-opt seccomp=$PWD/a.json busybox ls /"
	holds '.[-1] | .status == 0 and ([.ops[] | select(.op == "seccomp")] | length == 1)'
	run --separate-stderr stave -q -c "container --security-opt seccomp=$PWD/a.json busybox mkdir /tmp/made"
	[ "$status" != 0 ]
	run --separate-stderr stave -q -c "container --security-opt seccomp=$PWD/a.json busybox hostname"
	local by_file=$status
	run --separate-stderr stave -q -c 'container --security-opt seccomp=a busybox hostname'
	[ "$status" = "$by_file" ]
	works -c "seccomp export docker docker $PWD/d.json"
	for name in "$PWD/d.json" "$PWD/none.json"; do
		fails 125 -c "container --security-opt seccomp=$name busybox ls /"
		errs profile.form
	done
	fails 125 -c 'container --security-opt seccomp=/dev/null busybox ls /'
	errs path.kind
}

@test "export: JSON, which says what the profile says; FILE is written whole or not at all" {
	works -c "$(inside)seccomp learn a -- ls /; seccomp export a docker a.json; seccomp export a oci o.json; seccomp export docker docker d.json; seccomp export docker oci do.json"
	jq -e '.defaultAction == "SCMP_ACT_ERRNO" and (.architectures | length > 0) and
		([.syscalls[].names[]] | index("getdents64") != null and index("mount") == null)' a.json
	jq -e '.syscalls | all(.action == "SCMP_ACT_ALLOW")' o.json
	jq -e '[.syscalls[] | select(.names | index("mount"))][0].includes.caps == ["CAP_SYS_ADMIN"]' d.json
	jq -e '[.syscalls[] | select(.names == ["ioctl"]) | .args[0]] | any(.op == "SCMP_CMP_LT" and .value == 21522) and
		any(.op == "SCMP_CMP_GT" and .value == 21532) and all(.value != 21522 or .op != "SCMP_CMP_EQ")' d.json
	jq -e '[.syscalls[] | has("includes") or has("excludes")] | any | not' do.json
	mkdir folder
	fails 1 -c 'seccomp export docker docker folder'
	fails 1 -c 'seccomp export docker docker nowhere/file'
	ln -s a.json link
	works -c 'seccomp export docker docker link'
	[ -L link ]
	jq -e . a.json
}

@test "where a profile cannot be written it is told why" {
	run --separate-stderr stave -k --json -c "seccomp export docker docker $WORK/nosuch/file
seccomp export docker docker /proc/nosuch
seccomp export docker docker $WORK/profile"
	holds '.[0].error | .cause == "file.missing" and (.fix | endswith("mkdir -p '"$WORK"'/nosuch"))'
	holds '.[1].error | .errno == "ENOENT" and .cause == "file.fixed-names"'
	holds '.[2].ok'
}
