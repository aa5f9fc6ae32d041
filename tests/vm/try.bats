#!/usr/bin/env bats
# why --try where control groups can be made: their limits are walls like others.
load ../e2e/common

prepare() {
	[ -n "${VM_KERNEL:-}" ] || skip 'for the guests of tests/vm/suite'
	is_root || [ -n "$VM_DELEGATE" ] || skip 'no groups are this user'"'"'s to make'
	[ "$VM_KERNEL" != 5.10 ] || skip 'before Linux 5.19 the files of root have no owner in the sandbox, and no user has one before 5.11'
}

@test "the limit of a control group is found alone, and with another wall" {
	local options program culprits found wrong=''
	while IFS='|' read -r options program culprits; do
		run --separate-stderr stave -k --json -c "container $options -- $program
why --try --json --seconds 200"
		found=$(pick '.[-1] | if .ok then .output | fromjson | .culprits | sort | join(", ") else .error.what + " " + .error.why end')
		[ "$found" = "$culprits" ] || wrong+="$options -- $program: $found"$'\n'
	done <<-'END'
		--pids 3|sh -c 'sleep 0.3 & sleep 0.3 & sleep 0.3 & wait'|limit pids
		--memory 24M|dd if=/dev/zero of=/dev/null bs=100M count=1|limit memory
		--pids 3|sh -c 'hostname x && { sleep 0.3 & sleep 0.3 & sleep 0.3 & wait; }'|capability sys_admin, limit pids
	END
	[ -z "$wrong" ] || complain "$wrong"
}
