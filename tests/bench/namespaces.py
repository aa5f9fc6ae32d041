#!/usr/bin/python3
"""`ns --all` over thousands of processes, beside lsns(8) in the same run: the least of five each.

usage: namespaces.py STAVE [PROCESSES]    every 50th process is in namespaces of its own, where this
user may make them; each has eight descriptors more than it needs."""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time

ROUNDS, EVERY, DESCRIPTORS = 5, 50, 8
CLONE = {"uts": 0x04000000, "ipc": 0x08000000, "net": 0x40000000}


def make(count):
    """Processes that wait; their pids."""
    libc, pids = ctypes.CDLL(None), []
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            if number % EVERY == 0:
                libc.unshare(sum(CLONE.values()))
            for _ in range(DESCRIPTORS):
                os.open("/dev/null", os.O_RDONLY)
            signal.pause()
            os._exit(0)
        pids.append(pid)
    time.sleep(1)
    return pids


def least(argv):
    """Seconds of the fastest run."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def main():
    """Measure and print."""
    if not shutil.which("lsns"):
        sys.exit("ns --all: not measured, lsns is not installed")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    pids = make(count)
    try:
        stave, lsns = least([sys.argv[1], "-q", "-c", "ns --all"]), least(["lsns"])
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    print(f"ns --all, {count} processes     {stave:.2f} s   lsns {lsns:.2f} s   ratio {stave / lsns:.2f}")


main()
