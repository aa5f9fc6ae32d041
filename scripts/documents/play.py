"""Types lines at stave's prompt and returns what came of each."""
import codecs
import os
import re
import select
import time

import stage
from terminal import Terminal

PROMPT = re.compile(r'stave(?: [\w.-]+)?(?: \[[^]]*\])?(?: \?[0-9]+)? ?> ')
PATIENCE = 30  # seconds for one line
SETTLING = 0.05


class Play:
    """One stave on a terminal. lines are typed by type(); everything shown is in screen."""

    def __init__(self, stave, size=(24, 80), term='xterm', start=stage.start):
        self.screen = Terminal(size[1])
        self.decode = codecs.getincrementaldecoder('utf-8')('replace').decode
        self.pid, self.terminal = start(stave, size=size, term=term)
        self.greeting = self.wait()
        # A document says itself what comes next.
        self.type('set next off')

    def read(self, until):
        """The next piece, '' at the end; fails when nothing comes."""
        if not select.select([self.terminal], [], [], max(until - time.monotonic(), 0))[0]:
            raise TimeoutError('no prompt after %d s: %r' % (PATIENCE, self.screen.lines()[-5:]))
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:  # the other side is gone
            piece = b''
        text = self.decode(piece, not piece)
        self.screen.feed(text)
        return text if piece else ''

    def at_prompt(self):
        """Whether the cursor stands behind a prompt and nothing else."""
        row = ''.join(cell[0] for cell in self.screen.rows[self.screen.row])
        return PROMPT.fullmatch(row[:self.screen.column]) and not row[self.screen.column:].strip()

    def wait(self, first=0):
        """Up to a prompt in row first or below. Returns the lines above it."""
        until = time.monotonic() + PATIENCE
        while self.screen.row < first or not self.at_prompt():
            if not self.read(until):
                raise stage.CannotStage('stave ended: ' + ' '.join(self.screen.lines()).strip())
        return self.screen.lines()[first:self.screen.row]

    def type(self, line):
        """The prompt with the typed line, and what was shown below it."""
        first = self.screen.row
        prompt = ''.join(cell[0] for cell in self.screen.rows[first])[:self.screen.column]
        # The child may still be on its way to sleep, and ps would see it running.
        time.sleep(SETTLING)
        os.write(self.terminal, line.encode() + b'\r')
        # readline may have moved a long line to the side; what was typed is known.
        return [prompt + line] + self.wait(first + 1)

    def leave(self):
        """End the shell at its prompt; its exit status."""
        os.write(self.terminal, b'\x04')
        until = time.monotonic() + PATIENCE
        while self.read(until):
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def is_prompt(line):
    return PROMPT.match(line) is not None


def typed(line):
    """What was typed on a line that begins with a prompt."""
    return line[PROMPT.match(line).end():]
