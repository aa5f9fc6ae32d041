"""Random death: kill -9, at a random moment or at a random call; and four shells on one store."""

import os
import random
import signal
import subprocess
import tarfile
import time

from world import MOST, Wrong, tree_of


WALK = """unshare {user}mnt pid uts net ipc
mount tmpfs t
union A B C
bindmount A D
bindmount B made/here
{group}hostname box
spawn sleep 300
container -d --name cask -- sleep 300
undo
run true
redo
"""


def kills(world, rng, rounds, end):
    """kill -9 of one process of a working session at a time."""
    root = os.geteuid() == 0
    done, killed = 0, {}
    with open("../walk", "w", encoding="ascii") as file:
        file.write(WALK.format(user="" if root else "user ", group="cgroup cpu 20000\n" if root
                               else ""))
    for _ in range(rounds):
        shell = world.start(["-q", "-k", "../walk"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * 0.6)
        victim = rng.choice(tree_of(shell.pid))
        try:
            with open(f"/proc/{victim}/comm", encoding="utf-8", errors="replace") as file:
                comm = file.read().strip()
            if victim != shell.pid or shell.poll() is None:
                os.kill(victim, signal.SIGKILL)
        except OSError:
            comm = "(gone)"
        try:
            shell.wait(MOST)
        except subprocess.TimeoutExpired:
            shell.kill()
            shell.wait()
            raise Wrong(f"no end within {MOST} s after kill -9 of {comm}") from None
        status, said = world.run(["-q", "-c", "version"])
        if status:
            raise Wrong(f"no start after kill -9 of {comm}: {said}")
        world.check_host(f"after kill -9 of {comm}")
        killed[comm] = killed.get(comm, 0) + 1
        done += 1
        if time.monotonic() > end:
            break
    return f"{done} kills: " + ", ".join(f"{n} {comm}" for comm, n in sorted(killed.items()))


def make_archive(path, content):
    """A tar of a root file system of one file."""
    with open("../file", "w", encoding="ascii") as file:
        file.write(content)
    with tarfile.open(path, "w") as archive:
        archive.add("../file", "etc/name")


def check_store(world, what):
    """Whoever is listed is whole."""
    status, said = world.run(["-q", "-c", "image ls; volume ls; image verify"])
    if status:
        raise Wrong(f"{what}: the store cannot be read: {said}")
    images = f"{world.top}/data/stave/images"
    for name in os.listdir(images) if os.path.isdir(images) else []:
        if name.startswith("."):
            continue
        with open(f"{images}/{name}", encoding="utf-8") as file:
            record = file.read()
        if not record.strip():
            raise Wrong(f"{what}: an empty record {name}")
    return said


def check_files(world, what):
    """What export and save write is whole or not there; a committed image can be removed."""
    if os.path.exists("../out.oci"):
        status, said = world.run(["-q", "-c", "image import ../out.oci back; image rm back"])
        os.unlink("../out.oci")
        if status:
            raise Wrong(f"{what}: a cut archive: {said}")
    if os.path.exists("../saved"):
        with open("../saved", encoding="utf-8") as file:
            said = file.read()
        os.unlink("../saved")
        if not said.endswith("uts\n"):
            raise Wrong(f"{what}: a cut script: {said}")
    if os.path.exists(f"{world.top}/data/stave/images/made:latest"):
        status, said = world.run(["-q", "-c", "image inspect made; image rm made"])
        if status:
            raise Wrong(f"{what}: a committed image that is not whole: {said}")


def store(world, rng, rounds, end):
    """kill -9 as the shell makes its n-th call that changes the store."""
    for name in "ab":
        make_archive(f"../{name}.tar", name)
    user = "" if os.geteuid() == 0 else "user "
    line = ["image import ../a.tar one", "image import ../b.tar one", "image rm one",
            "volume create vv", "volume rm vv", "image export one ../out.oci",
            "container; run touch /x; commit made", f"unshare {user}uts; save ../saved"]
    calls = "rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,fsync,fdatasync,link,linkat," \
            "symlinkat,openat,flock"
    done = hit = 0
    for _ in range(rounds):
        what, n = rng.choice(line), rng.randint(1, 60)
        subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={calls}",
                        "-e", f"inject={calls}:signal=KILL:when={n}", world.stave, "-q", "-c", what],
                       env=world.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=MOST, check=False)
        done += 1
        hit += 1
        check_store(world, f"{what}, killed at call {n}")
        check_files(world, f"{what}, killed at call {n}")
        status, said = world.run(["-q", "-c", "image import ../a.tar one; image inspect one"])
        if status:
            raise Wrong(f"{what}, killed at call {n}: no import after it: {said}")
        if time.monotonic() > end:
            break
    world.run(["-q", "-k", "-c", "image rm one; volume rm vv"])
    world.run(["-q", "-c", "image import ../a.tar two; image rm two"])
    left = [f"{kind}/{name}" for kind in ("layers/sha256", "blobs/sha256", "scratch", "images")
            if os.path.isdir(f"{world.top}/data/stave/{kind}")
            for name in os.listdir(f"{world.top}/data/stave/{kind}")]
    if left:
        raise Wrong(f"the store keeps what no image has: {left}")
    world.check_host("store")
    return f"{done} kills at store calls, nothing lost, nothing left"


def shells(world, rng, rounds, end):
    """Four at once, on the same names."""
    for name in "ab":
        make_archive(f"../{name}.tar", name)
    running, done, seeds = [], 0, iter(range(rng.randrange(1 << 30), 1 << 31))
    while (done < rounds and time.monotonic() < end) or running:
        while len(running) < 4 and done < rounds and time.monotonic() < end:
            own = random.Random(next(seeds))
            text = "; ".join(own.choice([
                "image import ../a.tar one", "image import ../b.tar one", "image import ../b.tar two",
                "image rm one", "image rm two", "image ls", "volume create vv", "volume rm vv",
                "volume ls", "image inspect one", "container -- true"]) for _ in range(6))
            running.append((text, time.monotonic(), world.start(
                ["-q", "-k", "-c", text], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)))
            done += 1
        for one in list(running):
            text, begun, process = one
            if process.poll() is not None:
                if process.returncode not in (0, 1, 125):
                    raise Wrong(f"status {process.returncode}: {text}")
                running.remove(one)
            elif time.monotonic() - begun > 2 * MOST:
                raise Wrong(f"no end: {text}")
        time.sleep(0.01)
    check_store(world, "four shells")
    status, said = world.run(["-q", "-c", "image import ../a.tar one; image inspect one"])
    if status:
        raise Wrong(f"no import after it: {said}")
    world.check_host("four shells")
    return f"{done} shells, four at once, of six lines each"
