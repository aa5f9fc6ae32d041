"""kill -9 of whoever makes a call of a session, and of whoever makes a call after that."""

import collections
import itertools
import os
import signal
import time

from runner import KINDS, Runner, Wrong
from world import tree_of
import sessions

KILLS, HOLDS = 1, 2  # what calls.c does at a call of no kind
HURRY = 5  # times, for deadlines where a process is stopped


def check_files(runner):
    """What export and save have written is whole, or not there, and nothing is beside it."""
    beside = [name for name in os.listdir(runner.top) if name.endswith("~")]
    for name in beside:
        os.unlink(f"{runner.top}/{name}")
    if beside:
        raise Wrong(f"left: {beside}")
    for name, line in (("out.oci", "image import ../out.oci back; image rm back"), ("saved", "source ../saved")):
        if os.path.exists(f"{runner.top}/{name}"):
            status, said = runner.again(line)
            os.unlink(f"{runner.top}/{name}")
            if status:
                raise Wrong(f"{name} is not whole: {said}")


def seen(name, answer):
    """What the program of a one-shot found; the network may have been whose process was killed."""
    found = answer.readings()[0]["seen"]
    return found.splitlines()[-1:] if name == "bridge" else found


def judge(runner, name, before, answer):
    """Nothing is left at the latest after the next start, where `image verify` finds nothing wrong, and no other process
    waits without an end or ends by itself."""
    left = runner.left()
    if left:
        raise Wrong(f"left running: {left}")
    if answer.strayed():
        raise Wrong("a program among the host's files")
    if answer.status < 0 and answer.status != -signal.SIGKILL:
        raise Wrong(f"status {answer.status}")
    if name in sessions.QUIET and answer.status == 0 and seen(name, answer) != seen(name, runner.usual[name]):
        raise Wrong(f"status 0, but its program has seen {seen(name, answer)[:300]}")
    check_files(runner)
    runner.clean(name, before)


def kill_one(runner, name, number, then):
    """Kill whoever makes this call, and whoever makes the then-th call after it, if not 0: who it was, or None."""
    runner.pids = set()
    before = runner.state()
    answer = runner.play(name, (len(KINDS), number, KILLS, then))
    where = runner.page.failed()
    try:
        judge(runner, name, before, answer)
    except Wrong as wrong:
        raise Wrong(f"{wrong}\n#   in {where}, status {answer.status}\n#   {answer.err[-500:]}") from None
    return where


def comm_of(pid):
    """Its name."""
    with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
        return file.read().strip()


def is_program(pid):
    """Whether it is a container's program, and none of Stave's; who cannot be looked at is Stave's."""
    try:
        return "busybox" in os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return False


class Other:
    """At a call of a session the victim-th of Stave's processes gets a signal, whoever makes the call."""

    def __init__(self, runner, victim, signals):
        self.runner, self.victim, self.signals, self.comm = runner, victim, signals, None

    def __call__(self, process):
        page = self.runner.page
        while process.poll() is None and not page.failed():
            time.sleep(0.0005)
        try:
            tree = [pid for pid in tree_of(process.pid) if not is_program(pid)] if page.failed() else []
            if self.victim < len(tree):
                comm = "stave" if self.victim == 0 else comm_of(tree[self.victim])
                for one in self.signals:
                    os.kill(tree[self.victim], one)
                    time.sleep(0.05 if one == signal.SIGSTOP else 0)
                self.comm = comm
        except OSError:
            pass
        page.let_go()


def signal_other(runner, name, number, victim, stop):
    """Kill this process of those that there are at this call, or stop it, the shell for a moment: its name, or None where
    there are not so many."""
    runner.pids = set()
    before = runner.state()
    other = Other(runner, victim, [signal.SIGKILL] if not stop else [signal.SIGSTOP] if victim else
                  [signal.SIGSTOP, signal.SIGCONT])
    answer = runner.play(name, (len(KINDS), number, HOLDS, 0, HURRY if stop else 0), other)
    try:
        judge(runner, name, before, answer)
        if stop and other.comm:
            runner.judge(name, answer)
    except Wrong as wrong:
        raise Wrong(f"{wrong}\n#   {other.comm} had the signal at a call in {runner.page.failed()}, status {answer.status}\n"
                    f"#   {answer.err[-500:]}") from None
    return other.comm and other.comm + (" (a deadline expired)" if stop and answer.expired() else "")


def told(runner, what, kill, *which):
    """The same, with a line of TAP where it went wrong: whoever was killed."""
    try:
        return kill(runner, *which)
    except Wrong as wrong:
        runner.wrong.append(what)
        print(f"# {what}: {wrong}", flush=True)
        return "wrong"


def kills_at(runner, given, name, number):
    """Who was killed at this call, one after the other; nobody: it was not made."""
    if given.each or given.stop:
        for victim in itertools.count():
            what = f"{name} process {victim} {'stopped' if given.stop else 'killed'} at call {number}"
            comm = told(runner, what, signal_other, name, number, victim, given.stop)
            if not comm:
                return
            yield comm
    for then in itertools.count(1, given.then) if given.then else (0,):
        where = told(runner, f"{name} killed at call {number} and {then} after it", kill_one, name, number, then)
        if not where or then and not runner.page.twice():
            return
        yield where[0] if where != "wrong" else where


def play_kills(given, name):
    """kill -9, or SIGSTOP, at the calls of one session: how many, and what went wrong."""
    runner, killed = Runner(given.stave, given.known), collections.Counter()
    try:
        runner.prepare(name)
        for number in itertools.count(given.first, given.kill or given.stop):
            now = list(kills_at(runner, given, name, number))
            runner.cases += len(now)
            killed.update(now)
            if not runner.page.failed():
                break
        print(f"# {name}: {', '.join(f'{count} {comm}' for comm, count in killed.most_common())}", flush=True)
        return name, runner.cases, runner.later, runner.wrong, 0
    except Wrong as wrong:
        return name, runner.cases, runner.later, [f"{name}: {wrong}"], 0
    finally:
        runner.done()
