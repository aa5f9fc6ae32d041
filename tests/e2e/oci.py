"""Images as files, made by hand: OCI layouts and docker's archives out of layers' tars."""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    """An OCI layout in the folder path. What a test wants wrong it changes in the dictionaries that
    put_json() is given, or in the files."""

    def __init__(self, path):
        self.path = path
        os.makedirs(f"{path}/blobs/sha256", exist_ok=True)
        with open(f"{path}/oci-layout", "w") as file:
            json.dump({"imageLayoutVersion": "1.0.0"}, file)

    def put(self, data, media_type):
        with open(f"{self.path}/blobs/sha256/{digest(data)[7:]}", "wb") as file:
            file.write(data)
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    def put_json(self, value, media_type):
        return self.put(json.dumps(value).encode(), media_type)

    def index(self, *manifests):
        with open(f"{self.path}/index.json", "w") as file:
            json.dump({"schemaVersion": 2, "manifests": list(manifests)}, file)

    def image(self, layers, config=None, ref="t", packed=True):
        """One image of these tars; returns its manifest, for index()."""
        blobs = []
        for tar in layers:
            if packed:
                blobs.append(self.put(gzip.compress(tar, 1, mtime=0), LAYER + "+gzip"))
            else:
                blobs.append(self.put(tar, LAYER))
        config = self.put_json({
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "amd64"),
            "os": "linux", "config": config or {},
            "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in layers]},
        }, CONFIG)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": blobs}
        return dict(self.put_json(manifest, MANIFEST),
                    annotations={"org.opencontainers.image.ref.name": ref})


def entry(name, type=tarfile.REGTYPE, data=b"", **fields):
    """A header and its content, for tar()."""
    info = tarfile.TarInfo(name)
    info.type = type
    info.size = len(data)
    info.mode = 0o755 if type == tarfile.DIRTYPE else 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def tar(*entries, format=tarfile.PAX_FORMAT):
    """The bytes of a tar with these entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, errors="surrogateescape") as file:
        for info, data in entries:
            file.addfile(info, io.BytesIO(data))
    return out.getvalue()


def docker(path, layers, name="demo:1"):
    """An archive as docker save wrote it: manifest.json comes last."""
    config = json.dumps({
        "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in layers]},
    }).encode()
    files = [(f"{digest(tar)[7:]}/layer.tar", tar) for tar in layers]
    files.append((digest(config)[7:] + ".json", config))
    files.append(("manifest.json", json.dumps([{
        "Config": files[-1][0], "RepoTags": [name], "Layers": [file[0] for file in files[:-1]],
    }]).encode()))
    with open(path, "wb") as file:
        file.write(tar_of(files))


def tar_of(files):
    return tar(*[entry(name, data=data) for name, data in files])


if __name__ == "__main__":
    # oci.py layout DIR LAYER.tar... | oci.py docker FILE LAYER.tar...
    what, target, *paths = sys.argv[1:]
    tars = [open(path, "rb").read() for path in paths]
    if what == "docker":
        docker(target, tars)
    else:
        layout = Layout(target)
        layout.index(layout.image(tars))
