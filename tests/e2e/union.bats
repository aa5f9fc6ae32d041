#!/usr/bin/env bats
# What a union is made of: its layers, what each of them gives, what the writable one holds.
load common

prepare() {
	need_userns
	first="$(first)unshare mnt; "
	case $(uname -r) in
	5.[0-9].* | 5.10.*) is_root || skip 'overlay in a user namespace came with Linux 5.11' ;;
	esac
	mkdir -p A/d B/d C
	echo a >A/a
	echo 'x of A' >A/x
	echo 1 >A/d/one
	echo b >B/b
	echo 'x of B' >B/x
	echo 2 >B/d/two
	U="${first}union $WORK/A $WORK/B $WORK/C; "
}

# Lines of the table that layers PATH prints, blanks squeezed: "0 read-only gives it: ..."
sights() {
	sed -n 's/  */ /g; s/^ \([0-9]\)/\1/p' <<<"$output" | sed 's/, inode [0-9]*//'
}

@test "layers lists the branches from the lowest, the writable one last" {
	works -q -c "${U}layers"
	[ "${lines[0]}" = " union at $WORK/C (overlay), the lowest first" ]
	[[ ${lines[2]} =~ ^\ +0\ +read-only\ +$WORK/B$ ]]
	[[ ${lines[3]} =~ ^\ +1\ +read-only\ +$WORK/A$ ]]
	[[ ${lines[4]} =~ ^\ +2\ +writable\ +/.*/upper$ ]]
}

@test "layers PATH tells which branch gives a file, which it hides, and by what" {
	works -q -c "${U}layers $WORK/C/b"
	[ "$(sights)" = $'0 read-only gives it: file, 2 bytes\n1 read-only -\n2 writable -' ]
	works -q -c "${U}layers $WORK/C/d"
	[ "$(sights)" = $'0 read-only is merged: folder\n1 read-only is merged: folder\n2 writable -' ]
	works -q -c "${U}whiteout $WORK/C/x; layers $WORK/C/x"
	says 'hidden by a whiteout in branch 2'
	says -r '2 +writable +whiteout: character device 0:0'
	says 'so the union shows nothing of that name'
	works -q -c "${U}opaque $WORK/C/d; layers $WORK/C/d/one"
	says 'hidden by an opaque folder'
}

@test "the union agrees with what layers says of every name" {
	echo 'file over folder' >A/z
	mkdir B/z
	works -q -c "${U}run sh -c 'rm $WORK/C/a; echo new >$WORK/C/new'; tree $WORK/C"
	[ "$(sed -n 's/^.*─ //p' <<<"$output")" = "b  branch 0
d/  branches 0 and 1
one  branch 1
two  branch 0
new  branch 2, writable
x  branch 1, over branch 0
z  branch 1, over branch 0" ]
}

@test "a folder over a file: the file is hidden, and what is below it too" {
	mkdir A/y D
	echo file >B/y
	mkdir D/y
	touch A/y/top D/y/bottom
	works -q -c "${first}union $WORK/A $WORK/B $WORK/D $WORK/C; run ls $WORK/C/y; layers $WORK/C/y"
	[ "${lines[0]}" = top ]
	[[ ${lines[1]} == *lowest* ]]
	[ "$(grep -c 'is merged' <<<"$output")" = 1 ]
}

@test "diff tells added, changed and deleted as docker does" {
	works -q -c "${U}diff --plain; run sh -c 'cd $WORK/C; echo more >>x; echo new >new; rm b; rm -r d; mkdir d; echo 3 >d/three'; diff --plain"
	[ "$output" = $'D /b\nC /d\nD /d/one\nA /d/three\nD /d/two\nA /new\nC /x' ]
}

@test "diff tells a change from what was only copied up" {
	works -q -c "${U}run sh -c 'cd $WORK/C; : >>x; chmod 600 a; echo c >b'; diff"
	says -r $'C /x +copied up, content unchanged\n'
	says -r 'C /a +mode 0600, was 0644; content unchanged'
	says -r 'C /b +content: 2 bytes, were 2'
	says '0 added, 3 changed (1 of them only copied up), 0 deleted'
}

@test "nothing written, no writable layer, no union" {
	works -q -c "${U}diff"
	[ "$output" = ' nothing: the writable layer is empty' ]
	fails 1 -q -c "${first}union $WORK/A $WORK/B $WORK/C --ro; diff"
	errs union.read-only
	fails 1 -q -c "${first}layers"
	errs union.absent
	fails 1 -q -c "${U}layers $WORK/A/a"
	errs union.absent
}

@test "after a pivot the layers are still looked into" {
	works -q -c "${first}rootfs busybox /mnt; run sh -c 'echo mine >/mnt/etc/passwd; rm /mnt/bin/wget'; pivot /mnt; layers; diff; layers /etc/passwd"
	says -r $'0 +read-only +\\+ .*/busybox-'
	says -r $'1 +writable +\\* .*/upper'
	says -r $'C /etc/passwd +content: 5 bytes, were'
	says 'D /bin/wget'
	says -r '1 +writable +gives it: file, 5 bytes'
}

@test "a container by its name: init layer and all" {
	cat >box.stave <<'END'
container -d --name box -- sh -c 'echo hi >/root/x; : >>/etc/hosts; touch /ready; sleep 30'
!sleep 0.5
layers --of box
layers /etc/hosts --of box
diff --of box --plain
END
	works -q box.stave
	says -r $'1 +init +\\* .*/init'
	says -r $'1 +init +file, [0-9]+ bytes, inode [0-9]+; hidden by the same name in\n? *branch 2'
	[ "$(grep '^[ACD] ' <<<"$output")" = $'C /etc\nC /etc/hosts\nA /ready\nC /root\nA /root/x' ]
}

@test "200 layers, and names with all that a name may hold" {
	local i list=''
	for ((i = 0; i < 200; i++)); do
		mkdir "layer-with-a-long-name-$i"
		echo "$i" >"layer-with-a-long-name-$i/top"
		list+="$WORK/layer-with-a-long-name-$i "
	done
	works -q -c "${first}union $list $WORK/C; run cat $WORK/C/top; layers; layers $WORK/C/top"
	[ "${lines[0]}" = 0 ]
	says -r "199 +read-only +$WORK/layer-with-a-long-name-0"$'\n'
	says -r '199 +read-only +gives it: file, 2 bytes'
	mkdir 'a b' 'c,d' 'e:f' 'g\h' $'i\nj' "k'l"
	for i in 'a b' 'c,d' 'e:f' 'g\h' $'i\nj' "k'l"; do touch "$i/${i:0:1}"; done
	works -q -c "${first}union 'a b' 'c,d' 'e:f' 'g\\h' \$'i\\nj' \"k'l\" C; run ls $WORK/C; layers"
	[ "${lines[*]:0:6}" = 'a c e g i k' ]
	says "$WORK/g\\\\h"
	says "$WORK/i\\nj"
	says "$WORK/c,d"
}

@test "more layers than overlay takes" {
	local i list=''
	for ((i = 0; i < 501; i++)); do list+='A '; done
	fails 1 -q -c "${first}union $list C"
	errs union.layers
}

@test "a writable layer that a union has already is told with that union" {
	mkdir -p "$WORK"/twice/{a,b,c,d,u,v,w}
	local t=$WORK/twice line
	for line in "union $t/b $t/d --upper $t/u" "mount overlay $t/d -o lowerdir=$t/b,upperdir=$t/u,workdir=$t/w"; do
		works -c "${U}union $t/a $t/c --upper $t/u; $line"
		[ "$(tr -s ' \n' '  ' <<<"$output" | grep -oE "mount [0-9]+ \($t/c\) has the writable layer $t/u" | wc -l)" = 1 ]
	done
	works -c "${U}union $t/a $t/c --upper $t/u; union $t/b $t/d --upper $t/v"
	run ! grep -E "mount [0-9]+ \($t/c\)" <<<"$(tr -s ' \n' '  ' <<<"$output")"
}

@test "--upper on an overlay: the writable layer is in memory and seen there" {
	mkdir W
	works -q -c "${U}run mkdir $WORK/C/up; mount tmpfs $WORK/W; union $WORK/A $WORK/W --upper $WORK/C/up; run touch $WORK/W/n; run ls $WORK/C/up"
	[ "$output" = n ]
	works -c "${U}run mkdir $WORK/C/up; union $WORK/A $WORK/W --upper $WORK/C/up"
	says 'is on an overlay'
	fails 1 -q -c "${U}union $WORK/A $WORK/W --upper $WORK/C/d"
	errs union.layers
}

@test "copyup shows the copy: layer, inode and blocks, before and after" {
	head -c 100000 /dev/urandom >B/big
	works -c "${U}copyup $WORK/C/big; layers $WORK/C/big; diff"
	says "close(open(\"$WORK/C/big\", O_WRONLY|O_NOFOLLOW))"
	says -r 'took [0-9]+\.[0-9]{3} ms'
	says -r "before: branch 0, read-only: device [0-9]+:[0-9]+ inode $(stat -c %i B/big), seen as"
	says -r 'after: branch 2, writable: device [0-9]+:[0-9]+ inode [0-9]+, seen as'
	says -r 'copied: 100000 bytes, (196|200) blocks of 512'
	says -r '0 +read-only +file, 100000 bytes, inode [0-9]+; hidden by the same name'
	says -r 'C /big +copied up, content unchanged'
	fails 1 -q -c "${U}copyup $WORK/C/big; copyup $WORK/C/big"
	errs path.kind
	fails 1 -q -c "${U}copyup $WORK/C/d"
	errs path.kind
	fails 1 -q -c "${U}copyup $WORK/A/a"
	errs union.absent
	fails 1 -q -c "${first}union $WORK/A $WORK/B $WORK/C --ro; copyup $WORK/C/a"
	errs union.read-only
}

@test "whiteout --format has one deletion in three dialects" {
	works -c "${U}whiteout $WORK/C/x --format; tree $XDG_RUNTIME_DIR"
	says -r '/upper/x: character device 0:0, a whiteout'
	says -r '/archive/\.wh\.x: '
	says -r '─ \.wh\.x  whiteout as aufs and archives write it: hides x'
	says -r '─ x  whiteout \(character device 0:0\)'
	if is_root; then
		says 'empty file with trusted.overlay.whiteout, a whiteout since Linux 6.7'
		says -r '─ x  whiteout \(xattr overlay.whiteout\)'
	fi
	works -c "${U}opaque $WORK/C/d --format; tree $XDG_RUNTIME_DIR"
	says -r '/upper/d: folder with (trusted|user).overlay.opaque=y, opaque'
	says -r '/archive/d/.wh..wh..opq: empty file: its folder is opaque to aufs'
	says -r '─ \.wh\.\.wh\.\.opq  opaque as aufs and archives write it'
}

@test "overlay itself reads the attribute as a deletion, and no .wh. file" {
	need_root
	need_tool setfattr
	case $(uname -r) in 5.* | 6.[0-6].*) skip 'whiteouts by attribute came with Linux 6.7' ;; esac
	mkdir form
	works -q -c "${U}whiteout $WORK/C/x --format; run sh -c 'cp -a $XDG_RUNTIME_DIR/stave/stave-*/*/overlay/. $WORK/form; setfattr -n trusted.overlay.opaque -v x $WORK/form'; union $WORK/form $WORK/A $WORK/B /mnt; run ls /mnt; layers /mnt/x"
	[ "${lines[*]:0:3}" = 'a b d' ]
	says 'whiteout: attribute overlay.whiteout'
	says 'so the union shows nothing of that name'
}

@test "two hundred calls are one line, and calls and plan have every one of them" {
	local i list=''
	mkdir -p layers
	for ((i = 0; i < 200; i++)); do
		mkdir "layers/a-name-that-is-long-$i"
		list+="$WORK/layers/a-name-that-is-long-$i "
	done
	works -c "${first}union $list $WORK/C"
	[ "$(grep -c '^ . root  *[0-9]* calls' <<<"$output")" = 1 ]
	works -q -c "${first}union $list $WORK/C; calls"
	[ "$(grep -c 'a-name-that-is-long-100"' <<<"$output")" = 1 ]
	works -q -c "${first}plan union $list $WORK/C"
	[ "$(grep -c 'a-name-that-is-long-100"' <<<"$output")" = 1 ]
}

@test "what lies in memory of the child's own goes with it, and nothing is said to stay" {
	local begin
	begin="$(first)unshare mnt; mount tmpfs /mnt; run mkdir /mnt/low /mnt/u"
	works -q -c "$begin; union /mnt/low /mnt/u --upper /mnt/up; run touch /mnt/u/x; run test -e /mnt/up/x"
	[ -z "$stderr" ] || complain 'said to stay'
	# Folders above it are made once, for it and for its work folder.
	works -q -c "$begin; union /mnt/low /mnt/u --upper /mnt/a/b/up; run touch /mnt/u/x"
	[ -z "$stderr" ] || complain 'said to stay, below folders that were not there'
	works -q -c "$begin; union /mnt/low /mnt/u; bindmount /usr /mnt/u/new/bar; run touch /mnt/u/new/x"
	[ -z "$stderr" ] || complain 'said to stay, in a union'
	works -q -c "$(first)unshare mnt; mount tmpfs /mnt; bindmount /usr /mnt/new/bar; run touch /mnt/new/x; undo"
	says_not 'could not be restored'
}

@test "what stays on the host is told" {
	mkdir low u
	works -q -c "$(first)unshare mnt; union low u --upper up; run touch u/x"
	complains "rmdir $WORK/up: ENOTEMPTY: there are files in it now; it stays"
	# The next start clears away what can be cleared then.
	rm up/x
	works -q -c 'steps'
	[ ! -e up ]
	works -q -c "$(first)unshare mnt; union low u --upper up; bindmount /usr u/new/bar; run touch u/new/x"
	complains 'rmdir new: ENOTEMPTY'
	[ -e up/new/x ]
	rm -r up
	works -q -c 'steps'
	# Memory of the host's, under another name.
	[ -w /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ] || return 0
	local folder
	folder=$(mktemp -d /dev/shm/stave-e2e.XXXXXX)
	works -q -c "$(first)unshare mnt; bindmount $folder /mnt; bindmount /usr /mnt/new/bar; run touch /mnt/new/x"
	rm -r "$folder"
	complains 'rmdir new: ENOTEMPTY'
	works -q -c 'steps'
}

@test "whiteout deletes a name, not what a link leads to: a dangling link, a link to a file and to a folder" {
	need_userns
	mkdir -p low/d up_place
	echo x >low/file
	ln -s nowhere low/dangling
	ln -s file low/tofile
	ln -s d low/tofolder
	local name
	for name in dangling tofile tofolder; do
		works -q -c "$(first)unshare mnt; union $WORK/low $WORK/up_place; whiteout $WORK/up_place/$name; run ls $WORK/up_place"
		[ "$(sort <<<"$output" | paste -sd,)" = "$(ls low | grep -v "^$name$" | sort | paste -sd,)" ] || complain "$name"
		# By its name alone, found in the union.
		works -q -c "$(first)unshare mnt; union $WORK/low $WORK/up_place; whiteout $name; run ls $WORK/up_place"
		run ! grep -q "^$name$" <<<"$output"
	done
	fails 1 --json -c "$(first)unshare mnt; union $WORK/low $WORK/up_place; opaque $WORK/up_place/tofolder"
	holds '.[-1].error.id == "path.kind"'
}
