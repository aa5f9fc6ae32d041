#!/usr/bin/python3
"""From start to prompt and quit, on a pseudo-terminal, beside `sqlite3 :memory: .quit`.

usage: start.py STAVE    prints medians of interleaved runs and their ratio."""
import os
import pty
import shutil
import statistics
import sys
import tempfile
import time

ROUNDS = 60


def run(argv, keys, env):
    """Seconds from fork to the end, on a pseudo-terminal that has the keys already."""
    begin = time.perf_counter()
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, env)
    os.write(fd, keys)
    try:
        while os.read(fd, 4096):
            pass
    except OSError:
        pass
    status = os.waitpid(pid, 0)[1]
    end = time.perf_counter()
    os.close(fd)
    if status:
        sys.exit(f"{argv[0]} ended with status {status}")
    return end - begin


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not shutil.which("sqlite3"):
        sys.exit("start: sqlite3 is not installed, nothing to compare with")
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(run([os.path.abspath(sys.argv[1])], b"quit\n", env))
            theirs.append(run(["sqlite3", ":memory:", ".quit"], b"", env))
    stave, sqlite = statistics.median(ours), statistics.median(theirs)
    print(f"start to prompt and quit           median {stave * 1e6:6.0f} us  "
          f"sqlite3 :memory: .quit {sqlite * 1e6:6.0f} us  ratio {stave / sqlite:.2f}")


main()
