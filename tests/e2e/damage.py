"""Archives that are damaged, and some that look it. usage: damage.py FOLDER
Each becomes FOLDER/bad-NAME or FOLDER/good-NAME: a tar (packed) to be imported as it is, or an OCI layout
whose digests are all right, so that nothing but the damage itself can be found."""
import bz2
import gzip
import lzma
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oci import LAYER, Layout, digest, entry, tar  # noqa: E402

OUT = sys.argv[1]
PLAIN = tar(entry("a", data=b"first"), entry("b", data=bytes(range(256)) * 40), entry("c", data=b"last"))


def layout(name, blob, packing="+gzip", plain=PLAIN):
    """An image of this one layer, whose blob has the digest that it has, and whose plain bytes the one of
    plain."""
    made = Layout(f"{OUT}/{name}")
    config = made.put_json({"os": "linux", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": [digest(plain)]}}, "application/vnd.oci.image.config.v1+json")
    kind = "application/vnd.oci.image.manifest.v1+json"
    made.index(dict(made.put_json({"schemaVersion": 2, "mediaType": kind, "config": config,
                                   "layers": [made.put(blob, LAYER + packing)]}, kind),
                    annotations={"org.opencontainers.image.ref.name": "t"}))


def both(name, blob, packing="+gzip", plain=PLAIN):
    layout(name, blob, packing, plain)
    with open(f"{OUT}/{name}.tar", "wb") as file:
        file.write(blob)


def flip(data, at):
    data = bytearray(data)
    data[at] ^= 0x55
    return bytes(data)


def checksum(head):
    head = bytearray(head)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


# -- what packs it
packed = gzip.compress(PLAIN, 6, mtime=0)
both("bad-gzip-crc", flip(packed, -6))
both("bad-gzip-length", flip(packed, -2))
both("bad-gzip-content", flip(packed, len(packed) // 2))
both("bad-gzip-behind", packed + b"garbage")
two = gzip.compress(PLAIN[:700], mtime=0)
both("bad-gzip-first-member", flip(two, -6) + gzip.compress(PLAIN[700:], mtime=0))
both("good-gzip-members", two + gzip.compress(b"") + gzip.compress(PLAIN[700:], mtime=0))
xz, bz = lzma.compress(PLAIN), bz2.compress(PLAIN)
for cut in range(1, 9):
    both(f"bad-gzip-cut-{cut}", packed[:-cut])
    with open(f"{OUT}/bad-xz-cut-{cut}.tar", "wb") as file:
        file.write(xz[:-cut])
    with open(f"{OUT}/bad-bzip2-cut-{cut}.tar", "wb") as file:
        file.write(bz[:-cut])
try:
    zstd = subprocess.run(["zstd", "-q", "--check", "-c"], input=PLAIN, stdout=subprocess.PIPE, check=True).stdout
    skip = b"\x5a\x2a\x4d\x18\x05\0\0\0skips"
    both("bad-zstd-check", flip(zstd, -2), "+zstd")
    for cut in (1, 4, 8):
        both(f"bad-zstd-cut-{cut}", zstd[:-cut], "+zstd")
    both("good-zstd-skippable", skip + skip + zstd + skip, "+zstd")
except FileNotFoundError:
    pass

# -- headers; b's is the third block
both("bad-checksum", PLAIN[:1024] + flip(PLAIN[1024:1536], 20) + PLAIN[1536:], "",
     PLAIN[:1024] + flip(PLAIN[1024:1536], 20) + PLAIN[1536:])


def pax(name, records, packing=""):
    head = bytearray(PLAIN[:512])
    head[0:512] = bytes(512)
    head[0:3] = b"pax"
    head[100:107] = head[108:115] = head[116:123] = b"0000000"
    head[124:135] = b"%011o" % len(records)
    head[136:147] = b"00000000000"
    head[156:157] = b"x"
    head[257:265] = b"ustar\x0000"
    data = PLAIN[:1024] + checksum(head) + records + b"\0" * (-len(records) % 512) + PLAIN[1024:]
    both(name, data, packing, data)


pax("bad-pax-zero", b"0 path=x\n")
pax("bad-pax-none", b"path=x\n")
pax("bad-pax-short", b"8 path=x\n")
pax("bad-pax-long", b"90 path=x\n")
pax("bad-pax-end", b"10 path=xy")
pax("bad-pax-key", b"6 =xy\n")
pax("bad-pax-nul", b"12 path=x\0y\n")
pax("bad-pax-link-nul", b"16 linkpath=x\0y\n")
pax("good-pax", b"20 comment=whatever\n")
pax("good-pax-large", b"65548 X.junk=" + b"j" * 65534 + b"\n")
for cut in (1, 100, 511):
    # In the header of c, which is the last entry.
    end = len(PLAIN.rstrip(b"\0")) // 512 * 512
    both(f"bad-header-cut-{cut}", PLAIN[:end - cut], "", PLAIN[:end - cut])
layout("good-padding-cut", PLAIN[:end + 4], "", PLAIN[:end + 4])
for cut in range(1, 9):
    with open(f"{OUT}/bad-tar-cut-{cut}.tar", "wb") as file:
        file.write(PLAIN[:-cut])
both("good-names", tar(entry("caf\udce9", data=b"x")), "", tar(entry("caf\udce9", data=b"x")))
