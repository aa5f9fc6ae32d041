#!/usr/bin/env bats
# Every lesson in English, proven and attacked on every kernel and under every cgroup layout: by root, whose proof
# plays them once more as an ordinary user, and by a user. What a lesson needs and this guest lacks is told.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
	[ -n "$VM_USERNS" ] || skip 'this guest has no user namespaces'
	export STAVE_LESSONS=$REPOSITORY/lessons
}

@test "every lesson is proven, or says what this kernel lacks" {
	local lesson
	for lesson in "$REPOSITORY"/lessons/en/[0-9][0-9]-*.md; do
		works --json --check-lessons "$lesson"
		holds 'all(.ok)'
		[ "$(pick 'map(select(.skipped != null)) | length')" = 0 ] || echo "# ${lesson##*/} needs $(pick '.[0].skipped')" >&3
	done
}
