#!/usr/bin/python3
"""Random steps, undo, redo and reset: what stands must always agree with a fresh replay.

usage: random_steps.py STAVE FIRST LAST

Plays a random session for each seed FIRST to LAST in the current folder, in which it makes and
removes what it needs. After each undo, redo and reset the child's state is held against the one
that was read when as many steps stood; at the end the session is saved and played by a fresh
shell, whose child has to agree, and the folders have to be as they were before. States are
compared by meaning: ids, pids, the numbers of peer groups and names of sessions are recycled.
Prints the seed and the lines of each session that disagrees; status 1 when there was one.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys

FOLDERS = ["A/d", "B/d", "C", "D", "E", "U", "root/proc", "root/old", "t"]
FILES = {"A/a": "A", "A/x": "A", "A/d/one": "A", "B/b": "B", "B/x": "B", "B/d/two": "B"}


class Disagreement(Exception):
    """What a session shows is not what it should be."""


class Session:
    """One running shell that is told its lines one by one."""

    def __init__(self, stave):
        self.process = subprocess.Popen([stave, "--json", "-k"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def tell(self, line):
        """Have one line done and return the object that it prints."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Disagreement(f"no answer to {line!r}: {self.process.stderr.read()!r}")
        return json.loads(answer)

    def source(self, path):
        """Have a file of lines done and return the last object, that of `ns host`."""
        self.process.stdin.write(f"source {path}\nns host\n".encode())
        self.process.stdin.flush()
        while True:
            answer = json.loads(self.process.stdout.readline())
            if not answer["ok"]:
                raise Disagreement(f"the replay fails: {answer['line']}: {answer['error']}")
            if answer["line"] == "ns host":
                return answer

    def end(self):
        """End the shell as end-of-file does; it has to come to its end by itself."""
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Disagreement("the shell does not end") from None
        finally:
            self.process.stderr.close()


def pool(rng, privileged):
    """A random line. Many fail where they stand; that must leave no trace either."""
    name = rng.choice(["box", "cask", "a-longer-name.of.hosts"])
    kinds = ["mnt", "pid", "uts", "ipc", "net", "cgroup", "time"]
    types = rng.sample(kinds, rng.randint(1, 3))
    if rng.random() < (0.1 if privileged else 0.6):
        types.insert(0, "user")
    lines = [
        f"unshare {' '.join(types)}", f"unshare {' '.join(types)}", "unshare all",
        "unshare user mnt", "unshare mnt --propagation slave",
        "unshare time --boottime 1000 --monotonic 77", "unshare mnt pid",
        f"hostname {name}", f"hostname {name}", "net lo",
        "mount tmpfs t", "mount tmpfs t -o size=1m,mode=0700,noexec", "mount proc /proc",
        "mount tmpfs new/t", "mount proc root/proc", "mount sysfs t -o ro",
        "umount t", "umount C -l", "umount E", "umount /proc", "umount D",
        "bindmount A D", "bindmount B D --ro", "bindmount A made/here", "bindmount A/a made/file",
        "bindmount root root --norec", "bindmount D E",
        "propagation shared", "propagation slave t", "propagation unbindable t",
        "propagation private --norec", "propagation shared D",
        "union A B C", "union A B C --ro", "union B A C --upper U", "union A E", "union C E",
        "whiteout C/x", "whiteout C/d", "whiteout C/d/one", "opaque C/d", "whiteout E/a",
        "opaque E/d", "rootfs root t", "chroot root", "chroot C", "pivot root",
        "pivot root old --keep-old", "pivot C", "rootfs busybox root", "container --image root",
        f"container --hostname {name} -v {os.getcwd()}/A:/in:ro", "container --read-only",
    ]
    if privileged:
        lines += ["cgroup cpu 20000", "cgroup cpu 1.5cpus 50000", "cgroup rm"] * 2
    return rng.choice(lines)


def is_of_another_test(text):
    """Whether a mount lies in the folder of a test that runs beside this one: it comes and goes with
    that test, in the host's table and in each copy of it that is made meanwhile."""
    found = re.search(r"/stave-e2e\.([^/]*)", os.getcwd())
    own = found.group(1) if found else ""
    # What undo says has N for digits.
    return any(name not in (own, re.sub(r"\d+", "N", own))
               for name in re.findall(r"/stave-e[2N]e\.([^/ >]*)", text))


def not_restored(output):
    """What undo, redo or reset says that it could not restore, but for what others have mounted."""
    lines = output.partition("could not be restored:\n")[2].splitlines()
    return [line for line in lines if line.startswith("  ") and not is_of_another_test(line)]


def peers(fields, groups):
    """The propagation of a mount, its peer groups numbered as they come."""
    for field in fields:
        kind, _, number = field.partition(":")
        yield kind + (f":{groups.setdefault(number, len(groups))}" if number else "")


def mounts_of(pid):
    """The mounts of a process by meaning: without ids and devices, each below its parent."""
    groups, places, result = {}, {}, []
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            left, right = line.rstrip("\n").split(" - ", 1)
            number, parent, _device, root, point, options, *optional = left.split(" ")
            places[number] = f"{places.get(parent, '')}>{point}"
            if is_of_another_test(point):
                continue
            result.append(" ".join([places[number], root, options, *peers(optional, groups),
                                    right]))
    return sorted(result)


def tell_names(text):
    """Without what differs from session to session: its name, numbers of steps below or behind it, and
    the number that the kernel gives an upper folder of the host's when it is used first."""
    return re.sub(r"stave-\d+([/-]\d+)?", "stave-N", text).replace(",uuid=on", "")


def lines_of(path):
    """A file of /proc as text; the reason when it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        return error.strerror


def walls_of(answer):
    """Which namespaces are the child's own. A pid namespace for children without a first process
    is there all the same."""
    return {kind: ns["own"] for kind, ns in answer["ns"].items()}


def state(session):
    """The child's state by meaning; that of a shell without a child says so."""
    answer = session.tell("ns host")
    pid = answer["pid"]
    if not pid:
        return {"walls": walls_of(answer), "child": False}
    hostname = session.tell("hostname")["output"]
    status = dict(line.split(":\t", 1) for line in lines_of(f"/proc/{pid}/status").splitlines())
    try:
        root = os.readlink(f"/proc/{pid}/root")
    except OSError as error:
        root = error.strerror
    return {
        "walls": walls_of(answer), "child": True, "hostname": hostname,
        "mounts": tell_names("\n".join(mounts_of(pid))).splitlines(),
        "uid_map": lines_of(f"/proc/{pid}/uid_map"), "gid_map": lines_of(f"/proc/{pid}/gid_map"),
        "cgroup": tell_names(lines_of(f"/proc/{pid}/cgroup")).splitlines(),
        "limits": limits_of(pid), "root": tell_names(root),
        "status": {key: status[key] for key in ("CapEff", "CapBnd", "Uid", "Gid", "Groups")},
        "depth": len(status["NSpid"].split()),
        "timens": lines_of(f"/proc/{pid}/timens_offsets"),
        "looks": tell_names(look_at(f"/proc/{pid}/root" + os.getcwd())),
    }


def limits_of(pid):
    """The limits of the session's groups, on whatever version they are."""
    found = []
    for line in lines_of(f"/proc/{pid}/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for point in (controllers, "unified", "."):
            for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.max"):
                file = f"/sys/fs/cgroup/{point}{path}/{name}"
                if "/stave-" in path and os.path.isfile(file):
                    found.append(f"{name} {lines_of(file)}")
    return sorted(set(found))


def look_at(top):
    """The files below a folder with types, modes, sizes and the folders' names."""
    found = []
    for folder, folders, files in os.walk(top):
        folders.sort()
        if folder.endswith(("/proc", "/sys")) and folder != top:
            folders[:], files = [], []
        for name in [".", *files]:
            st = os.lstat(f"{folder}/{name}")
            found.append(f"{folder[len(top):]}/{name} {st.st_mode:o} {st.st_rdev}")
        if len(found) > 200:
            break
    return "\n".join(sorted(found))


def differs(what, before, now):
    """Raise with what two states differ in."""
    for key in sorted(before.keys() | now.keys()):
        one, other = before.get(key), now.get(key)
        if one == other:
            continue
        if isinstance(one, list) and isinstance(other, list):
            one, other = [x for x in one if x not in other], [x for x in other if x not in one]
        raise Disagreement(f"{what}: {key} was\n  {one}\nand is\n  {other}")


def prepare():
    """The folders that the lines are about, the same for each session."""
    for folder in FOLDERS:
        os.makedirs(folder)
    for name, content in FILES.items():
        with open(name, "w", encoding="ascii") as file:
            file.write(content)


class Story:
    """The session as it should be: the states after 0, 1, 2, ... steps, and where it stands."""

    def __init__(self, session):
        self.session = session
        self.lines, self.states, self.count, self.told = [], [state(session)], 0, []

    def tell(self, line):
        """Have a line done and kept for the report of a failure."""
        self.told.append(line)
        return self.session.tell(line)

    def move(self, line, count):
        """undo, redo and reset: as many steps stand afterwards, and their state is back."""
        answer = self.tell(line)
        if not answer["ok"]:
            raise Disagreement(f"{line}: {answer['error']}")
        if not_restored(answer["output"]):
            raise Disagreement(f"{line}: {answer['output']}")
        self.count = count
        self.agree(line)

    def agree(self, what):
        """The child is as it was when so many steps stood."""
        before, now = self.states[self.count], state(self.session)
        if self.count == 0:  # A child that is like the host, or none yet.
            before = {key: value for key, value in before.items() if key == "walls"}
            now = {key: now[key] for key in before}
        differs(f"after {what}", before, now)

    def step(self, line):
        """A line that joins the story when it works, and otherwise leaves no trace."""
        answer = self.tell(line)
        if answer["ok"] and answer["step"]:
            self.lines[self.count:] = [line]
            self.count += 1
            self.states[self.count:] = [state(self.session)]
        else:
            self.agree(f"{line} (refused: {answer['error']})")


def play(rng, story):
    """A random session."""
    privileged = os.geteuid() == 0
    if rng.random() < 0.8:  # Without a tree of mounts of its own there is little to do.
        story.step(f"unshare {'' if privileged else 'user '}mnt {rng.choice(['', 'pid', 'uts'])}")
    for _ in range(rng.randint(6, 16)):
        undone = len(story.lines) - story.count
        chance = rng.random()
        if chance < 0.15 and story.count:
            n = rng.randint(1, story.count)
            story.move(f"undo {n}" if n > 1 else "undo", story.count - n)
        elif chance < 0.4 and undone:
            n = rng.randint(1, undone)
            story.move(f"redo {n}" if n > 1 else "redo", story.count + n)
        elif chance < 0.18:
            story.move("reset", 0)
            story.lines, story.states = [], story.states[:1]
        else:
            story.step(pool(rng, privileged))


def replay(stave, story):
    """The saved session, played by a fresh shell."""
    fresh = Session(stave)
    try:
        fresh.source("../saved")
        differs("in a fresh replay", story.states[story.count], state(fresh))
    finally:
        fresh.end()


def run(stave, seed):
    """One seed; the report when it disagrees, and otherwise None and how many steps stood."""
    os.mkdir("play")
    os.chdir("play")
    prepare()
    before = look_at(".")
    story = Story(Session(stave))
    try:
        try:
            play(random.Random(seed), story)
            story.tell("save ../saved")
        finally:
            story.session.end()
        differs("the folders after the end", {"files": before}, {"files": look_at(".")})
        if story.count:
            replay(stave, story)
            differs("the folders after a replay", {"files": before}, {"files": look_at(".")})
        return None, story.count
    except Disagreement as error:
        return f"seed {seed}: {error}\nthe session:\n  " + "\n  ".join(story.told), 0
    finally:
        os.chdir("..")
        shutil.rmtree("play")
        if os.path.exists("saved"):
            os.unlink("saved")


def main():
    """All seeds."""
    stave, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    failed = steps = 0
    for seed in range(first, last + 1):
        report, count = run(stave, seed)
        steps += count
        if report:
            print(report, flush=True)
            failed += 1
    print(f"{last - first + 1} sessions, {steps} steps stood, {failed} disagree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
