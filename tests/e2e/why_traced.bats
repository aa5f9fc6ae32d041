#!/usr/bin/env bats
# why after trace: the one call by which the program failed, and none that programs make in vain at all times.
load common

prepare() {
	need_userns
}

# What why says then.
told() { pick '.[-1].output | gsub("\n *"; " ")'; }

follow() { # PROGRAM
	works -k --json -c "unshare user mnt; trace --failed $1; why"
}

@test "a call that was refused for an unknown reason is named, and not an earlier one that found nothing" {
	need_tool python3
	follow "python3 -c 'import socket; socket.socket().connect((\"127.0.0.1\", 1))'"
	[[ "$(told)" = *'connect('*ECONNREFUSED* && "$(told)" != *'no such'* && "$(told)" != *'/python3'* ]]
	follow "python3 -c 'import os; os.sched_setaffinity(0, [9999])'"
	[[ "$(told)" = *'sched_setaffinity('*EINVAL* && "$(told)" != *'/python3'* ]]
	follow "dd if=/dev/zero of=/dev/full count=1"
	[[ "$(told)" = *'write('*ENOSPC* ]]
}

@test "what was done is told before what was asked, and before a question that was refused" {
	need_tool mount
	follow "mount -n --bind $WORK/nosuch $WORK"
	[[ "$(told)" = *'mount("'*nosuch*ENOENT* && "$(told)" != *'access('* && "$(told)" != *'newfstatat('* ]]
}

@test "the program's own name is not what its line is about, and a letter is no file" {
	need_tool python3
	# Which python3 is looked for in other folders is no reason: if it is told, then not as the cause.
	follow "python3 -c 'exit(3)'"
	[[ "$(told)" != *'why: newfstatat('* && "$(told)" != *'why: readlink('* ]]
}

@test "a file that is named by the line is the cause, however usual it is that one is not there" {
	follow "cat $WORK/nosuch"
	[[ "$(told)" = *'why: openat('*nosuch*ENOENT* ]]
}
