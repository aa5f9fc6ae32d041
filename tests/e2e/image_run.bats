#!/usr/bin/env bats
# container --image NAME: an image's layers as the root, and what it says of its program.
# shellcheck disable=SC2016 # what the container's shell is to expand
load common

prepare() {
	need_userns
	need_tool busybox
	case $(uname -r) in
	5.[0-9].* | 5.10.*) is_root || skip 'overlay in a user namespace came with Linux 5.11' ;;
	esac
	export XDG_DATA_HOME=$WORK/data
	store=$XDG_DATA_HOME/stave
	mkdir -p "$store"/{images,blobs/sha256,layers/sha256,volumes}
	chmod -R go= "$XDG_DATA_HOME"
	layers=()
	layer bottom
	mkdir -p bottom/{bin,etc,data,tmp}
	cp "$(command -v busybox)" bottom/bin/busybox
	for i in sh ls cat id env pwd touch rm true stat readlink head; do ln -s busybox "bottom/bin/$i"; done
	printf 'root:x:0:0::/root:/bin/sh\nweb:x:33:44::/srv/web:/bin/sh\n' >bottom/etc/passwd
	printf 'root:x:0:\nstaff:x:50:\n' >bottom/etc/group
	echo seed >bottom/data/seed
	echo low >bottom/which
	layer top
	echo high >top/which
	mknod top/etc-gone c 0 0 2>/dev/null && echo hidden >bottom/etc-gone
	config='{}'
}

# layer NAME: a folder of the next layer, also reached as ./NAME
layer() {
	local digest
	digest=$(sha256sum <<<"$1" | cut -d' ' -f1)
	mkdir "$store/layers/sha256/$digest"
	ln -s "$store/layers/sha256/$digest" "$1"
	layers+=("$digest")
}

# blob TEXT: into the store; prints its digest
blob() {
	local digest
	digest=$(printf %s "$1" | sha256sum | cut -d' ' -f1)
	printf %s "$1" >"$store/blobs/sha256/$digest"
	echo "sha256:$digest"
}

# image NAME CONFIG: the record of an image of all layers so far
image() {
	local list config manifest
	list=$(printf '%s\n' "${layers[@]}" | jq -R . | jq -sc .)
	config=$(blob "$(jq -nc --slurpfile l <(echo "$list") --slurpfile c <(echo "$2") \
		'$l[0] as $l | {architecture: "amd64", os: "linux", config: $c[0], rootfs: {type: "layers", diff_ids: ($l | map("sha256:" + .))}}')")
	manifest=$(blob "$(jq -nc --slurpfile l <(echo "$list") --arg c "$config" \
		'$l[0] as $l | {schemaVersion: 2, config: {digest: $c, size: 1}, layers: ($l | map({mediaType: "application/vnd.oci.image.layer.v1.tar", digest: ("sha256:" + .), size: 1}))}')")
	jq -nc --slurpfile l <(echo "$list") --arg n "$1:latest" --arg c "$config" --arg m "$manifest" \
		'{name: $n, manifest: $m, config: $c, folders: $l[0]}' >"$store/images/$1:latest"
}

@test "the layers in order: the topmost has a name that is in several" {
	image web '{}'
	works -q -c 'container --image web -- sh -c "cat /which; ls /"'
	[ "${lines[0]}" = high ]
	says_not etc-gone
	says proc
	works -q -c 'container --image web; layers'
	# A long path goes on in the next line.
	output=$(tr -d '\n ' <<<"$output")
	says -r '0read-only\+[^+]*/layers/sha256/'
	says -r '1read-only\+[^+]*/layers/sha256/'
	says -r '2init\*/'
	says -r '3writable\*/'
}

@test "Env, WorkingDir, Cmd and Entrypoint, as docker takes them" {
	image web '{"Env": ["A=1", "B=two words", "PATH=/bin"], "WorkingDir": "/srv/made", "Cmd": ["sh", "-c", "pwd; echo $A $B $PATH"]}'
	works -q -c 'container --image web --run'
	[ "$output" = $'/srv/made\n1 two words /bin' ]
	works -q -c 'container --image web -e A=mine -w /tmp --run'
	[ "$output" = $'/tmp\nmine two words /bin' ]
	works -q -c 'container --image web -- sh -c "echo typed"'
	[ "$output" = typed ]
	image entry '{"Entrypoint": ["sh", "-c", "echo $0 $@", "entry"], "Cmd": ["cmd"]}'
	works -q -c 'container --image entry --run; container --image entry -- typed; container --image entry --entrypoint "" -- sh -c "echo none"; container --image entry --entrypoint pwd'
	[ "$output" = $'entry cmd\nentry typed\nnone\n/' ]
	works -q -c 'container --image entry -d --name j; !sleep 0.3'
	works -q -c 'container --image web; run cat /which'
	[ "$output" = high ]
	works -q -c "container --image web -i" <<<''
	[ "${lines[0]}" = /srv/made ]
}

@test "User by name and number; its home folder" {
	image web '{"User": "web", "Cmd": ["sh", "-c", "id -u; id -g; echo $HOME"]}'
	if ! is_root; then
		fails 125 -q -c 'container --image web -- true'
		complains 'maps only 0'
		complains 'the image web:latest says so: User web'
		works -q -c 'container --image web --user 0 --run'
		[ "$output" = $'0\n0\n/root' ]
		return
	fi
	works -q -c 'container --image web --run'
	[ "$output" = $'33\n44\n/srv/web' ]
	works -q -c 'container --image web --user web:staff --run; container --image web --user 33 --run; container --image web -u 7:8 --run'
	[ "$output" = $'33\n50\n/srv/web\n33\n44\n/srv/web\n7\n8\n/' ]
	fails 125 -q -c 'container --image web --user nobody-here -- true'
	errs program.user
	fails 125 -q -c 'container --image web --user web:none -- true'
	errs program.user
}

# in_groups USER EXPECTED: the groups of a program of an image, as the kernel has them
in_groups() {
	image web "$(jq -nc --arg u "$1" '{User: $u, Cmd: ["sh", "-c", "while read a b; do [ $a != Groups: ] || echo $b; done </proc/self/status"]}')"
	works -q -c 'container --image web --run'
	[ "$output" = "$2" ] || complain "User $1: not in $2"
}

@test "further groups of an image's User are those of its group(5) that name him, unless a group was given" {
	need_root
	printf 'wheel:x:10:root,web\nbroken:x:-3:web\nwide:x:70000:other,webber,web\nown:x:44:web' >>bottom/etc/group
	in_groups web '10 44 70000'
	in_groups 33 '10 44 70000'
	in_groups '' '0 10'
	in_groups web:staff 50
	in_groups 1000 0
	in_groups 0 '0 10'
	# A group that the user namespace has no id for, as in docker.
	fails 125 -q -c 'container --userns --image web --user web -- true'
	errs setgroups.EINVAL
}

@test "an /etc/passwd that is a link is followed inside the image; a circle, a pipe or too much is not read" {
	need_root
	image web '{"User": "web", "Cmd": ["id", "-u"]}'
	local link
	mv bottom/etc/passwd bottom/data/users
	ln -s ../data/users bottom/tmp/hop
	for link in ../data/users /data/users /tmp/hop ../../../data/./users; do
		ln -sfn "$link" bottom/etc/passwd
		works -q -c 'container --image web --run'
		[ "$output" = 33 ] || complain "not through $link"
	done
	cp bottom/data/users users
	ln -sfn "$PWD/users" bottom/etc/passwd
	fails 125 -q -c 'container --image web -- true'
	errs program.user
	ln -sfn /etc/passwd bottom/etc/passwd
	fails 125 -q -c 'container --image web -- true'
	errs program.user
	rm bottom/etc/passwd
	mkfifo bottom/etc/passwd
	fails 125 -q -c 'container --image web -- true'
	errs program.user
	rm bottom/etc/passwd
	{ head -c 1200000 /dev/zero | tr '\0' x; printf '\nweb:x:33:44::/:\n'; } >bottom/etc/passwd
	fails 125 -q -c 'container --image web -- true'
	errs program.user
}

# runs USER EXPECTED: uid, gid and home of a program of an image that has this User
runs() {
	image web "$(jq -nc --arg u "$1" '{User: $u, Cmd: ["sh", "-c", "id -u; id -g; echo $HOME"]}')"
	works -q -c 'container --image web --run'
	[ "$(tr '\n' ' ' <<<"$output")" = "$2 " ] || complain "User $1: not $2"
}

@test "each form of User is what docker takes it for; what is no id is refused" {
	need_root
	echo 'bare:x:5:6:::' >>bottom/etc/passwd
	echo 'wild:x:99999999999:6::/:' >>bottom/etc/passwd
	runs '' '0 0 /root'
	runs ':50' '0 50 /root'
	runs 'web:' '33 44 /srv/web'
	runs '1000:' '1000 0 /'
	runs '1000' '1000 0 /'
	runs '033:staff' '33 50 /srv/web'
	runs 'bare' '5 6 /'
	runs '4294967294' '4294967294 0 /'
	local user
	for user in 4294967295 4294967296 18446744073709551616 7:4294967296 wild -1 web:-1 web:root:x; do
		image web "$(jq -nc --arg u "$user" '{User: $u, Cmd: ["true"]}')"
		fails 125 -q -c 'container --image web -- true'
		errs program.user
	done
}

@test "of settings of one name in Env the last counts, and is there once; an empty HOME is none" {
	image web '{"Env": ["A=1", "B=x", "A=2", "HOME=", "=3", "C"], "Cmd": ["env"]}'
	works -q -c 'container --image web --run'
	[ "$(grep '^[ABC]=' <<<"$output" | sort)" = $'A=2\nB=x' ]
	[ "$(grep HOME <<<"$output")" = HOME=/root ]
	works -q -c 'container --image web -e A=3 -e A=4 -e HOME= --run; container --image web -e HOME=/x --run'
	[ "$(grep '^A=' <<<"$output")" = $'A=4\nA=2' ]
	[ "$(grep HOME <<<"$output")" = $'HOME=/root\nHOME=/x' ]
	works -q -c 'run -e A=1 -e A=2 env'
	[ "$(grep '^A=' <<<"$output")" = A=2 ]
}

@test "arguments and environment may be as long as execve(2) takes them" {
	local args='[range(1000) | "a" * 1000]'
	image web "$(jq -nc '{Cmd: (["sh", "-c", "echo $# ${#1} ${#999}", "x"] + '"$args"')}')"
	works -q -c 'container --image web --run; container --image web --init --run'
	[ "$output" = $'1000 1000 1000\n1000 1000 1000' ]
	image web "$(jq -nc '{Env: ('"$args"' | to_entries | map("V\(.key)=\(.value)")), Cmd: ["sh", "-c", "echo ${#V0} ${#V999}"]}')"
	works -q -c 'container --image web --run'
	[ "$output" = '1000 1000' ]
	# MAX_ARG_STRLEN: one string of 128 KiB.
	image web "$(jq -nc '{Entrypoint: ["true", ("a" * 200000)]}')"
	fails 126 -q -c 'container --image web -- x'
}

@test "an image of 500 layers, as many as overlay takes, runs with the init layer between" {
	local n
	for n in {3..500}; do
		layer "n$n"
		echo "$n" >"n$n/file-$n"
	done
	image web '{}'
	works -q -c 'container --image web -h box; run sh -c "cat /which /file-3 /file-500 /etc/hostname; rm /file-3 /which; echo x >/new"; diff --plain'
	[ "$output" = $'high\n3\n500\nbox\nD /file-3\nA /new\nD /which' ] || complain "not so"
	works -q -c "$(first)unshare mnt; rootfs web r; run cat r/which r/file-500"
	[ "$output" = $'high\n500' ]
	# The lowest of them are united, and a commit that cannot see them apart does not lose them.
	fails 1 --json -c 'container --image web; run sh -c "echo x >/new"; commit more'
	holds '.[-1].error.id == "union.layers"'
	[ ! -e "$store/images/more:latest" ]
}

@test "a WorkingDir that its User may not search is still the working folder" {
	need_root
	mkdir -p bottom/closed/in && chmod 700 bottom/closed/in bottom/closed
	image web '{"User": "web", "WorkingDir": "/closed/in", "Cmd": ["readlink", "/proc/self/cwd"]}'
	works -q -c 'container --image web --run; container --image web --init --run'
	[ "$output" = $'/closed/in\n/closed/in' ]
}

@test "a WorkingDir that is not absolute, or leads out of the root, is refused" {
	image web '{"WorkingDir": "app", "Cmd": ["pwd"]}'
	fails 125 -q -c 'container --image web -- pwd'
	errs program.user
	works -q -c 'container --image web; run pwd; container --image web -w /app --run'
	[ "$output" = $'/\n/app' ]
	local n
	for n in 3 4 5 6 7 8; do
		image web '{"WorkingDir": "/proc/self/fd/'$n'", "Cmd": ["ls"]}'
		fails 125 -q -c 'container --image web --run'
	done
}

@test "Volumes of the image are made, filled, and stay" {
	image web '{"Volumes": {"/data": {}, "/logs": {}}}'
	works -q -c 'container --image web -- sh -c "cat /data/seed; touch /data/new /logs/new"; volume ls -q'
	[ "${lines[0]}" = seed ] && [ "${#lines[@]}" = 3 ]
	[ "$(find "$store/volumes" -name new | wc -l)" = 2 ]
	works -q -c 'container --rm --image web -v named:/data -- true; volume ls -q'
	[ "${#lines[@]}" = 3 ]
	[ -e "$store/volumes/named/_data/seed" ]
}

@test "with --rm no volume of the image is left, however the container ends" {
	image web '{"Volumes": {"/data": {}, "/logs": {}}}'
	fails 127 -q -c 'container --rm --image web -- nosuch'
	fails 3 -q -c "container --rm --image web -- sh -c 'echo out; exit 3'"
	works -q -c "container --rm --init --image web -- true; container --rm -d --name bg --image web -- true; !sleep 0.5; jobs"
	works -q -c 'container --rm --image web; run touch /data/x; container -- true; container'
	works -q -c 'container --rm --image web; undo; redo; reset'
	works -q -c 'volume ls -q'
	[ -z "$output" ]
}

@test "an image's bad volume is the image's fault" {
	local bad
	for bad in data / /proc/x /a/../b; do
		image web "$(jq -nc --arg v "$bad" '{Volumes: {($v): {}}}')"
		fails 125 -q -c 'container --image web -- true'
		errs volume.form
		[[ $stderr != *'-v [SRC'* ]] || complain 'the fix is about -v'
	done
}

@test "rootfs takes an image too; diff shows what was written over it" {
	image web '{}'
	works -q -c "$(first)unshare mnt; rootfs web /mnt; run sh -c 'echo x >/mnt/which; rm /mnt/data/seed'; diff --plain"
	[ "$output" = $'C /data\nD /data/seed\nC /which' ]
}

@test "the init layer's files and mount points are not in the writable layer" {
	image web '{}'
	works -q -c 'container --image web; run true; diff --plain'
	[ -z "$output" ]
}

@test "a folder that a container lays over the image's keeps mode, owner and attributes: / and /etc" {
	image web '{}'
	local mode
	mkdir -p top/etc
	for mode in 555 1711 2750; do
		chmod "$mode" top top/etc
		works -q -c "container --image web -- stat -c %a / /etc"
		[ "$output" = "$mode"$'\n'"$mode" ] || complain "not $mode"
		works -q -c "$(first)unshare mnt; rootfs web r; run stat -c %a r"
		[ "$output" = "$mode" ] || complain "not $mode"
	done
	chmod 755 top top/etc
	if is_root; then
		chown 12:34 top top/etc
		works -q -c 'container --image web -- stat -c %u:%g / /etc; container --userns --image web -- stat -c %u:%g / /etc'
		[ "$output" = $'12:34\n12:34\n12:34\n12:34' ]
	fi
	need_tool setfattr
	setfattr -n user.color -v red top && setfattr -n user.color -v blue top/etc || skip 'the file system keeps no attributes of users'
	works -c 'set show full; container --image web -- true'
	says 'user.color", "red", 3, 0)'
	says 'user.color", "blue", 4, 0)'
}

@test "/etc that a link of the image's leads to, or that is a file, stays what it is" {
	image web '{}'
	mkdir -p top/usr
	mv bottom/etc bottom/usr-etc && mkdir bottom/usr && mv bottom/usr-etc bottom/usr/etc
	local link
	for link in usr/etc /usr/etc ../../usr/./etc via; do
		ln -sfn usr/etc bottom/via
		ln -sfn "$link" top/etc
		works -q -c 'container --image web -h box -- sh -c "readlink /etc; cat /etc/group /etc/hostname; ls /usr/etc"'
		[ "$output" = "$link"$'\nroot:x:0:\nstaff:x:50:\nbox\ngroup\nhostname\nhosts\npasswd\nresolv.conf' ] ||
			complain "lost through $link"
	done
	works -q -c 'container --image web; run sh -c "echo x >/etc/hosts; echo x >/etc/mine"; commit kept; image inspect kept'
	local kept
	kept=$(sed -n '/^\[/,$p' <<<"$output" | jq -r '.[0].GraphDriver.Data.Layers[-1]')
	[ "$(find "$kept" -type f -printf '%P\n')" = usr/etc/mine ] || complain "$(find "$kept")"
	ln -sfn etc bottom/round && ln -sfn round top/etc
	ln -sfn loop top/loop && ln -sfn loop top/etc
	works -q -c 'container --image web -- readlink /etc'
	[ "$output" = loop ]
	rm top/etc && echo mine >top/etc
	works -q -c 'container --image web -- cat /etc'
	[ "$output" = mine ]
	works -c 'container --image web -- true'
	says 'is not a folder'
}

@test "mount points that the image has as a file or a link to nothing become folders" {
	image web '{}'
	echo file >top/proc
	ln -s nowhere top/sys
	works -q -c 'container --image web -- sh -c "cat /proc/self/comm; ls /sys | head -n 1; cd /dev; ls null"'
	says cat
	says null
}

@test "an image that is used is held" {
	image web '{}'
	cat >hold.stave <<'END'
container --image web
run sh -c 'touch /ready; true'
END
	works -q hold.stave
	works --json -c 'container --image web'
	holds "any(.[0].ops[]; .call == \"flock(open(\\\"$store/images/web:latest\\\"), LOCK_SH|LOCK_NB)\")"
}

@test "no such image, no such folder, nothing to run" {
	fails 125 -q -c 'container --image none -- true'
	errs image.absent
	fails 125 -q -c 'container --image ./none -- true'
	errs path.host
	image web '{}'
	fails 125 -q -c 'container --image web --run'
	errs image.empty
	fails 125 -q -c 'container --image web -it'
}

# ---- the kind: what cannot be looked at is taken for what is not there ----

@test "a store that cannot be read is no store without the image: no folder of that name is run" {
	need_userns
	mkdir -p data/stave web/bin
	export XDG_DATA_HOME=$WORK/data
	chmod 777 data/stave
	fails 125 --json -c 'container --image web -- true'
	holds '.[0].error.id == "store.place"'
	chmod 700 data/stave
	mkdir -p data/stave/images
	echo '{' >"data/stave/images/web:latest"
	fails 125 --json -c 'container --image web -- true'
	holds '.[0].error.id == "store.damaged"'
}

@test "a container whose own program was to run and that cannot be planned ends with 125" {
	need_userns
	fails 125 -q -c 'container --image none --run'
	fails 125 -q -c 'container --image none -i'
	fails 125 -q -c 'container --image none -d'
	fails 125 -q -c 'container --image none --entrypoint /x'
	fails 125 -q -c 'container --net bridge --run'
	fails 1 -q -c 'container --image none'
}

@test "an image cannot fill the store with volumes" {
	image many "$(jq -nc '{Cmd: ["true"], Volumes: ([range(101) | {key: "/v\(.)", value: {}}] | from_entries)}')"
	fails 125 -q -c 'container --run --image many'
	errs image.config
	image most "$(jq -nc '{Cmd: ["nosuch"], Volumes: ([range(100) | {key: "/v\(.)", value: {}}] | from_entries)}')"
	fails 127 -q -c 'container --run --image most'
	[ -z "$(ls "$store/volumes")" ] || complain 'volumes stay'
}
