"""Types lines at stave's prompt and returns what came of each."""
import codecs
import os
import re
import select
import time

import stage
from terminal import Terminal

PROMPT = re.compile(r'(?:^|[\r\n])(?:\x1b\[[0-9;]*m|[\x01\x02])*stave[^\r\n]*> (?:\x1b\[[0-9;?]*[A-Za-z])*$')
PROMPT_LINE = re.compile(r'stave(?: \[[^]]*\])?> |stave \[[^]]*\] > ')
PATIENCE = 30  # seconds for one line


class Play:
    """One stave on a terminal. lines are typed by type(); everything shown is in screen."""

    def __init__(self, stave, lessons=(), size=(24, 80), term='xterm', start=stage.start):
        self.screen = Terminal(size[1])
        self.decode = codecs.getincrementaldecoder('utf-8')('replace').decode
        self.pid, self.terminal = start(stave, lessons=lessons, size=size, term=term)
        self.greeting = self.wait()

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

    def wait(self):
        """Up to the next prompt. Returns the lines shown, without the prompt."""
        first, seen, until = self.screen.row, '', time.monotonic() + PATIENCE
        while not PROMPT.search(seen):
            piece = self.read(until)
            if not piece:
                raise stage.CannotStage('stave ended: ' + ' '.join(self.screen.lines()).strip())
            seen += piece
        return self.screen.lines()[first:self.screen.row]

    def type(self, line):
        """The lines shown from the prompt with the typed line on."""
        first = self.screen.row
        os.write(self.terminal, line.encode() + b'\r')
        self.wait()
        return self.screen.lines()[first:self.screen.row]

    def leave(self):
        """End the shell at its prompt; its exit status."""
        os.write(self.terminal, b'\x04')
        until = time.monotonic() + PATIENCE
        while self.read(until):
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def is_prompt(line):
    return PROMPT_LINE.match(line) is not None


def typed(line):
    """What was typed on a line that begins with a prompt."""
    return line[PROMPT_LINE.match(line).end():]
