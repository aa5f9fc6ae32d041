#!/usr/bin/env bats
# Images that others replace meanwhile: who reads one, and who replaces one, held up at each call on its record in turn.
load common

prepare() {
	need_userns
	need_tool strace
	need_tool flock
	strace -f -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
	! is_sanitized || skip 'sanitizers make calls of their own'
	export XDG_DATA_HOME=$WORK/data
	local name
	for name in one two; do
		mkdir -p $name/etc
		echo $name >$name/etc/name
		tar -C $name -cf $name.tar .
	done
	works -q -c 'image import one.tar it'
	record=$XDG_DATA_HOME/stave/images/it:latest
	[ -f "$record" ]
}

# Start LINE as NAME, which stops after each of its calls on the record.
begin() { # NAME LINE
	rm -f "$1.calls"
	strace -qq -o "$1.calls" -P "$record" -e trace=openat,close,flock -e inject=close,flock:signal=STOP:when=1+ \
		env STAVE_TRACE=errors "$STAVE" -q -c "$2" >"$1.said" 2>&1 3>&- 4>&- &
	printf -v "$1" %s $!
	stops=0
}

ended() { ! kill -0 "${!1}" 2>/dev/null || [ "$(sed 's/.*) //; s/ .*//' "/proc/${!1}/stat" 2>/dev/null)" = Z ]; }
stopped() { [ "$(grep -c 'stopped by SIGSTOP' "$1.calls" 2>/dev/null)" -gt "$stops" ]; }
stopped_or_ended() { stopped "$1" || ended "$1"; }

# Wait for its next stop; false: it has ended.
stop() { # NAME
	await stopped_or_ended "$1"
	stopped "$1" || return 1
	stops=$((stops + 1))
}

go_on() { kill -CONT "$(pgrep -P "${!1}")"; } # NAME

# Let it go on to its end, whatever stops are left.
finish() { # NAME
	local got=0
	stops=$(grep -c 'stopped by SIGSTOP' "$1.calls")
	ended "$1" || go_on "$1"
	while stop "$1"; do go_on "$1"; done
	wait "${!1}" || got=$?
	[ "$got" = 0 ] || complain "$1 ended with $got: $(cat "$1.said" "$1.calls")"
}

# What was exported is one of the two, whole: an import looks at every digest.
is_whole() {
	works -q -c 'image import out.tar seen'
	rm out.tar
}

@test "an image that others replace at each step of who reads it is read whole, or the next one is" {
	local line images count
	for line in 'image export it out.tar' 'image inspect it' 'image history it' 'container --image it; commit made'; do
		images=(two one)
		count=0
		begin reader "$line"
		while stop reader; do
			# Where the reader holds the whole store, to sweep it, nobody replaces anything.
			! flock -n "$XDG_DATA_HOME/stave" true || works -q -c "image import ${images[count % 2]}.tar it"
			count=$((count + 1))
			[ $count -lt 40 ] || complain "$line: no end"
			go_on reader
		done
		# What was planned for one image is not carried out with another.
		wait "$reader" || { [[ $line = container* ]] && grep -q 'trace errors: flock.ENOENT ' reader.said; } ||
			complain "$line: $(cat reader.said reader.calls)"
		[ $count -gt 0 ] || complain "$line: was not stopped"
		[[ $line != *out.tar ]] || is_whole
		works -q -c 'image verify'
	done
}

@test "what is replayed of a container keeps the image that it had, whatever has its name by now" {
	cat >lines <<-END
		container --image it
		caps drop chown
		image import two.tar it
		undo
		image verify
		image rm it
		image verify
	END
	works -q -c 'image inspect it'
	local layer=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")
	[ -d "$layer" ]
	works -q -y lines
	[ -d "$layer" ] || complain 'it has lost its layer'
}

@test "who replaces an image and who reads it, each held up at each of its calls: it is read whole" {
	local at by
	for ((at = 1; at < 10; at++)); do
		for ((by = 1; by < 6; by++)); do
			works -q -c 'image import one.tar it'
			begin publisher 'image import two.tar it'
			while stop publisher && [ $stops -lt $at ]; do go_on publisher; done
			if ended publisher; then
				[ $at -gt 2 ]
				return
			fi
			begin reader 'image export it out.tar'
			while stop reader && [ $stops -lt $by ]; do go_on reader; done
			ended reader && by=10
			finish publisher
			# No blob is exported that is not what its name says.
			finish reader
			tar -tf out.tar >files
			rm out.tar
		done
	done
}
