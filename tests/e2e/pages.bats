#!/usr/bin/env bats
# The golden pages: what is said in sentences stands in tests/pages alone.

load common

@test "help, concepts and the ids of errors say what their pages have" {
	need_tool python3
	run "$REPOSITORY/scripts/pages" --check 3>&- 4>&-
	[ "$status" = 0 ] || complain 'make pages, and see what it says'
}

@test "each page that a test holds is one that make pages writes" {
	local page
	for page in "$REPOSITORY"/tests/pages/*/; do
		page=$(basename "$page")
		case $page in
		help | concepts | errors) continue ;;
		esac
		grep -qE "is_page $page/" "$REPOSITORY/tests/e2e/$page.bats"
		grep -qE "FILTER='e2e/\(([a-z|]*\|)?$page[|)]" "$REPOSITORY/scripts/pages"
	done
}
