#!/usr/bin/python3
"""The story at the prompt: undo, redo, reset, and what they say where there is nothing to do."""
import unittest

from lib.terminal import TerminalTest


class Story(TerminalTest):
    def setUp(self):
        super().setUp()
        self.words = ' '.join(self.need_walls())

    def test_reset_asks_when_steps_would_be_lost(self):
        self.start()
        self.assertNotIn('y/N', self.line('reset'))
        self.line('unshare ' + self.words)
        self.assertIn('unshare ' + self.words, self.answer('reset', 'n'))
        self.assertIn('unshare', self.line('steps'))
        self.answer('reset', 'y')
        self.assertNotIn('unshare', self.line('steps'))
        # Steps that redo could bring back are lost, too.
        self.line('unshare ' + self.words)
        self.line('undo')
        self.answer('reset', 'n')
        self.assertIn('unshare', self.line('steps'))

    def test_reset_does_not_ask_in_a_script_nor_with_yes(self):
        with open(self.home + '/script', 'w', encoding='utf-8') as file:
            file.write(f'unshare {self.words}\nreset\n')
        self.start()
        self.shell.send('source script\r')
        self.shell.expect('0 steps stand')
        self.assertNotIn('y/N', self.shell.before)
        self.prompt()
        self.leave()
        self.start(args=['--yes'])
        self.line('unshare ' + self.words)
        self.assertNotIn('y/N', self.line('reset'))

    def test_what_follows_a_question_is_not_taken_for_its_answer(self):
        self.start()
        self.line('unshare ' + self.words)
        self.shell.send('reset\ry\rsteps\rversion\r')
        self.shell.expect('no steps yet')
        self.shell.expect(r'stave \d')
        self.prompt()


if __name__ == '__main__':
    unittest.main()
