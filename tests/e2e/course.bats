# The course: each lesson is proven and attacked. Root's proof plays as an ordinary user, too.
load common

prepare() { copy_for_all; }

prove() { # LANGUAGE NUMBERS...
	local pattern files=()
	need_userns
	for pattern in "${@:2}"; do files+=("$STAVE_LESSONS/$1"/$pattern-*.md); done
	works --check-lessons "${files[@]}"
	says -r '[1-9][0-9]* proven, 0 not'
	[[ $output != *'not tried:'* ]] || complain 'an ordinary user did not try'
}

@test "every lesson in English is proven: 00 to 13" { prove en '0[0-9]' '1[0-3]'; }
@test "every lesson in English is proven: 14 to 24" { prove en '1[4-9]' '2[0-4]'; }
@test "every lesson in Chinese is proven: 00 to 13" { prove zh '0[0-9]' '1[0-3]'; }
@test "every lesson in Chinese is proven: 14 to 24" { prove zh '1[4-9]' '2[0-4]'; }

@test "every lesson in Chinese is the English one" {
	diff <(cd "$REPOSITORY/lessons/en" && ls [0-9]*) <(cd "$REPOSITORY/lessons/zh" && ls [0-9]*)
}
