#!/usr/bin/env bats
# What deletions, and entries that no layer can have, leave of an image: what its union shows. Where
# nothing else is said the names are those that umoci unpacks.
load common

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	case $(uname -r) in
	5.[0-9].* | 5.10.*) is_root || skip 'overlay in a user namespace came with Linux 5.11' ;;
	esac
	export XDG_DATA_HOME=$WORK/data
	mkdir empty seen
}

# image NAME EXPRESSION...: an image whose layers have these entries, each a list in Python. d() is a
# folder, f() a file with this content, l() a link, h() a hard link, n() a node.
image() {
	local name=$1
	shift
	PYTHONPATH=$HERE /usr/bin/python3 -B - "$name" "$@" <<-'END'
		import sys, tarfile
		from oci import Layout, entry, tar
		d = lambda name, **k: entry(name, tarfile.DIRTYPE, **k)
		f = lambda name, data="": entry(name, data=data.encode())
		l = lambda name, to: entry(name, tarfile.SYMTYPE, linkname=to)
		h = lambda name, to: entry(name, tarfile.LNKTYPE, linkname=to)
		n = lambda name, major=1, minor=3: entry(name, tarfile.CHRTYPE, devmajor=major, devminor=minor)
		layout = Layout(sys.argv[1])
		layout.index(layout.image([tar(*eval(layer)) for layer in sys.argv[2:]]))
	END
	works -c "image import $name $name"
}

# shows NAME [ENTRY...]: what a union of the image's layers shows, each with its kind; and every name
# that is listed is there.
shows() {
	local name=$1 listed
	shift
	works -q -c "image inspect $name"
	mapfile -t layers < <(jq -r '.[0].GraphDriver.Data.Layers | reverse[]' <<<"$output")
	works -q -c "$(first)unshare mnt; union ${layers[*]} $WORK/empty $WORK/seen --ro; run find $WORK/seen -mindepth 1 -printf '%P %y\n'"
	listed=$(LC_ALL=C sort <<<"$output" | paste -sd,)
	[ "$listed" = "$(printf '%s\n' "$@" | LC_ALL=C sort | paste -sd,)" ] || complain "$name shows $listed"
}

LOW='[d("d"), f("d/a", "low"), f("d/b", "low"), f("f", "low")]'

@test "ghost names: a whiteout that hides nothing is not written" {
	image opaque "$LOW" '[d("d"), f("d/.wh..wh..opq"), f("d/.wh.a"), f("d/c")]'
	shows opaque 'd d' 'd/c f' 'f f'
	image missing "$LOW" '[f("n/.wh.q"), f("n/m/.wh.q"), f("d/n/.wh.q"), f("z")]'
	shows missing 'd d' 'd/a f' 'd/b f' 'f f' 'z f'
	image base '[d("d"), f("d/.wh.x"), f(".wh.y"), f("k")]'
	shows base 'd d' 'k f'
	image fresh "$LOW" '[d("new"), f("new/.wh.x"), f("new/k")]'
	shows fresh 'd d' 'd/a f' 'd/b f' 'f f' 'new d' 'new/k f'
	image nobody "$LOW" '[f("d/.wh.none"), f("d/.wh.a")]'
	shows nobody 'd d' 'd/b f' 'f f'
	image file "$LOW" '[f("f/.wh.x")]'
	shows file 'd d' 'd/a f' 'd/b f' 'f f'
	image folder "$LOW" '[d("f"), f("f/.wh.x")]'
	shows folder 'd d' 'd/a f' 'd/b f' 'f d'
	image twice "$LOW" '[f("d/.wh.a")]' '[f("d/.wh.a")]'
	shows twice 'd d' 'd/b f' 'f f'
}

# As earlier versions have stored them, which the store still has.
@test "ghost names: those of layers that were stored before are told by image inspect" {
	image old "$LOW" '[d("d"), f("d/.wh.a"), d("new")]'
	works -q -c 'image inspect old'
	holds '.[0][0] | has("GhostNames") | not'
	mapfile -t layers < <(jq -r '.[0].GraphDriver.Data.Layers[]' <<<"$output")
	cp -P "${layers[1]}/d/a" "${layers[1]}/new/q" 2>/dev/null || mknod "${layers[1]}/new/q" c 0 0
	mknod "${layers[0]}/k" c 0 0
	works -q -c 'image inspect old'
	holds '.[0][0].GhostNames == ["/k", "/new/q"]'
}

@test "ghost names: a deletion in what the same layer deletes" {
	low='[d("d"), d("d/e"), f("d/e/g")]'
	image then "$low" '[f("d/e/f"), f("d/e/.wh.f"), f("d/.wh.e")]'
	shows then 'd d' 'd/e d' 'd/e/f f'
	image first "$low" '[f("d/.wh.e"), f("d/e/.wh.f")]'
	shows first 'd d'
	image opaque "$low" '[f("d/.wh.e"), f("d/e/.wh..wh..opq")]'
	shows opaque 'd d'
}

@test "ghost names: a folder that is there for deletions alone, and is then deleted itself" {
	low='[d("d"), d("d/e"), f("d/e/g"), f("k")]'
	image inner "$low" '[f("d/e/.wh.g"), f("d/.wh.e")]'
	shows inner 'd d' 'k f'
	image both "$low" '[f("d/e/.wh..wh..opq"), f("d/.wh.e"), f(".wh.d")]'
	shows both 'k f'
	image none '[f("k")]' '[f("d/e/.wh.g"), f(".wh.d")]'
	shows none 'k f'
	image named "$low" '[f("d/e/.wh.g"), d("d/e"), f("d/.wh.e")]'
	shows named 'd d' 'd/e d' 'k f'
	image holds "$low" '[f("d/e/.wh.g"), f("d/e/h"), f("d/.wh.e")]'
	shows holds 'd d' 'd/e d' 'd/e/h f' 'k f'
}

@test "a file and then a folder of one name in a layer: the folder shows nothing of the layers below" {
	image named "$LOW" '[f("d"), d("d"), f("d/k")]'
	shows named 'd d' 'd/k f' 'f f'
	image implied "$LOW" '[f("d"), f("d/k")]'
	shows implied 'd d' 'd/k f' 'f f'
}

@test "ghost names: an opaque folder over nothing, over a file, and over the one that it hides" {
	image nothing "$LOW" '[f("n/.wh..wh..opq")]'
	shows nothing 'd d' 'd/a f' 'd/b f' 'f f'
	image file "$LOW" '[f("f/.wh..wh..opq")]'
	shows file 'd d' 'd/a f' 'd/b f' 'f f'
	image hides "$LOW" '[f("d/.wh..wh..opq")]'
	shows hides 'd d' 'f f'
}

@test "ghost names: a commit has none either, and knows the layers below" {
	image low "$LOW"
	works -q -c 'image inspect low'
	low=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")
	works -q -c "$(first)unshare mnt; mount tmpfs $WORK/seen; run mkdir $WORK/seen/u $WORK/seen/u/new; run mknod $WORK/seen/u/new/ghost c 0 0; union $low $WORK/empty --upper $WORK/seen/u; run rm $WORK/empty/d/a; run ls $WORK/empty; commit high" ||
		skip 'this file system takes no whiteouts'
	shows high 'd d' 'd/b f' 'f f' 'new d'
}

@test "a folder keeps its time where a whiteout is taken away" {
	image time "$LOW" '[d("d", mtime=1000000000), f("d/.wh.none"), f("d/n/.wh.q"), f("d/new")]'
	shows time 'd d' 'd/a f' 'd/b f' 'd/new f' 'f f'
	[ "$(stat -c %Y "${layers[0]}/d")" = 1000000000 ]
}

@test "shown through: what a device that is left out replaces is gone" {
	low='[f("a", "low"), d("b"), f("b/x", "low"), f("k")]'
	image zero "$low" '[n("a", 0, 0), n("b", 0, 0), n("new", 0, 0)]'
	says 'for deletions, left out: 3'
	says -r 'left out.*: a, b, new'
	shows zero 'k f'
	image null "$low" '[n("a"), n("b"), n("new")]'
	if is_root && [ "$(awk '{print $3}' /proc/self/uid_map)" = 4294967295 ]; then
		shows null 'a c' 'b c' 'k f' 'new c'
	else
		says 'and sockets left out: 3'
		says -r 'left out.*: a, b, new'
		shows null 'k f'
	fi
}

@test "a hard link to what is left out is left out as well; one to a deletion is refused" {
	image zero '[f("low"), f("k")]' '[n("zero", 0, 0), h("low", "zero"), h("again", "low")]'
	says 'for deletions, left out: 3'
	shows zero 'k f'
	image null '[f("low"), f("k")]' '[n("null"), h("low", "null")]'
	! is_root || [ "$(awk '{print $3}' /proc/self/uid_map)" != 4294967295 ] ||
		shows null 'k f' 'low c' 'null c'
	is_root || shows null 'k f'
	run image deleted '[f("x")]' '[f(".wh.x"), h("y", "x")]'
	[ "$status" = 1 ]
}

@test "what is left out may become something else in the same layer, and the other way round" {
	low='[f("a", "low"), d("b"), f("b/x", "low")]'
	image swaps "$low" '[n("a", 0, 0), d("a"), f("a/in"), n("b", 0, 0), f("b")]'
	shows swaps 'a d' 'a/in f' 'b f'
	image back "$low" '[d("a"), f("a/in"), n("a", 0, 0), f("b"), n("b", 0, 0), f("c"), h("d", "c"), n("c", 0, 0)]'
	shows back 'd f'
	image link "$low" '[n("a", 0, 0), l("a", "b"), l("b", "a"), n("b", 0, 0)]'
	shows link 'a l'
}

@test "aufs's pseudo-links: files of several names keep their content, and its own folder is gone" {
	image plink '[d(".wh..wh.plnk"), f(".wh..wh.plnk/1.2", "content"), h("one", ".wh..wh.plnk/1.2"), h("two", ".wh..wh.plnk/1.2"), f(".wh..wh.aufs")]'
	shows plink 'one f' 'two f'
	[ "$(cat "${layers[0]}/one")" = content ]
	[ "$(stat -c %h "${layers[0]}/two")" = 2 ]
}

# The layer that commit NAME makes of the writable folder U over the layers of image BELOW, after RUN.
committed() { # BELOW NAME RUN
	works -q -c "image inspect $1"
	mapfile -t layers < <(jq -r '.[0].GraphDriver.Data.Layers | reverse[]' <<<"$output")
	works -q -c "$(first)unshare mnt; union ${layers[*]} $WORK/seen; run sh -c '$3'; diff; commit $2" ||
		return 1
}

@test "opaque by a user's attribute: what was copied up is no folder made anew" {
	need_tool setfattr
	image a0 '[d("d"), f("d/one", "low"), d("e"), f("e/one", "low")]'
	committed a0 a1 "rm -r $WORK/seen/d; mkdir $WORK/seen/d; echo k >$WORK/seen/d/keep"
	shows a1 'd d' 'd/keep f' 'e d' 'e/one f'
	# Copies the folder up with all its attributes.
	committed a1 a2 "echo y >$WORK/seen/d/y"
	says_not 'd/keep'
	shows a2 'd d' 'd/keep f' 'd/y f' 'e d' 'e/one f'
	works -q -c "$(first)unshare mnt; union ${layers[*]} $WORK/seen; run touch $WORK/seen/d/z; diff"
	says_not keep
	says d/z
}

@test "opaque by a user's attribute: one that a program sets is data" {
	need_tool setfattr
	need_root
	[ "$(awk '{print $3}' /proc/self/uid_map)" = 4294967295 ] || skip 'root of a user namespace has the same dialect'
	image a0 '[d("d"), f("d/one", "low"), f("e", "low")]'
	committed a0 a1 "setfattr -n user.overlay.opaque -v y $WORK/seen/d; : >$WORK/seen/e; setfattr -n user.overlay.whiteout -v y $WORK/seen/e"
	says_not d/one
	shows a1 'd d' 'd/one f' 'e f'
	works -q -c "unshare mnt; union ${layers[*]} $WORK/seen; run setfattr -n user.overlay.opaque -v y $WORK/seen/d; layers $WORK/seen/d/one; tree $WORK/seen"
	says_not opaque
	says_not hidden
}

@test "what the other dialect calls deleted is hidden in a mount of its own alone" {
	need_tool setfattr
	need_root
	[ "$(awk '{print $3}' /proc/self/uid_map)" = 4294967295 ] || skip 'root of a user namespace has the same dialect'
	mkdir -p high/d low/d mount
	touch low/d/one
	setfattr -n user.overlay.opaque -v y high/d
	works -q -c "unshare mnt; union $WORK/high $WORK/low $WORK/mount --ro; run ls $WORK/mount/d; layers $WORK/mount/d/one"
	says one
	says_not hidden
	works -q -c "unshare user mnt; union $WORK/high $WORK/low $WORK/mount --ro; layers $WORK/mount/d/one"
	says 'opaque'
}

# Right is what umoci unpacks: it follows a link of the layers below, within the root.
@test "a deletion through a link of a layer below deletes what it leads to" {
	local low='[d("usr"), d("usr/lib"), f("usr/lib/x", "low"), f("usr/lib/y", "low"), l("lib", "usr/lib")]'
	image one "$low" '[f("lib/.wh.x")]'
	shows one 'lib l' 'usr d' 'usr/lib d' 'usr/lib/y f'
	image two "$low" '[l("way", "/lib")]' '[f("way/.wh.x"), f("lib/.wh.y")]'
	shows two 'lib l' 'usr d' 'usr/lib d' 'way l'
	image out '[d("a"), l("a/up", "../../../../a/b"), d("a/b"), f("a/b/x")]' '[f("a/up/.wh.x")]'
	shows out 'a d' 'a/b d' 'a/up l'
	image opaque "$low" '[f("lib/.wh..wh..opq")]'
	shows opaque 'lib l' 'usr d' 'usr/lib d'
	image circle '[l("a", "b"), l("b", "a"), f("k")]' '[f("a/.wh.k"), f("b/c/.wh.k")]'
	shows circle 'a l' 'b l' 'k f'
	# The link itself is deleted by its name, and one that leads nowhere deletes nothing.
	image link "$low" '[f(".wh.lib")]'
	shows link 'usr d' 'usr/lib d' 'usr/lib/x f' 'usr/lib/y f'
	image nowhere '[l("lib", "usr/lib"), f("k")]' '[f("lib/.wh.x")]'
	shows nowhere 'k f' 'lib l'
	# A folder of the layer's own takes the link's place.
	image own "$low" '[d("lib"), f("lib/.wh.x")]'
	shows own 'lib d' 'usr d' 'usr/lib d' 'usr/lib/x f' 'usr/lib/y f'
}
