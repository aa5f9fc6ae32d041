"""Archives that try to break out, to exhaust or to confuse. usage: hostile.py FOLDER VICTIM
Each case hNN... becomes FOLDER/hNN.tar, or an OCI layout where it is a folder. VICTIM is the folder
that they are after, an absolute path."""
import gzip
import json
import os
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oci import CONFIG, LAYER, MANIFEST, Layout, digest, entry, tar, tar_of  # noqa: E402

DIR, LINK, HARD = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
OUT, VICTIM = sys.argv[1:3]
CLIMB = "../" * 12 + VICTIM.lstrip("/")
BLOCK = 512
END = b"\0" * 2 * BLOCK


def put(name, data):
    with open(f"{OUT}/{name}.tar", "wb") as file:
        file.write(data)


def put_tar(name, *entries, **options):
    put(name, tar(*entries, **options))


def layers(name, *tars, **options):
    layout = Layout(f"{OUT}/{name}")
    layout.index(layout.image(list(tars), **options))
    return layout


def raw(name, size=b"00000000000", type=b"0", link=b"", mode=b"0000644"):
    """A header with these very bytes, its checksum right."""
    head = bytearray(BLOCK)
    head[0:len(name)] = name
    head[100:100 + len(mode)] = mode
    head[108:115] = head[116:123] = b"0000000"
    head[124:124 + len(size)] = size
    head[136:147] = b"00000000000"
    head[148:156] = b" " * 8
    head[156:157] = type
    head[157:157 + len(link)] = link
    head[257:265] = b"ustar\x0000"
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def pad(data):
    return data + b"\0" * (-len(data) % BLOCK)


def pax(**records):
    """A pax header for the entry behind it, as bytes."""
    out = b""
    for key, value in records.items():
        key = key.replace("__", ".").encode()
        value = value if isinstance(value, bytes) else str(value).encode()
        length = len(key) + len(value) + 3
        while len(b"%d" % length) + len(key) + len(value) + 3 != length:
            length = len(b"%d" % length) + len(key) + len(value) + 3
        out += b"%d %s=%s\n" % (length, key, value)
    return raw(b"pax", b"%011o" % len(out), b"x") + pad(out)


# -- names that lead out
for i, name in enumerate(["../victim/x", CLIMB + "/x", "..", "a/.."]):
    put_tar(f"h01-{i}", entry(name, data=b"x"))
put_tar("h02", entry(VICTIM + "/x", data=b"x"))
for i, name in enumerate(["a/../../victim/x", "a/" + CLIMB + "/hello"]):
    put_tar(f"h03-{i}", entry("a", DIR), entry(name, data=b"x"))

# -- links that lead out, and what is written through them
put_tar("h04-out", entry("l", LINK, linkname=VICTIM), entry("l/x", data=b"x"))
put_tar("h04-climb", entry("l", LINK, linkname=CLIMB), entry("l/hello", data=b"x"))
put_tar("h04-in", entry("in", DIR), entry("l", LINK, linkname="/in"), entry("l/x", data=b"x"))
put_tar("h05-up", entry("l", LINK, linkname=".."), entry("l/x", data=b"x"))
put_tar("h05-chain", entry("end", DIR),
        *[entry(f"l{i}", LINK, linkname=f"l{i + 1}" if i < 41 else "end") for i in range(42)],
        entry("l0/x", data=b"x"))
put_tar("h05-loop", entry("a", LINK, linkname="b"), entry("b", LINK, linkname="a"),
        entry("a/x", data=b"x"))
layers("h06", tar(entry("l", LINK, linkname=VICTIM)),
       tar(entry("l/x", data=b"x"), entry("l/hello", data=b"changed")))
for name, link in {"shadow": "/etc/shadow", "victim": VICTIM + "/hello", "climb": CLIMB + "/hello",
                   "later": "later", "self": "h"}.items():
    put_tar(f"h07-{name}", entry("h", HARD, linkname=link), entry("later", data=b"x"))
put_tar("h07-symlink", entry("s", LINK, linkname=VICTIM + "/hello"), entry("h", HARD, linkname="s"))
put_tar("h07-through", entry("l", LINK, linkname=VICTIM), entry("h", HARD, linkname="l/hello"))
put_tar("h08", entry("f", data=b"old", mode=0o600), entry("g", HARD, linkname="f"),
        entry("f", data=b"new", mode=0o777))

# -- kinds of files
put_tar("h09", entry("b", tarfile.BLKTYPE, devmajor=8), entry("c", tarfile.CHRTYPE, devmajor=1, devminor=3),
        entry("zero", tarfile.CHRTYPE), entry("p", tarfile.FIFOTYPE), entry("f", data=b"x"))

# -- sizes
put("h10-large", raw(b"f", b"\x80" + b"\0" * 3 + (2 ** 63 - 1).to_bytes(8, "big")) + END)
put("h10-negative", raw(b"f", b"\xff" * 12) + END)
put("h10-octal", raw(b"f", b"77777777777") + END)
put("h10-sparse", pax(GNU__sparse__major=1, GNU__sparse__minor=0, GNU__sparse__name="f",
                      GNU__sparse__realsize=2 ** 63 - 1) +
    raw(b"f", b"00000001000") + pad(b"1\n9223372036854775806\n1\n") + pad(b"x") + END)
zeros = gzip.compress(b"\0" * (64 << 20), 1)
put("h11-file", gzip.compress(raw(b"f", b"%o" % (10 << 30))) + zeros * 4)
put("h11-end", gzip.compress(tar(entry("f", data=b"x"))) + zeros * 40)
put_tar("h12-deep", *[entry("d/" * 998 + "x", data=b"x")])
put_tar("h12-deeper", *[entry("d/" * 1000 + "x", data=b"x")])
put_tar("h12-names", entry("n" * 255, data=b"x"), entry("caf\udce9", data=b"x"),
        entry("new\nline\x1b[2J\\", data=b"x"), entry("\u202etxt", data=b"x"))
put_tar("h12-long", entry("n" * 256, data=b"x"))
put("h12-many", gzip.compress(raw(b".wh..wh.plnk") * 100000) * 11)

# -- deletions
for i, name in enumerate([".wh...", ".wh..", ".wh.", "a/.wh...", ".wh.a/b", "../.wh.x", ".wh.a/.wh.b"]):
    put_tar(f"h13-{i}", entry("a", DIR), entry(name))
put_tar("h13-aufs", entry(".wh..wh.plnk", DIR), entry(".wh..wh.aufs"), entry(".wh..wh.orph", DIR),
        entry(".wh..wh.plnk/1.2", data=b"x"), entry("f", data=b"x"))
low = tar(entry("d", DIR), entry("d/a", data=b"low"), entry("d/b", data=b"low"), entry("f", data=b"low"))
d, a, opaque, f, white = (entry("d", DIR), entry("d/a", data=b"high"), entry("d/.wh..wh..opq"),
                          entry("f", data=b"high"), entry(".wh.f"))
layers("h14-after", low, tar(d, a, opaque, f, white))
layers("h14-before", low, tar(d, opaque, a, white, f))
layers("h14-twice", low, tar(opaque, d, white, opaque, a, f, white))
layers("h14-gone", low, tar(entry(".wh.d"), d, a, f, white))
layers("h14-root", low, tar(entry(".wh..wh..opq"), d, a, f))

# -- one name, several kinds
put_tar("h15", entry("a", data=b"x"), entry("a", DIR), entry("a/in", data=b"x"),
        entry("b", DIR), entry("b/in", data=b"x"), entry("b", data=b"y"),
        entry("real", DIR), entry("real/file", data=b"x"),
        entry("c", DIR), entry("c/in", data=b"x"), entry("c", LINK, linkname="real"),
        entry("e", LINK, linkname=VICTIM + "/hello"), entry("e", data=b"mine"))
put_tar("h15-out", entry("d", DIR), entry("d", LINK, linkname=VICTIM), entry("d/hello", data=b"x"))

# -- the root of the layer
for i, name in enumerate([".", "./", "/", "//", "/.", "./."]):
    head = raw(name.encode(), type=b"2", link=VICTIM.encode()[:99])
    put(f"h16-link-{i}", head + END)
    put(f"h16-file-{i}", raw(name.encode()) + END)
put("h16-empty", raw(b"", type=b"2", link=VICTIM.encode()[:99]) + END)
put("h16-mode", raw(b"./", type=b"5", mode=b"0000000") + raw(b"f") + END)
put_tar("h16-owner", entry(".", DIR, uid=2 ** 31, gid=2 ** 31), entry("f", uid=2 ** 31, gid=5))
put("h16-huge", pax(uid=2 ** 32 + 5) + raw(b"f") + END)
put("h16-nobody", pax(uid=2 ** 32 - 1) + raw(b"f") + END)

# -- attributes
capability = b"\x01\0\0\x02" + b"\0\x04" + b"\0" * 14
put("h17", pax(SCHILY__xattr__trusted__overlay__opaque="y", SCHILY__xattr__user__overlay__opaque="y",
               SCHILY__xattr__trusted__overlay__redirect=VICTIM,
               SCHILY__xattr__user__stave__owner="7:7", SCHILY__xattr__security__selinux="x",
               SCHILY__xattr__user__mine="kept") + raw(b"d/", type=b"5", mode=b"0000755") +
    pax(SCHILY__xattr__security__capability=capability, SCHILY__xattr__user__overlay__whiteout="y") +
    raw(b"f", mode=b"0000755") + END)
put("h17-large", pax(SCHILY__xattr__user__mine=b"x" * 70000) + raw(b"f") + END)
put_tar("h18", entry("s", data=b"x", mode=0o6755), entry("t", DIR, mode=0o1777))
put("h19", pax(mtime="-5") + raw(b"before") + pax(mtime=2 ** 40) + raw(b"late") +
    pax(mtime="99999999999999999999") + raw(b"never") + pax(mtime="NaN") + raw(b"nan") + END)
put("h20", raw(b"pax_global", b"%011o" % len(b"18 comment=global\n"), b"g") + pad(b"18 comment=global\n") +
    pax(path="real", size=3, VENDOR__junk="\x01\x02", SCHILY__xattr__user__mine="kept") +
    raw(b"decoy", b"00000000000") + pad(b"abc") +
    pax(linkpath="real", path="link") + raw(b"decoy2", type=b"2", link=VICTIM.encode()[:99]) + END)

# -- pieces of archives
whole = tar(entry("d", DIR), entry("d/a", data=b"x" * 1000), entry("d/b", data=b"y" * 10))
for blocks in range(0, 7):
    put(f"h21-{blocks}", whole[:blocks * BLOCK])
    put(f"h21-{blocks}-more", whole[:blocks * BLOCK + 100])
one = tar(entry("f", data=b"x"))
layers("h22-garbage", one + b"garbage behind the end")
put("h22-members", gzip.compress(one[:700]) + gzip.compress(one[700:]))
put("h22-cut", gzip.compress(one)[:-20])
layout = Layout(f"{OUT}/h22-packing")
image = layout.image([one], packed=False)
manifest = json.load(open(f"{OUT}/h22-packing/blobs/sha256/{image['digest'][7:]}"))
manifest["layers"][0]["mediaType"] = LAYER + "+gzip"
layout.index(layout.put_json(manifest, MANIFEST))

# -- lies
config = {"os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(one)]}}


def lie(name, change_layer=None, change_config=None, change_manifest=None, change_index=None):
    """An image whose one thing is not so."""
    liar = Layout(f"{OUT}/h23-{name}")
    layer, said = liar.put(one, LAYER), json.loads(json.dumps(config))
    if change_layer:
        change_layer(layer)
    if change_config:
        change_config(said)
    made = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [layer],
            "config": liar.put_json(said, CONFIG)}
    if change_manifest:
        change_manifest(made)
    top = liar.put_json(made, MANIFEST)
    if change_index:
        change_index(top)
    liar.index(top)
    return f"{OUT}/h23-{name}/blobs/sha256"


zero = "sha256:" + "0" * 64
lie("diff-id", change_config=lambda c: c["rootfs"].update(diff_ids=[zero]))
lie("count", change_config=lambda c: c["rootfs"].update(diff_ids=[]))
lie("size", change_layer=lambda layer: layer.update(size=layer["size"] + 1))
lie("negative", change_layer=lambda layer: layer.update(size=-1))
lie("large", change_layer=lambda layer: layer.update(size=2 ** 62))
lie("missing", change_layer=lambda layer: layer.update(digest=zero))
lie("path", change_layer=lambda layer: layer.update(digest="sha256:../../../../../../etc/passwd"))
lie("type", change_layer=lambda layer: layer.update(mediaType="text/plain"))
lie("both", change_manifest=lambda m: m.update(manifests=[]))
lie("other", change_manifest=lambda m: m.update(mediaType="application/vnd.oci.image.index.v1+json"))
lie("manifest-size", change_index=lambda top: top.update(size=2 ** 31))
lie("layers", change_manifest=lambda m: m.update(layers=m["layers"] * 501))
os_ = lie("os", change_config=lambda c: c.update(os="windows"))
blobs = lie("content")
with open(f"{blobs}/{digest(one)[7:]}", "r+b") as file:
    file.write(b"y")
blobs = lie("symlink")
os.rename(f"{blobs}/{digest(one)[7:]}", f"{OUT}/moved")
os.symlink(f"{OUT}/moved", f"{blobs}/{digest(one)[7:]}")
blobs = lie("fifo")
os.unlink(f"{blobs}/{digest(one)[7:]}")
os.mkfifo(f"{blobs}/{digest(one)[7:]}")
blobs = lie("folder-link")
os.rename(blobs, f"{OUT}/moved-blobs")
os.symlink(f"{OUT}/moved-blobs", blobs)
for name, text in {"deep": "[" * 100000, "utf8": '{"manifests": "\\ud800"}', "empty": "",
                   "array": "[]", "none": '{"schemaVersion": 2, "manifests": []}'}.items():
    Layout(f"{OUT}/h23-json-{name}")
    open(f"{OUT}/h23-json-{name}/index.json", "w").write(text)
layout = Layout(f"{OUT}/h23-loop")
INDEX = "application/vnd.oci.image.index.v1+json"
top = layout.image([one])
for _ in range(5):
    top = layout.put_json({"schemaVersion": 2, "manifests": [top]}, INDEX)
layout.index(top)
saved = json.dumps(config).encode()
for name, files in {"climb": ["../../x"], "victim": [VICTIM + "/hello"], "absent": ["nothing"]}.items():
    put(f"h23-saved-{name}", tar_of([("c.json", saved), ("manifest.json", json.dumps(
        [{"Config": "c.json", "Layers": files}]).encode())]))
put("h23-saved-link", tar(entry("c.json", data=saved), entry("f" * 64, LINK, linkname=VICTIM + "/hello"),
                          entry("manifest.json", data=json.dumps(
                              [{"Config": "c.json", "Layers": ["f" * 64]}]).encode())))
