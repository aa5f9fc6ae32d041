#!/usr/bin/env bats
# Archives that try to break out, to exhaust or to confuse: made by hostile.py. After each import
# the victim, a folder of the host, is as it was, and nothing of it is in the store.
load common

setup_file() {
	[ -x /usr/bin/python3 ] || return 0
	mkdir -p "$BATS_FILE_TMPDIR/victim"
	/usr/bin/python3 -B "$BATS_TEST_DIRNAME/hostile.py" "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR/victim"
}

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	export XDG_DATA_HOME=$WORK/data
	CASES=$BATS_FILE_TMPDIR VICTIM=$BATS_FILE_TMPDIR/victim
	echo "the victim's secret" >"$VICTIM/hello"
	mkdir -p "$VICTIM/folder"
	VICTIM_BEFORE=$(victim)
}

# Names, kinds, modes, owners, sizes, times, links, content.
victim() {
	(cd "$VICTIM" && find . -printf '%p %y %m %U:%G %s %T@ %n %l\n' | sort && cat hello)
}

# The five ways to have broken out: the victim is gone, or something has been added to it, taken from
# it or changed in it; or what it has can be read in the store.
unharmed() {
	[ -d "$VICTIM" ] || complain 'the victim is gone'
	[ "$(victim)" = "$VICTIM_BEFORE" ] || complain "$(diff <(echo "$VICTIM_BEFORE") <(victim))"
	local store=$XDG_DATA_HOME/stave
	[ -d "$store" ] || return 0
	[ -z "$(find "$store" -samefile "$VICTIM/hello")" ] || complain 'the store has a link to it'
	! grep -rqs "the victim's secret" "$store" || complain 'the store has what is in it'
}

# refused CASE TEXT...: the case is, with all these texts in the complaint, and leaves nothing.
refused() {
	local case=$1 path=$CASES/$1
	shift
	[ -e "$path" ] || path=$path.tar
	fails 1 -c "image import $path x ${OPTIONS-}"
	stderr=$(tr -s ' \n' ' ' <<<"$stderr")
	for text; do
		complains "$text"
	done
	unharmed
	nothing_left "$case"
}

# The same for many, in one go: TEXT is in the complaint about each.
refused_all() { # TEXT CASE...
	local text=$1 lines='' case
	shift
	for case; do
		[ -e "$CASES/$case" ] && lines+="image import $CASES/$case x; " ||
			lines+="image import $CASES/$case.tar x; "
	done
	fails 1 -k -c "$lines"
	[ -z "$output" ] || complain 'one of them was taken'
	stderr=$(tr -s ' \n' ' ' <<<"$stderr")
	[ "$(grep -o 'stave: image import' <<<"$stderr" | wc -l)" = $# ] || complain "not $# complaints"
	[ "$(grep -oF "$text" <<<"$stderr" | wc -l)" -ge $# ] || complain "not $# times: $text"
	unharmed
	nothing_left "$*"
}

nothing_left() {
	[ -z "$(cd "$XDG_DATA_HOME/stave" && find images layers/sha256 blobs/sha256 scratch -mindepth 1 2>/dev/null)" ] ||
		complain "$1 left something in the store"
}

# taken CASE: it is; the folders of its layers are in $layers, the topmost in $layer.
taken() {
	local path=$CASES/$1
	[ -e "$path" ] || path=$path.tar
	works -c "image import $path x ${OPTIONS-}"
	told=$output
	works -q -c 'image inspect x'
	mapfile -t layers < <(jq -r '.[0].GraphDriver.Data.Layers[]' <<<"$output")
	layer=${layers[-1]}
	output=$told
	unharmed
}

xattr() { /usr/bin/python3 -c 'import os, sys; print(os.getxattr(*sys.argv[1:]).decode())' "$@" 2>/dev/null; }
xattrs() { /usr/bin/python3 -c 'import os, sys; print(*sorted(os.listxattr(sys.argv[1])))' "$1"; }

# The names and kinds in a layer.
tree() { (cd "$1" && find . -mindepth 1 -printf '%P %y\n' | LC_ALL=C sort | paste -sd,); }

# The processes that process PID has started.
children() { cat /proc/"$1"/task/"$1"/children 2>/dev/null; }

# The last of its walls stand around each.
are_confined() { # PID...
	local pid wall=$'Seccomp:\t2'
	! is_sanitized || wall=$'NoNewPrivs:\t1'
	for pid; do
		grep -qsx "$wall" "/proc/$pid/status" || return 1
	done
}

# A signal that stops comes when the process next runs.
are_stopped() { # PID...
	local pid
	for pid; do
		grep -qs '^State:	T' "/proc/$pid/status" || return 1
	done
}

@test "whoever reads an archive has walls around it, and dies with the shell" {
	local shell waiter overseer pids=() pid type fd
	"$STAVE" -q -c "image import $CASES/h11-end.tar x --max-size 4G" >/dev/null 2>&1 3>&- 4>&- &
	shell=$!
	# Readers end as their part is done: those that are confined are stopped, to be looked at.
	for ((tries = 0; tries < 200 && ${#pids[@]} < 2; tries++)); do
		sleep 0.02
		waiter=$(children $shell | tail -n 1 | awk '{print $NF}')
		overseer=$(children "${waiter:-0}" | awk '{print $NF}')
		read -ra pids <<<"$(children "${overseer:-0}")" || :
		[ ${#pids[@]} -ge 2 ] && are_confined "${pids[@]}" && kill -STOP "${pids[@]}" 2>/dev/null &&
			await are_stopped "${pids[@]}" || pids=()
	done
	[ ${#pids[@]} -ge 2 ] || complain 'there are no readers, or they are not confined'
	for pid in "${pids[@]}"; do
		for type in mnt net pid ipc uts; do
			[ "$(readlink /proc/$pid/ns/$type)" != "$(readlink /proc/self/ns/$type)" ] ||
				complain "it has the host's $type namespace"
		done
		grep -qP 'NoNewPrivs:\t1' /proc/$pid/status
		# A sanitizer makes calls that no filter of ours allows.
		is_sanitized || grep -qP 'Seccomp:\t2' /proc/$pid/status ||
			complain 'it has no filter'
		# CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETPCAP, CAP_SYS_PTRACE
		caps=$((16#$(sed -n 's/^CapPrm:\t//p' /proc/$pid/status)))
		((!(caps & (1 << 21 | 1 << 18 | 1 << 8 | 1 << 19)))) || complain "it has the capabilities $caps"
		for fd in /proc/$pid/fd/*; do
			[[ $(readlink "$fd") =~ ^(socket|pipe): || $(readlink "$fd") == /* ]] || complain "$fd"
			[[ $(readlink "$fd") != */victim* ]] || complain "$fd"
		done
		[ "$(ls /proc/$pid/root 2>/dev/null | paste -sd,)" != "$(ls / | paste -sd,)" ] ||
			complain 'it sees the root of the host'
	done
	kill -9 $shell
	wait $shell 2>/dev/null || :
	await eval '! kill -0 '"${pids[0]}"' 2>/dev/null'
	works -q -c 'image ls'
	works -q -c "image import $CASES/h20.tar x; image rm x"
	nothing_left 'the one that was killed'
}

@test "where it cannot be confined it refuses, and says why" {
	run --separate-stderr unshare --user --map-root-user sh -c "
		echo 0 >/proc/sys/user/max_user_namespaces
		exec setpriv --inh-caps=-all --bounding-set=-all '$STAVE' -c 'image import $CASES/h20.tar x'" 3>&- 4>&-
	[ "$status" = 1 ]
	complains 'unshare(CLONE_NEWUSER)'
	complains 'which this user may not make here'
	nothing_left 'it'
}

@test "H01 H03: no name leads out by .." {
	refused h01-0 'entry 1, ../victim/x: its path leads out of the layer' \
		"layer 1 of 1, sha256:$(sha256sum <"$CASES/h01-0.tar" | cut -d' ' -f1)"
	refused_all 'leads out of the layer' h01-1 h01-2 h01-3 h03-0 h03-1
}

@test "H02: a slash in front of a name counts for nothing" {
	taken h02
	[ "$(cat "$layer$VICTIM/x")" = x ]
}

@test "H04 H05 H06: links stay what they are, and what is written through them stays inside" {
	refused h04-out 'entry 2, l/x' 'leads to nothing'
	refused h04-climb 'entry 2, l/hello'
	taken h04-in
	[ "$(tree "$layer")" = 'in d,in/x f,l l' ] || complain "$(tree "$layer")"
	taken h05-up
	[ "$(tree "$layer")" = 'l l,x f' ]
	works -q -c 'image rm x'
	refused h05-chain 'ELOOP' 'more symbolic links'
	refused h05-loop 'ELOOP'
	taken h06
	[ "$(tree "${layers[0]}")" = 'l l' ]
	[ "$(tree "$layer")" = 'l d,l/hello f,l/x f' ]
}

@test "H07: a hard link leads to what its own layer has brought, or nowhere" {
	refused_all 'a hard link to' h07-shadow h07-victim h07-climb h07-later h07-through
	refused h07-self 'a hard link to itself'
	taken h07-symlink
	[ "$(stat -c '%F %h' "$layer/h")" = 'symbolic link 2' ]
}

@test "H08: what comes twice is made anew, and other names of it keep what they had" {
	taken h08
	[ "$(cat "$layer/g") $(stat -c %a "$layer/g")" = 'old 600' ]
	[ "$(cat "$layer/f") $(stat -c %a "$layer/f")" = 'new 777' ]
}

@test "H09: device nodes are root's to make; a node that overlay takes for a deletion is nobody's" {
	taken h09
	if is_root && [ "$(awk '{print $3}' /proc/self/uid_map)" = 4294967295 ]; then
		[ "$(tree "$layer")" = 'b b,c c,f f,p p' ] || complain "$(tree "$layer")"
		says 'for deletions, left out: 1'
	else
		[ "$(tree "$layer")" = 'f f,p p' ] || complain "$(tree "$layer")"
		says 'and sockets left out: 2'
	fi
}

@test "H10 H11: sizes beyond all measure are refused before anything is written" {
	before=$(df --output=used -k "$WORK" | tail -n 1)
	refused h10-octal 'entry 1, f: it has 8589934591 bytes, and the limit is 4096 MiB'
	refused_all size h10-large h10-negative
	refused h10-sparse 'entry 1, f: it has 9223372036854775807 bytes'
	refused h11-file 'it has 10737418240 bytes'
	after=$(df --output=used -k "$WORK" | tail -n 1)
	((after - before < 500000)) || complain 'it has been written'
	SECONDS=0
	OPTIONS='--max-size 64M' refused h11-end 'larger than the limit of 64 MiB'
	((SECONDS < $(deadline 10))) || complain "it took $SECONDS seconds"
}

@test "H12: deep folders and odd names, as far as is said" {
	taken h12-deep
	[ "$(cd "$layer" && find . -type f | tr -cd / | wc -c)" = 999 ]
	works -q -c 'image rm x'
	[ ! -e "$layer" ] || complain 'it cannot be removed again'
	refused h12-deeper 'more than 1000 folders deep'
	taken h12-names
	[ "$(find "$layer" -type f | wc -l)" = 5 ] # one has a newline in it
	[ -e "$layer/$(printf 'caf\351')" ]
	[ -e "$layer"/$'new\nline\e[2J\\' ]
	works -q -c 'image rm x'
	refused h12-long 'ENAMETOOLONG'
	refused h12-many 'too many entries: more than 1000000'
}

@test "H13: a deletion of nothing, or in a deletion, is refused; aufs's own files are left out" {
	refused_all 'a deletion of nothing' h13-0 h13-1 h13-2 h13-3
	refused_all 'it is inside a deletion' h13-4 h13-6
	refused h13-5 'leads out'
	taken h13-aufs
	[ "$(tree "$layer")" = 'f f' ] || complain "$(tree "$layer")"
}

@test "H14: an opaque folder hides what is below, in whatever order it is told" {
	for case in h14-after h14-before h14-twice h14-gone; do
		taken $case
		[ "$(tree "$layer")" = 'd d,d/a f,f f' ] || complain "$case: $(tree "$layer")"
		[ "$(xattr "$layer/d" user.overlay.opaque)" = y ] || complain "$case is not opaque"
		! is_root || [ "$(xattr "$layer/d" trusted.overlay.opaque)" = y ] ||
			[ "$(awk '{print $3}' /proc/self/uid_map)" != 4294967295 ] || complain 'not for root'
	done
	taken h14-root
	[ "$(xattr "$layer/d" user.overlay.opaque)" = y ]
	[ "$(cat "$layer/f")" = high ]
}

@test "H15: of one name the last kind counts, and nothing is written through a link" {
	taken h15
	[ "$(tree "$layer")" = 'a d,a/in f,b f,c l,e f,real d,real/file f' ] || complain "$(tree "$layer")"
	[ "$(cat "$layer/e") $(cat "$layer/b")" = 'mine y' ]
	works -q -c 'image rm x'
	refused h15-out 'd/hello'
}

@test "H16: the root of a layer is a folder; owners that no file can have are refused" {
	refused_all "the layer's root is not a folder" h16-link-{0,1,2,3,4,5}
	# With a slash at its end an old tar means a folder by it.
	refused_all "the layer's root is not a folder" h16-file-{0,4,5}
	refused h16-empty
	taken h16-mode
	! is_root || [ "$(stat -c %a "$layer")" = 0 ]
	works -q -c 'image rm x'
	refused_all 'is out of range' h16-huge h16-nobody
	taken h16-owner
	if is_root && [ "$(awk '{print $3}' /proc/self/uid_map)" = 4294967295 ]; then
		[ "$(stat -c %u:%g "$layer" "$layer/f" | paste -sd' ')" = '2147483648:2147483648 2147483648:5' ]
	else
		says 'with their owners recorded: 2'
		[ "$(xattr "$layer/f" user.stave.owner)" = 2147483648:5 ]
	fi
}

@test "H17: attributes that overlay, the store or the host go by are not an archive's to give" {
	taken h17
	says 'extended attributes'
	[ "$(xattrs "$layer/d")" = user.mine ] || complain "$(xattrs "$layer/d")"
	[ "$(xattrs "$layer/f")" = security.capability ] || complain "$(xattrs "$layer/f")"
	works -q -c 'image rm x'
	refused h17-large 'user.mine'
}

@test "H18: setuid is kept, where nobody else comes" {
	taken h18
	[ "$(stat -c %a "$layer/s" "$layer/t" | paste -sd' ')" = '6755 1777' ]
	[ "$(stat -c %a "$XDG_DATA_HOME/stave" "$XDG_DATA_HOME/stave/layers" | paste -sd' ')" = '700 700' ]
	is_root || return 0
	chmod 755 "$WORK" "$XDG_DATA_HOME"
	! setpriv --reuid 61235 --regid 61235 --clear-groups test -e "$layer/s" || complain 'another reaches it'
}

@test "H19: times that no file can have are moved into what it can" {
	taken h19
	says 'adjusted: 2'
	[ "$(stat -c %Y "$layer/before")" = -5 ]
	[ "$(stat -c %Y "$layer/late")" -gt 15000000000 ]
	[ -e "$layer/never" ] && [ -e "$layer/nan" ]
}

@test "H20: what a pax header says goes before what the old one does" {
	taken h20
	[ "$(tree "$layer")" = 'link l,real f' ] || complain "$(tree "$layer")"
	[ "$(cat "$layer/real") $(readlink "$layer/link")" = 'abc real' ]
	[ "$(xattrs "$layer/real")" = user.mine ]
}

@test "H21: a tar that was cut off anywhere is refused" {
	refused_all 'unexpected end of the tar' h21-{0,1,2,3,4,5,6}
	refused_all 'tar' h21-{0,1,2,3,4,5,6}-more
}

@test "H22: what is behind the end, or in pieces, counts by its digest; packed otherwise is told" {
	taken h22-garbage
	taken h22-members
	works -q -c 'image rm x'
	refused h22-cut
	refused h22-packing 'is not compressed, and its media type' 'says gzip'
}

@test "H23: nothing is taken on trust: digests, sizes, types, paths, indexes" {
	refused h23-diff-id 'its content differs from the config' "expected the digest sha256:0000"
	refused h23-content 'differs from its digest' 'expected sha256:' 'found sha256:'
	refused h23-count 'the config has digests of 0 layers, but there are 1'
	refused h23-size 'not have the stated size' 'expected 10241 bytes, found 10240'
	refused h23-negative 'no size that a file can have'
	refused h23-large 'the limit of all is'
	refused h23-missing 'ENOENT'
	refused h23-path 'has no digest that can be checked: sha256:../'
	refused h23-type 'media type text/plain'
	refused h23-both 'an index and a manifest at once'
	refused h23-other 'not of the stated media type'
	refused h23-manifest-size 'reads at most 4 MiB'
	refused h23-layers 'too many layers: 501'
	refused h23-os 'for windows'
	refused h23-symlink 'it is a link to something that is not in the folder'
	refused h23-folder-link
	SECONDS=0
	refused h23-fifo 'is not a file'
	((SECONDS < $(deadline 5))) || complain 'it waited for the pipe'
	refused h23-loop 'more than 3 nested indexes'
	refused_all index h23-json-{deep,utf8,empty,array,none}
	refused h23-saved-climb 'names the layer ../../x, which the archive does not contain'
	refused h23-saved-victim 'which the archive does not contain'
	refused h23-saved-absent 'the layer nothing'
	refused h23-saved-link 'which the archive does not contain'
}

@test "H24: whatever is killed at whatever entry, no half image is there, and the next import works" {
	need_tool strace
	export ASAN_OPTIONS=detect_leaks=0
	for call in fchmod utimensat; do
		for when in 1 2 3; do
			run --separate-stderr strace -f -qq -o log -e trace=$call \
				-e inject=$call:signal=SIGKILL:when=$when "$STAVE" -c "image import $CASES/h20.tar x" 3>&- 4>&-
			works -q -c 'image ls'
			[ "$output" = 'no images; image import FILE adds one to the store' ] ||
				works -q -c 'image inspect x; image rm x'
		done
	done
	taken h20
}
