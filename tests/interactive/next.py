#!/usr/bin/python3
"""The line below a step that says what to type next: true, one line, and it leads somewhere."""
import os
import re
import unittest

from lib.terminal import TerminalTest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
NEXT = re.compile(r'^ +next: (.*)$', re.MULTILINE)


class Next(TerminalTest):
    def after(self, line):
        """Type a line; what is said to come next, None where nothing is."""
        said = NEXT.findall(self.line(line))
        self.assertLessEqual(len(said), 1)
        return said[0] if said else None

    def begin(self):
        self.need_walls()
        self.start(XDG_DATA_HOME=os.path.join(self.home, 'data'),
                   STAVE_LESSONS=os.path.join(TOP, 'lessons'))
        return '' if os.geteuid() == 0 else 'user '

    def test_it_leads_from_the_first_step_to_a_child_that_nothing_gets_out_of(self):
        line = f'unshare {self.begin()}pid'
        typed = []
        while line and line != 'verify' and len(typed) < 25:
            typed.append(line)
            line = self.after(line)
        self.assertEqual(line, 'verify', typed)
        self.assertEqual(typed[1], 'unshare mnt')
        self.assertEqual(len(typed), len(set(typed)), typed)
        self.assertIn('0 open, 0 not built', self.line('verify ' + ' '.join((
            'mount', 'setns', 'chroot', 'host-file', 'kill', 'host-socket', 'host-ipc'))))

    def test_before_a_pivot_comes_proc_and_after_a_chroot_undo(self):
        user = self.begin()
        self.line(f'unshare {user}mnt pid')
        self.assertEqual(self.after('rootfs busybox /mnt'), 'mount proc /mnt/proc')
        self.assertEqual(self.after('mount proc /mnt/proc'), 'pivot /mnt')
        self.assertEqual(self.after('chroot /mnt'), 'undo')

    def test_a_step_of_another_child_or_of_the_router_has_none(self):
        self.begin()
        self.assertIsNone(self.after('@router net bridge br0'))
        self.assertIsNone(self.after('network create web'))
        self.assertIsNone(self.after('child new b'))
        self.assertIsNotNone(self.after('unshare user'))

    def test_it_can_be_switched_off_and_a_lesson_has_none(self):
        user = self.begin()
        self.line('set next off')
        self.assertIsNone(self.after(f'unshare {user}uts'))
        self.line('set next on')
        self.assertIsNotNone(self.after('unshare ipc'))
        self.answer('reset', 'y')
        self.line('lesson 1')
        self.assertIsNone(self.after(f'unshare {user}uts'))


if __name__ == '__main__':
    unittest.main()
