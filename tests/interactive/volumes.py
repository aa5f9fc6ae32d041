#!/usr/bin/python3
"""volume prune asks before it removes anything, and takes only y for an answer."""
import os
import unittest

from lib.terminal import TerminalTest


class Prune(TerminalTest):
    def ask(self, answer):
        self.shell.send('volume prune\r')
        self.shell.expect(r'removes 1 volume .*Go on\? \[y/N\] ')
        self.shell.send(answer + '\r')
        return self.prompt()

    def test_it_asks(self):
        store = os.path.join(self.home, 'data')
        self.start(XDG_DATA_HOME=store)
        self.line('set quiet on')
        self.line('volume create')
        folder = os.path.join(store, 'stave', 'volumes')
        self.assertEqual(len(os.listdir(folder)), 1)
        for answer in ('n', ''):
            self.assertIn('nothing was done', self.ask(answer))
            self.assertEqual(len(os.listdir(folder)), 1)
        self.assertNotIn('nothing', self.ask('y'))
        self.assertEqual(os.listdir(folder), [])


if __name__ == '__main__':
    unittest.main()
