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


def with_choices(means, choices):
    names = ', '.join(choice['name'] for choice in choices)
    return ': '.join(part for part in (means, names) if part)


def usage_of(arguments):
    """As the shell shows it: " QUOTA [PERIOD]"."""
    shown = ''
    for argument in arguments:
        name = argument['name'] + ('...' if argument['many'] else '')
        shown += ' [%s]' % name if argument['optional'] else ' ' + name
    return shown


def argument_rows(arguments):
    for argument in arguments:
        choices = argument['choices']
        if any(choice['arguments'] is not None for choice in choices):
            for choice in choices:
                follow = choice['arguments'] or []
                means = [(argument['name'], with_choices(argument['means'], argument['choices']))
                         for argument in follow]
                yield (choice['name'] + usage_of(follow),
                       '; '.join([choice['means']] + ['%s: %s' % pair for pair in means if pair[1]]))
        else:
            yield argument['name'], with_choices(argument['means'], choices)


def option_row(option):
    choices = option['choices'] if '|' not in (option['value'] or '') else []
    of = option['of'] + ': ' if option['of'] else ''
    return names_of(option), with_choices(of + option['means'], choices)


def rows(word):
    """(name, meaning) of each argument or subcommand and of each option of a word."""
    return list(argument_rows(word['arguments'])) + [option_row(option) for option in word['options']]


def short_usage(word):
    """With the options left to help."""
    shown, bracket, _ = word['usage'].partition(' [-')
    return shown + (' [OPTION]...' if bracket else '')
