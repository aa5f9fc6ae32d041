#!/usr/bin/env bats
# commit and image export: what was written becomes a layer, and an image goes out as it came in.
load common

prepare() {
	need_userns
	need_tool busybox
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	export XDG_DATA_HOME=$WORK/data
}

# The names in layer N (from 1) of the image, as its tar has them; -v: with what they are.
layer() { # IMAGE N [-v]
	works -q -c "image export $1 $1.oci"
	mkdir -p "$1" && tar -C "$1" -xf "$1.oci"
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$1/index.json")
	tar -t"${3:+v}"f "$1/blobs/sha256/$(jq -r ".layers[$2 - 1].digest" \
		"$1/blobs/sha256/${manifest#*:}" | cut -d: -f2)"
}

@test "what was written, and what was deleted, is the new layer; nothing else" {
	is_root || [ "$(uname -r | cut -d. -f1)" -gt 5 ] || skip 'overlay in a user namespace needs Linux 5.11'
	works -q -c "container; run sh -c 'echo hello >/greeting; rm /bin/ls; mkdir /new; ln /greeting /new/same'; commit mine -m 'a greeting'"
	says 'mine:latest: 2 layers'
	run layer mine 2
	[ "$(sort <<<"$output")" = "$(printf '%s\n' ./ bin/ bin/.wh.ls greeting new/ new/same | sort)" ] ||
		complain 'not the names of what was written'
	works -c 'image history mine'
	says 'commit  # a greeting'
}

@test "the init layer's files never enter an image, written to or deleted" {
	works -q -c "container; run sh -c 'echo mine >>/etc/hosts; rm /etc/resolv.conf; echo other >/etc/hostname; echo x >/etc/mine'; commit mine"
	run layer mine 2
	says etc/mine
	says_not hosts
	says_not hostname
	says_not resolv.conf
	run layer mine 1 -v
	# The image's own are there, and empty.
	[ "$(grep -cE ' 0 .* etc/(hosts|hostname|resolv.conf)$' <<<"$output")" = 3 ] || complain 'not three empty files'
}

@test "a folder that was deleted and made anew hides what was in it" {
	works -q -c "container; run sh -c 'rm -r /home; mkdir /home; echo x >/home/new; mkdir /srv/sub'; commit one"
	run layer one 2
	says 'home/.wh..wh..opq'
	says 'home/new'
}

@test "an image on an image: the layers below are the same, and so is their order" {
	works -q -c "container; run sh -c 'echo 1 >/one'; commit a"
	works -q -c 'image inspect a'
	mapfile -t layers < <(jq -r '.[0].GraphDriver.Data.Layers[]' <<<"$output")
	below=$(jq -c '.[0].RootFS.Layers' <<<"$output")
	mkdir union
	works -q -c "$(first)unshare mnt; union ${layers[1]} ${layers[0]} $WORK/union; run sh -c 'echo 2 >$WORK/union/two; rm $WORK/union/one'; commit b"
	says 'b:latest: a:latest and one layer more, 3 in all'
	works -q -c 'image inspect b'
	[ "$(jq -c '.[0].RootFS.Layers[:2]' <<<"$output")" = "$below" ] || complain 'other layers below'
	[ "$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")" = "${layers[0]}" ]
	layer=$(jq -r '.[0].GraphDriver.Data.Layers[2]' <<<"$output")
	[ "$(cat "$layer/two")" = 2 ]
	[ -c "$layer/one" ] || complain 'the deletion is missing'
	works -q -c 'image rm a; image ls'
	[ -d "${layers[0]}" ] || complain "a layer of another image's is gone"
}

@test "import(export(x)) is x, and export gives the same bytes each time" {
	works -q -c "container; run sh -c 'echo 1 >/one; rm /bin/cat; rm -r /opt; mkdir /opt'; commit x:1"
	works -q -c 'image export x:1 one.tar; image export x:1 two.tar'
	cmp one.tar two.tar
	works -q -c 'image inspect x:1'
	before=$output
	works -q -c 'image rm x:1; image import one.tar'
	says 'x:1: 2 layers'
	works -q -c 'image inspect x:1'
	[ "$output" = "$before" ] || complain "$(diff <(echo "$before") <(echo "$output"))"
}

@test "a file is replaced when the archive is whole, and by nothing else" {
	works -q -c "container; run touch /x; commit x"
	echo old >file
	works -q -c 'image export x file'
	jq -e . <(tar -xOf file index.json) >/dev/null
	mkdir folder
	fails 1 -c 'image export x folder'
	complains 'EISDIR'
	fails 1 -c 'image export y file'
	errs image.absent
	fails 1 -c 'image export x missing/file'
	complains 'ENOENT'
	# A blob that has changed in the store is found out.
	echo old >file
	blob=$(find data/stave/blobs -type f -size +100k)
	printf 'x' | dd of="$blob" bs=1 seek=1000 conv=notrunc 2>/dev/null
	fails 1 -c 'image export x file'
	errs store.damaged
	[ "$(cat file)" = old ]
	[ "$(find . -maxdepth 1 -name 'file*')" = ./file ]
}

@test "there is nothing to commit where there is no union with a writable layer" {
	fails 1 -c 'commit x'
	errs union.absent
	mkdir a b c
	fails 1 -c "$(first)unshare mnt; union a b c --ro; commit x"
	errs union.read-only
	fails 1 -c 'commit X'
	errs name.invalid
	fails 1 -c 'commit'
}

# A program in the container that makes, renames and replaces as fast as it can; with an argument it
# cuts a large file off, too, which takes a while to be read.
restless() {
	cat >restless <<-'END'
		#!/bin/sh
		mkdir -p /at && cd /at || exit 1
		[ $# = 0 ] || while truncate -s 64M large; do truncate -s 0 large; done &
		: >ready
		while :; do
			for n in 0 1 2 3 4 5 6 7 8 9; do
				rm -rf $n
				mkdir -p $n/in && echo x >$n/in/file && ln -s in/file $n/link
				mv $n moved.$n && rm -rf moved.$n
				echo "a file" >$n
				rm $n && ln -s /etc $n
			done
		done
	END
	chmod 755 restless
}

# commit_moving NAME [ARGUMENT]
commit_moving() {
	run --separate-stderr timeout "$(deadline 60)" "$STAVE" -q --json -c "container -v $WORK/restless:/restless:ro
		run sh -c '/restless $2 >/dev/null 2>&1 & until [ -e /at/ready ]; do sleep 0.05; done'
		commit $1" 3>&- 4>&-
}

# Nothing is under way, nothing is half.
nothing_of() { # NAME
	[ "$(pick '.[] | .error // empty | .id' | tail -n 1)" = archive.changed ] || complain 'failed by something else'
	fails 1 -q -c "image inspect $1"
	[ -z "$(find "$XDG_DATA_HOME/stave" -name packed)" ] || complain 'a tar is left'
}

@test "commit of folders that change: an image that imports, or archive.changed and nothing of it" {
	local n
	restless
	for n in 1 2 3; do
		commit_moving moving$n
		if [ "$status" = 0 ]; then
			works -q -c "image export moving$n whole$n.oci; image rm moving$n; image import whole$n.oci again$n"
		else
			nothing_of moving$n
		fi
	done
}

@test "commit of a file that is cut off meanwhile: archive.changed, and nothing of it" {
	local n failed=0
	restless
	# When it is empty as it is opened there is nothing to be missed.
	for n in {1..40}; do
		commit_moving moving$n cut
		[ "$status" = 0 ] && continue
		nothing_of moving$n
		failed=1
		break
	done
	[ "$failed" = 1 ] || complain 'what was cut off was taken for whole'
}

@test "what a killed shell was making in the store goes with the next start" {
	mkdir -p -m 700 "$XDG_DATA_HOME/stave/scratch/killed"
	touch "$XDG_DATA_HOME/stave/scratch/killed/layer"
	works -c version
	[ ! -e "$XDG_DATA_HOME/stave/scratch/killed" ] || complain 'left in scratch'
}

@test "check tells of which image a root is" {
	is_root || [ "$(uname -r | cut -d. -f1)" -gt 5 ] || skip 'overlay in a user namespace needs Linux 5.11'
	works -q -c 'container; run touch /a; commit one; container --image one; run touch /b; commit two; check mount / of image one
		check not mount / of image two and image two shares 2 layers with one and image two layers 3
		container --image two; check mount / of image two and not mount / of image one and not mount /proc of image two'
}

@test "of two options of an overlay that no archive can say, the one that was used is named" {
	need_root
	local mark
	for mark in redirect metacopy; do
		mkdir -p $mark/{a,b,c,u}
		run --separate-stderr stave -k --json -c "unshare mnt; union $WORK/$mark/a $WORK/$mark/b $WORK/$mark/c --upper $WORK/$mark/u
run sh -c 'echo x >$WORK/$mark/c/f'
!python3 -c 'import os;os.setxattr(\"$WORK/$mark/u/f\",\"trusted.overlay.$mark\",b\"y\")'
commit mine"
		jq -es --arg mark "$mark" '.[-1].error | .id == "archive.invalid" and (.why | contains("redirect_dir")) == ($mark == "redirect") and
			(.why | contains("metacopy")) == ($mark == "metacopy")' <<<"$output" >/dev/null || complain "$mark: $(pick -c '.[-1].error')"
	done
}
