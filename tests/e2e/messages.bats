#!/usr/bin/env bats
# Messages in another language: a catalog lies beside the lessons, and needs neither an installed locale nor
# gettext's tools. What programs read stays as it is.
load common

prepare() {
	mkdir -p course/lessons po
	export STAVE_LESSONS=$WORK/course/lessons
	mkdir course/po
	cat >course/po/xx.po <<-'END'
		msgid ""
		msgstr "Content-Type: text/plain; charset=UTF-8\n"

		msgid "unknown command: %s"
		msgstr "未知命令：%s"

		msgid "show or set the host name the child sees"
		msgstr "显示或设置主机名"
	END
}

# in_language VARIABLE=VALUE...: an unknown command is reported in the other language, or (not) in English
in_language() { # 'not' or nothing, VARIABLE=VALUE...
	local wanted=0
	[ "$1" != not ] || { wanted=1; shift; }
	run env -u LC_ALL -u LC_MESSAGES -u LC_CTYPE -u LANG -u LANGUAGE "$@" "$STAVE" -c zzzz 3>&- 4>&-
	[ "$status" = 1 ] || complain "ended with $status, not 1"
	local other=1
	[[ $output != *未知命令：zzzz* ]] || other=0
	[ "$other" = "$wanted" ] || complain "another language than expected: $*"
}

@test "the language is the one that gettext would take, whether or not its locale is installed" {
	in_language LANG=xx_YY.UTF-8
	in_language LC_MESSAGES=xx LANG=en_US.UTF-8
	in_language LANG=C.UTF-8 LANGUAGE=qq:xx
	in_language LC_ALL=en_US.UTF-8 LANGUAGE=xx
	in_language not LANGUAGE=xx
	in_language not LANG=C LANGUAGE=xx
	in_language not LANG=C.UTF-8
	in_language not LANG=xx_YY.UTF-8 LC_ALL=C.UTF-8
	in_language not LANG=xx_YY.UTF-8 LANGUAGE=en:xx
	in_language not LANG=xx_YY.ISO-8859-1
}

@test "a catalog of the language elsewhere is nearer than another language" {
	mv course/po/xx.po course/po/xx_AA.po
	in_language LANG=xx_YY.UTF-8
	in_language LANG=xx.UTF-8
	in_language not LANG=yy_AA.UTF-8
}

@test "help is in the language; --json, --describe and ids are not" {
	export LC_ALL=xx_YY.UTF-8
	works -c 'help all'
	says 显示或设置主机名
	works --json -c 'help all'
	says_not 显示
	works --describe
	says_not 显示
	fails 1 --json -c 'zzzz'
	[ "$(jq -r .error.what <<<"$output")" = 'unknown command: zzzz' ]
	fails 1 -c 'zzzz'
	errs command.unknown
}

@test "a catalog that cannot be used is named, and messages stay English" {
	echo '<html>' >course/po/xx.po
	LC_ALL=xx_YY.UTF-8 works -c 'version'
	complains xx.po:1:
	LC_ALL=C.UTF-8 works -c 'version'
	[ -z "$stderr" ]
	printf 'msgid ""\nmsgstr "charset=UTF-8"\n\nmsgid "unknown command: %%s"\nmsgstr "%%n%%s"\n' >course/po/xx.po
	in_language not LANG=xx_YY.UTF-8
	rm course/po/xx.po
	mkdir course/po/xx.po
	LC_ALL=xx_YY.UTF-8 works -c 'version'
	complains EISDIR
}

@test "what the reader of archives says, and the errno, are in the language" {
	cat >>course/po/xx.po <<-'END'

		msgid "not an archive of an image, nor a tar: it seems to be %s"
		msgstr "看起来是%s"

		msgid "a zip archive"
		msgstr "一个压缩包"

		msgid "No such file or directory"
		msgstr "没有这个文件"
	END
	printf 'PK\003\004%01000d' 0 >image.zip
	LC_ALL=xx_YY.UTF-8 fails 1 -c 'image import image.zip'
	complains 看起来是一个压缩包
	errs archive.form
	LC_ALL=xx_YY.UTF-8 fails 1 --json -c 'image import image.zip'
	[[ $(jq -r .error.what <<<"$output") = *'a zip archive' ]]
	LC_ALL=xx_YY.UTF-8 fails 1 -c 'image import nowhere.tar'
	complains 没有这个文件
}

@test "po/ has all messages, and translations take their arguments" {
	need_tool python3
	run "$REPOSITORY/scripts/pot" --check 3>&- 4>&-
	[ "$status" = 0 ] || complain 'make pot, and see what it says'
}

# wide LINES: those that take more than 80 columns of a terminal, East Asian characters two
wide() {
	PYTHONUTF8=1 python3 -c 'import sys, unicodedata
for line in sys.stdin:
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1
                for c in line.rstrip("\n"))
    if width > 80:
        print(width, line, end="")'
}

@test "Chinese pages and screens fit 80 columns, and tables stand in columns" {
	need_tool python3
	export STAVE_LESSONS=$REPOSITORY/lessons
	export LC_ALL=C.UTF-8 LANGUAGE=zh_CN
	local words
	words=$("$STAVE" --describe | jq -r '.words[].name')
	works -q -k -c "$(printf 'help %s\n' all $words)"
	says 用法：
	[ -z "$(wide <<<"$output")" ] || complain "too wide: $(wide <<<"$output")"
	works -q -c "$(first)unshare uts mnt; status; ns; walls; idmap; limits; steps; lessons; explain errno"
	says 宿主机
	[ -z "$(wide <<<"$output")" ] || complain "too wide: $(wide <<<"$output")"
	# The last column of ns begins in one place, whatever stands before it.
	works -q -c ns
	[ "$(PYTHONUTF8=1 python3 -c 'import re, sys, unicodedata
places = set()
for line in sys.stdin:
    row = re.match(r" (?:cgroup|ipc|mnt|net|pid|time|user|uts) +[0-9]+  \S+ +(?=\S)", line)
    if row:
        places.add(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in row.group()))
print(len(places))' <<<"$output")" = 1 ]
}

@test "what undo and redo have done is said in the language" {
	LANGUAGE=zh_CN works -q -c "$(first)unshare uts; undo; redo"
	says_not undone
	says_not redone
	says 已撤销
}

@test "a lesson in another language is played with messages in it, and the user's come back" {
	export STAVE_LESSONS=$REPOSITORY/lessons
	printf 'lesson --lang zh 2\nzzzz\nlesson quit\nyyyy\n' >script
	run "$STAVE" -k script 3>&- 4>&-
	[[ $output == *未知命令：zzzz* ]] || complain 'English in a Chinese lesson'
	[[ $output != *未知命令：yyyy* ]] || complain 'Chinese behind the lesson'
	run "$STAVE" --json -k script 3>&- 4>&-
	[[ $output != *未知命令* ]] || complain 'Chinese in JSON'
}

@test "gettext's own tools read the catalogs" {
	need_tool msgfmt
	local catalog
	for catalog in "$REPOSITORY"/po/*.po; do
		[ -e "$catalog" ] || continue
		msgfmt --check-format --check-domain -o /dev/null "$catalog" 3>&- 4>&-
	done
}

@test "parts of a Chinese report are joined by Chinese marks, and its values are in Chinese" {
	need_userns
	LC_ALL=C.UTF-8 LANGUAGE=zh_CN works -c 'unshare user mnt pid; mount tmpfs /mnt; umount /mnt; spawn --name one sleep 60
		compare one host; status; ns'
	says 宿主机的
	local english
	english=$(grep -E '[^ -~]; |[^ -~]\. |[^ -~]\.$|[0-9] (added|removed|changed)| (own|stands|missing|joined)$|, [0-9]+ [^ -~]' \
		<<<"$output") || return 0
	complain "$english"
}

@test "no line is offered that would be refused: a name that nothing can have is not offered to be made" {
	local line
	for line in "seccomp %s" "seccomp rm %s" "network rm %s" "child rm %s"; do
		# shellcheck disable=SC2059 # the line is the format
		fails 1 --json -c "$(printf "$line" ../x)"
		holds '.[0].error.fix | length > 0 and (contains("../x") | not)'
		# shellcheck disable=SC2059
		fails 1 --json -c "$(printf "$line" nosuch)"
		holds '.[0].error.fix | contains("nosuch")'
	done
}

@test "no word offers to make a child or a network that could not be made: @NAME, setns, --to, --net" {
	local name line
	for name in a/b 12 new host -x 'a b'; do
		for line in "@${name/ //} ns" "unshare user mnt net; setns '@$name' net" "unshare user net; net veth a b --to '@$name'"; do
			fails 1 --json -c "$line"
			holds '.[-1].error | .id == "child.absent" and (.fix | length > 0 and (contains("child new") | not))' || complain "$line"
		done
	done
	for name in a/b .. lo default 'a b' averyveryverylongname; do
		fails 125 --json -c "container --net '$name' -- true"
		holds '.[-1].error | .id == "option.choice" and (.fix | length > 0 and (contains("network create") | not))' || complain "$name"
		fails 1 --json -c "network rm '$name'"
		holds '.[-1].error | .id == "network.absent" and (.fix | length > 0 and (contains("network create") | not))' || complain "$name"
	done
	fails 125 --json -c 'container --net nosuch -- true'
	holds '.[-1].error.fix | contains("network create nosuch")'
}

@test "a value that is wrong has a way out, and one that is empty is said to be" {
	local line
	mkdir folder
	for line in 'net mtu lo x' 'net mtu lo 5' 'net mac lo x' 'net bridge a/b' 'net veth x x' 'net vlan a lo 5000' 'net addr add 1 dev lo' \
		'net addr add 10.0.0.1/24 lo more' 'net route add 10.0.0.1/24 via' 'net route add 10.0.0.0/24 by x' 'net nat lo more' 'net allow up' \
		'net allow in port 80' 'net allow in tcp port' 'net allow in tcp port 0' 'net deny in from' 'net deny in from 10.0.0.1 from 10.0.0.2' \
		'net deny in from 10.0.0.1 to fd00::1' 'net deny in on' 'net publish 80' 'net publish 80:81 at x' 'net publish 80:81 to' \
		'net impair lo' 'net impair lo delay' 'net impair lo delay x' 'net impair lo loss 200%' 'net impair lo rate 1' 'net impair lo late 1' \
		'net impair lo delay 1ms delay 2ms' 'net trace icmp' 'net trace tcp 10.0.0.1' 'net trace all 100' 'net --json lo' \
		'network create a/b' 'network create lo' 'network create n --subnet x' 'network create n --subnet 10.0.0.0/8 --gateway 11.0.0.1' \
		"hostname ''" 'umask 9' "save $PWD/no/such" "save $PWD/folder" "child new ''" "child rm ''" "child ''"; do
		fails 1 --json -c "unshare user net uts; $line"
		holds '.[-1].error | .id != null and (.fix | length > 0) and (.what | test("(: |^): ") | not)' || complain "$line"
	done
	for line in '-w x' "-w ''" '-e =x' "-e ''" "--hostname ''" "--hostname $(printf 'a%.0s' {1..65})" "--name ''" "--net ''" '--net container:' \
		'--net bridge --ip 1' '--net bridge --ip 10.0.0.1' '--net bridge --dns x' '--add-host x' '-p x'; do
		fails 125 --json -c "container $line -- true"
		holds '.[-1].error | .column > 9 and (.fix | length > 0) and (.what | test("(: |^): ") | not)' || complain "$line"
	done
}
