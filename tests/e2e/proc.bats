#!/usr/bin/env bats
# The kind: a foreign process taken for the child, where /proc is of another pid namespace, or none.
load common

prepare() {
	need_userns
	OWN=(unshare --mount --pid --fork)
	is_root || OWN=(unshare --user --map-root-user --mount --pid --fork)
}

# elsewhere COMMAND: in a pid namespace of its own, with what /proc it comes to
elsewhere() {
	run --separate-stderr "${OWN[@]}" sh -c "$1" 3>&- 4>&-
}

@test "the /proc of a pid namespace around is refused, and nothing is written to it" {
	elsewhere "'$STAVE' --json -c 'unshare user'"
	[ "$status" = 125 ]
	holds '.[0].ok == false and (.[0].error.fix | contains("mount -t proc"))'
	elsewhere "mount -t proc proc /proc && '$STAVE' --json -c 'unshare user mnt; ns'"
	[ "$status" = 0 ]
	holds '.[0].ns.user.own'
}

@test "no /proc, or something else in its place, is refused" {
	elsewhere "mount -t tmpfs none /proc && '$STAVE' -c 'unshare uts'"
	[ "$status" = 125 ]
	complains 'mount -t proc'
	elsewhere "mount -t tmpfs none /proc && mkdir /proc/self && echo 'NSpid:	1' >/proc/self/status &&
		'$STAVE' -c 'unshare uts'"
	[ "$status" = 125 ]
	elsewhere "mount -t tmpfs none /proc && '$STAVE' --version"
	[ "$status" = 0 ]
}

@test "a /proc of a pid namespace beside this one is refused" {
	elsewhere "mount -t proc proc /proc; exec unshare --pid --fork sh -c \"'$STAVE' -c 'unshare uts'\""
	[ "$status" = 125 ]
	complains 'mount -t proc'
}

@test "with hidepid the child is seen, or the cause is told" {
	elsewhere "mount -t proc -o hidepid=2 proc /proc && '$STAVE' --json -c 'unshare user mnt; idmap; ns'"
	holds 'all(.[]; .ok) or (map(select(.ok | not))[0].error.why | contains("hidepid"))'
}

# What is mounted at /proc later is not what the session looks at.
@test "a /proc that is covered after the start: the child is still the child" {
	cat >lines <<-END
		unshare uts mnt
		spawn sleep 30
		!mount -t tmpfs none /proc
		ns
		limits
		ps
		exec %1 -- true
		kill %1
	END
	elsewhere "mount -t proc proc /proc && '$STAVE' -k --json lines"
	[ "$status" = 0 ]
	holds 'all(.[]; .ok)'
}

@test "another pid namespace's /proc over this one: nobody else is taken for the child" {
	cat >lines <<-END
		unshare uts mnt
		!mount --rbind $WORK/around /proc
		ps
	END
	mkdir around
	# /proc of the namespace around, where the child's number is somebody else's.
	elsewhere "mount --rbind /proc '$WORK/around' && mount -t proc proc /proc && '$STAVE' -q lines"
	[ "$status" = 0 ]
	says 'stave-child'
}
