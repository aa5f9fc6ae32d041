#!/usr/bin/env bats
# The story: steps, undo, redo, reset, save, source, plan.
load common

@test "steps lists what was done, undone steps included" {
	works -q -c "$(first)unshare uts; hostname one; hostname two; undo; steps"
	says -r '1 +(unshare user|unshare uts)'
	says 'hostname one'
	says -r 'hostname two +\(undone\)'
}
