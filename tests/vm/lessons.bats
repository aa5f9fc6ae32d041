#!/usr/bin/env bats
# The lessons, proven under the kernels and cgroup layouts that tests/vm/suite names: by root, whose proof plays them
# once more as an ordinary user, and by a user. What a lesson needs and this guest lacks is told. They are those in
# Chinese: compared with the English ones, and attacked with what their authors wrote alone, which is a third of the
# work; the other attacks do not depend on the kernel.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	[ -n "$VM_LESSONS" ] || skip 'other guests play the lessons'
	export STAVE_LESSONS=$REPOSITORY/lessons
}

prove() { # NUMBER...
	local lesson number lessons=()
	for number; do
		lesson=$(echo "$REPOSITORY"/lessons/zh/"$number"-*.md)
		[[ ! ${lesson##*/} =~ $VM_LESSONS ]] || lessons+=("$lesson")
	done
	[ "${#lessons[@]}" -gt 0 ] || skip 'other guests play these lessons'
	works --json --check-lessons "${lessons[@]}"
	holds 'all(.ok)'
	pick '.[] | select(.skipped) | "# \(.file | sub(".*/"; "")) needs \(.skipped)"' | sort -u >&3
}

# A few at a time, so that something is heard of a guest that works.
@test "every lesson is proven, or says what this kernel lacks: 00 to 04" { prove 00 01 02 03 04; }
@test "every lesson is proven, or says what this kernel lacks: 05 to 09" { prove 05 06 07 08 09; }
@test "every lesson is proven, or says what this kernel lacks: 10 to 13" { prove 10 11 12 13; }
@test "every lesson is proven, or says what this kernel lacks: 14 to 16" { prove 14 15 16; }
@test "every lesson is proven, or says what this kernel lacks: 17 to 19" { prove 17 18 19; }
@test "every lesson is proven, or says what this kernel lacks: 20 to 23" { prove 20 21 22 23; }
@test "every lesson is proven, or says what this kernel lacks: 24 to 26" { prove 24 25 26; }
@test "every lesson is proven, or says what this kernel lacks: 27 to 28" { prove 27 28; }
@test "every lesson is proven, or says what this kernel lacks: 29 to 31" { prove 29 30 31; }
