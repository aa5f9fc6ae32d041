#!/usr/bin/python3
"""Terminals of all kinds, and what is none: nothing breaks, and all modes are put back."""
import os
import shutil
import signal
import subprocess
import termios
import time
import unittest

import pexpect

from lib.terminal import ESCAPES, PROMPT, STAVE, TerminalTest


class Kinds(TerminalTest):
    LINES = ('help', 'version', 'steps', 'set', 'burn cpu 1', 'walls', 'explain EPERM', 'nonsense')

    def works(self, **more):
        """All lines, until the prompt stands again behind the last; what was printed, raw."""
        shell = self.start(wait=False, **more)
        printed = ''
        for line in self.LINES:
            shell.expect(PROMPT)
            printed += shell.before
            shell.send(line + '\r')
        shell.expect(PROMPT)
        printed += shell.before
        shell.send('quit\r')
        shell.expect(pexpect.EOF)
        shell.close()
        self.assertEqual(shell.exitstatus, 0)
        return printed

    def test_a_dumb_terminal_gets_no_sequences(self):
        for term in ('dumb', 'emacs', ''):
            printed = self.works(TERM=term)
            self.assertNotRegex(printed, r'\x1b', term)

    def test_emacs_shell(self):
        # comint sets TERM=dumb, INSIDE_EMACS, and echoes the line itself: no echo on the terminal.
        shell = self.start(wait=False, TERM='dumb', INSIDE_EMACS='29.1,comint', EMACS='t')
        shell.expect(PROMPT)
        self.assertNotIn('\x1b', shell.before)
        shell.send('version\n')
        shell.expect(r'stave \d')
        shell.expect(PROMPT)
        self.assertNotIn('\x1b', shell.before)

    def test_no_term_at_all(self):
        shell = self.start(wait=False, program='/usr/bin/env', args=['-u', 'TERM', STAVE])
        shell.expect(PROMPT)
        shell.send('version\r')
        shell.expect(r'stave \d')
        shell.expect(PROMPT)
        self.assertNotIn('\x1b', shell.before)

    def test_twenty_and_five_hundred_columns(self):
        for columns in (20, 500):
            self.works(columns=columns)
            self.start(columns=columns)
            for line in ('help', 'help all', 'explain EPERM'):
                for row in filter(str.strip, self.line(line).split('\n')[1:]):
                    # A word that is longer than the rest of the row cannot be broken.
                    self.assertTrue(len(row) <= max(columns, len(row.split()[-1]) + 8), row)

    def test_a_utf8_terminal_without_the_locale(self):
        # What the name says counts, installed or not: setlocale(3) would fall back to C.
        printed = self.works(LC_ALL='xx_XX.UTF-8')
        self.assertIn('stave', printed)
        shell = self.start(LC_ALL='xx_XX.UTF-8')
        self.shell.send('version # é名\r')
        shell.expect(r'stave \d')
        self.prompt()

    def test_script(self):
        if not shutil.which('script'):
            self.skipTest('script is not installed')
        log = os.path.join(self.home, 'log')
        shell = self.start(wait=False, program='/bin/sh',
                           args=['-c', f'stty -g; script -q -e -c "$STAVE" {log}; echo "[$?]"; stty -g'])
        shell.expect(r'([0-9a-f:]{60,})\r')
        before = shell.match.group(1)
        shell.expect(PROMPT)
        shell.send('version\r')
        shell.expect(r'stave \d')
        shell.expect(PROMPT)
        shell.send('quit\r')
        shell.expect(r'\[0\]')
        shell.expect(r'([0-9a-f:]{60,})\r')
        self.assertEqual(shell.match.group(1), before)


class NoTerminal(TerminalTest):
    def run_on(self, script, **more):
        env = dict(os.environ, HOME=self.home, CI='true', TERM='xterm-256color', LC_ALL='C.UTF-8')
        env.pop('NO_COLOR', None)
        env.update(more)
        return subprocess.run([STAVE, '-c', script], env=env, cwd=self.home, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)

    def test_a_ci_log_gets_no_sequences(self):
        done = self.run_on('help; walls; burn cpu 1; steps')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b'\x1b', done.stdout + done.stderr)
        self.assertNotIn(b'\r', done.stdout)

    def test_a_closed_pipe_ends_it_without_a_word(self):
        for line in ('help', 'help all', 'explain EPERM'):
            done = subprocess.run(f'{{ "{STAVE}" -c "{line}; {line}"; echo "[$?]" >&2; }} | true', shell=True,
                                  capture_output=True, timeout=60, check=False, cwd=self.home)
            self.assertRegex(done.stderr.decode().strip(), r'^\[[01]\]$')


class Modes(TerminalTest):
    """The terminal's modes before, and after each way out."""

    def after(self, kill, *lines, then='', number=signal.SIGTERM):
        """Type lines, wait for then, and end it by a signal. Whether the modes are as before."""
        shell = self.start(wait=False, program='/bin/sh', args=['-c', 'read go; "$STAVE"; read end'])
        modes = termios.tcgetattr(shell.child_fd)
        shell.send('go\r')
        shell.expect(PROMPT)
        for line in lines:
            shell.send(line + '\r')
            if line != lines[-1]:
                shell.expect(PROMPT)
        if then:
            shell.expect(then)
        children = open(f'/proc/{shell.pid}/task/{shell.pid}/children', encoding='ascii')
        with children:
            kill(int(children.read().split()[0]), number)
        for _ in range(100):
            if termios.tcgetattr(shell.child_fd) == modes:
                return True
            time.sleep(0.05)
        return False

    def test_a_signal_at_the_prompt(self):
        self.assertTrue(self.after(os.kill))

    def test_a_signal_during_a_live_display(self):
        self.assertTrue(self.after(os.kill, 'burn cpu 60', then='CPU'))

    def test_a_signal_during_a_program_on_a_terminal(self):
        self.assertTrue(self.after(os.kill, "run -it sh -c 'echo begun; sleep 60'", then=r'\nbegun'))

    def test_a_kill_during_each_of_them(self):
        self.need_walls()
        for line, then in (('version', r'stave \d'), ('burn cpu 60', 'CPU'),
                           ("run -it sh -c 'echo begun; sleep 60'", r'\nbegun')):
            self.assertTrue(self.after(os.kill, 'unshare ' + ' '.join(self.need_walls()), line, then=then,
                                       number=signal.SIGKILL), line)


if __name__ == '__main__':
    unittest.main()
