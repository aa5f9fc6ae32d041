#!/usr/bin/python3
"""image import on a terminal: its progress is drawn, and Ctrl-C ends it and leaves nothing."""
import gzip
import os
import subprocess
import unittest

from lib.terminal import TerminalTest, deadline, plain

ROOTS = ['--owner=0', '--group=0']


class Import(TerminalTest):
    def begin(self):
        """An import that takes its time: behind the end of a small tar comes a lot of nothing."""
        self.need_walls()
        with open(self.home + '/rest', 'wb') as file:
            file.write(os.urandom(10))
        subprocess.run(['tar', *ROOTS, '-cf', 'small.tar', 'rest'], cwd=self.home, check=True)
        with open(self.home + '/small.tar', 'rb') as small, open(self.home + '/large', 'wb') as file:
            zeros = gzip.compress(bytes(64 << 20), 1)
            file.write(gzip.compress(small.read()) + zeros * 60)
        self.start(XDG_DATA_HOME=self.home + '/data')
        self.shell.send('image import large\r')
        self.shell.expect(r'(reading|unpacking layer 1 of 1)   [\d.]+ [KM]iB of [\d.]+ MiB', timeout=deadline(20))

    def left(self):
        found = []
        for folder in ('images', 'layers/sha256', 'blobs/sha256', 'scratch'):
            path = self.home + '/data/stave/' + folder
            found += os.listdir(path) if os.path.isdir(path) else []
        return found

    def test_ctrl_c_ends_it_and_leaves_nothing(self):
        self.begin()
        self.shell.send('\x03')
        text = self.prompt()
        self.assertIn('stopped; nothing is kept', text)
        self.assertEqual(self.left(), [])
        self.assertIn('small:latest: 1 layer', self.line('image import small.tar'))
        self.assertNotIn('unpacking', plain(self.line('image ls')))

    def test_the_screen_is_clean_when_it_is_done(self):
        self.need_walls()
        with open(self.home + '/f', 'wb') as file:
            file.write(os.urandom(1000))
        subprocess.run(['tar', *ROOTS, '-cf', 'f.tar', 'f'], cwd=self.home, check=True)
        self.start(XDG_DATA_HOME=self.home + '/data')
        lines = self.line('image import f.tar').strip().split('\n')
        self.assertEqual(lines[1:], ['f:latest: 1 layer',
                                     'container --image f:latest runs it; image history f:latest shows how it was made'])


if __name__ == '__main__':
    unittest.main()
