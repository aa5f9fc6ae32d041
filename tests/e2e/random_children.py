#!/usr/bin/python3
"""Random steps of up to three children, undo, redo and reset: as random_steps.py, for several.

usage: random_children.py STAVE FIRST LAST

Plays a random session for each seed in the current folder. After each undo, redo and reset the state of
every child is held against the one that was read when as many steps stood: its namespaces, with whom it
shares them, host name, mounts, root, interfaces. At the end the session is saved and played by a fresh
shell, whose children have to agree. Prints the seed and the lines of each session that disagrees; status 1
when there was one.
"""

import os
import random
import re
import shutil
import sys

import random_steps as steps
from random_steps import Disagreement

NAMES = ["main", "a", "b", "c"]


def pool(rng, names, privileged):
    """A random line. Many fail where they stand; that must leave no trace either."""
    who, other = rng.choice(names), rng.choice(names + ["c"])
    kinds = rng.sample(["mnt", "uts", "ipc", "net", "pid"], rng.randint(1, 2))
    user = "" if privileged else "user "
    line = rng.choice([
        f"unshare {user}{' '.join(kinds)}", f"unshare {user}{' '.join(kinds)}", "unshare all",
        f"unshare {' '.join(kinds)}", "hostname box", f"hostname of-{who}", f"hostname of-{who}",
        f"setns @{other} {user}net", f"setns @{other} {user}uts", f"setns @{other} {user}uts ipc",
        f"setns @{other} {user}mnt", f"setns @{other} {user}pid", f"setns @{other} all",
        "net lo", "net bridge br0", "net veth v0 v1", f"net veth w0 w1 --to @{other}",
        f"net veth w0 w1 --to @{other}", "net rm w1", "net rm w0",
        "mount tmpfs t", "bindmount A D", "umount t", "umount D", "union A B C", "chroot root",
        "container --image root",
    ])
    return rng.choice([f"@{who} {line}"] * 5 + [f"child new {rng.choice('abc')}"] * 2 +
                      [f"child rm {other}", f"child {who}"])


def interfaces(pid):
    """The names of the interfaces in a process's network namespace; kernels differ in the tunnels."""
    lines = steps.lines_of(f"/proc/{pid}/net/dev").splitlines()[2:]
    return sorted(name for name in (line.split(":")[0].strip() for line in lines)
                  if name in ("lo", "br0", "v0", "v1", "w0", "w1"))


def children(session):
    """The names of those that there are."""
    return re.findall(r"^ [* ]  +(\S+)", session.tell("child")["output"], re.M)[1:]


def state(session):
    """Every child's state by meaning."""
    found, first = {}, {}
    for name in children(session):
        answer = session.tell(f"@{name} hostname")
        pid = answer["pid"]
        walls = steps.walls_of(answer)
        if not any(walls.values()):  # like the host, with or without a process
            found[name] = ["bare"]
            continue
        shared = {kind: first.setdefault((kind, ns["id"]), name)
                  for kind, ns in answer["ns"].items() if ns["own"] and "_for_" not in kind}
        found[name] = [
            f"shares {shared}", f"walls {walls}", f"hostname {answer['output']}",
            *steps.tell_names("\n".join(steps.mounts_of(pid))).splitlines(),
            f"root {os.readlink(f'/proc/{pid}/root') if os.access(f'/proc/{pid}/root', os.R_OK) else ''}",
            f"links {interfaces(pid) if walls['net'] else ''}",
        ]
        found[name] = [steps.tell_names(line) for line in found[name]]
    return found


class Story:
    """The session as it should be: the states after 0, 1, 2, ... steps, and where it stands."""

    def __init__(self, session):
        self.session, self.told = session, []
        self.lines, self.states, self.count = [], [state(session)], 0

    def tell(self, line):
        """Have a line done and kept for the report of a failure."""
        self.told.append(line)
        return self.session.tell(line)

    def move(self, line, count):
        """undo, redo and reset: as many steps stand afterwards, and their state is back."""
        answer = self.tell(line)
        if not answer["ok"]:
            raise Disagreement(f"{line}: {answer['error']}")
        if steps.not_restored(answer["output"]):
            raise Disagreement(f"{line}: {answer['output']}")
        self.count = count
        self.agree(line)

    def agree(self, what):
        """The children are as they were when so many steps stood."""
        steps.differs(f"after {what}", self.states[self.count], state(self.session))

    def step(self, line):
        """A line that joins the story when it works, and otherwise leaves no trace."""
        answer = self.tell(line)
        if answer["ok"] and answer["step"]:
            self.lines[self.count:] = [line]
            self.count += 1
            self.states[self.count:] = [state(self.session)]
        else:
            self.agree(f"{line} (no step: {answer['error']})")


def play(rng, story):
    """A random session."""
    privileged = os.geteuid() == 0
    story.step("child new a")
    if rng.random() < 0.7:
        story.step("child new b")
    for _ in range(rng.randint(8, 20)):
        undone = len(story.lines) - story.count
        chance = rng.random()
        if chance < 0.2 and story.count:
            n = rng.randint(1, min(story.count, 4))
            story.move(f"undo {n}", story.count - n)
        elif chance < 0.4 and undone:
            n = rng.randint(1, undone)
            story.move(f"redo {n}", story.count + n)
        elif chance < 0.21:
            story.move("reset", 0)
            story.lines, story.states = [], story.states[:1]
        else:
            story.step(pool(rng, children(story.session), privileged))


def replay(stave, story):
    """The saved session, played by a fresh shell."""
    fresh = steps.Session(stave)
    try:
        fresh.source("../saved")
        steps.differs("in a fresh replay", story.states[story.count], state(fresh))
    finally:
        fresh.end()


def run(stave, seed):
    """One seed; the report when it disagrees, and otherwise None and how many steps stood."""
    os.mkdir("play")
    os.chdir("play")
    steps.prepare()
    before = steps.look_at(".")
    story = Story(steps.Session(stave))
    try:
        try:
            play(random.Random(seed), story)
            story.tell("save ../saved")
        finally:
            story.session.end()
        steps.differs("the folders after the end", {"files": before}, {"files": steps.look_at(".")})
        if story.count:
            replay(stave, story)
        return None, story.count
    except Disagreement as error:
        return f"seed {seed}: {error}\nthe session:\n  " + "\n  ".join(story.told), 0
    finally:
        os.chdir("..")
        shutil.rmtree("play")
        if os.path.exists("saved"):
            os.unlink("saved")


def main():
    """Play all seeds and tell what came of it."""
    stave, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    reports, stood = [], 0
    for seed in range(first, last + 1):
        report, count = run(stave, seed)
        reports += [report] if report else []
        stood += count
    print("\n".join(reports + [f"{last - first + 1} sessions, {stood} steps stood, {len(reports)} disagree"]))
    sys.exit(bool(reports))


if __name__ == "__main__":
    main()
