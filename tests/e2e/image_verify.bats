#!/usr/bin/env bats
# image verify: what was changed, cut or deleted in the store is found, whatever kind of file it is; what is
# unfinished goes.
load common

prepare() {
	need_userns
	export XDG_DATA_HOME=$WORK/data
	STORE=$XDG_DATA_HOME/stave
	mkdir -p one/etc two/etc
	echo first >one/etc/name
	ln -s name one/etc/link
	echo second >two/etc/name
	tar -C one -cf one.tar .
	tar -C two -cf two.tar .
	works -q -c 'image import one.tar; image import two.tar'
	works -q -c 'image inspect one'
	LAYER=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")
	CONFIG=$STORE/blobs/sha256/$(jq -r '.[0].Id | ltrimstr("sha256:")' <<<"$output")
	MANIFEST=$STORE/blobs/sha256/$(jq -r '.manifest | ltrimstr("sha256:")' "$STORE/images/one:latest")
	BLOB=$STORE/blobs/sha256/$(sha256sum <one.tar | cut -d' ' -f1)
	RECORD=$STORE/images/one:latest
	cp -a "$STORE" whole
}

restore() {
	rm -rf "$STORE"
	cp -a whole "$STORE"
}

# One bit of the byte in the middle.
flip() {
	local at=$(($(stat -c %s "$1") / 2)) byte
	byte=$(od -An -tu1 -j "$at" -N 1 "$1")
	chmod u+w "$1"
	printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

cut_file() { truncate -s $(($(stat -c %s "$1") / 2)) "$1"; }

# The image one is damaged and the image two is whole; then all is put back. Files of layers keep their times.
found() {
	fails 1 --json -c 'image verify'
	holds '.[0].error.id == "store.damaged"'
	holds '.[0].output | test("one:latest: damaged") and test("two:latest: whole")'
	fails 1 -c 'image verify one'
	errs store.damaged
	works -c 'image verify two'
	restore
}

@test "verify: a whole store, one of its images, none, and one that is not there" {
	works --json -c 'image verify; image verify two'
	holds 'all(.[]; .ok and .error == null)'
	[ "$(find "$STORE" | sort | sha256sum)" = "$(cd "$WORK" && find whole | sed "s,^whole,$STORE," | sort | sha256sum)" ] ||
		complain 'the store has changed'
	fails 1 -c 'image verify none'
	errs image.absent
	works -c 'image rm one; image rm two; image verify'
	rm -rf "$STORE"
	works -c 'image verify'
}

@test "verify: a bit that was flipped in a record, a manifest, a config, a blob and a layer's file" {
	local file
	for file in "$RECORD" "$MANIFEST" "$CONFIG" "$BLOB"; do
		flip "$file"
		found
	done
	touch -r "$LAYER/etc/name" stamp
	flip "$LAYER/etc/name"
	touch -r stamp "$LAYER/etc/name"
	found
}

@test "verify: a record, a manifest, a config, a blob and a layer's file that were cut" {
	local file
	for file in "$RECORD" "$MANIFEST" "$CONFIG" "$BLOB" "$LAYER/etc/name"; do
		cut_file "$file"
		found
	done
}

@test "verify: a manifest, a config, a blob, a layer and its files that were deleted; a file more" {
	local file
	for file in "$MANIFEST" "$CONFIG" "$BLOB" "$LAYER" "$LAYER/etc/name" "$LAYER/etc/link" "$LAYER/etc"; do
		rm -rf "$file"
		found
	done
	echo more >"$LAYER/etc/more"
	found
	ln -sfn elsewhere "$LAYER/etc/link"
	found
	chmod 600 "$LAYER/etc/name"
	found
}

@test "verify: a damaged manifest, config and blob are never served" {
	local file word
	for file in "$MANIFEST" "$CONFIG"; do
		flip "$file"
		for word in 'image inspect one' 'image history one' 'image export one out'; do
			fails 1 -q -c "$word"
			errs store.damaged
		done
		fails 125 -q -c 'container --image one -- true'
		errs store.damaged
		restore
	done
	flip "$BLOB"
	fails 1 -q -c 'image export one out'
	errs store.damaged
	[ ! -e out ] || complain 'something was written'
}

@test "verify: layers and blobs that no image has, and what a crash has left, are removed" {
	mkdir -p "$STORE/scratch/abandoned/layers" "$STORE/layers/sha256/$(printf '%064d' 1)/etc"
	echo x >"$STORE/blobs/sha256/$(printf '%064d' 2)"
	echo '{' >"$STORE/images/.new"
	works -c 'image verify'
	[ "$(find "$STORE" | sort | sha256sum)" = "$(find whole | sed "s,^whole,$STORE," | sort | sha256sum)" ] ||
		complain 'something is left'
	# While a record cannot be read nobody knows what it has.
	cut_file "$RECORD"
	fails 1 -c 'image verify'
	[ -e "$BLOB" ] && [ -e "$LAYER" ] || complain 'what may be its own went'
}

@test "verify: where the folder of the records is gone nothing is removed, until it is there again" {
	mv "$STORE/images" kept
	fails 1 -c 'image verify'
	errs store.damaged
	fails 1 -c "image import one.tar other"
	errs store.damaged
	[ -e "$BLOB" ] && [ -e "$LAYER" ] || complain 'what an image has went'
	mv kept "$STORE/images"
	works -c 'image verify one'
	rm -r "$STORE/images"
	mkdir -m 700 "$STORE/images"
	works -c 'image verify'
	[ ! -e "$BLOB" ] && [ ! -e "$LAYER" ] || complain 'what no image has is left'
}

@test "verify: a committed image of two layers, one deletion and one folder made again" {
	need_tool busybox
	works -q -c "container; run sh -c 'echo x >/x; rm -f /bin/ls'; commit made"
	works -q -c "container --image made; run sh -c 'rm -r /etc; mkdir /etc; echo y >/etc/y; rm /x'; commit made"
	works -c 'image verify made'
}

# Linux before 5.6, or a filter that does not know the call.
@test "verify and commit: without openat2(2) the same" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	run strace -f -qq -o calls -e trace=openat2 -e inject=openat2:error=ENOSYS "$STAVE" -q -c 'image verify' 3>&- 4>&-
	[ "$status" = 0 ] || complain 'the store is not verified'
	grep -q ENOSYS calls
	mkdir -p folder/a/b/c
	echo deep >folder/a/b/c/d
	run strace -f -qq -o calls -e trace=openat2 -e inject=openat2:error=ENOSYS "$STAVE" -q \
		-c "container --image $PWD/folder; commit whole" 3>&- 4>&-
	[ "$status" = 0 ] || complain 'nothing is committed'
	works -q -c 'image verify whole'
	works -q -c 'image inspect whole'
	[ "$(cat "$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")/a/b/c/d")" = deep ]
}
