#!/usr/bin/env bats
# compare A B: what one process has and another lacks, by the walls.
load common

prepare() {
	need_userns
}

@test "a process is equal to itself, and the child before its first step to the host" {
	works --json -q -c 'compare host host --json; compare child host --json'
	local i
	for i in 0 1; do
		output=$(pick ".[$i].output") holds '.[0] | .equal and .differs == [] and .not_looked_at == []'
	done
}

@test "each step shows as what it is, on its side, and nothing else does" {
	works -q -c "$(first)unshare uts; compare child host --json"
	holds '.[0].differs | map(select(.wall == "uts")) == [{wall: "uts", name: "", a: "own", b: "the host'"'"'s"}]'
	holds '.[0].differs | map(.wall) - ["uts", "user", "capabilities", "process"] == []'
	works -q -c "$(first)unshare uts; compare host child --json"
	holds '.[0].differs | map(select(.wall == "uts")) | .[0].b == "own"'
	works -q -c "$(first)unshare mnt; mount tmpfs $WORK/home -o ro; compare child host --json"
	holds ".[0].differs | map(select(.name == \"$WORK/home\")) | length == 1 and
		(.[0] | .wall == \"mnt\" and .b == null and (.a | test(\"^tmpfs ro,.* private\$\")))"
}

@test "capabilities, seccomp, no_new_privs, limits and ids are told" {
	works -q -c "container -d --name box --userns -- sleep 100; compare box host --json; kill box KILL"
	output=${output%%$'\n'*}
	holds '.[0].differs | map(.wall + " " + .name) | contains(["capabilities bounding", "seccomp mode",
		"no_new_privs ", "user uid_map", "root ", "mnt /proc", "paths /proc/sys"])'
	holds '.[0].differs | map(select(.name == "bounding"))[0] |
		(.b | contains("sys_admin")) and (.a | contains("sys_admin") | not)'
}

@test "what could not be looked at is neither equal nor different" {
	need_user
	fails 1 -c 'compare 1 host'
	complains EACCES
}

@test "two containers made alike are equal" {
	works -q -c 'container -d --name a -- sleep 100; container -d --name b -- sleep 100; compare a b --json; kill a KILL; kill b KILL'
	output=${output%%$'\n'*}
	holds '.[0] | .equal or .differs == []'
}

@test "compare: its words" {
	fails 1 -c 'compare nobody host'
	errs job.absent
	fails 1 -c 'compare host'
	errs argument.missing
	works -q -c "$(first)unshare uts; compare child host"
	[ "$(awk 'length > 80' <<<"$output")" = '' ] || complain 'wider than 80 columns'
}
