#!/usr/bin/env bats
# Unions: which layer a name comes from, what a deletion leaves, what never changes.
load common

prepare() {
	need_userns
	mkdir A B C
	echo a >A/a
	echo 'x of A' >A/x
	echo b >B/b
	echo 'x of B' >B/x
	first="$(first)unshare mnt; "
	case $(uname -r) in
	5.[0-9].* | 5.10.*) is_root || skip 'overlay in a user namespace came with Linux 5.11' ;;
	esac
}

checksum() {
	find A B -type f -exec sha256sum {} + | sort
}

@test "union A B C shows a, b, x, and x is A's" {
	works -q -c "${first}union $WORK/A $WORK/B $WORK/C; run ls $WORK/C; run cat $WORK/C/x"
	[ "$output" = $'a\nb\nx\nx of A' ]
	[ -z "$(ls C)" ]
}

@test "writes go to the writable layer: the layers named never change" {
	local before
	before=$(checksum)
	works -q -c "${first}union $WORK/A $WORK/B $WORK/C; run /bin/sh -c 'echo new >$WORK/C/x; echo n >$WORK/C/n; rm $WORK/C/b'; run ls $WORK/C"
	[ "$output" = $'a\nn\nx' ]
	[ "$(checksum)" = "$before" ]
	[ -z "$(ls C)" ]
}

@test "--upper keeps what is written, --ro takes none" {
	mkdir U
	works -q -c "${first}union $WORK/A $WORK/C --upper $WORK/U; run touch $WORK/C/kept; whiteout $WORK/C/x"
	[ "$(ls)" = $'A\nB\nC\nU\nconfig\nhome\nrun\nstate' ] || complain 'a work folder stayed'
	[ -e U/kept ]
	fails 1 -q -c "${first}union $WORK/A $WORK/B $WORK/C --ro; run touch $WORK/C/no"
	others_complain 'Read-only file system'
	works -q -c "${first}union $WORK/A $WORK/B $WORK/C --ro; run cat $WORK/C/x"
	[ "$output" = 'x of A' ]
}

@test "whiteout hides a name and shows the entry that does it" {
	works -c "${first}union $WORK/A $WORK/B $WORK/C; whiteout $WORK/C/x"
	says -r '/upper/x: character device 0:0'
	says 'before: '
	works -q -c "${first}union $WORK/A $WORK/B $WORK/C; whiteout $WORK/C/x; run ls $WORK/C"
	[ "$output" = $'a\nb' ]
	[ -e A/x ] && [ -e B/x ]
}

@test "opaque hides all of a folder of the layers below" {
	mkdir A/d B/d
	touch A/d/one B/d/two
	works -q -c "${first}union $WORK/A $WORK/B $WORK/C; run ls $WORK/C/d; opaque $WORK/C/d; run ls $WORK/C/d"
	[ "${lines[*]:0:2}" = 'one two' ]
	[ "${#lines[@]}" = 2 ]
	works -c "${first}union $WORK/A $WORK/B $WORK/C; opaque $WORK/C/d"
	says -r 'overlay.opaque|opaque'
}

@test "tree marks what is a whiteout" {
	mkdir U
	works -c "${first}union $WORK/A $WORK/C --upper $WORK/U; whiteout $WORK/C/x; tree $WORK/U"
	says -r 'x.*whiteout'
}

@test "whiteout of what is not there, outside of a union" {
	fails 1 -c "${first}union $WORK/A $WORK/C; whiteout $WORK/C/none"
	complains none
	fails 1 -c "${first}whiteout $WORK/A/x"
	[ -e A/x ]
	fails 1 -c "${first}opaque $WORK/A"
}

@test "a layer that is missing, or named twice" {
	fails 1 -c "${first}union $WORK/A $WORK/nowhere $WORK/C"
	complains nowhere
	fails 1 -c "${first}union $WORK/A $WORK/A $WORK/C"
	complains -r 'ELOOP|twice'
	[ -z "$(ls C)" ]
}

@test "names with a colon and a comma are layers like any other" {
	mkdir 'D:1' 'E,2'
	touch D:1/d E,2/e
	works -q -c "${first}union '$WORK/D:1' '$WORK/E,2' $WORK/C; run ls $WORK/C"
	[ "$output" = $'d\ne' ]
}

@test "--type aufs: the mount, or since when there is none" {
	grep -q aufs /proc/filesystems && skip 'this kernel has aufs'
	fails 1 -c "${first}union $WORK/A $WORK/B $WORK/C --type aufs"
	complains aufs
	complains -r 'kernel|Linux|never'
}

@test "many layers" {
	local i list=''
	for ((i = 0; i < 60; i++)); do
		mkdir "L$i"
		echo "$i" >"L$i/top"
		touch "L$i/f$i"
		list+="$WORK/L$i "
	done
	works -q -c "${first}union $list $WORK/C; run /bin/sh -c 'ls $WORK/C | wc -l; cat $WORK/C/top'"
	[ "$output" = $'61\n0' ]
}

@test "undo takes a union away and its scratch with it; redo brings it back" {
	works -q -c "${first}union $WORK/A $WORK/B $WORK/C; undo; run ls $WORK/C; redo; run ls $WORK/C"
	says_not -r $'C$'
	[ "$(tail -n 3 <<<"$output")" = $'a\nb\nx' ]
}

# Linux before 5.6, or a filter that does not know the call.
@test "without openat2(2) layers, diff and tree say the same" {
	need_tool strace
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	local line="${first}union $WORK/A $WORK/B $WORK/C --upper $WORK/U; run /bin/sh -c 'echo new >$WORK/C/n; rm $WORK/C/b'; layers; layers $WORK/C/x; diff; tree $WORK/C"
	mkdir U
	works -q -c "$line"
	known=$output
	rm -rf U && mkdir U
	run strace -f -qq -o calls -e trace=openat2 -e inject=openat2:error=ENOSYS "$STAVE" -q -c "$line" 3>&- 4>&-
	[ "$status" = 0 ] || complain 'a word failed'
	[ "$(sed 's/[0-9]//g' <<<"$output")" = "$(sed 's/[0-9]//g' <<<"$known")" ] || complain "$known"
	grep -q ENOSYS calls
}
