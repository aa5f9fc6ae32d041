"""What grows with what: CPU time at 10, 100, 1000 and 10,000 of a kind, and what one of them costs as a ratio
to what one costs at the size before: 1.00 is linear, more grows faster."""
import os
import subprocess
import tempfile

import namespaces
from rows import used

SIZES = (10, 100, 1000, 10000)


def of_script(stave, programs, lines):
    """CPU milliseconds of a whole script, of which not a word is printed."""
    with tempfile.NamedTemporaryFile("w", suffix=".stave") as file:
        file.write("unshare user mnt uts\n" if os.getuid() else "unshare mnt uts\n")
        file.writelines(line + "\n" for line in lines)
        file.flush()
        return used(programs, stave, "-q", file.name)[0]


def folders(below, count):
    """So many empty folders."""
    made = [f"{below}/{number}" for number in range(count)]
    for folder in made:
        os.mkdir(folder)
    return made


def of_steps(stave, programs, count):
    """Steps that change no mount."""
    return of_script(stave, programs, [f"hostname h{number}" for number in range(count)])


def of_mounts(stave, programs, count):
    """Steps that add a mount each, beside the others."""
    with tempfile.TemporaryDirectory() as work:
        return of_script(stave, programs, [f"mount tmpfs {folder}" for folder in folders(work, count)])


def of_pile(stave, programs, count):
    """Steps that add a mount each, on the one before."""
    with tempfile.TemporaryDirectory() as work:
        return of_script(stave, programs, [f"mount tmpfs {work}"] * count)


def of_layers(stave, programs, count):
    """A union of so many."""
    with tempfile.TemporaryDirectory() as work:
        return of_script(stave, programs, [f"union {' '.join(folders(work, count))} {work}/union"])


def of_files(stave, programs, count):
    """`diff` of a union with so many changed files in its writable layer."""
    with tempfile.TemporaryDirectory() as work:
        lower, upper = f"{work}/lower", f"{work}/upper"
        for folder in (lower, upper):
            os.mkdir(folder)
            for number in range(count):
                with open(f"{folder}/{number}", "w", encoding="ascii") as file:
                    file.write(folder)
        return of_script(stave, programs, [f"union {lower} {work}/union --upper {upper}", "diff"])


def of_processes(stave, programs, count):
    """`ns --all` among so many."""
    pids = namespaces.make(count)
    try:
        return used(programs, stave, "-q", "-c", "ns --all")[0]
    finally:
        namespaces.end(pids)


def of_sessions(stave, programs, count):
    """A container beside sessions that are open, each with a step; no more than a machine has room for."""
    shells = []
    try:
        for _ in range(count):
            shells.append(subprocess.Popen([stave, "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        for shell in shells:
            shell.stdin.write("unshare uts\n!echo open\n" if os.getuid() == 0 else "unshare user\n!echo open\n")
            shell.stdin.flush()
        for shell in shells:
            while "open" not in shell.stdout.readline():
                pass
        return min(used(programs, stave, "-q", "-c", "container -- /bin/true")[0] for _ in range(5))
    finally:
        for shell in shells:
            shell.stdin.close()
        for shell in shells:
            shell.wait()


KINDS = {
    "steps": (of_steps, SIZES),
    "mounts": (of_mounts, SIZES[:3] + (5000,)),
    "mounts in a pile": (of_pile, SIZES[:3] + (5000,)),
    "layers": (of_layers, SIZES[:2] + (500,)),
    "changed files": (of_files, SIZES),
    "processes": (of_processes, SIZES),
    "open sessions": (of_sessions, SIZES[:2] + (500,)),
}


def growth(stave, programs, out):
    """Print the table: a row for each kind, what one more costs at each size."""
    for kind, (measure, sizes) in KINDS.items():
        found = [measure(stave, programs, size) for size in sizes]
        cells = []
        for at, (size, cost) in enumerate(zip(sizes, found)):
            ratio = "" if at == 0 else f" ({(cost / size) / (found[at - 1] / sizes[at - 1]):.2f})"
            cells.append(f"{size}: {cost:.1f}{ratio}")
        print(f"{kind:<18}" + "  ".join(f"{cell:<20}" for cell in cells), file=out, flush=True)
