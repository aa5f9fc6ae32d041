#!/usr/bin/python3
"""Three lessons a language from begin to end, as a learner plays them who takes each wrong turn first."""
import io
import os
import re
import unittest

from lib.terminal import PROMPT, TerminalTest, plain

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SAYS = {
    'en': {'locale': 'C.UTF-8', 'guess': 'your guess: ', 'reached': 'Reached.', 'hint': 'Hint', 'task': 'Your task',
           'end': 'The lesson is done',
           'ways': ['Enter: read on', 'Enter runs:', 'Type commands until', 'Enter: next step',
                    'Enter: the end of the lesson', 'What do you expect']},
    'zh': {'locale': 'zh_CN.UTF-8', 'guess': '你的猜测：', 'reached': '达成了。', 'hint': '提示', 'task': '任务',
           'end': '本课完成',
           'ways': ['回车：继续读', '回车运行：', '输入命令，直到达成目标', '回车：下一步', '回车：结束本课', '你猜会怎样']},
}
TASK, NEXT, GUESS, DONE = 2, 3, 5, 6


def steps(path):
    """The steps of a lesson: the right choice of its question, its kind, its wrong turns and its commands."""
    found, step, kind, body = [], {'wrong': []}, None, []
    with open(path, encoding='utf-8') as file:
        for line in file.read().split('\n'):
            if not line.startswith('```'):
                body.append(line)
                continue
            if kind is None:
                kind, body = line[3:].split() or [''], []
                continue
            if kind[0] == 'predict':
                step['right'] = (kind + [''])[1]
            elif kind[0] in ('demo', 'task', 'riddle', 'remember'):
                step['kind'] = kind[0]
                found.append(step)
                now, step = step, {'wrong': []}
            elif kind[0] == 'wrong':
                now['wrong'].append(list(body))
            elif kind[0] == 'solution':
                now['solution'] = list(body)
            kind = None
    return found


class Course(TerminalTest):
    says = SAYS['en']

    def setUp(self):
        super().setUp()
        self.need_walls()

    def reply(self, text):
        """Enter, or an answer to a question: which way on the screen shows."""
        self.shell.send(text + '\r')
        way = self.shell.expect([re.escape(line) for line in self.says['ways']] + [self.says['end']])
        self.shell.expect([PROMPT, self.says['guess']])
        return way

    def typed(self, text):
        """A command: what it printed. A question is answered with yes."""
        self.shell.send(text + '\r')
        came = ''
        while self.shell.expect([PROMPT, r'\[y/N\] ']):
            came += plain(self.shell.before)
            self.shell.send('y\r')
        return came + plain(self.shell.before)

    def again(self, step):
        self.shell.send('again\r')
        if self.shell.expect([PROMPT, self.says['guess']]):
            self.shell.send(step.get('right', '') + '\r')
            self.shell.expect(PROMPT)

    def solve(self, step, wrong_too):
        """A task: each wrong turn brings a hint and does not solve it, and again brings it back."""
        for wrong in step['wrong'] if wrong_too else []:
            came = ''.join(self.typed(line) for line in wrong)
            self.assertIn(self.says['hint'], came, wrong)
            self.assertNotIn(self.says['reached'], came)
            self.again(step)
        came = ''.join(self.typed(line) for line in step['solution'])
        if self.says['reached'] not in came:
            self.fail(came + self.typed('check'))

    def play(self, language, name, wrong_too=True):
        """A lesson from begin to end; the rows of the screen that it took."""
        self.says = SAYS[language]
        path = os.path.join(TOP, 'lessons', language, name + '.md')
        left = iter(steps(path))
        home = os.path.join(self.home, language)
        os.mkdir(home)
        self.start(STAVE_LESSONS=os.path.join(TOP, 'lessons'), LC_ALL=self.says['locale'], HOME=home)
        step, tasks = next(left), 0
        self.shell.logfile_read = io.StringIO()
        way = self.reply(f'lesson --lang {language} {name[3:]}')
        for _ in range(300):
            if way == DONE:
                break
            if way == TASK:
                self.solve(step, wrong_too)
                tasks += 1
            if way in (TASK, NEXT):
                step = next(left, None)
            way = self.reply(step.get('right', '') if way == GUESS else '')
        self.assertEqual(way, DONE)
        self.assertGreater(tasks, 0)
        shown = self.shell.logfile_read.getvalue()
        self.assertEqual(self.leave(), 0)
        return shown.count('\n') - shown.count('\033[A')

    def test_the_first_container_takes_three_screens_and_a_few_rows(self):
        # An ordinary user's container has a user namespace as well, and rows that say so.
        most = 80 if os.geteuid() == 0 else 86
        for language in SAYS:
            with self.subTest(language):
                self.assertLessEqual(self.play(language, '01-what-a-container-is', wrong_too=False), most)

    def test_process_numbers(self):
        for language in SAYS:
            with self.subTest(language):
                self.play(language, '02-pid')

    def test_two_small_walls(self):
        for language in SAYS:
            with self.subTest(language):
                self.play(language, '03-uts-and-ipc')

    def test_capabilities(self):
        for language in SAYS:
            with self.subTest(language):
                self.play(language, '15-capabilities')


if __name__ == '__main__':
    unittest.main()
