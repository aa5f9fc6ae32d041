#!/usr/bin/env python3
"""Import of an image of 200 MiB in 20 layers, beside umoci unpack where that is installed: the best
of three each, and the memory of all processes of the import together at its highest."""
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e"))
sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from oci import Layout, entry, tar  # noqa: E402

LAYERS, SIZE, ROUNDS = 20, 200 << 20, 3


def make(folder):
    """Files as an image has them: many small ones, some large; they compress to a third."""
    dice, layers = random.Random(7), []
    words = [dice.randbytes(64) for _ in range(400)]
    for layer in range(LAYERS):
        entries = [entry(f"l{layer}/d{d}", tarfile.DIRTYPE) for d in range(10)]
        total = 0
        while total < SIZE // LAYERS:
            size = dice.choice([300, 2000, 8000, 20000, 200000])
            data = b"".join(dice.choice(words) for _ in range(size // 64 + 1))[:size]
            entries.append(entry(f"l{layer}/d{len(entries) % 10}/f{len(entries)}", data=data))
            total += size
        layers.append(tar(*entries))
    layout = Layout(folder)
    layout.index(layout.image(layers))


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            below = [int(child) for child in file.read().split()]
    except OSError:
        return []
    return below + [pid for child in below for pid in children(child)]


def memory(pid):
    """KiB of a process's own: what it shares with its parent counts there."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (OSError, ValueError):
        return 0


def run(command, environment, watched):
    start, most = time.monotonic(), 0
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if watched:
                most = max(most, sum(memory(pid) for pid in [process.pid] + children(process.pid)))
            time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return time.monotonic() - start, most


def main():
    stave = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="stave-bench.") as work:
        os.chdir(work)
        make("oci")
        environment = dict(os.environ, XDG_DATA_HOME=f"{work}/data", HOME=work)
        environment.pop("SUDO_UID", None)
        times, others, most = [], [], 0
        for turn in range(ROUNDS):
            shutil.rmtree("data", ignore_errors=True)
            seconds, kib = run([stave, "-q", "-c", "image import oci"], environment, turn == 0)
            # Watching it takes time of its own.
            times += [seconds] if turn else []
            most = max(most, kib)
            if shutil.which("umoci"):
                rootless = ["--rootless"] if os.geteuid() else []
                others.append(run(["umoci", "unpack", *rootless, "--image", "oci:t", f"b{turn}"],
                                  environment, False)[0])
                subprocess.run(["rm", "-rf", f"b{turn}"], check=True)
        print(f"image import, 200 MiB in 20 layers {min(times):.2f} s, {most / 1024:.0f} MiB of memory", end="")
        print(f"; umoci unpack {min(others):.2f} s: {min(times) / min(others):.2f} of it" if others else "")


if __name__ == "__main__":
    main()
