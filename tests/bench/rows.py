"""What the measurements share: a row of the table, runs in a shuffled order, what a run costs.

A row has a figure of Stave's and, where there is one, the limit: what a program costs that does only what
the kernel must be asked for. Both, and the peers, are of one run, in turns, so that what else the machine
does falls on all of them alike."""
import random
import statistics
import subprocess
import time
from typing import Dict, NamedTuple, Optional


class Row(NamedTuple):
    """One line of the table. A goal is one of the ratio to the limit, or, where there is none, of the figure."""

    what: str
    unit: str
    stave: float
    limit: Optional[float] = None
    limit_is: str = ""
    goal: Optional[float] = None
    peers: Dict[str, float] = {}

    @property
    def ratio(self):
        """How many times the limit it is; None without one."""
        return self.stave / self.limit if self.limit else None

    def as_json(self):
        """What --json prints of it."""
        return {**self._asdict(), "ratio": self.ratio}


class NotMeasured(Exception):
    """Says why."""


def used(programs, *argv, env=None):
    """Milliseconds of CPU time that a command and all that it waited for have taken, the peak of its largest
    process in KiB, and the milliseconds until its end."""
    said = subprocess.run([programs["used"], *argv], env=env, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    if said.returncode:
        raise NotMeasured(f"{argv[0]} ended with {said.returncode}")
    microseconds, kib, until = said.stdout.split()
    return float(microseconds) / 1e3, int(kib), float(until) / 1e3


def taken(argv, env=None):
    """Milliseconds of wall time of a command."""
    begin = time.perf_counter()
    subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return 1e3 * (time.perf_counter() - begin)


def in_turns(runs, rounds):
    """{name: what each of its calls returned}: all of them once a round, in an order drawn anew."""
    found = {name: [] for name in runs}
    for _ in range(rounds):
        for name in random.sample(list(runs), len(runs)):
            found[name].append(runs[name]())
    return found


def medians(found):
    """{name: the median} of what in_turns returned."""
    return {name: statistics.median(values) for name, values in found.items()}
