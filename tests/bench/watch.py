"""What watching costs: the CPU time that the shell itself takes while top or burn cpu draws live."""
import os
import pty
import select
import tempfile
import time

from rows import NotMeasured, Row

SECONDS = 8


def own(pid):
    """Seconds of CPU time of a process with one thread: proc(5), schedstat."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def read_for(fd, seconds):
    """What the terminal is sent for so long."""
    end, said = time.monotonic() + seconds, b""
    while (left := end - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            said += os.read(fd, 65536)
    return said


def watch(stave, env, command, drawn):
    """The share of a CPU that stave takes once command draws, in percent."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(stave, [stave], env)
    read_for(fd, 0.5)
    first = b"" if os.getuid() == 0 else b"unshare user\r"
    os.write(fd, first + b"spawn sleep 60\r" + command + b"\r")
    read_for(fd, 3)
    before, begun = own(pid), time.monotonic()
    said = read_for(fd, SECONDS)
    share = 100 * (own(pid) - before) / (time.monotonic() - begun)
    os.write(fd, b"q")
    read_for(fd, 0.5)
    os.write(fd, b"\025quit\r")
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        pass
    os.close(fd)
    if os.waitpid(pid, 0)[1] or drawn not in said:
        raise NotMeasured(f"{command.decode()} drew nothing")
    return share


def rows(stave, _programs):
    """Less than one percent of a processor is wanted."""
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}
        for command, drawn in ((b"top", b"sleep"), (b"burn cpu 60", b"of a CPU")):
            yield Row(f"watching, by {command.decode()}", "% of a CPU", watch(stave, env, command, drawn), goal=1.0)
