#!/usr/bin/python3
"""Random use and random death: Stave has to end, leave the host as it was, and keep its store whole.

usage: soak.py STAVE KIND [--rounds N] [--seconds N] [--seed N]

KIND is one of
  lines   random lines of the grammar in one session: no wait without an end, no descriptor and no
          memory that stays
  kills   kill -9 of a random process of Stave's at a random moment: the next start cleans up
  store   kill -9 at a random system call on the store: no image is lost, none is half
  shells  four shells on one store at once
Works in a new folder, prints one line of figures; status 1 with what went wrong, and the seed.
"""

import argparse
import ctypes
import json
import os
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
MOST = 30  # seconds that one line, one start or one end may take


class Wrong(Exception):
    """What should not be."""


def leave_the_host():
    """What goes wrong here shall not reach the host's own mounts, names, System V objects and
    interfaces; host() looks at this world's, which stand for them."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mnt, new_uts, new_ipc, new_net = 0x00020000, 0x04000000, 0x08000000, 0x40000000
    recursive, private = 0x4000, 0x40000
    if libc.unshare(new_mnt | new_uts | new_ipc | new_net) < 0 or \
            libc.mount(None, b"/", None, recursive | private, None) < 0:
        raise OSError(ctypes.get_errno(), "unshare or mount")


class World:
    """A home, a runtime folder and a store of one's own, and the host as it was before."""

    def __init__(self, stave):
        self.stave = os.path.realpath(stave)
        if os.geteuid() == 0:
            leave_the_host()
        self.top = tempfile.mkdtemp(prefix="stave-soak.")
        os.chmod(self.top, 0o755)
        for name in ("home", "run", "data", "state", "place"):
            os.mkdir(f"{self.top}/{name}", 0o700)
        os.chdir(f"{self.top}/place")
        for name in ("A/d", "B/d", "C", "D", "root", "t"):
            os.makedirs(name)
        self.env = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "LC_ALL": "C.UTF-8",
                    "HOME": f"{self.top}/home", "XDG_RUNTIME_DIR": f"{self.top}/run",
                    "XDG_DATA_HOME": f"{self.top}/data", "XDG_STATE_HOME": f"{self.top}/state"}
        self.mark = str(os.getpid() * 1000 + 7)
        self.before = self.host()

    def start(self, args, **more):
        """Start Stave; what it starts bears the mark."""
        def mark():
            hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]
            resource.setrlimit(resource.RLIMIT_RTTIME, (int(self.mark), hard))
        return subprocess.Popen([self.stave, *args], env=self.env, preexec_fn=mark, **more)

    def run(self, args, most=MOST):
        """Run it to its end: its status and what it printed."""
        process = self.start(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        try:
            said = process.communicate(timeout=most)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Wrong(f"no end within {most} s: {args}") from None
        return process.returncode, said.decode(errors="replace")

    def host(self):
        """What of the host could be changed: tests/host-state, and this world's folders."""
        said = subprocess.run([f"{HERE}/../host-state", self.mark], env=self.env,
                              capture_output=True, text=True, check=True).stdout.splitlines()
        for folder, folders, files in os.walk(f"{self.top}/place"):
            said += [f"place {folder}/{name}" for name in folders + files]
        ours = os.geteuid() == 0
        return {line for line in said
                if not (line.startswith("mount ") and not ours and "stave-soak." not in line)
                and " /tmp/stave-e2e" not in line}

    def check_host(self, what):
        """Nothing is there that was not before; the dead may take a moment."""
        for _ in range(150):
            more = self.host() - self.before
            if not [line for line in more if not line.startswith("cgroup ")
                    or self.is_mine(line)]:
                return
            time.sleep(0.02)
        raise Wrong(f"{what}: the host has more than before: {sorted(more)}")

    def is_mine(self, line):
        """Another test's session may have groups of its own just now."""
        parts = line.rsplit("/stave-", 1)
        pid = parts[-1].split("-")[0] if len(parts) > 1 else ""
        return not (pid.isdigit() and os.path.exists(f"/proc/{pid}"))

    def done(self):
        """Take the folder away."""
        os.chdir("/")
        shutil.rmtree(self.top, ignore_errors=True)


def tree_of(pid):
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            with open(f"/proc/{one}/task/{one}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


class Session:
    """A shell that is told its lines one by one, each of which has to be answered."""

    def __init__(self, world):
        self.process = world.start(["--json", "-k"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        self.rest = b""

    def tell(self, line):
        """The answer as an object."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        end = time.monotonic() + MOST
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Wrong(f"no answer within {MOST} s to: {line}")
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise Wrong(f"the shell ended ({self.process.wait()}) at: {line}")
            self.rest += more
        answer, self.rest = self.rest.split(b"\n", 1)
        return json.loads(answer)

    def end(self):
        """By the end of its input."""
        self.process.stdin.close()
        try:
            self.process.wait(MOST)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Wrong("no end after the end of input") from None

    def figures(self):
        """Descriptors and KiB of private memory of the shell and its janitor."""
        fds = memory = 0
        for pid in tree_of(self.process.pid):
            with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                comm = file.read().strip()
            if pid != self.process.pid and not comm.startswith("stave-janitor"):
                continue
            fds += len(os.listdir(f"/proc/{pid}/fd"))
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                fields = file.read().split()
            memory += (int(fields[1]) - int(fields[2])) * 4
        return fds, memory


def line_of(rng):
    """A random line; many are refused where they stand."""
    types = " ".join(rng.sample(["mnt", "pid", "uts", "ipc", "net", "cgroup", "time"],
                                rng.randint(1, 3)))
    user = "" if os.geteuid() == 0 and rng.random() < 0.9 else "user "
    name = rng.choice(["C", "D", "t", "root", "A", "new/deep", "A/d", "nowhere"])
    other = rng.choice(["A", "B", "C", "D", "root"])
    return rng.choice([
        f"unshare {user}{types}", f"unshare {user}mnt", f"unshare {user}mnt pid", "unshare all",
        f"mount tmpfs {name}", f"mount proc {name}", f"umount {name}", f"umount {name} -l",
        f"bindmount {other} {name}", f"bindmount {other} {name} --ro", f"propagation slave {name}",
        f"union A B {name}", f"union A {name} --ro", f"whiteout {name}/d", f"opaque {name}/d",
        f"rootfs busybox {name}", f"chroot {name}", f"pivot {name}", f"hostname {rng.choice('abc')}x",
        "cgroup cpu 20000", "cgroup pids 50", "cgroup rm", "cgroup freeze", "cgroup thaw",
        "run true", "run sh -c 'exit 3'", "spawn sleep 5", "spawn sh -c 'echo hi'", "jobs", "jobs 1",
        "kill %1 KILL", "ns", "mountinfo", "mounts", "status", "caps", "limits", "layers", "diff",
        "tree /", "ps", "ns host", "steps", "plan unshare uts", "help union", "undo", "undo 2",
        "redo", "redo 2", "nonsense", "container --image nothing -- true",
        "container -- true", "container -d --name cask -- sleep 5", "nonewprivs",
        "seccomp deny mount", "net lo", "keyring", "container --read-only", "image ls", "volume ls",
        "volume create vv", "volume rm vv", "verify mnt", "setns 1 uts",
    ])


def lines(world, rng, rounds, end):
    """Random lines in one session."""
    session = Session(world)
    answered, first, last = 0, None, None
    for number in range(rounds):
        session.tell(line_of(rng))
        answered += 1
        if number % 25 == 24:
            session.tell("reset")
        if number % 250 == 249 or number == rounds - 1:
            session.tell("reset")
            session.tell("unshare uts" if os.geteuid() == 0 else "unshare user uts")
            last = session.figures()
            first = first or last
        if time.monotonic() > end:
            break
    session.tell("reset")
    session.end()
    world.run(["-q", "-c", "version"])
    world.check_host("lines")
    if first and (last[0] > first[0] + 8 or last[1] > first[1] + 4096):
        raise Wrong(f"descriptors and KiB grew from {first} to {last}")
    return f"{answered} lines, 0 hangs; descriptors and KiB {first} at first, {last} at last"


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


def main():
    """One kind."""
    kinds = {"lines": (lines, 10000), "kills": (kills, 500), "store": (store, 650),
             "shells": (shells, 400)}
    parser = argparse.ArgumentParser()
    parser.add_argument("stave")
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    play, usual = kinds[given.kind]
    world = World(given.stave)
    begun = time.monotonic()
    try:
        said = play(world, random.Random(given.seed), given.rounds or usual,
                    begun + given.seconds)
        print(f"{given.kind}: {said}; {time.monotonic() - begun:.0f} s, seed {given.seed}")
        return 0
    except Wrong as wrong:
        print(f"{given.kind}: {wrong}\nseed {given.seed}")
        return 1
    finally:
        world.done()


if __name__ == "__main__":
    sys.exit(main())
