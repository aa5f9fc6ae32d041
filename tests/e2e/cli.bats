#!/usr/bin/env bats
# The command line: options, where commands come from, exit status, and bad input of every kind.
load common

@test "--help and --version go to standard output" {
	works --help
	says 'usage: stave [OPTIONS] [FILE | -c'
	works --version
	says -r '^stave [0-9]+\.[0-9]+'
	[ -z "$stderr" ]
}

@test "an unknown option is a matter of usage: status 2" {
	fails 2 --frobnicate
	complains -- '--help tells'
	fails 2 -c
	fails 2 one two
	fails 2 -c version file
}

@test "-c runs commands in order, and the first that fails ends it" {
	fails 1 -q -c 'version; nonsense; help'
	says -r '^stave [0-9.]+$'
	errs command.unknown
}

@test "several -c are run in their order, as lines of one script" {
	works -q -c 'child new one' -c 'child new two' --command 'child'
	says 'one  '
	says 'two  '
	fails 1 -q -c 'nonsense' -c 'version'
	says_not 'stave'
	fails 1 -q --json -c 'version' -c 'nonsense'
	[ "$(jq -s length <<<"$output")" = 2 ]
}

@test "-k goes on, and the last command's status counts" {
	fails 1 -q -k -c 'nonsense; version'
	says -r 'stave [0-9.]+'
	errs command.unknown
}

@test "commands come from a file, with comments and blank lines" {
	printf '# a comment\n\n  version # and another\n\t\nversion' >script
	works -q script
	[ "$(grep -c '^stave ' <<<"$output")" = 2 ]
}

@test "commands come from standard input when it is no terminal" {
	run --separate-stderr stave -q < <(printf 'version\r\nversion\n')
	[ "$status" = 0 ]
	[ "$(grep -c '^stave ' <<<"$output")" = 2 ]
}

@test "a script names the line that failed" {
	printf 'version\n\nnonsense\n' >script
	fails 1 -q script
	complains 'script:3'
}

@test "a script that is missing, a folder or unreadable" {
	fails 1 nowhere
	complains 'open nowhere: ENOENT'
	mkdir folder
	fails 1 folder
	complains EISDIR
	touch closed
	chmod 0 closed
	is_root || fails 1 closed
	is_root || complains EACCES
}

@test "nothing to do is no failure" {
	works -c ''
	works -c ' ; ;; # nothing'
	run --separate-stderr stave </dev/null
	[ "$status" = 0 ]
	[ -z "$output$stderr" ]
}

@test "run as the last command: the program's own status" {
	fails 7 -q -c 'run /bin/sh -c "echo seven; exit 7"'
	says seven
	works -q -c 'run true'
	works -q -c 'run false; run true'
}

@test "run: 127 for what is not found, 126 for what cannot be run, 128+N for a signal" {
	fails 127 -q -c 'run /nowhere/at/all'
	complains ENOENT
	fails 127 -q -c 'run no-such-program-anywhere'
	touch plain
	fails 126 -q -c "run $WORK/plain"
	complains EACCES
	fails 126 -q -c 'run /'
	run stave -q -c 'run /bin/sh -c "kill -9 \$\$"'
	[ "$status" = 137 ]
	run stave -q -c 'run /bin/sh -c "kill -TERM \$\$"'
	[ "$status" = 143 ]
}

@test "the output of a program is passed on untouched, its errors apart" {
	works -q -c 'run /bin/sh -c "printf out; printf err >&2"'
	[ "$output" = out ]
	[ "$stderr" = err ]
	stave -q -c 'run head -c 300000 /dev/urandom' >bytes
	[ "$(stat -c %s bytes)" = 300000 ]
}

@test "-n shows plans and performs nothing" {
	works -n -c "$(first)unshare uts; hostname changed"
	says 'unshare('
	says 'sethostname("changed", 7)'
	[ "$(uname -n)" = "$(</proc/sys/kernel/hostname)" ]
	[ "$(</proc/sys/kernel/hostname)" != changed ]
	works -n -c 'run touch made'
	[ ! -e made ]
	works -n -c "!touch made"
	[ ! -e made ]
	works -n -c 'save made'
	[ ! -e made ] || complain 'save wrote a file in a dry run'
}

@test "-q prints only what commands print" {
	works -q -c "$(first)unshare uts; hostname quiet; run uname -n"
	[ "$output" = quiet ]
	[ -z "$stderr" ]
}

@test "an unknown word: did you mean" {
	fails 1 -c 'unshre uts'
	complains 'unshare'
	fails 1 -c 'mountt proc /proc'
	complains 'mount'
	fails 1 -c 'unshare ust'
	complains 'uts'
}

@test "a unique prefix is enough, one of several is told" {
	works -q -c 'vers'
	says -r '^stave '
	fails 1 -c 'un uts'
	complains unshare
	complains union
}

@test "each mistake names its column" {
	fails 1 -c 'hostname a b'
	complains $'  hostname a b\n             ^'
	fails 1 -c 'run "echo'
	errs line.syntax
	complains $'\n      ^'
	fails 1 -c 'version; hostname '"'x"
	errs line.syntax
	fails 1 -c 'run a\'
	complains 'backslash'
}

@test "missing, surplus and impossible arguments" {
	local line
	for line in unshare 'unshare foo' 'mount proc' 'setns' 'setns 1' 'setns x mnt' 'hostname a b' \
		'run' 'spawn' 'chroot' 'pivot' 'umount' 'bindmount /' 'union a' 'kill' 'kill x' \
		'kill 1 NOSUCH' 'ns x' 'ns -1' 'ns 99999999999999999999' 'undo x' 'undo -1' \
		'undo 99999999999999999999' 'redo 1' 'source' 'save' 'set nope' 'set color blue' \
		'help nope' 'plan' 'plan nope' 'unshare uts --frob' 'propagation sideways' \
		'unshare user --map x' 'unshare user --map 0:0:99999999999' 'cgroup cpu' \
		'cgroup cpu x' 'cgroup cpu -5' 'tree /nowhere' 'ns 4194305' 'kill 4194305'; do
		run --separate-stderr stave -c "$line"
		[ "$status" = 1 ] || complain "$line: status $status"
		[[ $stderr == 'stave: '* ]] || complain "$line: no error"
		[ "$(grep -c '^stave: ' <<<"$stderr")" = 1 ] || complain "$line: more than one error"
	done
}

@test "a NUL byte in a line" {
	run --separate-stderr stave < <(printf 'version\nhost\0name\n')
	[ "$status" = 1 ]
	complains 'NUL byte'
}

@test "control characters in a line are refused and not printed" {
	run --separate-stderr stave < <(printf 'run echo \033[31m\n')
	[ "$status" = 1 ]
	complains '\x1b'
	[[ $stderr != *$'\033'* ]]
}

@test "a line of ten megabytes" {
	head -c 10000000 /dev/zero | tr '\0' x >long
	printf '\nversion\n' >>long
	fails 1 long
	errs line.long
	[ ${#stderr} -lt 2000 ]
	run --separate-stderr stave -q -k long
	says -r 'stave [0-9.]+'
}

@test "a script without end is not read into memory" {
	! is_sanitized || skip 'sanitizers take much address space'
	run --separate-stderr timeout -k 5 "$(deadline 1)" bash -c "ulimit -v 400000; exec '$STAVE' <(tr '\\0' x </dev/zero)"
	[ "$status" = 124 ] || complain "ended with $status"
	[ ${#stderr} -lt 2000 ]
}

@test "what is not text is no script, and nothing of it is run" {
	for file in /dev/zero binary; do
		printf 'version\nversion \0\n' >binary
		fails 1 "$file"
		errs script.kind
		says_not 'stave 0'
		fails 1 -c "source $file; version"
		errs script.kind
		says_not 'stave 0'
	done
	run --separate-stderr stave -q -k /dev/zero
	[ "$status" = 1 ]
}

@test "a signal ends the wait for the next line" {
	mkfifo pipe
	stave -q pipe &
	exec 9>pipe
	echo version >&9
	sleep 0.3
	kill -TERM $!
	wait $! && false
	[ $? = 143 ]
	exec 9>&-
}

@test "standard output that is full or closed is a failure, not a hang" {
	run --separate-stderr bash -c "timeout -k 1 $(deadline 5) '$STAVE' -c 'help' >/dev/full"
	[ "$status" != 0 ] || complain 'help into /dev/full ended well'
	[ "$status" != 124 ]
	run --separate-stderr bash -c "set -o pipefail; timeout -k 1 $(deadline 5) '$STAVE' -c 'help; help; help' |
		head -n 1"
	[ "$status" != 124 ]
	run --separate-stderr bash -c "timeout -k 1 $(deadline 5) '$STAVE' -q -c 'run true' >&- 2>&- <&-"
	[ "$status" = 0 ]
}

@test "standard output that cannot be written to is said once; who has read enough of a pipe is not told" {
	local command
	for command in help 'run echo hi' 'run seq 100000' 'version; version' 'container -- echo hi'; do
		run --separate-stderr bash -c '"$0" -q -c "$1" >/dev/full' "$STAVE" "$command"
		[ "$status" != 0 ] || complain "$command: succeeded"
		[ "$(grep -c ENOSPC <<<"$stderr")" = 1 ] || complain "$command: not said once"
		# What `container -- CMD` has is the program's to write to.
		[[ $command = container* || $status = 125 ]] || complain "$command: ended with $status"
	done
	run --separate-stderr bash -c '"$0" --help >/dev/full' "$STAVE"
	[ "$status" = 1 ] && [ -n "$stderr" ]
	run --separate-stderr bash -c 'set -o pipefail; "$0" -c "help; help; help" | true' "$STAVE"
	[ -z "$stderr" ] || complain 'a closed pipe is told'
}

@test "a byte order mark before a script is no part of its first line" {
	printf '\xef\xbb\xbfversion\n' >mark.stave
	works mark.stave
	says 'stave 0.'
	works -c 'source mark.stave'
	run --separate-stderr bash -c '"$0" <mark.stave' "$STAVE"
	[ "$status" = 0 ]
	printf 'version\n\xef\xbb\xbfversion\n' >mark.stave
	fails 1 mark.stave
	printf '\xef\xbb\xbf' >mark.stave
	works mark.stave
}

@test "nothing beyond ASCII is drawn where the locale, or set marks off, says so" {
	need_userns
	mkdir -p a/b/c
	touch a/x
	local draws='tree a; mounts --tree; help; status; ns'
	works -c "$(first)unshare mnt; $draws"
	LC_ALL=C grep -q '[^ -~[:space:]]' <<<"$output" || complain 'draws nothing beyond ASCII in UTF-8'
	LC_ALL=C works -c "$(first)unshare mnt; $draws"
	run ! env LC_ALL=C grep -n '[^ -~[:space:]]' <<<"$output"
	works -c "set marks off; $(first)unshare mnt; $draws"
	run ! env LC_ALL=C grep -n '[^ -~[:space:]]' <<<"$output"
}

@test "the runtime folder: a long path is taken whole" {
	need_userns
	local long
	long=$WORK/$(printf 'x%.0s' {1..100})/$(printf 'y%.0s' {1..200})
	mkdir -p "$long"
	chmod 700 "$long"
	printf '%s\n' "$(first)unshare mnt; rootfs busybox" "!ls -d $long/stave" 'container -- echo in' >long.stave
	XDG_RUNTIME_DIR=$long works -q long.stave
	says "$long/stave"
	says in
	[ ! -e "$long/stave" ] && [ ! -e "$(dirname "$long")/stave" ]
}

@test "the runtime folder: where another user was in /tmp first, another place is taken" {
	need_root
	need_tool setpriv
	local uid=$((900000000 + RANDOM)) kind
	chown "$uid" home && for_every_user
	[ ! -e "/tmp/stave-$uid" ]
	for kind in 'mkdir -m 700' 'mkdir -m 755' 'ln -s /etc' 'touch'; do
		$kind "/tmp/stave-$uid"
		run --separate-stderr env -u XDG_RUNTIME_DIR -u XDG_STATE_HOME -u XDG_DATA_HOME HOME="$WORK/home" \
			setpriv --reuid="$uid" --regid="$uid" --clear-groups "$STAVE" -q -c 'unshare user uts; run echo here' 3>&- 4>&-
		rm -rf "/tmp/stave-$uid"
		[ "$status" = 0 ] && [ "$output" = here ] || complain "not with $kind"
		[ ! -e home/.local/state/stave/run ] || complain 'left behind'
	done
	# Without a home there is no other place, and the way out is one that works.
	mkdir "/tmp/stave-$uid"
	run --separate-stderr env -u XDG_RUNTIME_DIR -u XDG_STATE_HOME -u HOME \
		setpriv --reuid="$uid" --regid="$uid" --clear-groups "$STAVE" -q -c 'unshare user uts' 3>&- 4>&-
	rmdir "/tmp/stave-$uid"
	[ "$status" = 125 ]
	complains 'set XDG_RUNTIME_DIR'
	run ! grep -q 'rm -r' <<<"$stderr"
}

@test "every command has a help page with an example that can at least be planned" {
	local word
	works -q -c help
	for word in $(grep -oP '^\tWORD\(\K\w+' "$REPOSITORY/repl/vocabulary.c"); do
		works -q -c "help $([ "$word" = host ] && echo '!' || echo "$word")"
		says 'Example'
		while read -r example; do
			run --separate-stderr stave -n -c "$example"
			[[ $stderr != *'fix: usage'* ]] || complain "its example: $example"
		done < <(sed '1,/^Example/d; s/^ *//' <<<"$output")
	done
}

@test "!CMD runs on the host, and its status counts" {
	works -q -c '!echo on the host'
	says 'on the host'
	run stave -q -c '!exit 3'
	[ "$status" = 3 ]
}

# Root of a user namespace that another program has made, and of nothing else.
@test "root by unshare -r: the store is the user's, what the kernel refuses is told as it is" {
	need_user
	need_userns
	unset XDG_DATA_HOME
	run --separate-stderr unshare --user --map-root-user "$STAVE" -q -c 'image ls'
	[ "$status" = 0 ] || complain 'no store'
	local parent
	run --separate-stderr unshare --user --map-root-user "$STAVE" -q --json -c 'cgroup pids 10'
	[ "$status" = 1 ] || skip 'groups can be made here'
	parent=$(pick '.[-1].error.what' | sed -n 's/.* in \(\/[^:]*\).*/\1/p')
	# The same asked of the kernel.
	run unshare --user --map-root-user mkdir "$parent/stave-$$"
	case $output in
	*'Read-only file system'*) errno=EROFS ;;
	*) errno=EACCES ;;
	esac
	run --separate-stderr unshare --user --map-root-user "$STAVE" -q --json -c 'cgroup pids 10'
	holds ".[-1].error.errno == \"$errno\""
}

@test "root by unshare -r: a container, and the map of its user namespace" {
	need_user
	need_userns
	unset XDG_DATA_HOME
	run --separate-stderr unshare --user --map-root-user "$STAVE" -q -c 'container -- id -u'
	[ "$status:$output" = 0:0 ] || complain 'no container'
	run --separate-stderr unshare --user --map-root-user "$STAVE" -q -c \
		'unshare user --map 0:0:1; run cat /proc/self/uid_map; run id -u'
	[ "$status" = 0 ] || complain 'no map'
	run --separate-stderr unshare --user --map-root-user "$STAVE" -q -c idmap
	says -r "users +0 +$(id -u) "
	says_not 'same number outside'
}

@test "STAVE_TRACE reports what was asked for, and nothing without" {
	need_userns
	STAVE_TRACE=wire,read,errors run --separate-stderr stave -k -q -c "$(first)unshare uts; nope"
	[ "$status" = 1 ]
	grep -q '^stave: trace wire: pid [0-9]*, message 1: ' <<<"$stderr"
	grep -q '^stave: trace read: pid [0-9]*: [0-9]* us, mounts read$' <<<"$stderr"
	[ "$(grep -c '^stave: trace errors: command.unknown ' <<<"$stderr")" = 1 ]
	works -q -c "$(first)unshare uts"
	[ -z "$stderr" ]
}

@test "STAVE_TRACE=undo reports what is taken back on the host, and what stays" {
	need_userns
	mkdir src
	STAVE_TRACE=undo run --separate-stderr stave -q -c "unshare user mnt; bindmount $WORK/src $WORK/new"
	[ "$stderr" = "stave: trace undo: $WORK/new: taken back" ]
	STAVE_TRACE=undo run --separate-stderr stave -q -c "unshare user mnt; bindmount $WORK/src $WORK/new
		undo; run mkdir -p $WORK/new/kept; redo"
	[ "$(grep -c "^stave: trace undo: $WORK/new: " <<<"$stderr")" -ge 1 ]
	works -q -c "unshare user mnt; bindmount $WORK/src $WORK/new2"
	[ -z "$stderr" ]
}

@test "STAVE_TRACE=signals reports what the shell acts upon" {
	local pid
	STAVE_TRACE=signals stave -q -c 'run sh -c "echo >begun; sleep 20"' 2>said &
	pid=$!
	await test -e begun
	kill -TERM "$(pgrep -P $pid -x stave || echo $pid)"
	wait $pid || true
	grep -qE '^stave: trace signals: noted 0x[0-9a-f]+$' said
}

@test "STAVE_TRACE refuses an unknown name" {
	STAVE_TRACE=wire,nope run --separate-stderr stave -c 'unshare uts'
	[ "$status" = 2 ]
	[ -z "$output" ]
}

# on_read_only SCRIPT: where / may not be written to, but for a file system in memory at run/
on_read_only() {
	local own=(unshare --mount)
	is_root || own=(unshare --user --map-root-user --mount)
	run --separate-stderr "${own[@]}" sh -c "mount -t tmpfs none '$XDG_RUNTIME_DIR' &&
		mount -o remount,bind,ro / && { ! touch '$WORK/x' 2>/dev/null || exit 99; } && $1" 3>&- 4>&-
	[ "$status" != 99 ] || skip 'the folder for tests is on a file system of its own'
}

@test "a read-only /: with a place to write to all works, without one the cause and a way out are told" {
	need_userns
	need_tool busybox
	on_read_only "XDG_DATA_HOME='$XDG_RUNTIME_DIR' '$STAVE' -q -c 'unshare mnt uts; union /etc /usr /mnt; run ls -d /mnt/bin; container -- echo inside'"
	[ "$status" = 0 ] || complain "ended with $status"
	[ "$output" = $'/mnt/bin\ninside' ]
	on_read_only "env -u XDG_RUNTIME_DIR -u XDG_STATE_HOME HOME=/ XDG_DATA_HOME='$XDG_RUNTIME_DIR' '$STAVE' -q -c 'unshare uts; version'"
	if [ "$status" != 0 ]; then
		[ "$status" = 125 ]
		complains EROFS
		complains 'set XDG_RUNTIME_DIR'
	fi
}

@test "an option that a subcommand does not take is neither in its usage nor taken" {
	fails 1 --json -c 'ns pin net /nowhere --json'
	holds '.[0].error.id == "option.conflict"'
	holds '.[0].error.fix | test("--json|-a") | not'
	fails 1 --json -c 'ns pin'
	holds '.[0].error.fix | test("--json|-a") | not'
}

@test "a line that is shown is the line that was typed" {
	printf '%s\n' '!printf "a\\nb" # \$x' 'unshare user' "hostname 'a\\b'" steps 'redo' >script
	run --separate-stderr stave -k script
	says '!printf "a\\nb" # \$x'
	says_not '\\\\'
	[[ $stderr != *'\\\\'* ]] || complain 'doubled'
}

@test "apropos finds subcommands" {
	works -q -c 'apropos publish'
	[[ $output == *'net publish'* ]]
	works -q -c 'explain net publish'
	works -q -c 'apropos "without a process"'
	[[ $output == *'ns pin'* ]]
}
