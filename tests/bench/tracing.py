"""`trace --calls SET` beside strace of the same set: a program's CPU time and the time until its end, with what follows it
and what starts and tells. ROUNDS=100 in the environment for more of them."""
import os
import shutil
import statistics

from rows import NotMeasured, Row, in_turns, used

ROUNDS = int(os.environ.get("ROUNDS", "20"))
# As Stave's programs have it: what ls(1) looks for depends on it.
CLEAN = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "TERM": "dumb"}
LOOP = "i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i+1)); done"


def cases(calls):
    """What is traced: a name, the set, whether only what fails, and the program as one word of sh(1) each."""
    yield "no call of the set, a short program", "mount", False, [calls, "getppid", "1"]
    yield "no call of the set, 20000 others", "mount", False, [calls, "getppid", "20000"]
    yield "20000 getppid", "getppid", False, [calls, "getppid", "20000"]
    yield "20000 openat that fail", "openat", False, [calls, "openat", "20000"]
    yield "the same, --failed", "openat", True, [calls, "openat", "20000"]
    yield "ls -lR /usr/share/doc", "openat,statx", False, ["ls", "-lR", "/usr/share/doc"]
    yield "the same, --failed", "openat,statx", True, ["ls", "-lR", "/usr/share/doc"]
    yield "100 x /bin/true, no call of the set", "mount,umount2,pivot_root,unshare,setns", False, ["sh", "-c", LOOP]
    yield "100 x /bin/true, openat and execve", "openat,execve", False, ["sh", "-c", LOOP]
    yield "100 x /bin/true, five calls", "openat,execve,access,newfstatat,readlink", False, ["sh", "-c", LOOP]


def quoted(words):
    """For a line of Stave's."""
    return " ".join("'" + word + "'" for word in words)


def rows(stave, programs):
    """The goal is to be faster than strace. The ratio is the median of those of the rounds: each has one of both."""
    if not shutil.which("strace"):
        raise NotMeasured("strace is not installed")
    for name, calls, failed, program in cases(programs["calls"]):
        line = f"trace {'--failed ' if failed else ''}--calls {calls} {quoted(program)}"
        strace = ["strace", "-f", "--seccomp-bpf", *(["-Z"] if failed else []), "-e", f"trace={calls}", "-o", "/dev/null"]
        found = in_turns({"stave": lambda line=line: used(programs, stave, "-q", "-c", line, env=CLEAN),
                          "strace": lambda argv=(*strace, *program): used(programs, *argv, env=CLEAN)}, ROUNDS)
        for what, i in (("ms of CPU time", 0), ("ms", 2)):
            limit = statistics.median(run[i] for run in found["strace"])
            ratio = statistics.median(one[i] / other[i] for one, other in zip(found["stave"], found["strace"]))
            yield Row(f"trace: {name}", what, ratio * limit, limit, "strace", 1.0)
