#!/usr/bin/env bats
# The kind: what cannot be looked at was taken for what is not there. A link that leads to itself is there and
# cannot be followed (ELOOP), whoever asks.
load common

prepare() {
	need_userns
	mkdir A B T
	ln -s loop loop
	touch A/a
}

# refused_with STATUS LINE...: each is refused with ELOOP, before a call is made.
refused_with() {
	local code=$1 line
	shift
	for line; do
		fails "$code" --json -c "$(first)unshare mnt; $line"
		holds '.[-1] | .ok == false and .error.errno == "ELOOP" and .ops == []' ||
			complain "$line"
	done
}

@test "a path that cannot be looked at is not an absent one: the words that need it say what failed" {
	refused_with 1 "mask $WORK/loop" "readonly $WORK/loop" "bindmount $WORK/loop $WORK/T" \
		"bindmount $WORK/A $WORK/loop" "union $WORK/loop $WORK/A $WORK/T" "pivot $WORK/loop" \
		"union --upper $WORK/loop/u $WORK/A $WORK/T" "rootfs $WORK/loop $WORK/T"
	refused_with 125 "container -v $WORK/loop:/v -- true"
}

@test "what is not there is still told from it" {
	local line
	for line in "mask $WORK/no" "readonly $WORK/no" "bindmount $WORK/no $WORK/T"; do
		fails 1 --json -c "$(first)unshare mnt; $line"
		holds '.[-1].error.id == "path.absent"' || complain "$line"
	done
}

@test "a folder that cannot be looked at is made by nobody: the call itself tells" {
	fails 1 --json -c "$(first)unshare mnt; mount tmpfs $WORK/loop/x"
	holds '.[-1].error.errno == "ELOOP"'
}

@test "what is mounted on / is said to hide nothing from whoever is there" {
	need_userns
	local line
	for line in 'mount tmpfs /' 'bindmount /etc /' 'union /etc /usr /'; do
		works -c "unshare user mnt; $line"
		[[ ${output//[[:space:]]+/ } == *'keep the root'* ]] || complain "$line"
		[[ $output != *'hidden, not lost'* ]] || complain "$line"
	done
}
