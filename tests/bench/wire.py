#!/usr/bin/python3
"""What a container's network costs until its program begins, beside a C program that makes just that by bare
netlink: a namespace for the router, a bridge, a wire, addresses, a route. In turns, in a shuffled order;
the least of each, and medians.

usage: wire.py STAVE WIRE [ROUNDS]"""
import random
import subprocess
import sys
import time


def until_begun(stave, wire, net, lines=""):
    """Milliseconds from the start of the line, or of the program where it has one line, to its program's."""
    line = f"{lines}!{wire} now\ncontainer --net {net} -v {wire}:/wire:ro -- /wire now"
    out = subprocess.run([stave, "-q", "-c", line], stdout=subprocess.PIPE, check=True).stdout.split()
    return (float(out[-1]) - float(out[-2])) / 1e3


def bare(wire):
    """Milliseconds of the C program: the router's namespace, the wiring; and with the child's namespace."""
    begin = time.perf_counter()
    out = [float(word) for word in subprocess.run([wire, "1"], stdout=subprocess.PIPE, check=True).stdout.split()]
    assert time.perf_counter() > begin
    return (out[0] + out[2]) / 1e3, out[2] / 1e3


def main():
    """Measure and print."""
    stave, wire = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    network = f"container -d --net bridge -v {wire}:/wire:ro -- /bin/sleep 9\n"
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
    for what, of in (("least", min), ("median", lambda all_: sorted(all_)[len(all_) // 2])):
        whole, wiring = of([t[0] for t in times["wire"]]), of([t[1] for t in times["wire"]])
        first, later = of(times["first"]) - of(times["none"]), of(times["later"]) - of(times["less"])
        print(f"--net bridge, {what:6}  with the router {first:6.1f} ms, bare {whole:5.1f} ms, ratio {first / whole:.2f}"
              f"   a later container {later:6.1f} ms, bare {wiring:5.1f} ms, ratio {later / wiring:.2f}")


main()
