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

# All lines of a lesson that Stave reads, without comments, and how many answers a prediction has.
blocks() { # FILE
	awk '
	/^ *```(check|solution|cheat|setup|wrong|demo|state|needs|predict)/ { inside = 1; asked = /predict/ }
	inside && (!asked || /```/) { sub(/ *#.*/, ""); print }
	inside && asked && /^ *- / { print "an answer" }
	/^ *```$/ { inside = 0 }' "$1"
}

@test "every lesson in English is proven: 00 to 13" { prove en '0[0-9]' '1[0-3]'; }
@test "every lesson in English is proven: 14 to 24" { prove en '1[4-9]' '2[0-4]'; }
@test "every lesson in Chinese is proven: 00 to 13" { need_both_languages; prove zh '0[0-9]' '1[0-3]'; }
@test "every lesson in Chinese is proven: 14 to 24" { need_both_languages; prove zh '1[4-9]' '2[0-4]'; }

@test "every lesson in Chinese is the English one: what is typed, checked, predicted and attacked" {
	local lesson
	diff <(cd "$REPOSITORY/lessons/en" && ls [0-9]*) <(cd "$REPOSITORY/lessons/zh" && ls [0-9]*)
	for lesson in "$REPOSITORY"/lessons/en/[0-9]*; do
		blocks "$lesson" >en
		blocks "$REPOSITORY/lessons/zh/${lesson##*/}" >zh
		[ "$(wc -l <en)" -gt 5 ]
		diff en zh || complain "${lesson##*/}: the two languages differ"
	done
}
