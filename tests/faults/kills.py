"""kill -9 of whoever makes a call of a session, and of whoever makes a call after that."""

import collections
import itertools
import os
import signal

from runner import KINDS, Runner, Wrong
import sessions


def check_files(runner):
    """What export and save have written is whole, or not there."""
    for name, line in (("out.oci", "image import ../out.oci back; image rm back"), ("saved", "source ../saved")):
        if os.path.exists(f"{runner.top}/{name}"):
            status, said = runner.again(line)
            os.unlink(f"{runner.top}/{name}")
            if status:
                raise Wrong(f"{name} is not whole: {said}")


def kill_one(runner, name, number, then):
    """Kill whoever makes this call, and whoever makes the then-th call after it, if not 0: who it was, or None. Nothing is
    left at the latest after the next start, where `image verify` finds nothing wrong, and no other process waits without
    an end or ends by itself."""
    runner.pids = set()
    before = runner.state()
    answer = runner.play(name, (len(KINDS), number, 1, then))
    left, where = runner.left(), runner.page.failed()
    try:
        if left:
            raise Wrong(f"left running: {left}")
        if answer.status < 0 and answer.status != -signal.SIGKILL:
            raise Wrong(f"status {answer.status}")
        if name in sessions.QUIET and answer.status == 0 and answer.readings() != runner.usual[name].readings():
            raise Wrong("status 0, but its program has not seen what it should")
        check_files(runner)
        runner.clean(name, before)
    except Wrong as wrong:
        raise Wrong(f"{wrong}\n#   in {where}, status {answer.status}\n#   {answer.err[-500:]}") from None
    return where


def kill_and_tell(runner, name, number, then):
    """The same, with a line of TAP where it went wrong."""
    try:
        return kill_one(runner, name, number, then)
    except Wrong as wrong:
        runner.wrong.append(f"{name} killed at call {number}" + (f" and at call {then} after it" if then else ""))
        print(f"# {runner.wrong[-1]}: {wrong}", flush=True)
        return runner.page.failed()


def play_kills(given, name):
    """kill -9 at the calls of one session: how many, and what went wrong."""
    runner, killed = Runner(given.stave, given.known), collections.Counter()
    try:
        runner.prepare(name)
        for number in itertools.count(given.first, given.kill):
            for then in itertools.count(1, given.then) if given.then else (0,):
                where = kill_and_tell(runner, name, number, then)
                if not where or then and not runner.page.twice():
                    break
                runner.cases += 1
                killed[where[0]] += 1
            if not where:
                break
        print(f"# {name}: {', '.join(f'{count} {comm}' for comm, count in killed.most_common())}", flush=True)
        return name, runner.cases, runner.later, runner.wrong, 0
    except Wrong as wrong:
        return name, runner.cases, runner.later, [f"{name}: {wrong}"], 0
    finally:
        runner.done()
