# What a place says of itself, and what then happens there.
# shellcheck shell=bash disable=SC2154 # variables of bats' own

# A script of sh that carries out each line that doctor has told, and writes "NAME|STATUS|IDS" for it.
judge() {
	cat <<'END'
try() {
	STAVE_TRACE=errors "$STAVE" -q -c "$2" </dev/null >/dev/null 2>err
	echo "$1|$?|$(sed -n 's/^stave: trace errors: \([^ ]*\).*/\1/p' err | tr '\n' ' ')"
}
END
	jq -r --arg stave "$STAVE" '"STAVE=\($stave)", (.trials[] | select(.line) | "try \(.name | @sh) \(.line | @sh)")' \
		doctor.json
	cat <<'END'
try container 'container -- true'
# Behind its walls the reader of archives finds out that there is nothing to read.
: >empty
STAVE_TRACE=errors "$STAVE" -q -c 'image import empty' </dev/null >/dev/null 2>err
ids=$(sed -n 's/^stave: trace errors: \([^ ]*\) \([^ ]*\)$/\1.\2/p' err | tr '\n' ' ')
case $ids in archive.invalid*) status=0 ;; *) status=1 ;; esac
echo "archive|$status|$ids"
END
}

# The programs and the libraries of the one that is linked to some, into FOLDER of the root file system ROOT.
bring() { # ROOT FOLDER
	local program=${UNBOXED:-$STAVE} library
	mkdir -p "$1/$2"
	cp "$program" "${program%/*}/stave-archive" "$1/$2"
	for library in $(ldd "${program%/*}/stave-archive" | grep -o '/[^ ]*'); do
		cp -L --parents "$library" "$1"
	done
	STAVE=$2/${program##*/}
}

# within CMD...: in the place that this test is about.
within() { "$@"; }

# A row of the table of tests/doctor/environments: the place, who, whether doctor says that a container works, how many
# trials it says work, are refused, and come after one that is; how many lines were carried out, and disagreed.
row() { # PLACE WRONG
	local count who
	count=$(jq -r 'def told(state): [.trials[] | select(.state == state)] | length;
		[.container, told("works"), told("refused"), told("behind")] | @tsv' doctor.json)
	if is_root; then who=root; else who=user; fi
	printf '%s\t%s\t%s\t%d\t%d\n' "$1" $who "$count" "$(wc -l <verdicts)" "$(grep -c . <<<"$2")"
}

# Doctor in the place, then the real words; each pair that disagrees is named.
agree() { # PLACE
	local name status ids state errno wrong=''
	within "$STAVE" --doctor --json >doctor.json 3>&- 4>&- || [ $? = 1 ] || complain "no doctor: $?"
	output=$(<doctor.json)
	holds '.[0].trials | length > 30'
	judge >judge.sh
	within sh "$PWD/judge.sh" >verdicts 3>&- 4>&- || :
	[ "$(wc -l <verdicts)" = "$(jq '[.trials[] | select(.line)] | length + 2' doctor.json)" ] ||
		complain "$(cat verdicts)"
	while IFS='|' read -r name status ids; do
		read -r state errno < <(jq -r --arg name "$name" \
			'(.trials[] | select(.name == $name) | "\(.state) \(.errno // "")"),
			(select($name == "container") | if .container then "works" else "refused" end)' doctor.json)
		case $state-$status in
		works-0 | not_for_you-*) ;;
		works-*) wrong+="$name works, but: $status $ids"$'\n' ;;
		*-0) wrong+="$name is $state, but it works"$'\n' ;;
		refused-*) [[ -z $errno || $ids == *".$errno "* || $name-$ids == archive-reader.failed* ]] ||
			wrong+="$name is refused with $errno, but: $ids"$'\n' ;;
		esac
	done <verdicts
	[ -z "${ENVIRONMENTS-}" ] || row "$1" "$wrong" >>"$ENVIRONMENTS"
	[ -z "$wrong" ] || complain "$wrong$(jq -c '.trials[] | select(.state != "works")' doctor.json)"
}

# The forbidder of a trial, "" where it works.
forbidden() { # NAME ID
	holds --arg name "$1" --arg id "$2" '.[0].trials[] | select(.name == $name) | (.forbidder // "") == $id'
}
behind() { # NAME TRIAL
	holds --arg name "$1" --arg trial "$2" '.[0].trials[] | select(.name == $name) | .behind == $trial'
}
