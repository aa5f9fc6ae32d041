# The lessons on networks are proven and attacked, side by side: they mostly wait for answers that do not come.
load common

prepare() {
	need_userns
	copy_for_all
}

# Each in a folder of its own, which it compares with what was there before.
prove() { # LANGUAGE NUMBERS...
	local number pid pids=() failed=0
	for number in "${@:2}"; do
		mkdir "$number"
		(cd "$number" && exec timeout "$(deadline 250)" "$STAVE" --check-lessons \
			"$STAVE_LESSONS/$1/$number"-*.md) >"$BATS_TEST_TMPDIR/$number" 2>&1 3>&- 4>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
	cd "$BATS_TEST_TMPDIR"
	[ $failed = 0 ] || { cat [0-9]*; return 1; }
	[ "$(grep -lE ' proven, 0 not' [0-9]* | wc -l)" = $(($# - 1)) ]
	run ! grep -h 'not tried:' [0-9]*
}

@test "every lesson on networks in English is proven" { prove en 25 26 27 28 29 30; }
@test "every lesson on networks in Chinese is proven" { prove zh 25 26 27 28 29 30; }

@test "there is no lesson that no test proves" {
	run ! ls "$REPOSITORY"/lessons/en/3[1-9]* "$REPOSITORY"/lessons/en/[4-9]*
}
