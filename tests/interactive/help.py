#!/usr/bin/python3
"""Help at the prompt: the greeting, one screen, the pager."""
import os
import shutil
import unittest

from lib.terminal import TerminalTest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


class Help(TerminalTest):
    def test_help_is_seen_whole(self):
        self.start()
        self.shell.send('help\r')
        rows = self.prompt().splitlines()
        self.assertLessEqual(len(rows), 23)
        self.assertTrue(any(row.startswith('looking') for row in rows))

    def test_what_is_longer_than_the_screen_goes_through_the_pager(self):
        pager = os.path.join(self.home, 'pager')
        with open(pager, 'w', encoding='ascii') as file:
            file.write('#!/bin/sh\necho "paged: $(wc -l)"\n')
        os.chmod(pager, 0o755)
        self.start(PAGER=pager)
        self.assertIn('paged: ', self.line('help all'))
        self.assertNotIn('paged: ', self.line('help'))
        self.assertNotIn('paged: ', self.line('help version'))
        self.line('set quiet on')
        self.assertNotIn('paged: ', self.line('help all'))
        self.leave()
        self.start(PAGER='/no/such/pager')
        self.assertIn('unshare', self.line('help all'))

    def test_less_is_the_pager_where_there_is_one(self):
        if not shutil.which('less'):
            self.skipTest('less is not installed')
        self.start(PAGER='')
        self.shell.send('help all\r')
        self.shell.expect(r'\n:|lines 1-')
        self.shell.send('q')
        self.prompt()
        self.assertIn('stave ', self.line('version'))

    def test_the_greeting_names_where_to_begin(self):
        self.start(wait=False)
        greeting = self.prompt()
        for word in ('unshare', 'container', 'lesson', 'help'):
            self.assertIn(word, greeting)
        self.assertLessEqual(max(map(len, greeting.splitlines())), 80)
        self.line('version')
        self.leave()
        lessons = os.path.join(TOP, 'lessons')
        self.start(wait=False, STAVE_LESSONS=lessons)
        self.assertIn('container', self.prompt())
        self.line('lesson 1')
        self.leave()
        self.start(wait=False)
        self.assertRegex(self.prompt(), 'lesson .*what-a-container-is')


class Home(TerminalTest):
    def test_the_home_of_a_shell_can_be_entered(self):
        self.start()
        self.assertIn('entered', self.line('run sh -c \'cd "$HOME" && echo entered\''))
        self.assertIn('entered', self.line('run --user 61234 sh -c \'cd "$HOME" && echo entered\'')
                      if os.geteuid() == 0 else 'entered')
        words = self.need_walls()
        self.line('unshare user mnt' if 'user' in words else 'unshare mnt')
        self.assertIn('entered', self.line('run sh -c \'cd "$HOME" && echo entered\''))


class Ps(TerminalTest):
    def test_ps_names_containers_in_the_background(self):
        self.need_walls()
        self.start()
        self.line('container -d --name box -- sleep 300')
        self.assertIn('box (pid ', self.line('ps'))
        self.line('kill box KILL')
        self.line('run sleep 0.2')
        self.assertNotIn('box (pid ', self.line('ps'))

    def test_ps_says_what_is_frozen(self):
        self.need_walls()
        self.start()
        self.line('spawn sleep 300')
        if 'stave: ' in self.line('cgroup freeze'):
            self.skipTest("no group is this user's to make")
        self.assertRegex(self.line('ps'), r'frozen +sleep 300')
        self.line('cgroup thaw')
        self.assertNotIn('frozen', self.line('ps'))


if __name__ == '__main__':
    unittest.main()
