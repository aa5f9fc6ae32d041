"""Import of an image of 200 MiB in 20 layers, beside umoci unpack."""
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

from rows import NotMeasured, Row

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e"))
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
    """All below a process."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            below = [int(child) for child in file.read().split()]
    except OSError:
        return []
    return below + [pid for child in below for pid in children(child)]


def memory(pid):
    """KiB of a process's own: what it shares with its parent counts there."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (OSError, ValueError):
        return 0


def run(command, environment, watched):
    """Seconds, and KiB of memory at its highest where it is watched, which takes time of its own."""
    start, most = time.monotonic(), 0
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        while watched and process.poll() is None:
            most = max(most, sum(memory(pid) for pid in [process.pid] + children(process.pid)))
            time.sleep(0.02)
    if process.returncode:
        raise NotMeasured(f"{command[0]} ended with {process.returncode}")
    return time.monotonic() - start, most


def unpack(environment, turn):
    """Seconds of the same by umoci."""
    rootless = ["--rootless"] if os.geteuid() else []
    seconds = run(["umoci", "unpack", *rootless, "--image", "oci:t", f"b{turn}"], environment, False)[0]
    subprocess.run(["rm", "-rf", f"b{turn}"], check=True)
    return seconds


def rows(stave, _programs):
    """The import, and the memory of all its processes together at its highest."""
    times, others = [], []
    with tempfile.TemporaryDirectory(prefix="stave-bench.") as work:
        before = os.getcwd()
        os.chdir(work)
        try:
            make("oci")
            environment = dict(os.environ, XDG_DATA_HOME=f"{work}/data", HOME=work)
            environment.pop("SUDO_UID", None)
            for turn in range(ROUNDS + 1):
                shutil.rmtree("data", ignore_errors=True)
                seconds, kib = run([stave, "-q", "-c", "image import oci"], environment, turn == 0)
                most = kib if turn == 0 else most
                times += [seconds] if turn else []
                if turn and shutil.which("umoci"):
                    others.append(unpack(environment, turn))
        finally:
            os.chdir(before)
    yield Row("image import, 200 MiB in 20 layers", "s", min(times), min(others) if others else None, "umoci unpack")
    yield Row("the same, memory of all processes", "MiB", most / 1024)
