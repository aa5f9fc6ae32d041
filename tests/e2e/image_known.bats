#!/usr/bin/env bats
# An import unpacks no layer that the store has: what comes of it is what came of it before.
load common

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	export XDG_DATA_HOME=$WORK/data
}

# layout NAME EXPRESSION...: an OCI layout whose layers have these entries, each a list in Python.
layout() {
	PYTHONPATH=$HERE /usr/bin/python3 -B - "$@" <<-'END'
		import sys, tarfile
		from oci import Layout, entry, tar
		d = lambda name, **k: entry(name, tarfile.DIRTYPE, **k)
		f = lambda name, data="": entry(name, data=data.encode())
		layout = Layout(sys.argv[1])
		layout.index(layout.image([tar(*eval(layer)) for layer in sys.argv[2:]]))
	END
}

LOW='[d("d"), f("d/a", "low"), f("d/b", "low"), f("f", "low")]'
MIDDLE='[d("d"), f("d/.wh.a"), f("d/c", "middle"), d("e"), f("e/x", "middle")]'
TOP='[f("d/.wh.b"), f("d/.wh.none"), f("e/.wh..wh..opq"), f("e/y", "top"), f("f", "top")]'

# The names in the topmost layer of the image, each with its kind and mode.
top() { # NAME
	works -q -c "image inspect $1"
	find "$(jq -r '.[0].GraphDriver.Data.Layers[-1]' <<<"$output")" -mindepth 1 -printf '%P %y %m %s\n' | LC_ALL=C sort
}

# How often a process of the import has made a file with this name.
made() { # FILE NAME COMMAND
	strace -f -qq -e trace=openat,openat2,open -o log "$STAVE" -q -c "$3" >said || complain "$3"
	grep -c "\"$2\".*O_CREAT" log || true
}

@test "a layer that the store has is not unpacked once more, one above it is, and is laid over it" {
	layout two "$LOW" "$MIDDLE"
	layout three "$LOW" "$MIDDLE" "$TOP"
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	[ "$(made two c 'image import two two')" -gt 0 ]
	[ "$(made two c 'image import two again')" = 0 ]
	[ "$(made three c 'image import three three')" = 0 ]
	grep -q '"y".*O_CREAT' log
	known=$(top three)
	works -q -c 'image verify'
	XDG_DATA_HOME=$WORK/other works -q -c 'image import three three'
	fresh=$(XDG_DATA_HOME=$WORK/other top three)
	[ -n "$fresh" ]
	[ "$known" = "$fresh" ] || complain "$known"$'\n'"is not"$'\n'"$fresh"
}

@test "an archive that is damaged is refused, though the store has its layers" {
	layout two "$LOW" "$MIDDLE"
	works -q -c 'image import two two'
	blob=$(jq -r '.layers[0].digest' "two/blobs/sha256/$(jq -r '.manifests[0].digest | split(":")[1]' two/index.json)")
	printf X | dd of="two/blobs/sha256/${blob#sha256:}" bs=1 seek=40 conv=notrunc status=none
	fails 1 -q -c 'image import two again'
	errs archive.digest
	works -q -c 'image verify'
}

@test "a layer whose blob is another, or that is gone, is unpacked" {
	layout two "$LOW" "$MIDDLE"
	works -q -c 'image import two two'
	works -q -c 'image rm two; image import two two; image verify'
	folder=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$("$STAVE" -q -c 'image inspect two')")
	rm -rf "$folder"
	works -q -c 'image import two again; image verify'
	[ "$(cat "$folder/d/a")" = low ]
}

# The files of a known layer are not looked at: verify does that, and an import mends them once no image has the layer.
@test "a file of a known layer that was changed in the store is found by verify, and mended where all its images go first" {
	layout two "$LOW" "$MIDDLE"
	works -q -c 'image import two two'
	folder=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$("$STAVE" -q -c 'image inspect two')")
	touch -r "$folder/d/a" stamp
	echo not >"$folder/d/a"
	touch -r stamp "$folder/d/a"
	works -q -c 'image import two again'
	for name in two again; do
		fails 1 --json -c "image verify $name"
		holds '.[0].error.id == "store.damaged"'
	done
	works -q -c 'image rm two'
	fails 1 -q -c 'image import two two; image verify two'
	works -q -c 'image rm two; image rm again; image import two two; image verify two'
	[ "$(cat "$folder/d/a")" = low ]
}
