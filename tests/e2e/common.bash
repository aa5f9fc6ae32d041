# What every end-to-end test stands on: a home of its own, the program under test, and the proof
# after each test that the host is as it was. A test's failure comes with what was printed.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bats' own
bats_require_minimum_version 1.5.0

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
REPOSITORY=${HERE%/*/*}
STAVE=${STAVE:-$REPOSITORY/stave}
[[ $STAVE == /* ]] || STAVE=$(realpath "$STAVE")
export LC_ALL=C.UTF-8 LANGUAGE=

# gojq(1) reads jq's language and begins in a tenth of the time: a fifth of what all these tests took was jq's.
if command -v gojq >/dev/null; then
	jq() { gojq "$@"; }
fi

setup() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/stave-e2e.XXXXXX")
	export HOME=$WORK/home XDG_RUNTIME_DIR=$WORK/run XDG_STATE_HOME=$WORK/state
	export XDG_CONFIG_HOME=$WORK/config
	# Root file systems are made once a file of tests: they take a while.
	export XDG_DATA_HOME=$BATS_FILE_TMPDIR/data
	mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR" "$XDG_STATE_HOME" "$XDG_CONFIG_HOME"
	unset NO_COLOR INPUTRC SUDO_UID SUDO_GID SUDO_USER ENV BASH_ENV
	cd "$WORK" || return 1
	# What is started from here on carries this mark, whatever becomes of it.
	MARK=$((BASHPID * 1000 + BATS_TEST_NUMBER))
	ulimit -SR "$MARK"
	# Any control group that the test makes, or has another program make, is named so or lies below it:
	# tests that run beside it can tell that it is not theirs.
	OWN_GROUP=stave-e2e-$MARK
	[ -z "${DELEGATED-}" ] || put_into_groups
	if [ "$(type -t prepare)" = function ]; then
		prepare
	fi
	HOST_BEFORE=$(host_state --before)
}

teardown() {
	local harmed=0 pid
	cd / || return 1
	[ -z "${DELEGATED-}" ] || await groups_are_gone || harmed=1
	# A test that was skipped before it began has nothing to compare with.
	if [ -n "${HOST_BEFORE-}" ] && ! host_unharmed; then
		harmed=1
		# The next test shall not suffer for it.
		for pid in $(host_state | sed -n 's/^process \([0-9]*\) .*/\1/p'); do
			kill -9 "$pid" 2>/dev/null
		done
	fi
	rm -rf --one-file-system "${WORK:?}"
	return $harmed
}

# A delegated group hands controllers down to groups without processes of others only, so each
# stave begins in one of its own: tests/delegate, and systemd-run for those who use it.
put_into_groups() {
	UNBOXED=$STAVE STAVE=$WORK/stave-in-a-group
	cat >"$STAVE" <<-END
		#!/bin/sh
		mkdir "$DELEGATED/box-$MARK-\$\$" && echo \$\$ >"$DELEGATED/box-$MARK-\$\$/cgroup.procs" &&
			exec "$UNBOXED" "\$@"
	END
	chmod 755 "$STAVE"
}

groups_are_gone() {
	rmdir "$DELEGATED/box-$MARK"-* 2>/dev/null
	[ -z "$(find "$DELEGATED" -maxdepth 1 -name "box-$MARK-*")" ]
}

host_state() { # [--before]
	local state
	# One after the other: what looks on would be seen.
	state=$("$REPOSITORY/tests/host-state" "$@" "$MARK")
	grep -v "/box-$MARK-" <<<"$state"
}

# Whether there is a difference but for what another session has taken away meanwhile, processes of
# the test's own that have ended, and mounts in another test's folder. A guest in / may stay and go.
is_harm() {
	diff <(echo "$HOST_BEFORE" | sed 's/^guest /top /') <(echo "$after") | grep '^[<>]' |
		grep -vxF "$(sed -n 's/^guest /< top /p' <<<"$HOST_BEFORE"; echo '< none')" |
		grep -vE '^< (cgroup|file) .*/stave-([0-9]|e2e|doctor-|bench-)|^< process ' |
		awk -v own="$WORK/" -v all="${WORK%.*}." '
			!/^. mount / || index($0, own) || !index($0, all) { harm = 1 }
			END { exit !harm }'
}

# Fails with the difference when the host is not as it was within two seconds. Groups and lazily
# unmounted mounts may take a moment to go.
host_unharmed() {
	local after tries
	for ((tries = 0; tries < 40; tries++)); do
		after=$(host_state)
		[ "$after" != "$HOST_BEFORE" ] && is_harm || return 0
		sleep 0.02
	done
	echo 'the host is not as it was before (<) but (>):'
	diff <(echo "$HOST_BEFORE" | sed 's/^guest /top /') <(echo "$after")
	return 1
}

# The program. The descriptor on which bats reports stays out of its reach.
stave() {
	"$STAVE" "$@" 3>&- 4>&-
}

# stave ARG...: its standard output in $output, its complaints in $stderr, its $status. Checks
# that it ended well.
works() {
	run --separate-stderr stave "$@"
	[ "$status" = 0 ] || complain "ended with $status, not 0"
}

# The same, and that it ended with STATUS and left the host alone while saying why.
fails() { # STATUS ARG...
	local expected=$1
	shift
	# Bats takes 127 for a mistake of the test's unless it was asked for.
	if [ "$expected" = 127 ]; then
		run -127 --separate-stderr traced "$@"
	else
		run --separate-stderr traced "$@"
	fi
	take_ids
	[ "$status" = "$expected" ] || complain "ended with $status, not $expected"
	[ -n "$stderr$output" ] || complain 'failed without a word'
}

traced() {
	STAVE_TRACE=errors "$STAVE" "$@" 3>&- 4>&-
}

# From standard error the ids of what failed into $ids, " ID ID ".
take_ids() {
	local line kept=''
	ids=' '
	while IFS= read -r line; do
		case $line in
		'stave: trace errors: '*) line=${line#*errors: } ids+="${line%% *} " ;;
		*) kept+=${kept:+$'\n'}$line ;;
		esac
	done <<<"$stderr"
	stderr=$kept
}

# Whether one of the errors of what `fails` ran has this id: base/ids.h, or PRIMITIVE.ERRNO.
errs() {
	[[ $ids == *" $1 "* ]] || complain "no error has the id $1, but:$ids"
}

complain() {
	printf '%s\n--- output\n%s\n--- standard error\n%s\n' "$1" "${output-}" "${stderr-}"
	return 1
}

# Whether what was printed has a text in it (or, with -r, matches a regular expression). In a
# test: `says TEXT`; `complains TEXT` looks at standard error.
says() { find_text output "$@"; }
complains() { find_text stderr "$@"; }
# What another program printed, in words of its own.
others_say() { find_text output "$@"; }
others_complain() { find_text stderr "$@"; }
says_not() { ! find_text output "$@" >/dev/null || complain "has, and should not: $1"; }

find_text() { # VARIABLE [-r] TEXT
	local where=${!1}
	if [ "$2" = -r ]; then
		[[ $where =~ $3 ]] || complain "no match for: $3"
	else
		[[ $where == *"$2"* ]] || complain "no such text: $2"
	fi
}

# Wording stands in tests/pages alone. `adds` keeps what the last command printed for a page; `is_page NAME`
# holds all of that against tests/pages/NAME, or with WRITE_PAGES=1 writes it. What differs between machines
# and runs is masked before.
adds() {
	printf '%s\n' "${output-}" ${stderr:+"$stderr"} | masked >>"$WORK/.page"
	echo -- >>"$WORK/.page"
}

masked() {
	sed -E "s#$WORK#WORK#g; s#(mount|process|pid) [0-9]+#\1 N#g; s#[0-9]+:[0-9]+ inode [0-9]+#M:N inode N#g
		s#inode [0-9]+#inode N#g; s#40265[0-9]{5}#NAMESPACE#g; s#this is Linux [^ ;,]+#this is Linux X.Y#g
		s#; as root not tried##; /^(as an ordinary user, uid|not tried: )/d"
}

is_page() { # NAME
	local page=$REPOSITORY/tests/pages/$1
	if [ -n "${WRITE_PAGES-}" ]; then
		mkdir -p "${page%/*}" && cp "$WORK/.page" "$page"
	fi
	diff -u "$page" "$WORK/.page" || complain "the page $1 differs: make pages, and see what it says"
	rm "$WORK/.page"
}

# The objects that --json printed, read by jq as one list. `holds FILTER` fails unless the filter
# gives true; `pick FILTER` prints what it gives.
holds() {
	jq -es "$@" <<<"$output" >/dev/null || complain "not true: ${*: -1}"
}
pick() {
	jq -rs "$@" <<<"$output"
}

is_root() { [ "$EUID" = 0 ]; }

# From here on $STAVE is a file that every user may run: the tree may lie in a folder of one user's alone.
for_every_user() {
	cp "$STAVE" "$WORK/stave-here" && chmod 755 "$WORK" "$WORK/stave-here" && STAVE=$WORK/stave-here
}

need_root() {
	is_root || skip 'only root can'
}

need_user() {
	! is_root || skip 'only an ordinary user cannot'
}

# Whether this user may make user namespaces (sysctls and AppArmor may forbid it).
need_userns() {
	unshare --user --map-root-user true 2>/dev/null || skip 'user namespaces are forbidden here'
}

# Whether the program under test was built with a sanitizer.
is_sanitized() { grep -q __asan_init "$STAVE"; }

# Whether it begins where no loader and no library is.
is_static() { ! ldd "$STAVE" 2>/dev/null | grep '=>' >/dev/null; }

# Each process of a program with counters opens and maps the file of them, and locks it.
is_counted() { grep -q __llvm_profile_ "$STAVE"; }

# The proofs of a second language say what the first one's do where both have the same blocks, which a test holds.
need_both_languages() {
	[ -n "${COURSE-}" ] || skip 'asked for by COURSE=both: its blocks are the English ones'
}

need_tool() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# For an ordinary user every wall begins with a user namespace: `$(first)unshare mnt`.
first() {
	is_root || printf 'unshare user; '
}

# A copy of the program and its lessons that every user can read: root's proof of a lesson plays as an ordinary
# user as well, who may not be let into this tree.
copy_for_all() {
	mkdir course
	cp -r "$REPOSITORY/lessons" "$STAVE" "${STAVE%/*}"/stave-* course/
	chmod 755 "$WORK"
	STAVE=$WORK/course/stave
	export STAVE_LESSONS=$WORK/course/lessons
}

# How many seconds what takes so many on an idle machine has on this one, where others wait for the
# processors too: proc_loadavg(5).
deadline() { # SECONDS
	awk -v seconds="$1" -v processors="$(nproc)" \
		'{ print int(seconds * (1 + $1 / processors) + 0.5) }' /proc/loadavg
}

# Wait until COMMAND is true, for five seconds at least.
await() {
	local tries
	for ((tries = 0; tries < 250; tries++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.02
	done
	complain "in five seconds never true: $*"
}

# A TCP port of the host's on which nobody listens.
free_port() {
	local port
	for ((port = 20000 + RANDOM % 20000; ; port++)); do
		(exec 5<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}
