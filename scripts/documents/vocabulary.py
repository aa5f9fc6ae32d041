"""What the program says of itself: stave --describe."""
import functools
import json
import subprocess


def output(stave, *arguments):
    done = subprocess.run([stave, *arguments], capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL)
    return done.stdout


@functools.lru_cache
def described(stave):
    return json.loads(output(stave, '--describe'))


def groups(stave):
    """[(heading, [word's object])], in the order of help."""
    about = described(stave)
    return [(group['heading'], [word for word in about['words'] if word['group'] == group['name']])
            for group in about['groups']]


def names_of(option):
    """-c, --command CMDS. Options of words have their dashes, the program's have not."""
    name = option['name'] if option['name'].startswith('-') else '--' + option['name']
    letter = '-%s, ' % option['letter'] if option['letter'] else ''
    return letter + name + (' ' + option['value'] if option['value'] else '')


def rows(word):
    """(name, meaning) of each argument and option of a word."""
    result = []
    for argument in word['arguments']:
        choices = ', '.join(argument['choices'])
        means = ': '.join(part for part in (argument['means'], choices) if part)
        result.append((argument['name'], means))
    return result + [(names_of(option), option['means']) for option in word['options']]


def short_usage(word):
    """With the options left to help."""
    shown, bracket, _ = word['usage'].partition(' [-')
    return shown + (' [OPTION]...' if bracket else '')
