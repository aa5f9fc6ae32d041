#!/usr/bin/env bats
# What image import takes for an image, in which form, and which of several; what it says of all else.
load common

prepare() {
	need_userns
	[ -x /usr/bin/python3 ] || skip 'python3 is not installed'
	export XDG_DATA_HOME=$WORK/data
	mkdir -p one two
	echo first >one/name
	echo second >two/name
	tar -C one -cf one.tar name
	tar -C two -cf two.tar name
	LAYERS=$(sha256sum one.tar two.tar | cut -c 1-64 | paste -sd,)
}

oci() { /usr/bin/python3 -B "$HERE/oci.py" "$@"; }

# python CODE: with oci's names.
python() { PYTHONPATH=$HERE /usr/bin/python3 -B -c "from oci import *; import os, json, tarfile; one, two = open('one.tar', 'rb').read(), open('two.tar', 'rb').read(); $1"; }

# taken SOURCE [ARG...]: it is, and has the two layers.
taken() {
	works -q -c "image import $1 x ${*:2}"
	works -q -c 'image inspect x'
	[ "$(jq -r '.[0].RootFS.Layers | map(.[7:]) | join(",")' <<<"$output")" = "$LAYERS" ] ||
		complain "$1 has other layers"
	works -q -c 'image rm x'
}

# refused SOURCE: it is, with a way out; nothing is kept.
refused() {
	fails 1 --json -c "image import $1 x"
	holds '.[0].error.what != "" and ((.[0].error.fix // "") + (.[0].error.why // "")) != ""'
	[ -z "$(find "$XDG_DATA_HOME/stave/images" -mindepth 1 2>/dev/null)" ] || complain "$1 left an image"
}

@test "recognised: other files beside an image, and a folder around it" {
	oci layout lay one.tar two.tar
	oci docker saved.tar one.tar two.tar
	mkdir saved && tar -C saved -xf saved.tar
	for folder in lay saved; do
		mkdir -p $folder/store $folder/etc
		echo read me | tee $folder/README $folder/.DS_Store $folder/store/x >$folder/etc/passwd
		tar -C $folder -cf first.tar README store .
		taken first.tar
		tar -cf around.tar $folder
		taken around.tar
		gzip -kf around.tar
		taken around.tar.gz
		mkdir -p around && mv $folder around/
		taken around
		mv around/$folder .
		taken $folder
	done
}

@test "recognised: what docker saved before it had manifest.json" {
	python "
config = {'os': 'linux', 'config': {'Env': ['A=b']}}
files = [('aa/VERSION', b'1.0'), ('aa/json', json.dumps(dict(config, id='aa')).encode()), ('aa/layer.tar', one),
         ('bb/json', json.dumps(dict(config, id='bb', parent='aa')).encode()), ('bb/layer.tar', two),
         ('repositories', json.dumps({'demo': {'1': 'bb', 'again': 'bb'}}).encode())]
open('old.tar', 'wb').write(tar_of(files))
open('lost.tar', 'wb').write(tar_of(files[3:]))"
	taken old.tar
	works -c 'image import old.tar'
	says 'demo:1: 2 layers'
	works -q -c 'image inspect demo:1'
	[ "$(jq -r '.[0].Config.Env[0]' <<<"$output")" = A=b ]
	works -q -c 'image rm demo:1'
	refused lost.tar
}

@test "recognised: what skopeo writes as dir:" {
	oci layout lay one.tar two.tar
	mkdir dir
	manifest=$(jq -r '.manifests[0].digest[7:]' lay/index.json)
	cp lay/blobs/sha256/* dir
	mv "dir/$manifest" dir/manifest.json
	echo 'Directory Transport Version: 1.1' >dir/version
	taken dir
	tar -C dir -cf dir.tar .
	taken dir.tar
	rm dir/"$(jq -r '.config.digest[7:]' dir/manifest.json)"
	refused dir
	need_tool skopeo
	skopeo copy -q oci:lay:t dir:made
	taken made
}

@test "recognised: manifest.json, index.json and blobs as links; not as a FIFO" {
	oci layout lay one.tar two.tar
	oci docker saved.tar one.tar two.tar
	mkdir saved && tar -C saved -xf saved.tar
	mv saved/manifest.json saved/real && ln -s real saved/manifest.json
	tar -C saved -cf link.tar .
	taken link.tar
	taken saved
	rm saved/manifest.json && mkfifo saved/manifest.json
	tar -C saved -cf fifo.tar .
	refused fifo.tar
	refused saved
	mkdir lay/shared
	mv lay/blobs/sha256/* lay/shared
	for blob in lay/shared/*; do ln -s "../../shared/${blob##*/}" lay/blobs/sha256/; done
	mv lay/index.json lay/real && ln -s real lay/index.json
	taken lay
	mv lay/shared out
	refused lay
}

@test "not recognised: what it seems to be, and how it is imported" {
	mkdir root && touch root/x
	head -c 1048576 /dev/zero >ext4
	printf '\x53\xef' | dd of=ext4 bs=1 seek=1080 conv=notrunc status=none
	(cd root && printf '070701%0104d' 0 >../cpio)
	printf 'PK\3\4zip' >zip
	printf '\x7fELF' >program
	head -c 10240 /dev/zero >zeros
	gzip -k cpio
	for file in ext4 cpio cpio.gz zip program zeros; do
		refused $file
		holds '.[0].error.what | contains("nor a tar")'
	done
	oci layout lay one.tar two.tar
	mv lay/index.json .
	refused lay
	tar -C lay -cf lay.tar .
	refused lay.tar
	refused root
	for place in - docker://alpine oci:lay:t dir:x https://x/y.tar; do
		refused "$place"
		holds '.[0].error.fix | contains("image import")'
	done
}

@test "not an image: a root file system may have files called as an image's are" {
	mkdir -p web/etc web/app
	echo '{"name": "app"}' | tee web/manifest.json >web/app/manifest.json
	echo '[1]' >web/index.json
	tar -C web -cf web.tar app etc manifest.json index.json
	works -q -c 'image import web.tar x'
	works -q -c 'image inspect x'
	[ "$(jq '.[0].RootFS.Layers | length' <<<"$output")" = 1 ]
	tar -cf app.tar web/app
	works -q -c 'image import app.tar x'
}

@test "which of several: by docker's short names, by a second tag, by a digest" {
	python "
made = Layout('lay')
a, b = made.image([one, two]), made.image([one])
named = lambda image, name: dict(image, annotations={'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.split(':')[-1]})
made.index(named(a, 'docker.io/library/demo:1'), named(a, 'docker.io/library/demo:latest'), named(b, 'docker.io/library/other:2'))
made = Layout('same')
a = made.image([one, two])
made.index(named(a, 'docker.io/library/demo:1'), named(a, 'docker.io/library/demo:latest'))"
	for ref in demo:1 demo docker.io/library/demo:1 docker.io/demo library/demo:latest \
		"$(jq -r '.manifests[0].digest' lay/index.json)"; do
		taken lay --ref "$ref"
	done
	taken same
	fails 1 -c 'image import lay x'
	fails 1 -c 'image import lay x --ref demo:2'
	python "
config = json.dumps({'os': 'linux', 'rootfs': {'type': 'layers', 'diff_ids': [digest(one), digest(two)]}}).encode()
open('saved.tar', 'wb').write(tar_of([('a.tar', one), ('b.tar', two), ('c.json', config), ('manifest.json', json.dumps([
    {'Config': 'c.json', 'RepoTags': ['demo:1', 'demo:second'], 'Layers': ['a.tar', 'b.tar']},
    {'Config': 'c.json', 'RepoTags': ['z:1'], 'Layers': ['a.tar', 'b.tar']}]).encode())]))"
	for ref in demo:1 demo:second docker.io/library/demo:second; do
		taken saved.tar --ref $ref
	done
	works -c 'image import saved.tar --ref docker.io/library/demo:second'
	says 'demo:second: 2 layers'
}

@test "which of several: by the machine that they are for" {
	python "
made = Layout('lay')
here = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(os.uname().machine, 'amd64')
def put(layers, machine, variant=None, platform=True):
    image = made.image(layers)
    name = made.path + '/blobs/sha256/'
    manifest = json.load(open(name + image['digest'][7:]))
    config = dict(json.load(open(name + manifest['config']['digest'][7:])), architecture=machine)
    manifest['config'] = made.put_json(config, CONFIG)
    entry = made.put_json(manifest, MANIFEST)
    if platform:
        entry['platform'] = {'os': 'linux', 'architecture': machine, **({'variant': variant} if variant else {})}
    return entry
made.index(put([two], here, 'v9'), put([one], 's390x'), put([one, two], here))
made = Layout('unnamed')
made.index(put([one], 's390x', platform=False), put([one, two], here, platform=False))
made = Layout('variants')
made.index(put([one], here, 'v9'), put([one, two], here, 'v3'))
made = Layout('other')
made.index(put([one, two], 's390x', platform=False), put([one], here, platform=False))"
	taken lay
	taken unnamed
	taken variants
	taken other --platform linux/s390x
	works -q -c 'image import lay y --platform linux/s390x'
	works -q -c 'image inspect y'
	[ "$(jq -r '.[0].Architecture' <<<"$output")" = s390x ]
	fails 1 -c 'image import lay x --platform linux/sparc'
	works -q -c 'image rm y'
}

@test "a platform with a variant: v8 of arm64 is arm64, and a config need not name it" {
	python "
made = Layout('lay')
def put(layers, machine, variant):
    image = made.image(layers)
    name = made.path + '/blobs/sha256/'
    manifest = json.load(open(name + image['digest'][7:]))
    config = dict(json.load(open(name + manifest['config']['digest'][7:])), architecture=machine)
    manifest['config'] = made.put_json(config, CONFIG)
    return dict(made.put_json(manifest, MANIFEST), platform=dict(os='linux', architecture=machine, variant=variant))
made.index(put([one], 'amd64', 'v2'), put([one, two], 'amd64', 'v3'), put([two, one], 'arm64', 'v8'))"
	works -q -c 'image import lay a --platform linux/amd64/v3'
	works -q -c 'image import lay b --platform linux/arm64/v8'
	works -q -c 'image import lay c --platform linux/arm64'
	for name in a b c; do
		works -q -c "image inspect $name"
		[ "$(jq '.[0].RootFS.Layers | length' <<<"$output")" = 2 ]
	done
	fails 1 --json -c 'image import lay d --platform linux/arm64/v9'
	holds '.[0].error.id == "archive.platform"'
}

@test "layers that may not be handed on are taken where they are" {
	python "
made = Layout('lay')
image = made.image([one, two], packed=False)
manifest = json.load(open('lay/blobs/sha256/' + image['digest'][7:]))
for layer, kind in zip(manifest['layers'], ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'application/vnd.docker.image.rootfs.foreign.diff.tar']):
    layer.update(mediaType=kind, urls=['https://publisher/layer'])
made.index(made.put_json(manifest, MANIFEST))"
	taken lay
	rm lay/blobs/sha256/"$(sha256sum <one.tar | cut -c 1-64)"
	refused lay
	holds '.[0].error.fix | contains("https://publisher/layer")'
}

@test "a time before 1970 with a fraction is what it says" {
	python "
open('times.tar', 'wb').write(tar(entry('a', mtime=-1.5), entry('b', mtime=-0.25), entry('c', mtime=-3), entry('d', mtime=1.5)))"
	works -q -c 'image import times.tar x'
	works -q -c 'image inspect x'
	layer=$(jq -r '.[0].GraphDriver.Data.Layers[0]' <<<"$output")
	[ "$(/usr/bin/python3 -c "import os, sys; print(*[os.stat(sys.argv[1] + '/' + n).st_mtime_ns for n in 'abcd'])" "$layer")" = '-1500000000 -250000000 -3000000000 1500000000' ] ||
		complain "$(stat -c '%n %.9Y' "$layer"/*)"
}

@test "an image called busybox goes before the one that is made here" {
	need_tool busybox
	works -q -c 'image import one.tar busybox'
	works -q -c "plan container --image busybox -- /name"
	says layers/sha256
	works -q -c 'plan container -- /bin/true'
	says_not layers/sha256
	works -q -c 'image rm busybox; plan container --image busybox -- /bin/true'
	says_not layers/sha256
}
