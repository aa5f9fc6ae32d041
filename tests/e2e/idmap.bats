#!/usr/bin/env bats
# unshare user --map: who refuses a map, and for which one cause.

load common

prepare() {
	need_root
	need_userns
	need_tool setpriv
	need_tool newuidmap
	install -m 755 "$(dirname "$STAVE")/stave-archive" .
	for_every_user
	mkdir box
	chown 61234 home run state config
	# What the namespace of mounts of each case has in place of the host's.
	grep -v ':61234:' /etc/passwd >box/nobody
	{ cat box/nobody && echo 'stavetest:x:61234:61234::/:/bin/sh'; } >box/passwd
	echo '61234:700000:1000' >box/subuid
	cp box/subuid box/subgid
	: >box/empty
	cp /usr/bin/newuidmap /usr/bin/newgidmap box/
}

# as_user SETUP LINE OPTION...: the line, run as an ordinary user after SETUP in a namespace of mounts.
as_user() {
	local setup=$1 line=$2
	shift 2
	run --separate-stderr timeout "$(deadline 60)" unshare --mount sh -c '
		mount --bind box/passwd /etc/passwd || exit 99
		for file in subuid subgid; do
			[ -e /etc/$file ] || exit 98
			mount --bind box/$file /etc/$file || exit 99
		done
		eval "$1" || exit 99
		stave=$2 line=$3
		shift 3
		exec setpriv --reuid=61234 --regid=61234 --clear-groups "$@" \
			env -u XDG_DATA_HOME "$stave" --json -c "$line"' sh "$setup" "$STAVE" "$line" "$@" 3>&- 4>&-
	[ "$status" != 98 ] || skip 'the system has no /etc/subuid'
	[ "$status" != 99 ] || complain 'the case could not be set up'
}

@test "a map by newuidmap is made where nothing stands in its way" {
	as_user : 'unshare user --map auto'
	if [ "$status" != 0 ]; then complain "ended with $status"; fi
}

@test "a map of many lines is written whole by newuidmap, and shown whole" {
	local line='unshare user --map 0:61234:1' i
	for i in {1..60}; do
		line+=" --map $i:$((700000 + 2 * i)):1"
	done
	as_user : "$line; run cat /proc/self/uid_map /proc/self/gid_map"
	if [ "$status" != 0 ]; then complain "ended with $status"; fi
	[ "$(pick -r '.[-1].output' | awk 'NF { n += $1 == 0 || $2 == 700000 + 2 * $1; all++ } END { print n, all }')" = '122 122' ]
	holds '.[0].ops[] | select(.op == "idmap" or (.call | contains("700120"))) | .call | contains("60 700120 1")'
}

@test "a map that newuidmap cannot write: the one cause is the program's, not /etc/subuid's" {
	local tool
	for tool in newuidmap newgidmap; do
		as_user "chmod 755 box/$tool; mount --bind box/$tool /usr/bin/$tool" 'unshare user --map auto'
		[ "$status" = 1 ]
		holds --arg tool "$tool" '.[-1].error | .id == "idmap.tool" and
			(.why | test("/usr/bin/" + $tool + " has neither the setuid bit"))'
		as_user "chown 61234 box/$tool; chmod 4755 box/$tool; mount --bind box/$tool /usr/bin/$tool" 'unshare user --map auto'
		holds '.[-1].error | .id == "idmap.tool" and (.why | test("belongs to uid 61234"))'
		chown 0 "box/$tool"
	done
	as_user 'mount --bind /usr/bin /usr/bin && mount -o remount,bind,nosuid /usr/bin' 'unshare user --map auto'
	holds '.[-1].error | .id == "idmap.tool" and (.why | test("nosuid"))'
	as_user : 'unshare user --map auto' --no-new-privs
	holds '.[-1].error | .id == "idmap.tool" and (.why | test("no_new_privs"))'
}

@test "a container of an ordinary user: 0 is the user, and with auto the ids of subuid follow" {
	need_tool busybox
	as_user : 'container --userns -- cat /proc/self/uid_map'
	[ "$status" = 0 ]
	[ "$(pick '.[-1].output' | tr -s ' ')" = ' 0 61234 1' ] || complain 'not the user alone'
	as_user : 'container --userns=auto -- cat /proc/self/uid_map /proc/self/gid_map'
	[ "$status" = 0 ]
	[ "$(pick '.[-1].output' | grep . | tr -s ' ' | sort -u)" = $' 0 61234 1\n 1 700000 1000' ] || complain 'not his ids'
	# Files can be given to them, and programs run as them.
	as_user : 'container --userns=auto --user 7:8 -- sh -c "id -u; id -g; >/tmp/f; stat -c %u:%g /tmp/f /bin/busybox"'
	[ "$(pick '.[-1].output')" = $'7\n8\n7:8\n0:0' ] || complain 'not as user 7'
	as_user : 'container --userns=auto --user 1001 -- true'
	holds '.[-1].error.id == "program.user"'
	[ "$status" = 125 ]
	as_user : 'container --userns=wrong -- true'
	holds '.[-1].error.id == "option.choice"'
}

@test "a container of an ordinary user: what it commits has the owners that it had in there" {
	need_tool busybox
	as_user : 'container --userns=auto
run -- sh -c "mkdir /d; echo x >/d/f; chown 7:8 /d /d/f; chmod 600 /d/f"
commit mine
image export mine run/mine.oci'
	[ "$status" = 0 ]
	tar -xOf run/mine.oci "$(tar -xOf run/mine.oci index.json | jq -r '.manifests[0].digest' | sed 's,:,/,; s,^,blobs/,')" |
		jq -r '.layers[-1].digest' | sed 's,:,/,; s,^,blobs/,' >blob
	tar -xOf run/mine.oci "$(cat blob)" >layer
	tar --numeric-owner -tvf layer >list
	grep -q '^-rw------- 7/8 .*d/f$' list || complain "$(cat list)"
}

# The kind: files of subordinate ids that their user could not take away.
@test "a container of an ordinary user: what it left in volumes as another user is removed with them" {
	need_tool busybox
	as_user : 'volume create kept
container --userns=auto -v kept:/v -v /w --rm -- sh -c "mkdir /v/d /w/d; >/v/d/f; >/w/d/f; chown -R 7:8 /v/d /w/d; chmod 700 /v/d /w/d"
volume ls
volume rm kept
volume ls'
	[ "$status" = 0 ] || complain "ended with $status"
	[ -z "$(find home -uid +700000 -uid -701001)" ] || complain "left: $(find home -uid +700000)"
	# Without the tool, or ids, it stays, and why is told.
	as_user : 'volume create kept
container --userns=auto -v kept:/v -- sh -c "mkdir /v/d; >/v/d/f; chown -R 7:8 /v/d"'
	as_user 'mount --bind box/empty /etc/subuid' 'volume rm kept'
	[ "$status" = 1 ]
	holds '.[-1].error | (.errno == "EACCES" or .errno == "EPERM")'
	as_user : 'volume rm kept'
	[ "$status" = 0 ] || complain "ended with $status"
}

# The kind: files of an image that belong to another than root were root's.
@test "a container of an ordinary user: files of an image have the owners that they have in the image" {
	need_tool busybox
	mkdir -p tree/bin tree/d tree/gone
	cp "$(command -v busybox)" tree/bin/busybox
	for i in sh stat cat; do ln -s busybox "tree/bin/$i"; done
	echo seven >tree/d/f
	chown -R 7:8 tree/d
	chmod 4750 tree/d/f
	touch tree/high
	chown 5000:5000 tree/high
	tar -C tree --numeric-owner -cf home/tree.tar .
	as_user : "image import $PWD/home/tree.tar owned
container --userns=auto --image owned -- stat -c %u:%g:%a /d /d/f /bin/busybox /high
container --userns=auto --user 7:8 --image owned -- cat /d/f
container --image owned -- stat -c %u:%g /d/f"
	[ "$status" = 0 ] || complain "ended with $status"
	[ "$(pick '.[1].output')" = $'7:8:755\n7:8:4750\n0:0:755\n0:0:644' ] || complain 'not the owners'
	[ "$(pick '.[2].output')" = seven ]
	[ "$(pick '.[3].output')" = 0:0 ]
	# What a copy that was killed has left goes with the next start that looks into the store.
	mkdir -p home/.local/share/stave/scratch/killed/copy
	touch home/.local/share/stave/scratch/killed/copy/f
	chown -R 700006:700007 home/.local/share/stave/scratch/killed/copy
	chown 61234:61234 home/.local/share/stave/scratch/killed
	as_user : "image import $PWD/home/tree.tar other"
	[ ! -e home/.local/share/stave/scratch/killed ] || complain 'left in scratch'
	as_user : 'image rm other'
	# What is changed and committed has them too, and what is removed goes with the copy.
	as_user : "container --userns=auto --image owned
run sh -c 'echo more >>/d/f'
commit again
image export again run/again.oci
reset
image rm owned
image rm again"
	[ "$status" = 0 ] || complain "ended with $status"
	[ -z "$(ls home/.local/share/stave/copies 2>/dev/null)" ] || complain "left: $(ls home/.local/share/stave/copies)"
	tar -xOf run/again.oci "$(tar -xOf run/again.oci index.json | jq -r '.manifests[0].digest' | sed 's,:,/,; s,^,blobs/,')" |
		jq -r '.layers[-1].digest' | sed 's,:,/,; s,^,blobs/,' >blob
	tar -xOf run/again.oci "$(cat blob)" >layer
	tar --numeric-owner -tvf layer >list
	grep -q '^-rwxr-x--- 7/8 .*d/f$' list || complain "$(cat list)"
}

@test "a container of an ordinary user: why it cannot have the ids of subuid" {
	need_tool busybox
	local line='container --userns=auto -- true'
	as_user 'chmod 755 box/newuidmap; mount --bind box/newuidmap /usr/bin/newuidmap' "$line"
	[ "$status" = 125 ]
	holds '.[-1].error.id == "idmap.tool"'
	as_user 'chmod 4750 box/newgidmap; mount --bind box/newgidmap /usr/bin/newgidmap' "$line"
	holds '.[-1].error | .id == "idmap.tool" and (.why | test("may not execute /usr/bin/newgidmap"))'
	as_user 'mount --bind /usr/bin /usr/bin && mount -o remount,bind,nosuid /usr/bin' "$line"
	holds '.[-1].error | .id == "idmap.tool" and (.why | test("nosuid"))'
	as_user : "$line" --no-new-privs
	holds '.[-1].error | .id == "idmap.tool" and (.why | test("no_new_privs"))'
	as_user 'mount --bind box/nobody /etc/passwd' "$line"
	holds '.[-1].error.id == "idmap.name"'
	as_user 'mount --bind box/empty /etc/subuid' "$line"
	holds '.[-1].error.id == "idmap.range"'
	as_user 'mount --bind box/empty /etc/subgid' "$line"
	holds '.[-1].error.id == "idmap.range"'
	as_user 'mkdir box/over && mount -t tmpfs t box/over && mkdir box/over/up box/over/work &&
		mknod box/over/up/newuidmap c 0 0 && mount -t overlay -o lowerdir=/usr/bin,upperdir=box/over/up,workdir=box/over/work o /usr/bin' "$line"
	holds '.[-1].error.id == "idmap.ENOENT"'
}

@test "a map that newuidmap does not allow: without a name, without a range, beyond the range" {
	as_user 'mount --bind box/nobody /etc/passwd' 'unshare user --map auto'
	holds '.[-1].error | .id == "idmap.name" and (.why | test("/etc/passwd"))'
	as_user 'mount --bind box/nobody /etc/passwd; mount --bind box/empty /etc/subuid' 'unshare user --map auto'
	holds '.[-1].error.id == "idmap.name"'
	as_user 'mount --bind box/empty /etc/subuid' 'unshare user --map auto'
	holds '.[-1].error | .id == "idmap.range" and (.what | test("/etc/subuid has no range"))'
	as_user 'mount --bind box/empty /etc/subgid' 'unshare user --map auto'
	holds '.[-1].error | .id == "idmap.range" and (.what | test("/etc/subgid has no range"))'
	as_user : 'unshare user --map 0:700000:1001'
	holds '.[-1].error | .id == "idmap.range" and (.why | test("700000 to 701000"))'
	as_user 'chmod 600 box/subuid; mount --bind box/subuid /etc/subuid' 'unshare user --map auto'
	holds '.[-1].error | .id == "idmap.range" and .errno == "EACCES"'
}
