#!/usr/bin/python3
"""What a container's network costs until its program begins, beside a C program that makes the same by bare
system calls: wire.c says what. In turns, in a shuffled order; the least, the lower quartile and the median of
each. Between two runs the kernel has time to take away what the one before has left: that holds the lock that
whoever makes an interface waits for. Root measures under SCHED_FIFO, which keeps other load out; a process of
that policy cannot join a control group of cgroup v1's cpu controller, so the containers have no limits.

usage: wire.py STAVE WIRE [ROUNDS]"""
import os
import random
import subprocess
import sys
import time


def until_begun(stave, wire, net, lines=""):
    """Milliseconds from the start of the line, or of the program where it has one line, to its program's."""
    line = f"{lines}!{wire} now\ncontainer --without limits --net {net} -v {wire}:/wire:ro -- /wire now"
    out = subprocess.run([stave, "-q", "-c", line], stdout=subprocess.PIPE, check=True).stdout.split()
    return (float(out[-1]) - float(out[-2])) / 1e3


def bare(wire):
    """Milliseconds of the C program: the router and the wire, and the wire alone."""
    router, wiring = subprocess.run([wire], stdout=subprocess.PIPE, check=True).stdout.split()
    return (float(router) + float(wiring)) / 1e3, float(wiring) / 1e3


def quantile(times, share):
    """The time that this share of them is below."""
    return sorted(times)[int(len(times) * share)]


def main():
    """Measure and print."""
    stave, wire = sys.argv[1], sys.argv[2]
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except PermissionError:
        pass
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    network = f"container -d --without limits --net bridge -v {wire}:/wire:ro -- /bin/sleep 9\n"
    runs = {
        "wire": lambda: bare(wire),
        "none": lambda: until_begun(stave, wire, "none"),
        "first": lambda: until_begun(stave, wire, "bridge"),
        "less": lambda: until_begun(stave, wire, "none", network),
        "later": lambda: until_begun(stave, wire, "bridge", network),
    }
    times = {name: [] for name in runs}
    for _ in range(rounds):
        for name in random.sample(list(runs), len(runs)):
            times[name].append(runs[name]())
            time.sleep(0.15)
    for what, share in (("least", 0), ("quartile", 0.25), ("median", 0.5)):
        whole = quantile([t[0] for t in times["wire"]], share)
        wiring = quantile([t[1] for t in times["wire"]], share)
        first = quantile(times["first"], share) - quantile(times["none"], share)
        later = quantile(times["later"], share) - quantile(times["less"], share)
        print(f"--net bridge, {what:8}  with the router {first:6.1f} ms, bare {whole:5.1f} ms, ratio {first / whole:.2f}"
              f"   a later container {later:6.1f} ms, bare {wiring:5.1f} ms, ratio {later / wiring:.2f}")


main()
