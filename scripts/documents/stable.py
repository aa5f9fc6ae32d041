"""Numbers that change from run to run, replaced by others in the order of their appearance."""
import re

RULES = (
    # what, where it starts, how it is found
    ('namespace', 4026532001, re.compile(r'\b(40265[0-9]{5})\b')),
    ('process', 5101, re.compile(r'\b(5[1-9][0-9]{2})\b(?!:)')),
    ('device', 41, re.compile(r'(?<=\b0:)([0-9]+)(?= )')),
    ('inode', 21, re.compile(r'(?<=inode )([0-9]+)')),
)
MOUNT = re.compile(r'^(\s+(?:[-+~] |was: )?)([0-9]+) ([0-9]+)(?= [0-9]+:[0-9]+ /)')
FIXED = (
    (re.compile(r'busybox-[0-9]+-[0-9]+'), 'busybox-1982256-1700000000'),
    (re.compile(r'\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9][0-9] [0-9:]{5}\b'),
     'Jan  1 00:00'),
)
# What differs between machines and kernels, and is not compared.
VARYING = (
    (re.compile(r'(workdir=[^,\s]*),\S*'), r'\1'),
    (re.compile(r'(rw|ro),\S*size=\S*'), r'\1'),
    (re.compile(r'\b[0-9]+m[0-9.]+s\b'), '0m0s'),
    (re.compile(r'^[0-9]{3,}$'), 'N'),
    (re.compile(r'\b[0-9]+ mounts\b'), 'N mounts'),
    (re.compile(r'\b[0-9]{4,5}\b'), 'N'),
    (re.compile(r'\s+'), ' '),
)


class Stable:
    """One for each session: a number that comes again is replaced by the same."""

    def __init__(self):
        self.seen = {}

    def number(self, kind, first, text):
        known = self.seen.setdefault(kind, {})
        return known.setdefault(text, str(first + len(known)))

    def line(self, line):
        found = MOUNT.match(line)
        if found:
            ids = [self.number('mount', 101, text) for text in found.groups()[1:]]
            line = found.group(1) + ' '.join(ids) + line[found.end():]
        for kind, first, pattern in RULES:
            line = pattern.sub(lambda m, k=kind, f=first: self.number(k, f, m.group(1)), line)
        for pattern, text in FIXED:
            line = pattern.sub(text, line)
        return line

    def lines(self, lines):
        return [self.line(line) for line in lines]


def comparable(lines):
    """The lines without what differs between machines."""
    result = []
    for line in lines:
        for pattern, text in VARYING:
            line = pattern.sub(text, line)
        result.append(line.strip())
    return result
