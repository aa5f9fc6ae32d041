#!/usr/bin/env bats
# kill -9 of anyone at any step, changes of the host itself, and bytes that only a terminal reads:
# the host is unharmed and so is the screen.
load common

prepare() {
	need_tool busybox
	need_userns
	chmod 755 "$WORK"
	mkdir -p place/{A,B/d,C,D,root,t}
	touch place/A/{a,x} place/B/{b,x}
}

# The walk from a bare process to a container, a step a line.
walk() {
	is_root && echo 'unshare mnt pid uts net ipc' || echo 'unshare user mnt pid uts net ipc'
	cat <<-'LINES'
		mount tmpfs t
		union A B C
		whiteout C/x
		bindmount A D
		bindmount B made/here
		rootfs busybox root
		mount proc root/proc
		pivot root
		hostname box
	LINES
	! is_root || echo 'cgroup cpu 20000'
	echo 'spawn sleep 300'
	is_root && echo 'container -d --name cask --cpu 20% -- sleep 300' ||
		echo 'container -d --name cask -- sleep 300'
}

# ---- a shell that is told one line after the other ----

begin() {
	cd "$WORK/place" || return 1
	rm -f ../lines ../answers
	mkfifo ../lines ../answers
	"$STAVE" --json -k <../lines >../answers 2>../complaints 3>&- 4>&- &
	SHELL_PID=$!
	exec 5>../lines 7<../answers
}

# tell LINE: $ANSWER is the object that it prints.
tell() {
	echo "$1" >&5
	IFS= read -r -t 10 ANSWER <&7 || complain "no answer to $1"
}

# Whether the last answer is ok, and what the jq filter is.
answered() {
	jq -e "$1" <<<"$ANSWER" >/dev/null || complain "not $1: $ANSWER"
}

# The shell has to end by itself with its input.
end() {
	exec 5>&-
	await has_ended || return 1
	wait "$SHELL_PID"
	[ $? != 137 ] || complain 'the shell was killed'
}

has_ended() { ! grep -q '^State:	[^XZ]' "/proc/${1:-$SHELL_PID}/status"; }

# The first N lines of the walk, each of which has to work.
go() {
	local line
	begin || return 1
	while read -r line <&6; do
		tell "$line" && answered .ok || return 1
	done 6< <(walk | head -n "$1")
}

# Pids of what the shell has started, and of itself, by what they are called.
called() {
	host_state | sed -n "s/^process \([0-9]*\) $1\$/\1/p"
}

# Everything is as it was, and so are the folders.
unharmed() { # N
	host_unharmed && await folders_are_as_before && return
	echo "after step $1: $(walk | sed -n "$1p")"
	find "$WORK/place"
	return 1
}

folders_are_as_before() {
	[ "$(cd "$WORK/place" && find . | sort | tr '\n' ' ')" = \
		'. ./A ./A/a ./A/x ./B ./B/b ./B/d ./B/x ./C ./D ./root ./t ' ]
}

# after_each_step COMMAND...: run when N steps of the walk stand, for each N; then look.
after_each_step() {
	local n count
	count=$(walk | wc -l)
	for ((n = 1; n <= count; n++)); do
		go "$n" && "$@" && unharmed "$n" || return 1
	done
}

kill_shell() {
	kill -9 "$SHELL_PID"
	exec 5>&-
	wait "$SHELL_PID" || [ $? = 137 ]
}

@test "kill -9 of the shell after each step: its janitor takes back what it made" {
	after_each_step kill_shell
}

program_runs() { [ -n "$(called sleep)" ]; }

# The shell is its parent then, and who waits for the shell's end has the shell's own memory.
@test "kill -9 of the shell while its first container runs: nothing is left, and the next start has nothing to do" {
	local line
	for line in 'container -- sleep 300' "container -v $WORK/place/A:/given --hostname box -- sleep 300"; do
		begin
		echo "$line" >&5
		await program_runs || return 1
		[ "$(called stave-janitor | wc -l)" = 1 ]
		kill_shell || return 1
		await host_unharmed || return 1
		run "$STAVE" -q -c ''
		[ "$status" = 0 ] && [ -z "$output" ] || complain 'something was left'
	done
}

@test "the first container in the foreground is stopped: it is a job, whose shell may be killed" {
	begin
	echo 'container -- sleep 300' >&5
	await program_runs || return 1
	kill -STOP "$(called sleep)"
	IFS= read -r -t 10 ANSWER <&7 || complain 'no answer'
	tell 'jobs' && answered '.output | test("sleep 300")'
	kill_shell || return 1
	await host_unharmed
}

kill_janitor() {
	kill -9 "$(called stave-janitor)" || return 1
	tell ns
	tell reset
	tell "$(walk | head -n 1)" && answered .ok && end
}

@test "kill -9 of the janitor after each step: the shell takes back and goes on" {
	after_each_step kill_janitor
}

# The last step's process may be a container's: ns tells the child's.
kill_child() {
	local child
	tell ns && child=$(jq .pid <<<"$ANSWER") || return 1
	kill -9 "$child" && await has_ended "$child" || return 1
	tell ns && answered '.ok | not' || return 1
	tell redo && end
}

@test "kill -9 of the child after each step: it is told, and the shell goes on" {
	after_each_step kill_child
}

kill_keeper() {
	kill -9 "$(called stave-keeper)" || return 1
	tell ns
	tell reset
	tell "$(walk | head -n 1)" && answered .ok && end
}

@test "kill -9 of the keeper of a pid namespace after each step: the shell goes on" {
	after_each_step kill_keeper
}

# Stopped first, so that nobody sees another one die.
kill_all() {
	local pids
	pids=$(called '.*')
	# shellcheck disable=SC2086 # a list
	kill -STOP $pids && kill -9 $pids
	exec 5>&-
	wait "$SHELL_PID" || [ $? = 137 ] || return 1
	works -q -c version
}

@test "kill -9 of all at once after each step: the next start takes back what they made" {
	after_each_step kill_all
}

# The kind: a folder made below a chroot by the child's successor was looked for below the host's root.
@test "folders made below a chroot by a successor: none is left at the end, nor by undo" {
	local lines own
	own=$(is_root || echo user)
	mkdir -p place/X
	for lines in '' 'undo' 'unshare pid
mount tmpfs more/deep'; do
		printf '%s\n' "unshare $own mnt pid" "chroot $WORK/place/X" 'mount tmpfs new/deep' "$lines" >script
		run "$STAVE" -q script
		[ "$status" = 0 ]
		[ -z "$(ls -A place/X)" ] || complain "left: $(find place/X)"
	done
}

# ---- sessions of other pid namespaces in one runtime folder ----

# beside COMMANDS: a session in a pid namespace of its own, with the same runtime folder. $BESIDE is the
# process around it, and `await [ -e ready ]` the time when its program runs.
beside() {
	local own=(unshare --mount --pid --fork --kill-child --mount-proc)
	is_root || own=(unshare --user --map-root-user --mount --pid --fork --kill-child --mount-proc)
	mkfifo hold
	"${own[@]}" "$STAVE" -q -c "$1; run sh -c '>$WORK/ready; read go <$WORK/hold'" 3>&- 4>&- &
	BESIDE=$!
	await [ -e ready ]
}

with_a_folder() {
	echo "$(is_root && echo 'cgroup pids 20; ')unshare mnt; bindmount $WORK/place/A $WORK/new"
}

@test "a session of another pid namespace is not taken for a killed one: nothing is swept, nobody ended" {
	beside "$(with_a_folder)"
	works -c version
	[ -z "$stderr" ]
	[ -d new ]
	compgen -G "$XDG_RUNTIME_DIR/stave/*.journal" >/dev/null
	echo go >hold
	wait "$BESIDE"
	[ ! -e new ]
	run ! compgen -G "$XDG_RUNTIME_DIR/stave/*.journal"
}

@test "a session that was killed with its pid namespace is swept from another" {
	beside "$(with_a_folder)"
	kill -9 "$BESIDE"
	wait "$BESIDE" || :
	await not_held_any
	[ -d new ]
	works -c version
	complains 'had left'
	[ ! -e new ]
}


@test "sessions of two pid namespaces with one number have two names" {
	beside "unshare mnt; union $WORK/place/A $WORK/place/C"
	local first
	first=$(compgen -G "$XDG_RUNTIME_DIR/stave/stave-*[0-9]")
	rm ready hold
	local before=$BESIDE
	beside "unshare mnt; union $WORK/place/A $WORK/place/D"
	[ "$(compgen -G "$XDG_RUNTIME_DIR/stave/stave-*[0-9]" | wc -l)" = 2 ]
	[ -d "$first" ]
	kill -9 "$before" "$BESIDE"
	wait "$before" "$BESIDE" || :
	await not_held_any
	works -c version
	[ -z "$(ls "$XDG_RUNTIME_DIR/stave" 2>/dev/null)" ]
}

not_held_any() {
	local file
	for file in "$XDG_RUNTIME_DIR"/stave/*.journal; do
		flock -n "$file" true || return 1
	done
}

# Journals of versions that did not write the namespace: "PID START" only.
@test "a journal that names no pid namespace is swept where nobody can be its session, else named once" {
	local boot start first
	read -r boot </proc/sys/kernel/random/boot_id
	[ "$(stat -Lc %i /proc/self/ns/pid)" = 4026531836 ] && first=1
	mkdir -m 700 run/stave new
	echo "stave-journal 1 $boot 4194303 77" >run/stave/stave-9.journal
	echo "make 0 rmdir $(stat -c '%d %i' new) $WORK/new -" >>run/stave/stave-9.journal
	works -c version
	if [ -n "${first-}" ]; then
		[ ! -e new ]
		[ ! -e run/stave/stave-9.journal ]
	else
		complains 'stave-9.journal'
	fi
	sleep 60 3>&- 4>&- &
	mkdir -p -m 700 run/stave
	read -r -a start <"/proc/$!/stat"
	echo "stave-journal 1 $boot $! ${start[21]}" >run/stave/stave-8.journal
	works -c version
	complains 'stave-8.journal'
	works -c version
	[ -z "$stderr" ]
	[ -e run/stave/stave-8.journal ]
	kill $!
	wait $! || :
	works -c version
	[ -z "${first-}" ] || [ ! -e run/stave/stave-8.journal ]
}

@test "what a killed session of another pid namespace left goes, but nobody's processes are ended" {
	need_root
	local top=/sys/fs/cgroup/pids group program boot
	[ -d $top ] || top=/sys/fs/cgroup
	group=$top/$OWN_GROUP
	mkdir "$group" new
	sleep 60 3>&- 4>&- &
	program=$!
	echo $program >"$group/cgroup.procs"
	mkdir -m 700 run/stave
	read -r boot </proc/sys/kernel/random/boot_id
	cat >run/stave/stave-9.journal <<-END
		stave-journal 1 $boot 9 1 1
		make 0 rmcgroup $(stat -c '%d %i' "$group") $group -
		make 1 rmdir $(stat -c '%d %i' new) $WORK/new -
	END
	works -c version
	complains "$group"
	kill -0 $program
	[ ! -e new ]
	[ -e run/stave/stave-9.journal ]
	kill $program
	wait $program || :
	works -c version
	[ ! -e "$group" ]
	[ ! -e run/stave ]
}

@test "what is looked at of the host: groups of one's own test, not those of a test beside it" {
	need_root
	local top=/sys/fs/cgroup/pids other=stave-e2e-${MARK}1 bench=stave-bench-1 own=stave-bench-$$
	[ -d $top ] || top=/sys/fs/cgroup
	mkdir "$top/$OWN_GROUP" "$top/$other" "$top/$bench" "$top/$own"
	run --separate-stderr "$REPOSITORY/tests/host-state" "$MARK"
	rmdir "$top/$OWN_GROUP" "$top/$other" "$top/$bench" "$top/$own"
	says "cgroup $top/$OWN_GROUP"
	says "cgroup $top/$own"
	says_not "$other"
	run ! grep -qx "cgroup $top/$bench" <<<"$output"
}

@test "what is looked at of the host: a folder of doctor's own that lives, where it is not the test's" {
	local place=/dev/shm/stave-doctor-$$.abcdef killed=/dev/shm/stave-doctor-999999999.abcdef
	mkdir "$place" "$killed"
	run --separate-stderr "$REPOSITORY/tests/host-state" "${MARK}1"
	rmdir "$place" "$killed"
	says_not "$place"
	says "file $killed"
}

# In namespaces of its own: nothing is made in the host's.
@test "what is looked at of the host: the names in its root folder, a link that leads nowhere among them" {
	need_userns
	run --separate-stderr unshare --user --map-root-user --mount sh -c '
		mkdir root && mount -t tmpfs root root && cd root && mkdir usr proc dev oldroot "two words" .hidden &&
		mount --rbind /usr usr && mount --rbind /proc proc && mount --rbind /dev dev && mkdir tests &&
		cp "$1/tests/host-state" tests && ln -s nowhere link &&
		for name in bin lib lib32 lib64; do [ ! -e "/$name" ] || ln -s "usr/$name" "$name"; done &&
		mkdir empty few few/one full full/1 full/2 full/3 full/4 && stat -c "birth %W" empty &&
		chroot . /usr/bin/bash tests/host-state && echo before && exec chroot . /usr/bin/bash tests/host-state --before' - "$REPOSITORY"
	for name in /oldroot '/two\\ words' /.hidden /link /empty /few /full; do
		grep -qx "top $name" <<<"${output%%before*}" || complain "$name: $output"
	done
	! grep -qx 'birth 0' <<<"$output" || skip 'this tmpfs does not keep when a folder was made'
	# What a lesson of a test beside may stand on.
	for name in 'top /link' 'top /full' 'guest /empty' 'guest /few' 'guest /oldroot'; do
		grep -qx "$name" <<<"${output##*before}" || complain "before: $name: $output"
	done
}

@test "the folder of a killed session goes, also where another process lets go of it a moment later" {
	need_userns
	local shell
	printf '%s\n' "$(first)unshare uts" '!touch ready' 'run sleep 60' >script
	"$STAVE" -q script >/dev/null 2>&1 3>&- 4>&- &
	shell=$!
	await [ -e ready ]
	exec 8<"$XDG_RUNTIME_DIR/stave"
	flock -s 8
	kill -9 $shell
	wait $shell || :
	sleep 0.3
	[ -e "$XDG_RUNTIME_DIR/stave" ]
	exec 8<&-
	await [ ! -e "$XDG_RUNTIME_DIR/stave" ]
}
