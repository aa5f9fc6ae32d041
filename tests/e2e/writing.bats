#!/usr/bin/env bats
# Files that somebody names: save, image export, --transcript, the history and the progress of lessons
# are written by one writer. The kind: a new file took the name of what should have been written into.
load common

prepare() {
	printf 'version\n' >script
	echo old >file
}

# save TO: a session of no steps, as a script
save() {
	works -q -c "save $1"
}

is_saved() { [ "$(head -c 20 "$1")" = '# A session of Stave' ]; }

# A reader that has the pipe open before its writer comes, and goes on until end_reading.
begin_reading() { # PIPE FILE
	exec 5<>"$1" 6<"$1"
	cat <&6 >"$2" 5>&- &
	READER=$!
	exec 6<&-
}
end_reading() {
	exec 5>&-
	wait "$READER"
}

@test "a link leads to its target and stays: an existing one, a new one, one of two steps" {
	mkdir there
	ln -s file a
	ln -s there/new b
	ln -s b c
	save "$WORK/a"
	save "$WORK/c"
	[ -L a ] && [ -L b ] && [ -L c ]
	is_saved file
	is_saved there/new
	[ -z "$(find . -name '*~')" ]
}

@test "mode, access list and attributes of a file are kept" {
	chmod 640 file
	! command -v setfattr >/dev/null || setfattr -n user.note -v kept file 2>/dev/null || rm -f noted
	save "$WORK/file"
	is_saved file
	[ "$(stat -c %a file)" = 640 ]
	if getfattr -n user.note --only-values file 2>/dev/null >note; then
		[ "$(cat note)" = kept ]
	fi
	(umask 027 && save "$WORK/new")
	[ "$(stat -c %a new)" = 640 ]
}

@test "the owner of a file is kept, or the file is left alone" {
	need_root
	chmod 755 "$WORK"
	chown 1234:2345 file
	chmod 600 file
	save "$WORK/file"
	is_saved file
	[ "$(stat -c '%u:%g %a' file)" = '1234:2345 600' ]
	# Who may write but not give away: the file stays as it is.
	for_every_user
	mkdir -m 777 open
	echo old >open/file
	chmod 666 open/file
	run setpriv --reuid 1234 --regid 1234 --clear-groups env HOME=/ XDG_RUNTIME_DIR= \
		"$STAVE" -q -c "save $WORK/open/file" 3>&- 4>&-
	[ "$status" = 1 ]
	[ "$(cat open/file)" = old ]
	[ "$(ls open)" = file ]
}

@test "a device and a pipe are written to as they are" {
	save /dev/null
	[ -c /dev/null ]
	mkfifo pipe
	begin_reading pipe read
	save "$WORK/pipe"
	end_reading
	[ -p pipe ]
	is_saved read
	[ "$(stave -q -c 'save /dev/stdout' | head -c 20)" = '# A session of Stave' ]
	[ -L /dev/stdout ]
	echo first >out
	stave -q -c 'save /dev/stdout' >>out
	[ "$(head -n 1 out)" = first ]
	grep -q '^# A session of Stave' out
}

# Linux before 5.6, or a filter that does not know the call: a link is followed by hand.
@test "without openat2(2) what is open already is written to as it is, and a file behind links is replaced" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	blind() { strace -f -qq -o calls -e trace=openat2 -e inject=openat2:error=ENOSYS "$STAVE" -q -c "$1" 3>&- 4>&-; }
	echo first >out
	for path in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
		blind "save $path; version" >>out
	done
	grep -q ENOSYS calls
	[ "$(head -n 1 out)" = first ]
	[ "$(grep -c '^# A session of Stave' out)" = 3 ]
	echo old >file
	ln -s file link
	ln -s "$WORK/link" other
	was=$(stat -c %i file)
	blind 'save other'
	[ -L link ] && [ -L other ]
	grep -q '^# A session of Stave' file
	[ "$(stat -c %i file)" != "$was" ]
}

@test "what cannot be written as a whole is refused and stays: a folder, a pipe without a reader, two names" {
	mkdir folder
	mkfifo pipe
	ln file other
	for name in folder pipe file; do
		fails 1 -q -c "save $WORK/$name"
	done
	[ -d folder ] && [ -p pipe ]
	[ "$(cat file)" = old ] && [ file -ef other ]
	chmod 444 file
	is_root || fails 1 -q -c "save $WORK/file"
	[ -z "$(find . -name '*~')" ]
}

@test "a link that another user has put into a folder for everybody is not followed" {
	need_root
	chmod 755 "$WORK"
	mkdir -m 1777 all
	for to in file new; do
		ln -s "$WORK/$to" "all/$to"
		chown -h 1234 "all/$to"
		fails 1 -q -c "save $WORK/all/$to"
		fails 125 -q --transcript "$WORK/all/$to" -c version
	done
	[ "$(cat file)" = old ]
	[ ! -e new ]
}

@test "a transcript follows a link, keeps mode, and appends to a pipe" {
	for kind in md json; do
		mkdir "$kind"
		ln -s "$kind/kept" "to.$kind"
		works -q --transcript "to.$kind" -c version
		chmod 600 "$kind/kept"
		works -q --transcript "to.$kind" -c version
		[ -L "to.$kind" ]
		[ "$(stat -c %a "$kind/kept")" = 600 ]
	done
	[ "$(jq '[.[] | select(.line == "version")] | length' json/kept)" = 2 ]
	mkfifo pipe.md pipe.json
	begin_reading pipe.md read
	works -q --transcript pipe.md -c version
	end_reading
	grep -q version read
	fails 125 -q --transcript pipe.json -c version
	[ -p pipe.json ]
}

@test "progress that is a link is kept where it leads, and what cannot be read is not replaced" {
	export STAVE_LESSONS=$REPOSITORY/lessons
	mkdir -p -m 700 "$XDG_STATE_HOME/stave" kept
	ln -s "$WORK/kept/progress" "$XDG_STATE_HOME/stave/progress"
	works -q -c 'lesson 01; next'
	[ -L "$XDG_STATE_HOME/stave/progress" ]
	jq -e '.last | type == "string"' kept/progress
	works -c progress
	rm "$XDG_STATE_HOME/stave/progress"
	mkdir "$XDG_STATE_HOME/stave/progress"
	run stave -q -c 'lesson 01; next' # the lesson tells it on its own page
	says EISDIR
	[ -d "$XDG_STATE_HOME/stave/progress" ]
}

@test "image export writes through a link and into a pipe" {
	mkdir -p root/etc
	tar -C root -cf image.tar .
	works -q -c 'image import image.tar small'
	ln -s kept link
	mkfifo pipe
	works -q -c "image export small $WORK/link"
	[ -L link ] && [ -f kept ]
	begin_reading pipe read
	works -q -c "image export small $WORK/pipe"
	end_reading
	cmp read kept
}

@test "who is killed while a file is written leaves nothing beside it, and the old file as it was" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	mkdir -p root/etc there
	tar -C root -cf image.tar .
	works -q -c 'image import image.tar small'
	echo old >there/old
	local line
	for line in "save $WORK/there/new" "save $WORK/there/old" "image export small $WORK/there/new" "image export small $WORK/there/old"; do
		# The store is on the disk already: the first file that is made durable is this one.
		run strace -f -qq -o calls -e trace=fsync -e inject=fsync:signal=KILL:when=1 "$STAVE" -q -c "$line" 3>&- 4>&-
		grep -q fsync calls || complain "$line: not killed"
		[ "$(ls there)" = old ] || complain "$line: $(ls there)"
		[ "$(<there/old)" = old ]
	done
	works -q -c version
}

@test "where files have to have a name from the beginning, the same is written" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	mkdir there
	echo old >there/old
	local name
	for name in new old; do
		run strace -f -qq -o calls -e trace=openat -e inject=openat:error=EOPNOTSUPP -P . \
			"$STAVE" -q -c "save $WORK/there/$name" 3>&- 4>&-
		grep -q 'O_TMPFILE.*INJECTED' calls || complain 'not refused'
		is_saved "there/$name"
	done
	[ "$(ls there)" = $'new\nold' ]
}

@test "a full file system is told as full, and the old file stays" {
	need_root
	for ((i = 0; i < 200; i++)); do echo "hostname a-name-that-takes-its-room-in-the-file-$i"; done >many
	run unshare --mount bash -c 'mount -t tmpfs -o size=4k full "$1" && echo old >"$1/file" &&
		{ echo "unshare uts"; cat many; echo "save $1/file"; } >lines && "$0" --json -k lines; cat "$1/file"' \
		"$STAVE" "$(mkdir -p full && realpath full)"
	[ "${lines[-1]}" = old ] || complain "$output"
	[ "$(head -n -1 <<<"$output" | jq -r 'if type == "array" then .[] else . end | .error // empty | .errno')" = ENOSPC ]
	grep -q 'df -i' <<<"$output"
}
