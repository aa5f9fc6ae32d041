#!/usr/bin/env bats
# commit of folders that it has packed before: what is unchanged is not read again, what has changed always is.
load common

prepare() {
	need_userns
	export XDG_DATA_HOME=$WORK/data
	STORE=$XDG_DATA_HOME/stave
	is_root || [ "$(uname -r | cut -d. -f1)" -gt 5 ] || skip 'overlay in a user namespace needs Linux 5.11'
	mkdir -p base/sub/deep base/empty union
	for n in {1..40}; do
		echo "content $n" >base/sub/plain-$n
	done
	ln base/sub/plain-1 base/sub/plain-same
	ln -s sub/plain-2 base/link
	settle
}

# Only what did not change just now is believed to show the next change.
settle() { sleep 0.3; }

# commit NAME [FOLDER]: an image of the folder with a layer on top, in which NAME is written.
commit() {
	works -q -c "$(first)unshare mnt; union $WORK/${2-base} $WORK/union; run sh -c 'echo $1 >$WORK/union/$1'; commit $1"
}

# The digests of an image's layers, the lowest first.
layers() {
	works -q -c "image inspect $1"
	jq -r '.[0].RootFS.Layers[]' <<<"$output"
}

lowest() { layers "$1" | head -n 1; }

# What a store that knows nothing makes of the folder.
afresh() {
	(
		XDG_DATA_HOME=$WORK/afresh
		rm -rf "$XDG_DATA_HOME"
		commit afresh "$@" >/dev/null && lowest afresh
	)
}

records() { find "$STORE/known" -type f 2>/dev/null | wc -l; }

@test "what is unchanged is neither read nor unpacked again, and is the same layer" {
	need_tool strace
	local line
	line="$(first)unshare mnt; union $WORK/base $WORK/union; run sh -c 'echo NAME >$WORK/union/new'; commit NAME"
	traced_commit() {
		run strace -f -qq -o calls -e trace=openat,open,creat "$STAVE" -q -c "${line//NAME/$1}" 3>&- 4>&-
		[ "$status" = 0 ] || complain "ended with $status"
		grep -c plain- calls || true
	}
	[ "$(traced_commit one)" -ge 80 ] # read, and written
	[ "$(records)" = 1 ]
	[ "$(traced_commit two)" = 0 ] || complain 'read, or written'
	[ "$(traced_commit three)" = 0 ]
	[ "$(lowest one)" = "$(lowest two)" ]
	[ "$(layers one | tail -n 1)" != "$(layers two | tail -n 1)" ]
	[ "$(lowest three)" = "$(afresh)" ]
	works -c 'image verify'
	works -q -c 'image export two two.tar; image rm one; image rm two; image rm three; image import two.tar'
	[ "$(lowest two)" = "$(afresh)" ]
}

# The image of the folder is what another store makes of it, and not what it was before.
seen() { # WHAT
	local before=$now
	settle
	commit after
	now=$(lowest after)
	[ "$now" != "$before" ] || complain "not seen: $1"
	[ "$now" = "$(afresh)" ] || complain "another layer than afresh: $1"
	[ "$(records)" = 1 ]
}

@test "each change is seen: content of the same size and time, names, kinds, modes, links, attributes" {
	local now
	commit before
	now=$(lowest before)
	[ "$(records)" = 1 ]
	touch -r base/sub/plain-3 stamp
	echo 'CONTENT 3' >base/sub/plain-3
	touch -r stamp base/sub/plain-3
	seen 'content of the same size, with its time restored'
	echo more >base/sub/deep/more
	seen 'a file more'
	rm base/sub/plain-4
	seen 'a file less'
	touch -r base/sub stamp
	mv base/sub/plain-5 base/sub/plain-renamed
	touch -r stamp base/sub
	seen 'another name'
	chmod 600 base/sub/plain-6
	seen 'another mode'
	chmod 700 base/empty
	seen 'another mode of a folder'
	touch -r base/sub stamp
	ln base/sub/plain-7 base/sub/deep/plain-7
	touch -r stamp base/sub/deep base/sub
	seen 'a hard link'
	touch -r base/sub stamp
	rm base/sub/plain-same
	cp -p base/sub/plain-1 base/sub/plain-same
	touch -r stamp base/sub
	seen 'a file of its own in place of a hard link'
	ln -sfn sub/plain-8 base/link
	seen 'another target of a link'
	rm base/link
	mkdir base/link
	seen 'a folder in place of a link'
	if setfattr -n user.test -v one base/sub/plain-9 2>/dev/null; then
		seen 'an attribute'
		setfattr -n user.test -v two base/sub/plain-9
		seen 'another value of an attribute'
	fi
	if is_root; then
		chown 7 base/sub/plain-10
		seen 'another owner'
	fi
	commit again
	[ "$(lowest again)" = "$now" ]
}

@test "another folder by the same name is another folder" {
	commit before
	cp -r base other
	echo other >other/sub/plain-1
	mv base was
	mv other base
	settle
	commit after
	[ "$(lowest after)" = "$(afresh)" ]
	[ "$(lowest after)" != "$(lowest before)" ]
	[ "$(records)" = 2 ]
}

@test "a record that is damaged, cut, or another's is not believed, and goes" {
	local a b good
	cp -r base other
	echo other >other/sub/plain-1
	settle
	commit a
	commit b other
	a=$(lowest a) b=$(lowest b)
	[ "$(records)" = 2 ]
	file=$(grep -l "$a" "$STORE"/known/*)
	other=$(grep -l "$b" "$STORE"/known/*)
	cp "$file" good
	# It says of a what is true of b: the layer alone, and all of it.
	sed "s/${a#sha256:}/${b#sha256:}/" good >"$file"
	commit again
	[ "$(lowest again)" = "$a" ] || complain 'a damaged record was believed'
	cmp good "$file"
	cp "$other" "$file"
	commit again
	[ "$(lowest again)" = "$a" ]
	sed 's/"version": 1/"version": 2/' good >"$file"
	works --json -c 'image verify'
	[ "$(records)" = 1 ] || complain 'a record of another version stays'
	head -c 100 good >"$file"
	echo '{' >"$STORE/known/.new"
	works --json -c 'image verify'
	[ "$(ls -A "$STORE/known")" = "${other##*/}" ] || complain 'damaged or unfinished records stay'
	commit again
	[ "$(lowest again)" = "$a" ]
}

@test "the record goes with the last image that has the layer" {
	commit one
	commit two
	works -q -c 'image rm one'
	[ "$(records)" = 1 ]
	works -q -c 'image rm two'
	[ "$(records)" = 0 ]
	[ -z "$(ls "$STORE/blobs/sha256" "$STORE/layers/sha256" | grep -v :)" ] || complain 'something is left'
	commit three
	[ "$(lowest three)" = "$(afresh)" ]
}

@test "where no record can be written commit makes the image" {
	commit one
	rm -r "$STORE/known"
	touch "$STORE/known"
	commit two
	[ "$(lowest two)" = "$(lowest one)" ]
	works -c 'image verify'
}

@test "an image that takes the name of the one that has the layer leaves nothing of that one" {
	commit one
	commit one
	commit one
	[ "$(ls -A "$STORE/images")" = one:latest ]
	[ "$(find "$STORE/layers/sha256" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
	[ "$(lowest one)" = "$(afresh)" ]
}

@test "two shells commit one folder at once, while a third removes images of it" {
	local n name pids=()
	commit first
	for name in a b; do
		(
			mkdir union-$name
			for n in 1 2 3; do
				stave -q -c "$(first)unshare mnt; union $WORK/base $WORK/union-$name; run sh -c 'echo $n >$WORK/union-$name/$name'; commit $name$n" ||
					exit 1
			done
		) >$name.out 2>&1 &
		pids+=($!)
	done
	for n in {1..6}; do
		stave -q -c 'image rm first' >/dev/null 2>&1 || true
	done
	wait "${pids[0]}" || complain "$(cat a.out)"
	wait "${pids[1]}" || complain "$(cat b.out)"
	works -c 'image verify'
	for n in a1 a2 a3 b1 b2 b3; do
		[ "$(lowest $n)" = "$(afresh)" ]
	done
}

@test "commit that is killed where it writes the record: the next one makes an image, and nothing is half" {
	need_tool strace
	local n
	for n in 7 8 9; do
		run timeout "$(deadline 60)" strace -f -qq -o /dev/null -e trace=renameat -e "inject=renameat:signal=KILL:when=$n" "$STAVE" -q -c \
			"$(first)unshare mnt; union $WORK/base $WORK/union; run true; commit killed" 3>&- 4>&-
		await nobody_here
		commit after
		[ "$(lowest after)" = "$(afresh)" ]
		works -c 'image verify'
		works -q -c 'image rm after'
		stave -q -c 'image rm killed' >/dev/null 2>&1 || true
	done
}

@test "a commit on an image names the layers below by their digests: nothing of them is read" {
	need_tool strace
	local below
	commit below
	works -q -c 'image inspect below --manifest'
	below=$(jq -c '[.layers[].digest]' <<<"$output")
	mapfile -t folders < <(stave -q -c 'image inspect below' | jq -r '.[0].GraphDriver.Data.Layers[]')
	run strace -f -qq -o calls -e trace=openat,open,creat "$STAVE" -q -c "$(first)unshare mnt
		union ${folders[1]} ${folders[0]} $WORK/union; run sh -c 'echo x >$WORK/union/x'; commit above" 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
	[ "$(grep -c plain- calls)" = 0 ] || complain 'read, or written'
	works -q -c 'image inspect above --manifest'
	[ "$(jq -c '[.layers[:2][].digest]' <<<"$output")" = "$below" ]
	[ "$(jq '.layers | length' <<<"$output")" = 3 ]
	works -c 'image verify'
}

# No process of the killed shell's is left.
nobody_here() { [ -z "$("$REPOSITORY/tests/host-state" "$MARK" | grep '^process ')" ]; }
