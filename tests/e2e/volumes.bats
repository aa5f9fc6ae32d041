#!/usr/bin/env bats
# Volumes: what goes around the layers, and stays.
load common

prepare() {
	need_userns
	case $(uname -r) in
	5.[0-9].* | 5.10.*) is_root || skip 'overlay in a user namespace came with Linux 5.11' ;;
	esac
	export XDG_DATA_HOME=$WORK/data
	# The default root is made once a file: a copy is quicker.
	if [ -d "$BATS_FILE_TMPDIR/data" ]; then
		cp -a "$BATS_FILE_TMPDIR/data" "$XDG_DATA_HOME"
	else
		works -q -c 'container -- true'
		cp -a "$XDG_DATA_HOME" "$BATS_FILE_TMPDIR/data"
	fi
	volumes=$XDG_DATA_HOME/stave/volumes
}

@test "a named volume is made, filled from the image, and outlives its containers" {
	works -q -c "container -v keep:/etc -- sh -c 'cat /etc/passwd | wc -l; echo mine >/etc/mine'; container -v keep:/x:ro -- sh -c 'cat /x/mine; touch /x/no || echo read-only'"
	[ "$output" = $'2\nmine\nread-only' ]
	[ "$(<"$volumes/keep/_data/mine")" = mine ]
	works -q -c 'volume ls -q'
	[ "$output" = keep ]
	works -q -c 'volume rm keep; volume ls -q'
	[ -z "$output" ] && [ ! -e "$volumes/keep" ]
}

@test "what fills a volume has its modes, owners, links and times" {
	mkdir -p root/d/sub
	echo text >root/d/file
	chmod 2751 root/d/sub
	chmod 640 root/d/file
	ln -s file root/d/link
	mkfifo root/d/pipe
	touch -d '2001-02-03 04:05:06' root/d/file root/d/sub
	local busybox
	busybox=$(command -v busybox)
	mkdir root/bin
	cp "$busybox" root/bin/true
	works -q -c "container --image $WORK/root -v full:/d -- true"
	listing() { (cd "$1" && find . -printf '%p %m %U:%G %T@ %l\n' | sort); }
	diff <(listing root/d) <(listing "$volumes/full/_data")
	[ "$(<"$volumes/full/_data/file")" = text ]
	echo changed >"$volumes/full/_data/file"
	works -q -c "container --image $WORK/root -v full:/d -- true"
	[ "$(<"$volumes/full/_data/file")" = changed ] || complain 'filled a second time'
}

@test "a tree as deep as the kernel takes fills a volume, and what its root may not keep is left out or the caller's" {
	local folder=root/d i
	for i in {1..90}; do folder+=/x; done
	mkdir -p "$folder" root/bin
	echo deep >"$folder/file"
	ln "$folder/file" root/d/again
	cp "$(command -v busybox)" root/bin/true
	if is_root; then
		mknod root/d/null c 1 3
	fi
	works -q -c "container --image $WORK/root -v deep:/d -- true"
	[ "$(<"$volumes/deep/_data/${folder#root/d/}/file")" = deep ]
	[ "$volumes/deep/_data/again" -ef "$volumes/deep/_data/${folder#root/d/}/file" ]
	[ ! -e "$volumes/deep/_data/null" ]
}

@test "of what cannot be copied into a volume nothing stays there, and the next line does not take a part for it" {
	need_root
	need_tool setpriv
	mkdir -p root/bin root/d/a root/d/b home run
	cp "$(command -v busybox)" root/bin/true
	echo of another >root/d/a/file
	chmod 4755 root/d/a/file
	chmod 700 root/d/b run
	chown 4242 root/d/b
	chown 61235 home run
	chmod 755 .
	as_user() {
		run --separate-stderr env HOME="$WORK/home" XDG_RUNTIME_DIR="$WORK/run" XDG_DATA_HOME="$WORK/home/data" \
			setpriv --reuid 61235 --regid 61235 --clear-groups "$STAVE" -k --json -c "$1" 3>&- 4>&-
	}
	as_user "container -v part:/d --image $WORK/root -- true; container -v part:/d --image $WORK/root -- true; volume ls -q"
	holds '[.[0, 1].error | [.errno, .cause]] == [["EACCES", "file.denied"], ["EACCES", "file.denied"]] and .[2].output == ""'
	rmdir root/d/b
	as_user "container -v whole:/d --image $WORK/root -- true"
	holds '.[-1].ok'
	# Whose owner is not mapped there, and so without the bit.
	[ "$(stat -c '%u %a' home/data/stave/volumes/whole/_data/a/file)" = '61235 755' ]
}

@test "a volume without a name stays, unless --rm was given" {
	works -q -c 'container -v /test -- sh -c "echo hi >/test/x"; volume ls -q'
	[ ${#output} = 64 ]
	[ "$(<"$volumes/$output/_data/x")" = hi ]
	works -q -c 'container --rm -v /test -- touch /test/y; volume ls -q'
	[ "${#lines[@]}" = 1 ]
	works -q -c 'volume prune --force; volume ls -q'
	[ -z "$output" ]
}

@test "a line that fails leaves no volume that it made, but what was there before it" {
	fails 127 -q -c 'container -v /data -v /etc -v new:/data2 -- nosuch'
	works -q -c 'volume ls -q'
	[ -z "$output" ] || complain 'volumes stay'
	fails 127 -q -c 'volume create old; container -v old:/data -- nosuch'
	works -q -c 'container -v /data -- true'
	works -q -c 'volume ls -q'
	[ "${#lines[@]}" = 2 ] || complain 'a volume that was there, or was used, is gone'
	# What the image has in its place may be another session's by now.
	run -127 --separate-stderr stave --json -c 'container -v full:/etc -- nosuch'
	holds '.[-1].note | test("full")'
	[ -e "$volumes/full/_data/passwd" ]
}

@test "what create refuses nobody is told to create" {
	run -1 stave --json -c 'volume rm ..'
	holds '.[-1].error | .id == "volume.absent" and (.fix | contains("create") | not)'
	run -1 stave --json -c 'volume inspect absent'
	holds '.[-1].error | .id == "volume.absent" and (.fix | contains("volume create absent"))'
}

@test "rm refuses what a container uses, of this shell or another" {
	local other
	cat >use.stave <<'END'
container -d --name c -v data:/d -- sleep 60
run sh -c 'touch ready; sleep 60'
END
	"$STAVE" -q use.stave 3>&- 4>&- &
	other=$!
	await test -e ready
	fails 1 -q -c 'volume rm data'
	errs volume.used
	complains "process $other, a shell like this one"
	works -q -c 'volume ls'
	says "process $other"
	works -q -c 'volume prune --all --force'
	[ -d "$volumes/data" ]
	kill -9 "$other"
	wait "$other" || true
	await "$STAVE" -q -c 'volume rm data'
	[ ! -e "$volumes/data" ]
}

@test "a container that has ended uses nothing" {
	cat >ended.stave <<'END'
container -d --name c -v data:/d -- sleep 0.1
!sleep 0.4
volume rm data
volume ls -q
END
	works -q ended.stave
	[ -z "$output" ]
}

@test "prune leaves what has a name, and asks" {
	works -q -c 'volume create data; container -v /x -- true'
	fails 1 -q -c 'volume prune'
	complains '--force'
	works -q -c 'volume prune --force; volume ls -q'
	[ "$output" = data ]
	works -q -c 'volume ls -q; volume prune --force --all; volume ls -q'
	[ "$output" = data ]
}

@test "inspect prints what docker prints" {
	works -q -c 'volume create data; volume inspect data'
	[ "$(jq -c '.[0] | [.Name, .Driver, .Scope, .Mountpoint, .Labels, .Anonymous]' <<<"$output")" = \
		"[\"data\",\"local\",\"local\",\"$volumes/data/_data\",null,false]" ]
}

@test "what the image has in a volume's place is told, and unharmed" {
	mkdir -p src layer/{bin,proc,sys,dev,etc,full,empty}
	cp "$(command -v busybox)" layer/bin/sh
	touch layer/full/{one,two}
	chmod -R a+rX layer
	works -c "container --image $WORK/layer -v $WORK/src:/full -v $WORK/src:/empty -v $WORK/src:/new -- sh -c :"
	says -r 'what the image has at /full \(2 entries: (one, two|two, one)\) is hidden'
	says_not 'at /empty'
	says_not 'at /new ('
	[ "$(ls layer/full)" = $'one\ntwo' ]
}

@test "the inode, what is hidden, and the host's table as it was" {
	mkdir src
	works -c "container -v data:/d -v $WORK/src:/s -- true"
	says -r "/d in [^:]* $volumes/data/_data: [a-z ]+ \(device [0-9:]+ inode $(stat -c %i "$volumes/data/_data")\)"
	says -r "/s in [^:]* $WORK/src: [a-z ]+ \(device [0-9:]+ inode $(stat -c %i src)\)"
	says -r "the host's mount table: [0-9]+ mounts, as before"
	works -c "$(first)unshare mnt; bindmount $WORK/src /mnt"
	says -r "/mnt: [a-z ]+ \(device [0-9:]+ inode $(stat -c %i src)\)"
	says -r "the host's mount table: [0-9]+ mounts, as before"
}

@test "undo leaves volumes, redo finds them" {
	works -q -c 'container -v /x -v data:/d; run touch /x/kept; undo; redo; run ls /x; volume ls -q'
	[[ $output == *kept* ]]
	[ "$(find "$volumes" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
}

@test "killed all at once: the anonymous volume of --rm goes with the next start" {
	local shell
	printf '%s\n' 'container -d --rm -v /x -- sleep 60' "run sh -c 'touch ready; sleep 60'" >kill.stave
	"$STAVE" -q kill.stave 3>&- 4>&- &
	shell=$!
	await test -e ready
	[ "$(find "$volumes" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	kill -9 "$shell"
	wait "$shell" || true
	gone() { [ -z "$(find "$volumes" -mindepth 1 -maxdepth 1)" ]; }
	await gone
}

@test "volumes within volumes are mounted in the order of their paths" {
	works -q -c "container -v inner:/a/b -v outer:/a -- sh -c 'touch /a/b/in /a/out; ls /a /a/b'"
	[ "$output" = $'/a:\nb\nout\n\n/a/b:\nin' ]
}

@test "a folder above the place where the root is made comes without the root's own /proc" {
	works -q -c "container -v $WORK:/host -- cat /proc/self/mountinfo"
	grep -q ' /host ' <<<"$output"
	run -1 grep ' /host/' <<<"$output"
}

@test "bad words" {
	fails 125 -q -c 'container -v x:/d -- true'
	errs volume.form
	fails 125 -q -c 'container -v data:/d -v /d -- true'
	errs volume.twice
	fails 1 -q -c 'volume create ../x'
	errs name.invalid
	fails 1 -q -c 'volume rm none'
	errs volume.absent
	fails 1 -q -c 'volume rm'
	errs argument.missing
	fails 1 -q -c 'volume ls --force'
	errs option.conflict
	[ -z "$(ls -A "$volumes" 2>/dev/null)" ] || complain 'something was made'
}

@test "docker's options of a volume: those that mean something, those that do not, and both rights" {
	mkdir src
	local options rights
	for options in ro,z ro,Z z,ro ro,rprivate cached,ro; do
		works -q -c "container -v $PWD/src:/b:$options -- sh -c 'touch /b/x || echo read-only'"
		[ "$output" = read-only ] || complain "not with $options"
	done
	for options in z rw,Z rw,delegated private; do
		works -q -c "container -v $PWD/src:/b:$options -- sh -c 'touch /b/x && echo written'"
		[ "$output" = written ] || complain "not with $options"
	done
	works -q -c "container --rm -v /etc:z -- sh -c 'ls /etc | wc -l'; container --rm -v new:/etc:nocopy -- sh -c 'ls /etc | wc -l'"
	[ "${lines[0]}" != 0 ] && [ "${lines[1]}" = 0 ]
	for rights in ro,rw shared rslave nothing ro, ro,nothing; do
		[ "$rights" = ro, ] || fails 125 -q -c "container -v $PWD/src:/b:$rights -- true"
	done
}

@test "a host name that /etc/hosts cannot hold as one word is refused" {
	local name
	for name in 'a b' $'a\tb' 'a#b'; do
		fails 125 -q -c "container -h '$name' -- true"
	done
	works -q -c 'container -h a_b.c-1 -- cat /etc/hostname'
	[ "$output" = a_b.c-1 ]
}

@test "a volume that other sessions make and remove meanwhile is made, or is there already" {
	local i
	for i in {1..12}; do
		(for _ in 1 2 3; do stave -k --json -c $'volume create shared\nvolume rm shared' || true; done >"made.$i" 2>/dev/null) 3>&- &
	done
	wait $(jobs -p)
	jq -se '[.[] | select(.line == "volume create shared")] | length == 36 and all(.ok or .error.errno == "EEXIST")' made.*
}

@test "a volume that was made or removed by half is removed, or made whole" {
	mkdir -p "$volumes/vv"
	chmod 700 "$volumes" "$volumes/vv"
	fails 1 -q -c 'volume inspect vv'
	errs volume.absent
	works -q -c 'volume rm vv'
	[ ! -e "$volumes/vv" ]
	mkdir "$volumes/vv"
	works -q -c 'volume create vv; volume inspect vv; volume rm vv'
	mkdir "$volumes/vv"
	works -q -c 'container -v vv:/data -- touch /data/x'
	[ -e "$volumes/vv/_data/x" ]
}

@test "what is to be removed is named once, and stays where it is named twice" {
	fails 1 -k --json -c 'volume create twice
volume rm twice twice
volume ls
volume rm twice'
	holds '.[1].error.id == "argument.many" and (.[2].output | contains("twice")) and .[3].ok'
}

@test "a volume that is removed while a container begins with it: each says what is so, and nothing that is used is lost" {
	local i container told removed wrong='' both=0
	for i in {0..29}; do
		"$STAVE" -q -c 'volume create raced; container -v raced:/d -- sh -c "echo old >/d/f"' >out 2>&1 3>&- 4>&- </dev/null
		"$STAVE" --json -c "container -v raced:/d -- sh -c 'echo $i >/d/mine; sleep 0.3; cat /d/*'" >began 2>&1 3>&- 4>&- </dev/null &
		container=$!
		sleep "0.0$((i % 10))"
		removed=$("$STAVE" --json -c 'volume rm raced' 2>/dev/null 3>&- 4>&- </dev/null | jq -r '.error.id // "gone"')
		[ -d "/proc/$container" ] && ! grep -qs '^State:	[XZ]' "/proc/$container/status" || removed+=' at last'
		wait "$container" || true
		told=$(jq -rs '.[-1] | .error.id // (.output | gsub("\n"; " "))' began)
		case "$removed: $told" in
		# In use, with all that was in it; or the container was refused, or had another one, made anew.
		"volume.used: old $i ") both=$((both + 1)) ;;
		"gone at last: old $i " | "volume.used at last: old $i ") ;;
		gone*:\ flock.E*) jq -es '.[-1].error | .why != "" and .fix != ""' began >told || wrong+="$told without a word; " ;;
		"gone: $i " | "gone at last: $i ") ;;
		*) wrong+="$removed: $told; " ;;
		esac
		"$STAVE" -q -c 'volume rm raced' >out 2>&1 3>&- 4>&- </dev/null || true
	done
	[ -z "$wrong" ] || complain "$wrong"
	[ "$both" -gt 0 ]
}
