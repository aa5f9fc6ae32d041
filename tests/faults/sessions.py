"""The sessions of tests/faults/run: lines by a session's name, and what they stand on."""

import os
import shutil
import tarfile

ROOT = os.geteuid() == 0
FIRST = "" if ROOT else "user "

# What a program does that is to run in a container: there is no such folder there. A line after one that has failed
# is not played, and must not be, where the child that was made for it is not the one that it finds.
STRAYED = 99
INSIDE = "test ! -e {top} || exit 99"

LOOK = """cat /proc/self/mountinfo /proc/self/cgroup /proc/self/uid_map
hostname
ulimit -a
ls -l /proc/self/ns /proc/self/fd 2>/dev/null | grep -c .
grep -E '^(Cap|Sec|NoNew|Sig[PBIC]|Groups|Uid)' /proc/self/status
for group in /cg/*/stave-*; do
	if grep -qsx 1 $group/cgroup.procs; then
		grep -sH . $group/pids.max $group/memory.limit_in_bytes $group/cpu.cfs_quota_us
	fi
done
true
"""
V1 = os.path.exists("/sys/fs/cgroup/pids/cgroup.procs")

LINES = {
    "container": [f"container -v {{top}}/volume:/data -- sh -c '{INSIDE}'"],
    "walk": [f"unshare {FIRST}mnt pid uts ipc", "hostname box", "rootfs busybox root",
             "mount proc root/proc", "pivot root", "caps drop all", "nonewprivs", f"run sh -c '{INSIDE}'"],
    "union": [f"unshare {FIRST}mnt", "union A B C", "whiteout C/d", "opaque C/e", "layers", "diff",
              "run ls C"],
    "import": ["image import ../a.tar one", "image inspect one", "image export one ../out.oci",
               "image import ../out.oci two", "image rm two", "image rm one"],
    "commit": ["container", f"run sh -c '{INSIDE}; echo x >/etc/x && rm /bin/ls'", "diff", "commit one -m text",
               "reset", "image history one", "image rm one"],
    "volume": ["volume create vv", f"container -v vv:/data -- sh -c '{INSIDE}; touch /data/x'", "volume inspect vv",
               "volume ls", "volume rm vv"],
    "exec": ["container -d --name cask -- sleep 60", f"exec cask sh -c '{INSIDE}'"],
    "cgroup": ["cgroup cpu 20000", "cgroup pids 50", "limits", "run true", "undo", "cgroup rm"]
    if ROOT else [f"unshare {FIRST}cgroup", "cgroup", "limits"],
    "lesson": ["lesson --trust ../lesson.md", f"unshare {FIRST}uts", "hostname box", "lesson quit"],
    "save": [f"unshare {FIRST}uts mnt", "hostname box", "mount tmpfs t", "save ../saved", "reset",
             "source ../saved", "run hostname"],
    "undo": [f"unshare {FIRST}mnt uts", "mount tmpfs t", "bindmount A made/here", "hostname box", "undo",
             "undo 2", "redo", "undo 2", "run true"],
    "net": [f"unshare {FIRST}net", "net lo", "net bridge br0", "net veth a b", "net join br0 a",
            "net addr add 10.0.0.1/24 dev br0", "net up br0", "net", "undo 2", "run true"],
    "oneshot": [f"container --without limits -v {{top}}/volume:/data --hostname box -- sh -c '{INSIDE}; . /data/look'"],
    "groups": [("container --cpu 20000 --pids 50 --memory 64m -v /sys/fs/cgroup:/cg:ro" if ROOT else "container") +
               f" -v {{top}}/volume:/data -- sh -c '{INSIDE}; . /data/look'"],
    "bridge": [f"container --net bridge -v {{top}}/volume:/data -- sh -c '{INSIDE}; ip addr | grep inet.*172; ip route; ls /data'"],
}

# Played with -q, and whether the container's child shares the shell's memory then.
QUIET = {"oneshot": True, "groups": V1 or not ROOT, "bridge": False}

LESSON = """---
title: A task
summary: one task
minutes: 1
needs: namespaces
---

# A task

```task name-it
The child has the host name **box**.
```

```check
hostname box
```

```solution
hostname box
```
"""


def make(top):
    """What the lines above name beside the folder `place` of top."""
    os.mkdir(f"{top}/volume")
    with open(f"{top}/file", "w", encoding="ascii") as file:
        file.write("content\n")
    with open(f"{top}/volume/look", "w", encoding="ascii") as file:
        file.write(LOOK)
    with tarfile.open(f"{top}/a.tar", "w") as archive:
        archive.add(f"{top}/file", "etc/name")
    with open(f"{top}/lesson.md", "w", encoding="ascii") as file:
        file.write(LESSON)


def make_place(top):
    """What they name in it, as new: sessions write there."""
    for name in os.listdir(f"{top}/place"):
        shutil.rmtree(f"{top}/place/{name}")
    for name in ("A/d", "A/e", "B/d", "C", "root", "t"):
        os.makedirs(f"{top}/place/{name}")
