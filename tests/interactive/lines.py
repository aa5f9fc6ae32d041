#!/usr/bin/python3
"""Lines at the prompt: those that go on in the next, and what is said about a mistake in one."""
import os
import re
import subprocess
import unittest

from lib.terminal import PROMPT, STAVE, TerminalTest


class Continued(TerminalTest):
    def go_on(self, *lines):
        for line in lines:
            self.shell.send(line + '\r')
            self.shell.expect(r'(\n|2004h)> ')

    def test_a_backslash_and_an_open_quote_continue_the_line(self):
        self.start()
        self.go_on('run echo a\\', 'b "c')
        self.assertIn('ab c\nd', self.line('d"'))
        self.assertIn('stave ', self.line("version # isn't it"))
        self.assertIn('x y', self.line("run echo 'x y'"))
        self.go_on("run echo $'it\\'s")
        self.assertIn("it's\nso", self.line("so'"))
        self.go_on("!echo 'one")
        self.assertIn('one\ntwo', self.line("two'"))

    def test_ctrl_c_drops_all_of_it_and_ctrl_d_says_what_it_lacks(self):
        self.start()
        self.go_on("run echo 'a", 'b')
        self.shell.send('\x03')
        self.prompt()
        self.assertIn('stave ', self.line('version'))
        self.go_on("run echo 'a")
        self.shell.send('\x04')
        self.assertIn('is not closed', self.prompt())
        self.assertNotIn('\n\n', self.line('version').replace('\r', ''))

    def test_it_is_one_entry_of_the_history(self):
        for _ in range(2):
            self.start()
            self.go_on("run echo 'a")
            self.line("b'")
            self.shell.send('\x1b[A\r')
            self.assertIn('a\nb', self.prompt())
            self.leave()
            self.start()
            self.shell.send('\x1b[A\r')
            self.assertIn('a\nb', self.prompt())
            self.leave()

    def test_pasted_lines_go_on_too(self):
        self.start()
        self.shell.send("\x1b[200~run echo 'a\nb'; run echo c\\\nd\x1b[201~\r")
        self.shell.expect('a\r\nb')
        self.shell.expect('cd')
        self.prompt()


class Mistakes(TerminalTest):
    def caret(self, line, columns):
        """What is said of the line, and what stands above the caret; wide characters take two."""
        self.start(columns=columns, wait=False)
        self.shell.expect(PROMPT)
        rows = [re.sub('([\u3000-\u9fff])', r'\1_', row) for row in self.line(line).split('\n')]
        rows = rows[next(i for i, row in enumerate(rows) if row.startswith('stave: ')):]
        at = next(i for i, row in enumerate(rows) if row.strip() == '^')
        return rows[:at + 1], rows[at - 1][rows[at].index('^'):]

    def test_the_caret_is_under_the_column_on_any_screen(self):
        line = 'unshare uts ipc ' + 'net ' * 20 + 'nonsense'
        for columns in (20, 40, 80, 500):
            rows, pointed = self.caret(line, columns)
            self.assertTrue('nonsense'.startswith(pointed[:1]), (columns, pointed))
            self.assertLessEqual(max(map(len, rows)), columns)
        _, pointed = self.caret('unshare 名前 ' * 8 + 'nonsense', 40)
        self.assertTrue(pointed.startswith('名_前'), pointed)

    def test_the_first_line_of_an_error_breaks_at_words(self):
        name = 'a-name-that-nothing-has'
        self.start(columns=40)
        rows = self.line(f'bindmount /no/{name} /such/{name}').split('\n')
        self.assertLessEqual(max(map(len, rows[1:])), 40)
        # In a file it is one line.
        done = subprocess.run([STAVE, '-q', '-c', f'source /no/{name}/{name}/{name}'], text=True,
                              capture_output=True, check=False, cwd=self.home)
        self.assertIn(f'{name}: ENOENT', done.stderr.split('\n')[0])

    def test_blanks_in_a_name_stay(self):
        self.start(columns=60)
        self.assertIn('no  such   file', self.line("source 'no  such   file'"))


class Host(TerminalTest):
    def test_a_command_in_the_background_leaves_no_zombie(self):
        words = self.need_walls()
        self.start()
        self.line('unshare ' + ' '.join(words))
        self.line('!sleep 0.1 & echo $! >pid')
        with open(os.path.join(self.home, 'pid'), encoding='ascii') as file:
            pid = file.read().strip()
        for _ in range(50):
            self.line('!sleep 0.05')
            if not os.path.exists('/proc/' + pid):
                break
        self.assertFalse(os.path.exists('/proc/' + pid))


if __name__ == '__main__':
    unittest.main()
