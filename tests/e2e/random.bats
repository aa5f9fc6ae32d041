#!/usr/bin/env bats
# Random steps, undo, redo and reset: what stands agrees with a fresh replay, whatever came before.
load common

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	chmod 755 "$WORK"
	mkdir sessions
}

play() { # FIRST LAST
	cd sessions || return 1
	run "$HERE/random_steps.py" "$STAVE" "$@" 3>&- 4>&-
	[ "$status" = 0 ] || complain 'sessions disagree'
	says "$(($2 - $1 + 1)) sessions"
}

@test "seeds 1 to 25 agree with a replay" {
	play 1 25
}

@test "seeds 26 to 50 agree with a replay" {
	play 26 50
}

@test "seeds 51 to 75 agree with a replay" {
	play 51 75
}

@test "seeds 76 to 100 agree with a replay" {
	play 76 100
}
