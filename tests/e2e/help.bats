# help, explain, apropos: what words and names mean.
load common

concepts() { stave -q -c help | sed -n '/^concepts/,/^$/p' | sed 's/^concepts//'; }

@test "help fits one screen, and names every word" {
	works -q -c help
	[ "$(wc -l <<<"$output")" -le 22 ]
	[ "$(awk '{ if (length > 80) print }' <<<"$output")" = '' ]
	for word in $(stave --describe | jq -r '.words[].name'); do
		grep -qF -- " $word" <<<"$output" || complain "help does not name $word"
	done
	works -q -c 'help all'
	for word in $(stave --describe | jq -r '.words[].name'); do
		grep -qF -- "  $word " <<<"$output" || complain "help all does not name $word"
	done
}

@test "a concept has the same page in help and in explain: its idea, words, a lesson, pages to read" {
	[ "$(concepts | wc -w)" -ge 13 ]
	for concept in $(concepts); do
		works -q -c "help '$concept'"
		[ "$(awk '{ if (length > 80) print }' <<<"$output")" = '' ] || complain "$concept is wide"
		[ "$output" = "$(stave -q -c "explain '$concept'")" ]
		for row in words lesson 'to read'; do
			grep -q "^  $row  " <<<"$output" || complain "$concept has no $row"
		done
		lesson=$(sed -n 's/^  lesson  *//p' <<<"$output" | head -1)
		[ -f "$BATS_TEST_DIRNAME/../../lessons/en/$lesson.md" ] || complain "$concept: no lesson $lesson"
		for word in $(sed -n '/^  words  /,/^  lesson  /p' <<<"$output" | sed 's/^  words//; /^  lesson/d' |
			tr '\n' ' ' | sed 's/, */\n/g' | awk '{ print $1 }'); do
			[ "$(concepts | grep -cw -- "$word")" = 1 ] || stave -q -c "help $word" >/dev/null ||
				complain "$concept: no word $word"
		done
	done
}

@test "the page of a word that is a concept too begins with the concept" {
	for word in layers pivot propagation mountinfo; do
		works -q -c "help $word"
		grep -q '^The word$' <<<"$output"
		grep -q "^usage: $word" <<<"$output"
		[ "$(grep -n '^usage' <<<"$output" | cut -d: -f1)" -gt 12 ]
	done
}

@test "explain finds a name in each table" {
	for name in EPERM enomem mount.EPERM cgroup.controller pivot_root 'mount(2)' MS_BIND MNT_DETACH \
		CLONE_NEWPID CLONE_NEWNS mnt network cap_chown CAP_SYS_ADMIN sys_admin memory.max cgroup.procs tasks \
		/sys/fs/cgroup/x/cpu.max uid_map /proc/self/uid_map /proc/PID/ns /proc/1/status 'mount point' \
		'(2)' 'namespaces(7)' unshare namespaces nosuid shared 'super options'; do
		works -q -c "explain '$name'"
		[ -n "$output" ] || complain "nothing on $name"
	done
	# A name of several words needs no quotes, and a file of /proc is that, whatever else is called so.
	[ "$(stave -q -c 'explain mount id')" = "$(stave -q -c "explain 'mount id'")" ]
	[[ $(stave -q -c 'explain /proc/self/cgroup') == *'/proc/PID/cgroup'* ]]
	[[ $(stave -q -c 'explain /proc/self/cgroup') != *'a type of namespace'* ]]
	run -1 stave --json -c 'explain no-such-name'
	holds '.[-1].error.id == "argument.invalid"'
}

@test "explain mountinfo labels the fields of a line that is there" {
	works -q -c 'explain mountinfo'
	line=$(grep -A1 ', now$' <<<"$output" | tail -1 | sed 's/^ *//')
	id=${line%% *}
	grep -q "^$id " /proc/self/mountinfo
	grep -q "^  $id  *mount id" <<<"$output"
}

@test "apropos searches names and meanings" {
	works -q -c 'apropos OOM'
	for name in memory.oom.group oom_score_adj; do
		grep -q "^  $name" <<<"$output"
	done
	for name in docker podman nsenter lsns switch_root; do
		works -q -c "apropos $name"
		grep -q "^  $name " <<<"$output" || complain "$name: not found"
	done
	run -1 stave --json -c 'apropos no-such-thing'
	holds '.[-1].error.id == "argument.invalid"'
}

@test "abbreviations that are old keep their meaning" {
	for pair in ex:exec wh:whiteout he:help; do
		works -q -c "help ${pair%:*}"
		grep -q "^usage: ${pair#*:}" <<<"$output"
	done
	run -1 stave --json -c 'help mou'
	holds '.[-1].error.id == "command.ambiguous"'
}
