#!/usr/bin/python3
"""burn and top on a terminal: drawn live, ended by a key, and nothing left behind."""
import os
import re
import signal
import subprocess
import time
import unittest

from lib.terminal import TerminalTest, deadline


def descendants(pid):
    """The processes below pid, by number."""
    found, level = [], [pid]
    while level:
        listed = subprocess.run(['ps', '-o', 'pid=', '--ppid', ','.join(map(str, level))],
                                capture_output=True, text=True, check=False).stdout
        level = [int(word) for word in listed.split()]
        found += level
    return found


def named(pids, name):
    """Those of them that are called so and are not mere zombies."""
    found = []
    for pid in pids:
        try:
            with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as file:
                comm, rest = re.match(r'\d+ \((.*)\) (.)', file.read(), re.S).groups()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if comm == name and rest != 'Z':
            found.append(pid)
    return found


def await_none(pids, name, seconds=3):
    """Whether none of them is called so any more, in time."""
    for _ in range(int(seconds / 0.05)):
        if not named(pids, name):
            return True
        time.sleep(0.05)
    return False


class Load(TerminalTest):
    """One load at a time, of each kind."""

    def begin(self, command, drawn):
        self.start()
        self.shell.send(command + '\r')
        self.shell.expect(drawn, timeout=deadline(20))
        pids = descendants(self.shell.pid)
        self.assertTrue(named(pids, 'stave-burn'))
        return pids

    def ends_by(self, key, command, drawn):
        pids = self.begin(command, drawn)
        begun = time.time()
        self.shell.send(key)
        self.prompt()
        self.assertLess(time.time() - begun, deadline(2))
        self.assertTrue(await_none(pids, 'stave-burn'))
        self.assertIn('stave ', self.line('version'))

    def test_ctrl_c_ends_a_load_on_the_cpu(self):
        self.ends_by('\x03', 'burn cpu 60 --workers 2', r'[█░┃]{10,} +[\d.]+ %')

    def test_q_ends_a_load_on_the_cpu(self):
        self.ends_by('q', 'burn cpu 60', r'of a CPU in the last second')

    def test_ctrl_c_ends_a_load_on_memory(self):
        self.ends_by('\x03', 'burn memory 16M', r'MiB in use')

    def test_ctrl_c_ends_a_load_of_processes(self):
        self.ends_by('\x03', 'burn pids 180', r'fork +\d+ ')

    def test_drawn_in_place_and_measured_at_the_end(self):
        self.start()
        text = self.line('burn cpu 1')
        self.assertGreater(text.count('in the last second'), 2)
        self.assertRegex(text, r'measured +\d+\.\d % of a CPU over (0\.9|1\.\d) s')

    def test_a_killed_shell_leaves_no_load(self):
        pids = self.begin('burn cpu 60 --workers 2', r'in the last second')
        os.kill(self.shell.pid, signal.SIGKILL)
        self.assertTrue(await_none(pids, 'stave-burn'))
        self.assertTrue(await_none(pids, 'stave-child'))

    def test_a_killed_shell_leaves_no_sleepers(self):
        pids = self.begin('burn pids 150', r'fork +\d+ ')
        os.kill(self.shell.pid, signal.SIGKILL)
        self.assertTrue(await_none(pids, 'stave-burn'))

    def test_reset_ends_a_load_in_the_background(self):
        self.start()
        self.line('burn cpu 60 --background')
        pids = descendants(self.shell.pid)
        self.assertTrue(named(pids, 'stave-burn'))
        self.assertIn('stave-burn', self.line('top --once'))
        self.shell.send('reset\r')
        self.shell.expect(r'\[y/N\] ')
        self.line('y')
        self.assertTrue(await_none(pids, 'stave-burn'))


class Top(TerminalTest):
    def begin(self):
        self.start()
        self.line('burn cpu 60 --background')
        self.shell.send('top\r')
        self.shell.expect('q leaves')
        self.shell.expect('stave-burn')

    def test_q_leaves(self):
        self.begin()
        self.shell.send('q')
        self.prompt()
        self.assertIn('stave ', self.line('version'))

    def test_ctrl_c_leaves_at_once_and_the_child_lives_on(self):
        self.begin()
        self.shell.send('\x03')
        self.prompt()
        self.assertIn('stave-child', self.line('top --once'))

    def test_it_is_drawn_again_and_again(self):
        self.begin()
        for _ in range(2):
            self.shell.expect(r'\x1b\[\d+A', timeout=deadline(5))
            self.shell.expect('stave-burn')
        self.shell.send('q')
        self.prompt()

    def test_names_cannot_move_the_cursor(self):
        self.start()
        with open(os.path.join(self.home, 'a\x1b[2Jb'), 'wb') as file, \
                open('/bin/sleep', 'rb') as sleep:
            file.write(sleep.read())
        os.chmod(file.name, 0o755)
        self.line("spawn -w %s sh -c 'exec ./a*b 60'" % self.home)
        self.shell.send('top --once\r')
        self.shell.expect(r'a\\x1b\[2Jb')
        self.assertNotIn('\x1b[2J', self.shell.before)


class Modes(TerminalTest):
    """Typed keys are not shown while something is drawn; the terminal shows them again afterwards,
    whatever ended it."""

    def check(self, command, drawn, ending):
        self.start(wait=False, program='/bin/sh', args=[
            '-c', 'stty -g; "$STAVE" -q -c "%s"; sleep 0.5; stty -g' % command])
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        before = self.shell.match.group(1)
        self.shell.expect(drawn)
        stave = subprocess.run(['pgrep', '-P', str(self.shell.pid)], capture_output=True,
                               text=True, check=True).stdout.split()[0]
        ending(int(stave))
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        self.assertEqual(self.shell.match.group(1), before)

    def test_after_the_end(self):
        self.check('burn cpu 1', 'last second', lambda _: None)

    def test_after_ctrl_c(self):
        self.check('burn cpu 60; top', 'last second', lambda pid: os.kill(pid, signal.SIGINT))

    def test_after_the_shell_was_killed(self):
        self.check('burn cpu 60', 'last second', lambda pid: os.kill(pid, signal.SIGKILL))

    def test_top_after_the_shell_was_killed(self):
        self.check('burn cpu 60 -b; top', 'q leaves', lambda pid: os.kill(pid, signal.SIGKILL))

    def test_top_after_term(self):
        self.check('burn cpu 60 -b; top', 'q leaves', lambda pid: os.kill(pid, signal.SIGTERM))


if __name__ == '__main__':
    unittest.main()
