#!/usr/bin/env bats
# Archives that say themselves that they are damaged: made by damage.py, and refused by umoci
# as well.
load common

setup_file() {
	[ -x /usr/bin/python3 ] || return 0
	mkdir "$BATS_FILE_TMPDIR/cases"
	/usr/bin/python3 -B "$BATS_TEST_DIRNAME/damage.py" "$BATS_FILE_TMPDIR/cases"
}

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	export XDG_DATA_HOME=$WORK/data
	CASES=$BATS_FILE_TMPDIR/cases
}

# Each that matches is refused: the error names the layer, where there is one, and no errno that has no
# name; nothing of it is kept.
refused() {
	local case lines=''
	for case in $1; do
		[ -e "$case" ] || complain "$case is no case"
		lines+="image import $case x; "
	done
	fails 1 -k --json -c "$lines"
	holds 'all(.[]; .ok == false and .error != null)'
	holds 'all(.[]; .error.what | contains("E?") | not)'
	holds 'all(.[]; (.line | test("[.]tar x")) or (.error.what | contains("layer 1 of 1, sha256:")))'
	[ -z "$(cd "$XDG_DATA_HOME/stave" && find images layers/sha256 blobs/sha256 scratch -mindepth 1 2>/dev/null)" ] ||
		complain "$1 left something in the store"
}

@test "damaged: gzip with a wrong CRC, length or content, and what is no gzip behind it" {
	refused "$CASES/bad-gzip-[!c]*"
	refused "$CASES/bad-gzip-c[!u]*"
}

@test "damaged: one to eight bytes cut off" {
	refused "$CASES/bad-gzip-cut-*"
	refused "$CASES/bad-xz-cut-*"
	refused "$CASES/bad-bzip2-cut-*"
	refused "$CASES/bad-tar-cut-*"
}

@test "damaged: zstd with a wrong checksum, or cut off" {
	need_tool zstd
	refused "$CASES/bad-zstd-*"
}

@test "damaged: a header with a wrong checksum makes no entry vanish" {
	refused "$CASES/bad-checksum*"
	holds 'all(.[]; .error.what | test("entry 1, a"))'
}

@test "damaged: records of pax with another length than they say, no key, or NUL in a name" {
	refused "$CASES/bad-pax-*"
	holds 'all(.[]; .error.what | test("entry 1, a"))'
}

@test "damaged: a header that is cut" {
	refused "$CASES/bad-header-cut-*"
	holds 'all(.[]; .error.what | test("entry 2, b"))'
}

@test "not damaged: members, frames to be skipped, names in no encoding, padding that is missing" {
	local case lines=''
	for case in "$CASES"/good-*; do
		lines+="image import $case x; "
	done
	works -c "$lines"
}

@test "damaged: umoci refuses the same, and takes the same" {
	need_tool umoci
	local case
	# But for a member of gzip whose CRC and length are both cut off, which its library takes for whole; Debian
	# 12's knows no zstd.
	for case in "$CASES"/bad-*; do
		[[ -d $case && $case != */bad-gzip-cut-8 && $case != *zstd* ]] || continue
		run umoci unpack --rootless --image "$case:t" out
		[ "$status" != 0 ] || complain "umoci takes $case"
		rm -rf out
	done
	for case in "$CASES"/good-*; do
		[[ -d $case && $case != *zstd* ]] || continue
		run umoci unpack --rootless --image "$case:t" out
		[ "$status" = 0 ] || complain "umoci refuses $case: $output"
		rm -rf out
	done
}
