#!/usr/bin/env bats
# What could not be read is an error of that reading: never "nothing there", and never the end of
# all else.
load common

prepare() {
	need_userns
	export XDG_DATA_HOME=$WORK/data
	mkdir -p one/etc two/etc
	echo first >one/etc/name
	echo second >two/etc/name
	tar -C one -cf one.tar .
	tar -C two -cf two.tar .
}

count() { find "$XDG_DATA_HOME/stave/$1" -mindepth 1 -maxdepth 1 | wc -l; }

@test "one damaged record: other images can be removed, and their layers go" {
	works -q -c 'image import one.tar one; image import two.tar two'
	[ "$(count layers/sha256)" = 2 ]
	echo '{ cut' >"$(find "$XDG_DATA_HOME/stave/images" -name '*two*')"
	works -q -c 'image rm one'
	[ "$(count images)" = 1 ]
	[ "$(count layers/sha256)" = 1 ]
}

@test "a record that cannot be read just now: no layer goes that its image may have" {
	need_user
	works -q -c 'image import one.tar one; image import one.tar two'
	[ "$(count layers/sha256)" = 1 ]
	record=$(find "$XDG_DATA_HOME/stave/images" -name '*two*')
	chmod 000 "$record"
	works -q -c 'image rm one'
	[ "$(count images)" = 1 ]
	[ "$(count layers/sha256)" = 1 ]
	chmod 600 "$record"
	works -q -c 'image verify; image rm two'
	[ "$(count images) $(count layers/sha256) $(count blobs/sha256)" = '0 0 0' ]
}

@test "a damaged record itself can be removed, and then what only it had goes" {
	works -q -c 'image import one.tar one; image import two.tar two'
	echo '{ cut' >"$(find "$XDG_DATA_HOME/stave/images" -name '*two*')"
	works -q -c 'image rm two'
	[ "$(count images)" = 1 ]
	[ "$(count layers/sha256)" = 1 ]
	works -q -c 'image rm one'
	[ "$(count images) $(count layers/sha256) $(count blobs/sha256)" = '0 0 0' ]
}

@test "a volume that cannot be read is an error of volume ls, inspect and rm" {
	need_user
	works -q -c 'volume create aa; volume create bb'
	chmod 000 "$XDG_DATA_HOME/stave/volumes/aa"
	fails 1 -q -c 'volume ls'
	fails 1 --json -q -c 'volume inspect aa'
	holds '.[0].error.errno == "EACCES"'
	chmod 700 "$XDG_DATA_HOME/stave/volumes/aa"
	works -q -c 'volume ls'
}

@test "a folder of the writable layer that cannot be read is an error of diff, not an empty layer" {
	need_user
	mkdir A C
	run --separate-stderr stave -k -c "unshare user mnt; union A C
	run mkdir C/d
	run chmod 000 C/d
	run touch C/e
	diff C"
	[ "$status" = 1 ] || complain "ended with $status"
	says_not 'is empty'
}
