"""The manual page stave(1), from what the program says of itself."""
from vocabulary import described, groups, names_of, rows

HEAD = r'''.\" Made by scripts/docs from stave --describe.
.TH STAVE 1 "" "%s" "User Commands"
.SH NAME
stave \- build a Linux container by hand, one kernel primitive at a time
.SH SYNOPSIS
.B stave
.RI [ OPTION ]...
.RI [ FILE ]
.br
.B stave
.RI [ OPTION ]...
.B \-c
.I COMMANDS
.SH DESCRIPTION
Stave is a shell with one child process. Each command performs one primitive of the kernel on
that child: a namespace, a mount, a change of root, a limit. After each it shows the system
call, and what /proc says has changed. The words
.B undo
and
.B reset
take it back, and whatever is built, the host is unchanged when Stave ends.
'''
TAIL = r'''.PP
Programs inside the child get a clean environment: PATH, HOME, TERM, HOSTNAME and what \-e sets.
.SH SEE ALSO
.BR namespaces (7),
.BR cgroups (7),
.BR capabilities (7),
.BR unshare (1),
.BR nsenter (1),
.BR clone (2),
.BR setns (2),
.BR mount (2),
.BR pivot_root (2)
'''


def roff(text):
    """Text as it is, for a line of roff."""
    text = text.replace('\\', r'\e').replace('-', r'\-')
    return r'\&' + text if text[:1] in ".'" else text


def row(name, means):
    return ['.TP', '.B ' + roff(name), roff(means)]


def word_section(word):
    result = ['.SS ' + roff(word['name']), '.B ' + roff(word['usage'])]
    for paragraph in (word['explain'] or word['summary']).split('\n\n'):
        lines = paragraph.split('\n')
        result.append('.PP')
        if lines[0].startswith('  '):
            result += ['.nf'] + [roff(line) for line in lines] + ['.fi']
        else:
            result.append(roff(' '.join(lines)))
    for name, means in rows(word):
        result += row(name, means)
    if word['example']:
        result += ['.PP', 'Example:', '.PP', '.nf', '.RS 4']
        result += [roff(line) for line in word['example'].split('\n')] + ['.RE', '.fi']
    return result


def manual(stave):
    about = described(stave)
    lines = [HEAD % ('stave ' + about['version']) + '.SH OPTIONS']
    for option in about['options']:
        lines += row(names_of(option), option['means'])
    lines.append('.SH COMMANDS')
    for heading, words in groups(stave):
        lines += ['.PP', '.I ' + roff(heading + '.')]
        for word in words:
            lines += word_section(word)
    lines.append('.SH EXIT STATUS')
    for status, means in about['status'].items():
        lines += row(status, means)
    lines += ['.PP', 'container ... \\-\\- CMD and run as the last command end with the status of CMD.']
    for heading in ('files', 'environment'):
        lines.append('.SH ' + heading.upper())
        for one in about[heading]:
            lines += row(one['name'], one['means'])
    return '\n'.join(lines) + '\n' + TAIL
