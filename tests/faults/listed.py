"""What tests/faults/run finds wrong and is not mended yet: `known` beside this file, or another list."""

import sessions


class Listed:
    """Lines "SESSION CALL ERROR: what was seen", without numbers; with "user " before it what an ordinary user
    alone sees. They only go: one that is not seen any more is wrong too."""

    def __init__(self, path, kinds, root=sessions.ROOT):
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
        self.own = {line.removeprefix("user ") for line in lines if line.startswith("user ") != root}
        self.all = self.own | {line for line in lines if not root and not line.startswith("user ")}
        self.seen = set()
        for line in self.all:
            name, call, error = self.head(line)
            if name not in sessions.LINES or error not in dict(kinds).get(call, []):
                raise SystemExit(f"known: no such case: {line}")

    @staticmethod
    def head(line):
        """Session, call and error."""
        name, call, rest = line.split(" ", 2)
        return name, call, rest.split(":")[0]

    def has(self, line):
        """Whether it is listed; it has been seen then."""
        self.seen |= {line} & self.all
        return line in self.all

    def gone(self, name, call, error):
        """What is listed of this call of this session, all of which have been failed, and has not been seen."""
        return sorted(line for line in self.own - self.seen if self.head(line) == (name, call, error))
