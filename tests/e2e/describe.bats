#!/usr/bin/env bats
# stave --describe: what manuals and completions derive from.

load common

@test "--describe names every word, option, primitive and id, each with its meaning" {
	works --describe
	jq -e '.words | length > 60 and all(.name and .summary and .usage and .explain and .example)' <<<"$output"
	jq -e '[.words[] | .options[], .arguments[]] | length > 100 and all(.name and .means != null)' <<<"$output"
	jq -e '.primitives | length > 40 and all(.name and .manual)' <<<"$output"
	jq -e '.errors | length > 50 and all(.id and (.means | length > 10))' <<<"$output"
	jq -e '(.errors | map(.id) | length) == (.errors | map(.id) | unique | length)' <<<"$output"
	jq -e '.options | map(.name) | index("json") and index("yes") and index("describe")' <<<"$output"
	jq -e '.words[] | select(.name == "!") | .reach == "host"' <<<"$output"
	jq -e '.words[] | select(.name == "image") | .reach == "store"' <<<"$output"
}

@test "--describe has the choices of arguments and options, and how far each reaches" {
	works --describe
	jq -e '[.words[] | .arguments[], .options[] | select(.kind == "choice")] | length > 15 and all(.choices | length > 0)' \
		<<<"$output"
	jq -e '.words[] | select(.name == "cgroup") | .arguments[0].choices[] | select(.name == "cpu") |
		[.arguments[].name] == ["QUOTA", "PERIOD"]' <<<"$output"
	jq -e '.words[] | select(.name == "volume") | .arguments[0].choices |
		map(select(.reach == "store").name) == ["create", "rm", "prune"]' <<<"$output"
	jq -e '.words[] | select(.name == "container") | .options[] | select(.name == "--net") |
		.choices | map(.reach) == ["child", "child", "host", "host"]' <<<"$output"
	jq -e '[.words[] | .name as $word | .options[] | select(.of) | $word] | unique == ["caps", "cgroup", "image", "net", "network", "seccomp", "volume"]' \
		<<<"$output"
}

@test "the options of --describe are those of --help" {
	works --describe
	diff <(jq -r '.options[].name' <<<"$output" | sort) \
		<("$STAVE" --help | grep -oP '^  .{4}--\K[a-z-]+' | sort)
}

complete_bash() { # WORD...: what bash offers for the last
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stave; printf "%s\n" "${COMPREPLY[@]}"' \
		"$REPOSITORY/docs/completions/stave.bash" stave "$@"
}

@test "bash completes options, the words of -c, and files" {
	[ "$(complete_bash --js)" = --json ]
	[ "$(complete_bash -c unsh)" = unshare ]
	touch file.stave
	[ "$(complete_bash file)" = file.stave ]
}

@test "--describe has the files and the environment, and the manual page has them from there" {
	works --describe
	holds '.[0].files | map(.name) | index("$XDG_STATE_HOME/stave/history") != null'
	local name
	for name in STAVE_LESSONS XDG_STATE_HOME HOME TERM LC_ALL LANG LANGUAGE SUDO_UID NO_COLOR STAVE_TRACE; do
		holds --arg name "$name" '[.[0].environment[].name | split(", ")[]] | index($name) != null'
		grep -q "^.B.*$name" "$REPOSITORY/docs/stave.1" || complain "the manual page lacks $name"
	done
}
