"""Random lines in one session: by a few patterns, or by all of the grammar."""

import collections
import json
import os
import subprocess
import time

from deaths import make_archive
from grammar import Grammar
from world import Session, Wrong

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


PATIENCE = 20  # seconds for a line of the grammar, and again after each of three SIGINT
EACH = 25      # lines between resets
SESSION = 250  # lines of a session


def check_answer(grammar, line, answer):
    """An error has an id of the list, and its texts move no cursor."""
    error = answer["error"]
    if answer["ok"] != (error is None):
        raise Wrong(f"ok is {answer['ok']} with the error {error}: {line}")
    if error is None:
        return None
    if error["id"] not in grammar.errors and not grammar.of_a_call.fullmatch(error["id"]):
        raise Wrong(f"the error {error['id']} is not in --describe: {line}")
    for key in ("what", "cause", "why", "fix"):
        if any(ord(char) < 32 and char != "\n" or ord(char) == 127 for char in error[key]):
            raise Wrong(f"control characters in {key}, {error[key]!r}: {line}")
    return error["id"]


def check_once(world, grammar, line):
    """The line as all of a program: its status is one of the manual page's."""
    with open("../once.err", "wb") as err:
        process = world.start(["-q", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
        try:
            status = process.wait(4 * PATIENCE)
        except subprocess.TimeoutExpired:
            process.terminate()
            status = process.wait(PATIENCE)
    check_silent("../once.err", line)
    word = line.split(" ")[0]
    ran = any(name.startswith(word) for name in grammar.runs)
    if status < 0 or status not in (0, 1) and not ran:
        raise Wrong(f"status {status} of: {line}")


def check_silent(path, line):
    """No sanitizer has said anything."""
    with open(path, encoding="utf-8", errors="replace") as file:
        said = file.read()
    if "Sanitizer" in said or "runtime error:" in said or "stack smashing" in said:
        raise Wrong(f"{said[-6000:]}\nat: {line}")


def make_place():
    """What the lines of the grammar find beside the usual folders."""
    for name in "ab":
        make_archive(f"../{name}.tar", name)
    os.makedirs("../out")
    for path, content in (("A/file", "x\n"), ("lines", "version\nunshare nothing\nsource lines\n")):
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
    os.symlink("/nowhere/at/all", "link")
    os.symlink("loop", "loop")


def one_session(world, grammar, most, end, tally):
    """Some lines, and the host as it was; what they were stands in ../told."""
    with open("../said", "wb") as err, open("../told", "w", encoding="utf-8") as told:
        session = Session(world, stderr=err)
        for number in range(most):
            line = grammar.line()
            told.write(line + "\n")
            told.flush()
            answers, interrupted = session.tell_any(line, PATIENCE)
            for answer in answers:
                tally[check_answer(grammar, line, answer)] += 1
            tally["interrupted"] += interrupted
            if interrupted:
                tally["interrupted: " + line[:60]] += 1
            if session.process.poll() is not None:
                os.close(session.lines)
                return number + 1
            if number % EACH == EACH - 1:
                session.tell_any("reset", PATIENCE)
            if time.monotonic() > end:
                break
        session.tell_any("reset", PATIENCE)
        session.end()
        if session.process.returncode not in (0, 1, 2, 3, 125, 126, 127, 137):
            raise Wrong(f"the session ended with {session.process.returncode}")
    check_silent("../said", "the lines of ../told")
    return number + 1


def grammar_lines(world, rng, rounds, end):
    """Lines of the whole grammar, in sessions; some as programs of their own."""
    make_place()
    described = json.loads(world.run(["--describe"])[1])
    grammar, tally, done, once = Grammar(described, rng), collections.Counter(), 0, 0
    world.before = world.host()
    while done < rounds and time.monotonic() < end:
        try:
            done += one_session(world, grammar, min(SESSION, rounds - done), end, tally)
        except Wrong as wrong:
            with open("../told", encoding="utf-8") as told:
                raise Wrong(f"{wrong}\nits last lines:\n" + "".join(told.readlines()[-EACH:])) from None
        for _ in range(5):
            check_once(world, grammar, grammar.line())
            once += 1
        world.run(["-q", "-c", "version"])
        world.check_host(f"after {done} lines")
    slow = [f"{count} x {what}" for what, count in tally.items() if what and str(what).startswith("interrupted: ")]
    failed = sum(count for what, count in tally.items() if what and not str(what).startswith("interrupted"))
    kinds = len([what for what in tally if what and not str(what).startswith("interrupted")])
    return f"{done} lines and {once} as programs; {tally[None]} answers well, {failed} errors of {kinds} ids, " \
        f"{tally['interrupted']} ended by SIGINT {slow or ''}"
