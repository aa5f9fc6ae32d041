#!/usr/bin/env bats
# What is taken back, and what goes with it. The kind: a call that failed, or an undo, ended the child
# with its jobs and its files in memory where the calls could have been undone one by one.
load common

prepare() {
	need_userns
	mkdir A B C t
	touch A/a B/b
	BEGIN="$(is_root && echo 'unshare mnt pid uts' || echo 'unshare user mnt pid uts')
mount tmpfs t
spawn sleep 300
run sh -c 'echo x >t/written'"
}

# story LINE...: the beginning and these lines, going on where one fails
story() {
	run --separate-stderr stave --json -k <<<"$BEGIN
$(printf '%s\n' "$@")
run cat t/written
jobs"
	holds 'length > 5'
}

# The child, its job and its file in memory are those of the beginning.
kept_all() {
	holds '.[0].pid == .[-1].pid and .[-2].output == "x\n"'
	holds '.[-1].output | test("ended") | not'
}

@test "a line that fails is taken back in place: mount, union, bind, masks, folders" {
	local line
	for line in "union A A C" "mount nothing C" "bindmount A/a new/here/file/; union C C C" \
		"union A $WORK/t $WORK/t C"; do
		story "$line"
		holds 'any(.[]; .ok == false)'
		holds 'all(.[]; .incomplete | not)'
		kept_all
	done
	[ ! -e new ]
}

@test "undo goes back in place: mount, union, bind, host name, redo brings it again" {
	story 'mount tmpfs C' 'hostname box' 'bindmount A made/here --ro' 'union A B C' 'undo 4' 'redo 4' \
		'undo' 'run ls C' 'undo 3' 'ns host'
	kept_all
	holds '[.[] | select(.line == "redo 4")][0].mountinfo.total ==
		[.[] | select(.line == "union A B C")][0].mountinfo.total'
	holds '[.[] | select(.line == "ns host")][0].mountinfo.total == .[1].mountinfo.total'
	holds '[.[] | select(.line == "run ls C")][0].output == ""'
	[ ! -e made ]
}

@test "undo of a control group moves the child back and ends none of its jobs" {
	need_root
	grep -q cgroup /proc/mounts || skip 'no control groups are mounted'
	story 'cgroup cpu 50000' 'undo' 'redo' 'undo'
	holds '[.[] | select(.line | startswith("cgroup"))][0].ok' || skip 'no cpu controller for root here'
	kept_all
}

@test "files in memory that undo itself takes away are listed" {
	story 'mount tmpfs C' "run sh -c 'echo y >C/lost'" 'undo'
	kept_all
	holds '[.[] | select(.line == "undo")][0].output | contains("C/lost")'
	holds '[.[] | select(.line == "undo")][0].output | contains("t/written") | not'
}

@test "a replay lists the jobs and the files in memory that it costs" {
	story 'unshare ipc' 'undo'
	holds '[.[] | select(.line == "undo")][0] | .ok and (.output | contains("job 1") and contains("t/written"))'
	holds '.[0].pid != .[-1].pid'
	story 'reset'
	holds '[.[] | select(.line == "reset")][0].output | contains("job 1") and contains("t/written")'
}

@test "files in memory that a chroot has put out of sight are listed, those below it by its own names" {
	mkdir A/in
	story 'mount tmpfs C' 'bindmount A C/root' 'mount tmpfs C/root/in' \
		"run sh -c 'echo y >C/out; echo z >C/root/in/z'" 'chroot C/root' 'unshare ipc' 'undo'
	holds '[.[] | select(.line == "undo")][0] | .ok and (.output | contains("C/out") and contains("file /in/z") and contains("t/written"))'
}

@test "memory that another mount covers may have files, and a file system that is seen in two places is listed once" {
	story 'mount tmpfs C' "run sh -c 'echo y >C/below'" 'mount tmpfs C' 'bindmount t B' 'unshare ipc' 'undo'
	holds '[.[] | select(.line == "undo")][0].output | contains("perhaps") and contains("/C:")'
	holds '[.[] | select(.line == "undo")][0].output | [match("written"; "g")] | length == 1'
}

@test "an undo whose replay fails has named what it cost" {
	story 'mount tmpfs C' 'run mkdir C/made' 'mount tmpfs C/made' 'unshare ipc' 'undo'
	holds '[.[] | select(.line == "undo")][0] | .ok == false and (.output | contains("job 1") and contains("t/written"))'
}

# A line whose first call, unshare(2), nothing undoes, and whose next one fails: the offset is too far.
LATE='unshare time --boottime -999999999'

# Steps of which the second cannot be repeated once its folder is gone.
fragile() { # LINE...
	mkdir -p gone here
	run --separate-stderr stave --json -k <<<"$(first)unshare mnt
bindmount $WORK/gone $WORK/here
unshare uts
hostname fallen
$(printf '%s\n' "$@")"
}

fell() { # LINE
	holds "[.[] | select(.line | startswith(\"$1\"))][0] | .ok == false and .fallen.id == \"mount.ENOENT\" and
		.fallen.because == .fallen.steps[0].step and all(.fallen.steps[]; .child == \"main\") and
		([.fallen.steps[].line | split(\" \")[0]] == [\"bindmount\", \"unshare\", \"hostname\"])"
}

@test "steps that fall because a replay fails are named, and redo has them" {
	fragile 'unshare ipc' "!rmdir $WORK/gone" 'undo' "!mkdir $WORK/gone" 'redo 3' 'run uname -n' 'undo'
	fell undo
	holds '[.[] | select(.line == "redo 3")][0] | .ok and (has("fallen") | not)'
	holds '[.[] | select(.line == "run uname -n")][0].output == "fallen\n"'
	holds '.[-1].ok and (.[-1] | has("fallen") | not)'
}

@test "so are those that fall because a failing line is taken back" {
	[ -e /proc/self/ns/time ] || skip 'no time namespaces here'
	fragile "!rmdir $WORK/gone" "$LATE" "!mkdir $WORK/gone" 'redo 3' 'ns host'
	fell 'unshare time'
	holds '[.[] | select(.line == "redo 3")][0].ok and .[-1].ns.uts.own'
}

@test "steps that fall with their child are named as well" {
	fragile "spawn sh -c 'sleep 0.3; kill -9 \$PPID'" '!sleep 1' 'ns'
	holds '[.[] | select(.fallen)] | length == 1 and .[0].fallen.because == 0 and (.[0].fallen.steps | length) >= 4'
}

@test "what lies in a mount namespace that the child has joined stays, and is not listed as lost" {
	works -y --json -c 'container -d --name box -- sleep 60
setns box all
run touch /dev/shm/kept
undo
exec box ls /dev/shm'
	holds '[.[] | select(.line == "undo")][0] | .ok and (.output | contains("in memory") | not)'
	holds '.[-1].output == "kept\n"'
}

@test "what the steps themselves make in memory is not listed as lost" {
	story 'bindmount A t/made/here' 'unshare ipc' "run rm t/written" 'kill %1' 'run sleep 0.2' 'undo'
	holds '[.[] | select(.line == "undo")][0].output | contains("in memory") | not'
}

@test "in a script a failing line leaves its calls where to take them back would cost something" {
	[ -e /proc/self/ns/time ] || skip 'no time namespaces here'
	story "$LATE"
	kept_all
	holds '[.[] | select(.incomplete)] | length == 1 and .[0].ok == false and .[0].step > 0'
	holds '[.[] | select(.incomplete)][0].note | contains("job 1") and contains("t/written")'
	holds '[.[] | select(.incomplete)][0].ns.time_for_children.changed'
	# The status is 1, and undo takes the rest of it back, naming what goes.
	printf '%s\n' "$BEGIN" "$LATE" >script
	fails 1 -q script
	story "$LATE" 'undo' "save $WORK/saved"
	holds '[.[] | select(.line == "undo")][0] | .ok and (.output | contains("job 1"))'
	story "$LATE" "save $WORK/saved"
	works -q saved
}

@test "with --yes, and where nothing is lost, a failing line is taken back by a replay" {
	[ -e /proc/self/ns/time ] || skip 'no time namespaces here'
	works_not "$LATE" --yes "$BEGIN"
	works_not "$LATE" -k "$(head -n 2 <<<"$BEGIN")"
}

works_not() { # LINE OPTION BEGINNING
	run --separate-stderr stave --json -k "$2" <<<"$3
$1
ns host"
	holds '.[-2].ok == false and (.[-2].incomplete | not)'
	holds '.[0].pid != .[-1].pid'
	holds '.[-1].ns.time_for_children.own | not'
}
