# Lessons: proven, played by a script, kept, handed in; and files that are none.
load common

prepare() {
	export STAVE_LESSONS=$REPOSITORY/lessons
	cp "$REPOSITORY/lessons/template.md" mine.md
}

# edit SED: the template, changed; proving it must fail.
edit() { sed "$1" "$REPOSITORY/lessons/template.md" >mine.md; }

setup_file() {
	local number
	for number in 1 2 3 4; do
		sleep 1000 </dev/null >/dev/null 2>&1 3>&- 4>&- &
		echo $! >>"$BATS_FILE_TMPDIR/bystanders"
	done
}

teardown_file() {
	local pid
	while read -r pid; do
		[ "$(ps -o args= -p "$pid")" != 'sleep 1000' ] || kill "$pid"
	done <"$BATS_FILE_TMPDIR/bystanders"
}

# The kind: a check that asks for an overlay is reached by showing the host's own / there, where that is one.
@test "what the host's / is mounted from solves no task: it is an overlay" {
	need_root
	local way=()
	mkdir top
	[ "$(stat -f -c %T /)" = overlayfs ] || way=(unshare --mount sh -euc '
		mount -t tmpfs tmpfs top
		mkdir top/up top/work top/root
		mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/top/up,workdir=$PWD/top/work" top/root
		for folder in proc sys dev tmp run; do mount --rbind "/$folder" "top/root/$folder"; done
		cd top/root
		pivot_root . mnt
		umount -l /mnt
		cd "$1"
		shift
		exec "$@"' sh "$WORK")
	mkdir empty
	run "${way[@]}" sh -c "cd '$WORK/empty' && '$STAVE' --check-lessons '$REPOSITORY'/lessons/en/1[07]-*.md" 3>&- 4>&-
	[ "$status" = 0 ] || complain "ended with $status"
}

@test "the template and the example of AUTHORING.md are proven" {
	need_userns
	sed -n '/^````markdown$/,/^````$/p' "$REPOSITORY/lessons/AUTHORING.md" | sed '1d;$d' >example.md
	works --check-lessons "$REPOSITORY/lessons/template.md" example.md
	says '2 proven, 0 not, 0 skipped'
}

# What a table names, of keys, needs, kinds of blocks and predicates: its first column, and the examples.
@test "AUTHORING.md names the same in both languages" {
	local file
	for file in "$REPOSITORY"/lessons/AUTHORING.md "$REPOSITORY"/lessons/zh/AUTHORING.md; do
		sed -n 's/^| \(`.*`\) | .*/\1/p' "$file" | sed 's/ | .*//' >"names.${#file}"
		sed -n 's/^| `.* | \(`[^|]*`\) |$/\1/p' "$file" >"examples.${#file}"
		[ "$(grep -c . "names.${#file}")" -gt 80 ] || complain "$file: few names"
	done
	diff names.*
	diff examples.*
	[ "$(grep -c '^## ' "$REPOSITORY/lessons/AUTHORING.md")" = \
		"$(grep -c '^## ' "$REPOSITORY/lessons/zh/AUTHORING.md")" ]
}

# count KIND...: the lines of blocks of these kinds, in the lessons in English; the fence is the first
count() { sed -n "/^\`\`\`\\($1\\) /,/^\`\`\`$/p" "$REPOSITORY"/lessons/en/[0-9]*.md | grep -vE '^(#.*)?$' | grep -cE "$2"; }

@test "the course is for doing: a hundred tasks, and at most three lines that are shown for each" {
	local tasks shown
	tasks=$(count 'task\|riddle' '^```[a-z]')
	shown=$(count demo '^[^`]')
	[ "$tasks" -ge 100 ] || complain "$tasks tasks"
	[ "$shown" -le $((3 * tasks)) ] || complain "$shown lines for $tasks tasks"
}

@test "drawings in lessons fit 80 columns" {
	need_tool python3
	python3 - "$REPOSITORY"/lessons/*/[0-9]*.md <<-'END'
		import sys, unicodedata
		wrong = []
		for path in sys.argv[1:]:
		    fenced = False
		    for number, line in enumerate(open(path, encoding='utf-8'), 1):
		        line = line.rstrip('\n')
		        fenced ^= line.startswith('```')
		        indent = 4 if fenced else 0
		        width = sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in line)
		        plain = (fenced and not line.startswith('```')) or line.startswith('    ')
		        if plain and line.startswith(('    ', '+', '|', '┌', '│')) and width + indent > 84:
		            wrong.append(f'{path}:{number}: {width} columns')
		print('\n'.join(wrong))
		sys.exit(bool(wrong))
	END
}

@test "a solution that does not reach its check is found" {
	need_userns
	edit '/^```solution/,/^```$/s/hostname box/hostname tub/'
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/solution
}

@test "a check that holds from the start is found" {
	need_userns
	edit '/^```check/,/^```$/s/hostname box/ns uts own/'
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/held
}

@test "a hint that does not fire in its state is found" {
	need_userns
	edit 's/^```hint if hostname tub/```hint if hostname pail/'
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/hint
}

@test "a command that fails is found, and one that should and does not" {
	need_userns
	edit 's/^ns$/mount tmpfs \/nowhere/'
	fails 1 --check-lessons mine.md
	adds
	edit 's/^ns$/ns  # fails/'
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/command
}

# probe RUN LINES [SOLUTION]: a lesson whose check, or whose hint's state, runs a program when LINES are played
probe() {
	cat >mine.md <<-END
		---
		title: Probe
		summary: A check runs a program
		minutes: 1
		---

		# Probe

		\`\`\`demo first
		$2
		\`\`\`

		## A task

		\`\`\`task it
		Do it.
		\`\`\`

		\`\`\`check
		$1
		\`\`\`

		\`\`\`solution
		${3:-run true}
		\`\`\`
	END
}

@test "a lesson's check runs no program that could reach the host; behind the walls it does" {
	need_userns
	local check lines
	for check in "run \"touch $WORK/ran\" succeeds" "run \"touch $WORK/ran\" fails" \
		"in 1 run \"touch $WORK/ran\" succeeds"; do
		for lines in ns "$(first)unshare mnt" "$(first)unshare mnt pid"; do
			probe "$check" "$lines"
			fails 1 --check-lessons mine.md
			[ ! -e ran ] || complain "ran after $lines"
			says 'could reach the host'
		done
	done
	is_root || lines='unshare user mnt pid'
	probe 'file /mine regular and run "ls /mine" succeeds' "$(first)unshare mnt pid; rootfs busybox /mnt; pivot /mnt" 'run touch /mine'
	works --check-lessons mine.md
	# The course that came with the program as well.
	mkdir -p course/en
	probe "run \"touch $WORK/ran\" succeeds" ns
	mv mine.md course/en/01-mine.md
	STAVE_LESSONS=$PWD/course fails 1 --check-lessons course/en/01-mine.md
	[ ! -e ran ] || complain 'the own course ran'
}

@test "a hint whose state comes a moment after its wrong line is no fault" {
	need_userns
	probe 'file /mine regular' "$(first)unshare mnt; rootfs busybox /mnt; pivot /mnt; run mkdir -p /dev; run touch /dev/null" 'run touch /mine'
	printf '%s\n' '' '```hint if file /late regular' 'Late.' '```' '' '```wrong' \
		'run sh -c "(sleep 0.3; touch /late) >&- 2>&- <&- &"' '```' >hint
	sed -i '/^```solution/{
		e cat hint; echo
	}' mine.md
	works --check-lessons mine.md
	says 'hints: 1'
}

@test "a folder that another program has on the host for a moment is no fault of the lesson" {
	need_userns
	printf '%s\n' --- 'title: Beside' 'summary: Another program' 'minutes: 1' --- '' '# Beside' '' '```demo only' \
		"run sh -c 'touch met; until [ -e beside ]; do sleep 0.01; done; rm met'" '```' >mine.md
	{ await test -e met; mkdir beside; sleep 0.4; rmdir beside; } 3>&- 4>&- &
	works --check-lessons mine.md
	says '1 proven'
	wait
}

@test "a lesson that needs what is not here is skipped with the reason" {
	edit 's/^needs: .*/needs: kernel 99.0/'
	works --check-lessons mine.md
	adds
	is_page lessons/needs
	works --json --check-lessons mine.md
	holds '.[0].ok and .[0].skipped == "kernel 99.0"'
	fails 1 -c 'lesson --trust ./mine.md'
	errs lesson.needs
	edit 's/^needs: .*/needs: nsdelegate/'
	works --json --check-lessons mine.md
	if grep -qE ' cgroup2 [^ ]*\bnsdelegate\b' /proc/self/mounts; then
		holds '.[0].skipped != "nsdelegate"'
	else
		holds '.[0].ok and .[0].skipped == "nsdelegate"'
	fi
	edit 's/^needs: .*/needs: nft/'
	run --separate-stderr unshare -Urm bash -c '
		for nft in /usr/sbin/nft /sbin/nft /usr/local/sbin/nft /usr/bin/nft /bin/nft $(command -v nft); do
			[ ! -e $nft ] || mount --bind /dev/null $nft || exit 77
		done
		exec "$0" --json --check-lessons mine.md' "$STAVE"
	[ "$status" != 77 ] || skip 'nothing can be mounted here'
	holds '.[0].ok and .[0].skipped == "nft"'
}

@test "the folder of an ordinary user who cannot be had does not stay" {
	need_userns
	touch begun
	# Only one id is mapped: the folder cannot be given to another.
	run --separate-stderr unshare -Ur "$STAVE" --check-lessons mine.md
	await eval '[ -z "$(find /tmp -maxdepth 1 -name "stave-lessons-*" -newer begun -empty -user "$(id -u)")" ]'
}

# task CHECK SOLUTION [BLOCKS]: a lesson of one task, behind a tmpfs at /mnt; the proof is tried
task() {
	cat >mine.md <<-END
		---
		title: Attacked
		summary: one task
		minutes: 1
		---

		Look.

		\`\`\`demo first
		unshare user mnt
		mount tmpfs /mnt
		run mkdir /mnt/a /mnt/b
		\`\`\`

		\`\`\`task it
		Do it.
		\`\`\`

		\`\`\`check
		$1
		\`\`\`

		$3

		\`\`\`solution
		$2
		\`\`\`
	END
}
cheat=$'```cheat\nrun touch /mnt/b/x\n```'

@test "a check that is reached by what is not the task is found" {
	need_userns
	# What lies over it, instead of its being gone.
	task 'file /mnt/a absent' 'run rmdir /mnt/a'
	fails 1 --check-lessons mine.md
	adds
	# A chroot, instead of a mount's being gone.
	task 'mount /mnt absent' 'umount /mnt'
	fails 1 --check-lessons mine.md
	adds
	# Half of the solution is enough.
	task 'mount /mnt/a type tmpfs' $'mount tmpfs /mnt/a\nmount tmpfs /mnt/b'
	fails 1 --check-lessons mine.md
	adds
	# From and to exchanged.
	task 'file /mnt/a same as /mnt/b' 'bindmount /mnt/a /mnt/b'
	fails 1 --check-lessons mine.md
	adds
	# What the author foresaw.
	task 'file /mnt/b/x present and mount /mnt type tmpfs' $'mount tmpfs /mnt/b\nrun touch /mnt/b/x' "$cheat"
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/cheats
	task 'file /mnt/b/x present and mount /mnt/b type tmpfs and mount /mnt type tmpfs' \
		$'mount tmpfs /mnt/b\nrun touch /mnt/b/x' "$cheat"
	works --check-lessons mine.md
}

@test "an earlier state that reaches the task is found" {
	need_userns
	task 'not mount /mnt present or mount /mnt/a type tmpfs' 'mount tmpfs /mnt/a'
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/earlier
}

@test "another right way that does not reach the check is found" {
	need_userns
	task 'mount /mnt/a propagation private and mount /mnt/a type tmpfs' \
		'mount tmpfs /mnt/a' $'```also\nmount tmpfs /mnt/a\npropagation shared /mnt/a\n```'
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/also
}

@test "a state that a step does not begin with is found" {
	need_userns
	task 'mount /mnt/a type tmpfs' 'mount tmpfs /mnt/a'
	sed -i 's/^```task it/```state\nns pid own\n```\n\n&/' mine.md
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/state
}

@test "a fence that is not closed, and a command that takes too long" {
	need_userns
	sed '$!b' "$REPOSITORY/lessons/template.md" >mine.md
	printf '\n```text\nunfinished\n' >>mine.md
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/fence
	is_sanitized && return
	task 'mount /mnt/a type tmpfs' 'mount tmpfs /mnt/a'
	sed -i 's/^mount tmpfs .mnt$/&\nrun sleep 1000/' mine.md
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/deadline
}

@test "root's proof is played by an ordinary user as well; a user's says that root was not tried" {
	need_userns
	mkdir -m 755 open
	task 'ns uts own and ns uts owned by own user' 'unshare uts'
	mv mine.md open
	if ! is_root; then
		works --check-lessons open/mine.md
		says 'as root not tried'
		return
	fi
	chmod 755 .
	works --check-lessons open/mine.md
	says 'as an ordinary user'
	# What root may and a user may not.
	sed -i 's/^unshare user mnt$/unshare mnt/; s/^ns uts own and .*/ns uts own/' open/mine.md
	setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$PWD/open/mine.md" ||
		skip 'the folder of this test is closed to others'
	fails 1 --check-lessons open/mine.md
	says '0 proven, 1 not'
}

@test "17, too-safe: what mounts, by mount(2) or by move_mount(2), is refused by its filter" {
	need_userns
	local mounter way
	mounter=$(dirname "$STAVE")/tests/e2e/mounter
	[ -x "$mounter" ] || mounter=$(dirname "$STAVE")/build/tests/e2e/mounter
	[ -x "$mounter" ] || skip 'tests/e2e/mounter was not built'
	cp "$mounter" mounter
	for way in old new; do
		works -q -c "unshare user mnt; run $PWD/mounter $way tmpfs /mnt; check mount /mnt type tmpfs"
		run --separate-stderr stave -q -c "unshare user mnt
			seccomp deny mount umount2 move_mount; run $PWD/mounter $way tmpfs /mnt"
		[ "$status" = 1 ] || complain "$way passes"
	done
	# The filter of two calls alone lets the new sequence pass: the lesson's check refuses it.
	works -q -c "unshare user mnt; seccomp deny mount umount2; run $PWD/mounter new tmpfs /mnt
		check mount /mnt type tmpfs and call mount denied and call move_mount allowed"
}

@test "broken files: one error each, with line and column" {
	head -c 11000000 /dev/zero | tr '\0' 'a' >big.md
	fails 1 --check-lessons big.md
	adds
	printf -- '---\ntitle: a\0b\n' >nul.md
	fails 1 --check-lessons nul.md
	adds
	printf -- '---\ntitle: a\n---\n\033[2J' >escape.md
	fails 1 --check-lessons escape.md
	adds
	edit 's/^```check/```chek/'
	fails 1 --check-lessons mine.md
	adds
	fails 1 --check-lessons /nowhere.md .
	adds
	is_page lessons/broken
	fails 2 --check-lessons
}

@test "a circle in after is found" {
	for name in 01-one 02-two; do cp "$REPOSITORY/lessons/template.md" $name.md; done
	sed -i 's/^needs: .*/&\nafter: two/' 01-one.md
	sed -i 's/^needs: .*/&\nafter: one/' 02-two.md
	need_userns
	fails 1 --check-lessons 01-one.md
	adds
	sed -i 's/^after: .*/after: three/' 01-one.md
	fails 1 --check-lessons 01-one.md
	adds
	is_page lessons/after
}

# leaves LINE: a lesson whose demo runs LINE, which the proof must find on the host
leaves() {
	edit "s|^ns\$|$1|"
	fails 1 --check-lessons mine.md
	says -r 'file [^ ]+ is (new|gone)'
}

@test "several lessons are proven side by side, and told in the order in which they are given" {
	need_userns
	local i begun took
	edit 's|^ns$|run sleep 2|'
	cp mine.md 1.md
	edit 's|^ns$|run sleep 1|'
	for i in 2 3 4; do cp mine.md $i.md; done
	begun=$EPOCHREALTIME
	run --separate-stderr stave --json --check-lessons 1.md 2.md 3.md 4.md
	took=$(awk -v begun="$begun" -v now="$EPOCHREALTIME" 'BEGIN { print now - begun }')
	holds "all(.ok) and (map(.seconds) | add) > $took and map(.file)[:4] == [\"1.md\", \"2.md\", \"3.md\", \"4.md\"]"
	holds 'length == 4'
}

@test "what another lesson has on the host while it is proven is not this one's" {
	need_userns
	edit "s|^unshare user uts\$|unshare user mnt uts|; s|^ns\$|bindmount /usr $HOME/made; run sleep 3; undo|"
	cp mine.md long.md
	edit 's|^ns$|run sleep 1|'
	works --check-lessons long.md mine.md
	[ ! -e "$HOME/made" ] || complain 'it stayed'
	# Nor is what another session has there.
	mkfifo line
	stave -q <line >/dev/null 2>&1 3>&- 4>&- &
	exec 5>line
	echo "unshare user mnt; bindmount /usr $HOME/theirs" >&5
	await test -e "$HOME/theirs"
	edit "s|^ns\$|run sleep 2|"
	works --check-lessons mine.md 5>&- &
	sleep 1
	exec 5>&-
	wait $!
}

@test "with the checker all end that prove for it" {
	need_userns
	local signal i
	# Seconds that no other test counts, nor the same one beside it.
	edit "s|^ns\$|run sh -c 'sleep $MARK; true'|"
	for i in 1 2 3; do cp mine.md $i.md; done
	for signal in TERM INT KILL; do
		# Job control, or a shell's background has SIGINT ignored.
		set -m
		"$STAVE" --check-lessons 1.md 2.md 3.md >/dev/null 2>&1 3>&- 4>&- &
		set +m
		await eval '[ "$(pgrep -f "[s]leep $MARK" | wc -l)" -ge 4 ]'
		kill -$signal $!
		wait $! || true
		await eval '! pgrep -f "[s]leep $MARK"'
		await eval '! pgrep -f "[s]tave.* --check-lessons [123].md"'
		await eval '[ -z "$(ls "$XDG_RUNTIME_DIR")" ]'
	done
}

@test "the folder of the ordinary user who proves for root goes also when the checker is killed" {
	need_root
	copy_for_all
	edit "s|^ns\$|run sleep 2|"
	cp mine.md course/ && chmod 644 course/mine.md
	(cd course && exec "$STAVE" --check-lessons mine.md >/dev/null 2>&1 3>&- 4>&-) &
	local checker=$! prover home
	await pgrep -P "$checker" -u 65534
	prover=$(pgrep -P "$checker" -u 65534 | head -n 1)
	await grep -qz '^STAVE_PROVER=user' "/proc/$prover/environ"
	home=$(tr '\0' '\n' <"/proc/$prover/environ" | sed -n 's/^HOME=//p')
	await test -d "$home/stave"
	kill -KILL "$checker"
	wait "$checker" || true
	await test ! -e "$home"
	# The killed one's own is empty, and the next session's.
	rmdir "$XDG_RUNTIME_DIR/stave"
}

@test "what a lesson makes or removes outside of the child is found, also further down, and control groups" {
	need_userns
	mkdir -p "$HOME/a/b/c" here/deep "$HOME/.hidden/d"
	touch "$HOME/a/b/kept" here/deep/kept
	leaves "run touch $HOME/a/b/new"
	leaves "run rm -f $HOME/a/b/kept"
	leaves "run rm -rf $HOME/a"
	leaves "run mkdir -p $WORK/here/deep/er"
	leaves "run rm -f $WORK/here/deep/kept"
	# What programs keep there changes all the time.
	edit "s|^ns\$|run touch $HOME/.hidden/d/x $HOME/.new|"
	works --check-lessons mine.md
	is_root || return 0
	local top
	top=$(awk '$3 ~ /^cgroup2?$/ && $2 !~ /unified/ { print $2; exit }' /proc/mounts)
	[ -w "$top" ] && mkdir "$top/lessons-$MARK" && rmdir "$top/lessons-$MARK" || skip 'this machine lends no control groups'
	sed "s|^unshare user uts\$|run mkdir -p $top/lessons-$MARK|; s|^ns\$|unshare user uts|" "$REPOSITORY/lessons/template.md" >mine.md
	run -1 stave --check-lessons mine.md
	rmdir "$top/lessons-$MARK"
	says "cgroup $top/lessons-$MARK"
}

@test "a process that ends by itself while the shell's own kill ends a job is nobody's" {
	need_userns
	local number
	for number in {1..60}; do
		sleep "$((number / 20)).$((number % 20 * 5 + 10))" 3>&- 4>&- &
	done
	edit 's|^ns$|spawn --name one sleep 100; kill one|'
	for number in 1 2 3; do
		works --check-lessons mine.md
	done
	wait
}

@test "a process that a lesson starts does not outlast it, however it parts from the child" {
	need_userns
	edit "s|^ns\$|run setsid sh -c 'sleep 4321 >/dev/null 2>\&1 \& exec setsid sleep 4322 >/dev/null 2>\&1 \&'|"
	works --check-lessons mine.md
	run pgrep -f 'sleep 432[12]'
	[ "$status" = 1 ] || complain "left: $output"
}

@test "a translation that differs is found" {
	need_userns
	mkdir en zh
	cp mine.md en/01-a.md
	sed 's/^hostname tub$/hostname pail/; s/hint if hostname tub/hint if hostname pail/' mine.md >zh/01-a.md
	works --check-lessons en/01-a.md
	fails 1 --check-lessons zh/01-a.md
	adds
	is_page lessons/translation
}

@test "what a lesson runs is told in short, the calls asked for by name alone, all of it where the line says so" {
	need_userns
	edit "s/^ns\$/run uname/"
	works -c 'lesson --trust ./mine.md; next; next; next'
	says_not execve
	says Linux
	says_not confined
	edit "s/^unshare user uts\$/unshare user uts mnt  # shows mount/"
	works -c 'lesson --trust ./mine.md; again 1; next; next'
	says MS_PRIVATE
	says_not CLONE_NEWUSER
	says_not '# shows'
	edit "s/^unshare user uts\$/unshare user uts  # shows all/"
	works -c 'lesson --trust ./mine.md; again 1; next; next'
	says 'unchanged'
	edit "s/^unshare user uts\$/unshare user uts  # shows mout/"
	fails 1 --check-lessons mine.md
	adds
	is_page lessons/shows
	edit "s/^ns\$/run false  # fails, shows all/"
	works --check-lessons mine.md
	# An ordinary user cannot look at a program that goes into a container before it has begun.
	edit "s/^\`\`\`demo .*/\`\`\`setup\\ncontainer -d --userns --name box -- sleep 100\\n\`\`\`\\n\\n&/; s/^ns\$/exec box uname/"
	works -c 'lesson --trust ./mine.md; next; next; next'
	says Linux
	says_not DUMPABLE
}

@test "a step is begun by its number or its name; with --no-skip not past a task" {
	need_userns
	works -q -c 'lesson --trust ./mine.md 2; check ns uts own and not hostname box'
	works -q -c 'lesson --trust ./mine.md; again do-it; check ns uts own and not hostname box'
	works -q -c 'lesson --trust ./mine.md in-short; check hostname box'
	rm -r "$XDG_STATE_HOME/stave"
	fails 1 -q -c 'lesson --trust --no-skip ./mine.md 3'
	errs lesson.locked
	fails 1 -q -c 'lesson --trust --no-skip ./mine.md; again in-short'
	errs lesson.locked
	for step in 0 4 nowhere 99999999999999999999; do
		fails 1 -q -c "lesson --trust ./mine.md $step"
		errs lesson.none
	done
	works -q -c 'lesson --trust --no-skip ./mine.md; again do-it; hostname box; again in-short; check hostname box'
}

@test "a lesson's commands reach the child alone" {
	local line
	for line in '!touch mark' 'save mark' 'source mark' 'hostname x --on-host' 'quit' 'set quiet on'; do
		edit "s/^ns\$/${line//\//\\/}/"
		fails 1 --check-lessons mine.md
		adds
		[ ! -e mark ] || complain "$line ran"
	done
	is_page lessons/fenced
}

@test "a file that did not come with Stave is not played unasked" {
	fails 1 -c 'lesson ./mine.md'
	errs lesson.trust
	complains 'lesson --trust ./mine.md'
}

@test "played by a script: demo, wrong turn, hint, task, end" {
	need_userns
	run --separate-stderr stave -q -k <<-'END'
		lesson --trust ./mine.md
		next
		next
		next
		next
		hint
		hostname tub
		hostname box
		progress
		next
		next
	END
	adds
	is_page lessons/played
	[ "$(stat -c %a "$XDG_STATE_HOME/stave/progress")" = 600 ] || complain 'not for this user alone'
}

@test "another way reaches the task as well" {
	need_userns
	works -q -c 'lesson --trust ./mine.md; next; next; next; next; reset; unshare user
		unshare uts; run hostname box; next'
	says 'Reached.'
	says 'step 3 of 3'
}

@test "a line for another child can reach a task, which is about the child that lines are for" {
	need_userns
	task 'ns uts host and mount /mnt type tmpfs and file /mnt/a absent' 'run rmdir /mnt/a'
	works -q -c 'lesson --trust ./mine.md; next; next; next; next; child new b; @b setns @main user mnt
		@b unshare uts; @b run rmdir /mnt/a'
	says 'Reached.'
}

@test "a line that leaves no trace in the child does not part it from the lesson, one that does is taken back" {
	need_userns
	local line
	for line in 'run true' 'run false' 'hostname' 'unshare nonsense' 'exec 1 true'; do
		run --separate-stderr stave -k --json -c "lesson --trust ./mine.md; again all; next; next; next; next
			hostname box; $line; next; run true"
		holds 'map(select(.line == "hostname box" or .line == "run true") | .pid) | unique | length == 1'
	done
	works --json -c 'lesson --trust ./mine.md; again all; next; next; next; next; hostname box; hostname pail; next; check hostname box; run true'
	holds 'map(select(.line == "hostname box" or .line == "run true") | .pid) | unique | length == 2'
}

@test "one comes back to the step where one was" {
	need_userns
	works -q -c 'lesson --trust ./mine.md; next; next; next; next; lesson quit'
	adds
	works -q -c 'lesson --trust ./mine.md; steps'
	adds
	is_page lessons/restored
}

@test "free play, and back with the state made anew" {
	need_userns
	works -q -c 'lesson --trust ./mine.md; next; reset; unshare user net; next; next; check ns uts own and ns net host'
}

@test "solution plays it; locked with --no-skip" {
	need_userns
	works -q -c 'lesson --trust ./mine.md; next; next; next; next; solution; check hostname box'
	fails 1 -q -c 'lesson quit; lesson --trust --no-skip ./mine.md'
	fails 1 -q -c 'lesson --trust --no-skip ./mine.md; solution'
	complains 'locked'
	fails 1 -q -c 'lesson --trust --no-skip ./mine.md; next --skip'
	complains 'locked'
}

@test "what the user has built is not thrown away for a lesson" {
	need_userns
	fails 1 -q -c 'unshare user uts; lesson 1'
	errs lesson.state
	complains 'fix: reset'
}

@test "the list: open, done, locked with the reason, searched, in Chinese" {
	works -c 'lessons'
	works -c 'lessons no-such-word-anywhere'
	adds
	for number in 3 03; do
		works -c "lessons $number"
		[ "$(grep -oE '^ +[0-9]+ ' <<<"$output" | tr -d ' ')" = 3 ] || complain 'not lesson 3'
	done
	LC_ALL=zh_CN.UTF-8 works -c 'lessons'
	says '容器'
	fails 1 -c 'lessons --lang fr'
	mkdir -p own/en
	sed 's/^needs: .*/needs: kernel 99.0/' mine.md >own/en/01-new.md
	STAVE_LESSONS=own works -c 'lessons'
	adds
	is_page lessons/list
}

@test "a transcript tells what was typed, changed, checked and helped with" {
	need_userns
	printf '%s\n' 'lesson --trust ./mine.md' next next next next hint 'hostname tub' 'hostname box' >steps.stave
	works -q --transcript out.md steps.stave
	rm -r "$XDG_STATE_HOME/stave"
	works -q --transcript out.json steps.stave
	output=$(<out.md)
	output=$(sed -E 's/[0-9-]+T[0-9:]+Z|[0-9]{2}:[0-9]{2}(:[0-9]{2})?/TIME/g' out.md)
	adds
	is_page lessons/transcript
	output=$(<out.json)
	holds '.[0] | map(.event) | (index("hint") < index("reached")) and (index("check") != null)'
	holds '.[0] | all(.time | test("^[0-9-]+T[0-9:]+Z$"))'
	fails 125 --transcript /nowhere/x.md -c ns
}

@test "progress that cannot be read is put aside" {
	mkdir -p -m 700 "$XDG_STATE_HOME/stave"
	echo garbage >"$XDG_STATE_HOME/stave/progress"
	works -c 'progress'
	says '0 of '
	[ "$(cat "$XDG_STATE_HOME/stave/progress.broken")" = garbage ] || complain 'lost'
}

@test "progress that is a link to what cannot be read: the link stays, and so does what was read" {
	need_userns
	mkdir -p -m 700 "$XDG_STATE_HOME/stave"
	echo garbage >target
	ln -s "$WORK/target" "$XDG_STATE_HOME/stave/progress"
	works -c 'progress'
	[ -L "$XDG_STATE_HOME/stave/progress" ]
	[ "$(cat "$XDG_STATE_HOME/stave/progress.broken")" = garbage ]
	works -q -c 'lesson 1'
	[ -L "$XDG_STATE_HOME/stave/progress" ]
	jq -e .lessons target
	[ "$(cat "$XDG_STATE_HOME/stave/progress.broken")" = garbage ]
}

@test "starting a lesson takes below 50 ms of the CPU" {
	need_userns
	need_tool python3
	is_sanitized && skip 'sanitizers take their time'
	works -q -c 'lesson 1'
	python3 - "$STAVE" <<-'END'
		import resource, subprocess, sys
		def spent():
		    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
		    return usage.ru_utime + usage.ru_stime
		def best(line):
		    times = []
		    for _ in range(8):
		        before = spent()
		        subprocess.run([sys.argv[1], '-q', '-c', line], stdout=subprocess.DEVNULL, check=True)
		        times.append(spent() - before)
		    return min(times)
		took = best('lesson 1; again all') - best('version')
		print(f'{took * 1000:.0f} ms')
		sys.exit(took > 0.05)
	END
}

@test "a dry run keeps no progress" {
	run --separate-stderr stave -n <<<$'lesson 0\nnext\nquit'
	[ ! -e "$XDG_STATE_HOME/stave/progress" ]
}

# Nobody can tell who has ended a process: but for a line that sends signals, from where they reach others, and one
# that has run for a while. Last, for these are old enough then.
@test "a process that was there long before the lesson and that one of its lines ends is found" {
	need_userns
	local way bystander
	mapfile -t bystanders <"$BATS_FILE_TMPDIR/bystanders"
	while [ "$(ps -o etimes= -p "${bystanders[0]}")" -lt 61 ]; do sleep 1; done
	for way in "run sh -c 'kill -KILL PID; true'" 'run kill PID' 'run sh -c "kill -s TERM PID \& wait"'; do
		bystander=${bystanders[0]}
		bystanders=("${bystanders[@]:1}")
		edit "s|^ns\$|${way/PID/$bystander}|"
		fails 1 --check-lessons mine.md
		says "$bystander (sleep)"
	done
	bystander=${bystanders[0]}
	edit "s|^unshare user uts\$|unshare user uts pid|; s|^ns\$|run sh -c 'kill $bystander; true'|"
	works --check-lessons mine.md
	kill "$bystander"
	sleep 100 3>&- 4>&- &
	edit "s|^ns\$|run sh -c 'kill $!; true'|"
	works --check-lessons mine.md
}

@test "a solution's program is not run on the host's files when the line that makes another root is left out" {
	need_userns
	local mark=$WORK/mark
	cat >mine.md <<END
---
title: A file below a root
summary: it is made behind another root
minutes: 1
needs: namespaces
---

# A file below a root

\`\`\`demo look
unshare user mnt
\`\`\`

\`\`\`task do-it
Make $mark/f in a root of its own.
\`\`\`

\`\`\`check
root chrooted and file $mark/f contains made
\`\`\`

\`\`\`solution
rootfs busybox /mnt
chroot /mnt
run sh -c "mkdir -p $mark; echo made >$mark/f"
\`\`\`
END
	works --check-lessons mine.md
	[ ! -e "$mark" ] || complain "$mark is the host's"
}

# behind_mnt COMMAND...: with a file system of its own at /mnt, the names in which are in $left afterwards.
behind_mnt() {
	need_root
	run unshare --mount sh -c 'mount -t tmpfs tmpfs /mnt && mkdir /mnt/deep && "$@"; status=$?
		find /mnt -mindepth 1 >left; exit $status' sh "$@" 3>&- 4>&-
	left=$(cat left)
}

# below_mnt DEMO SOLUTION: a lesson that asks for /mnt/a.
below_mnt() {
	cat <<-END
		---
		title: Below a mount
		summary: a folder is made there
		minutes: 1
		needs: namespaces
		---

		# Below a mount

		\`\`\`demo look
		$1
		\`\`\`

		\`\`\`task do-it
		Make **/mnt/a**.
		\`\`\`

		\`\`\`check
		file /mnt/a present
		\`\`\`

		\`\`\`solution
		$2
		\`\`\`
	END
}

# The kind: a program of the solution, however its line is written, while the mount it relies on is left out.
@test "an attack makes nothing on the host where the solution's mount is left out" {
	local line
	for line in 'run mkdir /mnt/a' '@main run mkdir /mnt/a' 'ns; run mkdir /mnt/a'; do
		below_mnt 'unshare user mnt' "mount tmpfs /mnt"$'\n'"$line" >mine.md
		behind_mnt "$STAVE" --check-lessons mine.md
		[ "$left" = /mnt/deep ] || complain "$line left $left"
	done
}

@test "what a lesson leaves below a folder that it names is told, also where it is not proven for another reason" {
	local told
	below_mnt 'run mkdir /mnt/deep/er' 'mount tmpfs /mnt' >mine.md
	behind_mnt "$STAVE" --json --check-lessons mine.md
	[ "$status" = 1 ] || complain "ended with $status"
	told=$(jq -r 'select(.uid == 0) | .left' <<<"$output")
	[[ $told == *' /mnt/deep/er '* ]] || complain "left is $told"
	below_mnt 'run mkdir /mnt/deep/er' 'run true' | sed '/^```task/,$d' >mine.md
	behind_mnt "$STAVE" --json --check-lessons mine.md
	[ "$status" = 1 ] || complain "ended with $status"
	told=$(jq -r 'select(.uid == 0) | .why' <<<"$output")
	[[ $told == *' /mnt/deep/er '* ]] || complain "why is $told"
}

@test "the folders in which the user's store lies are made by Stave, and not by a lesson" {
	need_userns
	XDG_DATA_HOME=$HOME/a/b works --check-lessons "$STAVE_LESSONS"/en/00-*.md "$STAVE_LESSONS"/en/01-*.md
	[ -d "$HOME/a/b" ] || complain 'no store was made'
}

@test "a fence that is not closed is named by its own line, whatever comes behind it" {
	local line
	line=$(grep -n '^```demo' "$REPOSITORY/lessons/template.md" | head -n 1)
	line=${line%%:*}
	awk -v from="$line" 'NR > from && !done && /^```$/ { done = 1; next } 1' "$REPOSITORY/lessons/template.md" >mine.md
	fails 1 --json --check-lessons mine.md
	holds ".[0].error | startswith(\"mine.md:$line:1: \")"
}

@test "what stands beside lessons is passed over, and another file is not" {
	need_userns
	cp "$REPOSITORY/lessons/AUTHORING.md" .
	cp AUTHORING.md other.md
	works --json --check-lessons mine.md AUTHORING.md
	holds 'map(.file) | unique == ["mine.md"]'
	fails 1 --json --check-lessons AUTHORING.md other.md
}

# Who goes on with a lesson has none of what the children had learned of each other.
@test "a line of a lesson that forgets a neighbour says nothing where none is known" {
	need_userns
	need_tool busybox
	local line lines
	mkdir bin
	for line in sh arp ping tail true; do
		ln -s "$(command -v busybox)" "bin/$line"
	done
	mapfile -t lines < <(sed -n "s/^@a run sh -c '\(arp -d .*\)'$/\1/p" "$STAVE_LESSONS"/*/*.md)
	[ "${#lines[@]}" -ge 4 ]
	for line in "${lines[@]}"; do
		run env PATH="$PWD/bin" "$(command -v unshare)" -Urn sh -c "$line"
		run ! grep SIOCDARP <<<"$output"
	done
}
