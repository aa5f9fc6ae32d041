#!/usr/bin/env bats
# The ids of errors: what a script may rely on, whatever the wording.

load common

id_of() { # LINE: the id of the error that it ends with
	"$STAVE" --json -c "$1" 2>/dev/null | jq -r '.error.id // "none"' | tail -n 1
}

@test "an error keeps its id: of the line, its words, its arguments, the state" {
	local id line
	while read -r id line; do
		[ "$(id_of "$line")" = "$id" ] || complain "$line: $(id_of "$line"), not $id"
	done <<'END'
line.syntax version "
command.unknown nosuchword
command.ambiguous p
option.unknown unshare uts --nosuch
option.twice union --ro --ro /a /b /c
argument.choice unshare nosuch
argument.missing chroot
argument.number undo x
argument.many volume rm one one
argument.many network rm one one
argument.many seccomp rm one one
argument.missing compare "" child
limit.value cgroup cpu x
host.shared hostname box
job.absent kill %7
story.end undo 3
check.false check ns uts own
check.syntax check nosuch
capability.unknown caps drop nosuch
image.absent container --image nosuch -- true
none version
END
}

@test "a failed primitive's id is its name and the errno" {
	need_userns
	[ "$("$STAVE" --json -k -c "$(first)unshare mnt; mount nosuchfs /mnt" | jq -r '.error.id // empty' | tail -n 1)" = mount.ENODEV ]
}

@test "explain knows every id, and says which is none" {
	local id
	for id in $(grep -oP '^\tID\(\w+, "\K[^"]+' "$REPOSITORY/repl/base/ids.h"); do
		works -q -c "explain $id"
		[ "${#output}" -gt $((${#id} + 10)) ] || complain "$id is not told"
	done
	works -q -c 'explain mount.EPERM'
	fails 1 -q -c 'explain no.such'
	[ "$(id_of 'explain no.such')" = argument.invalid ]
}

@test "words that joined later leave the abbreviations of others alone" {
	[ "$(id_of 'ex nosuch true')" = "$(id_of 'exec nosuch true')" ]
}

# way_out LINES WORD...: what LINES end in fails, names no way that is open already, and WORD... is a way out.
way_out() {
	run --separate-stderr stave --json -k <<<"$1"
	holds '.[-1] | .ok == false and (.error.errno | test("EPERM|EACCES|EINVAL")) and .error.why != ""'
	if is_root; then holds '.[-1].error.fix | test("as root|unshare user (first|mnt|net)") | not'; fi
	run --separate-stderr stave --json -k <<<"$1
$2"
	holds '.[-1].ok' || complain "$2 is no way out"
}

@test "a cause whose premise does not hold is not given: whose a namespace is, and what the shell is" {
	need_userns
	way_out $'child new b\n@b unshare user net\nunshare user\nsetns @b net' $'undo\nsetns @b user net'
	way_out $'child new b\n@b unshare user net\nunshare user\nsetns @b user' $'undo\nsetns @b user'
	way_out $'unshare user uts\nunshare user\nhostname box' $'unshare uts\nhostname box'
	way_out $'unshare user net\nunshare user\nnet lo' $'unshare net\nnet lo'
	way_out $'unshare user mnt\nunshare user\nmount tmpfs /mnt' $'unshare mnt\nmount tmpfs /mnt'
	if is_root; then
		way_out $'child new b\n@b unshare net\nunshare user\nsetns @b net' $'undo\nsetns @b net'
		way_out $'unshare uts\ncaps drop sys_admin\nunshare net' $'undo\nunshare net'
	else
		way_out $'child new b\n@b unshare user net\nsetns @b net' 'setns @b user net'
	fi
}
