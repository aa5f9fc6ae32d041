#!/usr/bin/env bats
# doctor: what it says works, works; what it says is refused fails, for the same errno. In a dozen places.
load common
load doctor

prepare() {
	need_tool jq
	cp "$(dirname "${UNBOXED:-$STAVE}")/stave-archive" "$WORK"
	for_every_user
}

@test "as it is here" {
	agree "this host"
}

@test "it touches nothing, and says by its status whether a container works" {
	run --separate-stderr stave --doctor --json
	[ "$status" = "$(jq 'if .container then 0 else 1 end' <<<"$output")" ]
	holds '.[0] | .container == ([.trials[] | select(.container) | .state] | all(. == "works" or . == "not_for_you"))'
	run --separate-stderr stave -q -c 'container -- true'
	[ "$status" != 0 ] || holds -n 'true'
}

@test "the lessons that it says run are those that are not locked" {
	export STAVE_LESSONS=$REPOSITORY/lessons
	run --separate-stderr stave --doctor --json
	local runs
	runs=$(pick '[.[0].lessons[] | select(.runs)] | length')
	works -q -c lessons
	[ "$(grep -cE '^ +[0-9]+ +(open|begun|done) ' <<<"$output")" = "$runs" ]
}

@test "no network namespaces by the limit of a user namespace" {
	need_userns
	within() { stave -q -c "unshare user; run sh -c 'echo 0 >/proc/sys/user/max_net_namespaces; exec \"\$@\"' sh $*"; }
	agree "max_net_namespaces=0"
	forbidden net limit
	forbidden archive limit
	behind veth net
	holds '.[0].container == false'
}

@test "no user namespaces by the same" {
	need_userns
	within() { stave -q -c "unshare user; run sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec \"\$@\"' sh $*"; }
	agree "max_user_namespaces=0"
	forbidden user limit
}

@test "a reader of archives that is not there" {
	mkdir alone
	cp "$STAVE" alone
	STAVE=$WORK/alone/${STAVE##*/}
	agree "no reader of archives"
	forbidden archive program-own
}

@test "behind docker's filter" {
	within() { stave -q -c "nonewprivs; caps docker; seccomp docker; run $*"; }
	is_root || within() { stave -q -c "nonewprivs; seccomp docker; run $*"; }
	agree "docker's filter"
	forbidden user filter
	forbidden keyring filter
	forbidden archive filter
}

@test "proc with covered parts" {
	need_userns
	within() { stave -q -c "unshare user mnt pid; mount proc /proc; mask /proc/keys; run $*"; }
	agree "a covered file of /proc"
	# What covers it is no locked mount, so it does not count.
	forbidden proc ''
}

@test "no tun device, no control groups" {
	need_userns
	[ -d /dev/net ] || skip 'there is no /dev/net'
	within() { stave -q -c "unshare user mnt; mount tmpfs /dev/net; mount tmpfs /sys/fs/cgroup; run $*"; }
	agree "no /dev/net/tun, no /sys/fs/cgroup"
	forbidden tun device
	forbidden 'cgroup pids' cgroup-absent
}

@test "fewer capabilities" {
	need_userns
	within() { stave -q -c "unshare user; caps drop net_admin sys_chroot; run $*"; }
	agree "without net_admin and sys_chroot"
}

@test "a chroot" {
	need_userns
	need_tool busybox
	is_static || skip 'stave is not linked statically'
	mkdir -p root/{bin,dev,proc,sys,tmp} "root$WORK"
	cp "$(command -v busybox)" root/bin
	bring root "${STAVE%/*}"
	local applet
	for applet in sh sed tr true; do
		ln -s busybox root/bin/$applet
	done
	within() {
		! [ -e judge.sh ] || cp judge.sh "root$WORK"
		stave -q -c "unshare user mnt; bindmount /proc $WORK/root/proc; bindmount /dev $WORK/root/dev; chroot $WORK/root; cd $WORK
			env PATH=/bin HOME=/tmp XDG_STATE_HOME=/tmp XDG_CONFIG_HOME=/tmp XDG_DATA_HOME=/tmp
			run $*"
	}
	agree "a chroot"
	forbidden user chroot
}

# Stave's own container around it, with the options given.
in_container() { # OPTIONS
	need_userns
	is_static || skip 'stave is not linked statically'
	options=$1
	# Not all of $WORK: the outer container's own root is made below it.
	mkdir in
	cp "$STAVE" "${STAVE%/*}/stave-archive" in
	STAVE=$WORK/in/${STAVE##*/}
	cd in
	within() { stave -q -c "container $options -v $PWD:$PWD --workdir $PWD -- $*"; }
	agree "stave container${options:+ $options}"
	holds '.[0].place == "stave"'
}

@test "in a container of Stave's" {
	in_container ''
	forbidden user filter
	holds '.[0].container == false'
}

@test "the same without the filter: parts of proc are covered" {
	in_container '--security-opt seccomp=unconfined'
	# An ordinary user's container has user.max_user_namespaces=0.
	is_root || { forbidden user limit && behind proc user && return; }
	forbidden proc covered
	holds '.[0].trials[] | select(.name == "proc") | .fix | contains("systempaths=unconfined")'
}

@test "the same with no path hidden either: the fix is a fix" {
	in_container '--security-opt seccomp=unconfined --security-opt systempaths=unconfined'
	is_root || { forbidden user limit && return; }
	forbidden user ''
	forbidden proc ''
	forbidden pivot ''
}

@test "control groups that are read-only" {
	need_userns
	[ -d /sys/fs/cgroup ] || skip 'no control groups here'
	within() { stave -q -c "unshare user mnt; bindmount /sys/fs/cgroup /sys/fs/cgroup --ro; run $*"; }
	agree "read-only control groups"
	holds '.[0].trials[] | select(.name == "cgroup pids") | .state == "refused"'
}

@test "no new privileges: newuidmap gets none" {
	need_user
	grep -q "^$(id -un):" /etc/subuid 2>/dev/null || skip 'the system has no /etc/subuid'
	within() { stave -q -c "nonewprivs; run $*"; }
	agree "no_new_privs"
	forbidden idmap no_new_privs
}
