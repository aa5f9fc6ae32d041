#!/usr/bin/env bats
# Every object that --json prints is what docs/step.schema.json says.
load common

prepare() {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "python3's jsonschema is not installed"
	need_userns
	mkdir A B C t
	touch A/a B/b
}

# conforms N: $output is N lines, each of which the schema lets pass.
conforms() {
	[ "$(wc -l <<<"$output")" = "$1" ] || complain "not $1 lines"
	/usr/bin/python3 - "$REPOSITORY/docs/step.schema.json" "$output" <<-'END'
		import json, sys
		import jsonschema

		schema = json.load(open(sys.argv[1]))
		jsonschema.Draft201909Validator.check_schema(schema)
		valid = jsonschema.Draft201909Validator(schema)
		for line in sys.argv[2].splitlines():
		    for wrong in valid.iter_errors(json.loads(line)):
		        sys.exit(f"{wrong.json_path}: {wrong.message}\n{line}")
	END
}

# Whether the schema refuses the last line of $output once jq's FILTER has changed it.
refuses() { # FILTER
	output=$(tail -n 1 <<<"$output" | jq -c "$1")
	! conforms 1 >/dev/null 2>&1 || complain "passes: $output"
}

@test "steps, looks, acts and programs" {
	run --separate-stderr stave --json -k -c "$(first)unshare mnt uts pid; hostname box
		mount tmpfs $WORK/t; union $WORK/A $WORK/B $WORK/C; whiteout $WORK/C/a; umount $WORK/C
		run sh -c 'echo hi; exit 3'; spawn sleep 30; jobs; ns; mountinfo; status; ps; steps
		undo 2; redo; reset; version; help; !echo host
		set quiet on"
	conforms "$(is_root && echo 21 || echo 22)"
}

@test "what fails, and what was never run" {
	run --separate-stderr stave --json -k -c "nonsense; ns a b c; umount $WORK/t
		run /nowhere; undo 7
		$(first)unshare mnt; mount nosuchfs $WORK/t; plan mount tmpfs /x; source /nowhere
		steps 'x"
	conforms "$(is_root && echo 10 || echo 11)"
	output=$(jq -c 'select(.ok | not)' <<<"$output")
	holds 'length == 8 and all(.error.what != "")'
}

@test "a dry run, and a whole container" {
	works --json -n -c "$(first)unshare mnt; container -- true"
	conforms "$(is_root && echo 2 || echo 3)"
	need_tool busybox
	works --json -c 'container -- echo hello'
	conforms 1
	holds '.[0].ops | length > 10'
}

@test "every call that a word plans belongs to a stage, and the stages come one after the other" {
	local examples
	works --describe
	examples=$(jq -r '.words[] | select(.kind == "builds") | .example' <<<"$output")
	run --separate-stderr stave --json -n -k -c "$examples"
	holds '[.[].ops[]] | length > 100 and all(.stage != null)'
	holds '[.[].ops[].stage] | unique | length == 10'
	works --json -n -c 'container -- true'
	# An ordinary user gives up privileges before paths are hidden: its root has them in its namespace alone.
	is_root || return 0
	holds '[.[0].ops[] | select(.side == "child").stage | select(IN("limits", "namespaces") | not)] |
		. == sort_by(["root", "filled", "pivot", "hidden", "name", "network", "privilege", "program"] as $order |
			. as $stage | $order | index($stage))'
}

@test "bytes that are no text" {
	run --separate-stderr stave --json -k -c "run printf 'a\\377\\033[31m\\000b'
		$(printf 'ns \377')"
	conforms 2
}

@test "the schema refuses what lacks a key or has another kind" {
	works --json -c "$(first)unshare uts"
	refuses 'del(.status)'
	works --json -c "$(first)unshare uts"
	refuses '.ops[0].errno = "EPERM"'
	works --json -c "$(first)unshare uts"
	refuses '.ok = false'
	works --json -c "$(first)unshare uts"
	refuses '.ns.mnt.own = 1'
}
