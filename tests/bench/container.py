"""A whole container, beside container.c, which makes an equal one by bare system calls, and bwrap(1)."""
import glob
import os
import shutil
import tempfile

from rows import NotMeasured, Row, in_turns, medians, used

ROUNDS = int(os.environ.get("ROUNDS", "60"))
# docker's rules depend on the capabilities that are left.
KEEP = "caps keep chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service sys_chroot setfcap"
BWRAP = ("--unshare-pid", "--unshare-uts", "--unshare-ipc", "--unshare-cgroup", "--unshare-net", "--proc",
         "/proc", "--dev", "/dev", "--hostname", "box", "--cap-drop", "ALL")


def root_of(stave, programs):
    """The folder of the default root, which the first container makes."""
    used(programs, stave, "-q", "-c", "container -- /bin/true")
    data = "/var/lib" if os.geteuid() == 0 else os.path.expanduser("~/.local/share")
    roots = sorted(glob.glob(f"{os.environ.get('XDG_DATA_HOME', data)}/stave/busybox-*"), key=os.path.getmtime)
    if not roots:
        raise NotMeasured("the default root is not where it was looked for")
    return roots[-1]


def rows(stave, programs):
    """CPU time, and the peak of the largest process."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="stave-bench.", dir="/var/tmp") as work, \
            tempfile.TemporaryDirectory(prefix=f"stave-bench-{os.getpid()}.", dir=memory) as quick:
        first = "" if os.geteuid() == 0 else "unshare user\n"
        used(programs, stave, "-q", "-c", f"{first}{KEEP}\nseccomp export docker bpf {work}/filter")
        # As they are installed: what ld(1) has written lies in the page cache in other pieces than a copy does.
        mine, least = shutil.copy(stave, f"{work}/stave"), shutil.copy(programs["container"], f"{work}/container")
        os.makedirs(f"{work}/run", mode=0o700)
        yield from beside(mine, programs, (least, f"{work}/filter"), (quick, f"{work}/run"))


def beside(stave, programs, limit, folders):
    """The rows, the limit with Stave's own filter. The runtime folder is in memory, as XDG has it, or on a disk."""
    root = root_of(stave, programs)
    quick, disk = ({**os.environ, "XDG_RUNTIME_DIR": folder} for folder in folders)
    runs = {
        "stave": lambda: used(programs, stave, "-q", "-c", "container -- /bin/true", env=quick),
        "disk": lambda: used(programs, stave, "-q", "-c", "container -- /bin/true", env=disk),
        "limit": lambda: used(programs, limit[0], root, limit[1], "/bin/true"),
    }
    if shutil.which("bwrap"):
        runs["bwrap"] = lambda: used(programs, "bwrap", "--bind", root, "/", *BWRAP, "/bin/true")
    found = in_turns(runs, ROUNDS)
    cpu, wall = (medians({name: [cost[which] for cost in costs] for name, costs in found.items()}) for which in (0, 2))
    peak = {name: max(cost[1] for cost in costs) for name, costs in found.items()}
    peers = {name: value for name, value in cpu.items() if name not in ("stave", "disk", "limit")}
    yield Row("container -- true", "ms of CPU time", cpu["stave"], cpu["limit"], "equal by bare calls", 1.25, peers)
    yield Row("the same, until its end", "ms", wall["stave"], wall["limit"], "equal by bare calls", 1.25)
    yield Row("the same, its runtime folder on a disk", "ms of CPU time", cpu["disk"], cpu["limit"], "equal by bare calls")
    yield Row("the same, memory of its largest process", "KiB", peak["stave"], goal=2048)
