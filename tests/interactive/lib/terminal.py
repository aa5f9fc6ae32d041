"""A stave on a terminal of its own, for tests that type."""
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import pexpect

STAVE = os.path.realpath(os.environ.get('STAVE', './stave'))
PROMPT = r'stave(?: [a-z][a-z0-9_.-]*)?(?: \[[a-z0-9_:, ]*\])?(?: \?[0-9]+)? ?> '
ESCAPES = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>][B0]?')


def deadline(seconds):
    """How many seconds what takes so many on an idle machine has where others wait for the processors
    too."""
    return seconds * (1 + os.getloadavg()[0] / os.cpu_count())


def plain(text):
    """What a person reads of the text."""
    return ESCAPES.sub('', text).replace('\r', '').replace('\x07', '')


def walls():
    """The unshare words that this user may begin with; None where there are none."""
    for words in ('uts', 'user uts'):
        if subprocess.run([STAVE, '-q', '-c', 'unshare ' + words], capture_output=True,
                          check=False).returncode == 0:
            return words.split()
    return None


def end(shell):
    """Close the terminal, kill what runs there, and wait for it: a machine with much to do takes its time."""
    try:
        shell.close(force=True)
    except pexpect.ExceptionPexpect:
        until = time.monotonic() + deadline(10)
        while shell.ptyproc.isalive():
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


class TerminalTest(unittest.TestCase):
    """Each test has a home folder and, by self.start(), a stave at its prompt."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix='stave-test.')
        self.addCleanup(shutil.rmtree, self.home)
        self.shell = None

    def start(self, args=(), program=STAVE, rows=24, columns=80, wait=True, **more):
        env = dict(os.environ, STAVE=STAVE, HOME=self.home, TERM='xterm', LC_ALL='C.UTF-8', LANGUAGE='', NO_COLOR='1',
                   PAGER='cat')
        env.pop('XDG_STATE_HOME', None)
        env.update(more)
        shell = pexpect.spawn(program, list(args), env=env, encoding='utf-8', timeout=deadline(10),
                              dimensions=(rows, columns), cwd=self.home)
        shell.delaybeforesend = None
        self.addCleanup(end, shell)
        self.shell = shell
        if wait:
            self.prompt()
        return shell

    def prompt(self):
        """Wait for the prompt; what was printed before it."""
        self.shell.expect(PROMPT)
        return plain(self.shell.before)

    def line(self, text):
        """Type a line; what it printed."""
        self.shell.send(text + '\r')
        return self.prompt()

    def answer(self, text, answer):
        """Type a line that asks, and the answer; the question and what came of it."""
        self.shell.send(text + '\r')
        self.shell.expect(r'\[y/N\] ')
        asked = plain(self.shell.before)
        self.shell.send(answer + '\r')
        return asked + self.prompt()

    def leave(self):
        """Ctrl-D at the prompt; the exit status."""
        self.shell.send('\x04')
        self.shell.expect(pexpect.EOF)
        self.shell.close()
        return self.shell.exitstatus

    def need_walls(self):
        words = walls()
        if words is None:
            self.skipTest('this user may not make namespaces here')
        return words
