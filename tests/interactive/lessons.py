#!/usr/bin/python3
"""A lesson as a learner plays it: Enter, wrong turns, hints, leaving and coming back, Ctrl-C."""
import os
import shutil
import time
import unittest

from lib.terminal import PROMPT, TerminalTest, plain

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
LESSON = 'lesson --trust ' + os.path.join(TOP, 'lessons/template.md')


class Lessons(TerminalTest):
    def setUp(self):
        super().setUp()
        self.need_walls()

    def begin(self, **more):
        self.start(STAVE_LESSONS=os.path.join(TOP, 'lessons'), **more)

    def ask(self):
        """Begin the lesson; its first step asks a question."""
        self.shell.send(LESSON + '\r')
        self.shell.expect('your guess: ')
        return plain(self.shell.before)

    def demo(self, commands=1):
        """Enter, which runs a command of the lesson's: it is shown behind a prompt."""
        self.shell.send('\r')
        shown = ''
        for _ in range(commands + 1):
            shown += self.prompt()
        return shown

    def to_task(self):
        self.ask()
        self.shell.send('the second\r')
        self.prompt()
        self.demo()
        self.demo()
        return self.line('')

    def test_enter_leads_through(self):
        self.begin()
        first = self.ask()
        self.assertIn('step 1 of 3', first)
        self.assertIn('A question that the demonstration answers?', first)
        self.shell.send('the second\r')
        self.assertIn('Enter runs:  unshare user uts', self.prompt())
        self.assertIn('unshare(CLONE_NEWUSER)', self.demo())
        last = self.demo()
        self.assertIn('You expected: the second', last)
        self.assertIn('What the learner saw', last)
        self.assertIn('Your task', self.line(''))
        self.assertIn('Reached.', self.line('hostname box'))
        self.assertIn('To remember', self.line(''))
        self.assertIn('The lesson is done', self.line(''))
        self.assertEqual(self.leave(), 0)

    def test_wrong_turns_and_hints(self):
        self.begin()
        self.to_task()
        self.assertIn('not solved yet', self.line(''))
        self.assertIn('The first hint asks a question.', self.line('hint'))
        self.assertIn('unknown command', self.line('hostnmae box'))
        self.assertIn('not the one in the task', self.line('hostname tub'))
        self.assertIn('the host name is tub', self.line('check'))
        self.assertIn('Reached.', self.line('hostname box'))

    def test_leaving_and_coming_back(self):
        self.begin()
        self.to_task()
        self.shell.send('\x04')
        self.shell.expect('Left the lesson at step 2 of 3')
        self.begin()
        back = self.line(LESSON)
        self.assertIn('commands played: 1', back)
        self.assertIn('step 2 of 3', back)
        self.assertIn('unshare user uts', self.line('steps'))
        self.assertIn('step 1 of 3', self.question('back'))

    def question(self, line):
        self.shell.send(line + '\r')
        self.shell.expect('your guess: ')
        return plain(self.shell.before)

    def test_a_command_is_no_guess(self):
        self.begin()
        self.ask()
        self.shell.send('ns\r')
        self.shell.expect('your guess: ')
        self.assertIn('uts', plain(self.shell.before))
        for line in '@main ns', 'ls /etc':
            self.shell.send(line + '\r')
            self.shell.expect('your guess: ')
        self.shell.send('it shows namespaces\r')
        self.assertIn('Enter runs', self.prompt())

    def mine(self, text):
        """A lesson of one's own, begun; its text."""
        path = os.path.join(self.home, 'mine.md')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('---\ntitle: Mine\nsummary: s\nminutes: 1\n---\n' + text)
        self.begin()
        return 'lesson --trust ' + path

    def test_a_guess_is_judged_and_remembered(self):
        line = self.mine('```predict 2\nWhich?\n\n- this\n- that\n```\n'
                         '```demo one\nns\nhostname x  # fails\n```\n'
                         '```predict 1\nAnd now?\n\n- one\n- two\n```\n'
                         '```demo two\nns\n```\n')
        self.shell.send(line + '\r')
        self.shell.expect('your guess: ')
        self.assertRegex(plain(self.shell.before), r'1\. this')
        self.shell.send('2\r')
        self.prompt()
        self.assertNotIn('# fails', self.demo())
        self.assertIn('That is right', self.demo())
        self.shell.send('\r')
        self.shell.expect('your guess: ')
        self.shell.send('two\r')
        self.prompt()
        self.assertIn('It is 1: one', self.demo())
        self.assertIn('predictions: 1 of 2 right', self.line('progress'))

    def test_a_step_whose_job_has_died_offers_again(self):
        line = self.mine('```demo one\nunshare user uts\nspawn --name first sleep 1000\nunshare uts\n```\n'
                         '```state\njob first running\n```\n'
                         '```task back\nGo back.\n```\n```check\nns uts shared with first\n```\n'
                         '```solution\nsetns first uts\n```\n')
        self.line(line)
        for _ in range(3):
            self.demo()
        self.line('')
        self.shell.send('kill first\r')
        told = self.prompt()
        # It ends when the kernel comes to it.
        for i in range(50):
            if 'again' in told:
                break
            time.sleep(0.1)
            told += self.line('hostname x%d' % i)
        self.assertIn('again', told)
        self.line('again')
        self.assertIn('Reached', self.line('setns first uts'))

    def test_a_riddle_does_not_tell_the_cause(self):
        line = self.mine('```demo one\nunshare user mnt\nmount sysfs /mnt  # fails\n```\n'
                         '```riddle root\nMount it.\n```\n```check\nmount /mnt type sysfs\n```\n'
                         '```solution\nunshare net\nmount sysfs /mnt\n```\n')
        self.line(line)
        self.demo()
        self.assertNotIn('why:', self.demo())
        self.line('')
        refused = self.line('mount sysfs /mnt')
        self.assertIn('EPERM', refused)
        self.assertNotIn('fix:', refused)
        self.assertIn('not available while', self.line('explain mount.EPERM'))
        self.line('unshare net')
        self.assertIn('Reached', self.line('mount sysfs /mnt'))
        self.assertIn('why:', self.line('mount nothing /mnt'))

    def test_the_riddle_after_a_riddle_does_not_tell_the_cause_either(self):
        line = self.mine('```demo one\nunshare user mnt\n```\n'
                         '```riddle first\nName it.\n```\n```check\nns net own\n```\n'
                         '```solution\nunshare net\n```\n'
                         '```setup\nreset\n```\n```demo two\nunshare user mnt\nmount sysfs /mnt  # fails\n```\n'
                         '```riddle second\nMount it.\n```\n```check\nmount /mnt type sysfs\nns net own\n```\n'
                         '```solution\nunshare net\nmount sysfs /mnt\n```\n')
        for skip in (False, True):
            self.line(line if not skip else 'again all')
            self.demo()
            self.line('')
            if skip:
                self.line('next --skip')
            else:
                self.assertIn('Reached', self.line('unshare net'))
                self.line('')
            self.demo()
            shown = self.demo()
            self.assertIn('EPERM', shown)
            self.assertNotIn('why:', shown)
            self.line('')
            self.assertIn('not available while', self.line('why'))
            checked = self.line('check')
            self.assertIn('\u2717 2', checked)
            self.assertNotIn('ns net own', checked)
            self.line('unshare net')
            self.assertIn('ns net own', self.line('check'))
            self.assertIn('Reached', self.line('mount sysfs /mnt'))

    def test_a_file_that_is_there_does_not_tell_whose_interpreter_is_not(self):
        line = self.mine('```demo one\nunshare user mnt\nmount tmpfs /mnt\n'
                         'run sh -c \'printf "#!/no/such\\n" >/mnt/x; chmod +x /mnt/x\'\nrun /mnt/x  # fails\n```\n'
                         '```riddle r\nFind it.\n```\n```check\nfile /mnt/x absent\n```\n'
                         '```solution\nrun rm /mnt/x\n```\n')
        self.line(line)
        for _ in range(3):
            self.demo()
        shown = self.demo()
        self.assertIn('ENOENT', shown)
        self.assertNotIn('interpreter', shown)

    FILES = ('```demo one\nunshare user mnt\nmount tmpfs /mnt\nrun touch /mnt/lessons\nchild new a\n'
             '@a setns @main user mnt\nns\nns\nns\n```\n')

    def test_files_that_a_lesson_makes_again_are_not_asked_for(self):
        self.line(self.mine(self.FILES))
        for _ in range(5):
            self.demo()
        self.line('hostname')
        self.line('unshare uts')
        shown = self.demo()
        self.assertIn('commands played: 5', shown)
        self.assertNotIn('[y/N]', shown)

    def test_files_of_the_learners_own_are_asked_for_once(self):
        self.line(self.mine(self.FILES))
        for _ in range(5):
            self.demo()
        # Times of files are as coarse as a tick: what a step has changed is told by them.
        time.sleep(0.1)
        self.line('run touch /mnt/mine')
        time.sleep(0.1)
        self.line('unshare uts')
        asked = self.answer('', 'n')
        self.assertEqual(asked.count('/mnt/mine'), 1)
        self.assertIn('fix:', asked)
        self.assertIn('mine', self.line('run ls /mnt'))
        self.assertIn('commands played: 5', self.answer('', 'y') + self.prompt())
        self.line('unshare uts')
        self.assertNotIn('[y/N]', self.demo())

    def test_a_lesson_with_a_store_is_left_when_its_files_may_go(self):
        line = self.mine(self.FILES)
        path = line.split()[-1]
        with open(path, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('minutes: 1', 'minutes: 1\nstore: own'))
        self.line(line)
        for _ in range(3):
            self.demo()
        # Times of files are as coarse as a tick: what a step has changed is told by them.
        time.sleep(0.1)
        self.line('run touch /mnt/mine')
        time.sleep(0.1)
        asked = self.answer('lesson quit', 'n')
        self.assertNotIn('Left the lesson', asked)
        self.assertNotIn('are gone', asked)
        self.assertIn('mine', self.line('run ls /mnt'))
        self.assertIn('are gone', ' '.join(self.answer('lesson quit', 'y').split()))
        self.assertNotIn('mine', self.line('run ls /mnt'))

    def test_enter_judges_a_task_anew(self):
        path = os.path.join(self.home, 'made')
        line = self.mine('```demo one\nunshare user uts\n```\n```task two\nMake it.\n```\n'
                         '```check\nfile ' + path + ' present\n```\n```solution\nrun touch ' + path + '\n```\n')
        self.line(line)
        self.demo()
        self.line('')
        self.assertIn('not solved yet', self.line(''))
        with open(path, 'w', encoding='utf-8'):
            pass
        self.assertIn('Reached', self.line(''))

    def test_the_drawing_of_the_step_before_is_shown_with_its_task(self):
        line = self.mine('Look:\n\n    left o----o right\n\n```demo one\nunshare user uts\n```\n\n```task two\nDo it.\n```\n'
                         '```check\nhostname box\n```\n```solution\nhostname box\n```\n\n'
                         '```task three\nMore.\n```\n```check\nhostname tub\n```\n```solution\nhostname tub\n```\n')
        self.line(line)
        self.demo()
        self.assertRegex(self.line(''), r'(?s)left o----o right.*Your task')
        self.line('hostname box')
        self.assertNotIn('left o', self.line(''))

    def test_what_a_lesson_itself_resets_is_not_asked_for(self):
        line = self.mine('```demo one\nunshare user uts\nreset\nunshare user ipc\n```\n'
                         '```check\nns uts host\n```\n')
        self.line(line)
        self.demo()
        self.assertNotIn('[y/N]', self.demo())
        self.assertIn('CLONE_NEWIPC', self.demo())

    def test_left_and_continued_at_once(self):
        self.begin()
        self.to_task()
        self.shell.send('lesson quit\r')
        self.prompt()
        self.assertIn('step 2 of 3', self.line('lesson'))
        self.shell.send('lesson quit\r')
        self.prompt()
        self.line('unshare net')
        self.assertIn('clean child', self.line('lesson'))

    def test_ctrl_c_in_the_middle(self):
        self.begin()
        self.ask()
        self.shell.send('half an answer\x03')
        self.shell.expect(r'\^C')
        self.shell.expect('your guess: ')
        self.shell.send('\r')
        self.prompt()
        self.shell.send('hostname nonsen\x03')
        self.shell.expect(r'\^C')
        self.prompt()
        self.shell.send('run sleep 60\r')
        self.shell.expect('execve')
        self.shell.send('\x03')
        self.prompt()
        self.assertIn('unshare(CLONE_NEWUSER)', self.demo())
        self.assertEqual(self.leave(), 0)

    def test_free_play_and_back(self):
        self.begin()
        self.ask()
        self.shell.send('\r')
        self.prompt()
        self.demo()
        self.answer('reset', 'y')
        self.line('unshare user net')
        self.assertIn("restored the lesson's state, commands played: 1", self.demo())
        self.shell.send('steps\r')
        self.assertIn('unshare user uts', self.prompt())

    def test_solution_and_again(self):
        self.begin()
        self.to_task()
        self.shell.send('solution\r')
        played = self.prompt() + self.prompt()
        self.assertIn('hostname box', played)
        self.assertIn('Reached.', played)
        self.assertIn('Your task', self.line('again'))
        self.assertIn('does not hold', self.line('check hostname box'))

    def test_lesson_alone_begins_the_first(self):
        self.begin()
        self.shell.send('lesson\r')
        self.shell.expect('The shell itself .* 0/[0-9]+ ')
        self.prompt()
        self.assertEqual(self.leave(), 0)
        self.begin()
        self.shell.send('lesson 1\r')
        self.shell.expect('What a container is .* 1/[0-9]+ ')

    # The first lesson with the wrong turns that a beginner takes; words of each language.
    FIRST = {
        'en': ('your guess: ', 'Reached', 'The lesson is done', 'That is right', 'It is 3: EBUSY',
               'it is not a tmpfs', 'makes that step again', 'nothing keeps /mnt busy',
               'The last mount goes first'),
        'zh': ('你的猜测：', '达成了', '本课完成', '猜对了', '答案是 3：EBUSY',
               '却不是 tmpfs', '多退了一步', '/mnt 不再被占用', '后挂的先卸'),
    }

    def says(self, wanted, shown):
        """Wherever its lines are broken."""
        self.assertIn(''.join(wanted.split()), ''.join(shown.split()))

    def first_lesson(self, language):
        guess, reached, done, right, it_is, no_tmpfs, too_far, free, end = self.FIRST[language]
        self.begin(LC_ALL={'en': 'C.UTF-8', 'zh': 'zh_CN.UTF-8'}[language])
        self.line('lesson')
        self.demo()
        self.assertIn('unshare(CLONE_NEWUSER)', self.demo())
        self.prompt()  # the drawing of a report has one
        self.line('')
        self.says(no_tmpfs, self.line('bindmount /etc /mnt'))
        self.assertNotIn(reached, self.line('!true') + self.line('mont tmpfs /mnt'))
        self.says(reached, self.line('mount tmpfs /mnt'))
        self.shell.send('\r')
        self.shell.expect(guess)
        self.shell.send('2\r')
        self.prompt()
        for _ in range(3):
            shown = self.demo()
        self.says(right, shown)
        self.line('')
        self.says(too_far, self.line('undo 3'))
        self.assertNotIn(reached, self.line('check'))
        self.line('again')
        self.says(reached, self.line('umount /etc'))
        self.shell.send('\r')
        self.shell.expect(guess)
        self.shell.send('1\r')
        self.prompt()
        self.demo()
        self.says(right, self.demo())
        self.shell.send('\r')
        self.shell.expect(guess)
        self.shell.send('EPERM\r')
        self.prompt()
        self.demo()
        self.demo()
        self.says(it_is, self.demo())
        self.line('')
        self.assertIn('EBUSY', self.line('umount /mnt'))
        self.says(free, self.line('umount /mnt/inner'))
        self.says(end, self.line('umount /mnt'))
        self.line('')
        self.says(done, self.line(''))
        self.assertEqual(self.leave(), 0)

    def test_the_first_lesson_with_wrong_turns(self):
        self.first_lesson('en')

    def test_the_first_lesson_with_wrong_turns_in_chinese(self):
        self.first_lesson('zh')

    def test_chinese_by_the_locale_in_a_narrow_window(self):
        self.begin(LC_ALL='zh_CN.UTF-8', columns=60)
        self.shell.send('lesson 1\r')
        self.shell.expect(['你的猜测：', PROMPT])
        screen = plain(self.shell.before)
        self.assertIn('第 1 步', screen)
        for line in screen.splitlines()[1:]:
            width = sum(2 if ord(c) >= 0x2e80 else 1 for c in line)
            self.assertLessEqual(width, 60, line)

    def test_a_foreign_file_is_asked_for(self):
        path = os.path.join(self.home, 'mine.md')
        with open(os.path.join(TOP, 'lessons/template.md'), encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        self.begin()
        self.shell.send('lesson ' + path + '\r')
        self.shell.expect(r'\(y or n\) ')
        self.shell.send('n\r')
        self.assertIn('played only if you ask for it', ' '.join(self.prompt().split()))
        self.shell.send('lesson ' + path + '\r')
        self.shell.expect(r'\(y or n\) ')
        self.shell.send('y\r')
        self.shell.expect('your guess: ')

    def test_a_question_is_answered_by_a_line_or_ctrl_c_alone(self):
        path = os.path.join(self.home, 'mine.md')
        shutil.copy(os.path.join(TOP, 'lessons/template.md'), path)
        self.begin()
        self.shell.send('lesson ' + path + '\r')
        self.shell.expect(r'\(y or n\) ')
        self.shell.setwinsize(30, 100)
        time.sleep(0.2)
        self.shell.send('y\r')
        self.shell.expect('your guess: ')
        self.shell.send('\r')
        self.prompt()
        self.shell.send('lesson ' + path + '\r')
        self.shell.expect(r'\(y or n\) ')
        self.shell.send('\x03')
        self.assertIn('played only if you ask for it', ' '.join(self.prompt().split()))


if __name__ == '__main__':
    unittest.main()
