#!/usr/bin/python3
"""What is typed ahead: it reaches who it was meant for, and nobody eats it."""
import unittest

from lib.terminal import TerminalTest


class Ahead(TerminalTest):
    """Whole lines, typed while something else has the terminal."""

    def sees(self, *texts):
        for text in texts:
            self.shell.expect(text)
        self.prompt()

    def test_behind_a_live_display(self):
        self.start()
        self.shell.send('burn cpu 1\rversion\rquit\r')
        self.shell.expect(r'stave \d')
        self.shell.expect('quit')
        self.shell.wait()

    def test_while_a_live_display_goes_on(self):
        self.start()
        self.shell.send('burn cpu 2\r')
        self.shell.expect('CPU')
        for piece in ('ver', 'sion\rset sh', 'ow\r'):
            self.shell.send(piece)
            self.shell.expect('CPU')
        self.sees(r'stave \d', 'show  ')

    def test_q_alone_leaves_a_live_display(self):
        self.start()
        self.shell.send('burn cpu 60\r')
        self.shell.expect('CPU')
        self.shell.send('q')
        self.prompt()
        self.assertIn('stave ', self.line('version'))

    def test_what_a_program_on_a_terminal_did_not_read(self):
        self.start()
        self.shell.send("run -it sh -c 'read a; echo got $a; sleep 0.3'\rone\rversion\rset sh")
        self.shell.expect('got one')
        self.sees(r'stave \d')
        self.shell.send('ow\r')
        self.sees('show  ')

    def test_what_a_program_that_never_reads_was_sent(self):
        self.start()
        self.shell.send('run -it sleep 0.3\rversion\r')
        self.sees(r'stave \d')

    def test_what_a_shell_left_that_was_told_to_exit(self):
        self.start()
        self.shell.send('run -it sh\rexit 3\rversion\r')
        self.sees(r'stave \d')

    def test_what_a_container_did_not_read(self):
        self.need_walls()
        self.start()
        self.shell.send("container -it -- sh -c 'read a; echo got $a'\rone\rversion\r")
        self.shell.expect('got one')
        self.sees(r'stave \d')

    def test_what_a_program_on_a_pipe_did_not_read(self):
        self.start()
        self.shell.send('run -i head -c 4\rone\r')
        self.shell.expect('one')
        self.sees('ended with status 0')
        self.shell.send('run -i sleep 0.3\rversion\r')
        self.sees(r'stave \d')

    def test_what_was_typed_ahead_goes_to_the_next_program(self):
        self.start()
        self.shell.send("run -it sleep 0.3\rrun -it sh -c 'read a; echo got $a'\rone\rversion\r")
        self.shell.expect('got one')
        self.sees(r'stave \d')

    def test_ctrl_z_at_the_prompt_and_during_a_program(self):
        self.start()
        # What was not read yet the kernel drops with the key, for any shell: termios(3), NOFLSH.
        self.shell.send('vers')
        self.shell.expect('vers')
        self.shell.send('\x1aion\r')
        self.sees(r'stave \d')
        self.shell.send("run sh -c 'echo begun; sleep 1; echo ended'\r")
        self.shell.expect('\nbegun')
        self.shell.send('\x1a')
        self.prompt()
        self.assertIn('\nended', self.line('fg'))
        # A program that handles the signal has its time for that; then it is stopped all the same.
        self.shell.send("run -it sh -c 'trap \"echo caught\" TSTP; echo begun; sleep 1; exit 0'\r")
        self.shell.expect('\nbegun')
        self.shell.send('\x1a')
        self.prompt()
        self.assertIn('caught', self.line('fg'))

    def test_no_terminal_of_the_learner_is_left_raw(self):
        self.start(wait=False, program='/bin/sh', args=['-c', 'stty -g; "$STAVE"; stty -g'])
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        before = self.shell.match.group(1)
        self.prompt()
        self.shell.send('burn cpu 1\rrun -it true\rquit\r')
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        self.assertEqual(self.shell.match.group(1), before)

    def test_a_wide_character_is_one_key_where_the_named_locale_is_not_installed(self):
        for locale in (dict(LC_ALL='zh_CN.UTF-8'), dict(LC_ALL='', LC_CTYPE='xx_YY.utf8'),
                       dict(LC_ALL='C.UTF-8')):
            self.start(**locale)
            # Backspace; left, x: what is typed next stands between whole characters.
            self.line('中文字\x7f')
            self.line('一二\x1b[Dx')
            typed = [line.split()[1:] for line in self.line('history').splitlines()]
            self.assertIn(['中文'], typed)
            self.assertIn(['一x二'], typed)
            self.leave()


if __name__ == '__main__':
    unittest.main()
