#!/usr/bin/env bats
# image: archives become layers in the store, and go again.
load common

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	# Each test has a store of its own: what is in it is part of the test.
	export XDG_DATA_HOME=$WORK/data
	mkdir -p one/etc two/etc
	echo first >one/etc/name
	echo stays >one/etc/keep
	echo second >two/etc/name
	: >two/etc/.wh.keep
	tar -C one -cf one.tar .
	tar -C two -cf two.tar etc
}

oci() { /usr/bin/python3 -B "$HERE/oci.py" "$@"; }

# What is in the store: the kinds and counts of what it holds.
store() {
	(cd "$XDG_DATA_HOME/stave" && for kind in images layers/sha256 blobs/sha256 scratch; do
		echo "$kind $(find $kind -mindepth 1 -maxdepth 1 | wc -l)"
	done) | paste -sd,
}

@test "a tar of a root file system becomes an image of one layer" {
	works -c "image import one.tar"
	says 'one:latest: 1 layer'
	works -c 'image inspect one'
	[ "$(jq -r '.[0].RootFS.Layers[0]' <<<"$output")" = "sha256:$(sha256sum <one.tar | cut -d' ' -f1)" ]
	layer=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")
	[ "$(cat "$layer/etc/name")" = first ]
	works -c 'image ls'
	says -r 'one:latest +[0-9a-f]{12} +20[0-9-]+ +1 +1'
	works -c 'image history one'
	says -r 'image import one.tar'
}

@test "the manifest and the config of an image, each alone: the one names the other by its digest" {
	works -q -c 'image import one.tar; image import two.tar'
	works -q -c 'image inspect one'
	local id=$(jq -r '.[0].Id' <<<"$output") layer=$(jq -r '.[0].RootFS.Layers[0]' <<<"$output")
	works -q -c 'image inspect one --manifest'
	[ "$(jq -r '.config.digest, .layers[].digest' <<<"$output")" = "$(printf '%s\n' "$id" "$layer")" ] || complain 'not the digests'
	works -q -c 'image inspect --config one'
	[ "$(jq -r '.rootfs.diff_ids[]' <<<"$output")" = "$layer" ] || complain 'not the digest of the tar'
	echo x >"$XDG_DATA_HOME/stave/blobs/sha256/${id#*:}"
	fails 1 -q -c 'image inspect one --config'
}

@test "what can be asked of images in a check: there or not, how many layers, shared by digest" {
	works -q -c 'image import one.tar; image import one.tar uno; image import two.tar'
	works -q -c 'check image one present and image none absent and image one layers 1'
	works -q -c 'check image one shares 1 layers with uno and image one shares 0 layers with two'
	fails 1 -q -c 'check image none layers 0 or not image one present or image one absent or image none present'
	errs check.false
	fails 1 -q -c 'check image UPPER present'
	errs name.invalid
	: >"$XDG_DATA_HOME/stave/images/one:latest"
	fails 1 -q -c 'check image one present or image one absent'
	errs check.false
}

@test "gzip, zstd and xz are read, whatever the file is called" {
	need_tool xz
	need_tool zstd
	gzip -k one.tar && mv one.tar.gz a
	xz -k one.tar && mv one.tar.xz b
	works -q -c "image import a; image import b"
	works -q -c "image inspect a; image inspect b"
	[ "$(jq -s '[.[][0].RootFS.Layers[0]] | unique | length' <<<"$output")" = 1 ] ||
		complain 'the layers differ'
	zstd -q one.tar -o c
	works -c 'image import c'
	says '1 of them in the store already'
}

@test "an OCI layout is read as a folder and as a tar, a docker archive too; layers are shared" {
	oci layout lay one.tar two.tar
	tar -C lay -cf lay.tar .
	oci docker saved.tar one.tar two.tar
	works -c 'image import lay x; image import lay.tar y; image import saved.tar; image ls'
	says 'x:latest: 2 layers'
	says 'y:latest: 2 layers, 2 of them in the store already'
	says 'demo:1: 2 layers, 2 of them in the store already'
	[ "$(store)" = 'images 3,layers/sha256 2,blobs/sha256 8,scratch 0' ] || complain "$(store)"
	works -c 'image rm x; image rm demo:1'
	[ "$(store)" = 'images 1,layers/sha256 2,blobs/sha256 4,scratch 0' ] || complain "$(store)"
	works -c 'image rm y'
	says 'y is gone, and with it 2 layers'
	[ "$(store)" = 'images 0,layers/sha256 0,blobs/sha256 0,scratch 0' ] || complain "$(store)"
}

@test "a deletion becomes what overlay takes for one, and the union shows it" {
	oci layout lay one.tar two.tar
	works -q -c 'image import lay x'
	works -q -c 'image inspect x'
	mapfile -t layers < <(jq -r '.[0].GraphDriver.Data.Layers[]' <<<"$output")
	[ "$(stat -c '%F %t,%T' "${layers[1]}/etc/keep")" = 'character special file 0,0' ]
	mkdir both
	works -q -c "$(first)unshare mnt; union ${layers[1]} ${layers[0]} both --ro; run ls both/etc; run cat both/etc/name"
	says name
	says second
	says_not keep
}

@test "a folder that starts anew hides what is below, as does a root that does" {
	mkdir -p three/etc four
	: >three/etc/.wh..wh..opq && echo new >three/etc/new
	: >four/.wh..wh..opq && echo only >four/only
	tar -C three -cf three.tar etc
	tar -C four -cf four.tar .wh..wh..opq only
	oci layout lay one.tar three.tar
	oci layout top one.tar four.tar
	works -q -c 'image import lay a; image import top b'
	works -q -c 'image inspect a; image inspect b'
	mapfile -t layers < <(jq -r '.[0].GraphDriver.Data.Layers[]' <<<"$output")
	mkdir a b
	works -q -c "$(first)unshare mnt; union ${layers[1]} ${layers[0]} a --ro; union ${layers[3]} ${layers[2]} b --ro; run ls a/etc; run ls b"
	[ "$output" = new$'\n'only ] || complain 'not these two alone'
}

@test "a folder that an archive does not name keeps what the layer below says of it" {
	mkdir -p low/secret
	chmod 1750 low/secret
	touch -d '2001-02-03 04:05:06 UTC' low/secret
	tar -C low -cf low.tar .
	mkdir -p high/secret
	echo x >high/secret/x
	tar -C high -cf high.tar secret/x
	oci layout lay low.tar high.tar
	works -q -c 'image import lay a'
	works -q -c 'image inspect a'
	layer=$(jq -r '.[0].GraphDriver.Data.Layers[1]' <<<"$output")
	[ "$(stat -c '%a %Y' "$layer/secret")" = "1750 $(date -d '2001-02-03 04:05:06 UTC' +%s)" ]
}

@test "an image is whole or not there: killed at any time, nothing is left of it" {
	head -c 3000000 /dev/urandom >one/random
	tar -C one -cf one.tar .
	# As it starts, as it unpacks, as it is put into the store.
	for wait in 0.002 0.005 0.01 0.015 0.02 0.03 0.04 0.06 0.1; do
		"$STAVE" -q -c 'image import one.tar' >/dev/null 2>&1 3>&- 4>&- &
		sleep $wait
		kill -9 $! || :
		wait $! 2>/dev/null || :
		works -q -c 'image ls'
		[ "$output" = 'no images; image import FILE adds one to the store' ] ||
			works -q -c 'image inspect one; image rm one'
	done 2>/dev/null
	works -q -c 'image import one.tar'
	works -q -c 'image inspect one'
	[ "$(store)" = 'images 1,layers/sha256 1,blobs/sha256 3,scratch 0' ] || complain "$(store)"
}

@test "two shells import at once" {
	oci layout lay one.tar two.tar
	for i in 1 2 3 4; do
		"$STAVE" -q -c "image import lay same; image import one.tar n$i" 3>&- 4>&- &
	done
	wait
	works -q -c 'image ls'
	[ "$(grep -c . <<<"$output")" = 6 ] || complain 'not five images and a heading'
	[ "$(store | cut -d, -f2)" = 'layers/sha256 2' ] || complain "$(store)"
}

@test "the store is nobody else's" {
	works -q -c 'image import one.tar'
	[ "$(stat -c %a "$XDG_DATA_HOME/stave")" = 700 ]
	chmod 770 "$XDG_DATA_HOME/stave"
	fails 1 -c 'image ls'
	errs store.place
}

@test "what is no image is refused, and nothing of it is kept" {
	echo 'no tar' >file
	head -c 100000 one.tar >half.tar
	fails 1 -c 'image import file'
	complains 'not a tar'
	fails 1 --json -c 'image import missing.tar'
	holds '.[-1].error | .errno == "ENOENT" and .cause == "file.missing" and .fix != ""'
	fails 1 -c 'image import .'
	errs archive.form
	fails 1 -c 'image import /dev/zero'
	errs path.kind
	fails 1 -c 'image import one.tar ../x'
	errs name.invalid
	fails 1 -c 'image import one.tar x --max-size 9Q'
	errs option.number
	fails 1 -c 'image import one.tar --max-size 1K'
	complains 'limit'
	fails 1 -c 'image rm x'
	errs image.absent
	fails 1 -c 'image nonsense'
	fails 1 -c 'image ls x'
	[ ! -e "$XDG_DATA_HOME/stave/images" ]
}

@test "in a dry run nothing happens" {
	works -n -c 'image import one.tar; image rm one'
	says 'would be read'
	[ ! -e "$XDG_DATA_HOME/stave" ]
}

@test "the reader that is missing is named" {
	mkdir bin
	cp "$STAVE" bin/stave
	run --separate-stderr bin/stave -c 'image import one.tar' 3>&- 4>&-
	[ "$status" = 1 ]
	complains 'stave-archive, is missing'
	mkdir -p libexec/stave
	cp "$STAVE-archive" libexec/stave/stave-archive
	run --separate-stderr bin/stave -c 'image import one.tar' 3>&- 4>&-
	[ "$status" = 0 ]
}

# ---- the kind: a store that changes while it is read ----

@test "an image that another process holds for a moment is waited for by export" {
	works -q -c 'image import one.tar'
	flock -x "$XDG_DATA_HOME"/stave/images/* sleep 1 3>&- 4>&- &
	await not_lockable
	works -q -c 'image export one out.tar'
	[ -s out.tar ]
	wait
}

not_lockable() { ! flock -n -s "$XDG_DATA_HOME"/stave/images/* true; }

@test "who replaces an image that nobody holds keeps it locked until its name is the new one's" {
	need_tool strace
	works -q -c 'image import one.tar it'
	local record
	record=$(echo "$XDG_DATA_HOME"/stave/images/*)
	# LeakSanitizer does not work under ptrace(2).
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=renameat -P .new -e inject=renameat:delay_enter=60000000 \
		"$STAVE" -q -c 'image import two.tar it' >out 2>&1 3>&- 4>&- &
	# Until the rename(2) nobody may take what is about to go. That others look at it for a moment is not that.
	# It is not tried with a lock: who comes upon that one leaves the image to its reader.
	local tracer=$! held=0
	while [ -e "/proc/$tracer" ] && [ $held -lt 10 ]; do
		if grep -q "FLOCK .* WRITE .*:$(stat -c %i "$record") " /proc/locks; then held=$((held + 1)); else held=0; fi
		sleep 0.03
	done
	[ $held = 10 ] || complain "it was held $held times: $(cat out trace)"
	# Without its tracer the rename(2) goes on.
	local shell
	shell=$(pgrep -P "$tracer")
	kill -KILL "$tracer"
	await [ ! -e "/proc/$shell" ]
	run flock -n -s "$record" true
	[ "$status" = 0 ]
}

@test "image export against a store that changes: each archive is one of the images, whole" {
	local one two round
	one=sha256:$(sha256sum <one.tar | cut -d' ' -f1) two=sha256:$(sha256sum <two.tar | cut -d' ' -f1)
	works -q -c 'image import one.tar it'
	(
		for ((round = 0; round < 4; round++)); do
			"$STAVE" -q -c 'image import one.tar it; image import two.tar it' || exit 1
		done
	) >/dev/null 3>&- 4>&- &
	local changing=$!
	for ((round = 0; round < 4; round++)); do
		works -q -c 'image export it out.tar'
		# Import looks at every digest.
		works -q -c 'image import out.tar seen; image inspect seen'
		grep -q -e "$one" -e "$two" <<<"$output"
	done
	wait $changing
}

@test "an image that is replaced while it is read is not taken for a damaged one" {
	need_tool strace
	! is_sanitized || skip 'sanitizers make calls of their own'
	local line
	works -q -c 'image import one.tar it'
	(
		while [ ! -e stop ]; do
			"$STAVE" -q -c 'image import one.tar it; image import two.tar it' || exit 1
		done
	) >/dev/null 3>&- 4>&- &
	local changing=$!
	for line in 'image history it' 'image inspect it' 'image inspect --config it' 'image ls'; do
		run strace -qq -o trace -e trace=openat -e inject=openat:delay_enter=50000 "$STAVE" -q -c "$line" 3>&- 4>&-
		[ "$status" = 0 ] || break
		says_not 'damaged'
	done
	touch stop
	wait $changing
	[ "$status" = 0 ] || complain "$line"
}
