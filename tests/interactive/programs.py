#!/usr/bin/python3
"""Programs of the child and the terminal: -it, window size, Ctrl-C, output, what they leave on."""
import os
import re
import signal
import subprocess
import time
import unittest

import pexpect

from lib.terminal import STAVE, TerminalTest, deadline


def gone(pid):
    """Whether the process has ended, within two seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


class Terminal(TerminalTest):
    def inside(self, command='run -it sh'):
        self.need_walls()
        self.start()
        self.shell.send(command + '\r')
        self.shell.expect(r'[#$] $')

    def say(self, text, expected):
        self.shell.send(text + '\r')
        self.shell.expect(expected)

    def test_program_has_a_terminal_of_its_own(self):
        self.inside()
        self.say('tty', r'(/dev/\S+|not a tty)\r')
        self.assertNotEqual(self.shell.match.group(1), 'not a tty')
        outside = subprocess.run(['readlink', '/proc/%d/fd/0' % self.shell.pid],
                                 capture_output=True, text=True, check=True).stdout.strip()
        self.assertNotEqual(self.shell.match.group(1), outside)

    def test_window_size_follows(self):
        self.inside()
        self.say('stty size', '24 80\r')
        self.shell.setwinsize(33, 99)
        for _ in range(20):
            self.shell.send('stty size\r')
            if self.shell.expect([r'33 99\r', r'24 80\r']) == 0:
                return
            time.sleep(0.05)
        self.fail('the program never learnt of the new size')

    def test_ctrl_c_is_the_programs(self):
        self.inside()
        self.say('sleep 60', 'sleep 60')
        time.sleep(0.3)
        self.shell.send('\x03')
        self.say('echo st$?ill', r'st130ill')
        self.say('exit 5', 'ended with status 5')
        self.prompt()

    def test_ctrl_d_ends_it_and_the_prompt_is_back(self):
        self.inside()
        self.shell.send('\x04')
        self.prompt()
        self.assertIn('stave ', self.line('version'))
        self.assertEqual(self.leave(), 0)

    def test_modes_are_put_back(self):
        self.need_walls()
        self.start(wait=False, program='/bin/sh', args=[
            '-c', 'stty -g; "$STAVE" -c "run -it sh -c \'stty raw; exit 0\'"; stty -g'])
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        before = self.shell.match.group(1)
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        self.assertEqual(self.shell.match.group(1), before)

    def test_modes_are_put_back_when_the_shell_is_killed(self):
        self.need_walls()
        self.start(wait=False, program='/bin/sh', args=[
            '-c', 'stty -g; "$STAVE" -c "run -it sh -c \'echo x; sleep 60\'";'
            ' sleep 0.3; stty -g'])
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        before = self.shell.match.group(1)
        self.shell.expect('x\r')
        stave = subprocess.run(['pgrep', '-P', str(self.shell.pid)], capture_output=True,
                               text=True, check=True).stdout.split()[0]
        os.kill(int(stave), signal.SIGKILL)
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        self.assertEqual(self.shell.match.group(1), before)

    def test_what_the_program_left_on_is_switched_off(self):
        self.need_walls()
        self.start()
        self.shell.send("run -it printf '\\033[?1049h\\033[?25l\\033[?2004h\\033[31m'\r")
        self.shell.expect_exact('\x1b[31m')
        self.shell.expect('ended with')
        for reset in ('\x1b[?25h', '\x1b[?1049l', '\x1b[?2004l', '\x1b[0m'):
            self.assertIn(reset, self.shell.before)

    def test_what_a_program_without_a_terminal_left_on_is_switched_off(self):
        self.need_walls()
        self.start()
        for line in ("run printf '\\033[?1049h\\033[?25l\\033[31m'",
                     "spawn printf '\\033[?1049h\\033[?25l\\033[31m'\r!sleep 0.3\rjobs 1"):
            self.shell.send(line + '\r')
            self.shell.expect_exact('\x1b[?1049h')
            self.shell.expect_exact('\x1b[31m')
            for reset in ('\x1b[?25h', '\x1b[?1049l', '\x1b[0m'):
                self.shell.expect_exact(reset)

    def test_no_output_is_lost_at_the_end(self):
        self.need_walls()
        self.start(wait=False, args=['-q', '-c', 'run -it seq 1 20000'])
        self.shell.expect(pexpect.EOF)
        self.assertEqual(self.shell.before.split(), [str(i) for i in range(1, 20001)])

    def test_a_grandchild_that_keeps_the_terminal_holds_nobody(self):
        self.need_walls()
        self.start()
        begun = time.time()
        self.shell.send("run -it sh -c 'trap \"\" HUP; sleep 30 & echo done'\r")
        self.shell.expect('ended with status 0')
        self.assertLess(time.time() - begun, deadline(5))


class Signals(TerminalTest):
    def test_ctrl_c_stops_the_program_not_the_shell(self):
        self.need_walls()
        self.start()
        self.shell.send('run sleep 60\r')
        self.shell.expect('execve.*\r')
        time.sleep(0.3)
        self.shell.send('\x03')
        self.shell.expect('status 130')
        self.prompt()
        self.assertEqual(self.leave(), 0)

    def test_ctrl_c_twice_kills_who_does_not_listen(self):
        self.need_walls()
        self.start()
        self.shell.send("run sh -c 'trap \"\" INT; echo up; while :; do sleep 1; done'\r")
        self.shell.expect('up\r')
        self.shell.send('\x03')
        self.shell.expect('Ctrl-C again kills it')
        self.shell.send('\x03')
        self.shell.expect('status 137')
        self.prompt()

    def test_hangup_ends_everything(self):
        self.need_walls()
        self.start()
        self.shell.send("run sh -c 'echo up $$; sleep 60'\r")
        self.shell.expect(r'up (\d+)\r')
        inside = int(self.shell.match.group(1))
        pid = self.shell.pid
        self.shell.close(force=False)
        self.assertTrue(gone(pid))
        self.assertTrue(gone(inside))

    def test_term_leaves_in_good_order(self):
        self.start()
        os.kill(self.shell.pid, signal.SIGTERM)
        self.shell.expect(pexpect.EOF)
        self.shell.close()
        self.assertEqual(self.shell.exitstatus, 143)

    def test_ctrl_c_stops_a_script_with_its_program(self):
        self.need_walls()
        self.start(wait=False, args=['-q', '-c', 'run sleep 60; !echo too far'])
        time.sleep(0.5)
        self.shell.send('\x03')
        self.shell.expect(pexpect.EOF)
        self.assertNotIn('too far', self.shell.before)
        self.shell.close()
        self.assertEqual(self.shell.exitstatus, 130)

    def test_host_command_is_marked_and_ctrl_c_stops_it(self):
        self.start()
        self.shell.send('!echo begun; sleep 60\r')
        self.shell.expect('on the host: .*begun\r')
        time.sleep(0.3)  # dash forgets a SIGINT that comes as it forks
        self.shell.send('\x03')
        self.prompt()
        self.assertIn('stave ', self.line('version'))

    def test_ctrl_z_stops_nobody(self):
        self.start()
        self.shell.send('!sleep 1; echo done\r')
        self.shell.expect('on the host: .*\r')
        time.sleep(0.3)
        self.shell.send('\x1a')
        self.shell.expect('done\r')
        self.prompt()
        self.shell.send('\x1a')
        self.assertIn('stave ', self.line('version'))

    def test_job_that_ended_is_told_at_the_prompt(self):
        self.need_walls()
        self.start()
        self.line('spawn sleep 60')
        self.assertIn('running', self.line('jobs'))
        # It may end before the next prompt, or behind it.
        told = self.line('kill %1')
        time.sleep(0.3)
        self.assertIn('[1] ended with status 143', told + self.line(''))


class Container(TerminalTest):
    def need_container(self):
        self.need_walls()
        done = subprocess.run([STAVE, '-q', '-c', 'container -- true'], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            self.skipTest('no container here: ' + done.stderr.splitlines()[0])

    def test_it_is_a_terminal_of_the_container(self):
        self.need_container()
        self.start(args=['-q'])
        self.shell.send('container -it -- sh\r')
        self.shell.expect('# ')
        self.shell.send('echo I am $$ on $(tty), $(stty size)\r')
        self.shell.expect(r'I am 1 on /dev/pts/0, 24 80\r')
        self.shell.send('exit 4\r')
        self.prompt()
        self.assertIn('stave ', self.line('version'))

    def step(self, key):
        """Answer; the question that comes next, with what stood before it."""
        self.shell.send(key)
        self.shell.expect_exact('q: stop here ')
        return self.shell.before

    def test_step_pauses_before_each_stage_and_says_why(self):
        self.need_container()
        self.start()
        asked = [self.step('container --step -- true\r')]
        while not re.search(r'^ pivot, \d+ calls', asked[-1], re.MULTILINE) and len(asked) < 14:
            asked.append(self.step('\r'))
        self.assertTrue(all('Enter: make them' in question for question in asked))
        self.assertLess(4, len(asked))
        self.assertRegex(asked[-1], r'✓ filled +\d+ calls')
        # One call of the stage, and then the rest of it one by one.
        self.assertIn('chdir(', self.step('s\r'))
        self.assertIn('pivot_root(', self.step('\r'))
        self.shell.send('q\r')
        self.assertRegex(self.prompt(), r'stopped: \d+ calls were not made')
        self.assertRegex(self.shell.after, r'\[.*(mnt|ns)')  # the half-built child stays
        self.assertIn('undone: container --step', self.line('undo'))

    def test_step_goes_on_to_the_end(self):
        self.need_container()
        self.start()
        self.step('container --step -- echo the program\r')
        told = self.line('c')
        self.assertIn('\nthe program\n', told)
        self.assertNotIn('q: stop here', told)

    def test_step_pauses_where_reports_are_off(self):
        self.need_container()
        self.start()
        self.line('set quiet on')
        self.assertIn('Enter: make them', self.step('container --step -- echo the program\r'))
        self.assertIn('\nthe program\n', self.line('c'))

    def test_ctrl_c_at_a_pause_stops_there(self):
        self.need_container()
        self.start()
        self.step('container --step -- true\r')
        self.shell.send('\x03')
        self.prompt()
        self.assertEqual(self.leave(), 0)


class Input(TerminalTest):
    def test_typed_lines_go_to_the_program_with_i(self):
        self.need_walls()
        self.start()
        self.shell.send('run -i cat\r')
        self.shell.expect('execve.*\r')
        self.shell.send('hello\r')
        self.shell.expect('hello\r\n.*hello\r\n')
        self.shell.send('\x04')
        self.prompt()

    def test_rest_of_a_script_goes_to_the_program(self):
        self.need_walls()
        done = subprocess.run([STAVE, '-q'], input='run -i cat\nset show\nbla\n',
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, 'set show\nbla\n'))

    def test_large_input_and_output_pass(self):
        self.need_walls()
        numbers = '\n'.join(map(str, range(200000))) + '\n'
        done = subprocess.run([STAVE, '-q', '-c', 'run -i cat'], input=numbers,
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout == numbers), (0, True))


if __name__ == '__main__':
    unittest.main()
