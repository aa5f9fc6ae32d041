#!/usr/bin/python3
"""The prompt: greeting, walls, Ctrl-C, Ctrl-D, completion, history, inputrc."""
import os
import stat
import unittest

import pexpect

from lib.terminal import TerminalTest


class Prompt(TerminalTest):
    def test_a_window_without_a_size_and_an_absurd_columns(self):
        for columns in ('2147483647', '99999999999999', 'x'):
            self.start(rows=0, columns=0, COLUMNS=columns, LINES=columns)
            self.assertIn('stave ', self.line('version'))
            self.shell.send('quit\r')
            self.shell.expect(pexpect.EOF)

    def test_first_start_greets_and_says_what_to_type(self):
        self.start(wait=False)
        greeting = self.prompt()
        self.assertLessEqual(len(greeting.splitlines()), 6)
        self.assertIn('unshare', greeting)
        self.line('version')
        self.leave()
        self.start(wait=False)
        self.assertEqual(len(self.prompt().splitlines()), 1)

    def test_prompt_names_the_walls_that_stand(self):
        words = self.need_walls()
        shell = self.start()
        shell.send('unshare ' + ' '.join(words) + '\r')
        shell.expect(r'stave \[([a-z ]*)\] > ')
        self.assertEqual(sorted(shell.match.group(1).split()), sorted(words))
        shell.send('undo\r')
        shell.expect(r'stave> ')

    def standing(self, line, rest=' > '):
        """The prompt's walls after the line."""
        self.shell.send(line + '\r')
        self.shell.expect(r'stave \[([^]\n]*)\]' + rest)
        return self.shell.match.group(1)

    def test_many_walls_are_counted(self):
        words = self.need_walls()
        types = sorted({*words, 'mnt', 'pid', 'ipc', 'net', 'uts'})
        named = ' '.join(types)
        for columns, said in ((200, named if len(named) <= 24 else f'{len(types)}ns'),
                              (24, f'{len(types)}ns'), (5, f'{len(types)}')):
            self.start(columns=columns, wait=False)
            self.assertEqual(self.standing('unshare ' + ' '.join(types)), said)

    def test_a_quiet_shell_sees_all_walls_too(self):
        self.need_walls()
        self.start()
        self.line('set quiet on')
        walls = self.standing('container')
        self.assertRegex(walls, r'^[6-8]ns pivot seccomp$')
        self.assertEqual(walls, self.standing('set quiet off'))

    def test_what_was_joined_is_not_called_own(self):
        if os.geteuid() != 0:
            self.skipTest('only root can')
        self.start()
        self.line('container -d --name box -- sleep 300')
        self.assertEqual(self.standing('setns box uts mnt'), 'joined:mnt,uts,root')
        self.assertEqual(self.standing('unshare ipc'), 'ipc joined:mnt,uts,root')

    def test_chroot_and_pivot_are_told_apart(self):
        self.need_walls()
        self.start()
        user = '' if os.geteuid() == 0 else 'user '
        self.line(f'unshare {user}mnt')
        self.assertRegex(self.standing('chroot /usr'), ' chroot$')
        self.line('undo')
        self.line('mount tmpfs /mnt')
        self.line('rootfs busybox /mnt')
        self.assertRegex(self.standing('pivot /mnt'), ' pivot$')

    def test_how_the_last_program_ended(self):
        self.start()
        for line, then in (('run sh -c "exit 3"', '?3 > '), ('version', '> '),
                           ('run /no/such', '?127 > '), ('nonsense', '> '),
                           ('run true', '> '), ('!exit 4', '?4 > '), ('!true', '> '),
                           ("run sh -c 'kill -9 $$'", '?137 > ')):
            self.shell.send(line + '\r')
            self.shell.expect(r'stave ?((\?[0-9]+ )?> )')
            self.assertEqual(self.shell.match.group(1), then, line)

    def test_what_a_replay_costs_is_named_and_asked_about(self):
        self.need_walls()
        shell = self.start()
        user = '' if os.geteuid() == 0 else 'user '
        self.line(f'unshare {user}mnt pid')
        self.line('mount tmpfs /mnt')
        self.line("run sh -c 'echo x >/mnt/written'")
        self.line('spawn sleep 300')
        for line in ('unshare ipc', 'unshare uts'):
            self.line(line)
        for answer in ('n', ''):
            shell.send('undo\r')
            shell.expect('job 1')
            shell.expect('/mnt/written')
            shell.expect(r'\[y/N\] ')
            shell.send(answer + '\r')
            self.prompt()
            self.assertNotIn('ended', self.line('jobs'))
        shell.send('undo\r')
        shell.expect(r'\[y/N\] ')
        shell.send('y\r')
        self.prompt()
        self.assertIn('ended', self.line('jobs'))
        # A call that fails after one that nothing undoes: "no" leaves that one.
        if os.path.exists('/proc/self/ns/time'):
            self.line('spawn sleep 300')
            shell.send('unshare time --boottime -999999999\r')
            shell.expect('job 2')
            shell.expect(r'\[y/N\] ')
            shell.send('n\r')
            self.assertIn('incomplete', self.prompt())
            self.assertNotIn('ended', self.line('jobs').split('[2]')[1])
            self.line('kill %2')
            self.line('run sleep 0.3')
            shell.send('undo\r')
            self.prompt()
        # Nothing is lost any more, and nobody is asked.
        self.assertNotIn('y/N', self.line('undo'))
        self.assertEqual(self.leave(), 0)

    def test_ctrl_c_clears_the_line(self):
        shell = self.start()
        shell.send('nonsense that nobody runs')
        shell.expect('runs')
        shell.send('\x03')
        shell.expect(r'\^C')
        self.prompt()
        self.assertIn('stave ', self.line('version'))
        self.assertEqual(self.leave(), 0)

    def test_ctrl_c_and_ctrl_d_at_once(self):
        self.start()
        self.shell.send('abc')
        self.shell.expect('abc')
        self.shell.send('\x03')
        self.shell.send('\x04')
        self.shell.expect(pexpect.EOF)
        self.shell.close()
        self.assertEqual(self.shell.exitstatus, 0)

    def test_ctrl_d_leaves_only_an_empty_line(self):
        shell = self.start()
        shell.send('ab\x04')
        shell.send('\x15version\r')
        self.assertIn('stave ', self.prompt())
        self.assertEqual(self.leave(), 0)

    def test_pasted_lines_run_one_by_one(self):
        self.start()
        self.shell.send('\x1b[200~set show\nset marks\x1b[201~\r')
        self.shell.expect('whole tables')
        self.shell.expect('marks beyond ASCII')
        self.prompt()

    def test_quit_and_exit_leave(self):
        for word in ('quit', 'exit'):
            self.start()
            self.shell.send(word + '\r')
            self.shell.expect(pexpect.EOF)
            self.shell.close()
            self.assertEqual(self.shell.exitstatus, 0)

    def test_terminal_is_as_before(self):
        self.start(wait=False, program='/bin/sh', args=['-c', 'stty -g; "$STAVE"; stty -g'])
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        before = self.shell.match.group(1)
        self.prompt()
        self.shell.send('quit\r')
        self.shell.expect(r'([0-9a-f:]{60,})\r')
        self.assertEqual(self.shell.match.group(1), before)

    def test_mistake_is_pointed_at(self):
        self.start()
        lines = self.line('steps oops').splitlines()
        self.assertIn('  steps oops', lines)
        self.assertIn('        ^', lines)
        self.assertIn('did you mean help', self.line('hlep'))


class Completion(TerminalTest):
    def completes(self, typed, whole):
        self.shell.send(typed + '\t')
        self.shell.expect_exact(whole)
        self.shell.send('\x15')

    def test_commands_types_and_flags(self):
        self.start()
        self.completes('unsh', 'unshare ')
        self.completes('unshare ut', 'uts ')
        self.completes('set sh', 'show ')
        self.completes('help unsh', 'unshare ')
        self.completes('version; unsh', 'unshare ')
        self.completes('bindmount --from', '--from-host ')
        self.completes('help set', 'set')

    def test_pids_are_listed_with_their_commands(self):
        self.start()
        pid = str(self.shell.pid)
        self.shell.send('setns ' + pid[:-1] + '\t\t')
        self.shell.expect(pid + r' \(stave\)|setns ' + pid + ' ')

    def test_paths_are_quoted_and_folders_go_on(self):
        os.mkdir(os.path.join(self.home, 'a folder'))
        os.mkdir(os.path.join(self.home, 'a folder', 'below'))
        self.start()
        self.completes('source a', 'a\\ folder/')
        self.completes('source a\\ folder/b', 'below/')
        self.completes("source 'a f", 'older/')

    def test_foreign_names_are_made_visible(self):
        for name in ('x\x1b]0;evil\x07', 'xy'):
            with open(os.path.join(self.home, name), 'w', encoding='utf-8'):
                pass
        self.start()
        self.shell.send('source x\t\t')
        self.shell.expect_exact('x\\x1b]0;evil\\x07')
        self.assertNotIn('\x1b]0;evil', self.shell.before)

    def test_paths_are_the_childs(self):
        words = self.need_walls()
        if 'mnt' not in words:
            words = words + ['mnt']
        self.start()
        os.mkdir(os.path.join(self.home, 'box'))
        self.line('unshare ' + ' '.join(words))
        self.line('mount tmpfs ' + self.home + '/box')
        self.line('run mkdir ' + self.home + '/box/inside')
        self.assertFalse(os.path.exists(os.path.join(self.home, 'box', 'inside')))
        self.completes('chroot ' + self.home + '/box/in', 'inside/')


class History(TerminalTest):
    def path(self):
        return os.path.join(self.home, '.local/state/stave/history')

    def read(self):
        with open(self.path(), encoding='utf-8') as file:
            return file.read().splitlines()

    def test_lines_are_kept_for_their_owner_alone(self):
        self.start()
        self.line('version')
        self.line('set show')
        self.leave()
        self.assertEqual(self.read(), ['version', 'set show'])
        self.assertEqual(stat.S_IMODE(os.stat(self.path()).st_mode), 0o600)
        self.start()
        self.shell.send('\x1b[A')
        self.shell.expect('set show')
        self.shell.send('\x1b[A')
        self.shell.expect('version')
        self.shell.send('\r')
        self.assertIn('stave ', self.prompt())
        self.assertIn('set show', self.line('history'))

    def test_two_shells_lose_nothing(self):
        self.start()
        first = self.shell
        self.start()
        second = self.shell
        for i in range(5):
            for shell, name in ((first, 'a'), (second, 'b')):
                self.shell = shell
                self.line('help %s%d' % (name, i))
        self.shell = first
        self.leave()
        self.shell = second
        self.leave()
        self.assertEqual(len(self.read()), 10)

    def test_a_link_is_followed_and_stays(self):
        os.makedirs(os.path.dirname(self.path()))
        target = os.path.join(self.home, 'target')
        with open(target, 'w', encoding='utf-8') as file:
            file.write('kept\n')
        os.symlink(target, self.path())
        self.start()
        self.line('version')
        self.leave()
        with open(target, encoding='utf-8') as file:
            self.assertEqual(file.read(), 'kept\nversion\n')
        self.assertTrue(os.path.islink(self.path()))

    def test_that_it_cannot_be_kept_is_told_once(self):
        os.makedirs(os.path.dirname(self.path()))
        with open(self.path(), 'w', encoding='utf-8') as file:
            file.write('kept\n')
        os.link(self.path(), os.path.join(self.home, 'other-name'))
        self.start()
        self.assertIn('EPERM', self.line('version'))
        self.assertNotIn('EPERM', self.line('set show'))
        self.assertIn('set show', self.line('history'))
        self.leave()
        self.assertEqual(self.read(), ['kept'])

    def test_long_file_is_cut_to_its_last_lines(self):
        os.makedirs(os.path.dirname(self.path()))
        with open(self.path(), 'w', encoding='utf-8') as file:
            file.writelines('line %d\n' % i for i in range(12000))
        self.start()
        self.line('version')
        self.leave()
        lines = self.read()
        self.assertEqual(len(lines), 10000)
        self.assertEqual(lines[-1], 'version')
        self.assertEqual(lines[0], 'line 2001')

    def test_what_is_typed_first_does_not_spoil_the_oldest_entry(self):
        os.makedirs(os.path.dirname(self.path()))
        with open(self.path(), 'w', encoding='utf-8') as file:
            file.write('set show\nset color\n')
        self.start()
        self.assertIn('1  set show', self.line('history'))


class Files(TerminalTest):
    def test_inputrc_is_obeyed(self):
        with open(os.path.join(self.home, '.inputrc'), 'w', encoding='utf-8') as file:
            file.write('"\\C-xv": "version\\C-m"\n')
        self.start()
        self.shell.send('\x18v')
        self.assertIn('stave ', self.prompt())

    def test_inputrc_is_not_obeyed_under_sudo(self):
        secret = os.path.join(self.home, 'secret')
        with open(secret, 'w', encoding='utf-8') as file:
            file.write('top-secret-words here\n')
        with open(os.path.join(self.home, '.inputrc'), 'w', encoding='utf-8') as file:
            file.write('$include %s\n"\\C-xv": "version\\C-m"\n' % secret)
        self.start(SUDO_UID='1234', INPUTRC=secret, wait=False)
        greeting = self.prompt()
        self.shell.send('\x18v')
        self.shell.send('\x15set show\r')
        printed = self.prompt()
        self.assertNotIn('top-secret', greeting + printed)
        self.assertNotIn('stave 0', printed)


class Window(TerminalTest):
    def test_the_prompt_learns_the_new_size(self):
        self.start(columns=40)
        narrow = self.line('help undo')
        self.shell.setwinsize(24, 100)
        self.prompt()  # readline draws it again
        wide = self.line('help undo')
        self.assertLessEqual(max(map(len, narrow.splitlines())), 40)
        self.assertGreater(max(map(len, wide.splitlines())), 40)


if __name__ == '__main__':
    unittest.main()
