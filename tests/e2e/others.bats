#!/usr/bin/env bats
# Proof against others: images that umoci, skopeo and buildah make are the trees that umoci unpacks;
# what is exported they read back, with the same digests; and what goes around comes back.
load common

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	is_root || [ "$(uname -r | cut -d. -f1)" -gt 5 ] || skip 'overlay in a user namespace needs Linux 5.11'
	export XDG_DATA_HOME=$WORK/data
	rootless=() owners=()
	is_root || { rootless=(--rootless) owners=(--no-owners); }
}

tree() { /usr/bin/python3 -B "$HERE/tree.py" "$@"; }

# What the union of an image's layers shows, as tree.py tells it.
show_image() { # IMAGE
	works -q -c "image inspect $1"
	local layers
	layers=$(jq -r '.[0].GraphDriver.Data.Layers | reverse | join(" ")' <<<"$output")
	mkdir -p union
	# One layer alone is no union.
	if [[ $layers != *' '* ]]; then
		works -q -c "$(first)unshare mnt; run /usr/bin/python3 -B $HERE/tree.py show $layers ${owners[*]}"
	else
		works -q -c "$(first)unshare mnt; union $layers $WORK/union --ro; run /usr/bin/python3 -B $HERE/tree.py show $WORK/union ${owners[*]}"
	fi
}

same() { # EXPECTED ACTUAL
	[ "$1" != "$2" ] || return 0
	output=$(diff <(echo "$1") <(echo "$2") | head -n 30)
	complain 'other trees: < is expected, > is there'
}

# An image of three layers, in the layout oci with the tag t: all that a layer can have in it.
make_image() {
	umoci init --layout oci
	umoci new --image oci:t
	umoci unpack "${rootless[@]}" --image oci:t bundle
	tree make bundle/rootfs 1
	mkdir -p bundle/rootfs/{bin,etc,gone,anew,deep/1/2/3/4/5/6/7/8/9}
	echo 1 >bundle/rootfs/deep/1/2/3/4/5/6/7/8/9/file
	echo 1 >bundle/rootfs/gone/file && echo 1 >bundle/rootfs/anew/old && echo 1 >bundle/rootfs/etc/file
	cp /bin/true bundle/rootfs/bin/caps && cp /bin/true bundle/rootfs/bin/setuid
	chmod 4755 bundle/rootfs/bin/setuid
	ln bundle/rootfs/bin/setuid bundle/rootfs/bin/again
	! is_root || ! command -v setcap >/dev/null || setcap cap_net_raw+ep bundle/rootfs/bin/caps
	umoci repack --refresh-bundle --image oci:t bundle
	rm -r bundle/rootfs/gone bundle/rootfs/anew bundle/rootfs/etc/file
	mkdir bundle/rootfs/anew && echo 2 >bundle/rootfs/anew/new
	echo 2 >bundle/rootfs/deep/1/2/3/4/5/6/7/8/9/file
	umoci repack --refresh-bundle --image oci:t bundle
	tree change bundle/rootfs 2
	umoci repack --refresh-bundle --image oci:t bundle
} >/dev/null 2>&1

@test "an image of umoci's is the tree that umoci unpacks" {
	need_tool umoci
	make_image
	umoci unpack "${rootless[@]}" --image oci:t again >/dev/null 2>&1
	works -c 'image import oci x'
	says 'x:latest: 3 layers'
	expected=$(tree show again/rootfs "${owners[@]}")
	show_image x
	same "$expected" "$output"
}

@test "what is exported umoci and skopeo read, with the same digests" {
	need_tool umoci
	need_tool skopeo
	make_image
	works -q -c 'image import oci x:v1; image export x:v1 out.tar'
	digest=$(jq -r '.manifests[0].digest' oci/index.json)
	skopeo inspect --raw oci-archive:out.tar >manifest
	[ "sha256:$(sha256sum <manifest | cut -d' ' -f1)" = "$digest" ] || complain 'another manifest'
	skopeo copy -q oci-archive:out.tar oci:copy:v1
	mkdir layout && tar -C layout -xf out.tar
	[ "$(umoci list --layout layout)" = v1 ]
	umoci unpack "${rootless[@]}" --image layout:v1 ours >/dev/null 2>&1
	umoci unpack "${rootless[@]}" --image oci:t theirs >/dev/null 2>&1
	same "$(tree show theirs/rootfs)" "$(tree show ours/rootfs)"
	works -q -c 'image inspect x:v1'
	[ "$(jq -r '.[0].Id' <<<"$output")" = "$(jq -r .config.digest manifest)" ]
	[ "$(jq -c '.[0].RootFS.Layers' <<<"$output")" = "$(skopeo inspect --config oci-archive:out.tar | jq -c .rootfs.diff_ids)" ]
}

@test "skopeo's docker archives are the same image" {
	need_tool umoci
	need_tool skopeo
	make_image
	skopeo copy -q oci:oci:t docker-archive:docker.tar:some/name:v2
	works -q -c 'image import oci x; image import docker.tar'
	says 'docker.io/some/name:v2: 3 layers, 3 of them in the store already'
}

@test "buildah's images are read, and ours by buildah" {
	need_tool buildah
	is_root || skip 'buildah asks for subordinate ids'
	buildah() { command buildah --root "$WORK/b" --runroot "$WORK/r" --storage-driver vfs "$@" 2>&1; }
	box=$(buildah from scratch) || skip "buildah does not work here: $box"
	mkdir -p src/sub && echo 1 >src/a && ln src/a src/sub/b && chmod 4711 src/a
	out=$(buildah copy "$box" src /app && buildah config --env A=b --cmd '/app/a' "$box" &&
		buildah commit -q "$box" oci-archive:built.tar:mine:1) || skip "buildah does not work here: $out"
	works -q -c 'image import built.tar x'
	works -q -c 'image inspect x'
	[ "$(jq -c '.[0].Config.Env' <<<"$output")" = '["A=b"]' ] || complain "$output"
	layer=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")
	[ "$(stat -c %a "$layer/app/a")" = 4711 ]
	works -q -c 'image export x back.tar'
	buildah pull -q oci-archive:back.tar || complain 'buildah does not read it'
}

@test "import(export(x)) = x for random trees" {
	for seed in 11 12 13; do
		mkdir "t$seed"
		tree make "t$seed" $seed
		tar -C "t$seed" --xattrs --xattrs-include='user.*' --format=pax -cf "t$seed.tar" .
		works -q -c "image import t$seed.tar t; image export t one.oci; image rm t; image import one.oci; image export t two.oci"
		cmp one.oci two.oci
		expected=$(tree show "t$seed" "${owners[@]}")
		show_image t
		same "$expected" "$output"
	done
}

@test "what a container shows is what the image that is committed of it shows" {
	for seed in 21 22; do
		mkdir -p base$seed union$seed
		tree make base$seed $seed
		tar -C base$seed --xattrs --xattrs-include='user.*' --format=pax -cf base.tar .
		mkdir -p base$seed.other && echo x >base$seed.other/second
		tar -C base$seed.other -cf other.tar second
		/usr/bin/python3 -B "$HERE/oci.py" layout lay$seed base.tar other.tar
		works -q -c "image import lay$seed base"
		works -q -c 'image inspect base'
		layers=$(jq -r '.[0].GraphDriver.Data.Layers | reverse | join(" ")' <<<"$output")
		python="run /usr/bin/python3 -B $HERE/tree.py"
		works -q -c "$(first)unshare mnt; union $layers $WORK/union$seed; $python change $WORK/union$seed $seed; commit next; $python show $WORK/union$seed ${owners[*]}"
		expected=$(grep "^['\"]" <<<"$output")
		show_image next
		same "$expected" "$output"
	done
}
