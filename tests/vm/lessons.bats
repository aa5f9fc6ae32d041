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

@test "every lesson is proven, or says what this kernel lacks" {
	local lesson lessons=()
	for lesson in "$REPOSITORY"/lessons/zh/[0-9][0-9]-*.md; do
		[[ ! ${lesson##*/} =~ $VM_LESSONS ]] || lessons+=("$lesson")
	done
	works --json --check-lessons "${lessons[@]}"
	holds 'all(.ok)'
	pick '.[] | select(.skipped) | "# \(.file | sub(".*/"; "")) needs \(.skipped)"' | sort -u >&3
}
