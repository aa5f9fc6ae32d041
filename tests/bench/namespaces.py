"""`ns --all` over thousands of processes, beside lsns(8)."""
import ctypes
import os
import shutil
import signal

from rows import NotMeasured, Row, in_turns, taken

ROUNDS, EVERY, DESCRIPTORS, PROCESSES = 5, 50, 8, 5000
CLONE = {"uts": 0x04000000, "ipc": 0x08000000, "net": 0x40000000}


def wait_apart(libc, number, ready):
    """A process that waits, every 50th in namespaces of its own where that is allowed."""
    if number % EVERY == 0:
        libc.unshare(sum(CLONE.values()))
    for _ in range(DESCRIPTORS):
        os.open("/dev/null", os.O_RDONLY)
    os.close(ready)
    signal.pause()
    os._exit(0)


def make(count):
    """Processes that wait, each with more descriptors than it needs; their pids."""
    libc, pids = ctypes.CDLL(None), []
    begun, ready = os.pipe()
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            os.close(begun)
            wait_apart(libc, number, ready)
        pids.append(pid)
    os.close(ready)
    os.read(begun, 1)  # the end of file: each of them waits
    os.close(begun)
    return pids


def end(pids):
    """End what make() began."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def rows(stave, _programs):
    """The goal is not to be slower than lsns."""
    if not shutil.which("lsns"):
        raise NotMeasured("lsns is not installed")
    pids = make(PROCESSES)
    try:
        found = in_turns({"stave": lambda: taken([stave, "-q", "-c", "ns --all"]),
                          "lsns": lambda: taken(["lsns"])}, ROUNDS)
    finally:
        end(pids)
    yield Row(f"ns --all, {PROCESSES} processes", "ms", min(found["stave"]), min(found["lsns"]), "lsns", 1.0)
