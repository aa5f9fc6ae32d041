# The lessons on networks are proven and attacked: they mostly wait for answers that do not come.
load common

prepare() {
	need_userns
	copy_for_all
}

prove() { # LANGUAGE
	works --check-lessons "$STAVE_LESSONS/$1"/{25,26,27,28,29,30,31}-*.md
	says '7 proven, 0 not'
	[[ $output != *'not tried:'* ]] || complain 'an ordinary user did not try'
}

@test "every lesson on networks in English is proven" { prove en; }
@test "every lesson on networks in Chinese is proven" { need_both_languages; prove zh; }

@test "there is no lesson that no test proves" {
	run ! ls "$REPOSITORY"/lessons/en/3[2-9]* "$REPOSITORY"/lessons/en/[4-9]*
}
