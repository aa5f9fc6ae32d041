# A lesson's own store: what it commits and makes goes there, and goes with it.
load common

# What the user himself has, and a lesson that makes an image and removes one.
prepare() {
	mkdir own
	echo mine >own/file
	tar -C own -cf kept.tar file
	cat >mine.md <<-'END'
		---
		title: A store of its own
		summary: images that go with the lesson
		minutes: 5
		needs: namespaces, kernel 5.11, overlay, busybox
		store: own
		---

		# A store of its own

		A container and its image.

		```demo make
		container --net none
		run sh -c 'echo one >/one'
		commit one
		```

		A second one.

		```task second
		Make the image **two**, on top of **one**.
		```

		```check
		image two layers 3
		image two shares 2 layers with one
		```

		```cheat
		run touch /two
		commit two
		```

		```hint if image two layers 2
		It stands on the same layer as one does.
		```

		```wrong
		commit two
		```

		```hint
		container takes an image.
		```

		```solution
		container --net none --image one
		commit two
		```

		And away.

		```task gone
		Remove **one**.
		```

		```check
		image one absent
		```

		```hint
		image rm
		```

		```solution
		reset
		image rm one
		```

		The end.
	END
}

# The files of the user's own store, but for scratch and the default root.
store_state() { (cd "$XDG_DATA_HOME/stave" && find . -mindepth 1 -path ./scratch -prune -o -path './busybox*' -prune -o -printf '%p %i %T@\n' | sort); }
scratch_left() { find "$XDG_DATA_HOME/stave/scratch" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }

@test "a lesson with a store of its own is proven, and leaves the user's as it was" {
	need_userns
	works -q -c 'image import kept.tar kept'
	store_state >before
	works --json --check-lessons mine.md
	[ "$(jq -s 'map(.ok) | all' <<<"$output")" = true ] || complain 'not proven'
	store_state >after
	diff before after
	[ "$(scratch_left)" = 0 ]
}

@test "what the learner commits goes to the lesson's store, and the user's own comes back with lesson quit" {
	need_userns
	works -q -c 'image import kept.tar kept'
	works -q -c 'lesson --trust ./mine.md; next; next; next; check image one layers 2 and image kept absent
		lesson quit; check image one absent and image kept layers 1'
	store_state >before
	works -q -c 'lesson --trust ./mine.md; next; next; next; volume create data; commit own; image import kept.tar kept'
	store_state >after
	diff before after
	[ "$(scratch_left)" = 0 ]
	fails 1 -q -c 'lesson --trust ./mine.md; container --image kept --net none'
	errs image.absent
}

@test "the lesson begins each step with what its own commands have made, and nothing else" {
	need_userns
	works -q -c 'lesson --trust ./mine.md 3; check image one present and image two layers 3'
	works -q -c 'lesson --trust ./mine.md 2; commit other; reset; image rm one; again; check image one layers 2 and image other absent'
	works -q -c 'lesson --trust ./mine.md 3; back; check image two absent; solution; check image two layers 3'
	works -q -c 'lesson --trust ./mine.md; again all; check image one absent'
}

@test "another lesson, and one that ends, take the store away" {
	need_userns
	cp "$REPOSITORY/lessons/template.md" plain.md
	works -q -c 'image import kept.tar kept; lesson --trust ./mine.md 2; lesson --trust ./plain.md; check image kept present and image one absent'
	works -q -c 'lesson --trust ./mine.md 3; reset; image rm one; next; image ls; check image kept absent; lesson quit; check image kept present'
	[ "$(scratch_left)" = 0 ]
}

# The kind: what a killed shell leaves. A container in the background holds the store until the janitor has ended it.
@test "the store of a lesson whose shell was killed is cleared away by the next, which makes it again" {
	need_userns
	works -q -c 'lesson --trust ./mine.md; lesson quit'
	stave -q -c 'lesson --trust ./mine.md 3; container --net none -d --image two --name b -- sleep 1000; !kill -9 $PPID' || true
	[ "$(scratch_left)" = 1 ]
	gone() { stave -q -c version && [ "$(scratch_left)" = 0 ]; }
	await gone
	works -q -c 'lesson --trust ./mine.md; check image one layers 2 and image two layers 3'
	works -q -c 'lesson --trust ./mine.md; progress'
	says -r '> +3  gone'
	[ "$(scratch_left)" = 0 ]
}

@test "where the store cannot be made the lesson does not begin" {
	need_userns
	touch file
	XDG_DATA_HOME=$WORK/file fails 1 -q -c 'lesson --trust ./mine.md'
	XDG_DATA_HOME=$WORK/file fails 1 -k -q -c 'lesson --trust ./mine.md; next'
	errs lesson.none
}

@test "a lesson without one may not use the words of the store" {
	sed '/^store: own/d' mine.md >other.md
	fails 1 --json --check-lessons other.md
	[[ $(jq -r 'select(.error) | .error' <<<"$output" | head -n 1) = *other.md:15:1:*commit* ]] || complain 'not the line'
}
