#!/usr/bin/python3
"""How much of the screen a step takes: 24 rows of 80 columns, as many as there are where nobody asked."""
import os
import re
import unittest

from lib.terminal import TerminalTest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
STAGES = ['limits', 'namespaces', 'root', 'filled', 'pivot', 'hidden', 'name', 'network', 'privilege', 'program']


class Folded(TerminalTest):
    def begin(self, **more):
        self.need_walls()
        self.start(XDG_DATA_HOME=os.path.join(self.home, 'data'), **more)
        return '' if os.geteuid() == 0 else 'user '

    def rows(self, text):
        """The rows that a text takes in 80 columns, without the line that was typed."""
        return [line[at:at + 80] for line in text.split('\n')[1:]
                for at in range(0, max(len(line), 1), 80)]

    def before(self, rows, mark):
        for number, row in enumerate(rows):
            if row == mark:
                return rows[:number]
        self.fail('no %r in %r' % (mark, rows))

    def stages_of(self, rows):
        return [match.group(1) for match in
                (re.match(r' [✓→✗] ([a-z]+) +\d+ calls?\b', row) for row in rows) if match]

    def test_a_container_leaves_its_program_on_the_screen(self):
        self.begin()
        rows = self.before(self.rows(self.line('container -- echo the program')), 'the program')
        self.assertLessEqual(len(rows), 22, '\n'.join(rows))
        stages = self.stages_of(rows)
        self.assertLessEqual(set(stages), set(STAGES))
        self.assertEqual(len(stages), len(set(stages)))
        self.assertGreaterEqual(len(stages), 8)

    def test_wide_characters_do_not_push_a_stage_beyond_the_screen(self):
        self.begin(LC_ALL='zh_CN.UTF-8')
        text = self.line('container -- true')
        stages = [line for line in text.split('\n') if re.match(r' [✓→] [a-z]+ ', line)]
        self.assertGreaterEqual(len(stages), 8, text)
        for line in stages:
            width = sum(2 if ord(c) >= 0x2e80 else 1 for c in line)
            self.assertLessEqual(width, 80, line)

    def test_the_new_root_is_told_and_what_went_is_counted(self):
        self.begin()
        rows = self.rows(self.line('container -- true'))
        changes = [row for row in rows if re.match(r'   [-+~] \d', row)]
        self.assertIn(' / / ', changes[0])
        self.assertEqual([row for row in changes if row.startswith('   - ')], [])
        self.assertRegex('\n'.join(rows), r'mountinfo +\d+ mounts, \d+ added, \d+ removed')

    def test_exec_is_folded_too(self):
        self.begin()
        self.line('container -d --name box -- sleep 60')
        rows = self.before(self.rows(self.line('exec box echo the program')), 'the program')
        self.assertLessEqual(len(rows), 16, '\n'.join(rows))
        self.assertIn('namespaces', self.stages_of(rows))

    def test_a_failing_stage_shows_its_call_and_the_neighbours(self):
        self.begin()
        rows = self.rows(self.line('container --workdir /proc/none/none -- true'))
        failed = [number for number, row in enumerate(rows) if row.startswith(' ✗ ')]
        self.assertEqual(len(failed), 1, rows)
        calls = [row.strip() for row in rows[failed[0] + 1:failed[0] + 4]]
        self.assertRegex(calls[1], r'^✗ mkdir\("/proc/none", .*ENOENT')
        self.assertTrue(calls[0][0] in '✓·' and calls[2][0] == '→', calls)
        self.assertNotIn('privilege', self.stages_of(rows))

    def test_calls_unfolds_a_step_or_one_stage_of_it(self):
        self.begin()
        self.line('container -- true')
        every = self.line('calls').count('\n ✓')
        stage = self.line('calls hidden').count('\n ✓')
        self.assertGreater(every, 40)
        self.assertGreater(every, stage)
        self.assertGreater(stage, 2)
        self.line('set show full')
        self.assertGreater(self.line('container -- true').count('\n ✓'), 40)

    def test_what_did_not_change_takes_one_row_each(self):
        user = self.begin()
        self.line(f'unshare {user}uts')
        told = self.line('hostname box')
        self.assertEqual(len(re.findall(r'/ns +unchanged', told)), 1)
        self.assertEqual(len(re.findall(r'/mountinfo +\d+ mounts?, unchanged', told)), 1)
        self.line('set show full')
        self.assertGreater(self.line('hostname other').count('\n'), 15)

    def test_a_chroot_unmounts_nothing(self):
        user = self.begin()
        self.line(f'unshare {user}mnt')
        self.line('rootfs busybox /mnt')
        told = self.line('chroot /mnt')
        self.assertNotIn('removed', told)
        self.assertRegex(told, r'\d+ out of sight')

    def test_the_first_demonstration_of_the_course_fits_the_screen(self):
        self.need_walls()
        self.start(XDG_DATA_HOME=os.path.join(self.home, 'data'), STAVE_LESSONS=os.path.join(TOP, 'lessons'))
        self.line('lesson 1')
        self.shell.send('\r')
        self.prompt()  # behind it the lesson types
        shown = self.rows(self.prompt())
        output = [number for number, row in enumerate(shown) if row.startswith('PID ')]
        self.assertEqual(len(output), 1, shown)
        self.assertLessEqual(output[0], 23, shown)


if __name__ == '__main__':
    unittest.main()
