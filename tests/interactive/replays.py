#!/usr/bin/python3
"""why --try and caps learn on a terminal: which replay is under way is drawn, and erased afterwards."""
import os
import unittest

import pexpect

from lib.terminal import TerminalTest

ERASED = '\x1b[1A\x1b[J'


class Replays(TerminalTest):
    def first(self):
        return ['unshare ' + ' '.join(self.need_walls()), 'caps drop sys_chroot']

    def counted(self, line, word):
        """What was printed behind the line that counts, where that was erased."""
        self.shell.send(line + '\r')
        self.shell.expect(word + r': replay 1\x1b')
        self.prompt()
        self.assertEqual(self.shell.before.count(ERASED), 1)
        return self.shell.before.split(ERASED)[1]

    def test_each_replay_is_counted_and_nothing_of_it_stays(self):
        self.start()
        for line in self.first():
            self.line(line)
        self.line('run chroot / true')
        self.assertIn('capability sys_chroot', self.counted('why --try', 'why --try'))
        self.assertIn('needs no capability', self.counted('caps learn true', 'caps learn'))
        if os.geteuid() != 0:
            return
        self.line('run chroot / true')
        self.counted('why --kernel', 'why --kernel')

    def test_json_and_lines_that_nobody_types_have_none(self):
        lines = self.first() + ['run chroot / true', 'why --try']
        self.start()
        for line in lines[:-1]:
            self.line(line)
        self.shell.send('why --try --json\r')
        self.prompt()
        self.assertIn('"culprits":["capability sys_chroot"]', self.shell.before)
        self.assertNotIn('replay 1', self.shell.before)
        shell = self.start(['-k', '-c', '\n'.join(lines)], wait=False)
        shell.expect(pexpect.EOF)
        self.assertIn('fails because', shell.before)
        self.assertNotIn('replay 1', shell.before)


if __name__ == '__main__':
    unittest.main()
