"""Lines by the program's own grammar, as stave --describe tells it: valid, nearly valid and wrong ones. Nothing in them
asks for the host, for its tracing, or for a place outside the folder that they are made for."""

import re
import shlex

# Words that are no lines of a script, or whose line is the host's; options and choices that are the host's.
WORDS = {"!", "quit", "shell"}
NEVER = {"--on-host", "--from-host", "--kernel", "--interactive", "pin", "unpin", "keep-going"}
HARMLESS = {"verify": ["hostname", "mount", "unshare-mnt", "chroot", "cwd", "exe", "descriptors", "nothing"],
            "kill": ["%1", "%1 KILL", "%1 STOP", "%1 CONT", "cask", "%9", "99999999", "nothing", "%1 nothing", "1", ""],
            "save": ["../out/x", "../out/none/x", "''", "A", "../out"],
            "burn": ["cpu 1", "pids 3", "memory 1M", "cpu 0", "cpu x", "memory", "cpu 1 -w 2"]}

LONG = "n" * 300
PLACES = ["A", "B", "C", "D", "t", "root", "new/deep", "A/d", "nowhere", ".", "A/../B", "A/file", "link", "loop",
          "A/file/x", LONG, "C/" + "d/" * 60, "a b", "\x1b[31mred", "é", ""]
NAMES = ["a", "b", "cask", "eth0", "lo", "br0", "one", "one:latest", "busybox", "UPPER", "a/b:c", "-", "--", "*",
         "a b", "a,b", "a:b", "é", "\x1b[31m", LONG, ""]
NUMBERS = ["0", "1", "2", "3", "10", "-1", "1.5", "20%", "64M", "1k", "max", "4294967296", "18446744073709551616", "1e9",
           "0x10", "nothing", ""]
ADDRESSES = ["10.9.0.1", "10.9.0.0/24", "10.9.0.1/24", "::1", "fd00::/64", "0.0.0.0", "default", "256.1.1.1",
             "10.9.0.1/33", "8080:80", "127.0.0.1:8081:80/udp", "70000:1", "x"]
POOLS = {
    "path": PLACES, "host-path": PLACES + NAMES + ["../a.tar", "../b.tar", "lines", "../out.oci"],
    "namespace": ["mnt", "pid", "uts", "ipc", "net", "user", "cgroup", "time", "all", "nothing"],
    "process": ["host", "child", "main", "cask", "%1", "%9", "0", "-1", "99999999", "nothing"],
    "number": NUMBERS, "signal": ["TERM", "KILL", "STOP", "CONT", "0", "99", "SIGHUP", "nothing"],
    "capability": ["sys_admin", "cap_net_raw", "all", "setuid", "41", "64", "nothing"],
    "system-call": ["mount", "umount2", "keyctl", "9999", "nothing"],
    "check": ["mnt own", "uts own", "not pid own", "mnt own and net own", "(", "hostname x", "run true", "nothing"],
    "lesson": ["01", "02", "nothing", ""],
    "program": ["true", "false", "nothing", "sh -c 'exit 3'", "sh -c 'echo hi'", "sh -c 'kill -9 $$'", "sleep 0.1",
                "./A", "sh -c 'ulimit -n 3; exec true'", "''"],
    "names": NAMES, "addresses": ADDRESSES,
    "settings": ["A=b", "A", "=", "PATH=", "cpu.max=max", "nodev,ro", "bind", "ro,size=1M", "remount"],
    "types": ["tmpfs", "proc", "ramfs", "overlay", "mqueue", "nothing", ""],
}
HINTS = [("TYPE", "types"), ("SIZE", "number"), ("QUOTA", "number"), ("PERIOD", "number"), ("CPUS", "number"), ("MEMS", "number"),
         ("BYTES", "number"), ("SECONDS", "number"), ("ADDR", "addresses"), ("PREFIX", "addresses"), ("PORT", "addresses"),
         ("GATEWAY", "addresses"), ("SRC", "path"), ("DST", "path"), ("K=V", "settings"), ("OPT", "settings"),
         ("VALUE", "settings"), ("TARGET", "process"), ("PID", "process"), ("container:", "names")]


class Grammar:
    """The words of a description, and lines made of them."""

    def __init__(self, described, rng):
        self.rng = rng
        self.words = [word for word in described["words"] if word["name"] not in WORDS]
        self.never = [word for word in described["words"] if word["name"] in WORDS]
        self.errors = {error["id"] for error in described["errors"]}
        self.of_a_call = re.compile(r"[A-Za-z0-9_-]+\.E[A-Z0-9]+")
        self.runs = {word["name"] for word in described["words"]
                     if any(argument["kind"] == "program" for argument in word["arguments"])} | {"seccomp", "caps", "source"}

    def pool_of(self, name, kind):
        """Which values an argument of this name and kind takes."""
        if kind in (None, "text"):
            for part, pool in HINTS:
                if part in name:
                    return pool
            return "number" if name == "N" else "names"
        return kind

    def value(self, name, kind, choices):
        """One value, most often one that fits."""
        chance = self.rng.random()
        allowed = [choice["name"] for choice in choices if choice["name"] not in NEVER]
        if allowed and chance < 0.8:
            return self.rng.choice(allowed)
        if chance > 0.95:
            kind = self.rng.choice(list(POOLS))
        if kind == "command":
            return self.rng.choice(self.words)["name"]
        pool = POOLS.get(self.pool_of(name, kind), NAMES)
        return self.rng.choice(pool)

    def spell(self, value, kind):
        """As it is typed: programs and checks are several words already."""
        return value if kind in ("program", "check") else shlex.quote(value)

    def arguments(self, specs):
        """The words for these arguments; a choice brings arguments of its own."""
        typed, chosen = [], None
        for spec in specs:
            if spec["optional"] and self.rng.random() < 0.4:
                continue
            for _ in range(self.rng.choice([1, 1, 1, 2, 4]) if spec["many"] else 1):
                value = self.value(spec["name"], spec["kind"], spec["choices"] or [])
                typed.append(self.spell(value, spec["kind"]))
                for choice in spec["choices"] or []:
                    if choice["name"] == value and choice.get("arguments"):
                        chosen = value
                        typed += self.arguments(choice["arguments"])[0]
        return typed, chosen

    def options(self, word, chosen):
        """Some of its options; those of another choice now and then."""
        typed = []
        for option in word["options"]:
            fits = option["of"] is None or chosen in (option["of"] or "").split(", ")
            if option["name"] in NEVER or self.rng.random() > (0.12 if fits else 0.02):
                continue
            name = f"-{option['letter']}" if option["letter"] and self.rng.random() < 0.3 else option["name"]
            typed.append(name)
            if option["value"] and self.rng.random() < 0.95:
                value = shlex.quote(self.value(option["value"], option["kind"], option["choices"] or []))
                if option["name"] in ("--seconds", "--workers"):
                    value = self.rng.choice(["1", "0", "x"])
                if name.startswith("--") and self.rng.random() < 0.3:
                    typed[-1] += "=" + value
                else:
                    typed.append(value)
        return typed

    def shorten(self, name):
        """A beginning of a word, unless it could be one that is never typed."""
        part = name[:self.rng.randint(1, len(name))]
        return name if any(word["name"].startswith(part) for word in self.never) else part

    def spoil(self, line):
        """A line with a fault; none that leaves a quote open, which would take in the next line, or is the host's."""
        at = self.rng.randrange(len(line) + 1)
        kind = self.rng.randrange(4)
        if kind == 0:
            spoiled = line[:at] + line[at + 1:]
        elif kind == 1:
            spoiled = line[:at] + self.rng.choice(" ;|&<>$#{}()*?~=,:-\t") + line[at:]
        elif kind == 2:
            spoiled = line[:at]
        else:
            words = line.split(" ")
            words.insert(self.rng.randrange(len(words) + 1), self.rng.choice(words))
            spoiled = " ".join(words)
        quotes = re.sub(r"[^'\"\\]", "", spoiled)
        unsafe = any(re.search(rf"(^|[;&|])\s*{re.escape(part)}", spoiled) for part in ("!", "q", "sh"))
        return line if quotes != re.sub(r"[^'\"\\]", "", line) or quotes.count("'") % 2 or unsafe or \
            any(never in spoiled and never not in line for never in NEVER) or \
            any(word in line for word in HARMLESS) or " export " in line else spoiled

    def line(self):
        """The next one."""
        word = self.rng.choice(self.words)
        name = word["name"]
        if name in HARMLESS:
            return f"{name} {self.rng.choice(HARMLESS[name])}"
        typed, chosen = self.arguments(word["arguments"])
        options = self.options(word, chosen)
        if self.rng.random() < 0.1:
            name = self.shorten(name)
        if name == "top":
            options.append("--once")
        if self.rng.random() < 0.15:
            typed = typed[:-1]
        elif self.rng.random() < 0.05:
            typed.append(self.spell(self.value("X", self.rng.choice(list(POOLS)), []), "text"))
        if "export" in typed:
            typed = [word for word in typed if word != "export"][:-1]
            typed = ["export", *typed, self.rng.choice(HARMLESS["save"])]
        line = " ".join([name, *options, *typed])
        return self.spoil(line) if self.rng.random() < 0.15 else line
