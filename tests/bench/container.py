"""A whole container, beside container.c, which makes an equal one by bare system calls, and bwrap(1)."""
import glob
import os
import shutil
import tempfile

from rows import NotMeasured, Row, in_turns, medians, used

ROUNDS = 60
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
    with tempfile.TemporaryDirectory(prefix="stave-bench.") as work:
        used(programs, stave, "-q", "-c", f"{KEEP}\nseccomp export docker bpf {work}/filter")
        yield from beside(stave, programs, f"{work}/filter")


def beside(stave, programs, bytes_of_filter):
    """The two rows, the limit with Stave's own filter."""
    root = root_of(stave, programs)
    runs = {
        "stave": lambda: used(programs, stave, "-q", "-c", "container -- /bin/true"),
        "limit": lambda: used(programs, programs["container"], root, bytes_of_filter, "/bin/true"),
    }
    if shutil.which("bwrap"):
        runs["bwrap"] = lambda: used(programs, "bwrap", "--bind", root, "/", *BWRAP, "/bin/true")
    found = in_turns(runs, ROUNDS)
    cpu = medians({name: [cost[0] for cost in costs] for name, costs in found.items()})
    peak = {name: max(cost[1] for cost in costs) for name, costs in found.items()}
    peers = {name: value for name, value in cpu.items() if name not in ("stave", "limit")}
    yield Row("container -- true", "ms of CPU time", cpu["stave"], cpu["limit"], "equal by bare calls", 1.25, peers)
    yield Row("the same, memory of its largest process", "KiB", peak["stave"], goal=2048)
