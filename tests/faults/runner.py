"""Sessions of tests/faults/run, played one after the other in a world of their own, and what is wrong with them."""

import ctypes
import errno
import json
import mmap
import os
import re
import signal
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../soak"]
from soak import World, Wrong  # noqa: E402
import sessions  # noqa: E402
from listed import Listed  # noqa: E402

MOST = 20  # seconds for a session, on an idle machine
BUSY = 1 + os.getloadavg()[0] / os.cpu_count()


def read_kinds():
    """What can fail, in the order of the page: name and errors."""
    with open(f"{HERE}/calls.h", encoding="ascii") as file:
        found = re.findall(r'^(CALL|NUMBER)\((\w+),(?: \w+,)? "(.*)"\)', file.read(), re.M)
    return [(name if what == "CALL" else f"syscall:{name}", errors.split())
            for what, name, errors in found]


KINDS = read_kinds()


class Page:
    """What calls.c shares: which call fails, and how many of each kind were made."""

    last = ((20 + 4 * len(KINDS) + 16 + 7) & ~7) + 20  # its member `then`

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.truncate(mmap.PAGESIZE)
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def arm(self, kind=0, number=0, error=0, then=0, hurry=0):
        """kind is an index into KINDS; no error: none fails. hurry: how many seconds pass in one."""
        self.memory[:] = bytes(mmap.PAGESIZE)
        self.memory[self.last:self.last + 12] = struct.pack("3I", then, 0, hurry)
        self.memory[:12] = struct.pack("3I", kind, number, error)

    def failed(self):
        """Where it failed, or None."""
        failed, pid = struct.unpack("2I", self.memory[12:20])
        at = 20 + 4 * len(KINDS)
        caller = struct.unpack("Q", self.memory[(at + 16 + 7) & ~7:][:8])[0]
        comm = self.memory[at:at + 16].split(b"\0")[0].decode(errors="replace")
        return (comm, pid, caller) if failed else None

    def shared(self):
        """How many clones shared the memory of who made them."""
        return struct.unpack("I", self.memory[self.last - 8:self.last - 4])[0]

    def let_go(self):
        """Whoever waits goes on."""
        self.memory[self.last - 4:self.last] = bytes(4)

    def twice(self):
        """Whether another was killed after the first."""
        return struct.unpack("I", self.memory[12:16])[0] == 2

    def made(self):
        """How many calls of each kind were made."""
        return struct.unpack(f"{len(KINDS)}I", self.memory[20:20 + 4 * len(KINDS)])


class Answer:
    """How a session went: its status, the objects, and standard error."""

    def __init__(self, status, out, err):
        self.status, self.err, self.lines, self.odd = status, err, [], None
        for line in out.splitlines():
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.odd = line

    def strayed(self):
        """Whether a program that was meant for a container has run among the host's files."""
        return sessions.STRAYED in [self.status] + [line.get("status") for line in self.lines]

    def expired(self):
        """Whether an error is a deadline that has expired."""
        return "ETIMEDOUT" in self.err or any((line.get("error") or {}).get("errno") == "ETIMEDOUT" for line in self.lines)

    def readings(self):
        """What each line found, without what differs from run to run."""
        kept = ("line", "ok", "mountinfo", "privileges", "output", "status")
        parts = ("ns", "walls")
        return [{key: plain(json.dumps(line.get(key))) for key in kept} |
                {f"{part} {key}": plain(json.dumps(value)) for part in parts
                 for key, value in line.get(part, {}).items()} for line in self.lines]


# Said where nothing else can be told any more, or yet.
UNTOLD = "^stave: (out of memory|poll or open of standard|write to standard output)"


class Quiet(Answer):
    """The same of a line that was told with -q: what its program saw, and the error of standard error."""

    def __init__(self, status, out, err, line):
        super().__init__(status, "", err)
        ids = re.findall(r"^stave: trace errors: (\S+)", err, re.M)
        said = re.findall(r"^stave: (?!trace)(.*)", err, re.M)
        self.lines = [] if re.search(UNTOLD, err, re.M) else [{"line": line, "ok": status == 0, "output": out,
                       "error": status and {"id": "".join(ids[:1]), "what": "".join(said[:1])}}]

    def readings(self):
        """Numbers of mounts and devices, and the runtime folder, are the run's own."""
        if not self.lines:
            return []
        seen = re.sub(r"^\d+ \d+ \d+:\d+ |(/[^\s\":=,]*)?/(run/stave|stave/run)/|(/tmp)?/stave-\d+/?", "", self.lines[0]["output"], flags=re.M)
        return [{"ok": self.lines[0]["ok"], "seen": seen}]


def unseen(key, now, line):
    """Whether the line says that it could not look: null where a value was to be, or a note."""
    return now and ('"own": null' in now or '"joined": null' in now or '"changed": null' in now or '"added": null' in now or '"total": null' in now or key.startswith("walls ") and
                    now == "null") or "could not be looked at" in line.get("note", "")


def without_notes(text):
    """Output, as JSON, without the lines that say what could not be done, and without what an import tells of the
    layers that it unpacks: where it cannot see that the store has them, it unpacks them once more."""
    notes = "could not|cannot|with their owners recorded|left out"
    lines = (text or "").strip('"').split("\\n")
    return "\\n".join(line for line in lines if not re.search(notes, line))


def plain(text):
    """Numbers, digests, the runtime folder and the widths of columns are the run's own."""
    text = re.sub(r"\\n {8,}", "", text)  # what goes on in the next line, because it is longer than its column
    text = text.replace("\\n", "\\n ")  # as JSON has it: no letter of the word that follows
    text = re.sub(r"/[^\s\":=]*/(run/stave|stave/run)/|/tmp/stave-\d+/", "/run/stave/", text)
    return re.sub(r" +", " ", re.sub(r"\d+", "N", re.sub(r"\b[0-9a-f]{12,64}\b", "H", text)))


def parted(text, other):
    """From a little before where it is another."""
    text, other = str(text), str(other)
    at = max(len(os.path.commonprefix([text, other])) - 80, 0)
    return ("..." if at else "") + text[at:at + 300]


class Runner(World):
    """Sessions one after the other in one world."""

    def __init__(self, stave, known):
        set_subreaper = 36  # PR_SET_CHILD_SUBREAPER: whoever is left is ours to find
        ctypes.CDLL(None).prctl(set_subreaper, 1, 0, 0, 0)
        super().__init__(stave, apart=False)
        sessions.make(self.top)
        self.page = Page(f"{self.top}/page")
        self.env.update(STAVE_FAULTS=self.page.path, STAVE_TRACE="errors", TMPDIR=f"{self.top}/tmp")
        os.mkdir(f"{self.top}/tmp")
        self.cases = self.later = self.known = 0
        self.listed = Listed(known, KINDS)
        self.pids = set()
        self.usual, self.stable, self.places, self.wrong = {}, {}, {}, []

    def play(self, name, arm=(0, 0, 0, 0), meanwhile=None):
        """One session, of which a call may fail; meanwhile(process) is called when it has been started."""
        sessions.make_place(self.top)
        self.page.arm(*arm)
        text = "\n".join(sessions.LINES[name]).format(top=self.top)
        quiet = name in sessions.QUIET
        process = self.start(["-q" if quiet else "--json", "-y", "-c", text], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pids.add(str(process.pid))
        if meanwhile:
            meanwhile(process)
        try:
            out, err = process.communicate(timeout=MOST * BUSY)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.left()
            raise Wrong("no end") from None
        said = process.returncode, out.decode(errors="replace"), err.decode(errors="replace")
        return Quiet(*said, text) if quiet else Answer(*said)

    def left(self):
        """End and count the processes that outlive their session by two seconds."""
        end, found = time.monotonic() + 2 * BUSY, []
        while True:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    if time.monotonic() > end:
                        found += self.end_children()
                        continue
                    time.sleep(0.005)
            except ChildProcessError:
                return found

    @staticmethod
    def end_children():
        """SIGKILL for each child of this process; their names."""
        names = []
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            for pid in file.read().split():
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                    names.append(stat.read()[:60])
                os.kill(int(pid), signal.SIGKILL)
                os.waitpid(int(pid), 0)
        return names

    def state(self):
        """What a session may not change."""
        found = set()
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            found |= {"mount " + re.sub(r"( - .*) r[ow]\b", r"\1", line.split(" ", 2)[2])  # that is of the whole machine
                      for line in file if sessions.ROOT or self.top in line}
        with open("/proc/thread-self/net/dev", encoding="ascii", errors="replace") as file:
            found |= {"interface " + line.split(":")[0].strip() for line in file if ":" in line}
        with open("/proc/sys/kernel/hostname", encoding="utf-8") as file:
            found.add("hostname " + file.read())
        for top in ("run", "tmp", "data/stave/scratch", "data/stave/images"):
            for folder, folders, files in os.walk(f"{self.top}/{top}"):
                found |= {f"file {folder}/{one}" for one in folders + files}
        for root in ["/sys/fs/cgroup"] + [one.path for one in os.scandir("/sys/fs/cgroup")
                                          if one.is_dir()]:
            found |= {f"cgroup {one.path}" for one in os.scandir(root) if re.match(r"stave-\d", one.name)}
        for root in ("/sys/kernel/tracing/instances", "/sys/kernel/debug/tracing/instances"):
            if sessions.ROOT and os.path.isdir(root):
                found |= {f"cgroup {one.path}" for one in os.scandir(root) if re.match(r"stave-\d", one.name)}
        return found

    def more(self, before):
        """What is there now and was not, but for groups of other sessions of this machine."""
        return {line for line in self.state() - before if not line.startswith("cgroup ") or
                re.search(r"/stave-(\d+)", line).group(1) in self.pids}

    def judge(self, name, answer):
        """Wrong, unless the session went as usual or says why not."""
        usual = self.usual[name]
        if answer.strayed():
            raise Wrong("a program among the host's files")
        if answer.status < 0 or answer.status > 127:
            raise Wrong(f"status {answer.status}")
        died = r"SIG(SEGV|ABRT|BUS|ILL|FPE)|Sanitizer|runtime error"
        if re.search(died, answer.err) or re.search(died, json.dumps(answer.lines)) and \
                not re.search(died, json.dumps(usual.lines)):
            raise Wrong("a crash")
        if answer.odd:
            raise Wrong(f"no JSON: {answer.odd[:200]}")
        bad = [line for line in answer.lines if not line.get("ok")]
        if not bad and answer.status == usual.status:
            if len(answer.lines) != len(usual.lines):
                raise Wrong(f"{len(answer.lines)} lines answered, status {answer.status}")
            for line, now, then in zip(answer.lines, answer.readings(), self.stable[name]):
                for key, value in then.items():
                    if now.get(key) != value and not unseen(key, now.get(key), line) and \
                            (key != "output" or without_notes(now.get(key)) not in (without_notes(value), "")
                             and without_notes(now.get(key)) == now.get(key, "").strip('"')):
                        raise Wrong(f"{line.get('line')}: {key} is {parted(now.get(key), value)}\n"
                                    f"#   not {parted(value, now.get(key))}")
            return
        if answer.status == 0:
            raise Wrong(f"status 0 though a line failed: {json.dumps(bad[0])[:300]}")
        for line in bad:
            error = line.get("error") or {}
            if not error.get("id") or not error.get("what"):
                raise Wrong(f"{line.get('line')} failed without an id: {json.dumps(error)}")
        if not bad and "trace errors: " not in answer.err and "stave: " not in answer.err:
            raise Wrong(f"status {answer.status} and no error; {answer.err[:200]}")
        first = next((line["line"] for line in bad if line["line"]), "")  # what could not be read is no line
        own = first.split(" ")[0] in ("container", "run", "exec")
        if answer.status not in ((1, 125, 126, 127) if own else (1,) if first else (125,)) and \
                not (answer.status == 125 and re.search(UNTOLD, answer.err, re.M)):
            raise Wrong(f"status {answer.status}: {first} {answer.err[:200]}")
        last = first == sessions.LINES[name][-1].format(top=self.top)
        if own and last and answer.status == 1:
            raise Wrong(f"status 1, not 125: {first}: {json.dumps(bad[0]['error'])}")

    def fail(self, name, kind, number, error):
        """One case: whether the call was made at all."""
        self.pids = set()
        before = self.state()
        answer = self.play(name, (kind, number, getattr(errno, error)))
        left = self.left()
        where = self.page.failed()
        try:
            if left:
                raise Wrong(f"left running: {left}")
            if where:
                self.judge(name, answer)
            self.clean(name, before)
        except Wrong as wrong:
            raise Wrong(f"{wrong}\n#   in {where}\n#   " +
                        "\n#   ".join(answer.err.splitlines()[-8:])) from None
        return where

    def clean(self, name, before):
        """Nothing more is there, at the latest when Stave has been started again; the store can be read."""
        self.later += bool(self.more(before))
        status, said = self.again("image ls; volume ls; image verify")
        if status:
            raise Wrong(f"no start after it: {said}")
        for where, what in (("images", "one:latest"), ("images", "two:latest"), ("volumes", "vv")):
            if os.path.exists(f"{self.top}/data/stave/{where}/{what}"):
                status, said = self.again(f"{where[:-1]} rm {what}")
                if status:
                    raise Wrong(f"what is left of {what}: {said}")
        self.left()
        more = self.more(before) | (self.place() - self.places[name])
        if more:
            raise Wrong(f"left: {sorted(more)}")

    def again(self, text):
        """A start of which no call fails."""
        self.page.memory[8:12] = bytes(4)
        return self.run(["-q", "-k", "-c", text], MOST * BUSY)


    def prepare(self, name):
        """How the session goes when no call fails, and what is the same each time: None when it cannot be
        played here."""
        answers = [self.play(name) for _ in range(3) if not self.left()]
        made = self.page.made()
        self.usual[name] = answers[-1]
        if answers[-1].status or len(answers) < 3:
            raise Wrong(f"{name} is not played here: {(answers[-1].lines or [{}])[-1].get('error')} {answers[-1].err}")
        first, *others = [answer.readings() for answer in answers]
        self.stable[name] = [
            {key: value for key, value in line.items() if all(other[at][key] == value for other in others)}
            for at, line in enumerate(first)]
        if name in sessions.QUIET and "seen" not in self.stable[name][0]:
            raise Wrong(f"{name} does not see the same each time")
        if sessions.QUIET.get(name) and self.page.shared() != 1:
            raise Wrong(f"{name}: {self.page.shared()} children shared the shell's memory")
        self.places[name] = self.place()
        return made

    def place(self):
        """What is in the folder that sessions work in."""
        return {f"{folder}/{one}" for folder, folders, files in os.walk(".") for one in folders + files}

    def tell(self, name, kind, number, error):
        """The case, and a line of TAP where it went wrong: whether the call was made."""
        try:
            where = self.fail(name, kind, number, error)
            self.cases += bool(where)
            return where
        except Wrong as wrong:
            reached = self.page.failed() is not None
            self.cases += 1
            seen = plain(str(wrong).split("\n", maxsplit=1)[0].split(" is ")[0].replace(self.top, "TOP"))[:100]
            listed = f"{name} {KINDS[kind][0]} {error}: {seen}".rstrip()
            if self.listed.has(listed):
                self.known += 1
                print(f"# known: {listed} ({number})", flush=True)
                return reached
            self.wrong.append(f"{name} {KINDS[kind][0]} {number} {error}")
            print(f"# {self.wrong[-1]}: {wrong}\n# listed as: {listed}", flush=True)
            return reached
