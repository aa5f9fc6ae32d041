"""A world of one's own to try things in, the host as it was before, and a session that is told its lines."""

import ctypes
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
MOST = 30  # seconds that one line, one start or one end may take


class Wrong(Exception):
    """What should not be."""


def leave_the_host():
    """What goes wrong here shall not reach the host's own mounts, names, System V objects and
    interfaces; host() looks at this world's, which stand for them."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mnt, new_uts, new_ipc, new_net = 0x00020000, 0x04000000, 0x08000000, 0x40000000
    recursive, private = 0x4000, 0x40000
    if libc.unshare(new_mnt | new_uts | new_ipc | new_net) < 0 or \
            libc.mount(None, b"/", None, recursive | private, None) < 0:
        raise OSError(ctypes.get_errno(), "unshare or mount")


def leave_the_processes(top):
    """Nor shall it reach the host's processes and files, but for control groups: processes of an own
    pid namespace, a root that is read-only, and at top and /run files in memory. Called after
    leave_the_host(); returns in the new init."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_pid, new_mnt, remount_bind_ro = 0x20000000, 0x00020000, 32 | 4096 | 1
    if libc.unshare(new_pid) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    inner = os.fork()
    if inner:
        status = os.waitpid(inner, 0)[1]
        os.rmdir(top)
        os._exit(os.waitstatus_to_exitcode(status) % 256)
    if libc.unshare(new_mnt) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for mount in ((b"proc", b"/proc", b"proc", 0, None), (b"tmpfs", b"/run", b"tmpfs", 0, None),
                  (b"tmpfs", top.encode(), b"tmpfs", 0, b"mode=755,size=2g"),
                  (None, b"/", None, remount_bind_ro, None)):
        if libc.mount(*mount[:3], ctypes.c_ulong(mount[3]), mount[4]) < 0:
            raise OSError(ctypes.get_errno(), "mount", mount[1])


OPTIONS = {"nosuid": 2, "nodev": 4, "noexec": 8, "noatime": 1024, "nodiratime": 2048, "relatime": 1 << 21}
KERNELS = ("proc", "sysfs", "cgroup", "cgroup2", "tracefs", "debugfs", "bpf", "mqueue", "securityfs")


def keep_files(top):
    """Nor its files, but for those of top: every other file system is read-only, so that a line that was meant for a
    container and runs among the host's files changes none. Called after leave_the_host()."""
    libc = ctypes.CDLL(None, use_errno=True)
    bind, remount_bind_ro = 4096, 32 | 4096 | 1
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        mounts = [line.split(" - ") for line in file]
    for before, after in mounts:
        place, options = before.split()[4:6]
        place = place.encode(errors="surrogateescape").decode("unicode_escape").encode("latin-1")
        if after.split()[0] in KERNELS or not os.path.ismount(place):
            continue
        flags = sum(OPTIONS.get(option, 0) for option in options.split(","))
        if libc.mount(None, place, None, ctypes.c_ulong(remount_bind_ro | flags), None) < 0:
            raise OSError(ctypes.get_errno(), "mount", place)
    if libc.mount(top.encode(), top.encode(), None, ctypes.c_ulong(bind), None) < 0 or \
            libc.mount(None, top.encode(), None, ctypes.c_ulong(32 | bind), None) < 0:
        raise OSError(ctypes.get_errno(), "mount", top)


class Ended(Wrong):
    """The shell has ended before its lines did, with this status."""

    def __init__(self, status, what):
        super().__init__(f"the shell ended ({status}) {what}")
        self.status = status


class World:
    """A home, a runtime folder and a store of one's own, and the host as it was before."""

    def __init__(self, stave, apart):
        """apart: as root, with processes and files of its own too."""
        self.stave, self.outside = os.path.realpath(stave), None
        if os.geteuid() == 0:
            self.outside = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
            leave_the_host()
        self.top = tempfile.mkdtemp(prefix="stave-soak.")
        if apart and os.geteuid() == 0:
            leave_the_processes(self.top)
        elif os.geteuid() == 0:
            keep_files(self.top)
        os.chmod(self.top, 0o755)
        for name in ("home", "run", "data", "state", "place"):
            os.mkdir(f"{self.top}/{name}", 0o700)
        os.chdir(f"{self.top}/place")
        for name in ("A/d", "B/d", "C", "D", "root", "t"):
            os.makedirs(name)
        self.env = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "LC_ALL": "C.UTF-8",
                    "HOME": f"{self.top}/home", "XDG_RUNTIME_DIR": f"{self.top}/run",
                    "XDG_DATA_HOME": f"{self.top}/data", "XDG_STATE_HOME": f"{self.top}/state"}
        self.apart = apart and os.geteuid() == 0
        self.mark = str(os.getpid() * 1000 + 7)
        self.before = self.host()

    def start(self, args, **more):
        """Start Stave; what it starts bears the mark."""
        def mark():
            hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]
            resource.setrlimit(resource.RLIMIT_RTTIME, (int(self.mark), hard))
        return subprocess.Popen([self.stave, *args], env=self.env, preexec_fn=mark, **more)

    def run(self, args, most=MOST):
        """Run it to its end: its status and what it printed."""
        process = self.start(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        try:
            said = process.communicate(timeout=most)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Wrong(f"no end within {most} s: {args}") from None
        return process.returncode, said.decode(errors="replace")

    def host(self):
        """What of the host could be changed: tests/host-state, and this world's folders."""
        said = subprocess.run([f"{HERE}/../host-state", self.mark], env=self.env,
                              capture_output=True, text=True, check=True).stdout.splitlines()
        for folder, folders, files in os.walk(f"{self.top}/place"):
            said += [f"place {folder}/{name}" for name in folders + files]
        ours = os.geteuid() == 0
        return {line for line in said
                if not (line.startswith("mount ") and not ours and "stave-soak." not in line)
                and " /tmp/stave-e2e" not in line
                and not (self.apart and line.startswith("cgroup ") and not self.is_ours(line))}

    @staticmethod
    def is_ours(line):
        """Whether a group is a session's of this pid namespace, whose number stands in the name."""
        number = line.rsplit("/stave-", 1)[-1].split("-")[0].split("/")[0]
        own = os.stat("/proc/self/ns/pid").st_ino - 0xf0000000 + 1
        return number.isdigit() and int(number) // 10000000 == own

    def check_host(self, what):
        """Nothing is there that was not before; the dead may take a moment."""
        for _ in range(150):
            more = self.host() - self.before
            if not [line for line in more if not line.startswith("cgroup ")
                    or self.is_mine(line)]:
                return
            time.sleep(0.02)
        raise Wrong(f"{what}: the host has more than before: {sorted(more)}")

    def is_mine(self, line):
        """Another test's session may have groups of its own just now."""
        parts = line.rsplit("/stave-", 1)
        pid = parts[-1].split("-")[0] if len(parts) > 1 else ""
        return not (pid.isdigit() and os.path.exists(f"/proc/{pid}"))

    def done(self):
        """Take the folder away, where the host's files can be changed."""
        os.chdir("/")
        if self.outside is not None and not self.apart:
            new_mnt = 0x00020000
            if ctypes.CDLL(None, use_errno=True).setns(self.outside, new_mnt) < 0:
                raise OSError(ctypes.get_errno(), "setns")
        shutil.rmtree(self.top, ignore_errors=True)


def tree_of(pid):
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            with open(f"/proc/{one}/task/{one}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


class Session:
    """A shell that is told its lines one by one, each of which has to be answered."""

    def __init__(self, world, *more, stderr=subprocess.DEVNULL):
        """Its lines come by a pipe that no program of its own has."""
        lines, self.lines = os.pipe()
        self.process = world.start(["--json", "-k", *more, f"/dev/fd/{lines}"], pass_fds=(lines,),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=stderr)
        os.close(lines)
        self.rest, self.marks = b"", 0

    def answer(self, line, most=MOST):
        """The next answer, to this line; None for none in time."""
        end = time.monotonic() + most
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise Ended(self.process.wait(), f"at: {line}")
            self.rest += more
        answer, self.rest = self.rest.split(b"\n", 1)
        return json.loads(answer)

    def write(self, line):
        """Without its answer."""
        try:
            os.write(self.lines, line.encode() + b"\n")
        except BrokenPipeError:
            raise Ended(self.process.wait(), f"before: {line}") from None

    def tell(self, line):
        """The answer as an object, to a line that has one."""
        self.write(line)
        answer = self.answer(line)
        if answer is None:
            raise Wrong(f"no answer within {MOST} s to: {line}")
        return answer

    def tell_any(self, line, patience):
        """The answers, however many there are, and whether it took a SIGINT to get them, which may
        end the shell instead: it is a script's."""
        self.marks += 1
        mark = f"explain mark-{self.marks}"
        self.write(line)
        self.write(mark)
        answers, interrupted = [], 0
        while True:
            try:
                answer = self.answer(line, patience)
            except Ended as ended:
                if not interrupted or ended.status != 128 + signal.SIGINT:
                    raise
                return answers, True
            if answer is None and interrupted < 3:
                self.process.send_signal(signal.SIGINT)
                interrupted += 1
            elif answer is None:
                raise Wrong(f"no answer within {patience} s, nor after SIGINT, to: {line}")
            elif answer.get("line") == mark:
                return answers, interrupted > 0
            else:
                answers.append(answer)

    def end(self):
        """By the end of its input."""
        os.close(self.lines)
        try:
            self.process.wait(MOST)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Wrong("no end after the end of input") from None

    def figures(self):
        """Descriptors and KiB of private memory of the shell and its janitor."""
        fds = memory = 0
        for pid in tree_of(self.process.pid):
            with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                comm = file.read().strip()
            if pid != self.process.pid and not comm.startswith("stave-janitor"):
                continue
            fds += len(os.listdir(f"/proc/{pid}/fd"))
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                fields = file.read().split()
            memory += (int(fields[1]) - int(fields[2])) * 4
        return fds, memory
