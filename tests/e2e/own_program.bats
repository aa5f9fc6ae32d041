#!/usr/bin/env bats
# The host's own program is out of a container's reach: an image that makes the kernel run it again
# (#!/proc/self/exe, the pattern of CVE-2019-5736) is PID 1 as that program, and changes nothing of
# the file.
load common

prepare() {
	need_tool busybox
	need_userns
	# A file of one's own: what belongs to root nobody else can write to anyway.
	mkdir own
	cp "$STAVE" "$(dirname "$STAVE")"/stave-probe own
	STAVE=$WORK/own/stave
	mkdir evil
	VOLUME="-v $WORK/evil:/evil"
	# One that is linked dynamically is run by the image's own loader.
	if ! is_static; then
		VOLUME="$VOLUME -v /usr/lib:/lib:ro -v /usr/lib:/usr/lib:ro"
		[ ! -d /lib64 ] || VOLUME="$VOLUME -v /lib64:/lib64:ro"
	fi
	cat >evil/attack <<-'END'
		#!/bin/sh
		for exe in ${1:-/proc/[0-9]*/exe}; do
			[ -r $exe ] && ! cmp -s $exe /bin/busybox || continue
			echo "tried $exe"
			chmod 4777 $exe
			chown 1:1 $exe
			touch -d '2001-01-01 00:00' $exe
			echo changed >>$exe
			mount -o remount,bind,rw $exe
			touch /tmp/at
			mount --bind $exe /tmp/at && mount -o remount,bind,rw /tmp/at && chmod 4777 /tmp/at
		done 2>&1
	END
	chmod 755 evil/attack
	FILE_BEFORE=$(file_now)
}

# Content, mode, owner, and when they were last changed.
file_now() {
	sha256sum "$STAVE" && stat -c '%a %u:%g %h %Y %Z %s' "$STAVE"
}

untouched() {
	says 'tried /proc/'
	[ "$(file_now)" = "$FILE_BEFORE" ] || complain "was $FILE_BEFORE, is $(file_now)"
}

# An image's program whose interpreter is the process itself: the script it is given is Stave's.
by_interpreter() { # LINE
	printf '#!/proc/self/exe\n!/evil/attack\n' >evil/program
	chmod 755 evil/program
	run stave -q -c "$1"
	untouched
}

@test "the host's program as interpreter, #!/proc/self/exe: a container in the foreground" {
	by_interpreter "container $VOLUME -- /evil/program"
}

@test "the host's program as interpreter, #!/proc/self/exe: a container with --userns" {
	by_interpreter "container $VOLUME --userns -- /evil/program"
}

@test "the host's program as interpreter, #!/proc/self/exe: a container with every capability" {
	by_interpreter "container $VOLUME --privileged -- /evil/program"
}

@test "the host's program as interpreter, #!/proc/self/exe: a container with an init" {
	by_interpreter "container $VOLUME --init -- /evil/program"
}

@test "the host's program as interpreter, #!/proc/self/exe: run in a container without a CMD" {
	by_interpreter "container $VOLUME; run /evil/program"
}

@test "the host's program as interpreter, #!/proc/self/exe: exec in a container" {
	by_interpreter "container $VOLUME --name box -d -- sleep 60; exec box -- /evil/program"
}

@test "the host's program as the program itself, /proc/self/exe" {
	run stave -q -c "container $VOLUME -- /proc/self/exe -c '!/evil/attack'"
	untouched
}

# Its root is the host's still: nothing but the program itself may be tried.
@test "the host's program by its keeper: unshare pid, run" {
	run stave -q -c "$(first)unshare pid mnt; mount proc /proc; run $WORK/evil/attack /proc/1/exe"
	untouched
}

# With -q a router begins as the shell's own program, and only holds the network as long as it is that.
@test "the host's program by the keeper of a router, which began as the shell's own program" {
	run stave -q -c "network create n; @router unshare pid mnt; @router mount proc /proc; @router run $WORK/evil/attack /proc/1/exe"
	untouched
}
