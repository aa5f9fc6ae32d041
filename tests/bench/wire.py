"""What a container's network costs until its program begins, beside a C program that makes the same by bare
system calls: wire.c says what. The lower quartile of each. Between two runs the kernel has time to take away what
the one before has left: that holds the lock that whoever makes an interface waits for. Root measures under
SCHED_FIFO, which keeps other load out; a process of that policy cannot join a control group of cgroup v1's cpu
controller, so the containers have no limits."""
import contextlib
import os
import subprocess
import time

from rows import Row, in_turns, used

ROUNDS = 40


@contextlib.contextmanager
def undisturbed():
    """Before all others, where that is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def until_begun(stave, wire, net, lines=""):
    """Milliseconds from the start of the line, or of the program where it has one line, to its program's."""
    time.sleep(0.15)
    line = f"{lines}!{wire} now\ncontainer --without limits --net {net} -v {wire}:/wire:ro -- /wire now"
    out = subprocess.run([stave, "-q", "-c", line], stdout=subprocess.PIPE, check=True).stdout.split()
    return (float(out[-1]) - float(out[-2])) / 1e3


def bare(wire):
    """Milliseconds of the C program: the router and the wire, and the wire alone."""
    time.sleep(0.15)
    router, wiring = subprocess.run([wire], stdout=subprocess.PIPE, check=True).stdout.split()
    return (float(router) + float(wiring)) / 1e3, float(wiring) / 1e3


def whole(programs, *argv):
    """Milliseconds of CPU time, and of time, that a whole program takes with all that it waits for."""
    time.sleep(0.15)
    cpu, _, until = used(programs, *argv)
    return cpu, until


def quartile(times):
    """The time that a quarter of them is below."""
    return sorted(times)[len(times) // 4]


def rows(stave, programs):
    """The first container, for which the router is made, and a later one: what --net bridge takes more than none."""
    wire = programs["wire"]
    one_shot = [stave, "-q", "-c"]
    network = f"container -d --without limits --net bridge -v {wire}:/wire:ro -- /bin/sleep 9\n"
    with undisturbed():
        times = in_turns({
            "wire": lambda: bare(wire),
            "none": lambda: until_begun(stave, wire, "none"),
            "first": lambda: until_begun(stave, wire, "bridge"),
            "less": lambda: until_begun(stave, wire, "none", network),
            "later": lambda: until_begun(stave, wire, "bridge", network),
            "all": lambda: whole(programs, *one_shot, "container --without limits --net bridge -- /bin/true"),
            "all but it": lambda: whole(programs, *one_shot, "container --without limits -- /bin/true"),
            "bare": lambda: whole(programs, wire),
            "bare but it": lambda: whole(programs, wire, "none"),
        }, ROUNDS)
    both, wiring = quartile([both for both, _ in times["wire"]]), quartile([one for _, one in times["wire"]])
    first = quartile(times["first"]) - quartile(times["none"])
    later = quartile(times["later"]) - quartile(times["less"])
    yield Row("--net bridge: the first container", "ms", first, both, "router and wire by bare calls", 1.3)
    yield Row("--net bridge: a later container", "ms", later, wiring, "a wire by bare calls", 1.3)
    for at, unit in enumerate(("ms of CPU time", "ms")):
        more = {name: quartile([cost[at] for cost in times[name]]) for name in ("all", "all but it", "bare", "bare but it")}
        yield Row("--net bridge: the first, -- true as a whole", unit, more["all"] - more["all but it"],
                  more["bare"] - more["bare but it"], "the whole of it by bare calls", 1.3)
