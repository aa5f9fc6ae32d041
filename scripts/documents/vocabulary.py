"""What the program says of its own words, read from its help."""
import subprocess

HANGING = ' ' * 18  # help puts what a word means into this column


def output(stave, *arguments):
    done = subprocess.run([stave, *arguments], capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL)
    return done.stdout


def read_row(lines, at):
    """A name and what it means, from a row of help and those it goes on in."""
    name, means = lines[at].strip(), ''
    if not lines[at].startswith(HANGING) and len(lines[at]) > len(HANGING) and \
            lines[at][len(HANGING) - 1] == ' ' and lines[at][2:len(HANGING)].strip():
        name, means = lines[at][:len(HANGING)].strip(), lines[at][len(HANGING):]
    at += 1
    while at < len(lines) and lines[at].startswith(HANGING):
        means += ' ' + lines[at].strip()
        at += 1
    return name, means.strip(), at


def groups(stave):
    """[(heading, [(word, meaning)])], in the order of help."""
    result, lines, at = [], output(stave, '-c', 'help').split('\n'), 0
    while at < len(lines) and lines[at]:
        if lines[at].startswith('  '):
            name, means, at = read_row(lines, at)
            result[-1][1].append((name, means))
        else:
            result.append((lines[at], []))
            at += 1
    return result


class Page:
    """help WORD: its usage, paragraphs, rows of arguments, and the lines of the example."""

    def __init__(self, stave, word):
        parts = output(stave, '-c', "help '%s'" % word).rstrip('\n').split('\n\n')
        self.usage, self.paragraphs, self.rows, self.example = '', [], [], []
        for part in parts:
            lines = part.split('\n')
            if part.startswith('usage: '):
                shown = [line for line in lines if not line.startswith('also:')]
                self.usage = ' '.join(line.strip() for line in shown)[len('usage: '):]
            elif lines[0] == 'Example':
                self.example = [line[2:] for line in lines[1:]]
            elif lines[0].startswith('  '):
                self.read_rows(lines)
            else:
                self.paragraphs.append(' '.join(lines))

    def read_rows(self, lines):
        at = 0
        while at < len(lines):
            name, means, at = read_row(lines, at)
            self.rows.append((name, means))

    def short_usage(self):
        """With the options left to help."""
        shown, bracket, _ = self.usage.partition(' [-')
        return shown + (' [OPTION]...' if bracket else '')
