#!/usr/bin/env bats
# The story: steps, undo, redo, reset, save, source, plan, history.
load common

prepare() {
	need_userns
	mkdir m
	first="$(first)unshare uts mnt; "
}

@test "steps lists what was done, undone steps included" {
	works -q -c "${first}hostname one; hostname two; undo; steps"
	says 'hostname one'
	says -r 'hostname two +\(undone\)'
	works -q -c steps
	says 'no steps yet'
}

@test "what only looks, fails or is refused is no step" {
	run --separate-stderr stave -k -q -c "${first}ns; status; nonsense; mount nosuchfs /; run true; hostname a b; steps"
	says -r "[0-9]  unshare uts mnt\$"
	says_not 'nosuchfs'
	says_not nonsense
	says_not -r '[0-9]  run true'
}

@test "undo takes back the last step, or several" {
	works -q -c "${first}hostname one; hostname two; undo; run uname -n"
	says -r $'one$'
	works -q -c "${first}hostname one; hostname two; undo 2; run uname -n"
	says -r "$(uname -n)\$"
	works --json -c "${first}mount tmpfs $WORK/m; undo"
	holds '.[-1].mountinfo.total == .[-3].mountinfo.total'
	works --json -c "unshare user; undo"
	holds '.[-1].ns | all(.[]; .own | not)'
}

@test "undo further than the beginning is refused and changes nothing" {
	run --separate-stderr stave -k -q -c "${first}hostname one; undo 99; run uname -n"
	complains -r 'only [0-9]+ step'
	says -r $'one$'
	for line in undo 'undo 0' redo 'redo 0'; do
		fails 1 --json -c "$line"
		holds '.[-1].error.id == "story.end"'
	done
}

@test "redo brings back, until another step is taken" {
	works -q -c "${first}hostname one; hostname two; undo 2; redo; run uname -n; redo; run uname -n"
	[[ $output == *$'one\n'*$'\ntwo' ]]
	fails 1 -q -c "${first}hostname one; undo; hostname other; redo"
	errs story.end
	fails 1 -q -c "${first}hostname one; undo 2; redo 2; redo"
	errs story.end
	fails 1 -q -c redo
}

@test "reset starts again with a fresh child" {
	works --json -c "${first}hostname one; reset; steps"
	holds '.[-1].output | contains("no steps yet")'
	holds '.[-2].ns | all(.[]; .own | not)'
	works -q -c "${first}hostname one; reset; ${first}hostname three; run uname -n"
	says -r $'three$'
}

@test "after undo of an unshare the child is another process, and ids may differ: what counts is the same" {
	works --json -c "${first}mount tmpfs $WORK/m; unshare ipc; undo; redo"
	holds '.[-1].pid != .[-3].pid'
	holds '(.[-1].ns | map_values(.own)) == (.[-3].ns | map_values(.own))'
	holds '.[-1].mountinfo.total == .[-3].mountinfo.total'
}

@test "files that a program wrote on the host stay, and undo says so" {
	works -c "${first}run touch $WORK/written; undo"
	[ -e written ]
	works -c "${first}mount tmpfs $WORK/m; run sh -c 'mount -t tmpfs tmpfs $WORK/m'; undo; redo"
	says -r 'not repeated|what a program did'
}

@test "a line that fails half way leaves nothing of itself" {
	mkdir A
	works -q -c "${first}hostname kept"
	run --separate-stderr stave --json -k -c "${first}hostname kept; union $WORK/A $WORK/A $WORK/m; run uname -n"
	holds '.[-2].ok == false and .[-2].mountinfo.added == []'
	holds '.[-1].output == "kept\n"'
	holds '.[-1].mountinfo.total == .[-3].mountinfo.total'
}

@test "save writes a script that does the same, and source plays it" {
	works -q -c "${first}mount tmpfs $WORK/m -o size=1m; hostname 'a b' ; save $WORK/story"
	says 'saved'
	works --json -c "source $WORK/story"
	works --json story
	holds '.[-1].ns.uts.own and .[-1].ns.mnt.own'
	works -q -c "source $WORK/story; run uname -n; run sh -c 'grep -c $WORK/m /proc/self/mountinfo'"
	[ "$(tail -n 2 <<<"$output")" = $'a b\n1' ]
}

@test "save replaces a file as a whole, or leaves it alone" {
	echo old >story
	chmod 640 story
	works -q -c "${first}save $WORK/story"
	run ! grep -q old story
	[ "$(ls | grep -c story)" = 1 ]
	fails 1 -q -c "save $WORK/nowhere/story"
	complains ENOENT
	fails 1 -q -c "save $WORK"
	complains EISDIR
	mkfifo pipe
	fails 1 -q -c "save $WORK/pipe"
	is_root && return
	mkdir -m 500 closed
	fails 1 -q -c "save $WORK/closed/story"
	complains EACCES
}

@test "a full disk: save says so and the old file stays" {
	need_root
	# In mounts of its own: a lesson that runs beside this compares those of the host.
	run --separate-stderr timeout "$(deadline 60)" unshare --mount sh -euc 'mount -t tmpfs -o size=16k tmpfs m
		echo old >m/story
		head -c 60000 /dev/zero >m/filler || true
		status=0
		"$@" || status=$?
		[ "$(cat m/story)" = old ] && [ "$(ls m)" = "filler
story" ] || exit 99
		exit $status' - "$STAVE" -q -c "$(for i in {1..200}; do printf 'unshare uts; '; done) save $WORK/m/story" 3>&- 4>&-
	[ "$status" = 1 ] && complains ENOSPC
}

@test "source: a script that fails names its line; one that sources itself ends" {
	printf 'version\nnonsense\nversion\n' >bad
	fails 1 -q -c "source $WORK/bad; version"
	complains -r 'bad:2|line 2'
	[ "$(grep -c '^stave [0-9]' <<<"$output")" = 1 ]
	echo "source $WORK/again" >again
	fails 1 -q -c "source $WORK/again"
	complains 'nested'
}

@test "plan shows the calls of any step and performs none" {
	works -q -c "${first}plan mount tmpfs $WORK/m; run uname -n"
	says 'mount("tmpfs"'
	run ! grep -q "$WORK/m" /proc/self/mountinfo
	works --json -c "plan unshare uts"
	holds '.[-1].ops[0].call == "unshare(CLONE_NEWUTS)" and .[-1].ops[0].ok == null'
	holds '.[-1].ns.uts.own == false'
	works -q -c 'plan ns'
	says 'only looks'
	fails 1 -q -c 'plan hostname x'
	complains -r 'unshare (user )?uts'
}

@test "undo of what was made on the host: the cgroup goes and comes back" {
	need_root
	works --json -c 'cgroup cpu 20000; undo; redo; undo'
	holds 'all(.[]; .ok)'
	run ! sh -c 'find /sys/fs/cgroup -maxdepth 2 -name "stave-$$*" | grep .'
}

@test "a child that was killed from outside: told, and the story can be redone" {
	printf '%s\n' "$(first)unshare uts" 'hostname before' "!kill -9 \$(pgrep -P \$(pgrep -P \$PPID stave-janitor))" \
		'run uname -n' redo 'run uname -n' >script
	need_tool pgrep
	run --separate-stderr stave -k -q script
	complains -r 'died of signal 9|is gone'
}

@test "a step that cannot be repeated leaves those before it, and nothing of its own" {
	# What a program made is not repeated, and so the union finds no folders.
	works -q -k -c "$(first)unshare mnt; mount tmpfs /mnt; run mkdir /mnt/u /mnt/low; union /mnt/low /mnt/u
		unshare ipc; undo; mounts /mnt; steps" || [ "$status" = 1 ]
	complains 'union /mnt/low /mnt/u, cannot be repeated'
	says 'tmpfs'
	says 'union /mnt/low /mnt/u   (undone)'
}
