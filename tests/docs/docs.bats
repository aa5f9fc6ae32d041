#!/usr/bin/env bats
# What is written about the program, held against it: README*.md, docs/, lessons/.
load ../e2e/common

# Needs a kernel on which the walk can be played by an ordinary user: overlay in a user namespace.
need_walk() {
	local major minor
	need_userns
	IFS=. read -r major minor _ <<<"$(uname -r)"
	((major > 5 || (major == 5 && ${minor%%[!0-9]*} >= 11))) ||
		skip "Linux $major.$minor has no overlay in user namespaces"
}

script() { # NAME ARG...
	local name=$1
	shift
	"$REPOSITORY/scripts/$name" "$@" 3>&- 4>&-
}

@test "a sequence of the terminal's that comes in two pieces is one" {
	need_tool python3
	PYTHONPATH=$REPOSITORY/scripts/documents python3 -B -c 'from terminal import Terminal
screen = Terminal(80)
for piece in ("\x1b[3", "2mgreen\x1b", "[0m \x1b]0;a tit", "le\x07plain"):
    screen.feed(piece)
assert screen.lines() == ["green plain"], screen.lines()'
}

@test "README*.md and docs are what the program prints" {
	need_walk
	need_tool python3
	! ldd "$STAVE" 2>/dev/null | grep -q libasan || skip 'the program under test has a sanitizer'
	STAVE=$STAVE run script docs --check
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || complain 'make docs has not been run'
}

# documents: every page, as a path below the repository
documents() {
	(cd "$REPOSITORY" && printf '%s\n' README*.md docs/*.md lessons/*.md)
}

# The anchors of a page's headings, as they are in links.
anchors() { # FILE
	grep -oP '^#+ \K.*' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n_-'
}

@test "a link between documents leads to a file and a heading that are there" {
	local page link file
	while read -r page; do
		while read -r link; do
			case $link in https:*) continue ;; esac
			file=$REPOSITORY/$page
			[ -z "${link%%#*}" ] || file=$(dirname "$file")/${link%%#*}
			[ -e "$file" ] || complain "$page: no file ${link%%#*}" || return 1
			[[ $link != *#* ]] || anchors "$file" | grep -qx "${link#*#}" ||
				complain "$page: no heading $link" || return 1
		done < <(sed '/^```/,/^```/d' "$REPOSITORY/$page" | grep -oP '\]\(\K[^) ]*')
	done < <(documents)
}

@test "a file of the tree that a document names is there" {
	local page named
	while read -r page; do
		for named in $(sed '/^```/,/^```/d' "$REPOSITORY/$page" |
			grep -oP '(?<![\w/$~])(repl|scripts|tests|lessons|docs)/[a-z0-9_/.-]*[a-z0-9/]' | sort -u); do
			[ -e "$REPOSITORY/$named" ] || complain "$page: no $named" || return 1
		done
	done < <(documents)
}

# Columns of the widest line: a wide character takes two.
widest() { # FILE
	/usr/bin/python3 -c 'import sys, unicodedata
print(max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n"))
          for line in open(sys.argv[1], encoding="utf-8")))' "$1"
}

@test "a README can be carried: 200 lines, 12 KB, 80 columns, and the same in Chinese" {
	need_tool python3
	local page
	for page in "$REPOSITORY"/README.md "$REPOSITORY"/README.zh.md; do
		[ "$(wc -l <"$page")" -le 200 ] || complain "$page is too long" || return 1
		[ "$(wc -c <"$page")" -le 12288 ] || complain "$page is too large" || return 1
		[ "$(widest "$page")" -le 80 ] || complain "$page is too wide" || return 1
	done
	diff <(grep -oP '\]\(\K(?!README)[^)]*' "$REPOSITORY/README.md") \
		<(grep -oP '\]\(\K(?!README)[^)]*' "$REPOSITORY/README.zh.md" | sed 's/\.zh\.md$/.md/')
	diff <(grep -c '^## ' "$REPOSITORY/README.md") <(grep -c '^## ' "$REPOSITORY/README.zh.md")
	diff <(grep '^    scripts/' "$REPOSITORY/README.md" | cut -c1-20) \
		<(grep '^    scripts/' "$REPOSITORY/README.zh.md" | cut -c1-20)
}

@test "the walk in Chinese types the same lines as the one in English" {
	local page
	for page in walk walk.zh; do
		grep -P '^stave(?: \[[^]]*\])?(?: \?[0-9]+)? ?> ' "$REPOSITORY/docs/$page.md" | sed 's/^[^>]*> //' >"$page"
	done
	diff walk walk.zh
}

@test "no two documents show the calls of a whole container" {
	[ "$(cd "$REPOSITORY" && cat README*.md docs/*.md | grep -c '^ . clone3({flags=CLONE_NEWUSER|')" -le 1 ]
}

@test "what make docs fills: every part of every document is of a known kind" {
	need_tool python3
	local stray
	stray=$(cd "$REPOSITORY" && grep -n '^<!-- ' README*.md docs/*.md |
		grep -vE ':<!-- (end|commands|usage|errors|causes|primitives|(session: (stage|root)( [0-9]+)?( unasked)?( zh)?)|lesson: [a-z/.-]+) -->$') || true
	[ -z "$stray" ] || complain "$stray"
}

@test "the manual page is well formed" {
	need_tool man
	local warnings
	warnings=$(man --warnings -l "$REPOSITORY/docs/stave.1" 2>&1 >"$WORK/page")
	[ -z "$warnings" ] || complain "$warnings"
	grep -q 'bindmount SRC DST' "$WORK/page"
}

@test "the manual page names every variable that the program reads" {
	local name
	for name in $(grep -rhoP 'getenv\("\K[A-Z_]+|"\K(LC_|LANG|TERM|INPUTRC)[A-Z_]*(?=[",])' \
		"$REPOSITORY/repl" --include='*.c' | sort -u); do
		grep -q "^\.BR\? .*\b$name\b" "$REPOSITORY/docs/stave.1" || complain "not there: $name" || return 1
	done
}

@test "every script has --help" {
	local file
	for file in run test docs capture; do
		run script "$file" --help
		[[ $status = 0 && $output == *usage:* ]] || complain "$file --help" || return 1
	done
}

@test "the same lines give the same capture, with a picture" {
	need_userns
	need_tool python3
	STAVE=$STAVE run script capture --text "$WORK/a" --svg "$WORK/a.svg" 'unshare user uts'
	[ "$status" = 0 ] || complain "capture ended with $status"
	STAVE=$STAVE script capture --text "$WORK/b" --svg "$WORK/b.svg" 'unshare user uts'
	cmp "$WORK/a" "$WORK/b"
	cmp "$WORK/a.svg" "$WORK/b.svg"
	grep -q 'unshare(CLONE_NEWUSER)' "$WORK/a"
	grep -q '</svg>' "$WORK/a.svg"
}

@test "the walk plays to its end, and shows what it tells" {
	need_walk
	works "$REPOSITORY/lessons/article.stave"
	says $'\n    1 root     ps'
	says $'\n    1 root     sleep 1000'
	says -r 'time +[0-9]+ +the host'
	says -r 'user +[0-9]+ +own'
	says 'this is from A'
	says_not 'this is from B'$'\n'
	says 'foo: character device 0:0, a whiteout'
	says -r '/home and /test: [a-z ]+ \(device [0-9:]+ inode [0-9]+\)'
	says '(1 entry: old) is hidden, not lost'
	says 'pivot_root(".", ".")'
	[ "$(grep -cx old <<<"$output")" = 1 ] || complain 'what the mount hid is not seen again'
}

@test "a day more since boot in the walk's time namespace, and none on the host" {
	need_walk
	works "$REPOSITORY/lessons/article.stave"
	local inside host
	inside=$(sed -n '/run cut -d/,/ended with/p' <<<"$output" | grep -x '[0-9]*')
	host=$(sed -n '/on the host: cut -d/,$p' <<<"$output" | grep -xm1 '[0-9]*')
	((inside - host >= 86399 && inside - host <= 86410)) || complain "$inside - $host"
}

# CPU time in hundredths of a second that the Nth "times" of the output tells in its second line.
cpu_time() { # N
	grep -E '^[0-9]+m[0-9.]+s ' <<<"$output" | sed -n "$((2 * $1))p" | awk '{
		split($1, user, /[ms]/); split($2, system_, /[ms]/)
		printf "%d", 100 * (60 * user[1] + user[2] + 60 * system_[1] + system_[2])
	}'
}

@test "the busy loop gets its 20 % and no more" {
	need_root
	# Where the groups are not to be had, the refusal says why.
	run stave -q -c 'cgroup cpu max'
	[ "$status" = 0 ] || skip 'no cpu controller for root here'
	works "$REPOSITORY/lessons/article-root.stave"
	local limited contained
	limited=$(cpu_time 2)
	contained=$(cpu_time 3)
	# Two seconds at 20 % are 40 hundredths; a loaded machine may give less, and never more.
	((limited > 5 && limited <= 50)) || complain "$limited hundredths" || return 1
	((contained > 5 && contained <= 50)) || complain "$contained hundredths"
}

@test "docs/limits.md has every file of a limit, on both versions of control groups" {
	local file
	for file in $(grep -oE '"(cpu|memory|pids|io|blkio|cpuset|freezer|cgroup)\.[a-z_.]+"' \
		"$REPOSITORY/repl/snapshot/cgroup/knobs.c" | tr -d '"' | sort -u); do
		grep -qF "\`$file\`" "$REPOSITORY/docs/limits.md" || complain "not there: $file" || return 1
	done
}
