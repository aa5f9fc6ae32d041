#!/usr/bin/python3
"""Ctrl-Z during a program, and what is then done with it: jobs, fg, bg, kill, undo, exit."""
import re
import time
import unittest

from lib.terminal import TerminalTest, deadline, plain

STOP = '\x1a'


def state(pid):
    """The letter of proc_pid_stat(5), '' where the process is gone."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0]
    except (OSError, IndexError):
        return ''


def becomes(pid, letters):
    """Whether the process's state is one of the letters soon."""
    end = time.monotonic() + deadline(5)
    while time.monotonic() < end:
        now = state(pid)
        if now in ('', 'Z') if not letters else now and now in letters:
            return True
        time.sleep(0.02)
    return False


class Stopping(TerminalTest):
    def stop(self, line, shows):
        """Type a line whose program prints what it shows, stop that; its pid, and all that was printed."""
        self.shell.send(line + '\r')
        self.shell.expect(r'\n' + shows)
        self.shell.send(STOP)
        told = self.prompt()
        job = re.search(r'\[\d+\] (\d+)', told)
        self.assertTrue(job, told)
        return int(job.group(1)), told

    def test_run_is_stopped_and_goes_on_in_the_foreground(self):
        self.start()
        pid, _ = self.stop("run sh -c 'echo one; sleep 1; echo two; exit 3'", 'one')
        self.assertTrue(becomes(pid, 'T'))
        self.assertIn('stopped', self.line('jobs'))
        self.assertIn('two', self.line('fg'))
        self.assertIn('?3', self.shell.after)
        self.assertNotIn('stopped', self.line('jobs'))

    def test_the_prompt_has_the_status_of_a_stop(self):
        self.start()
        self.stop("run sh -c 'echo one; sleep 60'", 'one')
        self.line('version')
        self.stop("run sh -c 'echo one; sleep 60'", 'one')

    def test_every_way_to_run_can_be_stopped(self):
        words = self.need_walls()
        self.start()
        self.line('unshare ' + ' '.join(words))
        self.line('spawn --name mark sleep 60')
        for line in ("run -t sh -c 'echo one; exec sleep 60'", "run -i sh -c 'echo one; exec sleep 60'",
                     "exec mark -- sh -c 'echo one; exec sleep 60'",
                     "exec mark -t -- sh -c 'echo one; exec sleep 60'"):
            with self.subTest(line):
                self.shell.send(line + '\r')
                self.shell.expect(r'\none')
                self.shell.send(STOP)
                told = self.prompt()
                pid = int(re.search(r'\[\d+\] (\d+)', told).group(1))
                self.assertTrue(becomes(pid, 'T'), line)

    def test_a_job_goes_on_beside_the_prompt(self):
        self.start()
        pid, _ = self.stop("run sh -c 'echo one; sleep 0.5; echo two; sleep 60'", 'one')
        self.assertTrue(becomes(pid, 'T'))
        self.line('bg')
        self.assertTrue(becomes(pid, 'RS'))
        time.sleep(1)
        self.assertIn('two', self.line('jobs 1'))

    def test_what_is_waited_for_again_can_be_stopped_again(self):
        self.start()
        pid, _ = self.stop("run sh -c 'echo one; sleep 0.5; echo two; sleep 60'", 'one')
        self.shell.send('fg %1\r')
        self.shell.expect('\ntwo')
        self.shell.send(STOP)
        self.prompt()
        self.assertTrue(becomes(pid, 'T'))
        self.shell.send('fg\r')
        time.sleep(0.3)
        self.shell.send('\x03')
        self.prompt()
        self.assertTrue(becomes(pid, ''))

    def test_fg_waits_for_what_spawn_has_started(self):
        self.start()
        self.line("spawn sh -c 'sleep 0.3; echo late; exit 4'")
        self.assertIn('late', self.line('fg'))
        self.assertIn('?4', self.shell.after)

    def test_what_it_reads_goes_on(self):
        self.start()
        self.shell.send("run -i sh -c 'echo ready; read x; echo got:$x'\r")
        self.shell.expect('\nready')
        self.shell.send(STOP)
        self.prompt()
        self.shell.send('fg\r')
        time.sleep(0.2)
        self.shell.send('word\r')
        self.assertIn('got:word', self.prompt())

    def test_modes_are_put_back_both_ways(self):
        self.start()
        before = re.search(r'\n([0-9a-f:]{60,})', self.line('!stty -g')).group(1)
        self.shell.send("run -t sh -c 'stty -echo; printf \"\\033[?1049h\\033[?25lone\\n\"; sleep 1; stty -a; echo two'\r")
        self.shell.expect(r'\x1b\[\?25lone\r')
        self.shell.send(STOP)
        self.prompt()
        told = self.shell.before
        self.assertIn('\x1b[?1049l', told)
        self.assertIn('\x1b[?25h', told)
        self.assertEqual(re.search(r'\n([0-9a-f:]{60,})', self.line('!stty -g')).group(1), before)
        self.shell.send('fg\r')
        self.prompt()
        told = self.shell.before
        self.assertIn('\x1b[?1049h', told)
        self.assertIn(' -echo ', plain(told))
        self.assertEqual(re.search(r'\n([0-9a-f:]{60,})', self.line('!stty -g')).group(1), before)

    def test_a_shell_in_there_keeps_its_own_jobs(self):
        self.need_walls()
        self.start()
        self.shell.send('run -it sh\r')
        self.shell.expect(r'[#$] $')
        self.shell.send('sleep 60\r')
        time.sleep(0.3)
        self.shell.send(STOP)
        self.shell.expect(r'[#$] $')
        self.shell.send(STOP + 'echo in$((1))side\r')
        self.shell.expect('in1side')
        self.shell.send('exit\rexit\r')
        self.prompt()

    def test_what_was_typed_behind_it_is_the_prompts(self):
        self.start()
        self.shell.send("run -t sh -c 'echo one; exec sleep 60'\r")
        self.shell.expect(r'\none')
        self.shell.send(STOP + 'version\r')
        self.prompt()
        self.assertRegex(self.prompt(), r'stave \d')

    def test_exit_asks_once(self):
        self.start()
        pid, _ = self.stop("run sh -c 'echo one; sleep 60'", 'one')
        self.assertIn('[1] is stopped', self.line('exit'))
        self.line('version')
        self.shell.send('\x04')
        self.assertIn('[1] is stopped', self.prompt())
        self.assertEqual(self.leave(), 0)
        self.assertTrue(becomes(pid, ''))

    def test_kill_ends_what_is_stopped(self):
        self.start()
        pid, _ = self.stop("run sh -c 'echo one; sleep 60'", 'one')
        self.assertTrue(becomes(pid, 'T'))
        self.line('kill %1')
        self.assertTrue(becomes(pid, ''))

    def test_undo_says_what_ends_with_the_child(self):
        words = self.need_walls()
        self.start()
        self.line('unshare ' + ' '.join(words))
        pid, _ = self.stop("run sh -c 'echo one; sleep 60'", 'one')
        self.assertIn('stopped', self.answer('undo', 'n'))
        self.assertEqual(state(pid), 'T')
        self.answer('undo', 'y')
        self.assertTrue(becomes(pid, ''))

    def test_a_container_is_stopped(self):
        self.need_walls()
        self.start()
        self.shell.send("container --without limits -- sh -c 'echo one; sleep 1; echo two'\r")
        if self.shell.expect([r'\none\r', r'> $']) == 1:
            self.skipTest('no container can be made here')
        self.shell.send(STOP)
        told = self.prompt()
        pid = int(re.search(r'\[\d+\] (\d+)', told).group(1))
        self.assertTrue(becomes(pid, 'T'))
        self.assertIn('two', self.line('fg'))
        self.assertTrue(becomes(pid, ''))

    def test_a_script_is_not_stopped_in_between(self):
        self.start()
        with open(self.home + '/script', 'w', encoding='ascii') as file:
            file.write("run sh -c 'echo one; sleep 1; echo two'\n")
        self.shell.send('source script\r')
        self.shell.expect(r'\none')
        self.shell.send(STOP)
        self.assertIn('two', self.prompt())
        self.assertIn('no jobs', self.line('jobs'))


if __name__ == '__main__':
    unittest.main()
