"""Numbers that change from run to run, replaced by others in the order of their appearance."""
import hashlib
import re

NUMBERS = (
    # what, where it starts, how it is found
    ('namespace', 4026532001, re.compile(r'\b(40265[0-9]{5})\b')),
    ('process', 5101, re.compile(r'\b(5[1-9][0-9]{2})\b(?!:)')),
    ('device', 41, re.compile(r'(?:(?<=\(device 0:)|(?<=（设备 0:))([0-9]+)')),
    ('inode', 21, re.compile(r'(?<=inode )([0-9]+)')),
)
STARTS = dict({kind: start for kind, start, _ in NUMBERS}, mount=101, digest=1)
# A digest, or its beginning as the name of an image or layer.
DIGEST = re.compile(r'\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b')
# A line of mountinfo: mark, id, parent, device, root, mount point.
MOUNT = re.compile(r'^( +(?:[-+~] |was: |原来：)?)([0-9]+) ([0-9]+) ([0-9]+):([0-9]+) (/\S*) (/\S*)')
OUT_OF_SIGHT = '100'  # the parent of what is mounted at /
FRESH_CHILD = re.compile(r'[0-9]+ (?:steps? stands?, |步有效，)')
FIXED = (
    # uname -rv
    (re.compile(r'^[0-9]+\.[0-9]+\S* #[0-9]+.*$'), '6.1.0 #1 SMP PREEMPT_DYNAMIC Debian 6.1.128-1'),
    # The name of a session in a pid namespace of its own has that namespace's number in it.
    (re.compile(r'\bstave-[0-9]{7,}'), 'stave-5100'),
    (re.compile(r'busybox-[0-9]+-[0-9]+'), 'busybox-1982256-1700000000'),
    (re.compile(r'\b20[0-9]{2}-[0-9]{2}-[0-9]{2}(?=$|[T\s])'), '2024-01-01'),
    (re.compile(r'(?<=2024-01-01T)[0-9:]+Z?'), '00:00'),
    (re.compile(r'\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9][0-9] [0-9:]{5}\b'),
     'Jan  1 00:00'),
)
# What differs between machines and kernels, and is not compared.
VARYING = (
    # Where a line is cut depends on how long the numbers before are.
    (re.compile(r'\S*…$'), '…'),
    (re.compile(r'^\s+([-+~]|was:|原来：)? ?[0-9]+ [0-9]+ [0-9]+:[0-9]+ /'), r'\1 ID PARENT DEVICE /'),
    (re.compile(r' (was:|原来：) ?[0-9]+ [0-9]+ [0-9]+:[0-9]+ /'), r' \1 ID PARENT DEVICE /'),
    (re.compile(r'\bdevice 0:[0-9]+'), 'device'),
    (re.compile(r'设备 0:[0-9]+'), 'device'),
    (re.compile(r'(workdir=[^,\s]*),\S*'), r'\1'),
    (re.compile(r'(rw|ro),\S*size=\S*'), r'\1'),
    (re.compile(r'\b[0-9]+m[0-9.]+s\b'), '0m0s'),
    (re.compile(r'\b[0-9.]+ [KMG]iB\b'), 'N MiB'),
    (re.compile(r',inode64\b'), ''),
    (re.compile(r'^[0-9]{2,}$'), 'N'),
    (re.compile(r'\b[0-9]+ mounts\b'), 'N mounts'),
    (re.compile(r'\b[0-9]+ 个挂载'), 'N mounts'),
    (re.compile(r'\b[0-9]{4,5}\b'), 'N'),
    (re.compile(r'\s+'), ' '),
)


class Stable:
    """One for each session: a number that comes again is replaced by the same."""

    def __init__(self):
        self.seen = {kind: {} for kind in STARTS}
        self.next = dict(STARTS)

    def number(self, kind, text, new=False):
        """The kernel gives numbers of mounts and devices out again: new is for those that are."""
        known = self.seen[kind]
        if new or text not in known:
            known[text] = str(self.next[kind])
            self.next[kind] += 1
        return known[text]

    def digest(self, text):
        """Another digest, the same for one that is shown whole and for its beginning."""
        number = self.number('digest', text[:12])
        return hashlib.sha256(number.encode()).hexdigest()[:len(text)]

    def mount(self, found, after):
        mark, own, parent, major, minor, root, point = found.groups()
        was = MOUNT.match(after)
        new = '+' in mark or ('~' in mark and was is not None and was.group(2) != own)
        if major == '0':
            minor = self.number('device', minor, new and root == '/')
        own = self.number('mount', own, new)
        parent = OUT_OF_SIGHT if point == '/' else self.number('mount', parent)
        return '%s%s %s %s:%s %s %s' % (mark, own, parent, major, minor, root, point)

    def line(self, line, after=''):
        """A line with other numbers; after is the one below it."""
        found = MOUNT.match(line)
        if FRESH_CHILD.match(line):
            self.seen['mount'], self.seen['device'] = {}, {}
        if found:
            line = self.mount(found, after) + line[found.end():]
        line = DIGEST.sub(lambda m: self.digest(m.group()), line)
        for kind, _, pattern in NUMBERS:
            line = pattern.sub(lambda m, k=kind: self.number(k, m.group(1)), line)
        for pattern, text in FIXED:
            line = pattern.sub(text, line)
        return line

    def lines(self, lines):
        return [self.line(line, after) for line, after in zip(lines, lines[1:] + [''])]


def unfolded(lines):
    """A call or a command that goes on in the next rows is one line again: where it is broken
    depends on how long the numbers in it are."""
    result = ['']
    for line in lines:
        last = result[-1]
        if not line.startswith(' ' * 5) or not last.startswith(' ') or last.endswith('…'):
            result.append(line)
        elif result[-1].endswith('"') and line.lstrip().startswith('"'):
            result[-1] = result[-1][:-1] + line.lstrip()[1:]
        else:
            result[-1] += ('' if result[-1].endswith('|') else ' ') + line.lstrip()
    return result[1:]


def comparable(lines):
    """The lines without what differs between machines."""
    result = []
    for line in unfolded(lines):
        for pattern, text in VARYING:
            line = pattern.sub(text, line)
        result.append(line.strip())
    return result
