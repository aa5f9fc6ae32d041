"""From start to the first prompt, on a pseudo-terminal, beside a program that prints a line there."""
import os
import pty
import shutil
import tempfile
import time

from rows import NotMeasured, Row, in_turns, medians

ROUNDS = 60


def until(argv, wanted, keys, env):
    """Milliseconds from fork until WANTED was read, and the program's end after KEYS."""
    begin = time.perf_counter()
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, env)
    said = b""
    try:
        while wanted not in said and (piece := os.read(fd, 4096)):
            said += piece
        seen = time.perf_counter()
        os.write(fd, keys)
        while os.read(fd, 4096):
            pass
    except OSError:
        pass
    os.close(fd)
    if os.waitpid(pid, 0)[1] or wanted not in said:
        raise NotMeasured(f"{argv[0]} did not come to its prompt")
    return 1e3 * (seen - begin)


def rows(stave, programs):
    """Start to prompt: the goal is 1.5 of a static program that says hello."""
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}
        runs = {
            "stave": lambda: until([stave], b"> ", b"quit\n", env),
            "hello": lambda: until([programs["hello"]], b"hello", b"\n", env),
        }
        if shutil.which("sqlite3"):
            runs["sqlite3"] = lambda: until(["sqlite3"], b"sqlite>", b".quit\n", env)
        found = medians(in_turns(runs, ROUNDS))
    peers = {name: value for name, value in found.items() if name not in ("stave", "hello")}
    yield Row("start to prompt", "ms", found["stave"], found["hello"], "a static program that says hello", 1.5, peers)
